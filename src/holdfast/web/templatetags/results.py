"""``{{ svg|drawn }}``: a drawing of formats/charts.py, whose texts are escaped; ``{{ share|unlocalized }}``: a number
as SVG wants it."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def drawn(svg: str) -> SafeString:
    return mark_safe(svg)  # noqa: S308 - every text in it was escaped by formats/charts.py


@register.filter
def unlocalized(value: float) -> str:
    return f"{value:g}"
