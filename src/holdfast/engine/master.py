"""The master problem of the best buy: the cheapest set that some cuts allow, by HiGHS (docs/decisions/0062-highspy.md).

    minimise   Σ cost[k] x[k]
    subject to Σ x[k] over any_of + Σ (1 - x[k]) over none_of >= 1   for every cut,   x[k] 0 or 1

highspy is imported when the first problem is set, for nothing but this needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


class Master:
    """A set-covering problem that grows by cuts and is solved anew after each."""

    def __init__(self, cost: Sequence[float]) -> None:
        import highspy as imported

        highspy: Any = imported  # it is typed in part only
        self._highspy = highspy
        self._cost = cost
        # HiGHS's tolerances are absolute: the dearest option costs a thousand of its units.
        self._unit = max(cost, default=0.0) / 1_000 or 1.0
        self._solver: Any = highspy.Highs()
        for name, value in (
            ("output_flag", False),
            ("threads", 1),  # the answer must not hang on the machine
            ("random_seed", 0),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", 0.0),
        ):
            self._solver.setOptionValue(name, value)
        n = len(cost)
        if n:
            self._solver.addVars(n, np.zeros(n), np.ones(n))
            places = np.arange(n, dtype=np.int32)
            self._solver.changeColsCost(n, places, np.array([one / self._unit for one in cost]))
            kind = np.array([highspy.HighsVarType.kInteger] * n)
            self._solver.changeColsIntegrality(n, places, kind)
        self._stop: Callable[[], bool] = lambda: False
        self._none_allowed = False
        self._solver.cbMipInterrupt += self._asked

    def _asked(self, event: Any) -> None:
        if self._stop():
            event.interrupt()

    def add(self, any_of: Sequence[int], none_of: Sequence[int]) -> None:
        """Options are named by their places. A cut of nothing allows no set at all."""
        if not any_of and not none_of:
            self._none_allowed = True
            return
        index = np.array([*any_of, *none_of], np.int32)
        value = np.array([1.0] * len(any_of) + [-1.0] * len(none_of))
        self._solver.addRow(1.0 - len(none_of), self._highspy.kHighsInf, len(index), index, value)

    def solve(self, stop: Callable[[], bool]) -> tuple[int | None, float] | None:
        """(the cheapest set allowed, a lower bound on the cost of every one), or None if none is allowed.

        The set is None where ``stop()``, asked now and then, ended the search before one was known to be cheapest.
        Raises RuntimeError where HiGHS fails.
        """
        if self._none_allowed:
            return None
        if not self._cost:
            return 0, 0.0
        self._stop = stop
        self._solver.run()
        status = self._solver.getModelStatus()
        kinds = self._highspy.HighsModelStatus
        if status == kinds.kInfeasible:
            return None
        info = self._solver.getInfo()
        bound = max(0.0, info.mip_dual_bound * self._unit)
        if status == kinds.kInterrupt:
            return None, bound
        if status != kinds.kOptimal:
            raise RuntimeError(f"HiGHS says {self._solver.modelStatusToString(status)}")
        bits = 0
        for k, value in enumerate(self._solver.getSolution().col_value):
            bits |= (value > 0.5) << k
        return bits, bound
