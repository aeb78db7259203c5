"""The hazards of a twin: those in force on a date, each footprint with the nodes that it names on that date."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext

from holdfast.analysis.model.figures import Json, add_figure, add_parts
from holdfast.analysis.risk.models import Footprint, Hazard
from holdfast.analysis.risk.reach import Reach
from holdfast.organization.structure.models import Node


def build_hazards(as_of: date, nodes: Iterable[Node]) -> tuple[list[Json], list[Json]]:
    """The hazards by key, as docs/methods/cascade.md has them, and what of them reaches nothing.

    What a footprint selects is written as the nodes that it selects, since a site holds all that is in it. A footprint
    that reaches none of `nodes` is left out, and a hazard that has none left too.
    """
    rows = list(Hazard.objects.as_of(as_of).select_related("threat", "site", "unit").order_by("key"))
    footprints: dict[int, list[Footprint]] = defaultdict(list)
    for footprint in Footprint.objects.select_related("site").order_by("position", "pk"):
        footprints[footprint.hazard_id].append(footprint)
    reach = Reach(nodes)
    found, idle = [], []
    for hazard in rows:
        said = []
        for footprint in footprints[hazard.pk]:
            hit = reach.of(footprint)
            if hit:
                said.append(_footprint(footprint, hit))
            else:
                idle.append(_idle(hazard, footprint))
        if said:
            found.append(_hazard(hazard, said))
    return found, idle


def _hazard(hazard: Hazard, footprints: list[Json]) -> Json:
    figures: Json = {}
    found: Json = {"id": hazard.key, "name": hazard.name, "threat": hazard.threat.key}
    add_parts(
        found,
        site=hazard.site.key if hazard.site else None,
        unit=hazard.unit.key if hazard.unit else None,
        paragraphs=hazard.paragraphs,
        tags=hazard.tags,
    )
    add_figure(found, figures, "rate", hazard.rate)
    # The engine takes one rate; its range is for people to see.
    found["rate"] = hazard.rate.value
    return found | {"figures": figures, "footprints": footprints}


def _footprint(footprint: Footprint, hit: list[Node]) -> Json:
    figures: Json = {}
    found: Json = {"nodes": [node.key for node in hit]}
    for name in ("chance", "loss", "duration"):
        add_figure(found, figures, name, getattr(footprint, name))
    return found | {"shared": footprint.shared, "figures": figures}


def _idle(hazard: Hazard, footprint: Footprint) -> Json:
    said = gettext("Footprint %(number)d of the hazard %(hazard)s reaches nothing that serves on this date.")
    return {
        "hazard": hazard.key,
        "footprint": footprint.position,
        "message": said % {"number": footprint.position + 1, "hazard": hazard.name},
    }
