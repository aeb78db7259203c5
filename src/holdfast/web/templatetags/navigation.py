"""``{% places as list %}``: where the reader of this page can go."""

from __future__ import annotations

from typing import Any

from django import template

from holdfast.web import navigation

register = template.Library()


@register.simple_tag(takes_context=True)
def places(context: Any) -> list[navigation.Shown]:
    request = context.get("request")
    # A page that tells of a failure has no request, or one that never met its user.
    if request is None or not hasattr(request, "user"):
        return []
    return navigation.places(request.user, request.path)
