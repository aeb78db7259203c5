"""What an assessment lacks before it can be submitted, and whether its levels are on the scales."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from holdfast.analysis.risk.models import Assessment, Environment, Rating
from holdfast.analysis.risk.models.assessments import LEVELS, AssessmentKind, target_worse
from holdfast.governance.settings.questions import numbered
from holdfast.governance.settings.scales import OffScale, Scales


@dataclass(frozen=True)
class Gap:
    """Something that is missing; `part` is the environment or the place on the page where it is mended."""

    part: str
    message: str


def scales_of(assessment: Assessment) -> Scales:
    """The scales that an assessment is made by."""
    return numbered(assessment.scales)


def check_levels(rating: Rating, scales: Scales | None = None) -> None:
    """Raises ValidationError for a level that the scales of the assessment do not have, for a target worse than what
    is, and for what is worse than it would be without any measure."""
    scales = scales or scales_of(rating.assessment)
    problems = {}
    for name in LEVELS:
        level = getattr(rating, name)
        try:
            if level is None:
                raise OffScale(gettext("This is missing."))
            scales.check_levels(**{name.split("_")[1]: level})
        except OffScale as error:
            problems[name] = str(error)
    if not problems:
        ranks = {state: scales.level_of(*rating.level(state)).level for state in ("inherent", "current", "target")}
        if ranks["target"] > ranks["current"]:
            problems["target_likelihood"] = target_worse()
        if ranks["current"] > ranks["inherent"]:
            said = gettext("What is cannot be worse than what would be without any measure.")
            problems["inherent_likelihood"] = said
    if problems:
        raise ValidationError(problems)


def gaps_of(assessment: Assessment) -> list[Gap]:
    """What keeps a draft from being submitted. An extra assessment looks at what it is made for, and no more."""
    ratings = list(Rating.objects.filter(assessment=assessment).select_related("risk__threat"))
    found: list[Gap] = []
    if not ratings:
        found.append(Gap("ratings", gettext("No risk is rated yet.")))
    if assessment.kind == AssessmentKind.REGULAR:
        seen = {rating.risk.threat.environment for rating in ratings}
        for environment in Environment:
            if environment not in seen and not getattr(assessment, environment.value).strip():
                said = gettext("The %(environment)s environment: rate a risk, or say why there is none.")
                found.append(Gap(environment.value, said % {"environment": environment.label}))
    if not assessment.consultations.exists():
        found.append(Gap("consultations", gettext("Nobody was consulted: record who was asked, and what they said.")))
    scales = scales_of(assessment)
    for rating in ratings:
        try:
            check_levels(rating, scales)
        except ValidationError as error:
            found.append(Gap("ratings", f"{rating.risk}: {' '.join(error.messages)}"))
    return found
