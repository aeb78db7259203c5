"""Forms made from the columns of a row: what is typed is kept, whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from msgspec.structs import replace

from holdfast.analysis.risk.models import Cause, Protected
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.evidence.fact import Fact
from holdfast.organization.evidence.fields import FactField
from holdfast.organization.rows import Row
from holdfast.web.pages.choice.lines import HELP, read_lines, write_lines

from . import fields as own
from .values import shown

EVIDENCE = ("basis", "reason", "paragraphs", "note", "tags", "names", "fields")
"""What stands folded at the end of a form."""
RANGE = ("low", "high", "p90")


def field_for(model: type[models.Model], name: str, user: Any, row: Any = None) -> forms.Field:
    """The form field of a column."""
    column = model._meta.get_field(name)
    label = str(column.verbose_name)  # type: ignore[union-attr]
    about: dict[str, Any] = {
        "label": label[:1].upper() + label[1:],
        "required": not column.blank and not column.has_default(),  # type: ignore[union-attr]
        "help_text": column.help_text,  # type: ignore[union-attr]
    }
    if isinstance(column, FactField):
        return own.FactFormField(unit=column.unit, **about)
    if isinstance(column, models.ForeignKey | models.OneToOneField):
        related: type[models.Model] = column.related_model
        current = getattr(row, name) if row is not None else None
        return own.RowField(own.rows_of(related, user), current=current, **about)
    if name in _LINES:
        read, write, hint = _LINES[name]
        return own.LinesField(read, write, **{**about, "help_text": hint})
    if name in _CHOICES:
        return ChoicesField(_CHOICES[name], **about)
    if name in ("tags", "paragraphs", "nodes"):
        return own.TextListField(**{**about, "help_text": about["help_text"] or gettext_lazy("With commas between.")})
    if isinstance(column, models.DateTimeField):
        about["help_text"] = about["help_text"] or _("In UTC.")
        return own.MomentField(**about)
    if isinstance(column, models.DateField):
        return own.DayField(**about)
    if isinstance(column, models.FloatField):
        return own.NumberField(**about)
    if isinstance(column, models.BooleanField) and column.null:
        choices = [("", _("not known")), ("yes", _("yes")), ("no", _("no"))]
        return _YesNo(choices=choices, **about)
    if isinstance(column, models.TextField):
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), **about)
    if isinstance(column, models.PositiveIntegerField):
        return forms.IntegerField(min_value=0, **about)
    return column.formfield()  # type: ignore[union-attr,return-value]


class ChoicesField(forms.MultipleChoiceField):
    """Some of the choices, ticked."""

    def __init__(self, choices: type[models.TextChoices], **more: Any) -> None:
        options = [(value, str(name)[:1].upper() + str(name)[1:]) for value, name in choices.choices]
        super().__init__(choices=options, widget=forms.CheckboxSelectMultiple, **more)


class _YesNo(forms.TypedChoiceField):
    def __init__(self, **more: Any) -> None:
        super().__init__(coerce=lambda value: {"yes": True, "no": False}[value], empty_value=None, **more)

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value) if not isinstance(value, str) else value


_CHOICES: dict[str, type[models.TextChoices]] = {"causes": Cause, "protects": Protected}
_LINES: dict[str, tuple[Any, Any, Any]] = {
    "fields": (own.read_pairs, own.write_pairs, gettext_lazy("“name: value”, one a line.")),
    "names": (own.read_names, own.write_names, gettext_lazy("“fr: Nom”, one language a line.")),
    "terms": (own.read_terms, own.write_terms, gettext_lazy("“letter | text | paragraphs”, one term a line.")),
    "objectives": (list, list, gettext_lazy("One a line.")),
    "activities": (list, list, gettext_lazy("One a line.")),
    "effects": (read_lines, write_lines, HELP),
    "impact": (
        own.read_impact,
        own.write_impact,
        gettext_lazy("“category: hours value, hours value, …”, one category a line; the first point at 0 hours."),
    ),
}


def signed(given: Mapping[str, Any], user: Any, row: Any = None) -> dict[str, Any]:
    """What a form gave, its figures with who entered them and with the files that prove the ones they replace: a form
    asks for neither."""
    found = dict(given)
    for name, value in given.items():
        if isinstance(value, Fact):
            old = getattr(row, name, None) if row is not None else None
            files = old.files if isinstance(old, Fact) and old.says_the_same(value) else ()
            found[name] = replace(value, entered_by=user.username, files=value.files or files)
    return found


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, Fact) and isinstance(new, Fact):
        return new.is_as(replace(old, files=new.files))
    return bool(old == new)


@dataclass(frozen=True)
class Input:
    """One input as the template writes it."""

    id: str
    label: str
    html: str
    hidden: bool = False
    fold: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Line:
    """One field: its inputs (several for a figure), its help and what is wrong."""

    name: str
    label: str
    help: str
    required: bool
    errors: list[str]
    inputs: list[Input]
    tick: bool = False
    unit: str = ""
    theirs: Any = ""

    @property
    def many(self) -> bool:
        return len(self.inputs) > 1

    @property
    def hidden(self) -> bool:
        return not self.many and all(part.hidden for part in self.inputs)

    @property
    def folded(self) -> list[Input]:
        return [part for part in self.inputs if part.fold]


class RowForm(forms.Form):
    """The fields given, with `version` of the row as it was read. `values` are what they start from."""

    def __init__(
        self,
        given: Mapping[str, forms.Field],
        values: Mapping[str, Any],
        data: QueryDict | None = None,
        version: int | None = None,
        theirs: Mapping[str, Any] | None = None,
        files: MultiValueDict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, files, initial=dict(values), use_required_attribute=False)
        self.fields.update({name: given[name] for name in given})
        self.version = version
        self.theirs = theirs or {}

    @property
    def seen_version(self) -> int | None:
        """The version that the editor saw, as the form brought it back. Raises ValidationError."""
        said = self.data.get("version", "") if self.is_bound else ""
        if not said.isdecimal():
            raise ValidationError(_("The form has lost the version that it was filled in from: load the page again."))
        return int(said)

    def lines(self, names: Iterable[str] | None = None) -> list[Line]:
        return [self._line(name) for name in (self.fields if names is None else names) if name in self.fields]

    @property
    def main(self) -> list[Line]:
        return self.lines(name for name in self.fields if not self._folds(name))

    @property
    def evidence(self) -> list[Line]:
        return self.lines(name for name in self.fields if self._folds(name))

    def _folds(self, name: str) -> bool:
        """A reason without a basis is one that is asked for, of a decision, and is not folded away."""
        return name in EVIDENCE and (name != "reason" or "basis" in self.fields)

    @property
    def evidence_open(self) -> bool:
        return any(line.errors or line.theirs for line in self.evidence)

    @property
    def wrong(self) -> list[tuple[str, str, str]]:
        """What is wrong, for the head of the form: (id of the input, label, message)."""
        found = [("", "", str(message)) for message in self.non_field_errors()]
        for line in self.lines():
            found += [(line.inputs[0].id, line.label, message) for message in line.errors]
        return found

    def add_errors(self, error: ValidationError) -> None:
        """What an act refused, on the fields that it names where this form has them, else above the form."""
        if not hasattr(error, "error_dict"):
            for message in error.messages:
                self.add_error(None, message)
            return
        for name, messages in error.message_dict.items():
            for message in messages:
                if name in self.fields:
                    self.add_error(name, message)
                elif name == "__all__":
                    self.add_error(None, message)
                else:
                    self.add_error(None, f"{_column_name(getattr(error, 'row', None), name)}: {message}")

    def changed(self, row: Any) -> dict[str, Any]:
        """What the form would change of a row."""
        return {name: value for name, value in self.cleaned_data.items() if not _same(getattr(row, name), value)}

    def merged(self, conflict: Conflict) -> RowForm:
        """The form again, upon what the other has saved: where only the other changed a field, theirs; where both did,
        mine stays in the field with theirs beside it."""
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        theirs: dict[str, Any] = {}
        for difference in conflict.differences:
            field = self.fields.get(difference.field)
            if field is None:
                continue
            seen, now = (_related(conflict.row, difference.field, value) for value in (difference.seen, difference.now))
            mine = self.cleaned_data.get(difference.field)
            if difference.field in self.cleaned_data and mine == seen:
                data.update(_raw(field, difference.field, now, data))
            elif mine != now:
                theirs[difference.field] = shown(now) or "—"
        return RowForm(self.fields, self.initial, data, conflict.now, theirs, self.files)

    def _line(self, name: str) -> Line:
        bound, field = self[name], self.fields[name]
        identity, errors = f"id_{name}", [str(error) for error in self.errors.get(name, ())]
        described = " ".join(
            [*([f"{identity}_help"] if field.help_text else []), *([f"{identity}_error"] if errors else [])]
        )
        attrs = {"id": identity} | ({"aria-describedby": described} if described else {})
        if errors:
            attrs["aria-invalid"] = "true"
        value = bound.value()
        if isinstance(field, own.FactFormField):
            inputs = _parts(field, name, value, attrs)
        else:
            inputs = [
                Input(identity, str(field.label), field.widget.render(name, value, attrs), field.widget.is_hidden)
            ]
        return Line(
            name,
            str(field.label),
            str(field.help_text),
            field.required,
            errors,
            inputs,
            isinstance(field.widget, forms.CheckboxInput),
            field.unit or "" if isinstance(field, own.FactFormField) else "",
            self.theirs.get(name, ""),
        )


def _parts(field: own.FactFormField, name: str, value: Any, attrs: dict[str, str]) -> list[Input]:
    widget = field.widget
    values = value if isinstance(value, list) else widget.decompress(value)
    found = []
    for part, sub, each in zip(own.PART_NAMES, widget.widgets, values, strict=True):
        given = {**sub.attrs, **attrs, "id": f"id_{name}_{part}"}
        if sub.is_hidden:
            each = field.unit
        html = sub.render(f"{name}_{part}", each, given)
        found.append(
            Input(given["id"], str(own.PART_NAMES[part]), html, sub.is_hidden, part in RANGE, part == "source")
        )
    return found


def _raw(field: forms.Field, name: str, value: Any, data: QueryDict) -> dict[str, str]:
    """What the form would send for a value."""
    if isinstance(field, own.FactFormField):
        parts = field.widget.decompress(value)
        return {
            f"{name}_{part}": "" if each is None else str(each)
            for part, each in zip(own.PART_NAMES, parts, strict=True)
        }
    if isinstance(field, forms.BooleanField):
        data.pop(name, None)
        return {name: "on"} if value else {}
    prepared = field.prepare_value(value)
    return {name: "" if prepared is None else str(prepared)}


def _related(row: Row, name: str, value: Any) -> Any:
    """The row of an id, where the column names one."""
    column = row._meta.get_field(name)
    if not column.is_relation or value is None:
        return value
    return column.related_model._default_manager.filter(pk=value).first()  # type: ignore[union-attr]


def _column_name(row: Any, name: str) -> str:
    try:
        return str(row._meta.get_field(name).verbose_name).capitalize()
    except Exception:
        return name.replace("_", " ")
