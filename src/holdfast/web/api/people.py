"""Persons with their contact points, posts, who holds them, duties.

A private contact point is given to its owner, the wardens of the place and the duty officers alone.
"""

from datetime import date
from typing import Annotated, Any

from django.db.models import Prefetch, QuerySet
from ninja import Schema
from pydantic import ConfigDict, Field

from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.scope import visible
from holdfast.organization.structure.actions import people
from holdfast.organization.structure.models import ContactPoint, Duty, Holding, Person, Post
from holdfast.web.api.places import DATES, EDIT, Ending
from holdfast.web.api.routes import Routes
from holdfast.web.api.shapes import MOST_INTEGER, names_of
from holdfast.web.api.tables import Table, offer, offer_act, offer_removal

PERSON_EDIT = "person.edit"


class ContactOut(Schema):
    id: int
    version: int
    channel: str
    address: str
    label: str
    private: bool
    position: int
    verified_on: date | None


class Seen(Schema):
    """The version seen, where If-Match does not say it."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=1, le=MOST_INTEGER)] | None = None


def _with_contacts(rows: QuerySet[Any], user: User, as_of: date | None) -> QuerySet[Any]:
    contacts = visible(ContactPoint.objects.order_by("position", "pk"), user, None)
    return rows.prefetch_related(Prefetch("contact_points", contacts, to_attr="seen_contacts"))


def _contacts(person: Any) -> dict[str, Any]:
    return {
        "contact_points": [
            {
                "id": contact.pk,
                "version": contact.version,
                "channel": contact.channel,
                "address": contact.address,
                "label": contact.label,
                "private": contact.private,
                "position": contact.position,
                "verified_on": contact.verified_on,
            }
            for contact in person.seen_contacts
        ]
    }


def _address(contact: Any) -> dict[str, Any]:
    """The event record hides private addresses; whoever may see the row sees it here."""
    return {"address": contact.address}


_PERSON = names_of(people.PersonFields)
_CONTACT = names_of(people.ContactFields)
_POST = names_of(people.PostFields)

PERSONS = Table(
    name="persons",
    one="person",
    model=Person,
    fields=_PERSON,
    permission=PERSON_EDIT,
    create=people.create_person,
    create_fields=_PERSON,
    change=people.edit_person,
    change_fields=_PERSON,
    filters=("unit", "site", "language", "floor", "staff_category"),
    sorts=("name", "valid_from", "valid_until"),
    order=("name",),
    search=("name", "key"),
    prepare=_with_contacts,
    more=_contacts,
    extra={"contact_points": (list[ContactOut], ...)},
)
CONTACTS = Table(
    name="contact-points",
    one="contact-point",
    model=ContactPoint,
    fields=("person", *_CONTACT),
    permission="contact.edit",
    create=people.add_contact,
    create_fields=("person", *_CONTACT),
    change=people.edit_contact,
    change_fields=_CONTACT,
    filters=("person", "channel", "private"),
    sorts=("channel", "verified_on"),
    order=("person", "position"),
    more=_address,
)
POSTS = Table(
    name="posts",
    one="post",
    model=Post,
    fields=_POST,
    permission=EDIT,
    create=people.create_post,
    create_fields=_POST,
    change=people.edit_post,
    change_fields=_POST,
    filters=("unit", "site", "grade", "critical"),
    sorts=("title", "grade", "valid_from"),
    order=("title",),
    search=("title", "key"),
)
HOLDINGS = Table(
    name="holdings",
    one="holding",
    model=Holding,
    fields=("person", "post", *DATES),
    permission=PERSON_EDIT,
    create=people.hold_post,
    create_fields=("person", "post", *DATES),
    filters=("person", "post"),
    sorts=DATES,
    order=("post__key", "valid_from"),
)
DUTIES = Table(
    name="duties",
    one="duty",
    model=Duty,
    fields=("person", "kind", "site", "floor", *DATES),
    permission=PERSON_EDIT,
    create=people.begin_duty,
    create_fields=("person", "kind", "site", "floor", *DATES),
    filters=("person", "kind", "site"),
    sorts=DATES,
)


def routes() -> Routes:
    made = Routes(tags=["People"])
    offer(made, PERSONS)
    contact = offer(made, CONTACTS)
    offer_act(
        made, CONTACTS, contact, "verify", Seen, people.verify_contact, "Say that a contact point was tried today"
    )
    offer_removal(made, CONTACTS, people.remove_contact, "Remove a contact point")
    offer(made, POSTS)
    holding = offer(made, HOLDINGS)
    offer_act(made, HOLDINGS, holding, "end", Ending, people.end_holding, "End the holding of a post")
    duty = offer(made, DUTIES)
    offer_act(made, DUTIES, duty, "end", Ending, people.end_duty, "End a duty")
    return made
