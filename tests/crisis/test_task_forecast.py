"""What the facts of the day make of a plan, against a slow way that anybody can follow, on random graphs and days."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from holdfast.crisis.tasks.forecast import Fact, ahead, holding_up, ranges
from holdfast.readiness.plans.graph import Work, durations, schedule, spreads


@st.composite
def works(draw: st.DrawFn) -> list[Work]:
    """Up to eight tasks; each may come after any before it in a hidden order, and stands anywhere in the list."""
    hours = st.integers(0, 8).map(float)
    made = []
    for n in range(draw(st.integers(1, 8))):
        low, likely, high = sorted(draw(st.tuples(hours, hours, hours)))
        after = draw(st.sets(st.integers(0, n - 1))) if n else set()
        made.append(Work(f"T{n}", low, likely, high, tuple(f"T{a}" for a in sorted(after))))
    return draw(st.permutations(made))


@st.composite
def days(draw: st.DrawFn) -> tuple[list[Fact], float]:
    """Tasks with what has become of them by now; people do not always keep to the order of the plan."""
    now = float(draw(st.integers(0, 20)))
    facts = []
    for work in draw(works()):
        state = draw(st.sampled_from(["waiting", "doing", "blocked", "stuck", "done", "told"]))
        begun = float(draw(st.integers(0, int(now))))
        ended = float(draw(st.integers(int(begun), int(now))))
        facts.append(
            {
                "waiting": Fact(work),
                "doing": Fact(work, begun),
                "blocked": Fact(work, None, None, True),
                "stuck": Fact(work, begun, None, True),
                "done": Fact(work, begun, ended),
                "told": Fact(work, None, ended),
            }[state]
        )
    return facts, now


def finish_by_definition(code: str, facts: dict[str, Fact], now: float) -> float:
    """The end of a task as the module says it, by following everything before it."""
    fact = facts[code]
    if fact.finished is not None:
        return fact.finished
    if fact.blocked:
        return inf
    if fact.started is not None:
        return max(fact.started + fact.work.likely, now)
    before = [finish_by_definition(one, facts, now) for one in fact.work.after]
    return max([now, *before]) + fact.work.likely


@given(days())
def test_every_end_is_as_the_definition_has_it(day: tuple[list[Fact], float]) -> None:
    facts, now = day
    by_code = {fact.code: fact for fact in facts}
    slots = ahead(facts, now)
    assert {code: slot.finish for code, slot in slots.items()} == {
        code: finish_by_definition(code, by_code, now) for code in by_code
    }


@given(works())
def test_with_nothing_begun_it_is_the_plan(tasks: list[Work]) -> None:
    facts = [Fact(work) for work in tasks]
    planned, found = schedule(tasks), ahead(facts, 0.0)
    for code, slot in planned.items():
        assert (found[code].start, found[code].finish, found[code].least) == (slot.start, slot.finish, slot.finish)
        assert (found[code].slack, found[code].critical) == (slot.slack, slot.critical)
    wanted = {"all": [work.code for work in tasks]}
    told, drawn = spreads(tasks, wanted)["all"], ranges(facts, 0.0, wanted)["all"]
    assert (drawn.least, drawn.p10, drawn.likely, drawn.p90) == (told.least, told.p10, told.likely, told.p90)


@given(days())
def test_nothing_that_is_not_done_ends_before_now_and_facts_stay(day: tuple[list[Fact], float]) -> None:
    facts, now = day
    slots = ahead(facts, now)
    for fact in facts:
        slot = slots[fact.code]
        if fact.finished is not None:
            assert slot.finish == fact.finished and slot.done and not slot.critical
        else:
            assert slot.finish >= slot.least >= now
        if fact.started is not None:
            assert slot.start == fact.started
        elif fact.finished is None:
            assert slot.start >= now


@given(days(), st.integers(0, 9))
def test_when_time_goes_by_and_nothing_is_done_nothing_ends_earlier(day: tuple[list[Fact], float], more: int) -> None:
    facts, now = day
    before, after = ahead(facts, now), ahead(facts, now + more)
    wanted = {fact.code: [fact.code] for fact in facts}
    drawn, later = ranges(facts, now, wanted, draws=40), ranges(facts, now + more, wanted, draws=40)
    for code in before:
        assert after[code].finish >= before[code].finish
        assert later[code].p90 >= drawn[code].p90


@given(days(), st.data())
def test_what_is_done_later_makes_nothing_end_earlier(day: tuple[list[Fact], float], data: st.DataObject) -> None:
    facts, now = day
    done = [n for n, fact in enumerate(facts) if fact.finished is not None]
    if not done:
        return
    n = data.draw(st.sampled_from(done))
    late = list(facts)
    late[n] = replace(facts[n], finished=now)
    before, after = ahead(facts, now), ahead(late, now)
    assert all(after[code].finish >= before[code].finish for code in before)


@given(days())
def test_a_block_opens_what_waits_for_it_and_nothing_else(day: tuple[list[Fact], float]) -> None:
    facts, now = day
    by_code = {fact.code: fact for fact in facts}
    free = ahead([replace(fact, blocked=False) for fact in facts], now)

    def waits_for_a_block(code: str) -> bool:
        fact = by_code[code]
        if fact.finished is not None:
            return False
        if fact.blocked:
            return True
        return fact.started is None and any(waits_for_a_block(one) for one in fact.work.after)

    for code, slot in ahead(facts, now).items():
        assert slot.open is waits_for_a_block(code)
        assert slot.least == free[code].finish
        if not slot.open:
            assert slot.finish == free[code].finish


@given(days())
def test_ranges_hold_their_ends_and_what_is_done_has_none(day: tuple[list[Fact], float]) -> None:
    facts, now = day
    found = ranges(facts, now, {fact.code: [fact.code] for fact in facts}, draws=60)
    for fact in facts:
        one = found[fact.code]
        assert one.least <= one.p10 <= one.p90
        if fact.finished is not None:
            assert one.least == one.p10 == one.likely == one.p90 == fact.finished


@given(days())
def test_what_holds_the_rest_up_could_go_on_by_itself_or_is_blocked(day: tuple[list[Fact], float]) -> None:
    facts, now = day
    by_code = {fact.code: fact for fact in facts}
    for one in holding_up(facts, now):
        fact = by_code[one.code]
        assert fact.finished is None
        undone = [a for a in fact.work.after if by_code[a].finished is None]
        assert fact.blocked or fact.started is not None or not undone
        assert one.waiting <= sum(1 for other in facts if other.finished is None)


def test_a_task_that_has_gone_on_is_drawn_under_that_condition() -> None:
    """Of 20,000 draws those above 4 h are as the triangle (2, 3, 8) above 4 h: three quarters of them below 6 h."""
    work = Work("t", 2.0, 3.0, 8.0)
    drawn = durations(work, 20_000, 7, beyond=4.0)
    assert drawn.min() >= 4.0
    assert abs((drawn <= 6.0).mean() - (1 - 4 / 16)) < 0.01
    assert np.array_equal(durations(work, 50, 7, beyond=1.0), durations(work, 50, 7)), "it says nothing"
    assert set(durations(work, 5, 7, beyond=9.0)) == {9.0}, "longer than the plan thought possible: any moment now"


def test_the_worked_day_of_the_guide() -> None:
    """docs/guides/plans-under-way.md: T1 is done half an hour late, T2 goes on, three hours after activation."""
    plan = [
        Work("T1", 0.5, 1.0, 2.0),
        Work("T2", 1.0, 2.0, 4.0, ("T1",)),
        Work("T3", 0.25, 0.5, 1.0, ("T1",)),
        Work("T4", 1.0, 1.5, 3.0, ("T2", "T3")),
    ]
    facts = [Fact(plan[0], 0.0, 1.5), Fact(plan[1], 1.5), Fact(plan[2]), Fact(plan[3])]
    slots = ahead(facts, 3.0)
    assert {code: (slot.start, slot.finish, slot.critical) for code, slot in slots.items()} == {
        "T1": (0.0, 1.5, False), "T2": (1.5, 3.5, True), "T3": (3.0, 3.5, True), "T4": (3.5, 5.0, True),
    }  # fmt: skip
    back = ranges(facts, 3.0, {"back": ["T4"]}, limits={"back": [5.0, 8.0]})["back"]
    assert (back.least, back.likely) == (4.25, 5.0)
    assert 4.6 < back.p10 < 5.2 < back.p90 < 7.0
    assert 0.6 < back.late[0] < 0.95 and back.late[1] < 0.02
    held = holding_up([facts[0], replace(facts[1], blocked=True), *facts[2:]], 3.0)
    assert [(one.code, one.waiting, one.blocked) for one in held] == [("T2", 1, True), ("T3", 1, False)]
