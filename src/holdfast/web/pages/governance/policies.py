"""The policy: its statement as it reads, how it came to be adopted, what is new in it, who has acknowledged it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast.governance.agreement.models import DECIDED, TAKE_PART, Agreement, State
from holdfast.governance.agreement.steps import changes_since
from holdfast.governance.policy import actions
from holdfast.governance.policy.acknowledging import counts, readers, to_acknowledge
from holdfast.governance.policy.models import ACKNOWLEDGE, EDIT, FOLLOW, PARTS, VIEW, Policy
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may_somewhere, require, visible
from holdfast.organization.places.models import Unit
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST, ask_form, no_form, until_form
from holdfast.web.pages.organization.fields import DayField
from holdfast.web.pages.organization.links import address
from holdfast.web.pages.organization.listing import Column, Filter, Listing, unit_filter
from holdfast.web.pages.organization.nouns import MadeForm, Making, Noun, Step
from holdfast.web.pages.organization.units import EVIDENCE
from holdfast.web.permissions import needs, visible_or_404

from .agreeing import panel, state_chip, submitting_form

COLUMNS = ("title", "unit", *PARTS, *EVIDENCE)


def tell(policy: Policy, user: Any, on: date) -> dict[str, Any]:
    in_force = policy.agreement.in_force_on(clock.today())
    mine = in_force and policy in to_acknowledge(user, clock.today())
    said = policy.acknowledgements.filter(user=user.pk).first()
    about: dict[str, Any] = {
        "in_force": in_force,
        "to_acknowledge": mine,
        "said": said,
        "missing": [str(policy._meta.get_field(name).verbose_name) for name in policy.missing_parts],
        "last": not Agreement.objects.filter(previous=policy.agreement).exists(),
        "follows": may_somewhere(user, FOLLOW),
    }
    if in_force and about["follows"]:
        found = [reader for reader in readers(clock.today(), user) if reader.unit is not None]
        done = sum(1 for reader in found if policy not in reader.left)
        about |= {"accounts": len(found), "done": done, "share": round(100 * done / len(found)) if found else 0}
    return {**panel(policy, user), **about}


def _submit(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    return actions.submit_policy(by, row, version=version, **cleaned)


def _adopt_form(policy: Any, part: Any, user: Any) -> MadeForm:
    fields = {
        "on": DayField(label=_("Day of the decision")),
        "in_force_from": DayField(label=_("In force from"), required=False, help_text=_("Left empty: from that day.")),
        "reason": forms.CharField(
            label=_("By which decision, or why"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
        ),
    }
    return fields, {"on": clock.today()}


def _adopt(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    return actions.adopt_policy(by, row, version=version, **cleaned)


def _withdraw_form(policy: Any, part: Any, user: Any) -> MadeForm:
    fields, values = until_form(_("First day without it"))(policy, part, user)
    reason = forms.CharField(label=_("Why"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))
    return {**fields, "reason": reason}, values


def _in_state(rows: Any, value: str, user: Any) -> Any:
    if value not in State.values:
        raise LookupError(value)
    return rows.filter(agreement__state=value)


POLICIES = Noun(
    slug="policies",
    name="policy",
    room="governance",
    model=Policy,
    rows=Policy.objects.all,
    one=gettext_lazy("policy"),
    many=gettext_lazy("Policies"),
    lead=gettext_lazy("What business continuity is for here, adopted by a body, version by version."),
    view=VIEW,
    edit=EDIT,
    listing=Listing(
        columns=(
            Column("title", gettext_lazy("Policy"), lambda policy: policy, ("title",)),
            Column(
                "number", gettext_lazy("Version"), lambda policy: policy.agreement.number, ("agreement__number",), True
            ),
            Column("state", gettext_lazy("State"), lambda policy: state_chip(policy.agreement), ("agreement__state",)),
            Column("unit", gettext_lazy("Holds for"), lambda policy: policy.unit or _("all"), ("unit__name",)),
            Column("by", gettext_lazy("Decided by"), lambda policy: policy.agreement.approves),
            Column(
                "on", gettext_lazy("Decided on"), lambda policy: policy.agreement.decided_on, ("agreement__decided_on",)
            ),
            Column(
                "from",
                gettext_lazy("In force from"),
                lambda policy: policy.agreement.in_force_from,
                ("agreement__in_force_from",),
            ),
        ),
        filters=(
            Filter(
                "state",
                gettext_lazy("State"),
                lambda rows, user: [(value, str(label)) for value, label in State.choices],
                _in_state,
            ),
            unit_filter(),
        ),
        search=("title", "key", "scope", "purpose"),
        order=("agreement__line", "-agreement__number"),
        prepare=lambda rows, user, on: rows.select_related(
            "unit", "agreement__approver", "agreement__approver_post", "agreement__approver_body"
        ),
    ),
    tell=tell,
    related=("unit", "agreement__previous", "agreement__author", "agreement__approver_body"),
    making=Making(COLUMNS, actions.create_policy, actions.edit_policy),
    steps=(
        Step(
            "submit",
            gettext_lazy("Submit it for adoption"),
            gettext_lazy("Submit"),
            EDIT,
            lambda policy, part, user: submitting_form(policy.agreement, user),
            _submit,
            says=gettext_lazy("From now on nobody changes it, until it is adopted or returned."),
            back="agreement",
        ),
        Step(
            "adopt",
            gettext_lazy("Adopt it"),
            gettext_lazy("Adopt"),
            TAKE_PART,
            _adopt_form,
            _adopt,
            says=gettext_lazy("The version in force before it ends; nobody changes this one any more."),
            back="agreement",
        ),
        Step(
            "new-version",
            gettext_lazy("Draft the next version"),
            gettext_lazy("Draft it"),
            EDIT,
            no_form,
            lambda by, row, part, version, cleaned: actions.draft_policy_version(by, row, version=version),
            says=gettext_lazy("It begins as this one reads. This one stays in force until the next is adopted."),
        ),
        Step(
            "withdraw",
            gettext_lazy("Withdraw it"),
            gettext_lazy("Withdraw"),
            EDIT,
            _withdraw_form,
            lambda by, row, part, version, cleaned: actions.withdraw_policy(by, row, version=version, **cleaned),
            says=gettext_lazy("It ends without a version that follows. It stays readable."),
            ends=True,
        ),
        Step(
            "acknowledge",
            gettext_lazy("Acknowledge it"),
            gettext_lazy("I have read it"),
            ACKNOWLEDGE,
            no_form,
            lambda by, row, part, version, cleaned: actions.acknowledge_policy(by, row, version=version),
            says=gettext_lazy("You say that you have read this version."),
        ),
    ),
    empty=gettext_lazy("There is no policy yet. Write the first one: everything else follows from it."),
)


@needs(EDIT, on=Policy)
@require_http_methods(KINDS_OF_REQUEST)
def discard(request: HttpRequest, key: str) -> HttpResponse:
    """Throws a draft away."""
    policy = visible_or_404(Policy.objects.select_related("agreement"), request, key=key)
    user: Any = request.user
    require(user, EDIT, policy)
    about = {
        "crumb": {"url": reverse("policies"), "label": POLICIES.many},
        "title": _("Discard this draft"),
        "button": _("Discard it"),
        "part": policy.title,
        "says": _("The draft goes, with what was said about it. Versions that were decided stay."),
        "ends": True,
    }
    return ask_form(
        request,
        {},
        {},
        policy,
        lambda form: actions.discard_policy(user, policy, version=form.seen_version or 0),
        about,
        reverse("policies"),
    )


@needs(VIEW, on=Policy)
@require_safe
def changes(request: HttpRequest, key: str) -> HttpResponse:
    """What differs between this version and another of the same line: ?from=KEY, else the one before."""
    policy: Any = visible_or_404(Policy.objects.select_related("agreement__previous"), request, key=key)
    agreement = policy.agreement
    line = Agreement.objects.in_line(agreement)
    others = list(visible(line, request.user).exclude(pk=agreement.pk)) or list(
        line.exclude(pk=agreement.pk).filter(state__in=DECIDED)
    )
    asked = request.GET.get("from", "")
    before = next((other for other in others if other.key == asked), None) or agreement.previous
    context = {
        "policy": policy,
        "agreement": agreement,
        "before": before,
        "others": others,
        "changes": changes_since(policy, before) if before is not None else [],
        "url": address(policy),
    }
    return render(request, "governance/policy_changes.html", context)


@needs(FOLLOW)
@require_safe
def acknowledgements(request: HttpRequest) -> HttpResponse:
    """Who has acknowledged what holds for them, by unit, and who has not."""
    user: Any = request.user
    today = clock.today()
    found = readers(today, user)
    units = {reader.unit.pk: reader.unit for reader in found if reader.unit is not None}
    asked = request.GET.get("unit", "").strip()
    tree = _above(units.values())
    chosen = next((unit for unit in tree if unit.key == asked), None)
    if chosen is not None:
        found = [reader for reader in found if reader.unit is not None and reader.unit.path.startswith(chosen.path)]
    rows = counts(tree, found)
    done = sum(1 for reader in found if reader.done)
    context = {
        "policies": list(Policy.objects.in_force(today).select_related("unit")),
        "rows": [row for row in rows if row.accounts],
        "left": [reader for reader in found if not reader.done],
        "accounts": len(found),
        "done": done,
        "chosen": chosen,
        "units": tree,
        "problem": _("There is no unit “%(key)s” here.") % {"key": asked[:60]} if asked and chosen is None else "",
    }
    return render(request, "governance/acknowledgements.html", context, status=400 if context["problem"] else 200)


@needs(FOLLOW)
@require_POST
def remind(request: HttpRequest) -> HttpResponse:
    """Reminds those whom the reader may follow and who have not acknowledged a policy."""
    policy: Any = visible_or_404(
        Policy.objects.select_related("agreement"), request, key=request.POST.get("policy", "")
    )
    user: Any = request.user
    try:
        count = actions.remind_readers(user, policy=policy)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        text = ngettext("%(n)s account is reminded.", "%(n)s accounts are reminded.", count)
        messages.success(request, text % {"n": count})
    return HttpResponseRedirect(reverse("acknowledgements"))


def _above(units: Any) -> list[Any]:
    """These units and those above them, in the order of the tree."""
    keys = {key for unit in units for key in unit.path.split("/") if key}
    return list(Unit.objects.filter(key__in=keys).order_by("path"))
