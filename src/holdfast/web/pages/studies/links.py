"""Addresses that answers lead to."""

from __future__ import annotations

from django.urls import reverse

from holdfast.web.pages.whatif.question import Hit, Question


def what_if(hits: list[Hit]) -> str:
    """The what-if page of these hits."""
    return f"{reverse('what-if')}?{Question(tuple(hits)).address().urlencode()}"
