"""What is out is reported, changed and ended; each change takes a picture; and what was seen is reckoned with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from holdfast.analysis.scenarios.actions import Strike, save_scenario
from holdfast.crisis.incidents.actions import close_incident, declare_incident, merge_incident, split_incident
from holdfast.crisis.incidents.models import Incident
from holdfast.crisis.picture.actions import (
    change_outage,
    end_outage,
    end_outages,
    observe,
    report_outage,
    take_picture,
    withdraw_observation,
)
from holdfast.crisis.picture.differences import difference
from holdfast.crisis.picture.known import model_on
from holdfast.crisis.picture.models import Observation, Outage, Picture, PicturesAreKept
from holdfast.crisis.picture.questions import (
    actual_recoveries,
    counted,
    newest_picture,
    proposed,
    within_scope,
)
from holdfast.engine.cascade import cascade
from holdfast.engine.scenario import read_scenario
from holdfast.organization import clock
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.scope import NotAllowed
from holdfast.organization.structure.actions.nodes import edit_node
from tests.cast import TEST, Cast, hours, user
from tests.crisis.exercising import started

HOUR = timedelta(hours=1)


def ago(count: float) -> datetime:
    return clock.now() - count * HOUR


def kinds(incident: Incident) -> list[str]:
    return list(incident.log.entries.order_by("number").values_list("kind", flat=True))


def told(picture: Picture, key: str) -> dict:
    return next(one for one in picture.answer["processes"] if one["key"] == key)


def at(said: str) -> datetime:
    return datetime.fromisoformat(said)


def close_to(one: datetime, other: datetime) -> bool:
    return abs(one - other) <= timedelta(seconds=20)


def test_what_is_out_is_reported_and_the_picture_says_what_it_does(cast: Cast, fire: Incident) -> None:
    picture = report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]], since=ago(2), source="Fire marshal")
    outage = Outage.objects.get()
    assert (outage.number, outage.loss, outage.certainty, outage.source) == (1, 1, "sure", "Fire marshal")
    assert picture == newest_picture(fire) and picture.number == 1
    # It works on for the hour that it can do without its offices, and may be down for 24.
    building = told(picture, "building")
    assert close_to(at(building["first_down"]), ago(1)) and close_to(at(building["breach_at"]), ago(1) + 24 * HOUR)
    assert building["functions"] == ["assets"] and told(picture, "assets")["function"]
    assert picture.answer["restore_first"][0]["node"] == "ny-offices"
    assert kinds(fire)[-1] == "outage.reported"
    entry = fire.log.entries.last()
    assert entry.text.startswith("Out: Offices, New York; lost wholly") and entry.body["picture"] == 1


def test_many_at_once_share_their_report_and_are_one_entry_of_the_log(cast: Cast, fire: Incident) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"], cast.nodes["ny-power"]])
    report_outage(TEST, incident=fire, nodes=[cast.nodes["fcsd-staff"]], loss=0.3)
    assert list(Outage.objects.values_list("number", "report")) == [(1, 1), (2, 1), (3, 2)]
    assert kinds(fire).count("outage.reported") == 2


def test_a_whole_site_is_what_stands_there_and_not_its_processes(cast: Cast, fire: Incident) -> None:
    """A process that was hit itself could use none of its strategies: whether it stops is what the picture says."""
    report_outage(TEST, incident=fire, site=cast.sites["new-york"])
    assert set(Outage.objects.values_list("node__key", flat=True)) == {"ny-power", "ny-offices"}
    with pytest.raises(ValidationError, match="Nothing that stands at"):
        report_outage(TEST, incident=fire, site=cast.sites["new-york"])
    report_outage(TEST, incident=fire, site=cast.sites["new-york"], kinds=["people"])
    assert Outage.objects.filter(node__key="fcsd-staff").exists()


def test_one_likely_end_is_the_earliest_and_the_latest_too(cast: Cast, fire: Incident) -> None:
    back = clock.now() + 5 * HOUR
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]], until_likely=back)
    outage = Outage.objects.get()
    assert outage.until_low == outage.until_likely == outage.until_high == back


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"loss": 0}, "loss"),
        ({"loss": 1.2}, "loss"),
        ({"until_likely": ago(3)}, "until_likely"),
        ({"until_high": ago(-3)}, "until_likely"),
        ({"until_low": ago(-9), "until_likely": ago(-5)}, "until_likely"),
        ({"since": ago(24 * 400)}, "since"),
        ({"certainty": "perhaps"}, "certainty"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(cast: Cast, fire: Incident, fields: dict, name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]], **{"since": ago(1), **fields})
    assert name in refused.value.message_dict
    assert not Outage.objects.exists() and not Picture.objects.exists() and "outage.reported" not in kinds(fire)


def test_nothing_is_no_report(fire: Incident) -> None:
    with pytest.raises(ValidationError, match="Say what is out"):
        report_outage(TEST, incident=fire)


def test_a_better_estimate_takes_a_new_picture_that_says_what_changed(cast: Cast, fire: Incident) -> None:
    before = report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]], since=ago(2))
    outage = Outage.objects.get()
    change_outage(TEST, outage, version=outage.version, until_likely=clock.now() + 3 * HOUR)
    after = newest_picture(fire)
    changed = difference(before.answer, after.answer)
    assert {one["key"] for one in changed["no_longer"]} == {"building", "assets"} and not changed["newly_breaching"]
    entry = fire.log.entries.last()
    assert entry.kind == "outage.changed" and entry.body["before"]["until_likely"] is None
    assert entry.body["picture"] == after.number == 2
    assert told(before, "building")["breach_at"], "the picture before stays what it was"


def test_an_edit_that_saw_an_older_version_is_a_conflict(cast: Cast, fire: Incident) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]])
    outage = Outage.objects.get()
    change_outage(TEST, outage, version=1, loss=0.5)
    with pytest.raises(Conflict):
        change_outage(TEST, outage, version=1, loss=0.7)


def test_what_works_again_is_history_and_gives_its_actual_recovery(cast: Cast, fire: Incident) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]], since=ago(6))
    outage = Outage.objects.get()
    end_outage(TEST, outage, version=outage.version, at=ago(2), source="Building manager")
    assert not told(newest_picture(fire), "building")["down_now"]
    (recovery,) = actual_recoveries(fire)
    assert recovery.node == cast.nodes["ny-offices"] and recovery.hours == pytest.approx(4, abs=0.001)
    with pytest.raises(ValidationError, match="over already"):
        end_outage(TEST, outage, version=2)


def test_overlapping_outages_of_one_thing_are_one_recovery(cast: Cast, fire: Incident) -> None:
    for since in (9, 6):
        report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]], since=ago(since), loss=0.5)
    outages = list(Outage.objects.all())
    end_outage(TEST, outages[0], version=1, at=ago(4))
    assert actual_recoveries(fire) == []
    end_outage(TEST, outages[1], version=1, at=ago(1))
    assert [round(one.hours, 2) for one in actual_recoveries(fire)] == [8]


def test_an_end_ahead_or_before_the_beginning_is_refused(cast: Cast, fire: Incident) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]], since=ago(3))
    outage = Outage.objects.get()
    with pytest.raises(ValidationError, match="lies ahead"):
        end_outage(TEST, outage, version=1, at=ago(-2))
    with pytest.raises(ValidationError, match="before it began"):
        end_outage(TEST, outage, version=1, at=ago(4))


def test_what_was_never_out_counts_nowhere(cast: Cast, fire: Incident) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]], since=ago(3))
    end_outage(TEST, Outage.objects.get(), version=1, mistaken=True)
    picture = newest_picture(fire)
    assert picture.answer["out"] == [] and told(picture, "assets")["first_down"] is None
    assert actual_recoveries(fire) == [] and kinds(fire)[-1] == "outage.mistaken"


def test_several_are_ended_with_one_picture(cast: Cast, fire: Incident) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"], cast.nodes["ny-power"]], since=ago(3))
    picture = end_outages(TEST, incident=fire, outages=list(Outage.objects.all()))
    assert picture.number == 2 and not Outage.objects.standing().exists()
    other = declare_incident(TEST, title="Another")
    with pytest.raises(ValidationError, match="of this incident"):
        end_outages(TEST, incident=other, outages=list(Outage.objects.all()))


def test_the_hits_of_a_picture_are_a_scenario_that_the_engine_answers_alike(cast: Cast, fire: Incident) -> None:
    picture = report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]], since=ago(2))
    twin = model_on(clock.today()).twin
    scenario = read_scenario({name: picture.hits[name] for name in ("hits", "horizon")}, twin)
    breach = cascade(twin, scenario).processes["assets"].breach_at
    assert at(told(picture, "assets")["breach_at"]) == at(picture.hits["zero"]) + timedelta(seconds=breach)


def test_a_picture_is_never_changed(cast: Cast, fire: Incident) -> None:
    picture = take_picture(TEST, fire)
    for change in (picture.save, picture.delete, Picture.objects.all().delete):
        with pytest.raises(PicturesAreKept):
            change()
    with pytest.raises(PicturesAreKept):
        Picture.objects.update(answer={})
    assert kinds(fire)[-1] == "picture.taken"


def test_the_same_moment_and_the_same_facts_have_the_same_hash(
    cast: Cast, fire: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now() + HOUR
    monkeypatch.setattr(clock, "now", lambda: now)
    one, other = take_picture(TEST, fire), take_picture(TEST, fire)
    assert (one.input_hash, one.answer) == (other.input_hash, other.answer)
    changed = report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-power"]])
    assert changed.input_hash != one.input_hash


def test_a_change_of_the_organisation_is_in_the_next_picture(cast: Cast, fire: Incident) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]], since=ago(2))
    process = cast.nodes["building"]
    edit_node(TEST, process, version=process.version, mtpd=hours(8))
    building = told(take_picture(TEST, fire), "building")
    assert building["mtpd"] == 8 and close_to(at(building["breach_at"]), ago(1) + 8 * HOUR)


def test_the_outages_of_other_real_incidents_count_and_are_marked(cast: Cast, fire: Incident) -> None:
    cut = declare_incident(TEST, title="Power cut", site=cast.sites["new-york"])
    report_outage(TEST, incident=cut, nodes=[cast.nodes["ny-power"]], since=ago(1))
    picture = report_outage(TEST, incident=fire, nodes=[cast.nodes["geneva-offices"]])
    assert {one["node"]: (one["incident"] or {}).get("key") for one in picture.answer["out"]} == {
        "geneva-offices": None, "ny-power": cut.key,
    }  # fmt: skip
    close_incident(TEST, cut, version=cut.version, reason="Power is back.", anyway=True)
    assert [one["node"] for one in take_picture(TEST, fire).answer["out"]] == ["geneva-offices"]


def test_an_exercise_knows_its_own_outages_alone_and_no_real_incident_knows_them(cast: Cast, fire: Incident) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-power"]])
    drill = started(cast)
    report_outage(TEST, incident=drill, nodes=[cast.nodes["geneva-offices"]])
    assert [one["node"] for one in newest_picture(drill).answer["out"]] == ["geneva-offices"]
    assert [one["node"] for one in take_picture(TEST, fire).answer["out"]] == ["ny-power"]
    part = split_incident(TEST, incident=drill, title="A part of the exercise")
    assert counted(part) == [part, drill]


def test_an_exercise_is_reckoned_by_its_own_clock(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten minutes at a pace of 60 are ten hours of the exercise."""
    began = clock.now()
    monkeypatch.setattr(clock, "now", lambda: began)
    drill = started(cast, pace=60.0, story_starts=datetime(2026, 3, 2, 9, tzinfo=UTC))
    report_outage(TEST, incident=drill, nodes=[cast.nodes["ny-offices"]])
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(minutes=10))
    picture = take_picture(TEST, drill)
    assert picture.at == datetime(2026, 3, 2, 19, tzinfo=UTC)
    assert told(picture, "building")["breach_at"] == datetime(2026, 3, 3, 10, tzinfo=UTC).isoformat()


def test_what_is_merged_goes_on_in_the_other(cast: Cast, fire: Incident) -> None:
    smoke = declare_incident(TEST, title="Smoke", site=cast.sites["unhq"])
    report_outage(TEST, incident=smoke, nodes=[cast.nodes["ny-power"]], since=ago(2))
    merge_incident(TEST, smoke, version=smoke.version, into=fire, reason="One fire.")
    outage = Outage.objects.get()
    assert [one["node"] for one in take_picture(TEST, fire).answer["out"]] == ["ny-power"]
    end_outage(TEST, outage, version=outage.version)
    assert kinds(fire)[-1] == "outage.ended"
    assert [one.node.key for one in actual_recoveries(fire)] == ["ny-power"]


def test_a_closed_incident_takes_no_outage_and_closing_says_what_is_still_out(cast: Cast, fire: Incident) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-power"]])
    fire.refresh_from_db()
    with pytest.raises(ValidationError, match="1 outage has not been ended"):
        close_incident(TEST, fire, version=fire.version, reason="Over.")
    close_incident(TEST, fire, version=fire.version, reason="Over.", anyway=True)
    fire.refresh_from_db()
    for again in (lambda: report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]]),
                  lambda: take_picture(TEST, fire)):  # fmt: skip
        with pytest.raises(ValidationError, match="closed"):
            again()


def test_what_was_seen_to_work_wholly_is_out_no_more(cast: Cast, fire: Incident) -> None:
    report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]], since=ago(5))
    observe(TEST, incident=fire, node=cast.nodes["ny-offices"], level=1, at=ago(1), source="Guard")
    assert Outage.objects.get().ended_at is not None
    assert [round(one.hours, 2) for one in actual_recoveries(fire)] == [4]
    assert fire.log.entries.last().body["ended"] == [f"{fire.key}-1"]


def test_a_process_seen_down_and_working_again_is_an_actual_recovery(cast: Cast, fire: Incident) -> None:
    for level, when in ((0, 5), (0.2, 4), (0.6, 2), (1, 1)):
        observe(TEST, incident=fire, node=cast.nodes["geneva-meetings"], level=level, at=ago(when))
    assert [(one.node.key, round(one.hours, 2)) for one in actual_recoveries(fire)] == [("geneva-meetings", 3)]


def test_what_was_seen_wrongly_is_taken_back(cast: Cast, fire: Incident) -> None:
    picture = observe(TEST, incident=fire, node=cast.nodes["geneva-meetings"], level=0, at=ago(1))
    assert told(picture, "geneva-meetings")["down_now"]
    seen = Observation.objects.get()
    withdraw_observation(TEST, seen, version=seen.version)
    assert newest_picture(fire).answer["observed"] == []
    with pytest.raises(ValidationError, match="lies ahead"):
        observe(TEST, incident=fire, node=cast.nodes["geneva-meetings"], level=0, at=ago(-1))


def test_saved_scenarios_of_its_threat_and_place_are_proposed(cast: Cast) -> None:
    for key, cause, node in (("far", "premises", "geneva-offices"), ("near", "premises", "ny-offices"),
                             ("other", "staff", "fcsd-staff")):  # fmt: skip
        save_scenario(TEST, key=key, name=key, cause=cause, hits=[Strike(cast.nodes[node])])
    fire = declare_incident(TEST, title="Fire", site=cast.sites["unhq"], causes=["premises"])
    assert [one.key for one in proposed(TEST, fire)] == ["near", "far"]


def test_only_who_may_write_into_the_log_reports_what_is_out(cast: Cast, fire: Incident) -> None:
    owner = user("owner", "process_owner", unit=cast.units["dm"])
    with pytest.raises(NotAllowed):
        report_outage(owner, incident=fire, nodes=[cast.nodes["ny-offices"]])
    team = user("team", "crisis_team")
    report_outage(team, incident=fire, nodes=[cast.nodes["ny-offices"]])
    assert newest_picture(fire).taken_by == team


def test_who_sees_one_unit_sees_its_part_of_the_picture_and_the_critical_functions(cast: Cast, fire: Incident) -> None:
    picture = report_outage(TEST, incident=fire, site=cast.sites["new-york"], since=ago(3))
    observe(TEST, incident=fire, node=cast.nodes["geneva-meetings"], level=0)
    picture = newest_picture(fire)
    geneva = user("geneva", "crisis_team", unit=cast.units["unog"])
    seen = within_scope(picture.answer, geneva)
    assert [one["key"] for one in seen["processes"]] == ["assets", "geneva-meetings"] and seen["left_out"] == 1
    assert [step["name"] for step in seen["processes"][0]["chain"][1:]] == ["outside your scope"] * 2
    assert seen["out"] == [] and "ny-offices" not in str(seen) and "Offices, New York" not in str(seen)
    assert within_scope(picture.answer, user("all", "crisis_team")) == picture.answer


def test_nothing_before_makes_everything_new_and_nothing_after_everything_gone(cast: Cast, fire: Incident) -> None:
    empty = take_picture(TEST, fire).answer
    full = report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]], since=ago(2)).answer
    first = difference(None, full)
    assert {one["key"] for one in first["newly_breaching"]} == {"building", "assets"}
    assert [one["node"] for one in first["out"]] == ["ny-offices"]
    back = difference(full, empty)
    assert (
        {one["key"] for one in back["no_longer"]} == {one["key"] for one in back["restored"]} == {"building", "assets"}
    )
    assert [one["node"] for one in back["back"]] == ["ny-offices"]
    assert not difference(full, full)["anything"]


def test_an_earlier_breach_says_by_how_much(cast: Cast, fire: Incident) -> None:
    before = report_outage(TEST, incident=fire, nodes=[cast.nodes["ny-offices"]], since=ago(2))
    outage = Outage.objects.get()
    change_outage(TEST, outage, version=1, since=outage.since - 3 * HOUR)
    changed = difference(before.answer, newest_picture(fire).answer)
    assert [(one["key"], one["hours"]) for one in changed["earlier"]] == [("assets", 3), ("building", 3)]
    assert changed["later"] == changed["newly_breaching"] == []
