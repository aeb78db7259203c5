"""What is asked of outages and pictures."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils.translation import gettext, ngettext

from holdfast.analysis.scenarios.models import Scenario
from holdfast.crisis.incidents.models import Incident, IncidentState
from holdfast.crisis.picture.forecast import Forecast, Json, Model, Question, draws_of, forecast, input_hash
from holdfast.crisis.picture.known import model_on
from holdfast.crisis.picture.models import Observation, Outage, Picture
from holdfast.crisis.picture.outs import Out, Seen
from holdfast.organization import clock
from holdfast.organization.accounts.scope import Asker, visible
from holdfast.organization.places.models import Site
from holdfast.organization.structure.models import Node

GOODS = ("facility", "infrastructure", "equipment", "application", "record")
"""What is lost with a site: the things that stand there. Its processes are not hit: whether they stop is what the
cascade answers, and a process that was hit itself could use none of its strategies. People and suppliers are hit only
where somebody says so: they may be well."""


def newest_picture(incident: Incident) -> Picture | None:
    """The last picture taken of it."""
    return Picture.objects.filter(incident=incident).order_by("-number").first()


def counted(incident: Incident) -> list[Incident]:
    """The incidents whose outages its picture counts, itself first: what was merged into it; of a real one, the other
    real incidents that are open, since the world is one; of an exercise, only what was split off from it or it from."""
    related = Incident.objects.filter(real=incident.real).order_by("pk")
    links = list(related.values_list("pk", "merged_into_id", "split_from_id", "state"))
    if incident.real:
        wanted = {incident.pk} | {pk for pk, _into, _from, state in links if state == IncidentState.OPEN}
    else:
        wanted = {incident.pk}
        grown = True
        while grown:
            more = {pk for pk, _into, split, _state in links if split in wanted}
            more |= {split for pk, _into, split, _state in links if pk in wanted and split is not None}
            grown = not more <= wanted
            wanted |= more
        wanted = {pk for pk in wanted if pk == incident.pk or _state_of(links, pk) == IncidentState.OPEN}
    grown = True
    while grown:
        more = {pk for pk, into, _from, _state in links if into in wanted}
        grown = not more <= wanted
        wanted |= more
    rows = {row.pk: row for row in related.filter(pk__in=wanted).select_related("site")}
    return [incident, *(row for pk, row in rows.items() if pk != incident.pk)]


def _state_of(links: list[tuple[int, int | None, int | None, str]], pk: int) -> str:
    return next(state for one, _into, _from, state in links if one == pk)


def running(incident: Incident) -> Incident:
    """The incident as part of which it goes on: itself, or what it was merged into."""
    while incident.merged_into is not None:
        incident = incident.merged_into
    return incident


def outages_of(incident: Incident) -> list[Outage]:
    """All that its picture counts, its own first; not what was entered by mistake."""
    incidents = counted(incident)
    rows = Outage.objects.true().filter(incident__in=incidents).select_related("node__site", "node__unit", "incident")
    place = {one.pk: k for k, one in enumerate(incidents)}
    return sorted(rows, key=lambda row: (place[row.incident_id], row.number))


def observations_of(incident: Incident) -> list[Observation]:
    rows = Observation.objects.filter(incident__in=counted(incident), mistaken=False)
    return list(rows.select_related("node", "incident").order_by("at", "pk"))


def question_of(incident: Incident, at: datetime) -> Question:
    """What a picture of it at `at` (by its clock) asks. Zero is the earlier of its beginning and the first outage."""
    at = at.replace(microsecond=0)
    outages = outages_of(incident)
    seen = [one for one in observations_of(incident) if one.at.replace(microsecond=0) <= at]
    zero = min([incident.began, at, *(one.since for one in outages), *(one.at for one in seen)]).replace(microsecond=0)

    def second(moment: datetime | None) -> int | None:
        return None if moment is None else int((moment.replace(microsecond=0) - zero).total_seconds())

    outs = [
        Out(
            key=one.stable_key,
            node=one.node.key,
            loss=one.loss,
            certainty=one.certainty,
            since=second(one.since) or 0,
            low=second(one.until_low),
            likely=second(one.until_likely),
            high=second(one.until_high),
            ended=second(one.ended_at),
            shared=f"{one.incident.key}-{one.report}",
        )
        for one in outages
    ]
    seeds = [Seen(one.node.key, one.level, second(one.at) or 0) for one in seen]
    return Question(outs, seeds, zero, at, seed_of(incident))


def seed_of(incident: Incident) -> int:
    """The same for all pictures of an incident: two of them differ by what is known, never by the luck of the draws."""
    return int.from_bytes(hashlib.sha256(incident.key.encode()).digest()[:8], "little")


def forecast_of(incident: Incident, at: datetime | None = None) -> Forecast:
    """The picture of it at a moment of its clock (now), computed and not kept. One input is computed once."""
    moment = at or incident.moment()
    model = model_on(moment.astimezone(incident.zone).date())
    found = _kept(model, question_of(incident, moment))
    mine = {one.stable_key: one.incident for one in outages_of(incident)}

    def told(one: Json) -> Json:
        of = mine[one["key"]]
        others = None if of.pk == incident.pk else {"key": of.key, "title": of.title, "address": of.address}
        return {**one, "incident": others}

    return replace(found, answer={**found.answer, "out": [told(one) for one in found.answer["out"]]})


_KEPT: OrderedDict[str, Forecast] = OrderedDict()
MOST_KEPT = 8


def _kept(model: Model, question: Question) -> Forecast:
    """The forecast, computed unless that of the same input is at hand."""
    key = input_hash(model, question, draws_of(model))
    if (found := _KEPT.get(key)) is None:
        found = _KEPT[key] = forecast(model, question)
        while len(_KEPT) > MOST_KEPT:
            _KEPT.popitem(last=False)
    return found


def proposed(by: Asker, incident: Incident, most: int = 6) -> list[Scenario]:
    """Saved scenarios to start from, best first: those of its threat, then of its causes; those that hit something at
    its place before others. Only what `by` may see."""
    on = incident.moment().date()
    rows = list(visible(Scenario.objects.as_of(on).with_hits().order_by("key"), by))
    at_site = set(nodes_at(incident.site).values_list("pk", flat=True)) if incident.site else set()
    # A scenario names its threat by key, or by the letter of the report's paragraph 6, as the example does.
    threat = {incident.threat.key, *incident.threat.paragraphs} if incident.threat else set()

    def fit(scenario: Any) -> tuple[int, int]:
        named = {scenario.threat, f"6({scenario.threat})"} & threat
        same = (2 if named else 0) + (1 if scenario.cause in incident.causes else 0)
        return same, int(any(hit.node_id in at_site for hit in scenario.all_hits))

    fits = sorted((row for row in rows if any(fit(row))), key=lambda row: (*(-part for part in fit(row)), row.key))
    return fits[:most]


def nodes_at(site: Site, kinds: Iterable[str] = ()) -> Any:
    """The nodes at a site and at the places inside it, that serve; of some kinds only, where `kinds` are given."""
    rows = Node.objects.standing(clock.today()).filter(site__in=Site.objects.within(site.path))
    wanted = tuple(kinds)
    return rows.filter(kind__in=wanted) if wanted else rows


def still_out(incident: Incident) -> list[str]:
    """What stands open when it is to be closed."""
    count = Outage.objects.true().standing().filter(incident=incident).count()
    said = ngettext("%(count)d outage has not been ended", "%(count)d outages have not been ended", count)
    return [said % {"count": count}] if count else []


class Recovery(NamedTuple):
    """What was really out, and how long it took until it worked again: `hours` from `since` to `until`."""

    node: Node
    hours: float
    since: datetime
    until: datetime


def actual_recoveries(incident: Incident) -> list[Recovery]:
    """How long each thing took to work again, by node and time, for proposing measurements of the model.

    From the beginning of an outage to its end; of overlapping outages of one node, from the first beginning to the
    last end. Of a node that was not out itself but was seen down: from the first moment at which it was seen below its
    minimum level to the first at which it was seen at it. Only what is over, and nothing entered by mistake.
    """
    family = [one for one in counted(incident) if one.pk == incident.pk or running(one).pk == incident.pk]
    outages = Outage.objects.true().filter(incident__in=family).select_related("node").order_by("node__key", "since")
    found: list[Recovery] = []
    spans: dict[int, list[tuple[Node, datetime, datetime | None]]] = {}
    for outage in outages:
        rows = spans.setdefault(outage.node_id, [])
        if rows and (rows[-1][2] is None or outage.since <= rows[-1][2]):
            last = rows[-1][2]
            end = None if last is None or outage.ended_at is None else max(last, outage.ended_at)
            rows[-1] = (outage.node, rows[-1][1], end)
        else:
            rows.append((outage.node, outage.since, outage.ended_at))
    for rows in spans.values():
        found += [Recovery(node, _hours(end - start), start, end) for node, start, end in rows if end is not None]
    down: dict[int, datetime] = {}
    seen = Observation.objects.filter(incident__in=family, mistaken=False).exclude(node__in=list(spans))
    for one in seen.select_related("node").order_by("at", "pk"):
        least = one.node.minimum_level.value if one.node.minimum_level is not None else None
        works = one.level >= (1.0 if least is None else least)
        if not works:
            down.setdefault(one.node_id, one.at)
        elif (start := down.pop(one.node_id, None)) is not None:
            found.append(Recovery(one.node, _hours(one.at - start), start, one.at))
    return sorted(found, key=lambda one: (one.node.key, one.since))


def _hours(length: timedelta) -> float:
    return length.total_seconds() / 3600


def within_scope(answer: Json, by: Asker) -> Json:
    """A picture as this person may see it: processes outside the scope are left out and counted, critical functions
    are everybody's, and a node outside the scope has no name in a chain, a list or a pool."""
    wanted = _nodes_in(answer)
    seen = set(visible(Node.objects.filter(key__in=wanted), by).values_list("key", flat=True))
    seen |= {one["key"] for one in answer["processes"] if one["function"]}
    # A node that is gone since then is nobody's secret, but nobody's name for it is known to be meant for all.
    if wanted <= seen:
        return answer
    hidden = gettext("outside your scope")

    def plain(one: Json, key: str = "node", name: str = "name") -> Json:
        return one if one[key] in seen else {**one, key: None, name: hidden}

    processes = [
        {
            **one,
            "chain": [plain(step) for step in one["chain"]],
            "using": [plain(use, "provider", "provider_name") for use in one["using"]],
        }
        for one in answer["processes"]
        if one["key"] in seen
    ]
    return {
        **answer,
        "processes": processes,
        "left_out": len(answer["processes"]) - len(processes),
        "out": [one for one in answer["out"] if one["node"] in seen],
        "observed": [one for one in answer["observed"] if one["node"] in seen],
        "strategies": [one for one in answer["strategies"] if one["for"] in seen and one["provider"] in seen],
        "contentions": [
            {
                **one,
                "claims": [plain(claim) for claim in one["claims"]],
                "costs_mtpd_of": [plain(cost, "key") for cost in one["costs_mtpd_of"]],
            }
            for one in answer["contentions"]
        ],
        "restore_first": [
            {
                **one,
                "spares": [key for key in one["spares"] if key in seen],
                "spares_names": [n for key, n in zip(one["spares"], one["spares_names"], strict=True) if key in seen],
                "because": ", ".join(
                    [n for key, n in zip(one["spares"], one["spares_names"], strict=True) if key in seen][:3]
                ),
            }
            for one in answer["restore_first"]
            if set(one["nodes"]) <= seen
        ],
        **{
            name: [kept for group in answer[name] if (kept := [one for one in group if one["node"] in seen])]
            for name in ("deadlocks", "unsettled")
        },
        "not_in_model": [key for key in answer["not_in_model"] if key in seen],
    }


def _nodes_in(answer: Json) -> set[str]:
    found = {one["key"] for one in answer["processes"]}
    found |= {step["node"] for one in answer["processes"] for step in one["chain"]}
    found |= {use["provider"] for one in answer["processes"] for use in one["using"]}
    found |= {one["node"] for one in answer["out"]} | {one["node"] for one in answer["observed"]}
    found |= {use[name] for use in answer["strategies"] for name in ("for", "provider")}
    found |= {claim["node"] for one in answer["contentions"] for claim in one["claims"]}
    found |= {node for one in answer["restore_first"] for node in one["nodes"]}
    found |= {one["node"] for name in ("deadlocks", "unsettled") for group in answer[name] for one in group}
    return found | set(answer["not_in_model"])


__all__ = [
    "GOODS", "Recovery", "actual_recoveries", "counted", "forecast_of", "newest_picture", "nodes_at",
    "observations_of", "outages_of", "proposed", "question_of", "running", "still_out", "within_scope",
]  # fmt: skip
