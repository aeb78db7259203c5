"""Pages about plans that are no forms: cover of the critical functions, reviews as list and calendar, writing."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.formats.calendar import Entry, write_calendar
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import may_somewhere, require, visible
from holdfast.organization.structure.models import Node
from holdfast.readiness.plans.actions import write_section
from holdfast.readiness.plans.coverage import counted, covered_functions, plans_of_processes
from holdfast.readiness.plans.models import Plan, PlanSection
from holdfast.readiness.plans.rights import EDIT, VIEW
from holdfast.readiness.plans.template import BY_NAME, LANGUAGES, RIGHT_TO_LEFT, label_of, texts
from holdfast.readiness.plans.upkeep import Standing, standings
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST, ask_form
from holdfast.web.permissions import needs, public, visible_or_404

from .registry import PLANS
from .telling import lacks_of, standing_chips

FEED = "plans.reviews"


@needs(VIEW)
@require_safe
def cover(request: HttpRequest) -> HttpResponse:
    """The critical functions: by which process, which plan and whom each is covered, and whether that was tested."""
    on = clock.today()
    of_process = plans_of_processes(on)
    seen = set(visible(Plan.objects.all(), request.user).values_list("pk", flat=True))
    functions = covered_functions(on, of_process)
    keys = {key for function in functions for key in function["processes"]}
    nodes = {
        node.key: node
        for node in Node.objects.select_related("unit").filter(key__in={*keys, *(one["id"] for one in functions)})
    }
    lines = []
    for function in functions:
        rows = []
        for key in function["processes"]:
            plans = [one for one in of_process.get(key, ()) if one.plan.pk in seen]
            rows.append({"process": nodes[key], "plans": [(one, lacks_of(one)) for one in plans]})
        counts = counted(function["processes"], of_process)
        lines.append({"function": nodes[function["id"]], "rows": rows, "counts": counts, **function})
    covered = sum(1 for line in lines if line["covered"])
    context = {
        "lines": lines,
        "covered": covered,
        "tested": sum(1 for line in lines if line["tested"]),
        "planned": sum(1 for line in lines if line["plans"]),
    }
    return render(request, "plans/cover.html", context)


def _reviews(user: Any, on: date) -> list[Standing]:
    """The plans in force that one may see, the first due first."""
    plans = list(
        visible(Plan.objects.in_force(on), user)
        .select_related("unit", "site", "owner", "agreement")
        .defer("agreement__record")
        .order_by("title")
    )
    found = [one for one in standings(plans, on).values() if one.review_due is not None]
    return sorted(found, key=lambda one: (one.review_due or on, one.plan.title))


@needs(VIEW)
@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """When each plan in force is due to be looked at again, and what is not true in it any more."""
    on = clock.today()
    found = _reviews(request.user, on)
    context = {
        "reviews": [(one, standing_chips(one)) for one in found],
        "late": sum(1 for one in found if one.late),
        "stale": sum(1 for one in found if one.stale),
        "feed": request.build_absolute_uri(reverse("reviews-feed", args=[feed_token(request.user)])),
    }
    return render(request, "plans/reviews.html", context)


@public("A calendar program cannot sign in: the address itself holds who asked for it, signed.")
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The reviews of whoever made the address, as a calendar. It ends with their account, their roles, or their
    password."""
    try:
        pk, stamp = signing.loads(token, salt=FEED)
    except (signing.BadSignature, ValueError, TypeError):
        raise Http404(_("There is nothing here by this name.")) from None
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or stamp != _stamp(user) or not may_somewhere(user, VIEW):
        raise Http404(_("There is nothing here by this name."))
    on = clock.today()
    entries = [
        Entry(
            key=f"plan-review-{one.plan.agreement.line}",
            day=one.review_due,
            title=_("Review due: %(plan)s") % {"plan": one.plan.title},
            text="\n".join(difference.says for difference in one.stale),
            address=request.build_absolute_uri(one.plan.agreement_address()),
        )
        for one in _reviews(user, on)
        if one.review_due is not None
    ]
    body = write_calendar(_("Reviews of plans"), entries, clock.now())
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="plan-reviews.ics"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def feed_token(user: Any) -> str:
    """The part of the feed's address that says whose it is."""
    return signing.dumps([user.pk, _stamp(user)], salt=FEED)


def _stamp(user: Any) -> str:
    return str(user.get_session_auth_hash())[-12:]


@needs(EDIT, on=Plan)
@require_http_methods(KINDS_OF_REQUEST)
def write(request: HttpRequest, key: str, section: str) -> HttpResponse:
    """A section of a plan is written in one language: `?language=fr`; the plan's own without it."""
    plan = visible_or_404(Plan.objects.select_related("agreement", "unit", "site"), request, key=key)
    require(request.user, EDIT, plan)
    about = BY_NAME.get(section)
    if about is None or plan.kind not in about.writes:
        raise Http404(_("There is nothing here by this name."))
    language = request.GET.get("language", plan.language)
    if language not in dict(LANGUAGES):
        raise Http404(_("There is nothing here by this name."))
    row = PlanSection.objects.filter(plan=plan, section=section, language=language).first()
    words = texts(language).sections[section]
    field = forms.CharField(
        label=_("Text"),
        required=False,
        max_length=50_000,
        help_text=_(
            "An empty line makes a paragraph, “- ” a list, “1. ” numbers, **two stars** bold, [word](address) a link."
        ),
        widget=forms.Textarea(
            attrs={"rows": 14, "lang": language, "dir": "rtl" if language in RIGHT_TO_LEFT else "ltr"}
        ),
    )

    def run(form: Any) -> Any:
        seen = form.seen_version if row is not None else 0
        write_section(
            request.user, plan=plan, section=section, language=language, text=form.cleaned_data["text"],
            version=seen,
        )  # fmt: skip
        return plan

    said = {
        "noun": PLANS,
        "row": plan,
        "title": label_of(section, language),
        "button": _("Save"),
        "words": words,
        "section": section,
        "language": language,
        "languages": LANGUAGES,
    }
    return ask_form(
        request,
        {"text": field},
        {"text": row.text if row is not None else ""},
        row,
        run,
        said,
        f"{reverse('plan', args=[plan.key])}#section-{section}",
        template="plans/write.html",
        tries=lambda form: {"preview": form.data.get("text", "") if form.is_bound else ""},
    )
