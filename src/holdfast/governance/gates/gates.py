"""What each step wants, as each room says for its own, and where every unit stands by that.

    @gate("policy.in_force", Step.POLICY, _("A policy is in force"))
    def _in_force(units: Sequence[Unit], on: date) -> Lacks:
        ...                              # for each unit by its id: what is missing; nothing where all is there

A unit is past a step when nothing is missing in it, or when somebody has let it pass with a reason; a step is open when
the unit is past all the steps before. A step that no room asks about yet is never passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext

from holdfast.governance.gates.models import Override, Step
from holdfast.organization.places.models import Unit

PAGE = "/governance/steps/"
"""Where gates are opened with a reason."""


@dataclass(frozen=True)
class Lack:
    """Something that a step still wants, in words, and the path of the page where it is mended."""

    says: str
    address: str = ""

    @property
    def with_address(self) -> str:
        """For where nothing can be clicked on."""
        words = self.says.rstrip(".")
        return f"{words} ({self.address})" if self.address else words


Lacks = Mapping[int, Sequence[Lack]]
Check = Callable[[Sequence[Unit], date], Lacks]


@dataclass(frozen=True)
class Gate:
    """One thing that a step wants of a unit."""

    name: str
    step: Step
    label: str | Promise
    check: Check


GATES: dict[str, Gate] = {}
"""Every gate of the product, by its name."""


def gate(name: str, step: Step, label: str | Promise) -> Callable[[Check], Check]:
    """Adds what a step wants. Raises ValueError where the name is taken."""

    def declare(check: Check) -> Check:
        if name in GATES:
            raise ValueError(f"There is a gate {name} already.")
        GATES[name] = Gate(name, step, label, check)
        return check

    return declare


@dataclass(frozen=True)
class Passage:
    """A unit and a step. `asked`: whether any room asks about it; `open_`: whether the steps before are passed."""

    step: Step
    asked: bool
    open_: bool
    lacks: tuple[Lack, ...] = ()
    override: Override | None = None

    @property
    def passed(self) -> bool:
        return self.asked and (not self.lacks or self.override is not None)

    @property
    def state(self) -> str:
        """`done`, `let_pass`, `under_way` (open, and something is missing), `ahead` (not open yet) or `not_asked`."""
        if not self.asked:
            return "not_asked"
        if not self.lacks:
            return "done"
        if self.override is not None:
            return "let_pass"
        return "under_way" if self.open_ else "ahead"


@dataclass(frozen=True)
class Standing:
    """Where a unit stands in the five steps."""

    unit: Unit
    passages: tuple[Passage, ...] = field(default_factory=tuple)

    @property
    def at(self) -> Passage | None:
        """The first step that it is not past; None where it is past all."""
        return next((passage for passage in self.passages if not passage.passed), None)


class GateClosed(ValidationError):
    """A step cannot begin yet: the message says what is missing."""


def standings(units: Iterable[Unit], on: date) -> list[Standing]:
    """Where these units stand on this day: a fixed number of questions for each gate."""
    rows = list(units)
    lacks: dict[Step, dict[int, list[Lack]]] = {step: {} for step in Step}
    asked = {one.step for one in GATES.values()}
    for one in GATES.values():
        for unit, found in one.check(rows, on).items():
            lacks[one.step].setdefault(unit, []).extend(found)
    overrides = list(Override.objects.as_of(on).select_related("unit", "by").order_by("pk"))
    return [_standing(unit, lacks, asked, overrides) for unit in rows]


def kept_closed(unit: Unit | None, step: Step, on: date) -> list[Lack]:
    """What is missing in the steps before, so that this one is not open; empty where it is. Without a unit, the top of
    the organisation is asked."""
    return _kept_closed(_unit_asked(unit, on), step, on)


def require_open(unit: Unit | None, step: Step, on: date) -> None:
    """For the act with which something of a step is submitted to be agreed: raises GateClosed, with what is missing and
    where it is mended, where a step before is not passed. Drafts, facts and reading are asked nothing."""
    asked = _unit_asked(unit, on)
    missing = _kept_closed(asked, step, on)
    if not missing:
        return
    said = gettext(
        "Step %(n)s (%(step)s) is not open for “%(unit)s” yet: %(missing)s. Until this is mended, the programme "
        "manager may let the unit pass, with a reason: %(page)s"
    )
    about = {"n": step.value, "step": step.label, "unit": asked, "page": PAGE}
    raise GateClosed(said % (about | {"missing": "; ".join(lack.with_address for lack in missing)}))


def _unit_asked(unit: Unit | None, on: date) -> Unit | None:
    return unit if unit is not None else Unit.objects.as_of(on).filter(parent=None).order_by("path").first()


def _kept_closed(unit: Unit | None, step: Step, on: date) -> list[Lack]:
    if unit is None:
        return []
    (standing,) = standings([unit], on)
    before = [passage for passage in standing.passages if passage.step < step and passage.asked and not passage.passed]
    return [lack for passage in before for lack in passage.lacks]


def _standing(
    unit: Unit, lacks: Mapping[Step, Mapping[int, Sequence[Lack]]], asked: set[Step], overrides: Sequence[Override]
) -> Standing:
    passages: list[Passage] = []
    open_ = True
    for step in Step:
        missing = tuple(lacks[step].get(unit.pk, ()))
        # The nearest one, for its reason.
        letting = [one for one in overrides if one.step == step and unit.path.startswith(one.unit.path)]
        override = max(letting, key=lambda one: len(one.unit.path), default=None)
        passage = Passage(step, step in asked, open_, missing, override)
        open_ = open_ and passage.passed
        passages.append(passage)
    return Standing(unit, tuple(passages))
