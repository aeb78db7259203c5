"""The tasks of a plan in time, against a slow way that anybody can follow, on random graphs."""

from __future__ import annotations

import random
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.readiness.plans.graph import Circle, Work, durations, in_order, schedule, spreads


@st.composite
def graphs(draw: st.DrawFn) -> list[Work]:
    """Up to nine tasks; each may come after any before it in a hidden order, and stands anywhere in the list."""
    count = draw(st.integers(1, 9))
    hours = st.integers(0, 8).map(float)
    works = []
    for n in range(count):
        low, likely, high = sorted(draw(st.tuples(hours, hours, hours)))
        after = draw(st.sets(st.integers(0, n - 1))) if n else set()
        works.append(Work(f"T{n}", low, likely, high, tuple(f"T{a}" for a in sorted(after))))
    return draw(st.permutations(works))


def longest_way(works: list[Work], code: str) -> float:
    """The finish of a task by its definition: the longest way of durations that ends with it."""
    work = next(work for work in works if work.code == code)
    return work.likely + max((longest_way(works, before) for before in work.after), default=0.0)


@given(graphs())
def test_a_task_is_done_after_the_longest_way_to_it(works: list[Work]) -> None:
    slots = schedule(works)
    for work in works:
        assert slots[work.code].finish == longest_way(works, work.code)
        assert slots[work.code].start == slots[work.code].finish - work.likely


@given(graphs())
def test_a_task_may_be_late_by_its_slack_and_no_more(works: list[Work]) -> None:
    slots = schedule(works)
    end = max(slot.finish for slot in slots.values())
    for late in works:
        slack = slots[late.code].slack
        for more, grows in ((slack, False), (slack + 1, True)):
            longer = [
                Work(w.code, w.low, w.likely + more, w.high + more, w.after) if w.code == late.code else w
                for w in works
            ]
            assert (max(slot.finish for slot in schedule(longer).values()) > end) is grows


@given(graphs())
def test_the_critical_path_leads_from_activation_to_the_end_without_a_gap(works: list[Work]) -> None:
    slots = schedule(works)
    end = max(slot.finish for slot in slots.values())
    critical = [slot for slot in slots.values() if slot.critical]
    assert any(slot.start == 0 for slot in critical)
    assert any(slot.finish == end for slot in critical)
    assert all(slot.late_finish <= end for slot in slots.values())


@given(graphs(), st.data())
def test_tasks_that_wait_for_each_other_are_told_by_name(works: list[Work], data: st.DataObject) -> None:
    ordered = in_order(works)
    one = data.draw(st.sampled_from(ordered))
    behind = {one.code}
    for work in ordered:
        if behind & set(work.after):
            behind.add(work.code)
    other = data.draw(st.sampled_from([work for work in ordered if work.code in behind]))
    closed = [Work(w.code, w.low, w.likely, w.high, (*w.after, other.code)) if w.code == one.code else w for w in works]
    with pytest.raises(Circle) as circle:
        schedule(closed)
    codes = circle.value.codes
    assert codes[0] == codes[-1]
    waits = {w.code: set(w.after) for w in closed}
    assert all(before in waits[code] for before, code in pairwise(codes))


def test_the_order_of_writing_does_not_matter() -> None:
    works = [Work("a", 1, 2, 3), Work("b", 1, 4, 6, ("a",)), Work("c", 0, 1, 9, ("a", "b"))]
    found = [schedule(order) for order in permutations(works)]
    assert all(one == found[0] for one in found)


@given(graphs(), st.integers(0, 5))
def test_what_is_drawn_lies_between_the_ends(works: list[Work], seed: int) -> None:
    found = spreads(works, {"all": [work.code for work in works]}, draws=50, seed=seed)["all"]
    assert found.least <= found.p10 <= found.p90 <= found.most
    assert found.likely == max(slot.finish for slot in schedule(works).values())


@given(graphs())
def test_another_task_leaves_the_luck_of_the_rest_as_it_was(works: list[Work]) -> None:
    more = [*works, Work("new", 1.0, 2.0, 3.0)]
    wanted = {work.code: [work.code] for work in works}
    assert spreads(works, wanted, draws=40) == spreads(more, wanted, draws=40)


def test_draws_follow_the_triangle() -> None:
    """The distribution function of a triangle at three points, by 20,000 draws: within one in a hundred."""
    drawn = durations(Work("t", 2.0, 3.0, 8.0), 20_000, 7)
    for hours, share in ((3.0, 1 / 6), (4.0, 1 - 16 / 30), (6.0, 1 - 4 / 30)):
        assert abs((drawn <= hours).mean() - share) < 0.01


def test_the_worked_numbers_of_the_methods_page() -> None:
    """docs/methods/task-graph.md."""
    works = [
        Work("T1", 0.5, 1.0, 2.0),
        Work("T2", 1.0, 2.0, 4.0, ("T1",)),
        Work("T3", 0.25, 0.5, 1.0, ("T1",)),
        Work("T4", 1.0, 1.5, 3.0, ("T2", "T3")),
    ]
    slots = schedule(works)
    assert [(slots[c].start, slots[c].finish, slots[c].slack) for c in ("T1", "T2", "T3", "T4")] == [
        (0.0, 1.0, 0.0), (1.0, 3.0, 0.0), (1.0, 1.5, 1.5), (3.0, 4.5, 0.0),
    ]  # fmt: skip
    end = spreads(works, {"end": ["T4"]})["end"]
    assert (end.least, end.likely, end.most) == (2.5, 4.5, 9.0)
    # The way through T1, T2 and T4 has a mean of 5.33 h and a standard deviation of 0.816 h; a normal of these has its
    # tenths at 4.29 and 6.38 h.
    assert (round(end.p10, 2), round(end.p90, 2)) == (4.32, 6.38)


def test_a_thousand_random_graphs_agree_with_the_definition() -> None:
    random_ = random.Random(3)
    for _ in range(1000):
        works: list[Work] = []
        for n in range(random_.randint(1, 12)):
            after = tuple(work.code for work in works if random_.random() < 0.3)
            hours = sorted(random_.randint(0, 20) / 4 for _ in range(3))
            works.append(Work(f"T{n}", *hours, after))
        random_.shuffle(works)
        slots = schedule(works)
        assert {code: slot.finish for code, slot in slots.items()} == {
            w.code: longest_way(works, w.code) for w in works
        }
