"""Addresses of impact analysis, made from its nouns, and pages of its own."""

from __future__ import annotations

from django.urls import path

from holdfast.web.pages.organization.routes import pages_of, steps_on_parts

from . import dependencies, process, suppliers
from .overview import overview
from .registry import NOUNS
from .results import RESULTS_PATTERNS
from .workbook import WORKBOOK_PATTERNS

ONE = "analyses/<str:key>/process/<str:process>"

urlpatterns = [
    path("", overview, name="impact"),
    path(f"{ONE}/", process.process_page, name="analysis-process"),
    path(f"{ONE}/save/", process.save, name="analysis-process-save"),
    path(f"{ONE}/now/", process.now, name="analysis-process-now"),
    path("dependencies/", dependencies.both_ends, name="both-ends"),
    path("dependencies/confirm/", dependencies.confirm, name="confirm-dependencies"),
    path("dependencies/<str:key>/claim/", dependencies.claim, name="claim"),
    path("claims/<str:key>/take/", dependencies.take_claim, name="claim-take"),
    path("claims/<str:key>/decline/", dependencies.decline_claim, name="claim-decline"),
    path("suppliers/", suppliers.suppliers, name="suppliers"),
    path("suppliers/<str:key>/", suppliers.supplier, name="supplier"),
    path("suppliers/<str:key>/record/", suppliers.record, name="supplier-record"),
    path("suppliers/<str:key>/ask/", suppliers.send, name="supplier-ask"),
    path("questionnaires/<str:key>/take/", suppliers.take_over, name="questionnaire-take"),
    path("questionnaires/<str:key>/withdraw/", suppliers.withdraw, name="questionnaire-withdraw"),
    path("answer/<str:secret>/", suppliers.questionnaire, name="questionnaire"),
    *RESULTS_PATTERNS,
    *WORKBOOK_PATTERNS,
    *(pattern for noun in NOUNS for pattern in pages_of(noun)),
    *steps_on_parts(NOUNS),
]
