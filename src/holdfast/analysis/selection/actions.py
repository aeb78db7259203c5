"""Choices of strategies: written, submitted with what is known of each, approved, followed by the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.selection.gates import require_gate
from holdfast.analysis.selection.lateness import known_of, lateness_of
from holdfast.analysis.selection.models import Selected, Selection
from holdfast.analysis.strategy.actions import EDIT, set_state
from holdfast.analysis.strategy.models import FallbackState, Strategy
from holdfast.governance.agreement import steps
from holdfast.governance.agreement.models import TAKE_PART
from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act, note
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import Unit
from holdfast.organization.rows import DescribedFields
from holdfast.organization.structure.models import Group, Node, Post
from holdfast.organization.structure.saving import create, remove_all, save_all

Judged = Mapping[str, Mapping[str, Any]]
"""What the engine said of rows, by their `stable_key`."""


class SelectionAbout(DescribedFields, total=False):
    title: str
    why: str
    why_late: str


class SelectionFields(SelectionAbout, total=False):
    unit: Unit


@act("selection.create", EDIT, label=_("begin a choice of strategies"), under="unit")
def create_selection(by: Actor, *, key: str, unit: Unit, **fields: Unpack[SelectionAbout]) -> Selection:
    """The first draft. Raises ValidationError, NotAllowed."""
    return steps.draft(by, Selection(key=key, unit=unit, **fields))


@act("selection.edit", EDIT, label=_("change a draft of a choice of strategies"), on="selection")
def edit_selection(by: Actor, selection: Selection, *, version: int, **changes: Unpack[SelectionFields]) -> Selection:
    return steps.change_draft(by, selection, changes, SelectionFields.__annotations__)


@act("selection.version", EDIT, label=_("draft the next version of a choice of strategies"), on="selection")
def draft_selection_version(by: Actor, selection: Selection, *, key: str = "", version: int | None = None) -> Selection:
    """It begins with what this one chooses, but for what has been retired since."""
    line, number = selection.agreement.line, selection.agreement.number + 1
    following = steps.new_version(by, selection, key=key or f"{line}-{number}")
    rows = selection.selected.exclude(strategy__state=FallbackState.RETIRED).select_related("process", "strategy")
    save_all(
        [Selected(selection=following, process=r.process, strategy=r.strategy, why=r.why) for r in rows.order_by("pk")],
        by,
    )
    return following


@act("selection.choose", EDIT, label=_("choose a strategy for a process"), under="selection")
def choose(
    by: Actor, *, selection: Selection, process: Node, strategy: Strategy | None = None, why: str = ""
) -> Selected:
    """In a draft; without a strategy the process does without, and `why` says why. Raises ValidationError for a
    strategy that is not for this process, or is retired."""
    steps.touch(by, selection)
    if strategy is not None and strategy.state == FallbackState.RETIRED:
        raise ValidationError({"strategy": gettext("“%(strategy)s” is retired.") % {"strategy": strategy}})
    if strategy is not None and not strategy.covers.filter(process=process).exists():
        said = gettext("“%(strategy)s” is not for “%(process)s”.")
        raise ValidationError({"strategy": said % {"strategy": strategy, "process": process}})
    others = selection.selected.filter(process=process)
    if others.filter(strategy=strategy).exists():
        raise ValidationError({"strategy": gettext("It is chosen here already.")})
    if (strategy is None and others.exists()) or others.filter(strategy=None).exists():
        said = gettext("“%(process)s” either has a strategy or does without.")
        raise ValidationError({"strategy": said % {"process": process}})
    return create(Selected(selection=selection, process=process, strategy=strategy, why=why), by)


@act("selection.leave", EDIT, label=_("take a strategy out of a choice"), on="selected")
def leave(by: Actor, selected: Selected, *, version: int) -> Selected:
    steps.touch(by, selected.selection)
    note(selection=selected.selection.key, chosen=str(selected))
    remove_all([selected], by)
    return selected


@act("selection.submit", EDIT, label=_("submit a choice of strategies for approval"), on="selection")
def submit_selection(
    by: Actor,
    selection: Selection,
    *,
    version: int,
    approver: User | None = None,
    post: Post | None = None,
    body: Group | None = None,
    reviewers: Sequence[User] = (),
    due: date | None = None,
    comment: str = "",
    judged: Judged | None = None,
) -> Selection:
    """Frozen with what is known today; `judged` is what the engine says of each row, reckoned before. Raises
    ValidationError where nothing is chosen, the reason is missing, or a strategy comes later than its process can wait
    and nobody says why (A/63/359, 25); GateClosed while step 3 is not passed."""
    today = clock.today()
    require_gate(selection, today)
    rows = list(selection.selected.select_related("process", "strategy").order_by("pk"))
    steps.touch(by, selection)
    problems: dict[str, Any] = {}
    if not rows:
        problems["selected"] = gettext("Nothing is chosen yet.")
    if not selection.why.strip():
        problems["why"] = gettext("Say why these are chosen.")
    late = [one for row in rows if (one := lateness_of(row, today)) is not None]
    if unknown := [str(one) for one in late if one.is_unknown]:
        problems["selected"] = unknown
    if (exceeding := [str(one) for one in late if one.exceeds]) and not selection.why_late.strip():
        asked = gettext("Choose another, or say why it is chosen all the same.")
        problems["why_late"] = [*exceeding, asked]
    if problems:
        raise ValidationError(problems)
    for row in rows:
        row.known = known_of(row, today) | {"judged": dict((judged or {}).get(row.stable_key, {}))}
    save_all(rows, by, fields=["known"])
    named = steps.one_approver(approver, post, body)
    steps.submit(by, selection, approver=named, reviewers=reviewers, due=due, comment=comment)
    return selection


@act("selection.approve", TAKE_PART, label=_("approve a choice of strategies"), on="selection")
def approve_selection(
    by: Actor, selection: Selection, *, version: int, on: date, reason: str, in_force_from: date | None = None
) -> Selection:
    """It counts from now on, in place of the version before, and the ideas that it chooses are chosen. As
    `steps.decide`; raises ValidationError too where a figure has changed since it was submitted."""
    rows = list(selection.selected.select_related("process", "strategy").order_by("pk"))
    if changed := [row for row in rows if not _still(row)]:
        said = gettext("“%(row)s” is not what was submitted any more: return it.")
        raise ValidationError([said % {"row": row} for row in changed])
    steps.decide(by, selection, on=on, reason=reason, in_force_from=in_force_from)
    ideas = {row.strategy_id for row in rows if row.strategy is not None and row.strategy.state == FallbackState.IDEA}
    for strategy in Strategy.objects.select_for_update().filter(pk__in=ideas).order_by("key"):
        set_state(by, strategy, FallbackState.CHOSEN, selection.why)
    return selection


@act("selection.withdraw", EDIT, label=_("withdraw a choice of strategies"), on="selection")
def withdraw_selection(by: Actor, selection: Selection, *, version: int, on: date, reason: str) -> Selection:
    """It counts no more from this day, and no version follows. The strategies stay as they are."""
    steps.supersede(by, selection, on=on, reason=reason)
    return selection


@act("selection.discard", EDIT, label=_("discard a draft of a choice of strategies"), on="selection")
def discard_selection(by: Actor, selection: Selection, *, version: int) -> Selection:
    steps.touch(by, selection)
    remove_all(list(selection.selected.all()), by)
    steps.discard(by, selection)
    return selection


def _still(row: Selected) -> bool:
    """Whether the strategy is what it was when the choice was submitted."""
    return row.strategy is None or row.strategy.as_record(row.strategy.facts) == row.known.get("strategy")
