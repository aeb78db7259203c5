"""Studies: asked for, answered, put aside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast import __version__
from holdfast.analysis.studies.kinds import SORTS
from holdfast.analysis.studies.models import Kind, Study
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import declare
from holdfast.organization.jobs.actions import enqueue
from holdfast.organization.structure.saving import change, create, end, save_all

ASK = declare("study.ask", _("Put questions to the model"), "AMFPHC..").name
ANSWER = "studies.answer"


@act("study.ask", ASK, label=_("put a question to the model"))
def ask_study(
    by: Actor, *, key: str, kind: str, question: Mapping[str, Any], as_of: date | None = None, title: str = ""
) -> Study:
    """A question of a kind with its values by name (`kinds.SORTS`), and the job that answers it. Raises
    ValidationError, NotAllowed."""
    if kind not in Kind.values:
        raise ValidationError({"kind": gettext("Wanted one of %(kinds)s.") % {"kinds": ", ".join(Kind.values)}})
    study = Study(
        key=key,
        kind=kind,
        title=title,
        question=SORTS[Kind(kind)].read(question),
        as_of=as_of or clock.today(),
        author=by if isinstance(by, User) else None,
        asked_at=clock.now(),
    )
    study.job = enqueue(ANSWER, {"study": study.key}, by=by)
    return create(study, by)


@act("study.answer", ASK, label=_("keep the answer to a question"), on="study")
def keep_answer(
    by: Actor, study: Study, *, version: int | None = None, answer: dict[str, Any], input_hash: str, seconds: float
) -> Study:
    """Once: an answer is never written over. Raises ValidationError."""
    if study.answered_at is not None:
        raise ValidationError(gettext("This question has its answer already."))
    study.answer, study.answered_at = answer, clock.now()
    study.engine, study.input_hash, study.seconds = __version__, input_hash, seconds
    save_all([study], by)
    return study


@act("study.rename", ASK, label=_("rename a question to the model"), on="study")
def rename_study(by: Actor, study: Study, *, version: int, title: str) -> Study:
    """Raises ValidationError, Conflict."""
    change(study, {"title": title}, {"title"}, by)
    return study


@act("study.retire", ASK, label=_("put a question to the model aside"), on="study")
def retire_study(by: Actor, study: Study, *, version: int, on: date) -> Study:
    """It is listed no more from this date; its address goes on to tell what was found."""
    return end(study, on, by)
