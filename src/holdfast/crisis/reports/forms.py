"""A situation report as a document, as a short text, and as EDXL-SitRep."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from holdfast.crisis.incidents.models import Certainty
from holdfast.crisis.reports import sources
from holdfast.crisis.reports.models import SituationReport
from holdfast.crisis.reports.parts import CHANGES, NEW, OVER, WORSE, Line, Part, said, stamp_of, when
from holdfast.formats.document import Cell, Document, Fact, Head, Heading, Paragraph, Table, Terms
from holdfast.formats.document import Part as Piece
from holdfast.formats.edxl_sitrep import Confidence, Severity, SitRep, write_sitrep

MOST_BYTES = 2048
TONES = {WORSE: 3, NEW: 1}


def lines_of(report: SituationReport) -> list[tuple[Part, list[Line]]]:
    """What the data say, part by part, beside the last issued report."""
    last = report.before()
    return said(report.data, last.data if last is not None else None)


def differences(report: SituationReport) -> list[tuple[str, list[Line]]]:
    """What is worse, new, better, over since the last report, in this order."""
    lines = [line for _part, own in lines_of(report) for line in own]
    found = [(change, [line for line in lines if line.change == change]) for change in CHANGES]
    return [(str(CHANGES[change]), own) for change, own in found if own]


def band_of(report: SituationReport) -> str:
    return _("REAL INCIDENT") if report.incident.real else _("EXERCISE")


def document_of(report: SituationReport) -> Document:
    """On paper, in the language that is active. `band` stands on every page."""
    language = get_language() or "en"
    incident = report.incident
    state = _("issued") if report.is_issued else _("DRAFT, not issued")
    return Document(
        title=_("Situation report %(n)s: %(title)s") % {"n": report.number, "title": incident.title},
        language=language,
        direction="rtl" if get_language_bidi() else "ltr",
        eyebrow=f"{band_of(report)} · {incident.key} · {state}",
        about=_("As of %(when)s") % {"when": _at(report, stamp_of(report.moment))},
        foot=f"{incident.key} · {report.number} · {state}",
        author=str(report.issued_by or report.made_by or ""),
        contents=False,
        band=band_of(report),
        real=incident.real,
        parts=tuple(_pieces(report)),
    )


def _pieces(report: SituationReport) -> Iterator[Piece]:
    for _name, label, text in report.words:
        if text.strip():
            yield Heading(1, label)
            for paragraph in text.strip().split("\n\n"):
                yield Paragraph(paragraph.strip())
    last, changed = report.before(), differences(report)
    if last is not None:
        yield Heading(1, _("Since situation report %(n)s") % {"n": last.number})
        if not changed:
            yield Paragraph(_("Nothing that the data show."))
        for change, lines in changed:
            tone = next(TONES.get(line.change) for line in lines)
            rows = tuple((Cell(change, tone=tone), Cell(line.text)) for line in lines)
            yield Table((Head("", 0), Head("")), rows)
    for part, lines in lines_of(report):
        yield Heading(2, str(part.label))
        rows = tuple((Cell(line.text), Cell(str(CHANGES.get(line.change, "")))) for line in lines)
        yield Table((Head(""), Head(_("since the last"), 0)), rows, first_heads=False)
    yield Heading(1, _("How to check this"))
    yield Terms(tuple(_checks(report)))


def _checks(report: SituationReport) -> Iterator[Fact]:
    if not report.is_issued:
        yield Fact(_("State"), _("a draft: not checked, not issued"))
        return
    yield Fact(_("Issued"), f"{_at(report, stamp_of(report.issued_at))}, {report.issued_by or ''}")
    yield Fact(_("Entries of the log"), str(report.log_length))
    yield Fact(_("Head of the log"), report.log_head)
    yield Fact(_("Hash of this report"), report.digest)
    yield Fact(_("Check"), f"holdfast verify-log {report.incident.key} --head {report.log_head}")


def short_text(report: SituationReport, most: int = MOST_BYTES) -> str:
    """The report in at most so many bytes of UTF-8, for SMS and thin lines: what matters most comes first, what does
    not fit is left out whole, and that it was shortened is said."""
    incident = report.incident
    head = [
        f"{band_of(report)} {_('SITREP')} {report.number}: {incident.title}",
        _("As of %(when)s") % {"when": _at(report, stamp_of(report.moment))},
    ]
    if not report.is_issued:
        head.append(_("DRAFT, not issued"))
    words = [f"{label}: {' '.join(text.split())}" for name, label, text in report.words if text.strip()]
    lines = [line for part, own in lines_of(report) for line in own if part.name != "log"]
    marked = [_marked(line) for line in _ordered(lines)]
    foot = f"{_('Log')} {report.log_length} {report.log_head[:16]}" if report.is_issued else ""
    return fitted(head, [*words[:1], *marked[:6], *words[1:], *marked[6:]], foot, _("[shortened]"), most)


def _ordered(lines: list[Line]) -> list[Line]:
    """The heaviest first; of equal ones what got worse, then what is new."""
    rank = {WORSE: 0, NEW: 1}
    return sorted(
        (line for line in lines if line.change != OVER and line.weight > 1),
        key=lambda line: (-line.weight, rank.get(line.change, 2)),
    )


def _marked(line: Line) -> str:
    sign = {WORSE: "!", NEW: "+"}.get(line.change, "-")
    return f"{sign} {' '.join(line.text.split())}"


def fitted(head: list[str], lines: list[str], foot: str, mark: str, most: int) -> str:
    """Head and foot always, of the lines as many as fit, in their order. A line that is too long alone is cut at the
    end of a word; `mark` says that something is missing."""

    def size(parts: list[str]) -> int:
        return len("\n".join(parts).encode())

    end = [foot] if foot else []
    if size([*head, *lines, *end]) <= most:
        return "\n".join([*head, *lines, *end])
    kept = [_cut(line, most // (2 * len(head) or 1)) for line in head]
    for line in lines:
        room = most - size([*kept, "", mark, *end])
        if len(line.encode()) <= room:
            kept.append(line)
        elif room >= 80:
            kept.append(_cut(line, room))
    return "\n".join([*kept, mark, *end])


def _cut(text: str, most: int) -> str:
    """The beginning in at most so many bytes, never in the middle of a word; a single word longer than that is left
    out."""
    if len(text.encode()) <= most:
        return text
    words, kept = text.split(" "), ""
    for word in words:
        longer = f"{kept} {word}" if kept else word
        if len(f"{longer} …".encode()) > most:
            break
        kept = longer
    return f"{kept} …" if kept else "…"


SURE: dict[Certainty, Confidence] = {
    Certainty.CONFIRMED: "HighlyConfident",
    Certainty.LIKELY: "SomewhatConfident",
    Certainty.UNCONFIRMED: "Unsure",
}


def edxl(report: SituationReport) -> bytes:
    """The report as EDXL-SitRep 1.0. An exercise says so in its purpose, its title and its text."""
    incident, last = report.incident, report.before()
    first = last is None
    data = report.data.get("incident") or {}
    kind = band_of(report)
    lines = [f"{label}: {text}" for _name, label, text in report.words if text.strip()]
    lines += [line.text for part, own in lines_of(report) for line in own if part.name != "log"]
    if report.is_issued:
        lines.append(f"log {incident.key} {report.log_length} {report.log_head}")
    who = str(report.made_by or _("Holdfast"))
    return write_sitrep(
        SitRep(
            message_id=f"{incident.key}.sitrep.{report.number}",
            prepared_by=who,
            prepared_at=report.made_at,
            authorized_by=str(report.issued_by or who),
            authorized_at=report.issued_at or report.made_at,
            purpose=_("%(kind)s: state of the incident for those who decide") % {"kind": kind},
            number=report.number,
            version="Initial" if first else "Final" if data.get("closed") else "Update",
            since=last.moment if last is not None else incident.began,
            until=report.moment,
            title=f"{kind}: {incident.title}",
            incident_id=incident.key,
            preceding=f"{incident.key}.sitrep.{last.number}" if last is not None else "",
            urgency="Unknown",
            confidence=SURE.get(Certainty(data.get("certainty", Certainty.UNCONFIRMED)), "Unsure"),
            severity=_severity(report),
            action_plan=report.actions.strip(),
            next_contact=report.next_at,
            place=str(data.get("place") or "") or _("not known"),
            needs=report.needs.strip() or _("none said"),
            text=f"{kind}\n" + "\n".join(lines),
        )
    )


def _severity(report: SituationReport) -> Severity:
    """From what the picture finds: a critical function beyond its limit is severe, another process moderate."""
    picture = report.data.get("picture")
    if not isinstance(picture, dict):
        return "Unknown"
    grades = [(sources.grade_of(one), bool(one.get("function"))) for one in picture.get("processes", ())]
    if any(grade == 3 and function for grade, function in grades):
        return "Severe"
    return "Moderate" if any(grade >= 2 for grade, _function in grades) else "Minor"


def _at(report: SituationReport, stamp: str | None) -> str:
    return when(stamp, str(report.data.get("zone") or "UTC"))
