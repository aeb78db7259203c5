"""The duty stations on a map of the world, drawn offline: where they stand, what is so there, and their loss as hits.

The land is ``static/built/world.svg``, made by the islands' build from public-domain outlines in the same projection
and frame as here, so that points and land meet with and without scripts.

**A site is lost** means: every node of the kind ``facility`` at the site, and at the places inside it, loses all. What
else is there (people, power, equipment) is not hit: it fails where it needs the premises, as the model says.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import asin, cos, pi, radians, sin, sqrt
from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from holdfast.organization.places import models as places

from .chain import Link, link
from .example import Example
from .moments import Course, told_of
from .question import MOST_HITS, Hit, Question
from .states import State

DUTY_STATION = "duty_station"
# The frame of world.svg (islands/geography/world.ts): the whole width, cut off below the inhabited south.
WIDTH, HEIGHT = 960.0, 420.0
SCALE, CENTRE = 177.0, (480.0, 232.0)
# Equal Earth: Šavrič, Patterson and Jenny, "The Equal Earth map projection", 2018, equations 1 and 2.
A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
M = sqrt(3) / 2
LEAST_WIDTH, MARGIN = 300.0, 46.0
ASPECT = 2.2
LETTER, LINE, MARK = 6.9, 15.0, 11.0


@dataclass(frozen=True)
class Site:
    """A place of the organisation; ``lat`` and ``lon`` in degrees, None where unknown; ``parent`` is what it is in."""

    id: str
    name: str
    lat: float | None
    lon: float | None
    kind: str
    parent: str | None = None


def sites(example: Example) -> dict[str, Site]:
    """The organisation's sites by key: the one place that knows where they come from."""
    inside = dict(places.Site.objects.filter(parent__isnull=False).values_list("key", "parent__key"))
    return {
        key: Site(key, str(record["name"]), record["lat"], record["lon"], str(record["kind"]), inside.get(key))
        for key, record in example.about["sites"].items()
    }


def nodes_of_stations(example: Example) -> dict[Site, list[str]]:
    """The duty stations by name, each with the nodes at it and at the places inside it.

    Those that have coordinates, and of those the ones at which the reader may know anything.
    """
    all_sites = sites(example)
    points = {site.id: site for site in all_sites.values() if site.kind == DUTY_STATION and site.lat is not None}
    at: dict[str, list[str]] = {key: [] for key in points}
    standing: dict[str, str | None] = {}
    for node, record in example.records.items():
        site = str(record.get("site") or "")
        if site not in standing:
            standing[site] = _station_of(site, all_sites, points)
        station = standing[site]
        if station is not None:
            at[station].append(node)
    return {site: at[site.id] for site in sorted(points.values(), key=lambda site: site.name) if at[site.id]}


def _station_of(site: str, all_sites: dict[str, Site], points: dict[str, Site]) -> str | None:
    seen = set()
    place: str | None = site
    while place and place not in seen:
        if place in points:
            return place
        seen.add(place)
        place = all_sites[place].parent if place in all_sites else None
    return None


def project(lat: float, lon: float) -> tuple[float, float]:
    """The place of a point in the frame, in its units, from degrees: Equal Earth, north above."""
    angle = asin(M * sin(radians(lat)))
    square = angle * angle
    sixth = square**3
    x = radians(lon) * cos(angle) / (M * (A1 + 3 * A2 * square + sixth * (7 * A3 + 9 * A4 * square)))
    y = angle * (A1 + A2 * square + sixth * (A3 + A4 * square))
    return round(CENTRE[0] + SCALE * x, 2), round(CENTRE[1] - SCALE * y, 2)


@dataclass
class Point:
    """A duty station on the map: its place in the frame, its label, its state, and what its loss would be."""

    site: Site
    x: float
    y: float
    state: State
    words: str
    nodes: list[str]
    premises: list[Link]
    chosen: bool
    url: str
    dx: float = 0.0
    dy: float = 4.0
    anchor: str = "start"

    @property
    def place(self) -> str:
        return f"station-{self.site.id}"


@dataclass(frozen=True)
class Frame:
    """The part of the world that is shown: its corner and size in the map's units."""

    x: float
    y: float
    width: float
    height: float

    @property
    def box(self) -> str:
        return f"{self.x:.1f} {self.y:.1f} {self.width:.1f} {self.height:.1f}"

    @property
    def unit(self) -> float:
        """How much of the map's units one pixel of a drawing 960 wide is."""
        return round(self.width / WIDTH, 4)

    @property
    def unit_plain(self) -> str:
        return f"{self.unit:.4f}"


@dataclass
class World:
    """The map of one question, at one moment or at its worst."""

    example: Example
    question: Question | None = None
    course: Course | None = None
    states: dict[str, State] = field(default_factory=dict)
    address: str = ""

    @cached_property
    def points(self) -> list[Point]:
        chosen = {hit.node for hit in self.question.hits} if self.question else set()
        points = []
        for site, here in nodes_of_stations(self.example).items():
            premises = [node for node in here if self.example.records[node]["kind"] == "facility"]
            is_chosen = bool(premises) and chosen.issuperset(premises)
            state, words = told_of(self.example, here, self.states) if self.states else (State.HOLDS, "")
            x, y = project(site.lat or 0.0, site.lon or 0.0)
            points.append(
                Point(
                    site=site,
                    x=x,
                    y=y,
                    state=state,
                    words=words,
                    nodes=here,
                    premises=[link(self.example, node) for node in premises],
                    chosen=is_chosen,
                    url=self._changed(premises, remove=is_chosen) if premises else "",
                )
            )
        _place_labels(points, _frame(points))
        return points

    @cached_property
    def frame(self) -> Frame:
        return _frame(self.points)

    @property
    def outside(self) -> int:
        """How many nodes stand at no duty station of the map."""
        return len(self.example.records) - sum(len(point.nodes) for point in self.points)

    @property
    def finding(self) -> str:
        """What the picture shows, in one sentence."""
        if not self.points:
            return _("No duty station has coordinates, so there is nothing to draw.")
        if not self.states:
            return _("Choose a duty station to ask what its loss would do.")
        stopped = [point.site.name for point in self.points if point.state >= State.STOPS]
        reduced = [point.site.name for point in self.points if point.state == State.REDUCED]
        if not stopped and not reduced:
            return _("Nothing is touched at any duty station.")
        if not stopped:
            return _("Processes run reduced at %(sites)s; none is down.") % {"sites": ", ".join(reduced)}
        text = _("Processes are down at %(sites)s.") % {"sites": ", ".join(stopped)}
        if len(stopped) < len(self.points):
            kept = [point.site.name for point in self.points if point.state < State.STOPS]
            text += " " + _("None is down at %(sites)s.") % {"sites": ", ".join(kept)}
        return text

    def _changed(self, premises: list[str], *, remove: bool) -> str:
        """The map with these premises lost as well, or no longer; empty where a question cannot hold them."""
        hits = [hit for hit in self.question.hits if hit.node not in premises] if self.question else []
        if not remove:
            hits += [Hit(node) for node in premises]
        if len(hits) > MOST_HITS:
            return ""
        question = Question(tuple(hits), self.question.horizon) if self.question else Question(tuple(hits))
        query = question.address().urlencode()
        return (self.address or reverse("map")) + (f"?{query}" if query else "")


def _frame(points: list[Point]) -> Frame:
    """What holds all points with a margin, in the proportions of the drawing and inside the world."""
    if not points:
        return Frame(0, 0, WIDTH, HEIGHT)
    left, right = min(p.x for p in points) - MARGIN, max(p.x for p in points) + MARGIN
    top, bottom = min(p.y for p in points) - MARGIN, max(p.y for p in points) + MARGIN
    width = min(max(right - left, (bottom - top) * ASPECT, LEAST_WIDTH), WIDTH)
    height = min(width / ASPECT, HEIGHT)
    x = min(max((left + right - width) / 2, 0.0), WIDTH - width)
    y = min(max((top + bottom - height) / 2, 0.0), HEIGHT - height)
    return Frame(round(x, 1), round(y, 1), round(width, 1), round(height, 1))


def _place_labels(points: list[Point], frame: Frame) -> None:
    """Each label on the first of eight sides of its mark where it meets no mark and no other label.

    Worked in pixels of a drawing 960 wide; where all sides meet something, the side that meets least.
    """
    places = {point.site.id: (point.x / frame.unit, point.y / frame.unit) for point in points}
    taken = [(x - MARK, y - MARK, x + MARK, y + MARK) for x, y in places.values()]
    for point in sorted(points, key=lambda point: (point.y, point.x)):
        x, y = places[point.site.id]
        width = LETTER * len(point.site.name)
        options = []
        for number, (angle, anchor) in enumerate(_SIDES):
            dx, dy = (MARK + 4) * cos(angle * pi / 180), (MARK + 5) * -sin(angle * pi / 180) + 4
            start = x + dx - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
            box = (start, y + dy - LINE + 3, start + width, y + dy + 3)
            options.append((sum(_meet(box, other) for other in taken), number, dx, dy, anchor, box))
        _met, _number, point.dx, point.dy, point.anchor, box = min(options)
        point.dx, point.dy = round(point.dx, 1), round(point.dy, 1)
        taken.append(box)


_SIDES: list[tuple[int, str]] = [
    (0, "start"), (180, "end"), (45, "start"), (135, "end"),
    (-45, "start"), (-135, "end"), (90, "middle"), (-90, "middle"),
]  # fmt: skip

Box = tuple[float, float, float, float]


def _meet(one: Box, other: Box) -> float:
    """How much of two boxes lies on each other, in square pixels."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return max(across, 0.0) * max(down, 0.0)


def station_rows(world: World) -> list[dict[str, Any]]:
    """The table of the same: one row a duty station, the worst first, with its nodes by kind."""
    rows = []
    for point in sorted(world.points, key=lambda point: (-point.state, point.site.name)):
        counted: dict[str, int] = defaultdict(int)
        for node in point.nodes:
            counted[world.example.records[node]["kind"]] += 1
        rows.append({"point": point, "processes": counted["process"], "nodes": len(point.nodes)})
    return rows
