"""Persons, how they are reached, the posts they hold, and their duties."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import EVERY
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import Described, Keyed, Row, Scope, Valid, ValidQuerySet, recorded


class Person(Described, Valid, Keyed):
    """Somebody who works here. In the example a person is called by the title of the post."""

    SCOPE: ClassVar[Scope] = Scope("person.view", unit=("unit",), site=("site",), owner="user")

    user = models.OneToOneField(
        User, models.PROTECT, null=True, blank=True, related_name="person", verbose_name=_("account")
    )
    name = models.CharField(_("name"), max_length=200)
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="persons", verbose_name=_("unit")
    )
    site = models.ForeignKey(
        Site, models.PROTECT, null=True, blank=True, related_name="persons", verbose_name=_("site")
    )
    floor = models.CharField(_("floor"), max_length=40, blank=True, default="")
    staff_category = models.CharField(_("staff category"), max_length=60, blank=True, default="")

    history = recorded()
    objects = ValidQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("person")
        verbose_name_plural = _("persons")

    def __str__(self) -> str:
        return self.name


class Channel(models.TextChoices):
    MOBILE = "mobile", _("mobile telephone")
    TELEPHONE = "telephone", _("telephone")
    EMAIL = "email", _("e-mail")
    CHAT = "chat", _("chat")
    RADIO = "radio", _("radio")
    SATELLITE = "satellite", _("satellite telephone")


class ContactPoint(Row):
    """A way to reach a person. A private one is seen by its owner, the wardens of the place, and duty officers only."""

    SCOPE: ClassVar[Scope] = Scope("person.view", unit=("person__unit",), site=("person__site",), owner="person__user")

    person = models.ForeignKey(Person, models.PROTECT, related_name="contact_points", verbose_name=_("person"))
    channel = models.CharField(_("channel"), max_length=20, choices=Channel)
    address = models.CharField(_("number or address"), max_length=300)
    label = models.CharField(_("label"), max_length=100, blank=True, default="")
    private = models.BooleanField(_("private"), default=False)
    position = models.PositiveIntegerField(_("order"), default=1)
    verified_on = models.DateField(_("verified on"), null=True, blank=True)

    history = recorded()

    class Meta:
        verbose_name = _("contact point")
        verbose_name_plural = _("contact points")
        ordering: ClassVar[list[str]] = ["person", "position", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="organization_contact_channel"),
            models.UniqueConstraint(fields=["person", "channel", "address"], name="organization_contact_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.get_channel_display()}"

    @classmethod
    def narrowed(cls, user: User, permission: str, within: Q) -> Q:
        """Private ones: the owner, the wardens of the person's place and the duty officers of today, whatever their
        roles. Wardens and duty officers read; they change nothing by that."""
        owner = Q(person__user=user.pk)
        open_ones = Q(private=False) if within is EVERY else Q(private=False) & within
        if permission != cls.SCOPE.view:
            return open_ones | owner
        return open_ones | owner | _on_duty(user)

    def as_record(self, names: Any = None) -> dict[str, Any]:
        record = super().as_record(names)
        if self.private and "address" in record:
            record["address"] = "•••"
        return record

    def clean(self) -> None:
        super().clean()
        if self.channel == Channel.EMAIL and "@" not in self.address:
            raise ValidationError({"address": gettext("Wanted an e-mail address.")})
        if self.channel in (Channel.MOBILE, Channel.TELEPHONE, Channel.SATELLITE):
            digits = "".join(sign for sign in self.address if sign not in " ()-./")
            if not digits.removeprefix("+").isdecimal() or len(digits) < 3:
                raise ValidationError({"address": gettext("Wanted a telephone number.")})


def _on_duty(user: User) -> Q:
    """Contact points of the persons whom a user's duties of today are for."""
    found = Q(pk__in=())
    duties = Duty.objects.as_of(clock.today()).filter(person__user=user).select_related("site")
    for duty in duties:
        if duty.site is None:
            # A duty officer without a place has all places; the model refuses such a warden.
            return ~Q(pk__in=())
        there = Q(person__site__in=Site.objects.within(duty.site.path).values("pk"))
        if duty.floor:
            there &= Q(person__floor=duty.floor)
        found |= there
    return found


class Post(Described, Valid, Keyed):
    """A post of the organisation, held by one person at a time."""

    SCOPE: ClassVar[Scope] = Scope("directory.view", unit=("unit",), site=("site",))

    title = models.CharField(_("title"), max_length=300)
    grade = models.CharField(_("grade"), max_length=40, blank=True, default="")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name=_("unit"))
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name=_("site"))
    critical = models.BooleanField(_("critical"), default=False)

    history = recorded()
    objects = ValidQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("post")
        verbose_name_plural = _("posts")

    def __str__(self) -> str:
        return self.title


class Holding(Valid):
    """A person holds a post from when to when."""

    SCOPE: ClassVar[Scope] = Scope(
        "person.view",
        unit=("person__unit", "post__unit"),
        site=("person__site", "post__site"),
        owner="person__user",
    )

    person = models.ForeignKey(Person, models.PROTECT, related_name="holdings", verbose_name=_("person"))
    post = models.ForeignKey(Post, models.PROTECT, related_name="holdings", verbose_name=_("post"))

    history = recorded()
    objects = ValidQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("holding of a post")
        verbose_name_plural = _("holdings of posts")

    def __str__(self) -> str:
        return f"{self.person}: {self.post}"


class DutyKind(models.TextChoices):
    WARDEN = "warden", _("warden")
    DUTY_OFFICER = "duty_officer", _("duty officer")


class Duty(Valid):
    """A person looks after a site, or a floor of it: sees the private contact points of those who work there."""

    # By its place alone: a duty opens the private contact points of a place, so a right on the person's unit is not
    # enough.
    SCOPE: ClassVar[Scope] = Scope("person.view", site=("site",), owner="person__user")

    person = models.ForeignKey(Person, models.PROTECT, related_name="duties", verbose_name=_("person"))
    kind = models.CharField(_("duty"), max_length=20, choices=DutyKind)
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="duties", verbose_name=_("site"))
    floor = models.CharField(_("floor"), max_length=40, blank=True, default="")

    history = recorded()
    objects = ValidQuerySet.as_manager()

    class Meta(Valid.Meta):
        verbose_name = _("duty")
        verbose_name_plural = _("duties")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(condition=Q(kind__in=DutyKind.values), name="organization_duty_kind"),
            models.CheckConstraint(
                condition=Q(kind="duty_officer") | Q(site__isnull=False), name="organization_warden_has_site"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_kind_display()}"

    def clean(self) -> None:
        super().clean()
        if self.site_id is None and (self.kind == DutyKind.WARDEN or self.floor):
            raise ValidationError({"site": gettext("A warden, and a floor, needs a site.")})


class Held(Valid):
    """A row that names a person or a post, one of the two."""

    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("post"))

    class Meta(Valid.Meta):
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Valid.Meta.constraints,
            models.CheckConstraint(
                condition=Q(person__isnull=True, post__isnull=False) | Q(person__isnull=False, post__isnull=True),
                name="%(app_label)s_%(class)s_person_or_post",
            ),
        ]

    @property
    def holder(self) -> Person | Post:
        return self.person or self.post  # type: ignore[return-value]

    def clean(self) -> None:
        super().clean()
        given = [name for name in ("person", "post") if getattr(self, f"{name}_id") or getattr(self, name)]
        if len(given) != 1:
            raise ValidationError({"person": gettext("Wanted a person or a post, one of the two.")})


__all__ = ["ContactPoint", "Duty", "Held", "Holding", "Person", "Post"]
