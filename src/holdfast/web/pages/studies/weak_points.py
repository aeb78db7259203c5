"""Weak points and minimal sets, read for people."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from holdfast.formats.charts import Bar, bar_chart
from holdfast.web.pages.whatif.question import Hit
from holdfast.web.pages.whatif.wording import hours, kind_name, listing, number

from .links import what_if
from .shown import DEAD, Cell, Column, Names, Picture, Shown, Table

MOST_BARS = 12
MOST_MENDS = 3


def weak_points(names: Names, question: Mapping[str, Any], answer: Mapping[str, Any], view: Mapping[str, str]) -> Shown:
    lost = hours(question["duration"])
    found = [one for one in answer["nodes"] if names.knows(one["node"])]
    category = question.get("category") or min((c for one in found for c in one["cost"]), default="")
    breaking = [one for one in found if any(names.is_function(process) for process in one["breached"])]
    if not found:
        finding = _("No single loss of %(time)s takes any process past its MTPD") % {"time": lost}
    elif breaking:
        said = ngettext(
            "%(n)s thing alone, lost for %(time)s, breaks a critical function",
            "%(n)s things, each alone lost for %(time)s, break a critical function",
            len(breaking),
        )
        finding = said % {"n": number(len(breaking)), "time": lost}
    else:
        said = ngettext(
            "%(n)s thing alone, lost for %(time)s, takes a process past its MTPD, and no critical function",
            "%(n)s things, each alone lost for %(time)s, take a process past its MTPD, and no critical function",
            len(found),
        )
        finding = said % {"n": number(len(found)), "time": lost}
    about = [
        _("Each of %(all)s nodes was lost alone for %(time)s; %(some)s of them take a process past its MTPD.")
        % {"all": number(answer["asked"]), "time": lost, "some": number(len(found))},
        _("A process takes itself down when it is lost: it counts here like everything else."),
    ]
    pictures = []
    others = [one for one in found if not _is_process(names, one["node"])]
    if others:
        top = others[:MOST_BARS]
        bars = [
            Bar(names.name(one["node"]), n := len(one["breached"]), number(n), "bad" if one in breaking else "")
            for one in top
        ]  # fmt: skip
        says = "; ".join(f"{bar.label}: {bar.words}" for bar in bars)
        title = _("The worst is %(name)s: %(n)s processes") % {"name": bars[0].label, "n": bars[0].words}
        pictures.append(
            Picture(title, bar_chart(bars, says=says),
                    _("Processes past their MTPD when this alone is lost; dark where a critical function is among "
                      "them. Processes themselves are left out of the drawing."))
        )  # fmt: skip
    tables = [_ranking(names, found, category), _heat(names, found)]
    return Shown(
        finding, about, pictures, [one for one in tables if one.rows or one.name == "nodes"], _tone(breaking, found)
    )


def _tone(breaking: list[Any], found: list[Any]) -> int:
    return 4 if breaking else 2 if found else 0


def _is_process(names: Names, node: str) -> bool:
    return names.example.records[node].get("kind") == "process"


def _ranking(names: Names, found: list[Any], category: str) -> Table:
    rows = []
    for rank, one in enumerate(found, 1):
        node, breached = one["node"], names.known(one["breached"])
        functions = [process for process in breached if names.is_function(process)]
        at, cost = one["first_breach_at"], one["cost"].get(category, 0.0)
        rows.append(
            (
                names.node(node),
                Cell(str(rank), sort=rank),
                Cell(kind_name(names.example.records[node].get("kind"))),
                Cell(number(len(breached)), sort=len(breached)),
                Cell(number(len(functions)), sort=len(functions), tone=4 if functions else None),
                Cell(listing(map(names.name, breached), 3)),
                Cell(DEAD if at is None else hours(at), sort=1e9 if at is None else at),
                Cell(names.amount(cost, category), sort=cost),
                Cell(_mends(names, node)),
            )
        )  # fmt: skip
    impact = _("Impact: %(category)s") % {"category": names.category(category)} if category else _("Impact")
    columns = (
        Column("node", _("What is lost")), Column("rank", _("Rank"), True), Column("kind", _("Kind")),
        Column("breached", _("Processes past MTPD"), True), Column("functions", _("Critical functions"), True),
        Column("which", _("Which")),
        Column("first", _("First breach after"), True), Column("cost", impact, True),
        Column("mend", _("What would mend it")),
    )  # fmt: skip
    empty = _("Nothing breaks anything by itself.")
    return Table("nodes", _("Weak points, the worst first"), columns, rows, empty=empty)


def _mends(names: Names, node: str) -> str:
    """Who needs it and has nothing else: a fallback there would mend it."""
    bare = []
    for use in names.example.used_by.get(node, ()):
        if use.fallback is not None or not names.knows(use.node):
            continue
        requirement = names.example.records[use.node]["requirements"][use.requirement]
        weights = {one["node"]: one["weight"] for one in requirement["supply"]}
        rest = sum(weights.values()) - weights[node]
        if rest < requirement["needs"] and not requirement.get("fallbacks"):
            bare.append(names.name(use.node))
    if not bare:
        return _("A faster restart, or fallbacks that last longer")
    said = ngettext("A fallback for %(names)s", "Fallbacks for %(names)s", len(bare))
    return said % {"names": listing(sorted(set(bare)), MOST_MENDS)}


def _heat(names: Names, found: list[Any]) -> Table:
    """Site by critical function: how many things there, each alone, break it."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        site = names.example.records[one["node"]].get("site")
        for process in one["breached"]:
            if site and names.is_function(process) and process != one["node"]:
                counts[str(site)][process] += 1
    functions = names.example.functions
    most = max((n for row in counts.values() for n in row.values()), default=0)
    rows = []
    for site in sorted(counts, key=lambda key: (-sum(counts[key].values()), names.site(key))):
        cells = [
            Cell(number(counts[site][f]), sort=counts[site][f], tone=_step(counts[site][f], most)) if counts[site][f]
            else Cell(DEAD, sort=0) for f in functions
        ]  # fmt: skip
        rows.append((Cell(names.site(site)), *cells))
    columns = (Column("site", _("Site")), *(Column(f, names.name(f), True) for f in functions))
    about = _("How many things at a site break the function when each alone is lost.")
    return Table("sites", _("Where the weak points of the critical functions lie"), columns, rows, about, grid=True)


def _step(count: int, most: int) -> int:
    return min(4, 1 + 3 * count // max(most, 1))


def minimal_sets(
    names: Names, question: Mapping[str, Any], answer: Mapping[str, Any], view: Mapping[str, str]
) -> Shown:
    target, lost = names.name(question["target"]), hours(question["duration"])
    sets = [one for one in answer["sets"] if all(names.knows(node) for node in one)]
    sizes = Counter(map(len, sets))
    if not sets:
        finding = _("No %(order)s losses together take %(name)s past its MTPD") % {
            "order": number(question["order"]), "name": target,
        }  # fmt: skip
    elif sizes[1]:
        said = ngettext(
            "%(name)s falls with any of %(n)s thing alone", "%(name)s falls with any of %(n)s things alone", sizes[1]
        )
        finding = said % {"name": target, "n": number(sizes[1])}
    else:
        said = ngettext(
            "%(name)s falls with %(n)s combination", "%(name)s falls with any of %(n)s combinations", len(sets)
        )
        finding = said % {"name": target, "n": number(len(sets))}
    about = [
        _("Each combination, lost together for %(time)s, takes it past its MTPD; no part of it does.") % {"time": lost}
    ]
    if answer["found"] > len(answer["sets"]):
        about.append(
            _("%(found)s combinations were found; the first %(kept)s are kept.")
            % {"found": number(answer["found"]), "kept": number(len(answer["sets"]))}
        )
    pictures = []
    part: Counter[str] = Counter(node for one in sets if len(one) > 1 for node in one)
    if part:
        top = part.most_common(MOST_BARS)
        bars = [Bar(names.name(node), count, number(count)) for node, count in top]
        title = _("%(name)s stands in most combinations: %(n)s") % {"name": bars[0].label, "n": bars[0].words}
        says = "; ".join(f"{bar.label}: {bar.words}" for bar in bars)
        pictures.append(
            Picture(title, bar_chart(bars, says=says), _("Combinations of two and more that it is part of."))
        )
    rows = []
    for rank, one in enumerate(sets, 1):
        records = [names.example.records[node] for node in one]
        sites = sorted({names.site(str(r.get("site"))) for r in records if r.get("site")})
        url = what_if([Hit(node, 1.0, 0.0, question["duration"]) for node in one])
        rows.append(
            (
                Cell(" + ".join(names.name(node) for node in one), url),
                Cell(str(rank), sort=rank),
                Cell(number(len(one)), sort=len(one)),
                Cell(listing(dict.fromkeys(kind_name(r.get("kind")) for r in records), 3)),
                Cell(
                    listing(sites, 3) if sites else DEAD,
                    more=_("all at one site") if len(one) > 1 == len(sites) else "",
                ),
            )
        )
    columns = (
        Column("set", _("Lost together")), Column("rank", _("Rank"), True), Column("size", _("How many"), True),
        Column("kinds", _("Kinds")), Column("sites", _("Sites")),
    )  # fmt: skip
    table = Table("sets", _("What is enough"), columns, rows, empty=_("No combination of this size is enough."))
    return Shown(finding, about, pictures, [table], 4 if sizes[1] else 2 if sets else 0)
