"""How the answer of each kind of question is read for people."""

from __future__ import annotations

from holdfast.analysis.studies.models import Kind

from .best_buy import best_buy
from .feasibility import feasibility
from .recovery import absence, contention, restoration
from .shown import Reader
from .weak_points import minimal_sets, weak_points
from .year import year

READERS: dict[Kind, Reader] = {
    Kind.WEAK_POINTS: weak_points,
    Kind.MINIMAL_SETS: minimal_sets,
    Kind.FEASIBILITY: feasibility,
    Kind.YEAR: year,
    Kind.CONTENTION: contention,
    Kind.ABSENCE: absence,
    Kind.RESTORATION: restoration,
    Kind.BEST_BUY: best_buy,
}
