"""What other organisations' systems rely on in an EDXL-SitRep of ours: names, order, namespaces and values of the
schema."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from holdfast.formats.edxl_sitrep import CT, MOST_STRING, SITREP, XNL, XSI, SitRep, write_sitrep

AT = datetime(2026, 11, 28, 9, 30, 15, 123456, timezone(timedelta(hours=-5)))
# In the order of the sequence of SitRepType; the schema wants those that are marked.
ORDER = [
    "messageID", "preparedBy", "authorizedBy", "reportPurpose", "reportNumber", "reportVersion", "forTimePeriod",
    "reportTitle", "incidentID", "incidentLifecyclePhase", "originatingMessageID", "precedingMessageID", "urgency",
    "reportConfidence", "severity", "reportingLocation", "actionPlan", "nextContact", "report",
]  # fmt: skip
WANTED = {
    "messageID", "preparedBy", "authorizedBy", "reportPurpose", "reportNumber", "reportVersion", "forTimePeriod",
    "incidentID", "reportConfidence", "severity", "report",
}  # fmt: skip
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-,+]\d\d:\d\d")


def a_report(**changed: Any) -> SitRep:
    report = SitRep(
        message_id="i-1.sitrep.2", prepared_by="A", prepared_at=AT, authorized_by="B", authorized_at=AT,
        purpose="state", number=2, version="Update", since=AT - timedelta(hours=4), until=AT, title="REAL: Fire",
        incident_id="i-1", preceding="i-1.sitrep.1", action_plan="Move.", next_contact=AT + timedelta(hours=4),
        place="Headquarters", needs="Buses", text="It burns.",
    )  # fmt: skip
    return msgspec.structs.replace(report, **changed)


def read(report: SitRep) -> ET.Element:
    return ET.fromstring(write_sitrep(report))


def names(root: ET.Element) -> list[str]:
    return [child.tag.removeprefix(f"{{{SITREP}}}") for child in root]


def test_elements_stand_in_the_order_of_the_schema() -> None:
    root = read(a_report())
    assert root.tag == f"{{{SITREP}}}sitRep"
    found = names(root)
    assert found == sorted(found, key=ORDER.index)
    assert set(found) >= WANTED


def test_what_is_not_known_is_left_out_and_what_is_wanted_never_is() -> None:
    found = names(read(a_report(preceding="", action_plan="", next_contact=None)))
    assert set(found) & {"precedingMessageID", "actionPlan", "nextContact"} == set()
    assert set(found) >= WANTED


def test_the_type_of_the_report_is_one_that_the_document_declares() -> None:
    data = write_sitrep(a_report())
    kind = ET.fromstring(data).find(f"{{{SITREP}}}report").get(f"{{{XSI}}}type")
    prefix, name = kind.split(":")
    assert name == "FieldObservationType"
    assert f'xmlns:{prefix}="{SITREP}"'.encode() in data


def test_times_have_their_offset_and_no_fractions() -> None:
    root = read(a_report())
    times = [
        *(one.text for one in root.iter(f"{{{CT}}}timeValue")),
        root.findtext(f"{{{SITREP}}}forTimePeriod/{{{CT}}}fromDateTime"),
        root.findtext(f"{{{SITREP}}}forTimePeriod/{{{CT}}}toDateTime"),
        root.findtext(f"{{{SITREP}}}nextContact"),
    ]
    assert len(times) == 5
    assert all(TIME.fullmatch(str(one)) for one in times)
    assert datetime.fromisoformat(str(times[0])) == AT.replace(microsecond=0).astimezone(UTC)


def test_people_are_named_as_the_common_types_want_it() -> None:
    name = f"{{{SITREP}}}authorizedBy/{{{CT}}}personDetails/{{{XNL}}}personName/{{{XNL}}}nameElement"
    assert read(a_report()).findtext(name) == "B"


@given(st.text(max_size=3000))
def test_whatever_people_write_is_xml_within_the_limits(text: str) -> None:
    root = read(a_report(text=text, needs=text or "x", title=text or "x", place=text or "x"))
    for name in ("reportTitle", "report/immediateNeeds"):
        found = root.findtext("/".join(f"{{{SITREP}}}{part}" for part in name.split("/")))
        assert len(found or "") <= MOST_STRING
