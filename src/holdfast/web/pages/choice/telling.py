"""What a candidate changes, in words: short for a list, whole sentences with links for its page."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from holdfast.analysis.choice.effects import Effects, named_nodes, named_pools, read_effects
from holdfast.analysis.choice.models import Candidate
from holdfast.analysis.risk.models import Hazard
from holdfast.organization.structure.models import Node, Pool, Requirement
from holdfast.web.pages.organization.links import Reach
from holdfast.web.pages.whatif.wording import hours, number, strategy_name


def in_short(effects: Effects) -> str:
    """How many changes of each sort; the names stand on the page."""
    counts = {part: len(effects.get(part, ())) for part in ("fallbacks", "pools", "restart", "tolerance", "rates")}
    said = {
        "fallbacks": ngettext("%(n)d fallback", "%(n)d fallbacks", counts["fallbacks"]),
        "pools": ngettext("%(n)d capacity", "%(n)d capacities", counts["pools"]),
        "restart": ngettext("%(n)d restart", "%(n)d restarts", counts["restart"]),
        "tolerance": ngettext("%(n)d tolerance", "%(n)d tolerances", counts["tolerance"]),
        "rates": ngettext("%(n)d rate of a hazard", "%(n)d rates of hazards", counts["rates"]),
    }
    return ", ".join(text % {"n": counts[part]} for part, text in said.items() if counts[part]) or _("nothing yet")


def in_sentences(candidate: Candidate, user: Any) -> list[SafeString]:
    """A sentence for each change, in a fixed number of queries."""
    option = read_effects(candidate.effects)
    nodes = {node.key: node for node in Node.objects.filter(key__in=named_nodes(option))}
    pools = {pool.key: pool for pool in Pool.objects.filter(key__in=named_pools(option))}
    hazards = {hazard.key: hazard for hazard in Hazard.objects.filter(key__in=option.rates)}
    names: dict[str, list[str]] = defaultdict(list)
    # In the order in which the model counts them.
    for need in Requirement.objects.filter(node__in=nodes.values()).select_related("node").order_by("position", "pk"):
        names[need.node.key].append(need.name or need.key)
    reach = Reach(user, [*nodes.values(), *pools.values(), *hazards.values()])

    def link(rows: dict[str, Any], key: str) -> SafeString | str:
        if (row := rows.get(key)) is None:
            return _("%(key)s (not there)") % {"key": key}
        return reach.link(row) if reach.opens(row) else _("outside your scope")

    def need_of(key: str, place: int) -> str:
        named = names[key][place] if place < len(names[key]) else str(place)
        return named if reach.opens(nodes.get(key)) else _("outside your scope")

    told = []
    for added, said in zip(option.fallbacks, candidate.effects.get("fallbacks", ()), strict=True):
        fallback = added.fallback
        sentence = format_html(
            _("{provider} serves {node} instead ({need}), with a weight of {weight}, {activation}, {endurance}."),
            provider=link(nodes, fallback.node), node=link(nodes, added.node),
            need=need_of(added.node, added.requirement), weight=number(fallback.weight, 3),
            activation=_activation(said["fallback"].get("activation", 0)),
            endurance=_("without end") if fallback.endurance is None
            else _("for %(time)s") % {"time": hours(fallback.endurance)},
        )  # fmt: skip
        if fallback.strategy is not None:
            sentence += format_html(" {}", _("Strategy: %(name)s.") % {"name": strategy_name(fallback.strategy)})
        if fallback.pool is not None:
            sentence += format_html(_(" From the pool {pool}."), pool=link(pools, fallback.pool))
        told.append(sentence)
    for key, capacity in option.pools.items():
        measure = pools[key].measure if key in pools else ""
        amount = f"{number(capacity, 3)} {measure}".strip()
        told.append(format_html(_("{pool} holds {amount}."), pool=link(pools, key), amount=amount))
    for key, time in option.restart.items():
        told.append(format_html(_("{node} is started again within {time}."), node=link(nodes, key), time=hours(time)))
    for given in option.tolerance:
        told.append(
            format_html(
                _("{node} does without what it needs ({need}) for {time}."),
                node=link(nodes, given.node), need=need_of(given.node, given.requirement), time=hours(given.hours),
            )
        )  # fmt: skip
    for key, factor in option.rates.items():
        told.append(
            format_html(
                _("{hazard} comes {factor} times as often."), hazard=link(hazards, key), factor=number(factor, 6)
            )
        )
    return [conditional_escape(sentence) for sentence in told]


def _activation(said: Any) -> str:
    if isinstance(said, dict):
        if "mode" in said:
            parts = {name: hours(said[name]) for name in ("low", "mode", "high")}
            return _("%(mode)s after the shortage began (%(low)s to %(high)s)") % parts
        parts = {name: hours(said[name]) for name in ("median", "p90")}
        return _("%(median)s after the shortage began (nine in ten: at most %(p90)s)") % parts
    return _("%(time)s after the shortage began") % {"time": hours(said)} if said else _("at once")
