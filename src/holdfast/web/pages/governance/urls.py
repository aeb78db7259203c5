"""Addresses of governance."""

from django.urls import include, path

from holdfast.web.pages.organization.routes import pages_of

from . import agreeing, inbox, policies, programme, scales, steps
from .actions import ACTIONS
from .policies import POLICIES

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/all/", inbox.inbox_of_all, name="inbox-all"),
    path("inbox/digest/", inbox.digest, name="inbox-digest"),
    path("inbox/<int:notice>/read/", inbox.read, name="notice-read"),
    path("inbox/<int:notice>/put-away/", inbox.put_away, name="notice-put-away"),
    path("governance/", programme.programme, name="programme"),
    path("governance/agreements/", agreeing.agreements, name="agreements"),
    path("governance/agreements/<int:agreement>/comment/", agreeing.comment, name="agreement-comment"),
    path("governance/agreements/<int:agreement>/review/", agreeing.review, name="agreement-review"),
    path("governance/agreements/<int:agreement>/return/", agreeing.return_to_draft, name="agreement-return"),
    path("governance/agreements/<int:agreement>/take-back/", agreeing.take_back, name="agreement-take-back"),
    path("governance/agreements/<int:agreement>/readdress/", agreeing.readdress, name="agreement-readdress"),
    path("governance/acknowledgements/", policies.acknowledgements, name="acknowledgements"),
    path("governance/acknowledgements/remind/", policies.remind, name="acknowledgements-remind"),
    path("governance/policies/<str:key>/changes/", policies.changes, name="policy-changes"),
    path("governance/policies/<str:key>/discard/", policies.discard, name="policy-discard"),
    path("governance/", include(list(pages_of(POLICIES)))),
    path("governance/steps/", steps.matrix, name="steps"),
    path("governance/steps/units/<str:key>/let-pass/", steps.pass_unit, name="gate-pass"),
    path("governance/steps/opened/<int:override>/close/", steps.close, name="gate-close"),
    path("governance/scales/", scales.overview, name="scales"),
    path("governance/scales/new/", scales.draft, name="scales-draft"),
    path("governance/scale-versions/<str:key>/", scales.version, name="scale-version"),
    path("governance/scale-versions/<str:key>/edit/", scales.edit, name="scale-version-edit"),
    path("governance/scale-versions/<str:key>/approve/", scales.approve, name="scale-version-approve"),
    path("governance/scale-versions/<str:key>/discard/", scales.discard, name="scale-version-discard"),
    path("governance/", include(list(pages_of(ACTIONS)))),
]
