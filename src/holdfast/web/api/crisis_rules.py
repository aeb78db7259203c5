"""The rules of the day in force, and their versions."""

from datetime import date
from typing import Any

from holdfast.crisis.rules import actions
from holdfast.crisis.rules.models import RULES_EDIT, RULES_VIEW, RulesVersion
from holdfast.crisis.rules.questions import in_force
from holdfast.web.api.routes import Routes
from holdfast.web.api.versions import Acts, offer_versions, versions_table

_ACTS = Acts(actions.draft_rules, actions.edit_rules, actions.approve_rules, actions.discard_rules)
RULES_VERSIONS = versions_table("rules-versions", "rules-version", RulesVersion, RULES_EDIT, _ACTS)


def routes() -> Routes:
    about = "Quorums, who activates, asks, is consulted and grants, and from how long an interruption on."
    return offer_versions("Rules of the day", RULES_VERSIONS, _ACTS, "rules", RULES_VIEW, _said_on, about)


def _said_on(on: date) -> tuple[int, dict[str, Any]]:
    rules = in_force(on)
    return rules.number, rules.as_json()
