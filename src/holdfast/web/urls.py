"""Every address of the product."""

from django.urls import URLPattern, URLResolver, include, path

from holdfast.web.pages.appearance import appearance
from holdfast.web.pages.health import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", health, name="health"),
    path("appearance/", appearance, name="appearance"),
    path("", include("holdfast.web.pages.home.urls")),
    path("", include("holdfast.web.pages.accounts.urls")),
    path("evidence/", include("holdfast.web.pages.evidence.urls")),
    path("organization/", include("holdfast.web.pages.organization.urls")),
    path("impact/", include("holdfast.web.pages.impact.urls")),
    path("risk/", include("holdfast.web.pages.risk.urls")),
    path("strategies/", include("holdfast.web.pages.strategies.urls")),
    path("records/", include("holdfast.web.pages.records.urls")),
    path("", include("holdfast.web.pages.governance.urls")),
    path("", include("holdfast.web.pages.plans.urls")),
    path("", include("holdfast.web.pages.exercises.urls")),
    path("", include("holdfast.web.pages.crisis.urls")),
    path("api/v1/", include("holdfast.web.api.urls")),
    path("what-if/", include("holdfast.web.pages.choice.urls")),
    path("what-if/studies/", include("holdfast.web.pages.studies.urls")),
    path("", include("holdfast.web.pages.whatif.urls")),
]
