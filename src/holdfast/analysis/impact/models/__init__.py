"""The rows of the domain."""

from holdfast.analysis.impact.models.analyses import Analysis, Peak, ProcessImpact
from holdfast.analysis.impact.models.campaigns import Campaign, CampaignState
from holdfast.analysis.impact.models.dependencies import Claim, ClaimState
from holdfast.analysis.impact.models.suppliers import Questionnaire, SupplierRecord

__all__ = [
    "Analysis",
    "Campaign",
    "CampaignState",
    "Claim",
    "ClaimState",
    "Peak",
    "ProcessImpact",
    "Questionnaire",
    "SupplierRecord",
]
