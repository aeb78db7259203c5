"""An answer played over time: at each moment at which something changes, what is in which state from then on.

The same five states as the answer's, at one instant: a process that has been down for longer than its RTO or MTPD at
that instant is shown so, from the instant at which the limit was passed until it is back. What is not a process has
no minimum and no limits: it is lost (level 0), reduced, or whole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from holdfast.engine.cascade import cascade

from .chain import Levels
from .example import Example
from .question import Question
from .states import State, state_of
from .wording import hours, moment, number

# What a browser is sent: a circle that swings without end changes thousands of times.
MOST_CHANGES = 8000
SECOND = 3600


@dataclass(frozen=True)
class Change:
    """``node`` is in ``state`` from the moment on, at ``level`` (0 to 1)."""

    node: str
    state: State
    level: float


@dataclass(frozen=True)
class Moment:
    """``time`` in hours after the start, and everything that changes then, the worst first."""

    time: float
    changes: list[Change]


class Course:
    """What the engine answers to a question, as a course of states; made once per question."""

    def __init__(self, example: Example, question: Question, result: dict[str, Any] | None = None) -> None:
        self.example, self.question = example, question
        self.result = result or cascade(example.twin, question.scenario(example)).as_json()

    @cached_property
    def touched(self) -> list[str]:
        """The nodes that are below their full level at some time, of those that the reader may know."""
        nodes = self.result["nodes"]
        return [node for node in self.example.records if _is_touched(nodes[node]["level"])]

    @cached_property
    def worst(self) -> dict[str, State]:
        """The worst state of every node up to the horizon; for a process it is that of the answer."""
        worst = dict.fromkeys(self.example.records, State.HOLDS)
        for node in self.touched:
            read_off = self.result["nodes"][node]
            if self._is_process(node):
                worst[node] = state_of(read_off)
            else:
                worst[node] = max(_state_of_level(level) for _time, level in read_off["level"])
        return worst

    @cached_property
    def all_moments(self) -> list[Moment]:
        """Every moment from 0 to the horizon at which something changes; the first is always 0."""
        found: dict[int, list[Change]] = defaultdict(list, {0: []})
        for node in self.touched:
            before = State.HOLDS, 1.0
            for second, state, level in self._states(node):
                if (state, level) != before:
                    found[second].append(Change(node, state, level))
                before = state, level
        name = self.example.name
        return [
            Moment(second / SECOND, sorted(changes, key=lambda change: (-change.state, name(change.node))))
            for second, changes in sorted(found.items())
        ]

    @cached_property
    def moments(self) -> list[Moment]:
        """The moments, at most as many as hold MOST_CHANGES changes."""
        kept: list[Moment] = []
        count = 0
        for item in self.all_moments:
            count += len(item.changes)
            if kept and count > MOST_CHANGES:
                break
            kept.append(item)
        return kept

    @property
    def left_out(self) -> int:
        return len(self.all_moments) - len(self.moments)

    def moment_at(self, time: float) -> int:
        """The number of the last moment at or before ``time``."""
        seconds = round(time * SECOND)
        return max(bisect_right(self.moments, seconds, key=lambda item: round(item.time * SECOND)) - 1, 0)

    def at(self, number_of_moment: int) -> dict[str, State]:
        """The state of every node from this moment on."""
        now = dict.fromkeys(self.example.records, State.HOLDS)
        for item in self.moments[: number_of_moment + 1]:
            now.update((change.node, change.state) for change in item.changes)
        return now

    def summary(self, time: float, states: dict[str, State]) -> str:
        """What is down at a time, in one sentence."""
        processes, functions = self.example.processes, self.example.functions
        down = sum(states[node] >= State.STOPS for node in processes)
        text = ngettext(
            "%(when)s: %(down)s of %(all)s process is down",
            "%(when)s: %(down)s of %(all)s processes are down",
            len(processes),
        ) % {"when": _capital(moment(time)), "down": number(down), "all": number(len(processes))}
        if functions:
            stopped = sum(states[node] >= State.STOPS for node in functions)
            text += ngettext(
                ", and %(down)s of %(all)s critical function",
                ", and %(down)s of %(all)s critical functions",
                len(functions),
            ) % {"down": number(stopped), "all": number(len(functions))}
        return text

    @property
    def worst_text(self) -> str:
        """What is shown where no moment is."""
        text = ngettext(
            "The worst of each until %(horizon)s; something changes at %(n)s moment",
            "The worst of each until %(horizon)s; something changes at %(n)s moments",
            len(self.all_moments),
        )
        return text % {"horizon": hours(self.question.horizon), "n": number(len(self.all_moments))}

    def as_json(self, stations: dict[str, list[str]]) -> dict[str, Any]:
        """What the players need. ``stations`` are the nodes of each point of the map.

        ``nodes``: [id, name] of what changes at all; ``worst``: the same for no moment, each at its worst;
        ``moments``: {time, text, changes: [[place in nodes, state,
        level]], stations: [[id, state, words]]}, of the stations those that change.
        """
        names = self.example.name
        place = {node: index for index, node in enumerate(self.touched)}
        now = dict.fromkeys(self.example.records, State.HOLDS)
        shown: dict[str, tuple[State, str]] = {}
        moments = []
        for item in self.moments:
            now.update((change.node, change.state) for change in item.changes)
            told = {station: told_of(self.example, nodes, now) for station, nodes in stations.items()}
            moments.append(
                {
                    "time": item.time,
                    "text": self.summary(item.time, now),
                    "changes": [[place[c.node], int(c.state), c.level] for c in item.changes],
                    "stations": [[key, int(v[0]), v[1]] for key, v in told.items() if shown.get(key) != v],
                }
            )
            shown = told
        worst = {station: told_of(self.example, nodes, self.worst) for station, nodes in stations.items()}
        return {
            "horizon": self.question.horizon,
            "worst": {
                "text": self.worst_text,
                "states": [int(self.worst[node]) for node in self.touched],
                "stations": [[key, int(state), words] for key, (state, words) in worst.items()],
            },
            "words": [state.word for state in State],
            "nodes": [[node, names(node)] for node in self.touched],
            "moments": moments,
            "left_out": self.left_out,
        }

    def _states(self, node: str) -> Iterable[tuple[int, State, float]]:
        """(second, state, level) of a node wherever one of them changes, in order of time."""
        read_off = self.result["nodes"][node]
        horizon = round(self.question.horizon * SECOND)
        levels = [(round(time * SECOND), level) for time, level in read_off["level"]]
        if not self._is_process(node):
            return [(second, _state_of_level(level), level) for second, level in levels if second < horizon]
        record = self.example.records[node]
        outages = [(round(o["start"] * SECOND), round(o["end"] * SECOND), o["open"]) for o in read_off["outages"]]
        limits = [
            (state, round(record[name] * SECOND))
            for state, name in ((State.RTO_MISSED, "rto"), (State.MTPD_BREACHED, "mtpd"))
            if record.get(name) is not None
        ]
        instants = {second for second, _level in levels if second < horizon}
        for start, end, _open in outages:
            # A limit counts as passed only where the outage is longer than it.
            instants.update(start + limit for _state, limit in limits if start + limit < end)
        starts = [start for start, _end, _open in outages]
        times = [second for second, _level in levels]
        states = []
        for second in sorted(instants):
            level = levels[bisect_right(times, second) - 1][1]
            index = bisect_right(starts, second) - 1
            if index >= 0 and (second < outages[index][1] or outages[index][2]):
                length, whole = second - outages[index][0], outages[index][1] - outages[index][0]
                passed = [state for state, limit in limits if limit <= length and limit < whole]
                state = max(passed, default=State.STOPS)
            else:
                state = State.REDUCED if level < 1 else State.HOLDS
            states.append((second, state, level))
        return states

    def _is_process(self, node: str) -> bool:
        return bool(self.example.records[node]["kind"] == "process")


def told_of(example: Example, nodes: list[str], states: dict[str, State]) -> tuple[State, str]:
    """The worst state among the processes of a place, and in words what is so there.

    A place without processes is told by all that stands there.
    """
    processes = [node for node in nodes if example.records[node]["kind"] == "process"]
    counted = Counter(states[node] for node in processes or nodes)
    worst = max(counted, default=State.HOLDS)
    if not counted or worst == State.HOLDS:
        return State.HOLDS, _("nothing touched")
    down = sum(count for state, count in counted.items() if state >= State.STOPS)
    if not processes:
        text = ngettext("%(n)s of %(all)s node lost", "%(n)s of %(all)s nodes lost", len(nodes))
    else:
        text = ngettext("%(n)s of %(all)s process down", "%(n)s of %(all)s processes down", len(processes))
    return worst, text % {"n": number(down), "all": number(len(processes or nodes))}


def _state_of_level(level: float) -> State:
    return State.STOPS if level == 0 else State.REDUCED if level < 1 else State.HOLDS


def _is_touched(levels: Levels) -> bool:
    return any(level < 1 for _time, level in levels)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
