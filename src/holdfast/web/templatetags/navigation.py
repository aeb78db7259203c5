"""``{% places as list %}``: where the reader of this page can go. ``{% term "MTPD" %}``: a word of the glossary,
explained on hover."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from holdfast.web import navigation
from holdfast.web.glossary import BY_SHORT
from holdfast.web.languages import offered

register = template.Library()


@register.simple_tag(takes_context=True)
def places(context: Any) -> list[navigation.Shown]:
    request = context.get("request")
    # A page that tells of a failure has no request, or one that never met its user.
    if request is None or not hasattr(request, "user"):
        return []
    return navigation.places(request.user, request.path)


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    """The languages to choose from: code and own name."""
    return offered()


@register.simple_tag
def term(short: str) -> SafeString:
    """Raises KeyError for a word that the glossary does not have."""
    word = BY_SHORT[short]
    return format_html('<abbr title="{}: {}">{}</abbr>', word.full, word.meaning, short)
