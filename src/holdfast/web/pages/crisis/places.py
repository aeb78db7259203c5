"""Seats, licences and places as they are really given out, against what there is and what the plans counted on."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.rights import RUN, VIEW
from holdfast.crisis.tasks import actions as acts
from holdfast.crisis.tasks.models import ActiveTask, Given
from holdfast.crisis.tasks.moving import family
from holdfast.crisis.tasks.pools import pools_of
from holdfast.organization import clock
from holdfast.organization.accounts.scope import require, visible
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.models import Node, Person, Pool
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST
from holdfast.web.pages.organization.fields import NumberField, RowField
from holdfast.web.permissions import needs

from .fields import LocalField
from .shell import both, form_page, incident_of, place, show


@needs(VIEW, on=Incident)
@require_safe
def places(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    incident = incident_of(request, key, real)
    pools = pools_of(incident)
    short = [one for one in pools if one.short > 0]
    return show(request, incident, "crisis/places.html", {"pools": pools, "short": short}, tab="tasks")


@needs(RUN, on=Incident)
@require_http_methods(KINDS_OF_REQUEST)
def give(request: HttpRequest, key: str, real: bool) -> HttpResponse:
    from .task_forms import words

    incident = incident_of(request, key, real)
    require(request.user, RUN, incident)
    today, user = clock.today(), request.user
    tasks: QuerySet[Any] = ActiveTask.objects.open().filter(incident__in=family(incident))
    fields: dict[str, Any] = {
        "pool": RowField(visible(Pool.objects.as_of(today), user), label=_("Of which pool")),
        "amount": NumberField(label=_("How many")),
        "process": RowField(
            visible(Node.objects.as_of(today).filter(kind="process"), user), label=_("For the process"), required=False
        ),
        "task": RowField(visible(tasks, user), label=_("For the task"), required=False),
        "unit": RowField(visible(Unit.objects.as_of(today), user), label=_("For the unit"), required=False),
        "person": RowField(visible(Person.objects.as_of(today), user), label=_("For the person"), required=False),
        "since": LocalField(incident.zone, label=_("From"), required=False, help_text=_("Empty: from now on.")),
        "until": LocalField(incident.zone, label=_("Until"), required=False),
        "reason": words(_("Why more than there is"), required=False, rows=2),
    }

    def run(form: Any) -> None:
        acts.give_out(user, incident=incident, **form.cleaned_data)

    return form_page(
        request, incident, fields, {}, run, title=_("Give out seats or licences"), button=_("Give them out"),
        back=place(incident, "places"), says=_("For one of: a process, a task, a unit, a person."),
    )  # fmt: skip


@needs(RUN, on=Given)
@require_http_methods(KINDS_OF_REQUEST)
def back(request: HttpRequest, key: str, real: bool, number: int) -> HttpResponse:
    incident = incident_of(request, key, real)
    rows = Given.objects.select_related("pool", "incident", "task", "process", "unit", "person")
    given = visible(rows, request.user).filter(pk=number, incident__in=family(incident)).first()
    if given is None:
        raise Http404(_("There is nothing here by this name."))
    require(request.user, RUN, given)

    def run(form: Any) -> None:
        acts.take_back(request.user, given, version=form.seen_version)

    return form_page(
        request, incident, {}, {}, run, held=given, title=_("Take them back"), button=_("They are back"),
        back=place(incident, "places"), says=str(given),
    )  # fmt: skip


urlpatterns = [
    *both("tasks/places/", places, "places"),
    *both("tasks/places/give/", give, "places-give"),
    *both("tasks/places/<int:number>/back/", back, "places-back"),
]
