"""Fault trees as twins: the minimal sets of the twin are the tree's minimal cut sets, and bad files are refused."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.engine.checks import check
from holdfast.engine.minimal_sets import minimal_sets
from holdfast.engine.twin import read_twin
from holdfast.formats.open_psa import MTPD, OpenPsaError, read_open_psa
from tests.commands.test_engine_commands import run

TREES = Path(__file__).parent / "fault_trees"
PAGE = Path(__file__).parents[2] / "docs" / "methods" / "fault-trees.md"
Tree = Any
"""An event's name, True or False for a house event, or (least, [children])."""


def model(*definitions: str) -> bytes:
    return f'<opsa-mef><define-fault-tree name="t">{"".join(definitions)}</define-fault-tree></opsa-mef>'.encode()


def gate(name: str, formula: str) -> str:
    return f'<define-gate name="{name}">{formula}</define-gate>'


def events(*names: str) -> str:
    return "".join(f'<event name="{name}"/>' for name in names)


def sets_of(data: bytes, order: int = 4, duration: float = 1.0, top: str | None = None) -> list[list[str]]:
    tree = read_open_psa(data, top)
    return minimal_sets(read_twin(tree.twin), tree.top, duration, order)


def test_pressure_tank_has_its_five_published_cut_sets() -> None:
    """NUREG-0492: E1 = T + K2 + S·S1 + S·K1 + S·R."""
    data = (TREES / "pressure_tank.xml").read_bytes()
    assert sets_of(data) == [["K2"], ["T"], ["K1", "S"], ["R", "S"], ["S", "S1"]]
    tree = read_open_psa(data)
    assert (tree.top, tree.gates, tree.basic_events) == ("E1", 5, 6)


def test_two_trains_fail_in_four_ways() -> None:
    """The usual example of the format: two trains of a valve and a pump, both must fail."""
    data = model(
        gate("TopEvent", '<and><gate name="TrainOne"/><gate name="TrainTwo"/></and>'),
        gate("TrainOne", f"<or>{events('ValveOne', 'PumpOne')}</or>"),
        gate("TrainTwo", f"<or>{events('ValveTwo', 'PumpTwo')}</or>"),
    )
    assert sets_of(data) == [
        ["PumpOne", "PumpTwo"],
        ["PumpOne", "ValveTwo"],
        ["PumpTwo", "ValveOne"],
        ["ValveOne", "ValveTwo"],
    ]


@pytest.mark.parametrize(("least", "of", "count"), [(1, 4, 4), (2, 3, 3), (2, 5, 10), (3, 5, 10), (4, 4, 1)])
def test_k_of_n_has_as_many_sets_as_there_are_choices(least: int, of: int, count: int) -> None:
    names = [f"e{k}" for k in range(of)]
    found = sets_of(model(gate("top", f'<atleast min="{least}">{events(*names)}</atleast>')), order=5)
    assert len(found) == count
    assert {len(one) for one in found} == {least}


def test_formulas_nest_and_share_events() -> None:
    """2 of (a, b and c, 2 of (a, d, e)): worked by hand. Of the inner three a alone fails one only."""
    inner = f'<atleast min="2">{events("a", "d", "e")}</atleast>'
    data = model(gate("top", f'<atleast min="2">{events("a")}<and>{events("b", "c")}</and>{inner}</atleast>'))
    assert sets_of(data) == [["a", "d"], ["a", "e"], ["a", "b", "c"], ["b", "c", "d", "e"]]


def test_a_house_event_is_no_event_that_can_be_lost() -> None:
    house = '<define-house-event name="h"><constant value="{}"/></define-house-event>'
    both = gate("top", '<and><house-event name="h"/><basic-event name="a"/></and>')
    either = gate("top", '<or><house-event name="h"/><basic-event name="a"/></or>')
    without = gate("top", '<and><not><house-event name="h"/></not><basic-event name="a"/></and>')
    assert sets_of(model(both, house.format("true"))) == [["a"]]
    assert sets_of(model(both, house.format("false"))) == []
    assert sets_of(model(either, house.format("false"))) == [["a"]]
    assert sets_of(model(without, house.format("false"))) == [["a"]]
    with pytest.raises(OpenPsaError, match="always fails"):
        sets_of(model(either, house.format("true")))


def test_names_are_looked_up_from_the_inside_out() -> None:
    """Two components each with a private event of the same name, and a public one outside."""
    part = (
        '<define-component name="{0}" role="private">'
        + gate("g", f"<or>{events('x', 'y')}</or>")
        + "{1}</define-component>"
    )
    own = '<define-basic-event name="x"/>'
    data = model(
        gate("top", '<and><gate name="one.g"/><gate name="two.g"/></and>'),
        part.format("one", own),
        part.format("two", own),
    )
    assert sets_of(data) == [["y"], ["t.one.x", "t.two.x"]]


def test_losses_of_gates_are_no_cut_sets_for_any_duration_up_to_the_mtpd() -> None:
    data = (TREES / "pressure_tank.xml").read_bytes()
    assert sets_of(data, duration=1 / 3_600) == sets_of(data, duration=MTPD) == sets_of(data)


def test_the_twin_is_one_that_the_engine_takes_without_serious_complaint() -> None:
    twin = read_open_psa((TREES / "pressure_tank.xml").read_bytes()).twin
    assert {one.check for one in check(read_twin(json.dumps(twin)))} <= {"check_restart_longer_than_mtpd"}


# Random trees against the plain Boolean meaning of the format.


def fails(tree: Tree, lost: frozenset[str]) -> bool:
    if isinstance(tree, bool):
        return tree
    if isinstance(tree, str):
        return tree in lost
    least, children = tree
    return sum(fails(child, lost) for child in children) >= least


def cut_sets(tree: Tree, names: Iterable[str], order: int) -> list[list[str]]:
    found: list[list[str]] = []
    for size in range(order + 1):
        for lost in itertools.combinations(sorted(names), size):
            if not any(set(one) <= set(lost) for one in found) and fails(tree, frozenset(lost)):
                found.append(list(lost))
    return sorted(found, key=lambda one: (len(one), one))


def names_in(tree: Tree) -> set[str]:
    if isinstance(tree, bool):
        return set()
    return {tree} if isinstance(tree, str) else set().union(*map(names_in, tree[1]))


def written(tree: Tree, as_gate: Callable[[], bool]) -> bytes:
    """The tree as a file; ``as_gate`` says whether a part becomes a gate of its own or stays where it is."""
    gates: list[str] = []

    def formula(part: Tree) -> str:
        if isinstance(part, bool):
            return f'<constant value="{str(part).lower()}"/>'
        if isinstance(part, str):
            return f'<basic-event name="{part}"/>'
        least, children = part
        inner = "".join(formula(child) for child in children)
        if least == 1:
            text = f"<or>{inner}</or>"
        elif least == len(children):
            text = f"<and>{inner}</and>"
        else:
            text = f'<atleast min="{least}">{inner}</atleast>'
        if not as_gate():
            return text
        gates.append(gate(f"G{len(gates)}", text))
        return f'<gate name="G{len(gates) - 1}"/>'

    top = gate("top", formula(tree))
    return model(top, *gates)


def grown(draw: Callable[[int, int], int], depth: int = 3) -> Tree:
    kind = draw(0, 9)
    if depth == 0 or kind < 3:
        return f"e{draw(0, 6)}"
    if kind == 3 and depth < 3:
        return bool(draw(0, 1))
    children = [grown(draw, depth - 1) for _ in range(draw(1, 4))]
    return draw(1, len(children)), children


def agree(tree: Tree, as_gate: Callable[[], bool], order: int = 4) -> bool:
    """Whether file and twin agree with the Boolean tree; a top that always fails must be refused."""
    data = written(tree, as_gate)
    wanted = cut_sets(tree, names_in(tree), order)
    if wanted == [[]]:
        with pytest.raises(OpenPsaError, match="always fails"):
            read_open_psa(data)
        return True
    return sets_of(data, order) == wanted


def test_random_trees_have_the_cut_sets_of_their_boolean_meaning() -> None:
    for seed in range(400):
        dice = random.Random(seed)
        assert agree(grown(dice.randint), lambda dice=dice: dice.random() < 0.5), f"seed {seed}"  # type: ignore[misc]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_random_trees_agree_wherever_hypothesis_looks(data: st.DataObject) -> None:
    tree = grown(lambda low, high: data.draw(st.integers(low, high)))
    assert agree(tree, lambda: data.draw(st.booleans()))


# What is refused, and how.

BILLION_LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><opsa-mef>&b;</opsa-mef>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><opsa-mef>&a;</opsa-mef>'
A = '<basic-event name="a"/>'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (BILLION_LAUGHS, "entities"),
        (OUTSIDE, "entities"),
        (b'<!DOCTYPE opsa-mef SYSTEM "http://127.0.0.1:9/x.dtd"><opsa-mef>&x;</opsa-mef>', "entities"),
        (b"<opsa-mef>" * 300, "nested"),
        (b"not xml", "line 1: is not XML"),
        (b"", "is not XML"),
        (b"<opsa-mef>\n<define-fault-tree>", "is not XML"),
        (b"\xff\xfe\x00", "is not XML"),
        (b'<?xml version="1.0" encoding="nonsense"?><opsa-mef/>', "is not XML"),
        (b"<svg/>", "wanted an Open-PSA model"),
        (model(), "has no gates"),
        (model(gate("top", f"<not>{A}</not>")), "a negation"),
        (model(gate("top", f"<xor>{A}{A}</xor>")), "xor is not taken"),
        (model(gate("top", f"<sum>{A}</sum>")), "wanted a formula"),
        (model(gate("top", "<or></or>")), "wanted something"),
        (model(gate("top", "")), "wanted one formula"),
        (model(gate("top", f"{A}{A}")), "wanted one formula"),
        (model(gate("top", f'<atleast min="3">{A}{A}</atleast>')), "wanted a min from 1 to 2"),
        (model(gate("top", f'<atleast min="x">{A}{A}</atleast>')), "wanted a min"),
        (model(gate("top", f"<atleast>{A}</atleast>")), "wanted a min"),
        (model(gate("top", '<or><gate name="g"/></or>')), "gate “g” is not defined"),
        (model(gate("top", '<or><house-event name="h"/></or>')), "house-event “h” is not defined"),
        (model(gate("top", A), gate("top", A)), "defined twice"),
        (model(gate("top", "<or><basic-event/></or>")), "wanted a name"),
        (model(gate("a", A.replace('"a"', '"b"')), gate("top", f"<or>{A}</or>")), "is a gate, not a basic-event"),
        (model(gate("g", '<gate name="h"/>'), gate("h", '<gate name="g"/>')), "wanted a gate that no other uses"),
        (model(gate("top", '<gate name="g"/>'), gate("g", f'<or><gate name="g"/>{A}</or>')), "uses itself"),
        (model(gate("one", A), gate("two", A)), "choose the top gate: one, two"),
        (model(gate("top", A), "<define-CCF-group name='c'/>"), "define-CCF-group is not taken"),
        (model(gate("top", A), "<define-house-event name='h'><float value='1'/></define-house-event>"), "constant"),
    ],
)
def test_what_is_no_fault_tree_is_refused_with_its_line(data: bytes, said: str) -> None:
    with pytest.raises(OpenPsaError, match=said):
        read_open_psa(data)


def test_a_file_too_large_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.formats.open_psa.MOST_BYTES", 10)
    with pytest.raises(OpenPsaError, match="wanted at most"):
        read_open_psa(model(gate("top", A)))
    monkeypatch.undo()
    monkeypatch.setattr("holdfast.formats.open_psa.MOST_ELEMENTS", 3)
    with pytest.raises(OpenPsaError, match="3 elements"):
        read_open_psa(model(gate("top", f"<or>{A}{A}</or>")))


def test_a_chain_of_ten_thousand_gates_is_read() -> None:
    """No recursion over gates: how deep a tree is hangs on its author."""
    chain = [gate(f"g{k}", f'<gate name="g{k + 1}"/>') for k in range(10_000)]
    tree = read_open_psa(model(*chain, gate("g10000", A)))
    assert (tree.top, tree.gates) == ("g0", 10_001)


# The command and the page.


def test_the_command_writes_the_twin_and_says_what_it_read(tmp_path: Path) -> None:
    out = tmp_path / "tree.json"
    result = run("open-psa", TREES / "pressure_tank.xml", "--out", out)
    assert result.exit_code == 0
    assert "5 gates and 6 basic events under “E1”" in result.stdout
    found = json.loads(run("minimal-sets", out, "--target", "E1", "--duration", "1", "--json").stdout)
    assert found == {"sets": [["K2"], ["T"], ["K1", "S"], ["R", "S"], ["S", "S1"]]}
    result = run("open-psa", TREES / "pressure_tank.xml", "--out", out, "--top", "E4", "--json")
    assert json.loads(result.stdout) == {"top": "E4", "gates": 2, "basic_events": 3}


def test_the_command_refuses_with_file_and_line(tmp_path: Path) -> None:
    bad, out = tmp_path / "bad.xml", tmp_path / "out.json"
    bad.write_bytes(b"<opsa-mef>\n<define-fault-tree/></opsa-mef>")
    result = run("open-psa", bad, "--out", out)
    assert result.exit_code == 2
    assert "bad.xml: line 2: wanted a name in this define-fault-tree" in result.stderr
    assert not out.exists()
    assert run("open-psa", TREES / "pressure_tank.xml", "--out", tmp_path / "no" / "x.json").exit_code == 2


def test_the_example_on_the_page_is_read_as_the_page_says() -> None:
    text = PAGE.read_text(encoding="utf-8")
    tree = text.split("```xml\n")[1].split("```")[0]
    answer = json.loads(text.split("```json answer\n")[1].split("```")[0])
    assert sets_of(tree.encode()) == answer["sets"]
