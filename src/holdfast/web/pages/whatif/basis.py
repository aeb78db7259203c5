"""The basis of a figure: measured, stated or assumed, with its mark, its word and its reason."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy, pgettext_lazy

from .example import Record

MARKS = {"measured": "●", "stated": "◐", "assumed": "○"}
WORDS = {
    "measured": pgettext_lazy("basis of a figure", "measured"),
    "stated": pgettext_lazy("basis of a figure", "stated"),
    "assumed": pgettext_lazy("basis of a figure", "assumed"),
}
MEANINGS = {
    "measured": gettext_lazy("measured: seen in an exercise or in operation"),
    "stated": gettext_lazy("stated: given by the source named"),
    "assumed": gettext_lazy("assumed: nobody has stated it; the reason is given, and can be argued with"),
}


@dataclass(frozen=True)
class Basis:
    """``mark`` and ``word`` of a basis, ``reason`` with its source; ``anchor`` is the figure's place on its page."""

    kind: str
    reason: str = ""
    anchor: str = ""

    @property
    def mark(self) -> str:
        return MARKS[self.kind]

    @property
    def word(self) -> str:
        return str(WORDS[self.kind])

    @property
    def title(self) -> str:
        return f"{self.word}: {self.reason}" if self.reason else self.word


def basis_of(record: Record, figure: str) -> Basis:
    """The basis of one figure of a node: its own, else the node's; nothing said counts as assumed."""
    own = (record.get("figures") or {}).get(figure)
    given = own if isinstance(own, dict) else record
    kind = str(given.get("basis") or record.get("basis") or "assumed")
    reason = given.get("source") or given.get("reason") or (record.get("reason") if given is not record else "") or ""
    return Basis(kind if kind in MARKS else "assumed", str(reason), figure)


def weakest(bases: list[Basis]) -> Basis:
    """What a total of these figures rests on: the weakest of them."""
    order = list(MARKS)
    return max(bases, key=lambda basis: order.index(basis.kind), default=Basis("assumed"))
