"""A process has strategies; what they do in the model follows how far they have come."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from holdfast.analysis.model.twin import build_twin
from holdfast.analysis.selection import actions as selections
from holdfast.analysis.selection.gates import critical_processes
from holdfast.analysis.selection.models import Selected, Selection
from holdfast.analysis.strategy import actions
from holdfast.analysis.strategy.actions import Covering
from holdfast.analysis.strategy.models import Covers, Fallback, Strategy
from holdfast.governance.gates.actions import let_pass
from holdfast.governance.gates.gates import GATES, GateClosed
from holdfast.organization import clock
from holdfast.organization.accounts.roles import Role
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.evidence.fact import Fact, assumed
from holdfast.organization.structure.actions.nodes import create_node
from holdfast.organization.structure.actions.requirements import Draw, create_requirement
from holdfast.organization.structure.models import Node, Requirement
from tests.cast import TEST, Cast, user

DAY = date(2009, 1, 1)


def hours(value: float | None) -> Fact:
    return assumed(value, "h", "A guess.")


def dollars(value: float) -> Fact:
    return assumed(value, "USD", "A guess.")


@pytest.fixture
def payroll(cast: Cast) -> Node:
    """A process that can stand still for two days, and takes four hours to start again."""
    return process(cast, "payroll", "New York payroll", "new-york", mtpd=48, restart=4)


def process(cast: Cast, key: str, name: str, site: str, mtpd: float = 48, restart: float = 0, **more: Any) -> Node:
    return create_node(
        TEST,
        key=key,
        kind="process",
        name=name,
        unit=cast.units["dm"],
        site=cast.sites[site],
        mtpd=hours(mtpd),
        restart_promised=hours(restart),
        **{"sort": "payroll", **more},
    )


def propose(cast: Cast, *processes: Node, key: str = "by-hand", **more: Any) -> Strategy:
    about: dict[str, Any] = {
        "name": key.replace("-", " ").capitalize(),
        "kind": "alternate_means",
        "causes": ["systems"],
        "activation": hours(8),
        "cost": dollars(1000),
        **more,
    }
    return actions.create_strategy(
        TEST, key=key, unit=cast.units["dm"], processes=[Covering(one) for one in processes], **about
    )


def need(process: Node) -> Requirement:
    """It works in the building."""
    draw = Draw(Node.objects.get(key="building"), 1.0)
    return create_requirement(TEST, key="place", node=process, name="place", needs=1.0, supply=[draw])


def choice(cast: Cast, process: Node, *strategies: Strategy, key: str = "choice", **more: Any) -> Selection:
    about = {"title": "Payroll when systems fail", "why": "The cheapest that is in time.", **more}
    made = selections.create_selection(TEST, key=key, unit=cast.units["dm"], **about)
    for strategy in strategies:
        selections.choose(TEST, selection=made, process=process, strategy=strategy)
    return made


def pass_steps(cast: Cast) -> None:
    for step in (1, 2, 3):
        let_pass(TEST, cast.units["un"], step=step, reason="For the test.")


def in_twin(key: str) -> bool:
    twin = build_twin(clock.today(), hazards=False)
    every = [f["id"] for n in twin["nodes"] for r in n["requirements"] for f in r.get("fallbacks", ())]
    return key in every


def test_a_strategy_is_an_idea_for_its_processes_against_some_of_the_five_causes(cast: Cast, payroll: Node) -> None:
    strategy = propose(cast, payroll, causes=["systems", "premises"], share=assumed(0.5, "share"))
    assert (strategy.state, strategy.causes) == ("idea", ["systems", "premises"])
    assert [row.process for row in Covers.objects.all()] == [payroll]
    with pytest.raises(ValidationError, match="none of the choices"):
        propose(cast, payroll, key="other", causes=["weather"])


def test_a_transfer_names_the_site_that_runs_the_same_process(cast: Cast, payroll: Node) -> None:
    with pytest.raises(ValidationError, match="Name the site that takes over"):
        propose(cast, payroll, kind="transfer")
    to = {"kind": "transfer", "receiving_site": cast.sites["geneva"]}
    with pytest.raises(ValidationError, match="that takes over from “New York payroll”"):
        propose(cast, payroll, **to)
    transfer = propose(cast, **to)
    here = process(cast, "nairobi-payroll", "Nairobi payroll", "nairobi")
    with pytest.raises(ValidationError, match="is not run at Geneva"):
        actions.cover_process(TEST, strategy=transfer, process=payroll, receiving_process=here)
    unlike = process(cast, "geneva-travel", "Geneva travel", "geneva", sort="travel")
    with pytest.raises(ValidationError, match="not of the same sort"):
        actions.cover_process(TEST, strategy=transfer, process=payroll, receiving_process=unlike)
    same = process(cast, "geneva-payroll", "Geneva payroll", "geneva")
    assert actions.cover_process(TEST, strategy=transfer, process=payroll, receiving_process=same).reason == ""
    other = process(cast, "payroll-2", "Second payroll", "new-york")
    why = "The travel desk has run it in every leave."
    actions.cover_process(TEST, strategy=transfer, process=other, receiving_process=unlike, reason=why)


def test_a_transfer_to_nobody_in_the_organisation_says_to_whom(cast: Cast, payroll: Node) -> None:
    strategy = propose(cast, payroll, kind="transfer", receiver="The second bank")
    assert strategy.covers.get().receiving_process is None
    with pytest.raises(ValidationError, match="Only a transfer has this"):
        propose(cast, payroll, key="other", receiver="The second bank")


def test_what_a_strategy_does_in_the_model_follows_its_state(cast: Cast, payroll: Node) -> None:
    requirement = need(payroll)
    strategy = propose(cast, payroll)
    provider = Node.objects.get(key="geneva-offices")
    fallback = actions.put_in_model(
        TEST, strategy=strategy, key="f", requirement=requirement, provider=provider, weight=assumed(1, "unit")
    )
    assert (fallback.kind, fallback.activation, fallback.state) == ("alternate_means", hours(8), "idea")
    assert not in_twin("f")
    moved = actions.move_strategy(TEST, strategy, version=1, state="in_place")
    assert Fallback.objects.get(key="f").state == "in_place"
    assert in_twin("f")
    with pytest.raises(ValidationError, match="has a reason"):
        actions.move_strategy(TEST, moved, version=moved.version, state="retired")
    moved = Strategy.objects.get()
    actions.move_strategy(TEST, moved, version=moved.version, state="retired", why="The office closes.")
    assert Fallback.objects.get(key="f").state == "retired"
    assert not in_twin("f")
    gone = Strategy.objects.get()
    with pytest.raises(ValidationError, match="is retired"):
        actions.move_strategy(TEST, gone, version=gone.version, state="idea")


def test_a_fallback_is_of_the_kind_of_its_strategy(cast: Cast, payroll: Node) -> None:
    requirement = need(payroll)
    strategy = propose(cast, payroll)
    about = {"requirement": requirement, "provider": Node.objects.get(key="geneva-offices"), "weight": assumed(1, "u")}
    with pytest.raises(ValidationError, match="is of another kind: alternate means"):
        actions.create_fallback(TEST, key="f", kind="telework", strategy=strategy, **about)
    actions.put_in_model(TEST, strategy=strategy, key="f", **about)
    with pytest.raises(ValidationError, match="is of another kind: telework"):
        actions.edit_strategy(TEST, strategy, version=1, kind="telework")


def test_only_what_is_for_the_process_can_be_chosen_for_it(cast: Cast, payroll: Node) -> None:
    elsewhere = propose(cast, process(cast, "travel", "Travel", "geneva"), key="elsewhere")
    with pytest.raises(ValidationError, match="“Elsewhere” is not for “New York payroll”"):
        choice(cast, payroll, elsewhere)


def test_different_strategies_for_different_causes_of_one_process(cast: Cast, payroll: Node) -> None:
    made = choice(cast, payroll, propose(cast, payroll), propose(cast, payroll, key="desk", causes=["premises"]))
    assert made.selected.count() == 2
    with pytest.raises(ValidationError, match="either has a strategy or does without"):
        selections.choose(TEST, selection=made, process=payroll, why="The risk is taken.")


def test_to_do_without_a_strategy_needs_a_reason(cast: Cast, payroll: Node) -> None:
    made = choice(cast, payroll)
    with pytest.raises(ValidationError, match="Say why no strategy is wanted"):
        selections.choose(TEST, selection=made, process=payroll)
    selections.choose(TEST, selection=made, process=payroll, why="The risk is taken until the new system is there.")


def test_a_strategy_that_comes_too_late_is_refused_without_a_reason(cast: Cast, payroll: Node) -> None:
    pass_steps(cast)
    slow = propose(cast, payroll, key="slow", activation=hours(46))
    made = choice(cast, payroll, slow)
    approver = user("head", Role.UNIT_HEAD)
    with pytest.raises(ValidationError) as error:
        selections.submit_selection(TEST, made, version=1, approver=approver)
    said = error.value.message_dict["why_late"]
    assert said[0] == (
        "“Slow” takes 46 h to activate, and “New York payroll” 4 h to restart: 50 h, and it can stand still for 48 h "
        "at most."
    )
    made = selections.edit_selection(TEST, made, version=1, why_late="It is all that there is until June.")
    assert selections.submit_selection(TEST, made, version=made.version, approver=approver).agreement.in_review


def test_what_is_not_known_is_asked_for_before_it_is_submitted(cast: Cast, payroll: Node) -> None:
    pass_steps(cast)
    made = choice(cast, payroll, propose(cast, payroll, activation=hours(None)), why="")
    with pytest.raises(ValidationError) as error:
        selections.submit_selection(TEST, made, version=1, approver=user("head", Role.UNIT_HEAD))
    assert set(error.value.message_dict) == {"why", "selected"}
    assert "Say how long “By hand” takes to activate" in error.value.message_dict["selected"][0]


def test_approval_chooses_the_ideas_and_keeps_what_was_known(cast: Cast, payroll: Node) -> None:
    pass_steps(cast)
    made = choice(cast, payroll, propose(cast, payroll))
    approver = user("head", Role.UNIT_HEAD)
    judged = {made.selected.get().stable_key: {"longest": 12.0}}
    selections.submit_selection(TEST, made, version=1, approver=approver, judged=judged)
    made = Selection.objects.get()
    selections.approve_selection(approver, made, version=made.version, on=clock.today(), reason="Agreed.")
    strategy = Strategy.objects.get()
    assert (strategy.state, strategy.why) == ("chosen", "The cheapest that is in time.")
    known = Selected.objects.get().known
    assert known["strategy"]["activation"]["value"] == 8
    assert known["process"]["mtpd"]["value"] == 48
    assert known["judged"] == {"longest": 12.0}


def test_what_changed_since_it_was_submitted_is_not_approved(cast: Cast, payroll: Node) -> None:
    pass_steps(cast)
    made = choice(cast, payroll, propose(cast, payroll))
    approver = user("head", Role.UNIT_HEAD)
    selections.submit_selection(TEST, made, version=1, approver=approver)
    actions.edit_strategy(TEST, Strategy.objects.get(), version=1, activation=hours(400))
    made = Selection.objects.get()
    with pytest.raises(ValidationError, match="is not what was submitted any more"):
        selections.approve_selection(approver, made, version=made.version, on=clock.today(), reason="Agreed.")


def test_a_choice_waits_for_the_impact_analysis(cast: Cast, payroll: Node) -> None:
    made = choice(cast, payroll, propose(cast, payroll))
    with pytest.raises(GateClosed):
        selections.submit_selection(TEST, made, version=1, approver=user("head", Role.UNIT_HEAD))


def test_step_4_wants_a_choice_for_each_critical_process(cast: Cast, payroll: Node) -> None:
    units = [cast.units[key] for key in ("secretariat", "dm", "dss")]
    before = GATES["strategies.chosen"].check(units, clock.today())
    names = [one.name for one in critical_processes(clock.today())]
    assert payroll.name not in names
    assert set(before) <= {unit.pk for unit in units}


def test_the_next_version_begins_with_what_is_not_retired(cast: Cast, payroll: Node) -> None:
    pass_steps(cast)
    kept, dropped = propose(cast, payroll), propose(cast, payroll, key="dropped")
    made = choice(cast, payroll, kept, dropped)
    approver = user("head", Role.UNIT_HEAD)
    selections.submit_selection(TEST, made, version=1, approver=approver)
    made = Selection.objects.get()
    selections.approve_selection(approver, made, version=made.version, on=clock.today(), reason="Agreed.")
    dropped.refresh_from_db()
    actions.move_strategy(TEST, dropped, version=dropped.version, state="retired", why="Nobody can do it.")
    following = selections.draft_selection_version(TEST, Selection.objects.get())
    assert [row.strategy for row in following.selected.all()] == [kept]


def test_who_may_not_change_strategies_neither_proposes_nor_chooses(cast: Cast, payroll: Node) -> None:
    elsewhere = user("geneva", Role.FOCAL_POINT, unit=cast.units["unog"])
    with pytest.raises(NotAllowed):
        actions.create_strategy(elsewhere, key="s", unit=cast.units["dm"], name="S", kind="telework")
    with pytest.raises(NotAllowed):
        selections.create_selection(elsewhere, key="s", unit=cast.units["dm"], title="S")
