"""The forms of the parts of a plan: roles, tasks, and what a task comes after and takes up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from holdfast.organization.accounts.scope import visible
from holdfast.organization.structure.models import Node, Pool, Post
from holdfast.readiness.plans.models import Plan, PlanRole, PlanTask
from holdfast.web.pages.organization.editing import MadeForm, form_of
from holdfast.web.pages.organization.fields import LinesField, RowField, rows_of

ROLE = ("name", "does", "post", "alternate")
TASK = ("title", "phase", "details", "low", "likely", "high", "basis", "source", "site")
OF_ICT = ("verification", "way_back")


class PartField(forms.TypedChoiceField):
    """One of the parts of a plan, by its code."""

    def __init__(self, parts: Iterable[PlanRole | PlanTask], **more: Any) -> None:
        self.parts = {part.code: part for part in parts}
        choices = [("", "—"), *((code, str(part)) for code, part in self.parts.items())]
        super().__init__(choices=choices, coerce=self.parts.__getitem__, empty_value=None, required=False, **more)

    def prepare_value(self, value: Any) -> Any:
        return getattr(value, "code", value)


class PartsField(forms.MultipleChoiceField):
    """Some of the tasks of a plan, ticked."""

    def __init__(self, parts: Iterable[PlanTask], **more: Any) -> None:
        self.parts = {part.code: part for part in parts}
        choices = [(code, f"{code} · {part.title}") for code, part in self.parts.items()]
        super().__init__(choices=choices, widget=forms.CheckboxSelectMultiple, required=False, **more)

    def clean(self, value: Any) -> Any:
        return [self.parts[code] for code in super().clean(value)]


def role_form(plan: Plan, part: PlanRole | None, user: Any) -> MadeForm:
    fields, values = form_of(PlanRole, ROLE, user, part)
    others = [role for role in plan.roles.order_by("position", "code") if part is None or role.pk != part.pk]
    fields = {**fields, "called_by": PartField(others, label=_("Called by"), help_text=_("Who telephones this role."))}
    return fields, {**values, "called_by": part.called_by if part is not None else None}


def task_form(plan: Plan, part: PlanTask | None, user: Any) -> MadeForm:
    fields, values = form_of(PlanTask, TASK, user, part)
    roles = list(plan.roles.order_by("position", "code"))
    others = [task for task in plan.tasks.order_by("position", "code") if part is None or task.pk != part.pk]
    nodes = Node.objects.filter(pk__in=plan.processes.values("node"))
    later: dict[str, forms.Field] = {
        "role": PartField(roles, label=_("Responsible"), help_text=_("A role of this plan.")),
        "after": PartsField(others, label=_("Comes after")),
        "claims": LinesField(
            lambda lines: read_claims(lines, user),
            write_claims,
            label=_("Takes up"),
            required=False,
            help_text=_("“name or key: how much”, one a line: places of a pool, or so much of a resource."),
        ),
    }
    if plan.kind != "crisis":
        later["process"] = RowField(
            nodes, label=_("Brings back"), required=False, help_text=_("What works again once this is done.")
        )
    if plan.kind == "ict":
        later["approval"] = PartField(roles, label=_("Approved by"), help_text=_("Who has to agree before it begins."))
        more, given = form_of(PlanTask, OF_ICT, user, part)
        later |= more
        values = {**values, **given}
    if part is not None:
        values = {
            **values,
            "role": part.role,
            "after": part.after,
            "claims": [
                (claim.pool or claim.node, claim.amount) for claim in part.claims.select_related("pool", "node")
            ],
            "process": part.process,
            "approval": part.approval,
        }
    first, rest = ("title", "phase"), [name for name in fields if name not in ("title", "phase")]
    ordered = {name: fields[name] for name in first} | {"role": later.pop("role"), "after": later.pop("after")}
    return {**ordered, **{name: fields[name] for name in rest}, **later}, values


def write_claims(claims: Sequence[tuple[Any, float]]) -> list[str]:
    return [f"{what}: {amount:g}" for what, amount in claims]


def read_claims(lines: list[str], user: Any) -> list[tuple[Any, float]]:
    """Raises ValidationError for what nothing, or several things, are called, and for no number."""
    found = []
    for line in lines:
        name, _colon, amount = line.rpartition(":")
        try:
            much = float(amount.strip().replace(",", "."))
        except ValueError:
            raise ValidationError(_("“%(line)s”: wanted “name: how much”.") % {"line": line[:80]}) from None
        found.append((_claimed(name.strip(), user), much))
    return found


def _claimed(name: str, user: Any) -> Any:
    for rows in (Pool.objects.all(), Node.objects.resources()):
        given = visible(rows, user)
        there = list(given.filter(key=name)[:2]) or list(given.filter(name__iexact=name)[:2])
        if len(there) == 1:
            return there[0]
        if there:
            raise ValidationError(_("Several are called “%(name)s”: give the key.") % {"name": name[:80]})
    raise ValidationError(_("No pool and no resource is called “%(name)s”.") % {"name": name[:80]})


def copy_form(plan: Plan, part: Any, user: Any) -> MadeForm:
    from holdfast.readiness.plans.models import PlanCopy

    fields, values = form_of(PlanCopy, ("form",), user)
    return {
        "post": RowField(rows_of(Post, user), label=_("To whoever holds the post"), required=True),
        **fields,
    }, values
