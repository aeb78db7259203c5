"""What the pictures of a question share: the question in addresses, the moment that is shown, and the player."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.urls import reverse

from .example import Example
from .map import World
from .moments import Course, Moment
from .question import MOST_HITS, Asked, Question, quantity
from .states import State

MOST_NAMED = 12
MOST_ROWS = 60


Json = dict[str, Any]


class Player:
    """A question at one moment, or at its worst where no moment is chosen."""

    def __init__(
        self, example: Example, question: Question, at: str = "", result: dict[str, Any] | None = None
    ) -> None:
        self.example, self.question = example, question
        self.course = Course(example, question, result)
        time = quantity(at) if at.strip() else None
        self.wrong = bool(at.strip()) and time is None
        self.chosen: int | None = None if time is None else self.course.moment_at(time)
        self.at = at.strip() if self.wrong or time is None else f"{min(time, question.horizon):.10g}"

    @property
    def states(self) -> dict[str, State]:
        return self.course.worst if self.chosen is None else self.course.at(self.chosen)

    @property
    def summary(self) -> str:
        """What is down at the moment chosen."""
        if self.chosen is None:
            return ""
        return self.course.summary(self.course.moments[self.chosen].time, self.states)

    @property
    def data(self) -> str:
        return f"{reverse('moments')}?{self.question.address().urlencode()}"

    @property
    def map_address(self) -> str:
        return f"{reverse('map')}?{self.question.address().urlencode()}"

    @property
    def dependencies_address(self) -> str:
        return f"{reverse('dependencies')}?{self.question.address().urlencode()}"

    @property
    def answer_address(self) -> str:
        return f"{reverse('what-if')}?{self.question.address().urlencode()}"

    @property
    def graph_data(self) -> str:
        return f"{reverse('graph-data')}?{self.question.address().urlencode()}"

    @property
    def count(self) -> int:
        return len(self.course.moments)

    @property
    def before(self) -> str:
        number = self.chosen if self.chosen is not None else 0
        return self._at(number - 1) if number > 0 else ""

    @property
    def after(self) -> str:
        number = self.chosen if self.chosen is not None else -1
        return self._at(number + 1) if number + 1 < self.count else ""

    def _at(self, number: int) -> str:
        query = self.question.address()
        query["at"] = f"{self.course.moments[number].time:.10g}"
        return f"{reverse('map')}?{query.urlencode()}#over-time"

    @property
    def fields(self) -> list[tuple[str, str]]:
        return pairs(self.question.address())

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The table of moments: when, what is down then, and what changed."""
        rows = []
        now = dict.fromkeys(self.example.records, State.HOLDS)
        for number, item in enumerate(self.course.moments[:MOST_ROWS]):
            now.update((change.node, change.state) for change in item.changes)
            rows.append(
                {
                    "url": self._at(number),
                    "text": self.course.summary(item.time, now),
                    "changes": _named(self.example, item),
                    "more": max(len(item.changes) - MOST_NAMED, 0),
                    "on": number == self.chosen,
                }
            )
        return rows

    @property
    def rows_left_out(self) -> int:
        return len(self.course.all_moments) - min(self.count, MOST_ROWS)


def _named(example: Example, item: Moment) -> list[tuple[State, list[str]]]:
    """The first changes of a moment, gathered by state, as names."""
    found: dict[State, list[str]] = {}
    for change in item.changes[:MOST_NAMED]:
        found.setdefault(change.state, []).append(example.name(change.node))
    return list(found.items())


class Pictures:
    """What the map and the dependency map show of a request: its question, if it asks one, and at which moment."""

    def __init__(self, example: Example, asked: Asked, query: QueryDict, address: str) -> None:
        self.example, self.asked, self.query, self.address = example, asked, query, address
        self.player = Player(example, asked.question, query.get("at", "")) if asked.question else None

    @property
    def states(self) -> dict[str, State]:
        return self.player.states if self.player else {}

    @property
    def hits(self) -> set[str]:
        return {hit.node for hit in self.asked.question.hits} if self.asked.question else set()

    @property
    def full(self) -> bool:
        """Whether the question holds as many hits as it may."""
        return len(self.asked.rows) >= MOST_HITS

    @property
    def world(self) -> World:
        player = self.player
        if player is None:
            return World(self.example, address=self.address)
        return World(self.example, player.question, player.course, player.states, self.address)

    @property
    def spelled(self) -> QueryDict:
        """The question hit by hit, so that another can be added; a saved scenario is not named."""
        question = self.asked.question
        return Question(question.hits, question.horizon).address() if question else QueryDict(mutable=True)

    @property
    def fields(self) -> list[tuple[str, str]]:
        return pairs(self.spelled)

    def without(self, node: str) -> str:
        """The page without this hit."""
        question = self.asked.question
        hits = tuple(hit for hit in question.hits if hit.node != node) if question else ()
        query = Question(hits, question.horizon).address().urlencode() if question else ""
        return self.address + (f"?{query}" if query else "")


def pairs(query: QueryDict) -> list[tuple[str, str]]:
    return [(key, value) for key, values in query.lists() for value in values]
