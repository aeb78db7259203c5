"""A question saved under a name: as a new scenario, or in place of one that the reader may change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from holdfast.analysis.scenarios.actions import EDIT, Strike, edit_scenario, save_scenario
from holdfast.analysis.scenarios.models import Scenario
from holdfast.organization import clock
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.scope import visible
from holdfast.organization.structure.models import Node
from holdfast.web.pages.organization.editing import form_of, free_key
from holdfast.web.pages.organization.fields import RowField
from holdfast.web.pages.organization.forms import RowForm
from holdfast.web.permissions import needs

from .example import Example, load
from .question import Question, read_question

WORDS = ("name", "description", "cause", "unit", "tags")


@needs(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def save(request: HttpRequest) -> HttpResponse:
    """The address holds the question; the form asks what it is to be called, and whether it takes another's place."""
    example = load(request.user)
    asked = read_question(request.GET, example) if example is not None else None
    if example is None or asked is None or asked.question is None:
        # The page of the question says what is wrong with it.
        return HttpResponseRedirect(f"{reverse('what-if')}?{request.GET.urlencode()}")
    question = asked.question
    fields, values = _form(request, example, question)
    form = RowForm(fields, values, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                scenario = _saved(request.user, question, dict(form.cleaned_data))
            except ValidationError as error:
                form.add_errors(error)
            except Conflict as conflict:
                status = 409
                form.add_error(None, conflict.message)
            else:
                messages.success(request, _("“%(name)s” is saved.") % {"name": scenario})
                return HttpResponseRedirect(f"{reverse('what-if')}?{urlencode({'scenario': scenario.key})}")
    context = {
        "form": form,
        "title": _("Save this question"),
        "button": _("Save"),
        "back": f"{reverse('what-if')}?{question.address().urlencode()}",
        "crumb": {"url": reverse("what-if"), "label": _("What if")},
        "says": _("It gets an address of its own, stands in the list of scenarios and goes out with every export."),
    }
    return render(request, "organization/form.html", context, status=status)


def _form(request: HttpRequest, example: Example, question: Question) -> tuple[dict[str, forms.Field], dict[str, Any]]:
    """The words of a scenario, and which one it takes the place of: the one that the question began with."""
    mine = visible(Scenario.objects.as_of(clock.today()), request.user, EDIT).order_by("name")
    begun = QueryDict(request.GET.get("against", "")[:2_000]).get("scenario", "")
    old = mine.filter(key=begun).first() if begun else None
    fields, values = form_of(Scenario, WORDS, request.user, old)
    if question.saved is not None and old is None:
        values |= {"name": _("%(name)s, changed") % {"name": question.saved.name}}
    place = RowField(
        mine,
        current=old,
        required=False,
        label=_("In place of"),
        help_text=_("Left empty, it is saved as a new scenario."),
    )
    return {**fields, "place": place}, {**values, "place": old}


def _saved(by: Any, question: Question, given: dict[str, Any]) -> Scenario:
    place: Scenario | None = given.pop("place")
    nodes = Node.objects.in_bulk([hit.node for hit in question.hits], field_name="key")
    hits = [Strike(nodes[hit.node], hit.loss, hit.start, hit.duration) for hit in question.hits]
    if place is not None:
        return edit_scenario(by, place, version=place.version, hits=hits, horizon=question.horizon, **given)
    key = free_key(Scenario, given["name"])
    return save_scenario(by, key=key, hits=hits, horizon=question.horizon, **given)
