"""Form fields that the nouns need: a figure with its evidence, a related row, lists and pairs written as text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from holdfast.organization.accounts.scope import visible
from holdfast.organization.evidence.fact import BASIS_NAMES, BadFact, Fact
from holdfast.organization.rows import Tree

MOST_OPTIONS = 400
CANDIDATES = 5
EM_SPACE = "\u2003"


class NumberField(forms.CharField):
    """A number, with a point or a comma; no thousands separators, which would be guessed at."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "size": "10"})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, int | float):
            return value
        text = (super().to_python(value) or "").strip()
        if not text:
            return None
        try:
            return float(text.replace(",", ".").replace("\u2212", "-"))
        except ValueError:
            raise ValidationError(_("“%(given)s” is no number.") % {"given": text[:40]}) from None

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else value


class DayField(forms.DateField):
    def __init__(self, **more: Any) -> None:
        more.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(input_formats=["%Y-%m-%d"], **more)
        self.error_messages["invalid"] = gettext_lazy("This is no date: write it as 2008-10-01.")


class MomentField(forms.DateTimeField):
    """A day with its time, in UTC."""

    def __init__(self, **more: Any) -> None:
        shape = forms.DateTimeInput(format="%Y-%m-%dT%H:%M:%S", attrs={"type": "datetime-local", "step": "1"})
        more.setdefault("widget", shape)
        super().__init__(input_formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], **more)
        self.error_messages["invalid"] = gettext_lazy("This is no time: write it as 2008-10-01T14:30.")


class FactWidget(forms.MultiWidget):
    """The parts of a figure, each under its own name: `rto_value`, `rto_basis`."""

    def __init__(self, unit: str | None) -> None:
        narrow = {"inputmode": "decimal", "autocomplete": "off", "size": "8"}
        day = {"type": "date"}
        widgets: dict[str, Any] = {
            "value": forms.TextInput(attrs=narrow),
            "unit": forms.HiddenInput() if unit else forms.TextInput(attrs={"size": "10"}),
            "basis": forms.Select(choices=[("", "—"), *BASIS_NAMES.items()]),
            "source": forms.TextInput(),
            "as_of": forms.DateInput(format="%Y-%m-%d", attrs=day),
            "valid_until": forms.DateInput(format="%Y-%m-%d", attrs=day),
            "low": forms.TextInput(attrs=narrow),
            "high": forms.TextInput(attrs=narrow),
            "p90": forms.TextInput(attrs=narrow),
        }
        super().__init__(widgets)

    widgets_names: list[str]

    def decompress(self, value: Any) -> list[Any]:
        if not isinstance(value, Fact):
            return [None] * len(self.widgets_names)
        bare = NumberField().prepare_value
        return [
            bare(value.value), value.unit, value.basis.value, value.source, value.as_of, value.valid_until,
            bare(value.low), bare(value.high), bare(value.p90),
        ]  # fmt: skip


PART_NAMES = {
    "value": gettext_lazy("Value"),
    "unit": gettext_lazy("Unit of measure"),
    "basis": gettext_lazy("Basis"),
    "source": gettext_lazy("Source or reason"),
    "as_of": gettext_lazy("As of"),
    "valid_until": gettext_lazy("Valid until"),
    "low": gettext_lazy("Low"),
    "high": gettext_lazy("High"),
    "p90": gettext_lazy("Nine in ten at most"),
}


class FactFormField(forms.Field):
    """A figure with its evidence; all parts empty: no figure. `unit`, where given, is the only one taken."""

    widget: FactWidget

    def __init__(self, *, unit: str | None = None, **more: Any) -> None:
        self.unit = unit
        super().__init__(widget=FactWidget(unit), **more)

    def clean(self, value: Any) -> Fact | None:
        parts = dict(zip(PART_NAMES, value or (), strict=False))
        said = {name: str(part).strip() for name, part in parts.items() if part not in (None, "") and str(part).strip()}
        if not set(said) - {"unit"}:
            if self.required:
                raise ValidationError(_("Give a figure: its value, and how it is known."))
            return None
        found: dict[str, Any] = {"unit": self.unit or said.get("unit", ""), "source": said.get("source", "")}
        problems = []
        for name in ("value", "low", "high", "p90"):
            try:
                found[name] = NumberField(required=False).clean(said.get(name, ""))
            except ValidationError as error:
                problems.append(f"{PART_NAMES[name]}: {error.messages[0]}")
        for name in ("as_of", "valid_until"):
            try:
                found[name] = day.isoformat() if (day := DayField(required=False).clean(said.get(name, ""))) else None
            except ValidationError as error:
                problems.append(f"{PART_NAMES[name]}: {error.messages[0]}")
        if "basis" not in said:
            problems.append(_("Say how the figure is known: measured, stated or assumed."))
        if not found["unit"]:
            problems.append(_("Say what the figure counts: its unit of measure."))
        if problems:
            raise ValidationError(problems)
        try:
            return Fact.read(found | {"basis": said["basis"]})
        except BadFact as error:
            raise ValidationError(str(error)) from None


class RowField(forms.CharField):
    """A related row: from a list where there are few, else typed as its key or its name."""

    def __init__(self, rows: QuerySet[Any], *, current: Model | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.rows, self.current = rows, current
        model = rows.model
        self.name = "title" if any(f.name == "title" for f in model._meta.fields) else "name"
        if model._meta.model_name == "user":
            self.key, self.name = "username", "name"
        else:
            self.key = "key"
        tree = issubclass(model, Tree)
        columns = [self.key, self.name, *(["path"] if tree else [])]
        found = list(rows.order_by("path" if tree else self.name).values_list(*columns)[: MOST_OPTIONS + 1])
        if len(found) <= MOST_OPTIONS:
            options = [
                (row[0], "\u2003" * (row[2].count("/") - 1 if tree else 0) + (row[1] or row[0])) for row in found
            ]
            if current is not None and current.stable_key not in {key for key, _name in options}:  # type: ignore[attr-defined]
                options.insert(0, (current.stable_key, str(current)))  # type: ignore[attr-defined]
            self.widget = forms.Select(choices=[("", "—"), *options])
        else:
            self.widget = forms.TextInput(attrs={"autocomplete": "off"})
            self.help_text = self.help_text or _("Its key, or its name or a part that only it has.")

    def prepare_value(self, value: Any) -> Any:
        return value.stable_key if isinstance(value, Model) else value  # type: ignore[attr-defined]

    def clean(self, value: Any) -> Any:
        text = super().clean(value).strip().replace("\0", "")
        if not text:
            return None
        if self.current is not None and text == self.current.stable_key:  # type: ignore[attr-defined]
            return self.current
        for condition in (
            Q(**{self.key: text}),
            Q(**{f"{self.name}__iexact": text}),
            Q(**{f"{self.name}__icontains": text}),
        ):
            found = list(self.rows.filter(condition).order_by(self.name)[: CANDIDATES + 1])
            if len(found) == 1:
                return found[0]
            if found:
                named = ", ".join(f"{row} ({row.stable_key})" for row in found[:CANDIDATES])
                raise ValidationError(_("Several match; give the key: %(named)s.") % {"named": named})
        raise ValidationError(_("Nothing here is called “%(given)s”.") % {"given": text[:80]})


class TextListField(forms.CharField):
    """Texts with commas between."""

    def clean(self, value: Any) -> list[str]:
        return [part.strip() for part in super().clean(value).split(",") if part.strip()]

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class LinesField(forms.CharField):
    """A structure written a line at a time; `read` and `write` turn a line into a part and back."""

    def __init__(
        self, read: Callable[[list[str]], Any], write: Callable[[Any], list[str]], *, rows: int = 3, **more: Any
    ) -> None:
        more.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(**more)
        self.read, self.write = read, write

    def clean(self, value: Any) -> Any:
        return self.read([line.strip() for line in super().clean(value).splitlines() if line.strip()])

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else "\n".join(self.write(value))


def read_pairs(lines: list[str]) -> dict[str, Any]:
    """`name: value`; a value that reads as a number, true or false is one."""
    found: dict[str, Any] = {}
    for name, value in _named(lines):
        if name in found:
            raise ValidationError(_("“%(name)s” stands there twice.") % {"name": name})
        try:
            found[name] = json.loads(value, parse_constant=lambda constant: constant)
        except ValueError:
            found[name] = value
    return found


def write_pairs(pairs: dict[str, Any]) -> list[str]:
    return [f"{name}: {_written(value)}" for name, value in pairs.items()]


def _written(value: Any) -> str:
    if isinstance(value, str) and "\n" not in value:
        try:
            json.loads(value)
        except ValueError:
            return value
    return json.dumps(value, ensure_ascii=False)


def read_names(lines: list[str]) -> dict[str, str]:
    """`fr: Équipe`: a language and the name in it."""
    return dict(_named(lines))


def write_names(names: dict[str, str]) -> list[str]:
    return [f"{language}: {name}" for language, name in names.items()]


def _named(lines: list[str]) -> list[tuple[str, str]]:
    found = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip() or not value.strip():
            raise ValidationError(_("Wanted “name: value” on each line, got “%(line)s”.") % {"line": line[:80]})
        found.append((name.strip(), value.strip()))
    return found


def read_terms(lines: list[str]) -> list[dict[str, Any]]:
    """`a | text | 30, Annex I`: letter, text and paragraphs of a term."""
    terms = []
    for line in lines:
        parts = [part.strip() for part in line.split("|")]
        if len(parts) > 3 or not parts[min(1, len(parts) - 1)]:
            raise ValidationError(_("Wanted “letter | text | paragraphs”, got “%(line)s”.") % {"line": line[:80]})
        letter, text = (parts[0], parts[1]) if len(parts) > 1 else ("", parts[0])
        term: dict[str, Any] = {"text": text}
        if letter:
            term = {"letter": letter} | term
        if len(parts) == 3 and parts[2]:
            term["paragraphs"] = [part.strip() for part in parts[2].split(",") if part.strip()]
        terms.append(term)
    return terms


def write_terms(terms: list[dict[str, Any]]) -> list[str]:
    lines = []
    for term in terms:
        line = f"{term.get('letter', '')} | {term['text']}"
        lines.append(f"{line} | {', '.join(term['paragraphs'])}" if term.get("paragraphs") else line)
    return lines


def read_impact(lines: list[str]) -> dict[str, list[list[float]]] | None:
    """`financial: 0 0, 24 10, 72 100`: per category hours and value at each point."""
    found: dict[str, list[list[float]]] = {}
    for name, said in _named(lines):
        points = []
        for point in said.split(","):
            parts = point.split()
            try:
                points.append([float(part) for part in parts])
            except ValueError:
                parts = []
            if len(parts) != 2:
                wanted = _("“%(name)s”: wanted hours and a value at each point, as in “0 0, 24 10”, got “%(got)s”.")
                raise ValidationError(wanted % {"name": name, "got": point.strip()[:40]})
        found[name] = points
    return found or None


def write_impact(impact: dict[str, list[list[float]]]) -> list[str]:
    return [f"{name}: {', '.join(f'{at:g} {value:g}' for at, value in points)}" for name, points in impact.items()]


def rows_of(model: type[Model], user: Any, **only: Any) -> QuerySet[Any]:
    """The rows of a kind that one may name: those that one may see."""
    return visible(model._default_manager.filter(**only), user)
