"""``{% whom notice %}``: for whom a notice is, in words."""

from __future__ import annotations

from typing import Any

from django import template

from holdfast.web.pages.governance.inbox import whom as words

register = template.Library()


@register.simple_tag
def whom(notice: Any) -> str:
    return words(notice)
