"""What a workbook says of itself in its hidden sheet: of which analysis it is, and every row as it was when it was
written, with its version. Signed, so that a merge rests on what Holdfast wrote and on nothing else."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any

import msgspec
from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext

from holdfast.analysis.impact.models import Analysis
from holdfast.exchange.importing import BadFile

FORM = "holdfast impact analysis 1"
_CHUNK = 30_000
_MOST = 256 << 20


class Baseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`rows`: by sheet and key the version and what was said, empty fields left out; `columns`: by sheet those that
    were written; `draws`: so many places to name what a requirement draws on."""

    analysis: str
    title: str
    mode: str
    scales: int
    written: str
    draws: int
    columns: dict[str, list[str]]
    rows: dict[str, dict[str, tuple[list[int], dict[str, Any]]]]


def pack(baseline: Baseline) -> list[list[str]]:
    """The lines of the hidden sheet."""
    text = base64.b64encode(zlib.compress(msgspec.msgpack.encode(baseline), 6)).decode()
    chunks = [text[start : start + _CHUNK] for start in range(0, len(text), _CHUNK)]
    return [[FORM], [_signer().signature(text)], *([chunk] for chunk in chunks)]


def unpacked(rows: list[list[Any]], name: str) -> Baseline:
    """The baseline of a workbook, from the rows of its hidden sheet `name`. Raises BadFile where it has none, or
    another than was written here."""
    lines = [str(row[0]) for row in rows if row]
    if not lines or lines[0] != FORM:
        raise BadFile(
            gettext(
                "This is not the workbook of an impact analysis, or its hidden sheet “%(sheet)s” was lost: download "
                "the workbook anew, and copy what was filled in."
            )
            % {"sheet": name}
        )
    try:
        signature, *chunks = lines[1:]
        text = "".join(chunks)
        if not signature or not _same(_signer().signature(text), signature):
            raise BadSignature
        engine = zlib.decompressobj()
        data = engine.decompress(base64.b64decode(text, validate=True), _MOST)
        return msgspec.msgpack.decode(data, type=Baseline)
    except (BadSignature, ValueError, binascii.Error, zlib.error, msgspec.DecodeError):
        raise BadFile(
            gettext(
                "The hidden sheet “%(sheet)s” is not as it was written here, so nothing can be compared with it: "
                "download the workbook anew, and copy what was filled in."
            )
            % {"sheet": name}
        ) from None


def check_same(baseline: Baseline, analysis: Analysis) -> None:
    """Raises BadFile for the workbook of another analysis, or of one that is asked otherwise by now."""
    if baseline.analysis != analysis.key:
        said = gettext("This workbook is that of “%(other)s”, not of “%(this)s”: upload it there.")
        raise BadFile(said % {"other": baseline.title, "this": analysis})
    if (baseline.mode, baseline.scales) != (analysis.mode, analysis.scales):
        said = gettext("The mode or the scales of “%(this)s” have changed since: download the workbook anew.")
        raise BadFile(said % {"this": analysis})


def _signer() -> Signer:
    return Signer(salt="holdfast.exchange.impact")


def _same(one: str, other: str) -> bool:
    from django.utils.crypto import constant_time_compare

    return constant_time_compare(one, other)
