"""EDXL-SitRep 1.0 (OASIS, Committee Specification 02): a situation report as XML for others' systems.

    write_sitrep(SitRep(message_id=…, …)) -> bytes

The report itself is a `FieldObservationType`, the one of the five kinds that carries what people wrote: where, what is
needed, and the text. Elements stand in the order of the schema, those that it wants always; times have the offset
written out and no fractions, as its pattern wants; texts have at most 1,023 signs where its EDXLStringType limits them.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from typing import Literal

import msgspec

SITREP = "urn:oasis:names:tc:emergency:EDXL:SitRep:1.0"
CT = "urn:oasis:names:tc:emergency:edxl:ct:1.0"
XNL = "urn:oasis:names:tc:emergency:edxl:ciq:1.0:xnl"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MOST_STRING = 1023
VOCABULARY = "urn:holdfast:places"
"""The list that names of places come from: our own, since they are no codes of anybody's."""

Version = Literal["Initial", "Update", "Final"]
Urgency = Literal["Immediate", "Expected", "Future", "Past", "Unknown"]
Confidence = Literal["HighlyConfident", "SomewhatConfident", "Unsure", "NoConfidence"]
Severity = Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"]
# What no XML 1.0 text may hold.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class SitRep(msgspec.Struct, frozen=True, kw_only=True):
    """What a report says. Times have a zone; `since` to `until` is the time that it is about."""

    message_id: str
    prepared_by: str
    prepared_at: datetime
    authorized_by: str
    authorized_at: datetime
    purpose: str
    number: int
    version: Version
    since: datetime
    until: datetime
    title: str
    incident_id: str
    preceding: str = ""
    urgency: Urgency = "Unknown"
    confidence: Confidence = "Unsure"
    severity: Severity = "Unknown"
    action_plan: str = ""
    next_contact: datetime | None = None
    place: str
    needs: str
    text: str


def write_sitrep(report: SitRep) -> bytes:
    """The XML, UTF-8 with its declaration."""
    root = ET.Element(f"{{{SITREP}}}sitRep")
    # ElementTree declares a namespace where a name uses it; a type named in a value needs it too.
    own = "sitrep"
    _add(root, "messageID", report.message_id)
    _person(root, "preparedBy", report.prepared_by, report.prepared_at)
    _person(root, "authorizedBy", report.authorized_by, report.authorized_at)
    _add(root, "reportPurpose", report.purpose)
    _add(root, "reportNumber", str(report.number))
    _add(root, "reportVersion", report.version)
    period = ET.SubElement(root, f"{{{SITREP}}}forTimePeriod")
    _text(period, f"{{{CT}}}fromDateTime", _time(min(report.since, report.until)))
    _text(period, f"{{{CT}}}toDateTime", _time(report.until))
    _add(root, "reportTitle", report.title)
    _add(root, "incidentID", report.incident_id)
    if report.preceding:
        _add(root, "precedingMessageID", report.preceding)
    _add(root, "urgency", report.urgency)
    _add(root, "reportConfidence", report.confidence)
    _add(root, "severity", report.severity)
    if report.action_plan:
        _add(root, "actionPlan", report.action_plan)
    if report.next_contact is not None:
        _add(root, "nextContact", _time(report.next_contact))
    body = ET.SubElement(root, f"{{{SITREP}}}report", {f"{{{XSI}}}type": f"{own}:FieldObservationType"})
    where = ET.SubElement(body, f"{{{SITREP}}}observationLocation")
    political = ET.SubElement(where, f"{{{CT}}}EDXLGeoPoliticalLocation")
    code = ET.SubElement(political, f"{{{CT}}}geoCode")
    _text(code, f"{{{CT}}}valueListURI", VOCABULARY)
    _text(code, f"{{{CT}}}value", _short(report.place))
    _add(body, "immediateNeeds", report.needs)
    _text(body, f"{{{SITREP}}}observationText", _clean(report.text))
    for prefix, name in ((own, SITREP), ("ct", CT), ("xnl", XNL), ("xsi", XSI)):
        ET.register_namespace(prefix, name)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _person(root: ET.Element, name: str, who: str, at: datetime) -> None:
    pair = ET.SubElement(root, f"{{{SITREP}}}{name}")
    details = ET.SubElement(pair, f"{{{CT}}}personDetails")
    named = ET.SubElement(details, f"{{{XNL}}}personName")
    _text(named, f"{{{XNL}}}nameElement", _short(who))
    _text(pair, f"{{{CT}}}timeValue", _time(at))


def _add(parent: ET.Element, name: str, text: str) -> None:
    _text(parent, f"{{{SITREP}}}{name}", _short(text))


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text


def _short(text: str) -> str:
    """Within the limit, ended at a word."""
    text = _clean(text).strip()
    if len(text) <= MOST_STRING:
        return text
    return text[: MOST_STRING - 2].rsplit(None, 1)[0] + " …"


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).replace(microsecond=0).isoformat()
