"""What the pages of governance need in their templates: for whom a notice is, the states of the five steps."""

from __future__ import annotations

from typing import Any

from django import template

from holdfast.web.pages.governance.inbox import whom as words
from holdfast.web.pages.governance.steps import STATES

register = template.Library()


@register.simple_tag
def whom(notice: Any) -> str:
    return words(notice)


@register.simple_tag
def state_name(state: str) -> str:
    """What a state of a unit in a step is called."""
    return str(STATES[state])
