"""Filters of the pages of the picture."""

from __future__ import annotations

from typing import Any

from django import template

from holdfast.web.pages.whatif.wording import percent

register = template.Library()


@register.filter
def of(key: Any, names: Any) -> Any:
    """The entry of a key, empty where there is none."""
    return names.get(key, "") if hasattr(names, "get") and key is not None else ""


@register.filter
def share(value: float) -> str:
    """A share of 1 as a percentage."""
    return percent(float(value))
