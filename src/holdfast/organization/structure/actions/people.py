"""Persons, contact points, posts, holdings and duties."""

from __future__ import annotations

from datetime import date
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from holdfast.organization import clock
from holdfast.organization.accounts.acts import Actor, act
from holdfast.organization.accounts.models import User
from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import DescribedFields, ValidQuerySet
from holdfast.organization.structure.models import ContactPoint, Duty, Holding, Person, Post
from holdfast.organization.structure.saving import change, create, end, remove_all


class PersonFields(DescribedFields, total=False):
    name: str
    language: str
    unit: Unit | None
    site: Site | None
    floor: str
    staff_category: str
    valid_from: date | None
    valid_until: date | None


class ContactFields(TypedDict, total=False):
    channel: str
    address: str
    label: str
    private: bool
    position: int
    verified_on: date | None


class PostFields(DescribedFields, total=False):
    title: str
    grade: str
    unit: Unit | None
    site: Site | None
    critical: bool
    valid_from: date | None
    valid_until: date | None


class Dates(TypedDict, total=False):
    valid_from: date | None
    valid_until: date | None


@act("person.create", "person.edit", label=_("make a person"))
def create_person(by: Actor, *, key: str, **fields: Unpack[PersonFields]) -> Person:
    return create(Person(key=key, **fields), by)


@act("person.edit", "person.edit", label=_("change a person"), on="person")
def edit_person(by: Actor, person: Person, *, version: int, **changes: Unpack[PersonFields]) -> Person:
    return change(person, changes, PersonFields.__annotations__, by)


@act("person.link_account", "account.manage", label=_("link a person with an account"), on="person")
def link_account(by: Actor, person: Person, *, version: int, user: User | None) -> Person:
    """Whose account it is: the account's own person sees and keeps the person's private contact points, so this takes
    more than the right to keep persons."""
    if user is not None and Person.objects.filter(user=user).exclude(pk=person.pk).exists():
        raise ValidationError({"user": gettext("This account is another person's.")})
    return change(person, {"user": user}, {"user"}, by)


@act("contact.add", "contact.edit", label=_("add a contact point"), under="person")
def add_contact(by: Actor, person: Person, **fields: Unpack[ContactFields]) -> ContactPoint:
    """Somebody who keeps the persons of a scope may add open contact points; a private one only its owner may."""
    return create(ContactPoint(person=person, **fields), by)


@act("contact.edit", "contact.edit", label=_("change a contact point"), on="contact")
def edit_contact(by: Actor, contact: ContactPoint, *, version: int, **changes: Unpack[ContactFields]) -> ContactPoint:
    return change(contact, changes, ContactFields.__annotations__, by)


@act("contact.verify", "contact.edit", label=_("verify a contact point"), on="contact")
def verify_contact(by: Actor, contact: ContactPoint, *, version: int) -> ContactPoint:
    """Its address was tried today and reached the person."""
    return change(contact, {"verified_on": clock.today()}, {"verified_on"}, by)


@act("contact.remove", "contact.edit", label=_("remove a contact point"), on="contact")
def remove_contact(by: Actor, contact: ContactPoint, *, version: int) -> ContactPoint:
    remove_all([contact], by)
    return contact


@act("post.create", "structure.edit", label=_("make a post"))
def create_post(by: Actor, *, key: str, **fields: Unpack[PostFields]) -> Post:
    return create(Post(key=key, **fields), by)


@act("post.edit", "structure.edit", label=_("change a post"), on="post")
def edit_post(by: Actor, post: Post, *, version: int, **changes: Unpack[PostFields]) -> Post:
    return change(post, changes, PostFields.__annotations__, by)


@act("holding.begin", "person.edit", label=_("give a post to a person"), under="post")
def hold_post(by: Actor, person: Person, post: Post, **dates: Unpack[Dates]) -> Holding:
    """Refused while somebody else holds the post."""
    list(Post.objects.select_for_update().filter(pk=post.pk))
    holding = Holding(person=person, post=post, **dates)
    refuse_overlap(holding, Holding.objects.filter(post=post), gettext("the post"))
    return create(holding, by)


@act("holding.end", "person.edit", label=_("end the holding of a post"), on="holding")
def end_holding(by: Actor, holding: Holding, *, version: int, on: date) -> Holding:
    return end(holding, on, by)


@act("duty.begin", "person.edit", label=_("give a duty"))
def begin_duty(
    by: Actor, person: Person, kind: str, *, site: Site | None = None, floor: str = "", **dates: Unpack[Dates]
) -> Duty:
    duty = Duty(person=person, kind=kind, site=site, floor=floor, **dates)
    list(Person.objects.select_for_update().filter(pk=person.pk))
    refuse_overlap(duty, Duty.objects.filter(person=person, kind=kind, site=site, floor=floor), gettext("this duty"))
    return create(duty, by)


@act("duty.end", "person.edit", label=_("end a duty"), on="duty")
def end_duty(by: Actor, duty: Duty, *, version: int, on: date) -> Duty:
    return end(duty, on, by)


def refuse_overlap(row: Any, others: ValidQuerySet, what: str) -> None:
    """Raises ValidationError where one of `others` is valid on a day on which `row` is."""
    row.check_row()
    other = others.exclude(pk=row.pk).overlapping(row.valid_from, row.valid_until).first()
    if other is not None:
        raise ValidationError(
            {
                "valid_from": gettext("%(other)s has %(what)s from %(start)s until %(end)s.")
                % {
                    "other": getattr(other, "holder", None) or other.person,
                    "what": what,
                    "start": other.valid_from or gettext("the beginning"),
                    "end": other.valid_until or gettext("further notice"),
                }
            }
        )
