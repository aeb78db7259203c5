"""What the best buy proposes: its set as a draft, to be accepted in parts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from holdfast.analysis.choice.models import Candidate, CandidateState
from holdfast.analysis.scenarios.models import Scenario
from holdfast.analysis.selection.proposals import accept_proposal
from holdfast.analysis.strategy.actions import EDIT
from holdfast.analysis.studies.actions import ASK
from holdfast.analysis.studies.models import Kind, Study
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may_somewhere, visible
from holdfast.organization.structure.models import Node
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST
from holdfast.web.pages.organization.states import state_chip
from holdfast.web.pages.risk.threats import causes_in_words
from holdfast.web.pages.whatif.wording import hours, listing
from holdfast.web.permissions import needs

from .saying import money


@needs(EDIT)
@require_http_methods(KINDS_OF_REQUEST)
def propose(request: HttpRequest) -> HttpResponse:
    """The newest answer, or the one named by `study`; ticked parts are accepted with a reason."""
    user: Any = request.user
    rows = visible(Study.objects.all(), user).as_of(clock.today()).filter(kind=Kind.BEST_BUY)  # type: ignore[attr-defined]
    asked = request.GET.get("study", "")[:120]
    answered = rows.answered().order_by("-pk")
    study = answered.filter(key=asked).first() if asked else answered.first()
    waiting = next(
        (one for one in rows.filter(answered_at=None).select_related("job").order_by("-pk")[:5] if one.is_open), None
    )
    lines = _lines(study, user) if study is not None else []
    ticked = [line["candidate"].key for line in lines if line["open"]]
    why, problems, status = "", [], 200
    if request.method == "POST":
        ticked, why = request.POST.getlist("take"), request.POST.get("why", "")
        chosen = [line["candidate"] for line in lines if line["candidate"].key in ticked]
        try:
            done = accept_proposal(user, candidates=chosen, why=why)
        except ValidationError as error:
            problems, status = error.messages, 422
        else:
            said = ngettext("%(n)d part is accepted.", "%(n)d parts are accepted.", len(done))
            messages.success(request, said % {"n": len(done)})
            return HttpResponseRedirect(reverse("strategies-proposed"))
    context = {
        "study": study,
        "waiting": waiting,
        "others": answered.exclude(pk=study.pk)[:10] if study is not None else [],
        "lines": lines,
        "open": sum(line["open"] for line in lines),
        "cost": money(sum(line["cost_value"] for line in lines if line["open"])),
        "ticked": ticked,
        "why": why,
        "problems": problems,
        "may_ask": may_somewhere(user, ASK),
        "nothing": study is not None and not lines,
    }
    return render(request, "strategies/propose.html", context, status=status)


def _lines(study: Study, user: Any) -> list[dict[str, Any]]:
    """What is bought, each with what it is for; candidates that the reader may not see are left out."""
    answer = study.answer or {}
    bought = answer.get("bought")
    if bought is None:
        bought = (answer.get("cheapest") or {"bought": []})["bought"]
    rows = {row.key: row for row in visible(Candidate.objects.filter(key__in=bought), user).select_related("strategy")}
    without = answer.get("without") or {}
    about = {one["process"] for key in bought for one in without.get(key, ())}
    names = dict(visible(Node.objects.filter(key__in=about), user).values_list("key", "name"))
    scenarios = dict(visible(Scenario.objects.all(), user).values_list("key", "name"))
    found = []
    for key in bought:
        if (row := rows.get(key)) is None:
            continue
        breaches = [one for one in without.get(key, ()) if one["process"] in names]
        what = [
            _("%(process)s (%(scenario)s)")
            % {"process": names[one["process"]], "scenario": _scenario(scenarios, answer, one)}
            for one in breaches
        ]
        found.append(
            {
                "candidate": row,
                "chip": state_chip(row),
                "causes": causes_in_words(row.causes),
                "cost": money(answer["costs"].get(key)),
                "cost_value": answer["costs"].get(key) or 0.0,
                "for": listing(what, 3),
                "longest": hours(max(one["longest_outage"] for one in breaches)) if breaches else "",
                "open": row.state == CandidateState.IDEA and row.strategy_id is None,
                "becomes": _("a strategy") if row.effects.get("fallbacks") else _("a chosen measure"),
            }
        )
    return found


def _scenario(scenarios: dict[str, str], answer: dict[str, Any], one: dict[str, Any]) -> str:
    key = answer["scenarios"][int(one["scenario"])]
    return scenarios.get(key, _("outside your scope"))
