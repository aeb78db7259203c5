"""Persons and posts: the lists, their pages, contact points, who holds what, duties."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Max, Prefetch, Q
from django.utils.translation import gettext_lazy as _

from holdfast.organization import clock
from holdfast.organization.accounts.scope import may, visible
from holdfast.organization.structure.actions.people import (
    add_contact,
    begin_duty,
    create_person,
    create_post,
    edit_contact,
    edit_person,
    edit_post,
    end_duty,
    end_holding,
    hold_post,
    link_account,
    remove_contact,
    verify_contact,
)
from holdfast.organization.structure.models import (
    ContactPoint,
    Duty,
    FocalPoint,
    Holding,
    Node,
    Person,
    Post,
    SeatHolding,
)

from .editing import form_of, no_form, until_form
from .links import Reach
from .listing import OWN, TAG, Column, Filter, Listing, site_filter, unit_filter, yes_no_filter
from .nouns import MadeForm, Making, Noun, Step
from .units import EVIDENCE
from .values import Chip

CONTACT = ("channel", "address", "label", "private", "position", "verified_on")


def tell_person(person: Person, user: Any, on: date) -> dict[str, Any]:
    """The page of a person. A private contact point is there for who may see it, and for nobody else a trace."""
    contacts = list(visible(ContactPoint.objects.filter(person=person), user).order_by("position", "pk"))
    holdings = list(visible(Holding.objects.filter(person=person), user).select_related("post").order_by("-valid_from"))
    posts = [holding.post_id for holding in holdings if holding.is_valid_on(on)]
    seats = SeatHolding.objects.filter(Q(person=person) | Q(post__in=posts)).select_related("seat__group", "post")
    points = FocalPoint.objects.filter(Q(person=person) | Q(post__in=posts)).select_related("unit", "post")
    duties = Duty.objects.filter(person=person).select_related("site")
    owned = Node.objects.filter(Q(owner_person=person) | Q(owner_post__in=posts)).as_of(on).select_related("unit")
    return {
        "contacts": contacts,
        "verified": max((c.verified_on for c in contacts if c.verified_on), default=None),
        "may_contact": may(user, "contact.edit", person) or person.user_id == user.pk,
        "holdings": holdings,
        "seats": list(visible(seats, user).order_by("seat__group__name", "seat__number")),
        "points": list(visible(points, user).order_by("unit__name")),
        "duties": list(visible(duties, user).order_by("-valid_from")),
        "owned": list(visible(owned, user).order_by("name")),
        "may_link": may(user, "account.manage", person),
    }


def tell_post(post: Post, user: Any, on: date) -> dict[str, Any]:
    """The page of a post: who holds it and held it, where it sits, what it answers for."""
    holdings = visible(Holding.objects.filter(post=post), user).select_related("person").order_by("-valid_from", "-pk")
    seats = visible(SeatHolding.objects.filter(post=post), user).select_related("seat__group")
    points = visible(FocalPoint.objects.filter(post=post), user).select_related("unit")
    owned = visible(Node.objects.filter(owner_post=post).as_of(on), user).select_related("unit")
    held = list(holdings)
    return {
        "holdings": held,
        "now": [holding for holding in held if holding.is_valid_on(on)],
        "may_know": visible(Holding.objects.all(), user).exists() or may(user, "person.view", post),
        "seats": list(seats.order_by("seat__group__name", "seat__number")),
        "points": list(points.order_by("unit__name")),
        "owned": list(owned.order_by("name")),
        "reach": Reach(user, [holding.person for holding in held]),
    }


def _contact(row: Any, part: Any, user: Any) -> MadeForm:
    last = visible(ContactPoint.objects.filter(person=row), user).aggregate(last=Max("position"))["last"] or 0
    return (
        form_of(ContactPoint, CONTACT, user, part) if part else form_of(ContactPoint, CONTACT, user, position=last + 1)
    )


def _holding(row: Any, part: Any, user: Any) -> MadeForm:
    other = "person" if isinstance(row, Post) else "post"
    return form_of(Holding, (other, "valid_from", "valid_until"), user, valid_from=clock.today())


def _duty(row: Any, part: Any, user: Any) -> MadeForm:
    return form_of(Duty, ("kind", "site", "floor", "valid_from", "valid_until"), user, valid_from=clock.today())


def _account(row: Any, part: Any, user: Any) -> MadeForm:
    return form_of(Person, ("user",), user, row)


def _hold(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    person = row if isinstance(row, Person) else cleaned.pop("person")
    post = row if isinstance(row, Post) else cleaned.pop("post")
    hold_post(by, person, post, **cleaned)


def _begin_duty(by: Any, row: Any, part: Any, version: int, cleaned: dict[str, Any]) -> Any:
    begin_duty(by, row, cleaned.pop("kind"), **cleaned)


END_HOLDING = Step(
    "end-holding", _("End this holding of a post"), _("End it"), "person.edit", until_form(_("First day without")),
    lambda by, row, part, version, cleaned: end_holding(by, part, version=version, on=cleaned["on"]),
    on=Holding, within="person", back="posts", ends=True,
)  # fmt: skip
PERSON_STEPS = (
    Step(
        "add-contact", _("Add a contact point"), _("Add"), "contact.edit", _contact,
        lambda by, row, part, version, cleaned: add_contact(by, row, **cleaned), back="contacts",
        says=_("A private one is seen by its owner, the wardens of the place and duty officers only."),
    ),
    Step(
        "change-contact", _("Change this contact point"), _("Save"), "contact.edit", _contact,
        lambda by, row, part, version, cleaned: edit_contact(by, part, version=version, **cleaned),
        on=ContactPoint, within="person", back="contacts",
    ),
    Step(
        "verify-contact", _("This contact point was tried"), _("It reached the person today"), "contact.edit", no_form,
        lambda by, row, part, version, cleaned: verify_contact(by, part, version=version),
        on=ContactPoint, within="person", back="contacts",
    ),
    Step(
        "remove-contact", _("Remove this contact point"), _("Remove it"), "contact.edit", no_form,
        lambda by, row, part, version, cleaned: remove_contact(by, part, version=version),
        on=ContactPoint, within="person", back="contacts", ends=True,
    ),
    Step("hold-post", _("Give this person a post"), _("Give"), "person.edit", _holding, _hold, back="posts"),
    END_HOLDING,
    Step("begin-duty", _("Give this person a duty"), _("Give"), "person.edit", _duty, _begin_duty, back="duties",
         says=_("A warden looks after a site or a floor of it, a duty officer a site or all of them. Both see the "
                "private contact points of those who work there.")),
    Step(
        "end-duty", _("End this duty"), _("End it"), "person.edit", until_form(_("First day without")),
        lambda by, row, part, version, cleaned: end_duty(by, part, version=version, on=cleaned["on"]),
        on=Duty, within="person", back="duties", ends=True,
    ),
    Step(
        "link-account", _("Whose account it is"), _("Save"), "account.manage", _account,
        lambda by, row, part, version, cleaned: link_account(by, row, version=version, user=cleaned["user"]),
        says=_("The account's person sees and keeps the private contact points of this person."),
    ),
)  # fmt: skip
POST_STEPS = (
    Step("give", _("Give this post to a person"), _("Give"), "person.edit", _holding, _hold, back="holders"),
    Step(
        "vacate", END_HOLDING.title, END_HOLDING.button, "person.edit", END_HOLDING.form, END_HOLDING.call,
        on=Holding, within="post", back="holders", ends=True,
    ),
)  # fmt: skip


def _prepare_persons(rows: Any, user: Any, on: date) -> Any:
    contacts = visible(ContactPoint.objects.all(), user)
    return rows.select_related("unit", "site").prefetch_related(
        Prefetch("holdings", Holding.objects.as_of(on).select_related("post"), to_attr="held_now"),
        Prefetch("contact_points", contacts, to_attr="contacts_seen"),
    )


def _verified(person: Any) -> date | None:
    return max((c.verified_on for c in person.contacts_seen if c.verified_on), default=None)


def _prepare_posts(rows: Any, user: Any, on: date) -> Any:
    held = visible(Holding.objects.as_of(on), user).select_related("person")
    return rows.select_related("unit", "site").prefetch_related(Prefetch("holdings", held, to_attr="held_now"))


def _verified_options(rows: Any, user: Any) -> list[tuple[str, Any]]:
    return [("yes", _("yes")), ("no", _("never"))]


def _unverified(rows: Any, value: str, user: Any) -> Any:
    if value not in ("yes", "no"):
        raise LookupError(value)
    tried = visible(ContactPoint.objects.exclude(verified_on=None), user).values("person")
    return rows.filter(pk__in=tried) if value == "yes" else rows.exclude(pk__in=tried)


PERSONS = Noun(
    slug="persons",
    name="person",
    model=Person,
    rows=Person.objects.all,
    one=_("person"),
    many=_("Persons"),
    lead=_("Who works here, where, and when it was last tried to reach them."),
    view="person.view",
    edit="person.edit",
    listing=Listing(
        columns=(
            Column("name", _("Person"), lambda person: person, ("name",)),
            Column("post", _("Post"), lambda person: [held.post for held in person.held_now]),
            Column("unit", _("Unit"), lambda person: person.unit, ("unit__name",)),
            Column("site", _("Site"), lambda person: person.site, ("site__name",)),
            Column("floor", _("Floor"), lambda person: person.floor, ("floor",)),
            Column("language", _("Language"), lambda person: person.language, ("language",)),
            Column("contacts", _("Contact points"), lambda person: len(person.contacts_seen), number=True),
            Column("verified", _("Verified"), _verified),
        ),
        filters=(
            unit_filter(),
            site_filter(),
            Filter("verified", _("Contact verified"), _verified_options, _unverified),
            TAG,
            OWN,
        ),
        prepare=_prepare_persons,
    ),
    tell=tell_person,
    related=("unit", "site", "user"),
    making=Making(
        ("name", "language", "unit", "site", "floor", "staff_category", "valid_from", "valid_until", *EVIDENCE),
        create_person,
        edit_person,
    ),
    steps=PERSON_STEPS,
    parts=((Holding, "person"), (Duty, "person")),
    empty=_("There is nobody here that you may see. Persons come in by workbook, or one by one."),
)  # fmt: skip
POSTS = Noun(
    slug="posts",
    name="post",
    model=Post,
    rows=Post.objects.all,
    one=_("post"),
    many=_("Posts"),
    lead=_("Posts, who holds them, and which are critical."),
    view="directory.view",
    edit="structure.edit",
    listing=Listing(
        columns=(
            Column("title", _("Post"), lambda post: post, ("title",)),
            Column("grade", _("Grade"), lambda post: post.grade, ("grade",)),
            Column("unit", _("Unit"), lambda post: post.unit, ("unit__name",)),
            Column("site", _("Site"), lambda post: post.site, ("site__name",)),
            Column("critical", _("Critical"), lambda post: Chip(_("critical"), "is-strong") if post.critical else "",
                   ("critical",)),
            Column("holder", _("Held by"), lambda post: [held.person for held in post.held_now]),
        ),
        filters=(unit_filter(), site_filter(), yes_no_filter("critical", _("Critical")), TAG, OWN),
        search=("title", "grade", "key"),
        order=("title",),
        prepare=_prepare_posts,
    ),
    tell=tell_post,
    related=("unit", "site"),
    making=Making(
        ("title", "grade", "unit", "site", "critical", "valid_from", "valid_until", *EVIDENCE), create_post, edit_post
    ),
    steps=POST_STEPS,
    parts=((Holding, "post"),),
    empty=_("There is no post yet. Make the first one, or take in a workbook."),
)  # fmt: skip
