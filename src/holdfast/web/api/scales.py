"""The scales in force, and their versions."""

from datetime import date
from typing import Any

from holdfast.governance.settings import actions
from holdfast.governance.settings.models import EDIT, VIEW, ScaleVersion
from holdfast.governance.settings.questions import in_force
from holdfast.web.api.routes import Routes
from holdfast.web.api.versions import Acts, offer_versions, versions_table

_ACTS = Acts(actions.draft_scales, actions.edit_scales, actions.approve_scales, actions.discard_scales)
SCALE_VERSIONS = versions_table("scale-versions", "scale-version", ScaleVersion, EDIT, _ACTS)


def routes() -> Routes:
    about = "Likelihood, impact, categories, ranks, matrix, appetite, times and intervals of one day."
    return offer_versions("Scales", SCALE_VERSIONS, _ACTS, "scales", VIEW, _said_on, about)


def _said_on(on: date) -> tuple[int, dict[str, Any]]:
    scales = in_force(on)
    return scales.version, scales.as_json()
