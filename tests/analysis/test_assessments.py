"""A site is assessed over four environments, on the organisation's scales; only what was approved counts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from holdfast.analysis.risk.actions import assessments as acts
from holdfast.analysis.risk.actions.hazards import create_threat
from holdfast.analysis.risk.actions.treatments import (
    create_treatment,
    edit_treatment,
    link_finding,
    take_in_finding,
    take_in_outside,
)
from holdfast.analysis.risk.checks import gaps_of
from holdfast.analysis.risk.gates import waits_for
from holdfast.analysis.risk.models import Assessment, Finding, Rating, Risk, Threat
from holdfast.analysis.risk.standing import by_rank, rolled_up, standing
from holdfast.governance.agreement.actions import return_to_draft
from holdfast.governance.gates.actions import let_pass
from holdfast.governance.gates.gates import GATES, GateClosed, standings
from holdfast.governance.settings.default import default_scales
from holdfast.organization import clock
from holdfast.organization.accounts.acts import ACTS, Conflict
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.evidence.fact import assumed
from holdfast.organization.structure.actions.places import edit_site
from tests.cast import TEST, Cast, again, let_begin, user

DAY = date(2008, 10, 1)
LEVELS = {
    "inherent_likelihood": 4,
    "inherent_impact": 4,
    "current_likelihood": 4,
    "current_impact": 3,
    "target_likelihood": 3,
    "target_impact": 2,
    "rationale": "It happened twice in ten years.",
}
ENVIRONMENTS = ("natural", "political", "social", "technological")


@pytest.fixture
def begun(cast: Cast) -> Cast:
    return let_begin(cast)


@pytest.fixture
def threats(cast: Cast) -> dict[str, Threat]:
    return {
        environment: create_threat(
            TEST, key=environment, name=environment.capitalize(), environment=environment, origin="accidental"
        )
        for environment in ENVIRONMENTS
    }


def begin(cast: Cast, site: str = "nairobi", **more: Any) -> Assessment:
    about = {"key": f"of-{site}", "title": f"Of {site}", "site": cast.sites[site], "as_of": DAY, **more}
    return acts.create_assessment(TEST, **about)


def rate(assessment: Assessment, threat: Threat, **levels: Any) -> Rating:
    number = Risk.objects.count()
    return acts.rate_new_risk(
        TEST,
        assessment=assessment,
        key=f"risk-{number}",
        threat=threat,
        title=f"{threat} at {assessment.site}",
        causes=["staff"],
        **{**LEVELS, **levels},
    )


def complete(assessment: Assessment, threats: dict[str, Threat], **levels: Any) -> Assessment:
    for threat in threats.values():
        rate(assessment, threat, **levels)
    consult(assessment)
    return assessment


def consult(assessment: Assessment) -> None:
    acts.record_consultation(TEST, assessment=assessment, who="Security adviser", on=DAY, said="Agreed.")


def approve(assessment: Assessment, by: User, on: date = DAY) -> Assessment:
    acts.submit_assessment(TEST, assessment, version=assessment.version, approver=by)
    return acts.approve_assessment(by, assessment, version=assessment.version, on=on, reason="Sound.")


@pytest.fixture
def head(begun: Cast) -> User:
    """Who approves, where the first step is passed."""
    cast = begun
    return again(user("head", "unit_head", unit=cast.units["secretariat"]))


def wrong(refused: Any) -> list[str]:
    error = refused.value
    return sorted(error.message_dict) if hasattr(error, "error_dict") else error.messages


def test_an_assessment_goes_from_empty_to_approved_and_only_then_counts(
    cast: Cast, threats: dict[str, Threat], head: User
) -> None:
    assessment = begin(cast)
    said = {gap.part for gap in gaps_of(assessment)}
    assert said == {"ratings", "consultations", *ENVIRONMENTS}
    with pytest.raises(ValidationError, match="natural environment"):
        acts.submit_assessment(TEST, assessment, version=1, approver=head)
    rate(assessment, threats["natural"])
    quiet = {"political": "Quiet.", "social": "Quiet.", "technological": "Nothing new."}
    assessment = acts.edit_assessment(TEST, assessment, version=1, **quiet)
    consult(assessment)
    assert gaps_of(assessment) == []
    assert standing(DAY, TEST, default_scales()) == []
    approve(assessment, head)
    (one,) = standing(DAY, TEST, default_scales())
    assert (one.risk.threat.key, one.rating.level("current"), one.change) == ("natural", (4, 3), None)
    assert standing(date(2008, 9, 30), TEST, default_scales()) == []


def test_an_approved_assessment_and_its_parts_cannot_be_changed(
    cast: Cast, threats: dict[str, Threat], head: User
) -> None:
    assessment = approve(complete(begin(cast), threats), head)
    rating = assessment.ratings.first()
    for change in (
        lambda: acts.edit_assessment(TEST, assessment, version=1, scope="Other"),
        lambda: acts.edit_rating(TEST, rating, version=1, current_impact=1),
        lambda: acts.remove_rating(TEST, rating, version=1),
        lambda: rate(assessment, threats["natural"]),
        lambda: consult(assessment),
        lambda: acts.discard_assessment(TEST, assessment, version=1),
    ):
        with pytest.raises(ValidationError, match="was approved on"):
            change()
    with pytest.raises(ValidationError, match="already"):
        begin(cast, key="second")


@pytest.mark.parametrize(
    ("levels", "column", "said"),
    [
        ({"current_likelihood": 6}, "current_likelihood", "from 1 to 5"),
        ({"target_impact": 0}, "target_impact", "from 1 to 5"),
        ({"target_likelihood": 5, "target_impact": 5}, "target_likelihood", "cannot be worse"),
        ({"inherent_likelihood": 1, "inherent_impact": 1}, "inherent_likelihood", "without any measure"),
        ({"rationale": " "}, "rationale", "Say why"),
    ],
)
def test_a_rating_off_the_scale_or_with_a_worse_target_is_refused_and_nothing_is_kept(
    cast: Cast, threats: dict[str, Threat], levels: dict[str, Any], column: str, said: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        rate(begin(cast), threats["natural"], **levels)
    assert column in wrong(refused)
    assert said in str(refused.value.message_dict[column])
    assert (Risk.objects.count(), Rating.objects.count()) == (0, 0)


def test_a_risk_of_another_site_and_one_rated_twice_are_refused(cast: Cast, threats: dict[str, Threat]) -> None:
    here, there = begin(cast), begin(cast, "geneva")
    risk = rate(here, threats["natural"]).risk
    with pytest.raises(ValidationError, match="risk of Nairobi"):
        acts.rate_risk(TEST, assessment=there, risk=risk, **LEVELS)
    with pytest.raises(ValidationError, match="already"):
        acts.rate_risk(TEST, assessment=here, risk=risk, **LEVELS)


def test_the_author_does_not_approve_and_of_two_deciding_at_once_the_second_is_told(
    cast: Cast, threats: dict[str, Threat], head: User
) -> None:
    manager = again(user("manager", "programme_manager"))
    assessment = acts.create_assessment(
        manager, key="a", title="A", site=cast.sites["nairobi"], kind="extra", as_of=DAY
    )
    rate(assessment, threats["natural"])
    consult(assessment)
    with pytest.raises(ValidationError, match="another person"):
        acts.submit_assessment(manager, assessment, version=1, approver=manager)
    acts.submit_assessment(manager, assessment, version=1, approver=head)
    with pytest.raises(NotAllowed):
        acts.approve_assessment(manager, assessment, version=1, on=DAY, reason="Mine.")
    acts.approve_assessment(head, assessment, version=1, on=DAY, reason="Sound.")
    with pytest.raises(Conflict):
        acts.approve_assessment(head, assessment, version=1, on=DAY, reason="Sound.")


def test_what_is_returned_is_changed_and_submitted_again(cast: Cast, threats: dict[str, Threat], head: User) -> None:
    assessment = complete(begin(cast), threats)
    acts.submit_assessment(TEST, assessment, version=1, approver=head)
    return_to_draft(head, assessment.agreement, text="Say more of floods.")
    assessment.refresh_from_db()
    assessment = acts.edit_assessment(TEST, assessment, version=assessment.version, scope="With floods.")
    assessment = approve(assessment, head)
    assert assessment.agreement.is_decided


def test_the_next_version_begins_with_the_ratings_and_tells_what_has_changed(
    cast: Cast, threats: dict[str, Threat], head: User
) -> None:
    first = approve(complete(begin(cast), threats), head)
    second = acts.draft_assessment_version(TEST, first, as_of=date(2009, 10, 1))
    assert second.key == "of-nairobi-2"
    assert second.ratings.count() == 4
    rating = second.ratings.get(risk__threat__key="natural")
    acts.edit_rating(TEST, rating, version=1, current_likelihood=3, current_impact=2)
    consult(second)
    approve(second, head, date(2009, 10, 2))
    stands = {one.risk.threat.key: one for one in standing(date(2010, 1, 1), TEST, default_scales())}
    assert (stands["natural"].change, stands["social"].change) == (-1, 0)
    before = {one.risk.threat.key: one for one in standing(date(2009, 1, 1), TEST, default_scales())}
    assert before["natural"].rating.level("current") == (4, 3), "as it stood then"


def test_an_extra_assessment_fills_a_gap_at_any_time_and_the_rest_stands(
    cast: Cast, threats: dict[str, Threat], head: User
) -> None:
    approve(complete(begin(cast), threats), head)
    extra = begin(cast, key="extra", kind="extra", as_of=date(2009, 2, 1))
    risk = Risk.objects.get(threat__key="social")
    acts.rate_risk(TEST, assessment=extra, risk=risk, **{**LEVELS, "inherent_impact": 5, "current_impact": 5})
    consult(extra)
    approve(extra, head, date(2009, 2, 2))
    stands = standing(date(2009, 3, 1), TEST, default_scales())
    assert len(stands) == 4
    assert (stands[0].risk.threat.key, stands[0].change) == ("social", 2)


def test_the_enterprise_takes_the_worst_of_the_sites(cast: Cast, threats: dict[str, Threat], head: User) -> None:
    approve(complete(begin(cast, "nairobi"), threats), head)
    mild = {"current_likelihood": 2, "current_impact": 2, "target_likelihood": 2, "target_impact": 2}
    approve(complete(begin(cast, "geneva"), threats, **mild), head)
    rolled = rolled_up(standing(DAY, TEST, default_scales()))
    assert {(one.worst.risk.site.key, len(one.standings), one.worst.rank().name) for one in rolled} == {
        ("nairobi", 2, "Medium")
    }
    assert len(rolled) == 4
    geneva = again(user("g", "focal_point", site=cast.sites["geneva"]))
    seen = rolled_up(standing(DAY, geneva, default_scales()))
    assert {one.worst.risk.site.key for one in seen} == {"geneva"}, "of what one may not see nothing is told"


def test_money_for_a_lower_risk_above_a_higher_one_without_is_shown(
    cast: Cast, threats: dict[str, Threat], head: User
) -> None:
    assessment = begin(cast, kind="extra")
    high = rate(assessment, threats["natural"], inherent_impact=5, current_impact=5).risk
    low = rate(assessment, threats["social"], current_likelihood=2, current_impact=2, target_likelihood=2).risk
    consult(assessment)
    approve(assessment, head)
    without = create_treatment(
        TEST, key="t1", risk=high, title="Walls", cost=assumed(100, "USD"), protects=["staff"], due=date(2009, 1, 1)
    )
    funded = create_treatment(
        TEST,
        key="t2",
        risk=low,
        title="Paint",
        cost=assumed(10, "USD"),
        given=assumed(10, "USD"),
        protects=["premises"],
    )
    ranked = by_rank([funded, without], standing(DAY, TEST, default_scales()))
    assert [(one.treatment.key, [other.key for other in one.passed_over]) for one in ranked] == [
        ("t1", []),
        ("t2", ["t1"]),
    ]
    paid = edit_treatment(TEST, without, version=1, given=assumed(100, "USD"))
    ranked = by_rank([funded, paid], standing(DAY, TEST, default_scales()))
    assert not any(one.passed_over for one in ranked)


@pytest.mark.parametrize(
    ("fields", "column"),
    [
        ({"protects": []}, "protects"),
        ({"protects": ["pride"]}, "protects"),
        ({"cost": assumed(5, "dollars")}, "cost"),
        ({"cost": assumed(None, "USD")}, "cost"),
        ({"given": assumed(5, "EUR")}, "given"),
        ({"begins": date(2009, 1, 1), "due": date(2008, 1, 1)}, "due"),
        ({"state": "done"}, "done_on"),
        ({"begins": date(2009, 1, 1), "state": "done", "done_on": date(2008, 1, 1)}, "done_on"),
    ],
)
def test_a_treatment_that_cannot_be_is_refused(
    cast: Cast, threats: dict[str, Threat], fields: dict[str, Any], column: str
) -> None:
    risk = rate(begin(cast), threats["natural"]).risk
    about = {"title": "T", "cost": assumed(5, "USD"), "protects": ["staff"], **fields}
    with pytest.raises(ValidationError) as refused:
        create_treatment(TEST, key="t", risk=risk, **about)
    assert wrong(refused) == [column]


def test_what_others_found_keeps_its_source_and_is_never_overwritten(cast: Cast, threats: dict[str, Threat]) -> None:
    risk = rate(begin(cast), threats["natural"]).risk
    outside = take_in_outside(
        TEST, key="dss", title="Security", made_by="DSS", document="SRA 3", as_of=DAY, site=cast.sites["nairobi"]
    )
    finding = take_in_finding(TEST, outside=outside, number=1, title="Unrest", level="high")
    with pytest.raises(ValidationError, match="never overwritten"):
        take_in_finding(TEST, outside=outside, number=1, title="Other")
    link_finding(TEST, finding, version=1, risk=risk)
    assert (Finding.objects.get().risk, Finding.objects.get().level) == (risk, "high")
    assert not [name for name in ACTS if name.startswith(("outside.", "finding.")) and "edit" in name]


def test_step_two_is_passed_where_the_site_has_an_approved_assessment(
    cast: Cast, threats: dict[str, Threat], head: User
) -> None:
    def lacks(on: date) -> set[str]:
        units = [cast.units[key] for key in ("unon", "unog", "bcmu")]
        found = GATES["risk.assessed"].check(units, on)
        return {unit.key for unit in units if found.get(unit.pk)}

    assert lacks(DAY) == {"unon", "unog", "bcmu"}
    approve(complete(begin(cast, "nairobi"), threats), head)
    extra = complete(begin(cast, "geneva", kind="extra"), threats)
    approve(extra, head)
    assert lacks(DAY) == {"unog", "bcmu"}, "an extra assessment is none of the whole site"
    assert lacks(date(2008, 9, 30)) == {"unon", "unog", "bcmu"}
    (said,) = GATES["risk.assessed"].check([cast.units["unog"]], DAY)[cast.units["unog"].pk]
    assert (said.says, said.address) == (
        "Geneva has no approved risk assessment.",
        "/risk/assessments/?site=geneva",
    )


def test_a_consultation_ahead_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        acts.record_consultation(TEST, assessment=begin(cast), who="A", on=date(2100, 1, 1), said="B")
    assert wrong(refused) == ["on"]


def test_a_unit_is_past_step_2_when_an_assessment_of_its_site_is_approved(
    cast: Cast, threats: dict[str, Threat], head: User
) -> None:
    """Rule 10: the second of the five steps."""
    units = [cast.units[key] for key in ("unon", "unog", "un")]

    def missing() -> list[int]:
        return [len(standing.passages[1].lacks) for standing in standings(units, DAY)]

    assert missing() == [1, 1, 0], "a unit that says no site has nothing to assess"
    assessment = complete(begin(cast), threats)
    assert missing() == [1, 1, 0], "a draft does not count"
    approve(assessment, head)
    assert missing() == [0, 1, 0]


def test_an_assessment_is_written_but_not_submitted_before_the_policy_is_agreed(
    cast: Cast, threats: dict[str, Threat]
) -> None:
    """Rule 10: risk assessment follows once the policy is agreed. Nothing that was written is lost."""
    assessment = complete(begin(cast, unit=cast.units["unon"]), threats)
    assessment = acts.edit_assessment(TEST, assessment, version=1, scope="All premises.")
    assert [lack.address for lack in waits_for(assessment, clock.today())] == ["/governance/policies/"]
    approver = user("approver", "unit_head")
    with pytest.raises(GateClosed) as refused:
        acts.submit_assessment(TEST, assessment, version=2, approver=approver)
    assert refused.value.messages == [
        "Step 2 (risk assessment) is not open for “United Nations Office at Nairobi” yet: No policy is in force "
        "(/governance/policies/). Until this is mended, the programme manager may let the unit pass, with a reason: "
        "/governance/steps/"
    ]
    assert Assessment.objects.get().agreement.is_draft
    let_pass(TEST, cast.units["unon"], step=1, reason="The policy of the office of 2005 holds on.")
    assert waits_for(assessment, clock.today()) == []
    acts.submit_assessment(TEST, assessment, version=2, approver=approver)
    assert Assessment.objects.get().agreement.in_review


def test_the_gate_is_that_of_the_site_where_no_unit_answers_for_the_assessment(
    cast: Cast, threats: dict[str, Threat]
) -> None:
    edit_site(TEST, cast.sites["nairobi"], version=1, unit=cast.units["unon"])
    assessment = complete(begin(cast), threats)
    let_pass(TEST, cast.units["unog"], step=1, reason="Known.")
    with pytest.raises(GateClosed, match="Office at Nairobi"):
        acts.submit_assessment(TEST, assessment, version=1, approver=user("approver"))


def test_an_extra_assessment_a_treatment_and_a_hazard_wait_for_no_policy(
    cast: Cast, threats: dict[str, Threat]
) -> None:
    """Rule 16: it may be made at any time. What is done about a danger is recorded when it is done."""
    extra = complete(begin(cast, kind="extra"), threats)
    acts.submit_assessment(TEST, extra, version=1, approver=user("approver"))
    risk = Risk.objects.first()
    treatment = create_treatment(
        TEST, key="pumps", risk=risk, title="Pumps", cost=assumed(5, "USD"), protects=["premises"]
    )
    assert edit_treatment(TEST, treatment, version=1, state="under_way").state == "under_way"


def test_what_is_in_review_is_decided_also_where_the_gate_has_closed_since(
    cast: Cast, threats: dict[str, Threat]
) -> None:
    override = let_pass(TEST, cast.units["un"], step=1, reason="Known.")
    assessment = complete(begin(cast), threats)
    approver = user("approver")
    acts.submit_assessment(TEST, assessment, version=1, approver=approver)
    override.delete()
    assert waits_for(assessment, clock.today())
    acts.approve_assessment(approver, assessment, version=1, on=DAY, reason="Sound.")
    assert Assessment.objects.get().agreement.is_decided
