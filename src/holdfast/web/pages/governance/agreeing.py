"""How a thing is agreed, on its page and for what waits: states, reviews, remarks, differences, and the steps on them.

A room that has something to agree on puts `panel(thing, user)` into the context of its page and includes
governance/agreement.html; the steps of the thing itself (submit, approve) stay its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.governance.agreement import actions, steps
from holdfast.governance.agreement.approvable import Approvable
from holdfast.governance.agreement.models import RECORD, TAKE_PART, VIEW, Agreement, State, Verdict
from holdfast.governance.agreement.questions import waiting_for, who_may_be_asked
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import may, visible
from holdfast.organization.structure.models import Group, Post
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST, ask_form
from holdfast.web.pages.organization.fields import DayField, RowField, rows_of
from holdfast.web.pages.organization.listing import (
    Column,
    Filter,
    Listing,
    ask,
    choice_filter,
    site_filter,
    unit_filter,
)
from holdfast.web.pages.organization.nouns import MadeForm
from holdfast.web.pages.organization.values import Chip
from holdfast.web.permissions import needs, visible_or_404

TONES = {
    State.DRAFT: "is-proposed",
    State.IN_REVIEW: "is-lacking",
    State.APPROVED: "is-in-use",
    State.SUPERSEDED: "is-closed",
}


@dataclass(frozen=True)
class Mark:
    """One state on the way of a version: `now`, `past` or `ahead`, and when it was reached."""

    label: str | Promise
    place: str
    when: Any = None


def state_chip(agreement: Agreement) -> Chip:
    return Chip(agreement.get_state_display(), TONES[State(agreement.state)])


def way(agreement: Agreement) -> list[Mark]:
    """The states in their order, for the picture."""
    when = {
        State.IN_REVIEW: agreement.submitted_at,
        State.APPROVED: agreement.decided_on,
        State.SUPERSEDED: agreement.in_force_until,
    }
    order = list(State)
    now = order.index(State(agreement.state))
    return [
        Mark(state.label, "now" if place == now else "past" if place < now else "ahead", when.get(state))
        for place, state in enumerate(order)
    ]


def panel(thing: Approvable, user: Any) -> dict[str, Any]:
    """What governance/agreement.html shows of a thing."""
    agreement = thing.agreement
    reviews = list(agreement.reviews.select_related("reviewer"))
    mine = next((review for review in reviews if review.reviewer_id == getattr(user, "pk", None)), None)
    decides = agreement.in_review and steps.may_decide(user, agreement)
    wrote = getattr(user, "pk", None) in {agreement.author_id, agreement.submitted_by_id} - {None}
    versions = Agreement.objects.in_line(agreement)
    return {
        "agreement": agreement,
        "state": state_chip(agreement),
        "way": way(agreement),
        "reviews": reviews,
        "remarks": list(agreement.remarks.select_related("by")),
        "versions": list(versions),
        "changes": steps.changes_since(thing) if agreement.previous_id else [],
        "as_approved": steps.is_as_approved(thing),
        "decides": decides,
        "may_answer": agreement.in_review and mine is not None,
        "answered": mine is not None and mine.answered_at is not None,
        "may_take_back": agreement.in_review and wrote,
        "may_comment": may(user, VIEW, agreement),
        "may_readdress": agreement.in_review and may(user, RECORD, agreement),
        "late": agreement.in_review and agreement.due is not None and agreement.due < clock.today(),
    }


class AccountsField(forms.MultipleChoiceField):
    """Some accounts, ticked."""

    def __init__(self, accounts: list[User], **more: Any) -> None:
        self.accounts = {account.username: account for account in accounts}
        choices = [(account.username, str(account)) for account in accounts]
        super().__init__(choices=choices, required=False, widget=forms.CheckboxSelectMultiple, **more)

    def clean(self, value: Any) -> Any:
        return [self.accounts[name] for name in super().clean(value)]


def submitting_form(agreement: Agreement, user: Any) -> MadeForm:
    """Who decides, who reviews, until when: for the step with which a room submits its things."""
    accounts = who_may_be_asked(agreement.unit, agreement.site)
    others = [account for account in accounts if account.pk != user.pk]
    fields = {
        **deciding_fields(agreement, user, accounts),
        "reviewers": AccountsField(others, label=_("Reviewers")),
        "due": DayField(label=_("Wanted by"), required=False),
        "comment": forms.CharField(
            label=_("Comment"), required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=5000
        ),
    }
    return fields, {"body": agreement.approver_body, "post": agreement.approver_post, "approver": agreement.approver}


def deciding_fields(agreement: Agreement, user: Any, accounts: list[User]) -> dict[str, forms.Field]:
    """Whose decision it is: one of three."""
    people = User.objects.filter(pk__in=[account.pk for account in accounts])
    one_of = _("One of the three: a body, a post or a person.")
    return {
        "body": RowField(rows_of(Group, user), label=_("Decided by the body"), required=False, help_text=one_of),
        "post": RowField(rows_of(Post, user), label=_("or by whoever holds the post"), required=False),
        "approver": RowField(people, label=_("or by the person"), required=False),
    }


def approving_form(*_given: Any) -> MadeForm:
    """The day of a decision and its reason: for the step with which a room approves its things."""
    fields: dict[str, forms.Field] = {
        "on": DayField(label=_("Decided on")),
        "in_force_from": DayField(label=_("Counts from"), required=False),
        "reason": forms.CharField(label=_("Reason, or the decision"), widget=forms.Textarea(attrs={"rows": 2})),
    }
    return fields, {"on": clock.today()}


def withdrawing_form(*_given: Any) -> MadeForm:
    """The day on which something no longer counts, and why."""
    fields: dict[str, forms.Field] = {
        "on": DayField(label=_("First day without it")),
        "reason": forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2})),
    }
    return fields, {"on": clock.today()}


def _words(label: Any, required: bool = True) -> forms.CharField:
    return forms.CharField(label=label, required=required, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3}))


def _step(
    title: Any,
    button: Any,
    fields: Callable[[Agreement, Any], MadeForm],
    call: Callable[..., Any],
    why_not: Callable[[Any, Agreement], str] = lambda user, agreement: "",
    permission: str = TAKE_PART,
) -> Callable[..., HttpResponse]:
    """A page that takes a step on an agreement; who cannot take it is led back to the thing with the reason."""

    @needs(permission, on=Agreement)
    @require_http_methods(KINDS_OF_REQUEST)
    def take(request: HttpRequest, agreement: int) -> HttpResponse:
        held = visible_or_404(Agreement.objects.all(), request, pk=agreement)
        user: Any = request.user
        if request.method != "POST" and (said := why_not(user, held)):
            messages.error(request, said)
            return HttpResponseRedirect(held.address)
        form, values = fields(held, user)
        about = {
            "crumb": {"url": held.address, "label": held.title},
            "title": title,
            "button": button,
            "part": held.title,
        }

        def run(form: Any) -> Any:
            return call(user, held, version=form.seen_version, **form.cleaned_data)

        return ask_form(request, form, values, held, run, about, held.address + "#agreement")

    return take


def _decided_by(user: Any, agreement: Agreement) -> str:
    if not agreement.in_review:
        return _("It is not in review.")
    if not steps.may_decide(user, agreement):
        return _("It is decided by %(approver)s.") % {"approver": agreement.approves}
    return ""


def _not_asked(user: Any, agreement: Agreement) -> str:
    if not agreement.in_review:
        return _("It is not in review.")
    if not agreement.reviews.filter(reviewer=user).exists():
        return _("No review of it was asked of you.")
    return ""


def _not_author(user: Any, agreement: Agreement) -> str:
    if not agreement.in_review:
        return _("It is not in review.")
    if user.pk not in (agreement.author_id, agreement.submitted_by_id):
        return _("Only its author takes it back.")
    return ""


comment = _step(
    gettext_lazy("Comment"),
    gettext_lazy("Add the comment"),
    lambda agreement, user: ({"text": _words(_("Comment"))}, {}),
    actions.comment,
)
review = _step(
    gettext_lazy("Answer the review"),
    gettext_lazy("Send the answer"),
    lambda agreement, user: (
        {
            "verdict": forms.ChoiceField(label=_("Answer"), choices=Verdict.choices, widget=forms.RadioSelect),
            "text": _words(_("Comment"), required=False),
        },
        {},
    ),
    actions.answer_review,
    _not_asked,
)
return_to_draft = _step(
    gettext_lazy("Return it to its author"),
    gettext_lazy("Return it"),
    lambda agreement, user: ({"text": _words(_("What has to change"))}, {}),
    actions.return_to_draft,
    _decided_by,
)
take_back = _step(
    gettext_lazy("Take it back from review"),
    gettext_lazy("Take it back"),
    lambda agreement, user: ({"text": _words(_("Why"))}, {}),
    actions.take_back,
    _not_author,
)
readdress = _step(
    gettext_lazy("Name another approver"),
    gettext_lazy("Save"),
    lambda agreement, user: (
        {
            **deciding_fields(agreement, user, who_may_be_asked(agreement.unit, agreement.site)),
            "due": DayField(label=_("Wanted by"), required=False),
        },
        {"due": agreement.due},
    ),
    actions.readdress,
    lambda user, agreement: "" if agreement.in_review else _("It is not in review."),
    RECORD,
)

KIND_LABELS: dict[str, str | Promise] = {
    "policy": gettext_lazy("policy"),
    "risk-assessment": gettext_lazy("risk assessment"),
    "impact-analysis": gettext_lazy("impact analysis"),
}
"""What a kind of thing is called in the list; a room that has things agreed adds its own."""


def _kinds(rows: Any, user: Any) -> list[tuple[str, str]]:
    used = rows.order_by().values_list("kind", flat=True).distinct()
    return sorted(((kind, str(KIND_LABELS.get(kind, kind))) for kind in used), key=lambda pair: pair[1])


def _waits(rows: Any, value: str, user: Any) -> Any:
    asked = waiting_for(user, clock.today()).values("pk")
    return {"yes": rows.filter(pk__in=asked), "no": rows.exclude(pk__in=asked)}[value]


LISTING = Listing(
    columns=(
        Column("title", gettext_lazy("What"), lambda row: row.title, ("title",)),
        Column("kind", gettext_lazy("Kind"), lambda row: KIND_LABELS.get(row.kind, row.kind), ("kind",)),
        Column("number", gettext_lazy("Version"), lambda row: row.number, ("number",), number=True),
        Column("state", gettext_lazy("State"), state_chip, ("state",)),
        Column("approves", gettext_lazy("Decided by"), lambda row: row.approves),
        Column("due", gettext_lazy("Wanted by"), lambda row: row.due, ("due",)),
        Column("decided", gettext_lazy("Decided on"), lambda row: row.decided_on, ("decided_on",)),
        Column("unit", gettext_lazy("Unit"), lambda row: row.unit, ("unit__name",)),
        Column("site", gettext_lazy("Site"), lambda row: row.site, ("site__name",)),
    ),
    filters=(
        Filter(
            "mine",
            gettext_lazy("Waits for me"),
            lambda rows, user: [("yes", _("yes")), ("no", _("no"))],
            _waits,
        ),
        Filter("kind", gettext_lazy("Kind"), _kinds, lambda rows, value, user: rows.filter(kind=value)),
        choice_filter("state", gettext_lazy("State"), State),
        unit_filter(),
        site_filter(),
    ),
    search=("title", "key"),
    order=(F("due").asc(nulls_last=True), "title", "-number"),  # type: ignore[arg-type]
    prepare=lambda rows, user, on: rows.select_related(
        "unit", "site", "approver", "approver_post__unit", "approver_body"
    ),
)


@needs(VIEW)
@require_safe
def agreements(request: HttpRequest) -> HttpResponse:
    """What waits for the reader, and all that is or was agreed as far as it may be seen."""
    user: Any = request.user
    waiting = list(waiting_for(user, clock.today()).select_related("unit", "site"))
    shown = ask(LISTING, visible(Agreement.objects.all(), user), request.GET, user)
    text = ngettext(
        "%(n)s thing waits for your review or decision.", "%(n)s things wait for your review or decision.", len(waiting)
    )
    context = {
        "shown": shown,
        "rows": [(row, cells[1:]) for row, cells in zip(shown.page or (), shown.lines, strict=True)],
        "waiting": [(row, wanted(row, user), row.due is not None and row.due < clock.today()) for row in waiting],
        "lead": text % {"n": len(waiting)} if waiting else _("Nothing waits for your review or decision."),
    }
    return render(request, "governance/agreements.html", context, status=400 if shown.problems else 200)


def wanted(agreement: Agreement, user: Any) -> str:
    """What is wanted of the reader."""
    if agreement.is_draft:
        return _("Mend and submit again")
    if steps.may_decide(user, agreement):
        return _("Decide")
    return _("Review")
