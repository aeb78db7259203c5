"""Dependencies from both ends: what the side that is drawn on has confirmed, contested, or named itself; and where
what it promises is slower than what the process wants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from holdfast.analysis.impact.actions import dependencies as acts
from holdfast.analysis.impact.models import Claim, ClaimState
from holdfast.analysis.impact.rights import VIEW
from holdfast.organization import clock
from holdfast.organization.accounts.scope import require, visible, within
from holdfast.organization.places.models import STANDING
from holdfast.organization.structure.models import Node, Process, Supply
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST, View, ask_form, free_key
from holdfast.web.pages.organization.fields import NumberField
from holdfast.web.pages.organization.links import Reach
from holdfast.web.permissions import needs, visible_or_404

PROCESS_EDIT = "process.edit"
PAGE = 50
STATES: dict[str, str | Promise] = {
    "open": gettext_lazy("not answered"),
    "contested": gettext_lazy("contested"),
    "slow": gettext_lazy("promised too late"),
    "confirmed": gettext_lazy("confirmed"),
}
SIDES: dict[str, str | Promise] = {
    "provider": gettext_lazy("what others draw on of mine"),
    "process": gettext_lazy("what mine draws on"),
}


@dataclass(frozen=True)
class Line:
    """A dependency: what it is, how soon the process wants it back, and what the other side promises."""

    supply: Supply
    process: Any
    provider: Any
    wanted: float | None
    promised: float | None
    may_answer: bool
    may_mend: bool

    @property
    def slow(self) -> bool:
        return self.wanted is not None and self.promised is not None and self.promised > self.wanted

    @property
    def state(self) -> str:
        if self.supply.contested_on is not None:
            return "contested"
        return "confirmed" if self.supply.confirmed_on is not None else "open"


def supplies_of(user: Any) -> Any:
    """The dependencies of processes that serve today on what another unit looks after, as far as the reader may see
    either end."""
    serving = Node.objects.standing(clock.today(), STANDING)
    rows = visible(Supply.objects.all(), user).filter(
        requirement__node__in=serving.filter(kind="process").values("pk"),
        requirement__node__is_function=False,
        provider__in=serving.values("pk"),
    )
    return rows.exclude(requirement__node__unit=F("provider__unit"))


def in_state(rows: Any, state: str) -> Any:
    if state == "contested":
        return rows.exclude(contested_on=None)
    if state == "confirmed":
        return rows.exclude(confirmed_on=None)
    return rows.filter(confirmed_on=None, contested_on=None)


def counted(user: Any) -> dict[str, int]:
    """How many are not answered, contested, and named by the other side alone."""
    rows = supplies_of(user)
    return {
        "all": rows.count(),
        "open": in_state(rows, "open").count(),
        "contested": in_state(rows, "contested").count(),
        "claims": visible(Claim.objects.filter(state=ClaimState.OPEN), user).count(),
    }


def in_order(rows: Any, *, slow: bool) -> list[int]:
    """The dependencies by what is drawn on, of `slow` those that are promised too late. Of each its id alone, since
    there may be very many, and one page of them is shown."""
    rows = rows.order_by("provider__name", "requirement__node__name", "pk")
    if not slow:
        return list(rows.values_list("pk", flat=True))
    asked = rows.values_list(
        "pk", "requirement__node__rto__value", "requirement__tolerance__value", "provider__kind",
        "provider__rto__value", "provider__restart_measured__value", "provider__restart_promised__value",
    )  # fmt: skip
    found = []
    for pk, wanted, tolerance, kind, rto, measured, restart in asked:
        promised = rto if kind == "process" else restart if measured is None else measured
        if wanted is not None and promised is not None and promised > wanted + (tolerance or 0):
            found.append(pk)
    return found


def lines_of(rows: Any, user: Any) -> list[Line]:
    """Each with both ends: a fixed number of queries."""
    supplies = list(
        rows.select_related(
            "requirement__node__unit", "requirement__node__site", "provider__unit", "provider__site"
        ).order_by("provider__name", "requirement__node__name", "pk")
    )
    nodes = Node.objects.filter(
        pk__in={supply.provider_id for supply in supplies} | {supply.requirement.node_id for supply in supplies}
    )
    mine = set(nodes.filter(within(Node, user, PROCESS_EDIT)).values_list("pk", flat=True))
    found = []
    for supply in supplies:
        process, provider = supply.requirement.node, supply.provider
        wanted = process.rto.value if process.rto is not None else None
        if wanted is not None and supply.requirement.tolerates:
            wanted += supply.requirement.tolerance.value
        promise = provider.restart if provider.kind != "process" else provider.rto
        found.append(
            Line(
                supply,
                process,
                provider,
                wanted,
                promise.value if promise is not None else None,
                provider.pk in mine,
                process.pk in mine,
            )
        )
    return found


@needs(VIEW)
@require_safe
def both_ends(request: HttpRequest) -> HttpResponse:
    """?state= &side= &node= &unit= narrow the list; counted by the unit that is drawn on."""
    user: Any = request.user
    rows = supplies_of(user)
    state, side = request.GET.get("state", ""), request.GET.get("side", "")
    node = request.GET.get("node", "").strip()[:120]
    unit = request.GET.get("unit", "").strip()[:120]
    claims = visible(Claim.objects.filter(state=ClaimState.OPEN), user).select_related(
        "process__unit", "provider__unit"
    )
    mine = Node.objects.filter(within(Node, user, PROCESS_EDIT)).values("pk")
    answerable = set(mine.filter(pk__in=claims.values("process")).values_list("pk", flat=True))
    if node:
        rows = rows.filter(Q(provider__key=node) | Q(requirement__node__key=node))
        claims = claims.filter(Q(provider__key=node) | Q(process__key=node))
    if unit:
        rows = rows.filter(Q(provider__unit__key=unit) | Q(requirement__node__unit__key=unit))
    if side == "provider":
        rows = rows.filter(provider__in=mine)
    elif side == "process":
        rows = rows.filter(requirement__node__in=mine)
    everything = rows
    if state in ("open", "contested", "confirmed"):
        rows = in_state(rows, state)
    page = Paginator(in_order(rows, slow=state == "slow"), PAGE).get_page(request.GET.get("page"))
    lines = lines_of(Supply.objects.filter(pk__in=list(page)), user)
    reach = Reach(user, [end for line in lines for end in (line.process, line.provider)])
    query = request.GET.copy()
    query.pop("page", None)
    counts = counted(user)
    context = {
        "page": page,
        "lines": [(line, reach.link(line.process), reach.link(line.provider)) for line in lines],
        "claims": [(claim, claim.process_id in answerable) for claim in claims[:PAGE]],
        "counts": counts,
        "by_unit": by_unit(everything),
        "states": STATES,
        "sides": SIDES,
        "state": state,
        "side": side,
        "node": node,
        "unit": unit,
        "query": query.urlencode(),
        "here": request.get_full_path(),
        "answerable": sum(line.may_answer and line.state == "open" for line in lines),
    }
    return render(request, "impact/dependencies.html", context)


@needs(PROCESS_EDIT)
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Confirms the dependencies ticked, all or none."""
    user: Any = request.user
    ids = [int(said) for said in request.POST.getlist("supply")[:PAGE] if said.isdecimal()]
    supplies = list(visible(Supply.objects.filter(pk__in=ids), user).select_related("provider"))
    here = request.POST.get("next", "")
    back = here if here.startswith("/impact/dependencies/") else reverse("both-ends")
    if not supplies:
        messages.error(request, _("Nothing was ticked."))
        return HttpResponseRedirect(back)
    acts.confirm_all(user, supplies=supplies)
    said = ngettext("%(n)d dependency is confirmed.", "%(n)d dependencies are confirmed.", len(supplies))
    messages.success(request, said % {"n": len(supplies)})
    return HttpResponseRedirect(back)


def by_unit(rows: Any) -> list[dict[str, Any]]:
    """Not answered and contested, by the unit that is drawn on, the most first."""
    found: dict[Any, dict[str, Any]] = {}
    asked = rows.filter(confirmed_on=None).values_list("provider__unit__key", "provider__unit__name", "contested_on")
    for key, name, contested in asked:
        one = found.setdefault(key, {"key": key, "name": name, "open": 0, "contested": 0})
        one["contested" if contested else "open"] += 1
    return sorted(found.values(), key=lambda one: (-one["open"] - one["contested"], one["name"] or ""))


class ProcessField(forms.CharField):
    """A process by its key or its whole name, whoever looks after it: one names what one knows, and is shown no list of
    what others have."""

    def clean(self, value: Any) -> Any:
        said = super().clean(value).strip().replace("\0", "")
        found = list(Process.objects.standing(clock.today()).filter(Q(key=said) | Q(name__iexact=said))[:2])
        if len(found) != 1:
            raise ValidationError(
                _("No process here has the key or the whole name “%(given)s”.") % {"given": said[:80]}
            )
        return found[0]


def _claiming() -> dict[str, forms.Field]:
    return {
        "process": ProcessField(
            label=_("The process that depends on it"), max_length=300, help_text=_("Its key, or its whole name.")
        ),
        "said": forms.CharField(label=_("What it is used for"), widget=forms.Textarea(attrs={"rows": 2})),
        "needs": NumberField(label=_("How much of it"), required=False),
    }


@needs(PROCESS_EDIT, on=Node)
@require_http_methods(KINDS_OF_REQUEST)
def claim(request: HttpRequest, key: str) -> HttpResponse:
    """The side that is drawn on names a process that depends on it."""
    node = visible_or_404(Node.objects.all(), request, key=key)
    user: Any = request.user
    require(user, PROCESS_EDIT, node)

    def run(form: Any) -> Any:
        given = form.cleaned_data
        acts.claim_dependency(
            user,
            key=free_key(Claim, f"{node.key}-{given['process'].key}"),
            provider=node,
            process=given["process"],
            said=given["said"],
            needs=given["needs"] or 1.0,
        )

    back = f"{reverse('both-ends')}?node={node.key}"
    about = {
        "crumb": {"url": back, "label": _("Dependencies")},
        "title": _("Name a process that depends on “%(node)s”") % {"node": node},
        "button": _("Tell them"),
        "says": _("Whoever looks after the process takes it over as a requirement, or declines it with a reason."),
    }
    return ask_form(request, _claiming(), {"needs": 1.0}, None, run, about, back)


def _answering(title: Any, button: Any, fields: Any, call: Any, *, ends: bool = False) -> View:
    @needs(PROCESS_EDIT, on=Claim)
    @require_http_methods(KINDS_OF_REQUEST)
    def answer(request: HttpRequest, key: str) -> HttpResponse:
        held = visible_or_404(Claim.objects.select_related("process", "provider"), request, key=key)
        user: Any = request.user
        require(user, PROCESS_EDIT, held.process)
        back = f"{reverse('both-ends')}?node={held.process.key}"
        about = {
            "crumb": {"url": back, "label": _("Dependencies")},
            "title": title,
            "button": button,
            "part": str(held),
            "says": held.said,
            "ends": ends,
        }
        return ask_form(
            request,
            fields(),
            {},
            held,
            lambda form: call(user, held, version=form.seen_version, **form.cleaned_data) and None,
            about,
            back,
        )

    return answer


take_claim = _answering(
    gettext_lazy("Take this dependency over"), gettext_lazy("Take it over"), lambda: {}, acts.take_claim
)
decline_claim = _answering(
    gettext_lazy("Decline this dependency"),
    gettext_lazy("Decline it"),
    lambda: {"answer": forms.CharField(label=_("Why"), widget=forms.Textarea(attrs={"rows": 2}))},
    acts.decline_claim,
    ends=True,
)
