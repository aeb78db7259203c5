"""Units and sites are trees."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from holdfast.organization.places.models import Site, Unit
from holdfast.organization.rows import parents_first
from holdfast.organization.structure.actions.places import close_unit, create_site, create_unit, edit_site, edit_unit
from tests.cast import TEST, Cast


def fresh(unit: Unit) -> Unit:
    return Unit.objects.get(pk=unit.pk)


def test_all_under_a_unit_are_found_in_one_question(places: Cast) -> None:
    under = Unit.objects.within(places.units["dm"].path).values_list("key", flat=True)
    assert set(under) == {"dm", "ocss", "bcmu", "fcsd"}


def test_a_unit_that_moves_takes_all_under_it_along(places: Cast) -> None:
    edit_unit(TEST, places.units["ocss"], version=1, parent=places.units["dss"])
    assert fresh(places.units["bcmu"]).path == "un/secretariat/dss/ocss/bcmu/"
    assert set(Unit.objects.within(fresh(places.units["dm"]).path).values_list("key", flat=True)) == {"dm"}


@pytest.mark.parametrize("under", ["dm", "ocss", "bcmu"])
def test_a_unit_under_itself_or_its_own_child_is_refused(places: Cast, under: str) -> None:
    with pytest.raises(ValidationError, match="cannot stand under itself"):
        edit_unit(TEST, places.units["dm"], version=1, parent=places.units[under])
    assert fresh(places.units["dm"]).path == "un/secretariat/dm/"


def test_a_key_is_never_used_again(places: Cast) -> None:
    with pytest.raises(ValidationError, match="The key dm is or was another's"):
        create_unit(TEST, key="dm", name="Another", kind="office")
    site = Site(key="gone", name="Gone", kind="venue")
    from holdfast.organization.structure.saving import remove_all, save_all

    save_all([site], TEST)
    remove_all([site], TEST)
    with pytest.raises(ValidationError, match="is or was another's"):
        create_site(TEST, key="gone", name="New", kind="venue")


@pytest.mark.parametrize("key", ["", "a b", "a/b", "-a", "ü", "a" * 121])
def test_a_key_has_plain_letters(places: Cast, key: str) -> None:
    with pytest.raises(ValidationError) as refused:
        create_unit(TEST, key=key, name="Another", kind="office")
    assert set(refused.value.message_dict) == {"key"}


def test_a_unit_with_units_under_it_is_not_closed(places: Cast) -> None:
    with pytest.raises(ValidationError, match="Units under it go on"):
        close_unit(TEST, places.units["ocss"], version=1, on=date(2010, 1, 1))
    close_unit(TEST, places.units["bcmu"], version=1, on=date(2010, 1, 1))
    assert not Unit.objects.as_of(date(2010, 1, 1)).filter(key="bcmu").exists()
    assert Unit.objects.as_of(date(2009, 12, 31)).filter(key="bcmu").exists()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"latitude": 91.0, "longitude": 0.0}, "latitude"),
        ({"latitude": 40.0}, "longitude"),
        ({"country": "usa"}, "country"),
        ({"kind": "moon"}, "kind"),
        ({"state": "lost"}, "state"),
        ({"valid_from": date(2009, 1, 1), "valid_until": date(2009, 1, 1)}, "valid_until"),
        ({"tags": "one"}, "tags"),
        ({"names": {"fr": 3}}, "names"),
        ({"path": "x/"}, "path"),
        ({"name": ""}, "name"),
    ],
)
def test_what_is_wrong_with_a_site_is_said_at_its_field(places: Cast, fields: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError) as refused:
        edit_site(TEST, places.sites["geneva"], version=1, **fields)  # type: ignore[arg-type]
    assert named in refused.value.message_dict
    assert Site.objects.get(key="geneva").version == 1


def test_units_are_sorted_for_saving_and_a_circle_is_named(db: None) -> None:
    one, two = Unit(key="one", name="1", kind="unit"), Unit(key="two", name="2", kind="unit")
    two.parent = one
    assert parents_first([two, one]) == [[one], [two]]
    one.parent = two
    with pytest.raises(ValidationError, match="one, two stand under each other"):
        parents_first([one, two])
