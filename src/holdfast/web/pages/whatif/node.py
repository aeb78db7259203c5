"""One node of the twin as its page shows it: what it is, what it needs and what needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from holdfast.engine.twin import likely

from .basis import Basis, basis_of
from .chain import Link, link
from .example import Example, Record
from .health import told
from .wording import hours, kind_name, number, percent, strategy_name


@dataclass(frozen=True)
class Figure:
    anchor: str
    label: str
    text: str
    basis: Basis


@dataclass(frozen=True)
class Provider:
    link: Link
    kind: str
    weight: str


@dataclass(frozen=True)
class Fallback:
    provider: Link
    strategy: str
    weight: str
    activation: str
    endurance: str
    pool: str


@dataclass(frozen=True)
class Need:
    """One requirement: its name where that says more than its only supply, the rule in words where there is a choice,
    who supplies it, and what serves instead."""

    name: str
    rule: str
    tolerance: str
    supply: list[Provider]
    fallbacks: list[Fallback]
    basis: Basis


@dataclass(frozen=True)
class User:
    link: Link
    kind: str
    how: str


class NodePage:
    """``record`` is the node of the file."""

    def __init__(self, example: Example, node: str) -> None:
        self.example, self.node = example, node
        self.record: Record = example.records[node]
        self.link = link(example, node)
        self.kind = kind_name(self.record["kind"])
        self.is_function = "function" in (self.record.get("tags") or [])
        self.site = example.site_name(self.record.get("site"))
        self.unit = example.unit_name(self.record.get("unit"))
        self.description = str(self.record.get("description") or "")
        self.basis = basis_of(self.record, "")
        self.paragraphs = [str(paragraph) for paragraph in _as_list(self.record.get("paragraphs"))]

    @property
    def sentence(self) -> str:
        """What is true of it: what it is, how much it draws on and how much hangs on it."""
        needs = {s["node"] for r in self.record.get("requirements") or [] for s in r.get("supply") or []}
        users = {use.node for use in self.example.used_by.get(self.node, [])}
        if not users:
            text = ngettext(
                "Draws directly on %(n)s other; nothing draws on it.",
                "Draws directly on %(n)s others; nothing draws on it.",
                len(needs),
            )
            return text % {"n": number(len(needs))}
        if not needs:
            text = ngettext(
                "Draws on nothing; %(n)s other draws on it.", "Draws on nothing; %(n)s others draw on it.", len(users)
            )
            return text % {"n": number(len(users))}
        return _("Draws directly on %(needs)s; drawn on by %(users)s.") % {
            "needs": number(len(needs)),
            "users": number(len(users)),
        }

    @property
    def figures(self) -> list[Figure]:
        record = self.record
        figures: list[tuple[str, str, str | None]] = [
            ("minimum_level", _("Minimum level (MBCO)"), _or_none(record.get("minimum_level"), percent)),
            ("rto", _("Recovery time objective (RTO)"), _or_none(record.get("rto"), hours)),
            ("mtpd", _("Maximum tolerable period of disruption (MTPD)"), _or_none(record.get("mtpd"), hours)),
            ("priority", _("Priority in restoring (1 is first)"), _or_none(record.get("priority"), number)),
            ("restart", _("Restart, once all it needs is back"), _or_none(record.get("restart"), _duration)),
        ]
        return [Figure(key, label, text, basis_of(record, key)) for key, label, text in figures if text is not None]

    @property
    def impact(self) -> list[tuple[str, str, list[tuple[str, str]]]]:
        """Per category: its name, its unit, and the points (length of an outage, value)."""
        curves = []
        for category, points in (self.record.get("impact") or {}).items():
            about = self.example.categories.get(category, {})
            name = str(about.get("name") or category.replace("_", " ").capitalize())
            curves.append(
                (
                    name,
                    str(about.get("unit") or pgettext("unit of an impact that has none", "points")),
                    [(hours(h), number(v, 1)) for h, v in points],
                )
            )
        return curves

    @property
    def impact_basis(self) -> Basis:
        return basis_of(self.record, "impact")

    @property
    def needs(self) -> list[Need]:
        return [self._need(requirement) for requirement in self.record.get("requirements") or []]

    def _need(self, requirement: Record) -> Need:
        supply = requirement.get("supply") or []
        needs = requirement["needs"]
        named = str(requirement.get("name") or requirement.get("description") or "")
        return Need(
            name="" if len(supply) == 1 and named == self.example.name(supply[0]["node"]) else named,
            rule=_rule(requirement),
            tolerance=hours(requirement["tolerance"]) if requirement.get("tolerance") else "",
            supply=[
                Provider(
                    link(self.example, item["node"]),
                    kind_name(self.example.records[item["node"]]["kind"]),
                    "" if len(supply) == 1 else number(item["weight"], 3),
                )
                for item in supply
            ],
            fallbacks=[self._fallback(fallback, needs) for fallback in requirement.get("fallbacks") or []],
            basis=basis_of(
                {**{"basis": self.record.get("basis"), "reason": self.record.get("reason")}, **requirement}, ""
            ),
        )

    def _fallback(self, fallback: Record, needs: float) -> Fallback:
        endurance = fallback.get("endurance")
        return Fallback(
            provider=link(self.example, fallback["node"]),
            strategy=strategy_name(fallback["strategy"]) if fallback.get("strategy") else "",
            weight=_("%(weight)s of %(needs)s") % {"weight": number(fallback["weight"], 3), "needs": number(needs, 3)},
            activation=hours(likely(fallback.get("activation") or 0.0)),
            endurance=_("without end") if endurance is None else hours(endurance),
            pool=self.example.pool_name(fallback["pool"]) if fallback.get("pool") else "",
        )

    @property
    def users(self) -> list[User]:
        """What needs this node, each user once, by name."""
        ways: dict[str, str] = {}
        for use in self.example.used_by.get(self.node, []):
            if use.fallback is None:
                ways[use.node] = _("as its supply")
            else:
                ways.setdefault(use.node, _("as its fallback"))
        users = [
            User(link(self.example, n), kind_name(self.example.records[n]["kind"]), how) for n, how in ways.items()
        ]
        return sorted(users, key=lambda user: user.link.name)

    @property
    def complaints(self) -> list[str]:
        return [told(self.example, complaint) for complaint in self.example.complaints if complaint.node == self.node]


def _rule(requirement: Record) -> str:
    """All of one, any of several, k of n, or an amount: the requirement in words."""
    supply, needs = requirement.get("supply") or [], requirement["needs"]
    weights = [item["weight"] for item in supply]
    quorum = requirement.get("quorum") or 0
    if len(supply) == 1 and weights[0] == needs:
        rule = ""
    elif len(supply) == 1:
        rule = _("%(needs)s of the %(weight)s there") % {"needs": number(needs, 3), "weight": number(weights[0], 3)}
    elif all(weight >= needs for weight in weights):
        rule = _("Any one of these %(count)s") % {"count": number(len(supply))}
    elif all(weight == 1 for weight in weights):
        rule = _("%(needs)s of these %(count)s") % {"needs": number(needs, 3), "count": number(len(supply))}
    else:
        rule = _("%(needs)s in all, from") % {"needs": number(needs, 3)}
    if quorum:
        least = _("fewer than %(quorum)s are as good as none") % {"quorum": number(quorum, 3)}
        rule = f"{rule}; {least}" if rule else least
    return rule


def _duration(value: Any) -> str:
    return hours(likely(value))


def _or_none(value: Any, text: Any) -> str | None:
    return None if value is None or (value == 0 and text is _duration) else str(text(value))


def _as_list(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
