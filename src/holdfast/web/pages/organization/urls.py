"""Addresses of the organisation, made from its nouns."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, path

from . import accounts, imports, missing, tree
from .detail import detail_page
from .editing import changing_page, making_page, step_page
from .history import history_page
from .lists import csv_export, list_page
from .nouns import Noun
from .registry import NOUNS


def _pages_of(noun: Noun) -> Iterator[URLPattern]:
    top, one = noun.slug, f"{noun.slug}/<str:key>"
    yield path(f"{top}/", list_page(noun), name=noun.slug)
    yield path(f"{top}/list.csv", csv_export(noun), name=f"{noun.name}-export")
    if noun.making is not None:
        if noun.creates:
            yield path(f"{top}/new/", making_page(noun), name=f"{noun.name}-new")
        yield path(f"{one}/edit/", changing_page(noun), name=f"{noun.name}-edit")
    yield path(f"{one}/history/", history_page(noun), name=f"{noun.name}-history")
    for step in noun.steps:
        if step.on is None:
            yield path(f"{one}/{step.slug}/", step_page(noun, step), name=f"{noun.name}-{step.slug}")
    yield path(f"{one}/", detail_page(noun), name=noun.name)


def _steps_on_parts() -> Iterator[URLPattern]:
    """Steps on parts of a thing, each once, whichever nouns have it on their pages."""
    seen = set()
    for noun in NOUNS:
        for step in noun.steps:
            if step.on is None:
                continue
            part = step.on._meta.model_name
            if (part, step.slug) not in seen:
                seen.add((part, step.slug))
                yield path(f"{part}/<int:part>/{step.slug}/", step_page(noun, step), name=f"{part}-{step.slug}")


urlpatterns = [
    path("", tree.tree, name="organization"),
    path("me/", tree.me, name="my-person"),
    path("holes/", missing.missing, name="holes"),
    path("import/", imports.take_in, name="import"),
    path("import/apply/", imports.apply_import, name="import-apply"),
    path("import/empty.xlsx", imports.template, name="import-template"),
    path("export.xlsx", imports.workbook, name="export-workbook"),
    path("export.json", imports.records, name="export-json"),
    path("users/", accounts.account_list, name="users"),
    path("users/new/", accounts.account_new, name="user-new"),
    path("users/<str:key>/", accounts.account, name="user"),
    path("users/<str:key>/give-role/", accounts.grant, name="user-give-role"),
    path("users/grant/<int:grant>/withdraw/", accounts.withdraw, name="user-withdraw-role"),
    path("users/<str:key>/close/", accounts.close, name="user-close"),
    path("users/<str:key>/reopen/", accounts.reopen, name="user-reopen"),
    path("users/<str:key>/password/", accounts.set_password, name="user-password"),
    *(pattern for noun in NOUNS for pattern in _pages_of(noun)),
    *_steps_on_parts(),
]
