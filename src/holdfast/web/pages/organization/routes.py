"""The addresses of a noun, whichever room it is of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.urls import URLPattern, path

from .detail import detail_page
from .editing import changing_page, making_page, step_page
from .history import history_page
from .lists import csv_export, list_page
from .nouns import Noun


def pages_of(noun: Noun) -> Iterator[URLPattern]:
    """Its list, its forms, its history, the steps on its page, and its page."""
    top, one = noun.slug, f"{noun.slug}/<str:key>"
    yield path(f"{top}/", list_page(noun), name=noun.slug)
    yield path(f"{top}/list.csv", csv_export(noun), name=f"{noun.name}-export")
    if noun.making is not None:
        if noun.creates:
            yield path(f"{top}/new/", noun.making.make_page or making_page(noun), name=f"{noun.name}-new")
        if noun.making.edit is not None:
            yield path(f"{one}/edit/", noun.making.change_page or changing_page(noun), name=f"{noun.name}-edit")
    yield path(f"{one}/history/", history_page(noun), name=f"{noun.name}-history")
    for step in noun.steps:
        if step.on is None:
            yield path(f"{one}/{step.slug}/", step_page(noun, step), name=f"{noun.name}-{step.slug}")
    yield path(f"{one}/", detail_page(noun), name=noun.name)


def steps_on_parts(nouns: Iterable[Noun]) -> Iterator[URLPattern]:
    """Steps on parts of a thing, each once, whichever nouns have it on their pages."""
    seen = set()
    for noun in nouns:
        for step in noun.steps:
            if step.on is None:
                continue
            part = step.on._meta.model_name
            if (part, step.slug) not in seen:
                seen.add((part, step.slug))
                yield path(f"{part}/<int:part>/{step.slug}/", step_page(noun, step), name=f"{part}-{step.slug}")
