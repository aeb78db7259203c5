"""Pools and the fallbacks that share them: who claims how much of what is there."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from holdfast.analysis.strategy.actions import edit_fallback, retire_fallback
from holdfast.analysis.strategy.models import READY, Fallback, FallbackKind, FallbackState
from holdfast.organization.accounts.scope import visible
from holdfast.organization.structure.actions.nodes import create_pool, edit_pool
from holdfast.organization.structure.models import Pool

from .editing import until_form
from .links import Reach, address
from .listing import OWN, TAG, Column, Filter, Listing, choice_filter, site_filter, unit_filter
from .nouns import Making, Noun, Step
from .states import state_chip
from .units import EVIDENCE
from .values import Figure

FALLBACK = (
    "name", "provider", "kind", "weight", "activation", "endurance", "pool", "state", "position", "valid_from",
    "valid_until", *EVIDENCE,
)  # fmt: skip


def tell_pool(pool: Pool, user: Any, on: date) -> dict[str, Any]:
    """The page of a pool: what its fallbacks would claim at once, against what is there."""
    claims = list(
        visible(Fallback.objects.filter(pool=pool).exclude(state=FallbackState.RETIRED), user)
        .select_related("requirement__node", "provider", "pool")
        .order_by("requirement__node__name", "key")
    )
    ready = [claim for claim in claims if claim.state in READY and claim.is_valid_on(on)]
    claimed = sum(claim.weight.value for claim in ready)
    planned = sum(claim.weight.value for claim in claims if claim.state not in READY)
    there = pool.capacity.value
    return {
        "figures": [("capacity", _label(pool, "capacity"), pool.capacity)],
        "claims": [{"claim": claim, "ready": claim in ready} for claim in claims],
        "claimed": claimed,
        "planned": planned,
        "there": there,
        "short": claimed > there,
        "over": claimed - there,
        "share": round(100 * min(claimed / there, 1)) if there else 100,
        "reach": Reach(user, [row for claim in claims for row in (claim.provider, claim.requirement.node)]),
    }


def tell_fallback(fallback: Fallback, user: Any, on: date) -> dict[str, Any]:
    """The page of a fallback: for what it serves, drawing on what, how soon and how long."""
    figures = [
        (name, _label(fallback, name), fact)
        for name in ("weight", "activation", "endurance")
        if (fact := getattr(fallback, name)) is not None
    ]
    return {
        "figures": figures,
        "reach": Reach(user, [fallback.provider, fallback.requirement.node]),
        "serves": fallback.state in READY and fallback.is_valid_on(on),
    }


def _label(row: Any, name: str) -> str:
    label = str(row._meta.get_field(name).verbose_name)
    return label[:1].upper() + label[1:]


def _figure(name: str) -> Any:
    def value(row: Any) -> Figure | None:
        fact = getattr(row, name)
        return Figure(fact, address(row), name) if fact is not None else None

    return value


def _prepare_pools(rows: Any, user: Any, on: date) -> Any:
    ready = visible(Fallback.objects.ready(on), user).filter(pool=OuterRef("pk")).order_by().values("pool")
    return rows.select_related("unit", "site").annotate(
        claims_count=Coalesce(Subquery(ready.annotate(n=Count("pk", distinct=True)).values("n")), 0)
    )


def _prepare_fallbacks(rows: Any, user: Any, on: date) -> Any:
    return rows.select_related("requirement__node", "provider", "pool")


def _retire(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    return retire_fallback(by, row, version=version, on=cleaned["on"])


def _pool_options(rows: Any, user: Any) -> list[tuple[str, str]]:
    return list(visible(Pool.objects.all(), user).order_by("name").values_list("key", "name")[:500])


def _in_pool(rows: Any, value: str, user: Any) -> Any:
    if not visible(Pool.objects.filter(key=value), user).exists():
        raise LookupError(value)
    return rows.filter(pool__key=value)


POOLS = Noun(
    slug="pools",
    name="pool",
    model=Pool,
    rows=Pool.objects.all,
    one=_("pool"),
    many=_("Pools"),
    lead=_("Places that several fallbacks count on: seats of an alternate site, licences for telework."),
    view="structure.view",
    edit="process.edit",
    listing=Listing(
        columns=(
            Column("name", _("Pool"), lambda pool: pool, ("name",)),
            Column("capacity", _("Capacity"), _figure("capacity"), ("capacity__value",), number=True),
            Column("claims", _("Fallbacks ready"), lambda pool: pool.claims_count, ("claims_count",), number=True),
            Column("unit", _("Unit"), lambda pool: pool.unit, ("unit__name",)),
            Column("site", _("Site"), lambda pool: pool.site, ("site__name",)),
        ),
        filters=(unit_filter(), site_filter(), TAG, OWN),
        prepare=_prepare_pools,
    ),
    tell=tell_pool,
    related=("unit", "site"),
    making=Making(
        ("name", "capacity", "unit", "site", "status", "valid_from", "valid_until", *EVIDENCE), create_pool, edit_pool
    ),
    parts=((Fallback, "pool"),),
    empty=_("There is no pool yet that you may see. Make the first one, or take in a workbook."),
)
FALLBACKS = Noun(
    slug="fallbacks",
    name="fallback",
    model=Fallback,
    rows=Fallback.objects.all,
    one=_("fallback"),
    many=_("Fallbacks"),
    lead=_("What serves instead when something is short: how soon, how long, how much, and from which pool."),
    view="structure.view",
    edit="strategy.edit",
    listing=Listing(
        columns=(
            Column("name", _("Fallback"), lambda fallback: fallback, ("name", "key")),
            Column("of", _("For"), lambda fallback: fallback.requirement.node, ("requirement__node__name",)),
            Column("provider", _("Draws on"), lambda fallback: fallback.provider, ("provider__name",)),
            Column("kind", _("Kind"), lambda fallback: fallback.get_kind_display(), ("kind",)),
            Column("weight", _("Weight"), _figure("weight"), ("weight__value",), number=True),
            Column("activation", _("Activation"), _figure("activation"), ("activation__value",), number=True),
            Column("endurance", _("Endurance"), _figure("endurance"), ("endurance__value",), number=True),
            Column("pool", _("Pool"), lambda fallback: fallback.pool, ("pool__name",)),
            Column("state", _("State"), state_chip, ("state",)),
        ),
        filters=(
            choice_filter("kind", _("Kind"), FallbackKind),
            choice_filter("state", _("State"), FallbackState),
            unit_filter("requirement__node__unit"),
            site_filter("requirement__node__site"),
            Filter("pool", _("Pool"), _pool_options, _in_pool),
            TAG,
            OWN,
        ),
        search=("name", "key", "requirement__node__name", "provider__name"),
        order=("requirement__node__name", "position"),
        prepare=_prepare_fallbacks,
    ),
    tell=tell_fallback,
    related=("requirement__node", "provider", "pool"),
    making=Making(FALLBACK, None, edit_fallback),
    steps=(
        Step(
            "retire",
            _("Retire this fallback"),
            _("Retire it"),
            "strategy.edit",
            until_form(_("First day without it")),
            _retire,
            ends=True,
            says=_("It serves no more from this day; one that was never ready is only marked as retired."),
        ),
    ),
    empty=_("There is no fallback yet that you may see. Add one on the page of what it stands in for."),
)
