"""The picture of an incident: what is out, what was seen, and what breaches when."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import ConfigDict, Field

from holdfast.analysis.scenarios.models import Scenario
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.picture import actions as acts
from holdfast.crisis.picture.known import model_on
from holdfast.crisis.picture.models import Certain, Observation, Outage, Picture
from holdfast.crisis.picture.questions import GOODS, actual_recoveries, newest_picture, within_scope
from holdfast.crisis.rights import LOG, VIEW
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import visible
from holdfast.organization.evidence.fact import Basis
from holdfast.organization.places.models import Site
from holdfast.organization.structure.models import Node
from holdfast.web.api.errors import Invalid
from holdfast.web.api.incidents import INCIDENTS
from holdfast.web.api.reading import check_address
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, Key, Number, named, names_of
from holdfast.web.api.tables import Table, address_of, offer, offer_act
from holdfast.web.permissions import needs

MOST_NAMED = 2000
_ESTIMATE = names_of(acts.OutageFields)
KindName = Literal["facility", "infrastructure", "equipment", "application", "record", "people", "supplier", "process"]


def _of_seen_nodes(rows: Any, user: User, as_of: Any) -> Any:
    """Of things outside the reader's scope not even the key is told."""
    return rows.filter(node__in=visible(Node.objects.all(), user).values("pk"))


OUTAGES = Table(
    name="outages",
    one="outage",
    model=Outage,
    fields=("incident", "number", "report", "node", *_ESTIMATE, "ended_at", "mistaken"),
    permission=LOG,
    change=acts.change_outage,
    change_fields=_ESTIMATE,
    filters=("incident", "node", "certainty", "mistaken"),
    sorts=("since", "number"),
    order=("incident", "number"),
    prepare=_of_seen_nodes,
)
OBSERVATIONS = Table(
    name="observations",
    one="observation",
    model=Observation,
    fields=("incident", "node", "level", "at", "source", "mistaken"),
    permission=LOG,
    filters=("incident", "node", "mistaken"),
    sorts=("at",),
    order=("incident", "at"),
    prepare=_of_seen_nodes,
)
PICTURES = Table(
    name="pictures",
    one="picture",
    model=Picture,
    fields=("incident", "number", "at", "taken_at", "taken_by", "because", "input_hash", "engine", "seed"),
    permission=LOG,
    filters=("incident",),
    sorts=("number", "at"),
    order=("incident", "-number"),
    prepare=lambda rows, user, as_of: rows.defer("answer", "hits"),
)


class PictureOut(Schema):
    """A picture as it was taken. `answer` has the shape that docs/methods/forecast.md gives; what of it lies outside
    the reader's scope is left out. `hits` is the likely course as a scenario, hours from its `zero`."""

    id: int
    incident: str
    number: int
    at: datetime
    taken_at: datetime
    taken_by: str | None
    because: str
    input_hash: str
    engine: str
    seed: str
    hits: dict[str, Any]
    answer: dict[str, Any]


class TakenOut(Schema):
    """The picture that was taken, and the numbers of the outages of this incident that are not over."""

    picture: int
    at: datetime
    input_hash: str
    outages: list[int]


class OutagesIn(Schema):
    """Things that are out alike: `nodes` by key, a whole `site` (what of `kinds` stands there), or what a saved
    `scenario` names, which has its own losses and ends. Times are the incident's own; no end at all is open."""

    model_config = ConfigDict(extra="forbid")

    nodes: Annotated[list[Key], Field(max_length=MOST_NAMED)] = Field(default_factory=list)
    site: Key | None = None
    kinds: list[KindName] = Field(default_factory=lambda: list(GOODS))
    scenario: Key | None = None
    loss: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 1.0
    certainty: Literal[tuple(Certain.values)] | None = None  # type: ignore[valid-type]
    since: datetime | None = None
    until_low: datetime | None = None
    until_likely: datetime | None = None
    until_high: datetime | None = None
    basis: Basis = Basis.STATED
    source: Annotated[str, Field(max_length=300)] = ""
    device_at: datetime | None = None


class SeenIn(Schema):
    """`node` was seen to work at `level`, a share of 1."""

    model_config = ConfigDict(extra="forbid")

    node: Key
    level: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    at: datetime | None = None
    source: Annotated[str, Field(max_length=300)] = ""
    device_at: datetime | None = None


class _Step(Schema):
    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None


class EndingOutage(_Step):
    """`mistaken`: it was never out, and no picture counts it."""

    at: datetime | None = None
    source: Annotated[str, Field(max_length=300)] = ""
    mistaken: bool = False


class RecoveryOut(Schema):
    """What was really out and works again: `hours` from `since` to `until`."""

    node: str
    hours: float
    since: datetime
    until: datetime


class RecoveriesOut(Schema):
    recoveries: list[RecoveryOut]


def routes() -> Routes:
    made = Routes(tags=["Picture"])
    outage = offer(made, OUTAGES)
    offer_act(made, OUTAGES, outage, "end", EndingOutage, acts.end_outage, "Say that something works again")
    seen = offer(made, OBSERVATIONS)
    offer_act(made, OBSERVATIONS, seen, "withdraw", _Step, acts.withdraw_observation, "Take back what was seen")
    offer(made, PICTURES)
    for method, path, view, answer, summary, name in (
        ("GET", address_of(PICTURES, "answer"), answer_of, PictureOut, "A picture as it was taken", "picture_answer"),
        ("GET", address_of(INCIDENTS, "picture"), newest, PictureOut, "The newest picture", "incident_picture"),
        ("POST", address_of(INCIDENTS, "take-picture"), take, TakenOut, "Take a picture", "take_picture"),
        ("POST", address_of(INCIDENTS, "outages"), report, TakenOut, "Report what is out", "report_outages"),
        ("POST", address_of(INCIDENTS, "observations"), observe, TakenOut, "Record what was seen", "observe"),
        ("GET", address_of(INCIDENTS, "recoveries"), recoveries, RecoveriesOut, "Actual recovery times", "recoveries"),
    ):
        made.add_api_operation(path, [method], view, response=answer, summary=summary, operation_id=name)
    return made


@needs(VIEW, on=Picture)
def answer_of(request: HttpRequest, response: HttpResponse, number: Number) -> Any:
    """What it says, and all that it takes to compute it again."""
    check_address(request, set())
    return _out(request, response, PICTURES.row(request.user, number))  # type: ignore[arg-type]


@needs(VIEW, on=Incident)
def newest(request: HttpRequest, response: HttpResponse, key: Key) -> Any:
    """The last one taken; 404 while there is none. With `If-None-Match` 304 while it is the same."""
    check_address(request, set())
    picture = newest_picture(_incident(request, key))
    if picture is None:
        raise Http404(_("No picture has been taken yet."))
    if f'"{picture.input_hash}"' in [part.strip() for part in request.headers.get("If-None-Match", "").split(",")]:
        return HttpResponse(status=304, headers={"ETag": f'"{picture.input_hash}"'})
    return _out(request, response, picture)


@needs(LOG, on=Incident)
def take(request: HttpRequest, key: Key, data: _Step) -> Any:
    """Computes what breaches when from what is known now, and keeps the answer."""
    check_address(request, set())
    incident = _incident(request, key)
    return _taken(acts.take_picture(request.user, incident, because="API"))  # type: ignore[arg-type]


@needs(LOG, on=Incident)
def report(request: HttpRequest, key: Key, data: OutagesIn) -> Any:
    """Reports them all, takes a picture and answers with its number."""
    check_address(request, set())
    user: Any = request.user
    incident = _incident(request, key)
    given = data.model_dump(exclude_unset=True)
    if data.scenario is not None:
        if others := sorted(set(given) - {"scenario", "certainty"}):
            said = _("A scenario says this itself.")
            raise Invalid(*((name, said) for name in others))
        scenario = visible(Scenario.objects.all(), user).filter(key=data.scenario).first()
        if scenario is None:
            raise Invalid(("scenario", _("There is no scenario “%(key)s”.") % {"key": data.scenario}))
        return _taken(
            acts.report_scenario(
                user, incident=incident, scenario=scenario, certainty=data.certainty or Certain.LIKELY.value
            )
        )
    keys = list(dict.fromkeys(data.nodes))
    known = {node.key: node for node in visible(Node.objects.filter(key__in=keys), user)}
    if missing := [one for one in keys if one not in known]:
        raise Invalid(("nodes", _("There is no process or resource “%(key)s”.") % {"key": missing[0]}))
    site = None if data.site is None else named(Site, data.site, user)
    names = set(_ESTIMATE) & set(given) - {"certainty"}
    fields: Any = {name: given[name] for name in names if given[name] is not None}
    if data.certainty is not None:
        fields["certainty"] = data.certainty
    picture = acts.report_outage(
        user, incident=incident, nodes=[known[one] for one in keys], site=site, kinds=data.kinds,
        device_at=data.device_at, **fields,
    )  # fmt: skip
    return _taken(picture)


@needs(LOG, on=Incident)
def observe(request: HttpRequest, key: Key, data: SeenIn) -> Any:
    """What works wholly is out no more."""
    check_address(request, set())
    user: Any = request.user
    incident = _incident(request, key)
    more = {**data.model_dump(exclude_unset=True), "node": named(Node, data.node, user)}
    return _taken(acts.observe(user, incident=incident, **more))


@needs(VIEW, on=Incident)
def recoveries(request: HttpRequest, key: Key) -> Any:
    """How long each thing took until it worked again."""
    check_address(request, set())
    incident = _incident(request, key)
    seen = set(visible(Node.objects.all(), request.user).values_list("pk", flat=True))
    found = [one for one in actual_recoveries(incident) if one.node.pk in seen]
    return {"recoveries": [{**one._asdict(), "node": one.node.key} for one in found]}


def _incident(request: HttpRequest, key: str) -> Incident:
    found: Incident = INCIDENTS.row(request.user, key)  # type: ignore[arg-type]
    if request.method == "POST":
        # The model is built before the act opens its transaction, so that others can write meanwhile.
        model_on(found.moment().astimezone(found.zone).date())
    return found


def _taken(picture: Picture) -> dict[str, Any]:
    standing = Outage.objects.true().standing().filter(incident=picture.incident)
    return {
        "picture": picture.number,
        "at": picture.at,
        "input_hash": picture.input_hash,
        "outages": list(standing.values_list("pk", flat=True)),
    }


def _out(request: HttpRequest, response: HttpResponse, picture: Picture) -> dict[str, Any]:
    response.headers["ETag"] = f'"{picture.input_hash}"'
    names = ("number", "at", "taken_at", "because", "input_hash", "engine", "seed", "hits")
    answer = within_scope(picture.answer, request.user)
    found = {name: getattr(picture, name) for name in names}
    kept = {one["node"] for one in answer["out"]} | {one["node"] for one in answer["observed"]}
    found["hits"] = {**found["hits"], "hits": [hit for hit in found["hits"]["hits"] if hit["node"] in kept]}
    return {
        **found,
        "id": picture.pk,
        "incident": picture.incident.key,
        "taken_by": picture.taken_by.username if picture.taken_by is not None else None,
        "answer": answer,
    }
