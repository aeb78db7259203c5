"""What a thing needs in order to be agreed: the abstract base of policies, assessments, analyses, strategies, plans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.governance.agreement.models import Agreement, named_in
from holdfast.governance.agreement.wording import in_words
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import EVERY
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Keyed

T = TypeVar("T", bound="Approvable")


def wrote(model: Any, **rows: Any) -> set[int]:
    """The ids of the accounts that made, changed or removed such rows."""
    history = model._meta.concrete_model.history.filter(**rows).exclude(history_user=None)
    return set(history.order_by().values_list("history_user", flat=True).distinct())


class Approvable(Keyed):
    """A version of a thing that is agreed on. A subclass says its KIND (one word, in addresses and events), may say its
    AGREED fields, and overrides what differs: `agreed_record` where parts in other tables are agreed along."""

    KIND: ClassVar[str]
    AGREED: ClassVar[tuple[str, ...]] = ()
    """The fields that are agreed on; empty: all of its own but the key."""

    UNRECORDED: ClassVar[frozenset[str]] = frozenset({"agreement"})

    agreement = models.OneToOneField(
        Agreement, models.PROTECT, related_name="+", verbose_name=_("agreement"), editable=False
    )

    class Meta:
        abstract = True

    def agreement_title(self) -> str:
        """What the inbox calls it."""
        return str(self)

    def agreement_address(self) -> str:
        """The path of its page."""
        raise NotImplementedError

    def agreement_place(self) -> tuple[Unit | None, Site | None]:
        """Where it belongs, for the scope of its agreement."""
        return getattr(self, "unit", None), getattr(self, "site", None)

    def agreed_record(self) -> dict[str, Any]:
        """All that is agreed on, as JSON: facts as objects, related rows as key and name. What is not in here can be
        changed after the approval unseen."""
        return {name: self._agreed(name) for name in self.agreed_fields()}

    def writers(self) -> set[int]:
        """The ids of the accounts that made this row or changed it; a subclass adds those of its parts."""
        return wrote(type(self), id=self.pk)

    def agreed_lines(self, record: Mapping[str, Any]) -> dict[str, str]:
        """A record of this kind in words, part by part, in the active language."""
        return in_words(record, type(self))

    @classmethod
    def agreed_fields(cls) -> tuple[str, ...]:
        own = ("id", "key", "version", "agreement")
        return cls.AGREED or tuple(field.name for field in cls._meta.concrete_fields if field.name not in own)

    @classmethod
    def narrowed(cls, user: User, permission: str, within: Q) -> Q:
        """Who is named in its agreement sees it, whatever the roles."""
        if permission != cls.SCOPE.view or within is EVERY:
            return within
        return within | Q(agreement__in=named_in(user))

    def refuse_unless_draft(self) -> None:
        """Raises ValidationError where it may not be changed any more. Acts on its parts ask this too."""
        if self.agreement.in_review:
            said = gettext("“%(thing)s” is in review and stays as it is until it is decided or returned.")
            raise ValidationError(said % {"thing": self})
        if self.agreement.is_decided:
            said = gettext("“%(thing)s” was approved on %(day)s and stays as it is: make a new version.")
            raise ValidationError(said % {"thing": self, "day": self.agreement.decided_on})

    def _agreed(self, name: str) -> Any:
        if self._meta.get_field(name).is_relation:
            related = getattr(self, name)
            return None if related is None else {"key": related.stable_key, "name": str(related)}
        return self.as_record([name])[name]
