"""The scales that Holdfast begins with, until an organisation has approved its own. All assumed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from holdfast.governance.settings.scales import Category, Impact, Likelihood, Rank, Scales

MATRIX = (
    (1, 1, 2, 3, 3),
    (1, 2, 2, 3, 4),
    (1, 2, 3, 4, 4),
    (2, 3, 3, 4, 5),
    (2, 3, 4, 5, 5),
)
HOURS = (1.0, 4.0, 24.0, 72.0, 168.0, 672.0)


def default_scales() -> Scales:
    """The set, in the words of the active language."""
    return Scales(
        likelihood=(
            Likelihood(level=1, name=_("Rare"), text=_("Less than once in a hundred years."), most=0.01),
            Likelihood(level=2, name=_("Unlikely"), text=_("Once in 20 to 100 years."), least=0.01, most=0.05),
            Likelihood(level=3, name=_("Possible"), text=_("Once in 5 to 20 years."), least=0.05, most=0.2),
            Likelihood(level=4, name=_("Likely"), text=_("Once in 1 to 5 years."), least=0.2, most=1.0),
            Likelihood(level=5, name=_("Almost certain"), text=_("Every year or more often."), least=1.0),
        ),
        impact=(
            Impact(level=1, name=_("Insignificant"), text=_("Made up for within the day.")),
            Impact(level=2, name=_("Minor"), text=_("Felt inside the organisation alone.")),
            Impact(level=3, name=_("Moderate"), text=_("Felt by those whom it serves; made up for within weeks.")),
            Impact(level=4, name=_("Major"), text=_("An aim of the organisation is missed.")),
            Impact(level=5, name=_("Severe"), text=_("Lives are lost, or the organisation cannot go on.")),
        ),
        categories=(
            Category(key="staff", name=_("Staff"), text=_("Safety and health of staff."), tangible=False),
            Category(key="operational", name=_("Operational"), text=_("What is not delivered."), tangible=True),
            Category(key="financial", name=_("Financial"), text=_("What it costs."), tangible=True),
            Category(key="reputational", name=_("Reputational"), text=_("What is thought of it."), tangible=False),
        ),
        ranks=(
            Rank(level=1, name=_("Very low"), text=_("Keep."), colour=0, review=24),
            Rank(level=2, name=_("Low"), text=_("Keep, and watch."), colour=1, review=12),
            Rank(level=3, name=_("Medium"), text=_("Treat, or keep with a reason."), colour=2, review=12),
            Rank(level=4, name=_("High"), text=_("Treat; the head of the unit answers for it."), colour=3, review=6),
            Rank(level=5, name=_("Very high"), text=_("Treat at once; senior management."), colour=4, review=3),
        ),
        matrix=MATRIX,
        appetite=2,
        tolerance=3,
        intolerable=4,
        hours=HOURS,
        review={
            "policy": 24,
            "scales": 24,
            "risk": 12,
            "analysis": 12,
            "strategy": 12,
            "plan": 12,
            "evidence": 12,
        },
    )
