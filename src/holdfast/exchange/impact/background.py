"""A workbook with very many rows is taken in by a worker: whoever brought it sees how far it is, and may cancel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.impact.models import Analysis
from holdfast.analysis.impact.rights import EDIT
from holdfast.exchange.impact.applying import take_in
from holdfast.exchange.impact.comparing import preview
from holdfast.exchange.importing import BadFile, Refused
from holdfast.exchange.waiting import clear_away, laid_aside
from holdfast.exchange.writing import Overtaken
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.scope import visible
from holdfast.organization.jobs.actions import enqueue
from holdfast.organization.jobs.models import Job
from holdfast.organization.jobs.registry import job
from holdfast.organization.jobs.running import Running

MOST_AT_ONCE = 500
"""So many rows are written while the one who brought them waits; more, by a worker."""


@act("analysis.queue_take_in", EDIT, label=_("have the workbook of an impact analysis taken in"), on="analysis")
def queue_take_in(
    by: Actor,
    analysis: Analysis,
    *,
    token: str,
    name: str,
    fingerprint: str,
    choices: Mapping[str, str] | None = None,
    keep: str = "",
) -> tuple[Analysis, Job]:
    """Lets a worker take in the file that waits under the token, if it would still do what `fingerprint` stands for."""
    analysis.refuse_unless_draft()
    values = {"analysis": analysis.key, "token": token, "name": name, "fingerprint": fingerprint}
    made = enqueue("impact.take_in", {**values, "choices": dict(choices or {}), "keep": keep}, by=by)
    note(file=name, job=made.pk)
    return analysis, made


@job("impact.take_in", label=_("take in the workbook of an impact analysis"), takes_context=True)
def take_in_waiting(
    by: Actor,
    context: Running,
    *,
    analysis: str,
    token: str,
    name: str,
    fingerprint: str,
    choices: dict[str, str],
    keep: str = "",
) -> dict[str, Any]:
    """All of it or nothing: the count is complete only in the transaction that writes, so that a second attempt after a
    worker was killed knows whether the first has written."""
    if context.job.total and context.done >= context.job.total:
        clear_away(token, 1)
        return {"rows": context.done}
    row = visible(Analysis.objects.select_related("unit", "campaign__unit", "agreement"), by).filter(key=analysis)
    found_row, waiting = row.first(), laid_aside(token, 1)
    if found_row is None or waiting is None:
        raise ValidationError(gettext("The file has waited too long, or was taken in already. Upload it again."))
    try:
        found = preview(
            by, found_row, waiting[0], name, choices=choices, keep=keep,
            # One more than there are: it is not done before it is written.
            progress=lambda what, done, count: context.progress(min(done, count), count + 1, what),
        )  # fmt: skip
        if found.fingerprint != fingerprint:
            raise Overtaken(gettext("The analysis has changed since you looked."))
        context.progress(0, sum(item.does_something for item in found.items), gettext("writing"))
        take_in(by, found, lambda what, done, count: _written(context, what, done, count))
    except (BadFile, Refused, Overtaken) as error:
        said = gettext("Nothing was written. Upload the workbook again to see what it would do now.")
        raise ValidationError(f"{error} {said}") from error
    clear_away(token, 1)
    return {"rows": sum(item.does_something for item in found.items)}


def _written(context: Running, what: str, done: int, count: int) -> None:
    """Stops where the job was cancelled; the last row is counted in the transaction that all of them are in."""
    if done < count:
        context.check()
    else:
        context.checkpoint(done, count, what)
