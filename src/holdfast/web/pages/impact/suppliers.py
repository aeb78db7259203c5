"""Suppliers: contract, promise, own plan and last test; who depends on one alone; the questionnaire by link."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.analysis.impact.actions import suppliers as acts
from holdfast.analysis.impact.models import Questionnaire, SupplierRecord
from holdfast.analysis.strategy.models import Fallback
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may, require, visible
from holdfast.organization.structure.models import Node, Requirement, Resource, Supply
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST, ask_form, form_of, free_key, no_form
from holdfast.web.pages.organization.fields import DayField, NumberField
from holdfast.web.pages.organization.forms import RowForm, signed
from holdfast.web.pages.organization.links import Reach
from holdfast.web.pages.organization.listing import Column, Listing, ask, site_filter, unit_filter, yes_no_filter
from holdfast.web.pages.organization.values import Figure
from holdfast.web.permissions import needs, public, visible_or_404

VIEW, EDIT = "impact.view", "process.edit"
FIELDS = ("contract", "contract_until", "promise", "has_plan", "tested_on", "tested", "substitutes")


def _suppliers() -> Any:
    return Resource.objects.standing(clock.today()).filter(kind="supplier")


def _record(row: Any, name: str) -> Any:
    record = getattr(row, "supplier_record", None)
    return getattr(record, name) if record is not None else None


def alone_for(nodes: Any) -> dict[int, set[int]]:
    """By supplier: the requirements that it alone supplies and for which no fallback is ready."""
    found: dict[int, set[int]] = {}
    ready = set(Fallback.objects.ready(clock.today()).values_list("requirement", flat=True))
    counts: dict[int, int] = {}
    mine: dict[int, int] = {}
    asked = Requirement.objects.filter(supply__provider__in=nodes)
    for requirement, provider in Supply.objects.filter(requirement__in=asked).values_list("requirement", "provider"):
        counts[requirement] = counts.get(requirement, 0) + 1
        mine[requirement] = provider
    for requirement, count in counts.items():
        if count == 1 and requirement not in ready:
            found.setdefault(mine[requirement], set()).add(requirement)
    return found


def _promise(row: Any) -> Any:
    return Figure(row.restart, reverse("supplier", args=[row.key]), "figures") if row.restart else None


LISTING = Listing(
    columns=(
        Column("name", gettext_lazy("Supplier"), lambda row: row, ("name",)),
        Column("contract", gettext_lazy("Contract"), lambda row: _record(row, "contract"),
               ("supplier_record__contract",)),
        Column("until", gettext_lazy("Until"), lambda row: _record(row, "contract_until"),
               ("supplier_record__contract_until",)),
        Column("promise", gettext_lazy("Promised recovery"), _promise, ("restart_promised__value",), number=True),
        Column("plan", gettext_lazy("Own plan"), lambda row: _record(row, "has_plan"), ("supplier_record__has_plan",)),
        Column("tested", gettext_lazy("Last tested"), lambda row: _record(row, "tested_on"),
               ("supplier_record__tested_on",)),
        Column("unit", gettext_lazy("Looked after by"), lambda row: row.unit, ("unit__name",)),
    ),
    filters=(
        yes_no_filter("plan", gettext_lazy("Own plan"), "supplier_record__has_plan"),
        unit_filter(),
        site_filter(),
    ),
    search=("name", "key"),
    prepare=lambda rows, user, on: rows.select_related("unit", "site", "supplier_record"),
)  # fmt: skip


@needs(VIEW)
@require_safe
def suppliers(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    shown = ask(LISTING, visible(_suppliers(), user), request.GET, user)
    rows = list(shown.page or ())
    alone = alone_for([row.pk for row in rows])
    context = {
        "shown": shown,
        "rows": [(row, cells[1:], len(alone.get(row.pk, ()))) for row, cells in zip(rows, shown.lines, strict=True)],
        "alone": len(alone_for(visible(_suppliers(), user).values("pk"))),
        "count": visible(_suppliers(), user).count(),
    }
    return render(request, "impact/suppliers.html", context, status=400 if shown.problems else 200)


@needs(VIEW, on=Node)
@require_safe
def supplier(request: HttpRequest, key: str) -> HttpResponse:
    user: Any = request.user
    row = visible_or_404(Node.objects.filter(kind="supplier").select_related("unit", "site"), request, key=key)
    record = SupplierRecord.objects.filter(supplier=row).first()
    supplies = list(Supply.objects.drawing_on(row))
    alone = alone_for([row.pk]).get(row.pk, set())
    reach = Reach(user, [supply.requirement.node for supply in supplies])
    today = clock.today()
    context = {
        "row": row,
        "record": record,
        "supplies": [
            (supply, reach.link(supply.requirement.node), supply.requirement_id in alone, _late(supply, row))
            for supply in supplies
        ],
        "alone": len(alone),
        "questionnaires": [
            (one, acts.over(one) is None) for one in visible(row.questionnaires.order_by("-sent_on", "-pk"), user)
        ],
        "may_edit": may(user, EDIT, row),
        "ended": record is not None and record.contract_until is not None and record.contract_until <= today,
        "link": request.session.pop(f"questionnaire:{row.key}", ""),
    }
    return render(request, "impact/supplier.html", context)


def _late(supply: Supply, row: Node) -> bool:
    """Whether what it promises is later than the process wants it."""
    process = supply.requirement.node
    if process.rto is None or process.rto.value is None or row.restart is None or row.restart.value is None:
        return False
    tolerance = supply.requirement.tolerance.value if supply.requirement.tolerates else 0.0
    return bool(row.restart.value > process.rto.value + tolerance)


@needs(EDIT, on=Node)
@require_http_methods(KINDS_OF_REQUEST)
def record(request: HttpRequest, key: str) -> HttpResponse:
    """What is known of a supplier."""
    row = visible_or_404(Node.objects.filter(kind="supplier"), request, key=key)
    user: Any = request.user
    require(user, EDIT, row)
    known = SupplierRecord.objects.filter(supplier=row).first()
    fields, values = form_of(SupplierRecord, FIELDS, user, known)
    about = _about(row, _("What is known of “%(supplier)s”") % {"supplier": row}, _("Save"))

    def run(form: RowForm) -> Any:
        given = signed(form.cleaned_data, user, known)
        if known is None:
            acts.record_supplier(user, row, **given)
        else:
            acts.edit_record(user, known, version=form.seen_version, **given)

    # Once there is a record, its own version tells whether somebody else has changed it meanwhile.
    return ask_form(request, fields, values, known or row, run, about, reverse("supplier", args=[row.key]))


@needs(EDIT, on=Node)
@require_http_methods(KINDS_OF_REQUEST)
def send(request: HttpRequest, key: str) -> HttpResponse:
    """Makes a link to the questionnaire; it is shown once."""
    row = visible_or_404(Node.objects.filter(kind="supplier"), request, key=key)
    user: Any = request.user
    require(user, EDIT, row)
    fields = {"days": forms.IntegerField(label=_("Can be answered for (days)"), min_value=1, max_value=acts.MOST_DAYS)}
    about = _about(row, _("Ask “%(supplier)s” by a link") % {"supplier": row}, _("Make the link"))
    about["says"] = _("Whoever has the link can answer once, without an account. You send it on yourself.")

    def run(form: RowForm) -> Any:
        secret = acts.new_secret()
        acts.send_questionnaire(
            user, key=free_key(Questionnaire, row.key), supplier=row, secret=secret, days=form.cleaned_data["days"]
        )
        request.session[f"questionnaire:{row.key}"] = request.build_absolute_uri(
            reverse("questionnaire", args=[secret])
        )

    return ask_form(request, fields, {"days": 30}, None, run, about, reverse("supplier", args=[row.key]))


def _on_questionnaire(title: Any, button: Any, call: Any, says: Any, *, ends: bool = False) -> Any:
    @needs(EDIT, on=Questionnaire)
    @require_http_methods(KINDS_OF_REQUEST)
    def take(request: HttpRequest, key: str) -> HttpResponse:
        held = visible_or_404(Questionnaire.objects.select_related("supplier__unit"), request, key=key)
        user: Any = request.user
        require(user, EDIT, held)
        about = {**_about(held.supplier, title, button), "part": str(held), "says": says, "ends": ends}
        fields, values = no_form()
        back = reverse("supplier", args=[held.supplier.key])
        return ask_form(
            request,
            fields,
            values,
            held,
            lambda form: call(user, held, version=form.seen_version) and None,
            about,
            back,
        )

    return take


take_over = _on_questionnaire(
    gettext_lazy("Take over the answers"),
    gettext_lazy("Take them over"),
    acts.take_over_answers,
    gettext_lazy("They become the record of the supplier, and its promise what the twin reckons with, as stated."),
)
withdraw = _on_questionnaire(
    gettext_lazy("Withdraw the link"),
    gettext_lazy("Withdraw it"),
    acts.withdraw_questionnaire,
    gettext_lazy("Whoever has it can answer no more."),
    ends=True,
)


def _about(row: Node, title: Any, button: Any) -> dict[str, Any]:
    return {
        "crumb": {"url": reverse("supplier", args=[row.key]), "label": row.name},
        "title": title,
        "button": button,
    }


def _questions() -> dict[str, forms.Field]:
    yes_no = [("", _("not known")), ("yes", _("yes")), ("no", _("no"))]

    def choice(label: Any) -> forms.Field:
        return forms.TypedChoiceField(
            label=label, choices=yes_no, required=False, empty_value=None, coerce=lambda said: said == "yes"
        )

    return {
        "recovery": NumberField(
            label=_("Within how many hours do you supply us again after an interruption of your own?"), required=False
        ),
        "has_plan": choice(_("Do you have a business continuity plan?")),
        "tested_on": DayField(label=_("When was it last tested?"), required=False),
        "tested": NumberField(label=_("In how many hours had you recovered, when it was tested?"), required=False),
        "single_site": choice(_("Do you supply us from one site only?")),
        "remarks": forms.CharField(
            label=_("What else should we know?"), required=False, max_length=acts.MOST_TEXT,
            widget=forms.Textarea(attrs={"rows": 4}),
        ),
        "who": forms.CharField(label=_("Who answers: a post or a name"), max_length=300),
    }  # fmt: skip


@public("a supplier has no account: the secret in the address is the right to answer, once, until its day")
@never_cache
@require_http_methods(KINDS_OF_REQUEST)
def questionnaire(request: HttpRequest, secret: str) -> HttpResponse:
    """The questions to a supplier. A secret that is none, or over, tells nothing of anybody else."""
    held = acts.by_secret(secret)
    if held is None:
        raise Http404(_("There is nothing here by this name."))
    over = acts.over(held)
    form = RowForm(_questions(), {}, request.POST if request.method == "POST" else None)
    status = 200
    thanks = bool(request.session.pop("answered", False)) if over else False
    if request.method == "POST" and over is None:
        status = 422
        if form.is_valid():
            try:
                acts.answer_questionnaire(acts.SUPPLIER, held, **form.cleaned_data)
            except ValidationError as error:
                form.add_errors(error)
            else:
                request.session["answered"] = True
                return HttpResponseRedirect(request.path)
    context = {"held": held, "form": form, "over": over, "thanks": thanks}
    return render(request, "impact/questionnaire.html", context, status=status if over is None else 200)
