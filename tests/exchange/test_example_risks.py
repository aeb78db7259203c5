"""The risks of the example: nine duty stations assessed, each hazard in numbers with its reason."""

from __future__ import annotations

from collections import defaultdict

from holdfast.analysis.risk.models import Assessment, Environment, Footprint, Hazard, Rating, Threat, Treatment
from holdfast.analysis.risk.standing import by_rank, rolled_up, standing
from holdfast.governance.settings.questions import in_force
from holdfast.organization import clock
from holdfast.organization.places.models import Site
from tests.cast import REPORT_DAY, TEST

KINDS = {
    "earthquake", "flood", "storm", "fire", "power-cut", "armed-conflict-or-unrest", "terrorist-attack",
    "data-centre-loss", "wide-area-link-cut", "cyber-attack", "supplier-failure", "pandemic",
}  # fmt: skip
EIGHT = {
    "terrorist-attack", "sudden-disaster", "fire", "power-cut", "armed-conflict-or-unrest", "sabotage",
    "equipment-failure", "human-error",
}  # fmt: skip


def test_the_eight_threats_of_the_report_stand_in_the_library_with_others(secretariat: None) -> None:
    stated = Threat.objects.filter(basis="stated")
    assert {threat.key for threat in stated if threat.paragraphs[0].startswith("6(")} >= EIGHT
    assert Threat.objects.filter(basis="assumed").exists()


def test_each_duty_station_has_hazards_of_twelve_kinds(secretariat: None) -> None:
    """Every figure says how it is known, and why: the report names threats and gives no rate."""
    for site in Site.objects.filter(kind="duty_station"):
        kinds = set(Hazard.objects.reaching(site).values_list("threat__key", flat=True))
        assert kinds >= KINDS, (site, KINDS - kinds)
    facts = [hazard.rate for hazard in Hazard.objects.all()]
    facts += [fact for one in Footprint.objects.all() for fact in (one.chance, one.loss, one.duration)]
    assert len(facts) > 600
    assert all(fact.basis == "assumed" and fact.source for fact in facts)


def test_nine_duty_stations_are_assessed_over_four_environments(secretariat: None) -> None:
    """Each approved; paragraphs where the report states something; each rating with its reason."""
    assessed = Assessment.objects.in_force(REPORT_DAY).select_related("site")
    assert len(assessed) == 9
    seen = defaultdict(set)
    for rating in Rating.objects.select_related("risk__threat", "assessment"):
        seen[rating.assessment_id].add(rating.risk.threat.environment)
        assert rating.rationale
    assert all(environments == set(Environment.values) for environments in seen.values())
    unrest = Rating.objects.get(risk__key="nairobi-armed-conflict-or-unrest")
    assert unrest.risk.paragraphs == ["6(e)", "55"]
    assert all(one.consultations.exists() for one in assessed)


def test_the_nine_stations_roll_up_into_one_register(secretariat: None) -> None:
    stands = standing(clock.today(), TEST, in_force(clock.today()))
    rolled = {one.threat.key: one for one in rolled_up(stands)}
    assert len(rolled) == 15
    assert {len(one.sites) for one in rolled.values()} == {9}
    assert rolled["armed-conflict-or-unrest"].worst.risk.site.key == "beirut"
    ranked = by_rank(Treatment.objects.all(), stands)
    assert any(one.passed_over for one in ranked), "money went to lower risks above higher ones without"
