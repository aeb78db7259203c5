"""Addresses of the organisation, made from its nouns."""

from __future__ import annotations

from django.urls import path

from . import accounts, imports, jobs, missing, tree
from .registry import NOUNS
from .routes import pages_of, steps_on_parts

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
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<int:number>/", jobs.job, name="job"),
    path("jobs/<int:number>/cancel/", jobs.cancel, name="job-cancel"),
    path("jobs/<int:number>/retry/", jobs.retry, name="job-retry"),
    *(pattern for noun in NOUNS for pattern in pages_of(noun)),
    *steps_on_parts(NOUNS),
]
