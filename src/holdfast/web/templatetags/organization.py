"""``{{ value|shown }}``: a value as the organisation's pages show it; ``{% to row reach %}``: a link, if one may."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString

from holdfast.organization.accounts.acts import ACTS
from holdfast.organization.accounts.scope import may_somewhere, visible
from holdfast.organization.attachments.models import Attachment
from holdfast.web.pages.organization import links, values
from holdfast.web.pages.whatif.wording import hours, percent
from holdfast.web.permissions import shows_example

register = template.Library()


@register.filter
def shown(value: Any) -> SafeString | str:
    return values.shown(value)


@register.filter
def figure(fact: Any) -> str:
    """The figure of a fact without its evidence."""
    return values.figure_text(fact) if fact is not None else ""


@register.filter
def basis(fact: Any) -> Any:
    """The basis of a fact, with its mark and its words."""
    return values.basis_of(fact) if fact is not None else None


@register.simple_tag
def attached(fact: Any, user: Any) -> list[Any]:
    """The files that prove a figure, or whatever else holds their keys as `files`, of those that the reader may see."""
    return list(visible(Attachment.objects.filter(key__in=fact.files), user).order_by("pk")) if fact.files else []


@register.filter
def weight(value: float) -> str:
    return values.number(value, 3)


@register.filter
def hours_text(value: float | None) -> str:
    """A length of time in hours as words, nothing where there is none."""
    return "" if value is None else hours(value)


@register.filter
def share_text(value: float | None) -> str:
    return "" if value is None else percent(value)


@register.filter
def address(row: Any, page: str = "") -> str:
    return links.address(row, page)


@register.simple_tag
def to(row: Any, reach: Any) -> SafeString | str:
    return reach.link(row)  # type: ignore[no-any-return]


@register.simple_tag
def step(row: Any, page: str, part: Any) -> str:
    """The address of a step about a part of a row."""
    return links.address(row, page, part)


@register.filter
def period(said: str) -> str:
    """`P3M` in words."""
    from holdfast.web.pages.organization.groups import period as words

    return words(said)


@register.filter
def act_label(event: Any) -> str:
    """What an event's act is called."""
    return str(ACTS[event.act].label) if event.act in ACTS else str(event.act)


@register.simple_tag
def menu(user: Any, here: str | None) -> dict[str, Any]:
    """The places of the room that `here`, the name of the route shown, belongs to, as far as the reader may go."""
    from holdfast.web.pages.rooms import room_of

    room = room_of(here or "")
    singular = {noun.name: noun.slug for noun in room.nouns}
    found = []
    open_to_all = not user.is_authenticated and shows_example()
    for place in room.places:
        if may_somewhere(user, place.permission) or (place.example and open_to_all):
            part = singular.get((here or "").split("-")[0]) == place.route
            mark = "page" if here in place.routes else "true" if part else ""
            found.append({"url": reverse(place.route), "label": str(place.label), "here": mark})
    return {"label": str(room.label), "places": found}


@register.simple_tag
def noun_of(row: Any, otherwise: Any) -> Any:
    """The noun on whose page a row is shown: a requirement of a resource belongs to the resources."""
    from holdfast.web.pages.rooms import NOUNS

    if not row:
        return otherwise
    name = links.page_of(row)
    return next((noun for noun in NOUNS if noun.name == name), otherwise)
