"""Vital records: which copies are left when a place is lost, how soon one is had, whether it is new enough; what saved
scenarios take; in which order systems move."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from holdfast.analysis.scenarios.actions import Strike, save_scenario
from holdfast.analysis.scenarios.models import Scenario
from holdfast.exchange.exporting import export, export_workbook
from holdfast.exchange.importing import apply, preview, read
from holdfast.formats.records_json import write_json
from holdfast.organization import clock
from holdfast.organization.accounts.roles import Role
from holdfast.organization.accounts.scope import NotAllowed, visible
from holdfast.organization.structure.actions import nodes, requirements
from holdfast.organization.structure.actions.requirements import Draw
from holdfast.organization.structure.models import Node
from holdfast.readiness.records import actions
from holdfast.readiness.records.losing import Records
from holdfast.readiness.records.models import RecordCopy, VitalRecord
from holdfast.readiness.records.order import moving_order
from holdfast.readiness.records.reach import NEVER, Fate, Found, first_clear
from holdfast.readiness.records.serving import Chains
from tests.cast import TEST, Cast, hours, user


def make(cast: Cast, kind: str, key: str, site: str | None = None, **more: Any) -> Node:
    at = cast.sites[site] if site else None
    return nodes.create_node(TEST, key=key, kind=kind, name=key, unit=cast.units["fcsd"], site=at, **more)


def need(of: Node, provider: Node) -> None:
    key = f"{of.key}.{provider.key}"
    requirements.create_requirement(TEST, key=key, node=of, needs=1.0, supply=[Draw(provider, 1.0)])


def record(cast: Cast, key: str = "files", **more: Any) -> VitalRecord:
    return actions.create_vital_record(TEST, key=key, node=make(cast, "record", f"{key}-node", "unhq"), **more)


def copy(cast: Cast, of: VitalRecord, key: str, site: str | None, within: float | None = 1, **more: Any) -> RecordCopy:
    given = {"medium": "paper", "reached_within": None if within is None else hours(within), **more}
    return actions.add_copy(TEST, key=key, record=of, site=cast.sites[site] if site else None, **given)


def asked(*, day: date | None = None) -> Records:
    on = day or clock.today()
    return Records(list(VitalRecord.objects.with_copies(on).order_by("key")), on, clock.now())


def lose(cast: Cast, site: str) -> Fate:
    return asked().loss(cast.sites[site]).fates[0]


def test_a_record_whose_only_copy_lies_in_the_building_is_lost_with_it_and_with_the_city(cast: Cast) -> None:
    copy(cast, record(cast, rpo=hours(24)), "one", "conference-room-a", original=True)
    assert lose(cast, "unhq").found is Found.LOST
    assert lose(cast, "new-york").found is Found.LOST
    assert lose(cast, "geneva").found is Found.UNTOUCHED
    assert [(loss.site.key, loss.bad) for loss in asked().losses()] == [
        ("new-york", 1), ("unhq", 1), ("conference-room-a", 1),
    ]  # fmt: skip


def test_a_copy_elsewhere_is_had_after_the_time_that_reaching_it_takes(cast: Cast) -> None:
    files = record(cast, rpo=hours(48))
    copy(cast, files, "one", "unhq", original=True)
    copy(cast, files, "two", "geneva", 5, last_copied=clock.now() - timedelta(hours=30))
    found = lose(cast, "unhq")
    assert found.found is Found.HAD
    assert found.best is not None
    assert (found.best.copy.key, found.best.at) == ("two", 5)
    assert found.best.age == pytest.approx(30, abs=0.1)
    assert [left.lost for left in found.copies] == [True, False]


def test_a_copy_that_is_older_than_the_rpo_is_said_to_be_too_old(cast: Cast) -> None:
    files = record(cast, rpo=hours(24))
    copy(cast, files, "one", "unhq", original=True)
    copy(cast, files, "two", "geneva", last_copied=clock.now() - timedelta(hours=30))
    assert lose(cast, "unhq").found is Found.OLD
    actions.record_copying(TEST, files.copies.get(key="two"), version=1, at=clock.now())
    assert lose(cast, "unhq").found is Found.HAD


def test_a_copy_whose_age_nobody_has_said_is_as_old_as_its_plan_allows_and_else_not_known(cast: Cast) -> None:
    files = record(cast, rpo=hours(24))
    copy(cast, files, "one", "unhq", original=True)
    two = copy(cast, files, "two", "geneva")
    assert lose(cast, "unhq").found is Found.UNKNOWN
    actions.edit_copy(TEST, two, version=1, every=168.0)
    assert lose(cast, "unhq").found is Found.OLD
    actions.edit_copy(TEST, two, version=2, every=12.0)
    assert lose(cast, "unhq").found is Found.HAD


def test_without_an_rpo_of_its_own_the_strictest_of_its_processes_counts(cast: Cast) -> None:
    files = record(cast)
    copy(cast, files, "one", "unhq", original=True)
    copy(cast, files, "two", "geneva", every=24.0)
    assert lose(cast, "unhq").found is Found.UNKNOWN
    need(make(cast, "process", "slow", rpo=hours(72)), files.node)
    assert lose(cast, "unhq").found is Found.HAD
    reader = make(cast, "application", "reader")
    need(reader, files.node)
    need(make(cast, "process", "fast", rpo=hours(4)), reader)
    found = lose(cast, "unhq")
    assert found.found is Found.OLD
    assert found.rpo is not None
    assert found.rpo.value == 4


def test_a_copy_that_comes_after_the_shortest_mtpd_comes_too_late(cast: Cast) -> None:
    files = record(cast, rpo=hours(24))
    copy(cast, files, "one", "unhq", original=True)
    copy(cast, files, "two", "geneva", 30, every=12.0)
    need(make(cast, "process", "payments", mtpd=hours(24)), files.node)
    assert lose(cast, "unhq").found is Found.LATE


def test_a_copy_that_is_reached_through_the_lost_place_is_there_and_cannot_be_had(cast: Cast) -> None:
    """A line that itself stands elsewhere, and draws on something in the lost place, counts: the cascade says so."""
    files = record(cast, rpo=hours(24))
    copy(cast, files, "one", "unhq", original=True)
    line = make(cast, "infrastructure", "line", "geneva")
    copy(cast, files, "two", "geneva", every=12.0, through=line)
    assert lose(cast, "unhq").found is Found.HAD
    need(line, make(cast, "infrastructure", "exchange", "unhq"))
    assert lose(cast, "unhq").found is Found.UNREACHED


def test_an_electronic_original_is_reached_through_the_system_that_keeps_it(cast: Cast) -> None:
    system = make(cast, "application", "system", "unhq")
    files = record(cast, rpo=hours(24), system=system)
    copy(cast, files, "one", "geneva", original=True, medium="electronic")
    assert lose(cast, "unhq").found is Found.UNREACHED


def test_a_record_without_any_copy_is_named_as_such(cast: Cast) -> None:
    record(cast)
    assert lose(cast, "unhq").found is Found.UNCOPIED
    assert asked().losses() == []


def test_a_site_that_is_only_planned_is_not_asked_about(cast: Cast) -> None:
    from holdfast.organization.structure.actions.places import edit_site

    copy(cast, record(cast), "one", "geneva", original=True)
    assert [loss.site.key for loss in asked().losses()] == ["geneva"]
    edit_site(TEST, cast.sites["geneva"], version=1, state="proposed")
    assert asked().losses() == []


def test_a_copy_that_has_ended_counts_no_more(cast: Cast) -> None:
    files = record(cast, rpo=hours(24))
    copy(cast, files, "one", "unhq", original=True)
    two = copy(cast, files, "two", "geneva", every=12.0)
    actions.end_copy(TEST, two, version=1, on=clock.today())
    assert lose(cast, "unhq").found is Found.LOST


@pytest.mark.parametrize(
    ("spans", "within", "at"),
    [
        ([], 4.0, 0.0),
        ([(0.0, 8.0)], 1.0, 8.0),
        ([(2.0, 8.0)], 1.0, 0.0),
        ([(2.0, 8.0)], 3.0, 8.0),
        ([(0.0, 3.0), (4.0, 9.0)], 2.0, 9.0),
        ([(0.0, 3.0), (4.0, 9.0)], 1.0, 3.0),
        ([(0.0, 3.0), (2.0, NEVER)], 1.0, NEVER),
        ([(0.0, 9.0), (2.0, 4.0)], 1.0, 9.0),
    ],
)
def test_reaching_takes_a_stretch_of_time_in_which_nothing_stands_in_the_way(
    spans: list[tuple[float, float]], within: float, at: float
) -> None:
    assert first_clear(spans, within) == at


def played(key: str) -> list[tuple[str, str, float | None]]:
    (one,) = asked().played(Scenario.objects.filter(key=key).with_hits())
    assert not one.wrong
    bests = [(struck.fate, struck.fate.best) for struck in one.struck]
    return [(fate.record.key, fate.found.value, best.at if best else None) for fate, best in bests]


def test_a_scenario_closes_a_place_while_all_its_premises_give_nothing(cast: Cast) -> None:
    files = record(cast, rpo=hours(24))
    copy(cast, files, "one", "unhq", 2, original=True)
    one, two = (make(cast, "facility", key, "unhq") for key in ("hall", "wing"))
    for key, hits in (
        ("half", [Strike(one, duration=10)]),
        ("both", [Strike(cast.nodes["ny-offices"]), Strike(one, duration=10), Strike(two, duration=30)]),
    ):
        save_scenario(TEST, key=key, name=key, hits=hits)
    need(make(cast, "process", "payments", mtpd=hours(8)), files.node)
    assert played("half") == []
    assert played("both") == [("files", "late", 12.0)]


def test_the_node_that_has_the_key_of_a_site_stands_for_it(cast: Cast) -> None:
    copy(cast, record(cast, rpo=hours(24)), "one", "conference-room-a", 2, original=True)
    whole = make(cast, "facility", "unhq", "unhq")
    make(cast, "facility", "wing", "unhq")
    save_scenario(TEST, key="closed", name="Closed", hits=[Strike(whole)])
    assert played("closed") == [("files", "lost", None)]


def test_a_scenario_that_hits_the_record_itself_takes_its_originals_and_what_lies_beside_them(cast: Cast) -> None:
    files = record(cast, rpo=hours(24))
    copy(cast, files, "one", "unhq", 1, original=True)
    copy(cast, files, "two", "unhq", 1, every=12.0)
    copy(cast, files, "three", "geneva", 6, every=12.0)
    save_scenario(TEST, key="fire", name="Fire", hits=[Strike(files.node)])
    (one,) = asked().played(Scenario.objects.filter(key="fire").with_hits())
    (struck,) = one.struck
    assert {left.copy.key for left in struck.fate.copies if left.lost} == {"one", "two"}
    assert played("fire") == [("files", "had", 6.0)]


def test_each_scenario_says_how_the_processes_fare_that_need_the_record(cast: Cast) -> None:
    files = record(cast, rpo=hours(24))
    copy(cast, files, "one", "unhq", 1, original=True)
    process = make(cast, "process", "payments", mtpd=hours(8))
    need(process, files.node)
    save_scenario(TEST, key="fire", name="Fire", hits=[Strike(files.node, duration=72)])
    (one,) = asked().played(Scenario.objects.filter(key="fire").with_hits())
    ((node, answer),) = one.struck[0].processes
    assert node == process
    assert answer is not None
    assert (answer.first_down, answer.mtpd_breached, answer.breach_at) == (0, True, 8 * 3600)


def test_a_scenario_that_cannot_be_asked_any_more_says_why(cast: Cast) -> None:
    copy(cast, record(cast), "one", "unhq", original=True)
    gone = make(cast, "facility", "gone", "unhq")
    save_scenario(TEST, key="old", name="Old", hits=[Strike(gone)])
    nodes.close_node(TEST, gone, version=1, on=clock.today())
    (one,) = asked().played(Scenario.objects.with_hits())
    assert "gone" in one.wrong


def test_the_system_whose_processes_serve_the_most_functions_moves_first(cast: Cast) -> None:
    function = [make(cast, "process", f"function-{n}", is_function=True) for n in range(2)]
    systems = {}
    for key, mtpd, serves in (("slow", 72, 1), ("most", 240, 2), ("fast", 4, 1), ("none", 1, 0), ("same", 4, 1)):
        systems[key] = make(cast, "application", key)
        kept = record(cast, f"of-{key}", system=systems[key])
        process = make(cast, "process", f"process-{key}", mtpd=hours(mtpd))
        need(process, kept.node)
        for one in function[:serves]:
            need(one, process)
    record(cast, "on-paper", medium="paper")
    rows = list(VitalRecord.objects.with_copies(clock.today()))
    places = moving_order(rows, Chains(clock.today()))
    assert [(place.rank, place.system.key) for place in places] == [
        (1, "most"), (2, "fast"), (2, "same"), (4, "slow"), (5, "none"),
    ]  # fmt: skip
    assert [node.key for node in places[0].served.functions] == ["function-0", "function-1"]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"original": True, "every": 24.0}, "original"),
        ({"last_copied": clock.now() + timedelta(days=900_000 // 900)}, "last_copied"),
        ({"every": -1.0}, "every"),
        ({"medium": "stone"}, "medium"),
    ],
)
def test_a_copy_that_cannot_be_is_refused_by_name(cast: Cast, fields: dict[str, Any], name: str) -> None:
    with pytest.raises(ValidationError) as error:
        copy(cast, record(cast), "one", "unhq", **fields)
    assert name in error.value.message_dict


def test_only_a_record_of_the_model_is_a_vital_record_and_only_once(cast: Cast) -> None:
    with pytest.raises(ValidationError) as error:
        actions.create_vital_record(TEST, key="people", node=cast.nodes["building"])
    assert "node" in error.value.message_dict
    files = record(cast)
    with pytest.raises(ValidationError) as error:
        actions.create_vital_record(TEST, key="again", node=files.node)
    assert "written down already" in error.value.message_dict["node"][0]
    with pytest.raises(ValidationError):
        copy(cast, files, "one", "unhq", through=cast.nodes["building"])


def test_nothing_is_copied_before_it_was(cast: Cast) -> None:
    files = record(cast)
    two = copy(cast, files, "two", "geneva", last_copied=clock.now() - timedelta(hours=1))
    with pytest.raises(ValidationError):
        actions.record_copying(TEST, two, version=1, at=clock.now() - timedelta(hours=2))
    one = copy(cast, files, "one", "unhq", original=True)
    with pytest.raises(ValidationError):
        actions.record_copying(TEST, one, version=1, at=clock.now())


def test_a_record_is_written_down_by_those_of_its_unit_and_seen_by_no_other(cast: Cast) -> None:
    files = record(cast)
    copy(cast, files, "one", "unhq", original=True)
    own = user("own", Role.FOCAL_POINT, unit=cast.units["fcsd"])
    other = user("other", Role.FOCAL_POINT, unit=cast.units["unog"])
    reader = user("reader", Role.AUDITOR)
    assert visible(VitalRecord.objects.all(), own).count() == 1
    assert visible(RecordCopy.objects.all(), reader).count() == 1
    assert visible(VitalRecord.objects.all(), other).count() == 0
    assert actions.edit_vital_record(own, files, version=1, retention="7 years").retention == "7 years"
    for by in (other, reader):
        with pytest.raises(NotAllowed):
            actions.add_copy(by, key=f"by-{by.username}", record=files)


def test_records_and_copies_go_out_and_come_in_again_unchanged(cast: Cast) -> None:
    files = record(cast, rpo=hours(24), retention="7 years", classification="confidential")
    copy(cast, files, "one", "unhq", original=True)
    copy(cast, files, "two", None, every=24.0, last_copied=clock.now(), how="Ask the desk.")
    whole = export(TEST)
    for form, data in (("json", write_json(whole)), ("xlsx", export_workbook(whole))):
        found = preview(TEST, read(data, f"whole.{form}"))
        assert ([str(problem) for problem in found.problems], found.nothing_to_do) == ([], True)
    for model in (RecordCopy, VitalRecord):
        model.objects.all().delete()
        model.history.all().delete()
    tables = {name: whole[name] for name in ("vital_records", "record_copies")}
    apply(TEST, preview(TEST, read(write_json(tables), "records.json")))
    assert {name: export(TEST)[name] for name in tables} == tables


def test_a_file_with_a_time_that_is_none_is_refused_with_its_place(cast: Cast) -> None:
    record(cast)
    rows = {"record_copies": [{"key": "x", "record": "files", "medium": "paper", "last_copied": "yesterday"}]}
    found = preview(TEST, read(json.dumps(rows).encode(), "x.json"))
    assert "Wanted a time such as" in str(next(iter(found.problems)))
    rows["record_copies"][0]["last_copied"] = "2008-10-31T22:00"
    found = preview(TEST, read(json.dumps(rows).encode(), "x.json"))
    assert found.can_be_applied
    apply(TEST, found)
    made = RecordCopy.objects.get(key="x")
    assert made.last_copied is not None
    assert made.last_copied.isoformat() == "2008-10-31T22:00:00+00:00"
