"""The scales of the organisation: what they say, and what they refuse to be."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from holdfast.governance.differences import differences
from holdfast.governance.settings.default import default_scales
from holdfast.governance.settings.scales import BadScales, OffScale, Scales


def scales(**changed: Any) -> dict[str, Any]:
    return default_scales().as_json() | changed


def test_a_risk_gets_the_rank_of_the_matrix() -> None:
    found = default_scales()
    assert [found.level_of(3, impact).level for impact in range(1, 6)] == [1, 2, 3, 4, 4]
    assert found.level_of(5, 5).name == "Very high"
    assert found.level_of(5, 5).colour == 4


def test_risks_are_ordered_by_rank_then_impact_then_likelihood() -> None:
    found = default_scales()
    risks = [(5, 1), (1, 5), (3, 3), (5, 5), (2, 4)]
    assert sorted(risks, key=lambda risk: found.order_of(*risk), reverse=True) == [
        (5, 5), (1, 5), (2, 4), (3, 3), (5, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("likelihood", "impact"), [(0, 1), (6, 1), (1, 0), (1, 6)])
def test_a_level_outside_the_scale_is_refused_in_words(likelihood: int, impact: int) -> None:
    with pytest.raises(OffScale, match="the scale goes from 1 to 5"):
        default_scales().level_of(likelihood, impact)


@pytest.mark.parametrize(
    ("rate", "level"), [(0.0, 1), (0.00999, 1), (0.01, 2), (0.199, 3), (0.2, 4), (1.0, 5), (40, 5)]
)
def test_a_rate_has_the_likelihood_of_its_band(rate: float, level: int) -> None:
    assert default_scales().likelihood_of(rate) == level


def test_a_scale_without_rates_gives_no_likelihood_for_one() -> None:
    bare = [
        {name: part for name, part in one.items() if name not in ("least", "most")} for one in scales()["likelihood"]
    ]
    assert Scales.read(scales(likelihood=bare)).likelihood_of(0.5) is None


def test_a_category_may_have_an_appetite_of_its_own() -> None:
    found = Scales.read(scales(appetite_by={"staff": 1}))
    assert found.within_appetite(2) and not found.within_appetite(3)
    assert found.within_appetite(1, "staff") and not found.within_appetite(2, "staff")
    assert found.within_appetite(2, "financial")


def _with(name: str, position: int, /, **changed: Any) -> dict[str, Any]:
    levels = scales()[name]
    levels[position - 1] = {**levels[position - 1], **changed}
    return scales(**{name: levels})


@pytest.mark.parametrize(
    ("wrong", "path", "says"),
    [
        (scales(matrix=[[1, 1, 2, 3, 3]]), "matrix", "1 rows, and there are 5 likelihoods"),
        (scales(matrix=[[1, 1, 2, 3, 6], *[[1, 2, 3, 4, 5]] * 4]), "matrix.1.5", "There is no rank 6"),
        (scales(matrix=[[2, 1, 2, 3, 3], *[[2, 2, 3, 4, 5]] * 4]), "matrix.1.2", "cannot give a lower rank"),
        (scales(matrix=[[1, 2, 2, 3], *[[1, 2, 3, 4, 5]] * 4]), "matrix.1", "The row has 4 ranks"),
        (_with("likelihood", 2, level=7), "likelihood.2", "wanted 2 here, got 7"),
        (_with("likelihood", 2, name="Rare"), "likelihood", "Rare is there twice"),
        (_with("likelihood", 2, least=0.02), "likelihood.2", "begin where those of the level below end"),
        (_with("likelihood", 2, most=0.001), "likelihood.2", "have to grow"),
        (_with("likelihood", 1, least=-1), "likelihood.1", "0 or more"),
        (_with("likelihood", 1, basis="stated"), "likelihood.1", "needs its source"),
        (_with("impact", 1, by_category={"weather": "wet"}), "impact.1", "There is no category weather"),
        (_with("ranks", 5, colour=5), "ranks.5", "one of the 5 severity steps"),
        (_with("ranks", 5, review=0), "ranks.5", "1 to 120 months"),
        (scales(appetite=9), "appetite", "There is no rank 9"),
        (scales(appetite=4, tolerance=3), "tolerance", "not below the appetite"),
        (scales(appetite_by={"staff": 5}), "appetite_by.staff", "not above the tolerance"),
        (scales(intolerable=6), "intolerable", "There is no impact 6"),
        (scales(hours=[4, 1]), "hours", "have to grow"),
        (scales(hours=[]), "hours", "hours above 0"),
        (scales(review={"coffee": 3}), "review", "Nothing is called coffee"),
        (scales(likelihood=scales()["likelihood"][:1]), "likelihood", "2 to 10 levels"),
        (scales(appetite="low"), "appetite", "Expected int"),
        (_with("impact", 2, level="two"), "impact.2.level", "Expected int"),
        (scales(acknowledge_within=0), "acknowledge_within", "1 to 366 days"),
        (scales(acknowledged_share=1.2), "acknowledged_share", "from 0 to 1"),
        (_with("ranks", 2, names={"fr": " "}), "ranks.2.names", "a text for each language"),
        (_with("ranks", 2, names={"French": "Bas"}), "ranks.2.names", "a text for each language"),
        (_with("ranks", 2, names="Bas"), "ranks.2.names", "Expected object"),
        (_with("categories", 1, names={"": "x"}), "categories.staff.names", "a text for each language"),
        (scales(late_for_head=0), "late_for_head", "1 to 366 days"),
        (scales(late_for_head=30), "late_for_manager", "same day as the head of the unit, or later"),
        (scales(late_for_manager=400), "late_for_manager", "or later"),
        (scales(review_ahead=-1), "review_ahead", "0 to 366 days"),
        (scales(colour="red"), "", "unknown field colour"),
    ],
)
def test_scales_that_cannot_be_are_refused_with_the_place(wrong: dict[str, Any], path: str, says: str) -> None:
    with pytest.raises(BadScales) as refused:
        Scales.read(wrong)
    assert refused.value.path == path
    assert says in refused.value.message


def test_scales_come_back_from_json_as_they_were() -> None:
    assert Scales.read(default_scales().as_json()) == default_scales()


def test_a_level_is_called_by_its_name_in_the_language_of_the_reader() -> None:
    rank = Scales.read(_with("ranks", 2, names={"fr": "Faible", "pt-br": "Baixo"})).ranks[1]
    for language, label in (("en", "Low"), ("fr", "Faible"), ("fr-ca", "Faible"), ("pt-br", "Baixo"), ("es", "Low")):
        with translation.override(language):
            assert rank.label == label
    assert rank.name == "Low"


def test_two_parts_have_no_name_in_common_in_any_language() -> None:
    ranks = [dict(one) for one in scales()["ranks"]]
    ranks[0]["names"], ranks[1]["names"] = {"fr": "Faible"}, {"fr": "Faible", "es": "Bajo"}
    with pytest.raises(BadScales, match="ranks: Faible is there twice"):
        Scales.read(scales(ranks=ranks))


def test_a_name_in_another_language_is_a_difference_in_words() -> None:
    lines = Scales.read(_with("ranks", 2, names={"fr": "Faible"})).lines()
    assert lines["Rank 2 in the language fr"] == "Faible"


def test_two_versions_differ_in_words() -> None:
    before = default_scales()
    matrix = [list(row) for row in before.matrix]
    matrix[0][4] = 4
    changed = [{**one, "name": "Catastrophic"} if one["level"] == 5 else one for one in scales()["impact"]]
    after = Scales.read(scales(matrix=matrix, impact=changed, appetite=1))
    assert [(one.label, one.before, one.after) for one in differences(before.lines(), after.lines())] == [
        (
            "Impact 5",
            "Severe: Lives are lost, or the organisation cannot go on.",
            "Catastrophic: Lives are lost, or the organisation cannot go on.",
        ),
        ("Likelihood 1 with impact 5", "Medium", "High"),
        ("Kept without treatment", "up to Low", "up to Very low"),
    ]
