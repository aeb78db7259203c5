"""The scales: as a matrix with its words, version by version, and the form that changes a draft.

The form takes one level, category or row of the matrix on a line, so that levels can be added and taken away; what it
comes to is drawn beside it before anything is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from holdfast.governance.differences import differences
from holdfast.governance.settings import actions
from holdfast.governance.settings.default import default_scales
from holdfast.governance.settings.models import EDIT, VIEW, ScaleState, ScaleVersion
from holdfast.governance.settings.questions import in_force
from holdfast.governance.settings.scales import COLOURS, REVIEWED, BadScales, Scales, rates
from holdfast.organization import clock
from holdfast.organization.accounts.scope import may
from holdfast.web.pages.organization.editing import KINDS_OF_REQUEST, ask_form
from holdfast.web.pages.organization.fields import LinesField, NumberField
from holdfast.web.pages.organization.values import Chip
from holdfast.web.permissions import needs, visible_or_404

from .versions import about_version, approve_page, discard_page

TONES = {ScaleState.DRAFT: "is-proposed", ScaleState.APPROVED: "is-in-use"}
BAR = " | "


def drawn(scales: Scales) -> dict[str, Any]:
    """What governance/scales_drawn.html shows: the matrix with the most likely on top, and the words of each part."""
    rows = [
        {
            "likelihood": one,
            "rates": rates(one),
            "cells": [scales.level_of(one.level, impact.level) for impact in scales.impact],
        }
        for one in reversed(scales.likelihood)
    ]
    meanings = [
        {"category": category, "texts": [impact.by_category.get(category.key, "") for impact in scales.impact]}
        for category in scales.categories
    ]
    return {
        "scales": scales,
        "matrix": rows,
        "meanings": meanings if any(any(line["texts"]) for line in meanings) else [],
        "kept": scales.ranks[scales.appetite - 1].label if scales.appetite else _("no risk at all"),
        "tolerated": scales.ranks[scales.tolerance - 1].label if scales.tolerance else _("no risk at all"),
        "intolerable": scales.impact[scales.intolerable - 1].label,
        "intervals": [(REVIEWED[kind], months) for kind, months in scales.review.items()],
        "translated": [(part, sorted(one.names.items())) for part, one in scales.parts() if one.names],
        "share": f"{100 * scales.acknowledged_share:g}",
    }


@needs(VIEW)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The scales in force, and all versions."""
    user: Any = request.user
    today = clock.today()
    scales = in_force(today)
    versions = list(ScaleVersion.objects.select_related("author", "approver", "body"))
    context = {
        **drawn(scales),
        "current": next((one for one in versions if one.number == scales.version), None),
        "versions": [(one, _chip(one)) for one in versions],
        "may_edit": may(user, EDIT),
        "today": today,
    }
    return render(request, "governance/scales.html", context)


@needs(VIEW, on=ScaleVersion)
@require_safe
def version(request: HttpRequest, key: str) -> HttpResponse:
    """One version, and what is new in it."""
    row: Any = visible_or_404(ScaleVersion.objects.select_related("author", "approver", "body"), request, key=key)
    before = ScaleVersion.objects.filter(state=ScaleState.APPROVED, number__lt=row.number).order_by("-number").first()
    then = before.scales if before is not None else default_scales()
    context = {
        **drawn(row.scales),
        "row": row,
        "chip": _chip(row),
        "before": before,
        "changes": differences(then.lines(), row.scales.lines()),
        "may_edit": may(request.user, EDIT) and not row.is_approved,
    }
    return render(request, "governance/scale_version.html", context)


def _chip(row: ScaleVersion) -> Chip:
    if row.is_approved and row.valid_until is not None and row.valid_until <= clock.today():
        return Chip(_("superseded"), "is-closed")
    return Chip(row.get_state_display(), TONES[ScaleState(row.state)])


@needs(EDIT, whole=True)
@require_http_methods(KINDS_OF_REQUEST)
def draft(request: HttpRequest) -> HttpResponse:
    """A new draft, as the scales in force are."""
    if request.method == "POST":
        made = actions.draft_scales(request.user)  # type: ignore[arg-type]
        return HttpResponseRedirect(reverse("scale-version-edit", args=[made.key]))
    context = {"title": _("Draft new scales")}
    return render(request, "governance/scales_draft.html", context)


@needs(EDIT, on=ScaleVersion, whole=True)
@require_http_methods(KINDS_OF_REQUEST)
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Changes a draft."""
    row: Any = visible_or_404(ScaleVersion.objects.all(), request, key=key)
    user: Any = request.user
    if row.is_approved:
        return HttpResponseRedirect(reverse("scale-version", args=[key]))

    def run(form: Any) -> Any:
        given = dict(form.cleaned_data)
        title, note = given.pop("title"), given.pop("note")
        try:
            content = Scales.read(content_of(given, row.content)).as_json()
        except BadScales as error:
            raise ValidationError({_field_of(error.path): str(error)}) from None
        return actions.edit_scales(user, row, version=form.seen_version, title=title, note=note, content=content)

    about = {
        **_about(row),
        "title": _("Change “%(row)s”") % {"row": row},
        "button": _("Save"),
        "says": _("One level, category or row on a line, from the least to the greatest. An empty part is left empty."),
    }
    back = reverse("scale-version", args=[key])
    return ask_form(request, fields(), values(row), row, run, about, back)


def _about(row: ScaleVersion) -> dict[str, Any]:
    return about_version(row, "scales", gettext_lazy("Scales"))


approve = approve_page(
    ScaleVersion, EDIT, actions.approve_scales, listed="scales", label=gettext_lazy("Scales"),
    title=gettext_lazy("Approve these scales"), page="scale-version",
)  # fmt: skip
discard = discard_page(ScaleVersion, EDIT, actions.discard_scales, listed="scales", label=gettext_lazy("Scales"))


def _parts(lines: list[str], least: int, most: int, wanted: str) -> list[list[str]]:
    found = []
    for line in lines:
        parts = [part.strip() for part in line.split("|")]
        if not least <= len(parts) <= most or not all(parts[:least]):
            raise ValidationError(_("Wanted “%(wanted)s”, got “%(line)s”.") % {"wanted": wanted, "line": line[:80]})
        found.append(parts + [""] * (most - len(parts)))
    return found


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", ".")) if text else None
    except ValueError:
        raise ValidationError(_("“%(given)s” is no number.") % {"given": text[:40]}) from None


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValidationError(_("“%(given)s” is no whole number.") % {"given": text[:40]}) from None


LIKELIHOOD = gettext_lazy("name | what it means | from times a year | below times a year")
IMPACT = gettext_lazy("name | what it means")
CATEGORY = gettext_lazy("key | name | what it means | tangible")
RANK = gettext_lazy("name | what follows | months until it is looked at again")


def _read_likelihood(lines: list[str]) -> list[dict[str, Any]]:
    rows = _parts(lines, 1, 4, str(LIKELIHOOD))
    return [{"name": a, "text": b, "least": _number(c), "most": _number(d)} for a, b, c, d in rows]


def _write_likelihood(rows: list[dict[str, Any]]) -> list[str]:
    return [
        BAR.join([row["name"], row.get("text", ""), _bare(row.get("least")), _bare(row.get("most"))]) for row in rows
    ]


def _bare(value: Any) -> str:
    return "" if value is None else f"{value:g}"


def _read_impact(lines: list[str]) -> list[dict[str, Any]]:
    return [{"name": a, "text": b} for a, b in _parts(lines, 1, 2, str(IMPACT))]


def _write_impact(rows: list[dict[str, Any]]) -> list[str]:
    return [BAR.join([row["name"], row.get("text", "")]) for row in rows]


def _read_categories(lines: list[str]) -> list[dict[str, Any]]:
    rows = _parts(lines, 2, 4, str(CATEGORY))
    return [{"key": a, "name": b, "text": c, "tangible": bool(d)} for a, b, c, d in rows]


def _write_categories(rows: list[dict[str, Any]]) -> list[str]:
    found = []
    for row in rows:
        parts = [row["key"], row["name"], row.get("text", "")]
        found.append(BAR.join([*parts, str(_("tangible"))] if row.get("tangible") else parts))
    return found


def _read_ranks(lines: list[str]) -> list[dict[str, Any]]:
    """Colours are spread over the ranks: the least the palest, the greatest the darkest."""
    rows = _parts(lines, 1, 3, str(RANK))
    last = max(len(rows) - 1, 1)
    return [
        {"name": a, "text": b, "review": _whole(c) if c else None, "colour": round(place * (COLOURS - 1) / last)}
        for place, (a, b, c) in enumerate(rows)
    ]


def _write_ranks(rows: list[dict[str, Any]]) -> list[str]:
    return [BAR.join([row["name"], row.get("text", ""), str(row.get("review") or "")]) for row in rows]


def _read_matrix(lines: list[str]) -> list[list[int]]:
    return [[_whole(part) for part in line.replace(",", " ").split()] for line in lines]


def _write_matrix(rows: list[list[int]]) -> list[str]:
    return [" ".join(map(str, row)) for row in rows]


def _read_hours(lines: list[str]) -> list[float]:
    return [_number(part) or 0.0 for line in lines for part in line.replace(";", " ").split()]


def _read_pairs(lines: list[str]) -> dict[str, int]:
    found = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise ValidationError(_("Wanted “name: value” on each line, got “%(line)s”.") % {"line": line[:80]})
        found[name.strip()] = _whole(value.strip())
    return found


def _write_pairs(pairs: Mapping[str, int]) -> list[str]:
    return [f"{name}: {value}" for name, value in pairs.items()]


def _read_meanings(lines: list[str]) -> dict[str, str]:
    """`staff 3: Injuries.`: what a level of impact means in a category."""
    found = {}
    for line in lines:
        name, colon, text = line.partition(":")
        if not colon or len(name.split()) != 2 or not text.strip():
            raise ValidationError(_("Wanted “category level: words”, got “%(line)s”.") % {"line": line[:80]})
        found[" ".join(name.split())] = text.strip()
    return found


PARTS = {"likelihood": "likelihood", "impact": "impact", "rank": "ranks", "category": "categories"}
"""What a line of names begins with, and where its part stands in the scales."""


KEPT = ("basis", "source", "unit", "amounts")
"""What the form does not ask for: a part that keeps its name keeps it."""


def _key_of(part: str, one: Mapping[str, Any]) -> str:
    return str(one["key"] if part == "category" else one["level"])


def _read_translations(lines: list[str]) -> list[tuple[str, str, str, str]]:
    """`likelihood 1 fr: Rare`: part, its level or key, language, name."""
    found = []
    for line in lines:
        place, colon, text = line.partition(":")
        words = place.split()
        if not colon or len(words) != 3 or words[0] not in PARTS or not text.strip():
            raise ValidationError(_("Wanted “likelihood 1 fr: Rare”, got “%(line)s”.") % {"line": line[:80]})
        found.append((words[0], words[1], words[2].lower(), text.strip()))
    return found


def _write_translations(rows: list[tuple[str, str, str, str]]) -> list[str]:
    return [f"{part} {key} {language}: {text}" for part, key, language, text in rows]


def _translations(content: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    return [
        (part, _key_of(part, one), language, text)
        for part, name in PARTS.items()
        for one in content[name]
        for language, text in sorted(one.get("names", {}).items())
    ]


def fields() -> dict[str, forms.Field]:
    """The form of a draft."""

    def lines(label: Any, read: Callable[..., Any], write: Callable[..., Any], hint: Any, rows: int = 5) -> LinesField:
        return LinesField(read, write, label=label, help_text=hint, required=False, rows=rows)

    return {
        "title": forms.CharField(label=_("Title"), max_length=300),
        "note": forms.CharField(
            label=_("What is new, and why"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 2})
        ),
        "likelihood": lines(_("Likelihood, the least first"), _read_likelihood, _write_likelihood, LIKELIHOOD),
        "impact": lines(_("Impact, the least first"), _read_impact, _write_impact, IMPACT),
        "categories": lines(_("Categories of impact"), _read_categories, _write_categories, CATEGORY),
        "meanings": lines(
            _("What an impact means in a category"),
            _read_meanings,
            lambda pairs: [f"{name}: {text}" for name, text in pairs.items()],
            _("“category level: words”, as “staff 3: Injuries.”"),
        ),
        "ranks": lines(_("Ranks of risk, the least first"), _read_ranks, _write_ranks, RANK),
        "translations": lines(
            _("Names in other languages"),
            _read_translations,
            _write_translations,
            _("“likelihood 1 fr: Rare”, one a line; also impact, rank, and category with its key."),
            4,
        ),
        "matrix": lines(
            _("Matrix"),
            _read_matrix,
            _write_matrix,
            _("A line for each likelihood, the least first; in it the rank for each impact: “1 1 2 3 3”."),
        ),
        "appetite": forms.IntegerField(label=_("Highest rank kept without treatment"), min_value=0),
        "tolerance": forms.IntegerField(label=_("Highest rank kept with a reason"), min_value=0),
        "appetite_by": lines(
            _("Another appetite for a category"), _read_pairs, _write_pairs, _("“category: rank”, one a line."), 2
        ),
        "intolerable": forms.IntegerField(label=_("Impact that cannot be borne, from level"), min_value=1),
        "hours": lines(
            _("Times of impact, in hours"), _read_hours, lambda hours: [" ".join(f"{hour:g}" for hour in hours)],
            _("With spaces between."), 1,
        ),
        "review": lines(
            _("Looked at again after months"),
            _read_pairs,
            _write_pairs,
            _("“name: months”, one a line; names: %(names)s.") % {"names": ", ".join(REVIEWED)},
        ),
        "acknowledge_within": forms.IntegerField(label=_("Days to acknowledge a policy"), min_value=1),
        "acknowledged_share": NumberField(label=_("Share that has to acknowledge, in per cent")),
        "late_for_head": forms.IntegerField(
            label=_("Days until what is late is told to the head of the unit"), min_value=1
        ),
        "late_for_manager": forms.IntegerField(
            label=_("Days until what is late is told to the programme manager"), min_value=1
        ),
        "review_ahead": forms.IntegerField(
            label=_("Days before it is due that a review is told"), min_value=0
        ),
        "author_may_approve": forms.BooleanField(
            label=_("Authors may approve what they have written"), required=False
        ),
    }  # fmt: skip


def values(row: ScaleVersion) -> dict[str, Any]:
    """What the form starts from."""
    scales = Scales.read(row.content)
    content = scales.as_json()
    meanings = {f"{key} {level.level}": text for level in scales.impact for key, text in level.by_category.items()}
    return {
        **{name: content[name] for name in ("likelihood", "impact", "categories", "ranks", "matrix")},
        "title": row.title,
        "note": row.note,
        "meanings": meanings,
        "translations": _translations(content),
        "appetite": scales.appetite,
        "tolerance": scales.tolerance,
        "appetite_by": scales.appetite_by,
        "intolerable": scales.intolerable,
        "hours": scales.hours,
        "review": scales.review,
        "acknowledge_within": scales.acknowledge_within,
        "acknowledged_share": 100 * scales.acknowledged_share,
        "late_for_head": scales.late_for_head,
        "late_for_manager": scales.late_for_manager,
        "review_ahead": scales.review_ahead,
        "author_may_approve": scales.author_may_approve,
    }


def content_of(given: dict[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of the scales from the form. A part that keeps its name keeps what KEPT names. Raises
    ValidationError."""
    meanings: dict[str, str] = given.pop("meanings")
    translations: list[tuple[str, str, str, str]] = given.pop("translations")
    share = given.pop("acknowledged_share")
    content: dict[str, Any] = {**given, "acknowledged_share": share / 100}
    for name in ("likelihood", "impact", "categories", "ranks"):
        known = {one["name"]: one for one in old.get(name, ())}
        for level, one in enumerate(content[name], 1):
            if name != "categories":
                one["level"] = level
            before = known.get(one["name"], {})
            one.update({part: before[part] for part in KEPT if part in before})
    for part, key, language, text in translations:
        named = next((one for one in content[PARTS[part]] if _key_of(part, one) == key), None)
        if named is None:
            said = _("There is no %(part)s %(key)s.")
            raise ValidationError({"translations": said % {"part": part, "key": key}})
        named.setdefault("names", {})[language] = text
    for name, text in meanings.items():
        key, _space, level = name.partition(" ")
        found = next((one for one in content["impact"] if str(one["level"]) == level), None)
        if found is None:
            raise ValidationError({"meanings": _("There is no impact %(level)s.") % {"level": level}})
        found.setdefault("by_category", {})[key] = text
    return content


def _field_of(path: str) -> str:
    """The field of the form that a part of the scales stands in."""
    name = "translations" if path.endswith(".names") else path.split(".")[0]
    return name or "title"
