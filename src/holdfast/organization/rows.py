"""What rows have in common: a stable key, a version, real validity dates, and how they lie in the organisation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Self, TypedDict, TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from holdfast.organization.evidence.fact import BASIS_NAMES

MOST_KEY = 120
check_key = RegexValidator(
    r"\A[A-Za-z0-9][A-Za-z0-9._:-]*\Z",
    _("A key starts with a letter or digit and goes on with letters, digits and . _ : - only."),
)


@dataclass(frozen=True)
class Scope:
    """How a table lies in the organisation, for `accounts.scope`.

    `view` is the permission that reading takes. `unit` and `site` are lookups to the unit and the site of a row ("" is
    the row itself); several are alternatives. `owner` is the lookup to the user whose own row it is.
    """

    view: str
    unit: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    owner: str | None = None


def recorded(*excluded: str) -> HistoricalRecords:
    """History of a table, for differences; `save_all` writes it."""
    return HistoricalRecords(excluded_fields=list(excluded))


class Row(models.Model):
    """A row that people edit: `version` grows by one with each change, and an edit names the version it saw."""

    SCOPE: ClassVar[Scope]
    UNRECORDED: ClassVar[frozenset[str]] = frozenset()
    """Fields that the event record never holds."""

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        abstract = True

    @property
    def stable_key(self) -> str:
        """What names the row in the event record, whether it has a key of its own or not."""
        return str(getattr(self, "key", None) or self.pk or "")

    def as_record(self, names: Iterable[str] | None = None) -> dict[str, Any]:
        """The row, or its fields `names`, as JSON: related rows by key, facts as objects, dates in ISO 8601."""
        wanted = None if names is None else set(names)
        return {
            field.name: self._recorded(field)
            for field in self._meta.concrete_fields
            if (field.name in wanted if wanted is not None else field.name not in ("id", "version"))
            and field.name not in self.UNRECORDED
        }

    def _recorded(self, field: models.Field[Any, Any]) -> Any:
        if field.is_relation:
            related = getattr(self, field.name)
            return None if related is None else getattr(related, "stable_key", related.pk)
        value = getattr(self, field.attname)
        if value is None or isinstance(value, bool | int | float | str | list | dict):
            return value
        if hasattr(value, "as_json"):
            return value.as_json()
        return value.isoformat() if hasattr(value, "isoformat") else str(value)

    def check_row(self) -> None:
        """Fields and invariants that need no query. Raises ValidationError with a message per field."""
        relations = {field.name for field in self._meta.concrete_fields if field.is_relation}
        problems: dict[str, Any] = {}
        try:
            self.clean_fields(exclude=relations)
        except ValidationError as error:
            problems = error.update_error_dict(problems)
        for name in relations:
            field = self._meta.get_field(name)
            if not field.null and getattr(self, field.attname) is None and not field.is_cached(self):  # type: ignore[union-attr]
                problems.setdefault(name, []).append(ValidationError(_("This is missing.")))
        try:
            self.clean()
        except ValidationError as error:
            problems = error.update_error_dict(problems)
        if problems:
            raise ValidationError(problems)


@models.JSONField.register_lookup
class HasItem(models.Lookup):
    """`tags__has_item="ict"`: a JSON list holds this text. SQLite has no containment of its own."""

    lookup_name = "has_item"
    prepare_rhs = False

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        lhs, params = self.process_lhs(compiler, connection)
        # Only the column stands in the text; the item is a parameter.
        return f"EXISTS (SELECT 1 FROM json_each({lhs}) AS item WHERE item.value = %s)", [*params, self.rhs]  # noqa: S608

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} @> to_jsonb(%s::text)", [*params, self.rhs]


class KeyedQuerySet(models.QuerySet[Any]):
    def by_key(self, key: str) -> Any:
        """The one row of this key. Raises DoesNotExist."""
        return self.get(key=key)

    def tagged(self, tag: str) -> Self:
        """The rows with exactly this tag."""
        return self.filter(tags__has_item=tag)


class Keyed(Row):
    """A row with a key that is the same in twin, workbook and API, and that no other row ever gets."""

    NAMES_ITSELF: ClassVar[bool] = False
    """Whether the act that makes it makes its key too, so that nobody gives one."""

    key = models.CharField(_("key"), max_length=MOST_KEY, unique=True, validators=[check_key])

    class Meta:
        abstract = True


class ValidQuerySet(KeyedQuerySet):
    def as_of(self, on: date) -> Self:
        """The rows that are valid on this date."""
        return self.filter(valid_on(on))

    def overlapping(self, start: date | None, end: date | None) -> Self:
        """The rows that are valid on at least one day of [start, end)."""
        rows = self
        if end is not None:
            rows = rows.filter(Q(valid_from__isnull=True) | Q(valid_from__lt=end))
        if start is not None:
            rows = rows.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=start))
        return rows


class Valid(Row):
    """A row that holds from `valid_from` until the day before `valid_until`; an empty end is open."""

    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True, help_text=_("The first day without it."))

    class Meta:
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_until__isnull=True) | Q(valid_from__lt=F("valid_until")),
                name="%(app_label)s_%(class)s_dates_in_order",
                violation_error_message=_("The end lies before the start."),
            )
        ]

    def clean(self) -> None:
        super().clean()
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValidationError({"valid_until": _("The end has to be later than the start.")})

    def is_valid_on(self, on: date) -> bool:
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_until is None or on < self.valid_until
        )


def valid_on(on: date, prefix: str = "") -> Q:
    """The condition that a row, or the row at the lookup `prefix`, is valid on this date."""
    start, end = f"{prefix}valid_from", f"{prefix}valid_until"
    return (Q(**{f"{start}__isnull": True}) | Q(**{f"{start}__lte": on})) & (
        Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gt": on})
    )


class Described(models.Model):
    """How we know that the thing is there (`basis`, and the `reason` of an assumption), what the source says of it, and
    what the organisation adds: note, tags, fields of its own."""

    basis = models.CharField(_("basis"), max_length=10, choices=BASIS_NAMES, blank=True, default="")
    reason = models.TextField(_("reason"), blank=True, default="")
    paragraphs = models.JSONField(_("paragraphs"), default=list, blank=True)
    note = models.TextField(_("note"), blank=True, default="")
    tags = models.JSONField(_("tags"), default=list, blank=True)
    fields = models.JSONField(_("own fields"), default=dict, blank=True)

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        problems: dict[str, Any] = {}
        for name in ("paragraphs", "tags"):
            value = getattr(self, name)
            if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
                problems[name] = _("Wanted a list of texts.")
        if not isinstance(self.fields, dict) or not all(isinstance(name, str) and name for name in self.fields):
            problems["fields"] = _("Wanted names with their values.")
        if problems:
            raise ValidationError(problems)


class DescribedFields(TypedDict, total=False):
    """The columns of Described, as acts take them: the base of what their `**fields` are."""

    basis: str
    reason: str
    paragraphs: list[str]
    note: str
    tags: list[str]
    fields: dict[str, Any]


class TreeQuerySet(ValidQuerySet):
    def within(self, *paths: str) -> Self:
        """The rows at or under these paths."""
        condition = Q(pk__in=())
        for path in paths:
            condition |= Q(path__startswith=path)
        return self.filter(condition)


class Tree(Keyed):
    """A row under a parent of its own kind; `path` is the keys from the root down, each with a slash: "un/dm/"."""

    path = models.CharField(max_length=2000, editable=False, db_index=True)

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        parent = getattr(self, "parent", None)
        if parent is not None:
            if not parent.path:
                raise ValidationError({"parent": _("The parent has to be saved first.")})
            if (parent.pk == self.pk and self.pk) or (self.path and parent.path.startswith(self.path)):
                raise ValidationError(
                    {"parent": _("%(row)s cannot stand under itself or under its own child.") % {"row": self}}
                )
        self.path = f"{parent.path if parent is not None else ''}{self.key}/"
        if len(self.path) > 2000:
            raise ValidationError({"parent": _("The tree is too deep.")})


TreeRow = TypeVar("TreeRow", bound=Any)


def parents_first(rows: Iterable[TreeRow]) -> list[list[TreeRow]]:
    """Rows of a tree in levels, so that a level can be saved once the one before is. Raises ValidationError on a
    circle."""
    left = {row.key: row for row in rows}
    levels: list[list[TreeRow]] = []
    while left:
        level = [row for row in left.values() if row.parent is None or row.parent.key not in left]
        if not level:
            raise ValidationError({"parent": _("%(keys)s stand under each other.") % {"keys": ", ".join(sorted(left))}})
        levels.append(level)
        for row in level:
            del left[row.key]
    return levels
