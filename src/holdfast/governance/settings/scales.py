"""The scales of the organisation: pure values, made from JSON and checked as one.

Levels count from 1, the least, upwards; rates are times a year; impact times are hours; intervals are months.
"""

from __future__ import annotations

import math
import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, gettext_lazy
from django.utils.translation import pgettext_lazy as _in

from holdfast.organization.evidence.fact import Basis

COLOURS = 5
"""The severity steps of the pages: colour 0 is their palest, 4 their darkest."""
MOST_LEVELS = 10
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")

REVIEWED: dict[str, str | Promise] = {
    "policy": gettext_lazy("policy"),
    "scales": gettext_lazy("scales"),
    "risk": gettext_lazy("risk assessment"),
    "analysis": gettext_lazy("impact analysis"),
    "strategy": gettext_lazy("strategy"),
    "plan": gettext_lazy("plan"),
    "evidence": gettext_lazy("evidence"),
}
"""What is looked at again after an interval, by the name that rooms ask with."""


class BadScales(ValueError):
    """Scales that cannot be: `path` is the part in question, as `matrix.2.4`."""

    def __init__(self, path: str, message: str) -> None:
        self.path, self.message = path, message
        super().__init__(f"{path}: {message}" if path else message)


class OffScale(ValueError):
    """A level that the scale does not have."""


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What the parts of scales have in common: their words, and how we know that the organisation says so. `names`: the
    name in other languages, by the code of the language."""

    name: str
    text: str = ""
    names: dict[str, str] = {}
    basis: Basis = Basis.ASSUMED
    source: str = ""

    @property
    def label(self) -> str:
        """The name in the active language, where it has one there."""
        language = get_language() or ""
        return self.names.get(language) or self.names.get(language.partition("-")[0]) or self.name


class Likelihood(Said, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How often: from `least` up to, and not including, `most` times a year; None is open."""

    level: int
    least: float | None = None
    most: float | None = None


class Impact(Said, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How bad; `by_category` says what the level means in each category."""

    level: int
    by_category: dict[str, str] = {}


class Category(Said, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """In which respect something is bad. `tangible`: it can be counted, in money or in days; with a `unit` ("USD") it
    is, and `amounts` are those from which the impact levels 2, 3 and so on begin."""

    key: str
    tangible: bool = False
    unit: str = ""
    amounts: tuple[float, ...] = ()

    @property
    def counted(self) -> bool:
        """Whether analyses give amounts in place of levels."""
        return bool(self.unit)


class Rank(Said, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What likelihood and impact make together: `text` says what follows from it. `colour` is a severity step of the
    pages, `review` the months after which a risk of this rank is looked at again."""

    level: int
    colour: int
    review: int | None = None


class Scales(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """All of it. `matrix` has a row for each likelihood and in it the rank's level for each impact.

    `appetite` is the highest rank that is kept without treatment, `tolerance` the highest that may be kept with a
    reason; `appetite_by` says another appetite for a category. From impact level `intolerable` on, an interruption can
    no longer be borne. `version` is the number of the version that these scales are, 0 the set that Holdfast begins
    with.
    """

    likelihood: tuple[Likelihood, ...]
    impact: tuple[Impact, ...]
    categories: tuple[Category, ...]
    ranks: tuple[Rank, ...]
    matrix: tuple[tuple[int, ...], ...]
    appetite: int
    tolerance: int
    intolerable: int
    hours: tuple[float, ...]
    review: dict[str, int] = {}
    appetite_by: dict[str, int] = {}
    author_may_approve: bool = False
    acknowledge_within: int = 30
    """Days in which staff acknowledge a policy that was adopted."""
    acknowledged_share: float = 0.8
    """The share of a unit's accounts that has to acknowledge before its next step begins."""
    late_for_head: int = 7
    """After so many days what is late is told to the head of the unit."""
    late_for_manager: int = 21
    """After so many days it is told to the programme manager too."""
    review_ahead: int = 30
    """So many days before it is due, what is to be looked at again is told."""
    version: int = 0

    @classmethod
    def read(cls, data: Any) -> Scales:
        """The scales of a JSON object. Raises BadScales."""
        try:
            scales = msgspec.convert(data, cls)
        except msgspec.ValidationError as error:
            message, _at, path = str(error).partition(" - at `$")
            raise BadScales(_dotted(path), message.replace("`", "")) from None
        scales.check()
        return scales

    def as_json(self) -> dict[str, Any]:
        """The JSON object, without the number of the version."""
        found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        found.pop("version", None)
        return found

    def level_of(self, likelihood: int, impact: int) -> Rank:
        """The rank of a risk. Raises OffScale."""
        self.check_levels(likelihood, impact)
        return self.ranks[self.matrix[likelihood - 1][impact - 1] - 1]

    def order_of(self, likelihood: int, impact: int) -> tuple[int, int, int]:
        """What to order risks by, the worst the greatest: rank, then impact, then likelihood. Raises OffScale."""
        return self.level_of(likelihood, impact).level, impact, likelihood

    def check_levels(self, likelihood: int | None = None, impact: int | None = None) -> None:
        """Raises OffScale for a level that there is not."""
        for given, levels, what in (
            (likelihood, self.likelihood, gettext("likelihood")),
            (impact, self.impact, gettext("impact")),
        ):
            if given is not None and not 1 <= given <= len(levels):
                said = gettext("There is no %(what)s %(given)s: the scale goes from 1 to %(most)s.")
                raise OffScale(said % {"what": what, "given": given, "most": len(levels)})

    def likelihood_of(self, rate: float) -> int | None:
        """The level of something that happens `rate` times a year; None where the scale gives no rates for it."""
        for one in self.likelihood:
            bounded = one.least is not None or one.most is not None
            if bounded and (one.least is None or one.least <= rate) and (one.most is None or rate < one.most):
                return one.level
        return None

    def within_appetite(self, rank: int, category: str = "") -> bool:
        """Whether a risk of this rank is kept without treatment."""
        return rank <= self.appetite_by.get(category, self.appetite)

    def category(self, key: str) -> Category | None:
        return next((one for one in self.categories if one.key == key), None)

    def interval(self, kind: str) -> int | None:
        """Months after which a thing of this kind is looked at again; None where nothing is said."""
        return self.review.get(kind)

    def due_again(self, kind: str, since: date, *, within: int | None = None) -> date | None:
        """The day on which a thing of this kind that was looked at on `since` is looked at again: after its interval,
        or `within` so many months where that is sooner; None where nothing is said."""
        said = [months for months in (self.interval(kind), within) if months is not None]
        return add_months(since, min(said)) if said else None

    def parts(self) -> list[tuple[str, Said]]:
        """All that has a name, with what it is: "Likelihood 2"."""
        levels = (
            (gettext("Likelihood %(level)s"), self.likelihood),
            (gettext("Impact %(level)s"), self.impact),
            (gettext("Rank %(level)s"), self.ranks),
        )
        found: list[tuple[str, Said]] = [(label % {"level": one.level}, one) for label, rows in levels for one in rows]
        label = gettext("Category %(key)s")
        return found + [(label % {"key": one.key}, one) for one in self.categories]

    def lines(self) -> dict[str, str]:
        """The scales in words, part by part, in the active language."""
        return _lines(self)

    def check(self) -> None:
        """Raises BadScales where the parts do not fit each other."""
        for name in ("likelihood", "impact", "ranks"):
            _check_levels(name, getattr(self, name))
        _check_rates(self.likelihood)
        self._check_categories()
        self._check_matrix()
        self._check_limits()
        self._check_times()

    def _check_categories(self) -> None:
        _check_unique("categories", [one.key for one in self.categories])
        for position, one in enumerate(self.categories, 1):
            _check_amounts(f"categories.{position}", one, len(self.impact))
        _check_names("categories", [(one.key, one) for one in self.categories])
        if not self.categories:
            raise BadScales("categories", gettext("At least one category of impact is wanted."))
        known = {one.key for one in self.categories}
        named = [(f"impact.{one.level}", set(one.by_category)) for one in self.impact]
        for path, keys in [*named, ("appetite_by", set(self.appetite_by))]:
            if unknown := sorted(keys - known):
                raise BadScales(path, gettext("There is no category %(keys)s.") % {"keys": ", ".join(unknown)})

    def _check_matrix(self) -> None:
        if len(self.matrix) != len(self.likelihood):
            said = gettext("The matrix has %(got)s rows, and there are %(wanted)s likelihoods.")
            raise BadScales("matrix", said % {"got": len(self.matrix), "wanted": len(self.likelihood)})
        for row, ranks in enumerate(self.matrix, 1):
            if len(ranks) != len(self.impact):
                said = gettext("The row has %(got)s ranks, and there are %(wanted)s impacts.")
                raise BadScales(f"matrix.{row}", said % {"got": len(ranks), "wanted": len(self.impact)})
            for column, rank in enumerate(ranks, 1):
                if not 1 <= rank <= len(self.ranks):
                    raise BadScales(f"matrix.{row}.{column}", gettext("There is no rank %(rank)s.") % {"rank": rank})
                left = ranks[column - 2] if column > 1 else 1
                above = self.matrix[row - 2][column - 1] if row > 1 else 1
                if rank < max(left, above):
                    said = gettext("More likely or worse cannot give a lower rank.")
                    raise BadScales(f"matrix.{row}.{column}", said)

    def _check_limits(self) -> None:
        if not 0 <= self.appetite <= len(self.ranks):
            raise BadScales("appetite", gettext("There is no rank %(rank)s.") % {"rank": self.appetite})
        if not self.appetite <= self.tolerance <= len(self.ranks):
            raise BadScales("tolerance", gettext("The tolerance is a rank, and not below the appetite."))
        for key, rank in self.appetite_by.items():
            if not 0 <= rank <= self.tolerance:
                raise BadScales(f"appetite_by.{key}", gettext("An appetite is not above the tolerance."))
        if not 1 <= self.intolerable <= len(self.impact):
            raise BadScales("intolerable", gettext("There is no impact %(level)s.") % {"level": self.intolerable})

    def _check_times(self) -> None:
        if not self.hours or any(not math.isfinite(hour) or hour <= 0 for hour in self.hours):
            raise BadScales("hours", gettext("The times of impact are hours above 0."))
        if any(later <= earlier for earlier, later in zip(self.hours, self.hours[1:], strict=False)):
            raise BadScales("hours", gettext("The times of impact have to grow."))
        intervals = [(f"review.{kind}", months) for kind, months in self.review.items()]
        intervals += [(f"ranks.{one.level}", one.review) for one in self.ranks if one.review is not None]
        for path, months in intervals:
            if not 1 <= months <= 120:
                raise BadScales(path, gettext("An interval is 1 to 120 months."))
        if unknown := sorted(set(self.review) - set(REVIEWED)):
            raise BadScales("review", gettext("Nothing is called %(names)s.") % {"names": ", ".join(unknown)})
        if not 1 <= self.acknowledge_within <= 366:
            raise BadScales("acknowledge_within", gettext("Wanted 1 to 366 days."))
        if not 0 <= self.acknowledged_share <= 1:
            raise BadScales("acknowledged_share", gettext("Wanted a share from 0 to 1."))
        if not 1 <= self.late_for_head <= 366:
            raise BadScales("late_for_head", gettext("Wanted 1 to 366 days."))
        if not self.late_for_head <= self.late_for_manager <= 366:
            said = gettext("The programme manager is told on the same day as the head of the unit, or later.")
            raise BadScales("late_for_manager", said)
        if not 0 <= self.review_ahead <= 366:
            raise BadScales("review_ahead", gettext("Wanted 0 to 366 days."))


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _check_levels(name: str, levels: Sequence[Any]) -> None:
    if not 2 <= len(levels) <= MOST_LEVELS:
        raise BadScales(name, gettext("Wanted 2 to %(most)s levels.") % {"most": MOST_LEVELS})
    for position, one in enumerate(levels, 1):
        if one.level != position:
            said = gettext("Levels count from 1 upwards: wanted %(wanted)s here, got %(got)s.")
            raise BadScales(f"{name}.{position}", said % {"wanted": position, "got": one.level})
        if not one.name.strip():
            raise BadScales(f"{name}.{position}", gettext("The name is missing."))
        if one.basis is Basis.STATED and not one.source.strip():
            raise BadScales(f"{name}.{position}", gettext("What is stated needs its source."))
        if isinstance(one, Rank) and not 0 <= one.colour < COLOURS:
            said = gettext("A colour is one of the %(count)s severity steps, 0 to %(last)s.")
            raise BadScales(f"{name}.{position}", said % {"count": COLOURS, "last": COLOURS - 1})
    _check_names(name, [(str(one.level), one) for one in levels])


def _check_names(name: str, parts: Sequence[tuple[str, Said]]) -> None:
    """Each part is called otherwise than the others, in every language."""
    _check_unique(name, [one.name for _key, one in parts])
    for key, one in parts:
        for language, text in one.names.items():
            if not _LANGUAGE.fullmatch(language) or not text.strip():
                said = gettext("Wanted a text for each language: “fr: Rare”.")
                raise BadScales(f"{name}.{key}.names", said)
    for language in sorted({language for _key, one in parts for language in one.names}):
        _check_unique(name, [text for _key, one in parts if (text := one.names.get(language))])


def _check_amounts(path: str, category: Category, levels: int) -> None:
    """What is counted says where each level begins; what is not says nothing of amounts."""
    if not category.counted:
        if category.amounts:
            raise BadScales(path, gettext("Amounts need the unit in which they are."))
        return
    if not category.tangible:
        raise BadScales(path, gettext("Only what is tangible is counted in a unit."))
    if len(category.amounts) != levels - 1:
        said = gettext("Wanted %(wanted)s amounts, one for each impact level from 2 on, got %(got)s.")
        raise BadScales(path, said % {"wanted": levels - 1, "got": len(category.amounts)})
    if any(not math.isfinite(amount) or amount <= 0 for amount in category.amounts):
        raise BadScales(path, gettext("Amounts are above 0."))
    if any(later <= earlier for earlier, later in zip(category.amounts, category.amounts[1:], strict=False)):
        raise BadScales(path, gettext("Amounts have to grow from level to level."))


def _check_unique(name: str, words: list[str]) -> None:
    if twice := sorted({word for word in words if words.count(word) > 1}):
        raise BadScales(name, gettext("%(words)s is there twice.") % {"words": ", ".join(twice)})


def _check_rates(levels: Sequence[Likelihood]) -> None:
    """Bands of rates follow each other without a gap; a level without any ends the chain."""
    before: Likelihood | None = None
    for one in levels:
        path = f"likelihood.{one.level}"
        for rate in (one.least, one.most):
            if rate is not None and (not math.isfinite(rate) or rate < 0):
                raise BadScales(path, gettext("A rate is 0 or more times a year."))
        if one.least is not None and one.most is not None and one.least >= one.most:
            raise BadScales(path, gettext("The rates have to grow within the level."))
        if before is not None and before.most is not None and one.least is not None and one.least != before.most:
            raise BadScales(path, gettext("The rates begin where those of the level below end."))
        if before is not None and before.most is None and before.least is not None and one.least is not None:
            raise BadScales(path, gettext("The level below is open upwards, so nothing can follow it."))
        before = one


def _dotted(path: str) -> str:
    """`.matrix[1][2]` as `matrix.2.3`: positions count from 1, as levels do."""
    found = []
    for part in path.strip("`").replace("[", ".").replace("]", "").split("."):
        if part == "...":
            continue
        found.append(str(int(part) + 1) if part.isdecimal() else part)
    return ".".join(part for part in found if part)


def rates(one: Likelihood) -> str:
    """The band of a likelihood in words, empty where it has none."""
    if one.least is not None and one.most is not None:
        return gettext("%(least)g to %(most)g times a year") % {"least": one.least, "most": one.most}
    if one.least is not None:
        return gettext("%(least)g times a year or more") % {"least": one.least}
    if one.most is not None:
        return gettext("less than %(most)g times a year") % {"most": one.most}
    return ""


def _lines(scales: Scales) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in scales.likelihood:
        found[gettext("Likelihood %(level)s") % {"level": one.level}] = _text(one, rates(one))
    for step in scales.impact:
        label = gettext("Impact %(level)s") % {"level": step.level}
        found[label] = _text(step)
        for key, text in step.by_category.items():
            category = scales.category(key)
            found[f"{label} · {category.label if category else key}"] = text
    for category in scales.categories:
        kind = gettext("tangible") if category.tangible else gettext("intangible")
        if category.counted:
            amounts = ", ".join(f"{amount:,.0f}" for amount in category.amounts)
            kind = gettext("counted in %(unit)s, levels from %(amounts)s") % {"unit": category.unit, "amounts": amounts}
        found[gettext("Category %(key)s") % {"key": category.key}] = _text(category, kind)
    for rank in scales.ranks:
        again = gettext("again after %(months)s months") % {"months": rank.review} if rank.review else ""
        found[gettext("Rank %(level)s") % {"level": rank.level}] = _text(rank, again)
    for likelihood in scales.likelihood:
        for impact in scales.impact:
            label = gettext("Likelihood %(likelihood)s with impact %(impact)s")
            found[label % {"likelihood": likelihood.level, "impact": impact.level}] = scales.level_of(
                likelihood.level, impact.level
            ).label
    for place, one_part in scales.parts():
        for language, text in sorted(one_part.names.items()):
            found[gettext("%(place)s in the language %(language)s") % {"place": place, "language": language}] = text
    found[gettext("Kept without treatment")] = _upto(scales, scales.appetite)
    for key, level in scales.appetite_by.items():
        known = scales.category(key)
        label = gettext("Kept without treatment: %(category)s") % {"category": known.label if known else key}
        found[label] = _upto(scales, level)
    found[gettext("Kept with a reason")] = _upto(scales, scales.tolerance)
    found[gettext("Cannot be borne from")] = scales.impact[scales.intolerable - 1].label
    found[gettext("Times of impact")] = ", ".join(f"{hour:g} h" for hour in scales.hours)
    for kind, months in scales.review.items():
        label = gettext("Looked at again: %(kind)s") % {"kind": REVIEWED[kind]}
        found[label] = gettext("every %(months)s months") % {"months": months}
    found[gettext("The author may approve")] = str(_YES if scales.author_may_approve else _NO)
    found[gettext("A policy is acknowledged within")] = gettext("%(days)s days") % {"days": scales.acknowledge_within}
    found[gettext("Acknowledged before the next step")] = f"{100 * scales.acknowledged_share:g} %"
    late = gettext("%(days)s days late")
    found[gettext("What is late goes up to the head of the unit")] = late % {"days": scales.late_for_head}
    found[gettext("What is late goes up to the programme manager")] = late % {"days": scales.late_for_manager}
    ahead = gettext("%(days)s days before") % {"days": scales.review_ahead}
    found[gettext("What is to be looked at again is told")] = ahead
    return found


_YES, _NO = _in("answer", "yes"), _in("answer", "no")


def _upto(scales: Scales, level: int) -> str:
    if level == 0:
        return gettext("no risk at all")
    return gettext("up to %(rank)s") % {"rank": scales.ranks[level - 1].label}


def _text(one: Said, more: str = "") -> str:
    said = one.name + (f": {one.text}" if one.text else "")
    return f"{said} ({more})" if more else said
