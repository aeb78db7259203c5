"""How risks stand on a day: by approved assessments alone, ranked by the scales in force; rolled up over sites.

A risk stands as the latest approved assessment that rates it says, regular or extra: latest by the day whose state it
describes. docs/guides/risk.md has the rule of the roll-up in words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from holdfast.analysis.risk.models import Assessment, Rating, Risk, Threat, Treatment
from holdfast.analysis.risk.models.treatments import OPEN
from holdfast.governance.agreement.models import DECIDED
from holdfast.governance.settings.scales import OffScale, Rank, Scales
from holdfast.organization.accounts.scope import Asker, visible
from holdfast.organization.places.models import Site

STATES = ("inherent", "current", "target")
Order = tuple[int, int, int]


@dataclass(frozen=True)
class Standing:
    """A risk with the rating that counts, and the one that counted before it."""

    risk: Risk
    rating: Rating
    before: Rating | None
    scales: Scales

    def rank(self, state: str = "current") -> Rank | None:
        """None where the level is on no scale that is in force: the assessment was made by others."""
        return rank_of(self.scales, self.rating.level(state))

    def order(self, state: str = "current") -> Order:
        """What to order by, the worst the greatest."""
        rank = self.rank(state)
        likelihood, impact = self.rating.level(state)
        return (rank.level if rank else 0, impact, likelihood)

    @property
    def change(self) -> int | None:
        """By how many ranks it is worse (above 0) or better than the assessment before said; None: not rated before."""
        if self.before is None:
            return None
        now, then = self.rank(), rank_of(self.scales, self.before.level("current"))
        return now.level - then.level if now and then else None


@dataclass
class Rolled:
    """A threat over all sites: its worst standing risk says its rank."""

    threat: Threat
    standings: list[Standing] = field(default_factory=list)

    @property
    def worst(self) -> Standing:
        return max(self.standings, key=lambda one: (one.order(), one.risk.site.name))

    @property
    def sites(self) -> list[Site]:
        return sorted({one.risk.site for one in self.standings}, key=lambda site: site.name)


@dataclass(frozen=True)
class Ranked:
    """A treatment by the rank of its risk. `passed_over`: open treatments of higher risks that lack money, while this
    one has some."""

    treatment: Treatment
    standing: Standing | None
    passed_over: list[Treatment]

    @property
    def order(self) -> Order:
        return self.standing.order() if self.standing else (0, 0, 0)


def rank_of(scales: Scales, level: tuple[int, int]) -> Rank | None:
    try:
        return scales.level_of(*level)
    except OffScale:
        return None


def standing(on: date, by: Asker, scales: Scales, **only: Any) -> list[Standing]:
    """The risks that were rated by an approved assessment, as they stand on this day, the worst first. `only` are
    conditions on the risk."""
    risks = visible(Risk.objects.as_of(on).filter(**only), by)
    ratings = (
        Rating.objects.filter(risk__in=risks.values("pk"))
        .filter(assessment__agreement__state__in=DECIDED, assessment__agreement__in_force_from__lte=on)
        .select_related("risk__threat", "risk__site", "risk__owner", "assessment__agreement")
    )
    by_risk: dict[int, list[Rating]] = defaultdict(list)
    for rating in ratings:
        by_risk[rating.risk_id].append(rating)
    found = []
    for rows in by_risk.values():
        rows.sort(key=_age)
        counting = [row for row in rows if row.assessment.agreement.in_force_on(on)]
        if not counting:
            continue
        last = counting[-1]
        earlier = [row for row in rows if _age(row) < _age(last)]
        found.append(Standing(last.risk, last, earlier[-1] if earlier else None, scales))
    return sorted(found, key=lambda one: (*(-part for part in one.order()), one.risk.title, one.risk.pk))


def _age(rating: Rating) -> Any:
    agreement = rating.assessment.agreement
    return rating.assessment.as_of, agreement.in_force_from, agreement.number, rating.pk


def rolled_up(standings: Iterable[Standing]) -> list[Rolled]:
    """By threat, the worst first: the rank of a threat is that of its worst risk at any site."""
    by_threat: dict[int, Rolled] = {}
    for one in standings:
        by_threat.setdefault(one.risk.threat_id, Rolled(one.risk.threat)).standings.append(one)
    for rolled in by_threat.values():
        rolled.standings.sort(key=lambda one: (*(-part for part in one.order()), one.risk.site.name))
    return sorted(by_threat.values(), key=lambda one: (*(-part for part in one.worst.order()), one.threat.name))


def by_rank(treatments: Iterable[Treatment], standings: Iterable[Standing]) -> list[Ranked]:
    """Treatments by the rank of their risks, the worst first, and where money went past a higher risk."""
    stands = {one.risk.pk: one for one in standings}
    rows = list(treatments)

    def rank(treatment: Treatment) -> int:
        one = stands.get(treatment.risk_id)
        return one.order()[0] if one else 0

    lacking = [row for row in rows if row.state in OPEN and row.lacks > 0]
    found = []
    for row in rows:
        passed = []
        if row.state in OPEN and row.money_given > 0:
            passed = [other for other in lacking if rank(other) > rank(row)]
        found.append(Ranked(row, stands.get(row.risk_id), passed))
    return sorted(
        found, key=lambda one: (*(-part for part in one.order), str(one.treatment.due or "9"), one.treatment.key)
    )


def assessed(on: date, by: Asker) -> dict[int, Assessment]:
    """The regular assessment in force of each site, by the site's id."""
    rows = visible(Assessment.objects.in_force(on).filter(kind="regular"), by).select_related("site", "agreement")
    return {row.site_id: row for row in rows.order_by("as_of", "pk")}
