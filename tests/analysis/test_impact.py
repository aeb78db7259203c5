"""An impact analysis is asked for, filled in, approved; only then do its limits count."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from holdfast.analysis.impact.actions import analyses as acts
from holdfast.analysis.impact.actions import campaigns, dependencies, suppliers
from holdfast.analysis.impact.actions import processes as answers
from holdfast.analysis.impact.checks import gaps_of, scales_of
from holdfast.analysis.impact.limits import BadGrid, Grid, hour_text, level_of, limits_of
from holdfast.analysis.impact.models import Analysis, Campaign, ProcessImpact, Questionnaire, SupplierRecord
from holdfast.analysis.impact.peaks import PeakKind, falls_on, next_day
from holdfast.analysis.impact.telling import follow_campaigns
from holdfast.analysis.impact.tightening import worst_day
from holdfast.analysis.model.twin import build_twin
from holdfast.engine.twin import read_twin
from holdfast.governance.agreement.actions import return_to_draft
from holdfast.governance.gates.actions import let_pass
from holdfast.governance.gates.gates import GATES, GateClosed
from holdfast.governance.gates.models import Override
from holdfast.governance.notices.models import Notice
from holdfast.governance.settings.default import default_scales
from holdfast.organization.accounts.acts import Conflict
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.structure.actions.nodes import create_node
from holdfast.organization.structure.actions.places import edit_unit
from holdfast.organization.structure.actions.requirements import confirm_supply, contest_supply
from holdfast.organization.structure.models import Node, Requirement, Supply
from tests.cast import TEST, Cast, again, user

DAY = date(2008, 10, 1)
DUE = date(2008, 12, 31)
SCALES = default_scales()


def ask(cast: Cast, *units: str, key: str = "campaign", send: bool = True, **more: Any) -> Campaign:
    about: dict[str, Any] = {"title": "Impact analysis", "due": DUE, "as_of": DAY, **more}
    campaign = campaigns.create_campaign(TEST, key=key, units=[cast.units[unit] for unit in units], **about)
    return campaigns.send_campaign(TEST, campaign, version=campaign.version) if send else campaign


def grid(from_hour: float = 24, level: int = 4) -> dict[str, dict[str, float]]:
    """All cells; `level` from `from_hour` on in the first category, 1 before and in all others."""
    found = {one.key: {hour_text(hour): 1.0 for hour in SCALES.hours} for one in SCALES.categories}
    first = SCALES.categories[0].key
    found[first] = {hour_text(hour): float(level if hour >= from_hour else 1) for hour in SCALES.hours}
    return found


def fill(row: ProcessImpact, cast: Cast, **more: Any) -> ProcessImpact:
    said: dict[str, Any] = {
        "critical": True,
        "why": "The building cannot be used without it.",
        "minimum_level": 0.4,
        "minimum_said": "Power, water, lifts.",
        "minimum_agreed_by": cast.posts["chief-fcsd"],
        "minimum_agreed_on": DAY,
        "basis": "assumed",
        **({"impact": grid()} if row.analysis.is_full else {"mtpd": 24.0, "mtpd_reason": "A day at most."}),
        **more,
    }
    return answers.edit_answers(TEST, row, version=row.version, **said)


def the_row(analysis: Analysis, process: str = "building") -> ProcessImpact:
    return ProcessImpact.objects.select_related("analysis__unit", "process").get(
        analysis=analysis, process__key=process
    )


def approve(analysis: Analysis, by: User, on: date = DAY) -> Analysis:
    acts.submit_analysis(TEST, analysis, version=analysis.version, approver=by)
    return acts.approve_analysis(by, analysis, version=analysis.version, on=on, reason="Sound.")


@pytest.fixture
def head(cast: Cast) -> User:
    return again(user("head", "unit_head", unit=cast.units["secretariat"]))


@pytest.fixture(autouse=True)
def assessed(request: pytest.FixtureRequest) -> None:
    """Policy and risks are done with: steps 1 and 2 are passed."""
    if "cast" in request.fixturenames:
        for step in (1, 2):
            let_pass(TEST, request.getfixturevalue("cast").units["un"], step=step, reason="It is known.")


@pytest.fixture
def full(cast: Cast) -> Analysis:
    """The analysis of a unit in the full mode, sent."""
    unit = cast.units["fcsd"]
    cast.units["fcsd"] = edit_unit(TEST, unit, version=unit.version, analysis_mode="full")
    campaign = ask(cast, "fcsd")
    return campaign.analyses.select_related("unit", "campaign", "agreement").get()


@pytest.fixture
def light(cast: Cast) -> Analysis:
    return ask(cast, "fcsd").analyses.select_related("unit", "campaign", "agreement").get()


def wrong(refused: Any) -> list[str]:
    error = refused.value
    return sorted(error.message_dict) if hasattr(error, "error_dict") else error.messages


# From the grid to the limits


def test_the_mtpd_is_the_first_time_at_which_any_category_cannot_be_borne() -> None:
    found = limits_of(Grid.read(grid(from_hour=24), SCALES), SCALES)
    assert found.mtpd == found.derived == 24
    assert found.because is not None
    assert found.because.category == SCALES.categories[0].key
    assert found.rto == found.proposed_rto == max(hour for hour in SCALES.hours if hour < 24)
    assert found.rpo == found.rto


def test_what_can_be_borne_for_as_long_as_is_asked_has_no_limit() -> None:
    found = limits_of(Grid.read(grid(level=3), SCALES), SCALES)
    assert (found.mtpd, found.rto, found.rpo) == (None, None, None)


@given(st.lists(st.integers(0, 5), min_size=len(SCALES.hours), max_size=len(SCALES.hours)), st.data())
def test_objectives_never_lie_beyond_the_mtpd(levels: list[int], data: st.DataObject) -> None:
    cells = {hour_text(hour): float(level) for hour, level in zip(SCALES.hours, sorted(levels), strict=True)}
    category = data.draw(st.sampled_from([one.key for one in SCALES.categories]))
    read = Grid.read({category: cells}, SCALES)
    found = limits_of(read, SCALES)
    assert not read.falls()
    if found.mtpd is None:
        assert max(levels) < SCALES.intolerable
    else:
        assert found.rto is not None and found.rpo is not None
        assert 0 < found.rto < found.mtpd and found.rpo <= found.mtpd
        assert cells[hour_text(found.mtpd)] >= SCALES.intolerable
    for points in read.points().values():
        assert points[0] == [0.0, 0.0]
        assert [value for _h, value in points] == sorted(value for _h, value in points)


def test_a_level_off_the_scale_an_hour_and_a_category_that_are_not_there_are_refused() -> None:
    category = next(one for one in SCALES.categories if not one.counted).key
    for said in ({category: {"24": 9}}, {category: {"25": 1}}, {"weather": {"24": 1}}, {category: {"24": 1.5}}):
        with pytest.raises(BadGrid):
            Grid.read(said, SCALES)


def test_an_amount_reaches_the_level_whose_amount_it_reaches() -> None:
    from msgspec.structs import replace

    money = replace(SCALES.categories[2], unit="USD", amounts=(1e4, 1e5, 1e6, 1e7))
    assert [level_of(money, amount) for amount in (0, 1, 9_999, 1e4, 999_999, 1e6, 5e7)] == [0, 1, 1, 2, 3, 4, 5]


# Peak periods


@pytest.mark.parametrize(
    ("kind", "when", "day", "falls"),
    [
        ("dates", "10-01/10-31", date(2026, 10, 31), True),
        ("dates", "10-01/10-31", date(2026, 11, 1), False),
        ("dates", "12-15/01-15", date(2026, 1, 2), True),
        ("dates", "12-15/01-15", date(2026, 2, 2), False),
        ("dates", "2026-09-15/2026-09-30", date(2027, 9, 20), False),
        ("dates", "2026-09-15/2026-09-30", date(2026, 9, 20), True),
        ("weekdays", "mon, fri", date(2026, 11, 27), True),
        ("weekdays", "mon, fri", date(2026, 11, 26), False),
        ("month_end", "3", date(2028, 2, 27), True),
        ("month_end", "3", date(2028, 2, 26), False),
    ],
)
def test_a_day_is_in_a_peak_or_not(kind: str, when: str, day: date, falls: bool) -> None:
    assert falls_on(kind, when, day) is falls


@pytest.mark.parametrize(
    ("kind", "when"),
    [("dates", "october"), ("dates", "2026-10-31/2026-10-01"), ("weekdays", "someday"), ("month_end", "0"),
     ("month_end", "40"), ("dates", ""), ("never", "3")],
)  # fmt: skip
def test_a_period_that_cannot_be_is_refused(kind: str, when: str) -> None:
    with pytest.raises(ValueError):
        falls_on(kind, when, DAY)


def test_the_next_day_of_a_peak_is_found() -> None:
    assert next_day(PeakKind.DATES, "10-01/10-31", date(2026, 11, 1)) == date(2027, 10, 1)
    assert next_day(PeakKind.DATES, "2020-01-01/2020-01-31", date(2026, 11, 1)) is None


# A campaign


def test_a_unit_finds_what_is_asked_of_it_in_the_inbox_once_it_is_sent(cast: Cast) -> None:
    focal = again(user("focal", "focal_point", unit=cast.units["fcsd"]))
    campaign = ask(cast, "fcsd", send=False)
    today = date(2026, 1, 1)
    assert not Notice.objects.inbox(focal, today)
    campaigns.send_campaign(TEST, campaign, version=campaign.version)
    (notice,) = Notice.objects.inbox(focal, today)
    assert notice.due == DUE
    stranger = again(user("stranger", "focal_point", unit=cast.units["unog"]))
    assert not Notice.objects.inbox(stranger, today)


def test_a_campaign_without_units_cannot_be_sent_and_one_is_sent_once(cast: Cast) -> None:
    campaign = ask(cast, send=False)
    with pytest.raises(ValidationError):
        campaigns.send_campaign(TEST, campaign, version=campaign.version)
    campaigns.add_units(TEST, campaign, version=campaign.version, units=[cast.units["fcsd"]])
    campaign = campaigns.send_campaign(TEST, campaign, version=campaign.version)
    with pytest.raises(ValidationError):
        campaigns.send_campaign(TEST, campaign, version=campaign.version)


def test_processes_of_a_unit_below_that_is_asked_itself_are_not_asked_twice(cast: Cast) -> None:
    campaign = ask(cast, "secretariat", "unog")
    found = {one.unit.key: {row.process.key for row in one.processes.all()} for one in campaign.analyses.all()}
    assert found == {"secretariat": {"building"}, "unog": {"geneva-meetings"}}


def test_a_reminder_reaches_those_who_have_not_submitted(cast: Cast, light: Analysis) -> None:
    campaigns.remind_units(TEST, light.campaign, version=light.campaign.version, text="A week is left.")
    light.refresh_from_db()
    assert light.reminders == 1
    assert Notice.objects.open().get(source=f"impact:{light.key}", kind="impact.fill").words == "A week is left."


def test_a_campaign_with_drafts_is_archived_only_with_a_reason_and_asks_no_more(cast: Cast, light: Analysis) -> None:
    campaign = light.campaign
    with pytest.raises(ValidationError):
        campaigns.archive_campaign(TEST, campaign, version=campaign.version)
    campaign = campaigns.archive_campaign(TEST, campaign, version=campaign.version, reason="The unit was merged.")
    assert not Notice.objects.open().filter(source=f"impact:{light.key}")
    with pytest.raises(ValidationError):
        campaigns.add_units(TEST, campaign, version=campaign.version, units=[cast.units["unog"]])


# Filled in and approved


def test_the_light_mode_asks_for_no_indicator_and_takes_none(cast: Cast, light: Analysis) -> None:
    row = the_row(light)
    assert "impact" not in {gap.field for gap in gaps_of(light)}
    with pytest.raises(ValidationError):
        answers.edit_answers(TEST, row, version=row.version, impact=grid())
    with pytest.raises(ValidationError):
        answers.save_answer(TEST, row, name=f"impact.{SCALES.categories[0].key}.24", value=2, seen=None)
    fill(row, cast)
    assert gaps_of(light) == []


def test_what_is_missing_is_said_process_by_process(cast: Cast, full: Analysis) -> None:
    assert {gap.field for gap in gaps_of(full)} == {"critical", "why", "impact"}
    row = fill(the_row(full), cast, impact={}, minimum_agreed_on=None)
    assert {gap.field for gap in gaps_of(full)} == {"impact", "mtpd", "minimum_agreed_by"}
    with pytest.raises(ValidationError) as refused:
        acts.submit_analysis(TEST, full, version=full.version, post=cast.posts["cdc"])
    assert len(wrong(refused)) == 3
    fill(row, cast, minimum_agreed_on=DAY)
    assert gaps_of(full) == []


def test_an_override_without_its_reason_is_a_gap(cast: Cast, full: Analysis) -> None:
    row = fill(the_row(full), cast, mtpd=12.0)
    assert {gap.field for gap in gaps_of(full)} == {"mtpd_reason"}
    answers.edit_answers(TEST, row, version=row.version, mtpd_reason="The chillers freeze after half a day.")
    assert gaps_of(full) == []


def test_an_rto_beyond_the_mtpd_is_refused_or_a_gap(cast: Cast, full: Analysis) -> None:
    row = the_row(full)
    with pytest.raises(ValidationError) as refused:
        fill(row, cast, mtpd=12.0, rto=24.0)
    assert wrong(refused) == ["rto"]
    fill(the_row(full), cast, rto=72.0, rto_reason="They can wait.")
    assert "rto" in {gap.field for gap in gaps_of(full)}


def test_what_was_approved_becomes_the_limits_and_the_impact_of_the_process(
    cast: Cast, full: Analysis, head: User
) -> None:
    fill(the_row(full), cast)
    node = Node.objects.get(key="building")
    assert node.mtpd.value == 24 and node.impact is None and node.rpo is None
    approve(full, head)
    node.refresh_from_db()
    before = max(hour for hour in SCALES.hours if hour < 24)
    assert (node.mtpd.value, node.rto.value, node.rpo.value, node.minimum_level.value) == (24, before, before, 0.4)
    assert node.mtpd.basis == "assumed" and full.title in node.mtpd.source and node.mtpd.as_of == DAY
    first = SCALES.categories[0].key
    assert node.impact[first][0] == [0, 0] and [24, 4] in node.impact[first]


def test_an_analysis_in_review_stays_as_it_is_and_one_returned_can_be_filled_in_again(
    cast: Cast, full: Analysis, head: User
) -> None:
    row = fill(the_row(full), cast)
    acts.submit_analysis(TEST, full, version=full.version, approver=head)
    with pytest.raises(ValidationError):
        answers.edit_answers(TEST, row, version=row.version, why="Changed.")
    assert not Notice.objects.open().filter(source=f"impact:{full.key}")
    return_to_draft(head, full.agreement, text="Ask the engineers.")
    follow_campaigns(TEST)
    assert Notice.objects.open().filter(source=f"impact:{full.key}")
    answers.edit_answers(TEST, the_row(full), version=the_row(full).version, why="As the engineers say.")


def test_a_requirement_that_changes_in_review_stops_the_approval(cast: Cast, full: Analysis, head: User) -> None:
    fill(the_row(full), cast)
    acts.submit_analysis(TEST, full, version=full.version, approver=head)
    need = cast.requirements["building.people"]
    from holdfast.organization.structure.actions.requirements import edit_requirement

    edit_requirement(TEST, need, version=need.version, needs=15)
    with pytest.raises(ValidationError):
        acts.approve_analysis(head, full, version=full.version, on=DAY, reason="Sound.")


def test_a_stranger_neither_sees_nor_changes_it(cast: Cast, full: Analysis) -> None:
    stranger = again(user("stranger", "focal_point", unit=cast.units["unog"]))
    row = the_row(full)
    with pytest.raises(NotAllowed):
        answers.edit_answers(stranger, row, version=row.version, why="Mine.")


def test_the_next_campaign_begins_with_what_was_approved(cast: Cast, full: Analysis, head: User) -> None:
    row = fill(the_row(full), cast)
    answers.add_peak(
        TEST, of=row, name="General Assembly", kind="dates", when="09-15/12-20", mtpd=4.0, reason="All halls are used."
    )
    approve(full, head)
    following = campaigns.create_campaign(
        TEST, key="next", title="Next", due=date(2009, 12, 31), as_of=DAY, previous=full.campaign
    )
    analysis = following.analyses.select_related("agreement", "unit", "campaign").get()
    assert analysis.agreement.number == 2 and analysis.agreement.previous == full.agreement
    assert the_row(analysis).impact == grid() and the_row(analysis).peaks.get().name == "General Assembly"


def test_a_unit_whose_analysis_is_being_worked_on_is_not_asked_again(cast: Cast, light: Analysis) -> None:
    with pytest.raises(ValidationError):
        ask(cast, "fcsd", key="another")


def test_the_step_is_open_until_the_analysis_is_approved(cast: Cast, full: Analysis, head: User) -> None:
    check = GATES["impact.analysed"].check
    units = [cast.units["fcsd"], cast.units["dpa"]]
    assert set(check(units, DAY)) == {cast.units["fcsd"].pk}
    fill(the_row(full), cast)
    approve(full, head)
    assert check(units, DAY) == {}


def test_it_is_submitted_only_once_the_risks_are_assessed(cast: Cast, full: Analysis, head: User) -> None:
    fill(the_row(full), cast)
    Override.objects.get(step=2).delete()
    with pytest.raises(GateClosed):
        acts.submit_analysis(TEST, full, version=full.version, approver=head)


def test_the_twin_of_a_day_in_a_peak_has_its_limits_and_the_worst_day_is_found(
    cast: Cast, full: Analysis, head: User
) -> None:
    row = fill(the_row(full), cast)
    answers.add_peak(
        TEST, of=row, name="Assembly", kind="dates", when="09-15/12-20", mtpd=6.0, minimum_level=0.8, reason="Full."
    )
    before = {node["id"]: node for node in build_twin(date(2008, 10, 2))["nodes"]}["building"]
    assert (before["mtpd"], "peaks" in before) == (24, False), "a draft counts for nothing"
    approve(full, head)
    on = {node["id"]: node for node in build_twin(date(2008, 10, 2))["nodes"]}["building"]
    off = {node["id"]: node for node in build_twin(date(2009, 3, 1))["nodes"]}["building"]
    assert (on["mtpd"], on["minimum_level"], on["peaks"]) == (6.0, 0.8, ["Assembly"])
    assert (off["mtpd"], off["minimum_level"]) == (24, 0.4)
    read_twin(build_twin(date(2008, 10, 2)))
    found = worst_day(date(2009, 3, 1))
    assert found is not None and (found.day, found.processes) == (date(2009, 9, 15), 1)


# Saved as it is typed


def test_two_people_fill_in_different_fields_at_once_and_lose_none(cast: Cast, full: Analysis) -> None:
    one, other = the_row(full), the_row(full)
    answers.save_answer(TEST, one, name="why", value="Power.", seen="")
    answers.save_answer(TEST, other, name="rationale", value="The engineers say so.", seen="")
    category = SCALES.categories[0].key
    answers.save_answer(TEST, one, name=f"impact.{category}.24", value=3, seen=None)
    answers.save_answer(TEST, other, name=f"impact.{category}.4", value=2, seen=None)
    now = the_row(full)
    assert (now.why, now.rationale, now.impact) == (
        "Power.",
        "The engineers say so.",
        {category: {"24": 3.0, "4": 2.0}},
    )


def test_the_second_of_two_who_change_the_same_field_is_told_what_stands_there(cast: Cast, full: Analysis) -> None:
    one, other = the_row(full), the_row(full)
    answers.save_answer(TEST, one, name="why", value="Power.", seen="")
    with pytest.raises(answers.Overwritten) as refused:
        answers.save_answer(TEST, other, name="why", value="Water.", seen="")
    assert refused.value.now == "Power."
    assert the_row(full).why == "Power."


def test_a_form_that_saw_an_older_version_is_a_conflict(cast: Cast, full: Analysis) -> None:
    row = the_row(full)
    answers.edit_answers(TEST, the_row(full), version=row.version, why="Power.")
    with pytest.raises(Conflict):
        answers.edit_answers(TEST, row, version=row.version, why="Water.")


def test_a_peak_is_tighter_than_what_holds_always(cast: Cast, full: Analysis) -> None:
    row = fill(the_row(full), cast)
    for wider in ({"mtpd": 72.0}, {"rto": 72.0}, {"minimum_level": 0.1}):
        with pytest.raises(ValidationError) as refused:
            answers.add_peak(TEST, of=row, name="Peak", kind="month_end", when="3", reason="Pay day.", **wider)
        assert wrong(refused) == list(wider)


# What it needs


def test_requirements_are_added_many_at_once_and_copied(cast: Cast) -> None:
    building, meetings = cast.nodes["building"], cast.nodes["geneva-meetings"]
    answers.add_requirements(TEST, node=meetings, providers=[cast.nodes["ny-power"], cast.nodes["fcsd-staff"]])
    assert Supply.objects.filter(requirement__node=meetings).count() == 3
    with pytest.raises(ValidationError):
        answers.add_requirements(TEST, node=meetings, providers=[cast.nodes["ny-power"]])
    answers.copy_requirements(TEST, node=meetings, source=building)
    assert {one.name for one in Requirement.objects.filter(node=meetings)} >= {"offices"}
    with pytest.raises(ValidationError):
        answers.copy_requirements(TEST, node=meetings, source=building)


def test_a_dependency_is_confirmed_or_contested_by_the_side_that_is_drawn_on(cast: Cast) -> None:
    supply = Supply.objects.get(requirement__key="building.people")
    with pytest.raises(ValidationError):
        contest_supply(TEST, supply, version=supply.version, reason="Enough.", weight=20)
    contest_supply(TEST, supply, version=supply.version, reason="Half are away.", weight=10)
    supply.refresh_from_db()
    assert (supply.contested_weight, supply.confirmed_on) == (10, None)
    confirm_supply(TEST, supply, version=supply.version)
    supply.refresh_from_db()
    assert supply.contested_on is None and supply.confirmed_on is not None and supply.contested_reason == ""


def test_a_dependency_that_only_the_provider_knows_is_taken_over_or_declined(cast: Cast) -> None:
    power, meetings = cast.nodes["ny-power"], cast.nodes["geneva-meetings"]
    claim = dependencies.claim_dependency(TEST, key="c", provider=power, process=meetings, said="The link to Geneva.")
    with pytest.raises(ValidationError):
        dependencies.claim_dependency(TEST, key="d", provider=power, process=meetings, said="Again.")
    claim = dependencies.take_claim(TEST, claim, version=claim.version)
    supply = Supply.objects.get(requirement__node=meetings, provider=power)
    assert supply.confirmed_on is not None
    with pytest.raises(ValidationError):
        dependencies.decline_claim(TEST, claim, version=claim.version, answer="No.")
    other = dependencies.claim_dependency(
        TEST, key="e", provider=cast.nodes["fcsd-staff"], process=meetings, said="Repairs."
    )
    with pytest.raises(ValidationError):
        dependencies.decline_claim(TEST, other, version=other.version, answer=" ")
    dependencies.decline_claim(TEST, other, version=other.version, answer="Geneva has its own.")
    assert not Notice.objects.open().filter(kind="impact.claim")


# Suppliers


@pytest.fixture
def supplier(cast: Cast) -> Node:
    return create_node(TEST, key="carrier", kind="supplier", name="Carrier", unit=cast.units["fcsd"])


def test_a_supplier_answers_once_by_a_link_and_what_it_says_is_taken_over_by_a_person(supplier: Node) -> None:
    secret = suppliers.new_secret()
    asked = suppliers.send_questionnaire(TEST, key="q", supplier=supplier, secret=secret)
    assert secret not in str(Questionnaire.objects.values().get())
    assert suppliers.by_secret(secret) == asked and suppliers.by_secret("x") is None
    said: dict[str, Any] = {"recovery": 48.0, "has_plan": True, "tested_on": DAY, "tested": 30.0}
    suppliers.answer_questionnaire(suppliers.SUPPLIER, asked, who="Account manager", **said)
    with pytest.raises(ValidationError):
        suppliers.answer_questionnaire(suppliers.SUPPLIER, asked, who="Account manager", **said)
    asked.refresh_from_db()
    suppliers.take_over_answers(TEST, asked, version=asked.version)
    supplier.refresh_from_db()
    record = SupplierRecord.objects.get(supplier=supplier)
    assert (supplier.restart_promised.value, record.has_plan, record.tested_on, record.tested.value) == (
        48, True, DAY, 30,
    )  # fmt: skip


def test_answers_that_cannot_be_are_refused(supplier: Node) -> None:
    asked = suppliers.send_questionnaire(TEST, key="q", supplier=supplier, secret="s")
    bad: dict[str, Any] = {"recovery": -1.0, "tested_on": date(2999, 1, 1), "has_plan": False}
    with pytest.raises(ValidationError) as refused:
        suppliers.answer_questionnaire(suppliers.SUPPLIER, asked, who=" ", **bad)
    assert wrong(refused) == ["has_plan", "recovery", "tested_on", "who"]


def test_a_link_that_is_over_or_withdrawn_takes_no_answer(supplier: Node) -> None:
    asked = suppliers.send_questionnaire(TEST, key="q", supplier=supplier, secret="s")
    suppliers.withdraw_questionnaire(TEST, asked, version=asked.version)
    with pytest.raises(ValidationError):
        suppliers.answer_questionnaire(suppliers.SUPPLIER, asked, who="Account manager")


def test_scales_of_an_analysis_are_those_of_its_version(full: Analysis) -> None:
    assert scales_of(full).version == full.scales
