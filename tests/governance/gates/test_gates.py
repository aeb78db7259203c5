"""The five steps come in order, with gates between them, for each unit."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from holdfast.governance.gates.actions import close_gate, let_pass
from holdfast.governance.gates.gates import GATES, Gate, GateClosed, Lack, require_open, standings
from holdfast.governance.gates.models import Override, Step
from holdfast.governance.policy import actions as policies
from holdfast.governance.policy.models import Policy
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.actions.people import create_person, link_account
from tests.cast import TEST, Cast, user
from tests.governance.agreement.test_agreement import ADOPTED, WORDS


@pytest.fixture(autouse=True)
def two_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Step 1 as it is, and a step 2 that only Geneva has done; what higher rooms ask stays out."""
    for name in [name for name in GATES if not name.startswith("policy.")]:
        monkeypatch.delitem(GATES, name)

    def assessed(units, on: date):
        return {unit.pk: (Lack("No assessment."),) for unit in units if unit.key != "unog"}

    monkeypatch.setitem(GATES, "test.assessed", Gate("test.assessed", Step.RISK, "Assessed", assessed))


def adopted(unit: Unit | None = None, key: str = "bcm") -> Policy:
    policy = policies.create_policy(TEST, key=key, **WORDS, unit=unit)
    approver = user(f"approver-{key}")
    policies.submit_policy(TEST, policy, version=1, approver=approver)
    return policies.adopt_policy(TEST, policy, version=1, on=ADOPTED, reason="Agreed.")


def states(unit: str, days: int = 0) -> list[str]:
    (standing,) = standings([Unit.objects.get(key=unit)], clock.today() + timedelta(days=days))
    return [passage.state for passage in standing.passages]


def staff(unit: Unit, count: int) -> list[User]:
    made = []
    for number in range(count):
        account = user(f"{unit.key}-{number}")
        person = create_person(TEST, key=f"{unit.key}-{number}", name=f"Officer {number}", unit=unit)
        link_account(TEST, person, version=1, user=account)
        made.append(account)
    return made


def test_no_step_opens_before_the_one_before_it(cast: Cast) -> None:
    assert states("unog") == ["under_way", "done", "not_asked", "not_asked", "not_asked"]
    assert states("dm") == ["under_way", "ahead", "not_asked", "not_asked", "not_asked"]
    adopted()
    assert states("unog") == ["done", "done", "not_asked", "not_asked", "not_asked"]
    assert states("dm") == ["done", "under_way", "not_asked", "not_asked", "not_asked"]


def test_a_policy_of_a_unit_holds_for_all_under_it_alone(cast: Cast) -> None:
    adopted(cast.units["dm"])
    assert (states("bcmu")[0], states("dm")[0], states("unog")[0]) == ("done", "done", "under_way")


def test_the_policy_is_acknowledged_by_the_share_that_the_scales_want(cast: Cast) -> None:
    policy = adopted()
    accounts = staff(cast.units["bcmu"], 5)
    assert (states("bcmu")[0], states("dm")[0], states("unog")[0]) == ("under_way", "under_way", "done")
    for account in accounts[:3]:
        policies.acknowledge_policy(account, policy)
    (standing,) = standings([cast.units["bcmu"]], clock.today())
    assert standing.passages[0].lacks[0].says == "3 of 5 accounts have acknowledged the policy; 80 % are wanted."
    policies.acknowledge_policy(accounts[3], policy)
    assert (states("bcmu")[0], states("dm")[0]) == ("done", "done")


def test_a_step_that_is_not_open_is_refused_with_what_is_missing(cast: Cast) -> None:
    today = clock.today()
    require_open(cast.units["dm"], Step.POLICY, today)
    with pytest.raises(GateClosed) as refused:
        require_open(cast.units["dm"], Step.RISK, today)
    assert refused.value.messages == [
        "Step 2 (risk assessment) is not open for “Department of Management” yet: No policy is in force "
        "(/governance/policies/). Until this is mended, the programme manager may let the unit pass, with a reason: "
        "/governance/steps/"
    ]
    with pytest.raises(GateClosed, match="United Nations"):
        require_open(None, Step.RISK, today)
    adopted()
    require_open(cast.units["dm"], Step.RISK, today)
    with pytest.raises(GateClosed, match="No assessment"):
        require_open(cast.units["dm"], Step.IMPACT, today)


def test_the_programme_manager_lets_a_unit_pass_with_a_reason_and_all_under_it(cast: Cast) -> None:
    manager = user("manager", Role.PROGRAMME_MANAGER)
    with pytest.raises(ValidationError, match="Say why"):
        let_pass(manager, cast.units["dm"], step=1, reason=" ")
    override = let_pass(manager, cast.units["dm"], step=1, reason="The old policy holds on.")
    assert (states("dm")[:2], states("bcmu")[:2]) == (["let_pass", "under_way"], ["let_pass", "under_way"])
    assert states("unog")[0] == "under_way"
    (standing,) = standings([cast.units["bcmu"]], clock.today())
    assert (standing.passages[0].override.reason, standing.passages[0].override.by) == (override.reason, manager)
    require_open(cast.units["bcmu"], Step.RISK, clock.today())
    with pytest.raises(ValidationError, match="let pass here already"):
        let_pass(manager, cast.units["dm"], step=1, reason="Again.")
    close_gate(manager, override)
    assert (states("dm")[0], states("dm", days=1)[0]) == ("let_pass", "under_way"), "today's reason holds until tonight"
    assert Override.history.count() == 2


@pytest.mark.parametrize(("step", "days", "said"), [(6, 1, "five steps"), (1, 0, "has passed"), (1, -3, "has passed")])
def test_what_cannot_be_is_refused(cast: Cast, step: int, days: int, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        let_pass(TEST, cast.units["dm"], step=step, reason="Why not.", until=clock.today() + timedelta(days=days))


def test_nobody_else_lets_a_unit_pass(cast: Cast) -> None:
    for role, unit in ((Role.UNIT_HEAD, "dm"), (Role.FOCAL_POINT, "dm"), (Role.PROGRAMME_MANAGER, "unog")):
        with pytest.raises(NotAllowed):
            let_pass(user(f"{role}-{unit}", role, unit=cast.units[unit]), cast.units["dm"], step=1, reason="Mine.")


def test_many_units_take_as_many_questions_as_few(cast: Cast, django_assert_max_num_queries) -> None:
    adopted()
    staff(cast.units["bcmu"], 3)
    with django_assert_max_num_queries(9):
        assert len(standings(Unit.objects.all(), clock.today())) == len(cast.units)
