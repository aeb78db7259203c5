"""The checks of the model, told by unit, in names and words, with the way to mend each."""

from __future__ import annotations

import re

from django.test import Client

from holdfast.engine.checks import CHECKS as ENGINE_CHECKS
from holdfast.organization.accounts.roles import Role
from holdfast.organization.places.models import Unit
from holdfast.organization.structure.actions.nodes import edit_node
from holdfast.organization.structure.actions.places import create_unit
from holdfast.organization.structure.models import Node
from holdfast.web.pages.whatif.health import CHECKS, SHORT
from tests.cast import user
from tests.rows import TEST


def text_of(page: Client, address: str = "/what-if/model/") -> str:
    return page.get(address).content.decode().replace("\u00a0", " ")


def test_every_check_of_the_engine_has_a_name_and_advice() -> None:
    assert set(CHECKS) - {SHORT} == {check.__name__ for check in ENGINE_CHECKS}


def test_points_are_told_in_names_not_ids(page: Client) -> None:
    text = text_of(page)
    assert "need each other without tolerance or fallback" in text and "Directory, Network" in text
    assert "“Spare desks”, which holds 0.5" in text
    assert "print-desks" not in text and "check_" not in re.sub(r'(value|id|href)="[^"]*"', "", text)


def test_points_are_chosen_by_unit_and_by_check(page: Client) -> None:
    chosen = text_of(page, "/what-if/model/?check=check_circle_without_tolerance")
    assert "need each other" in chosen and "which holds 0.5" not in chosen
    none = text_of(page, "/what-if/model/?unit=treasury&check=check_circle_without_tolerance")
    assert "Nothing is found for this unit and this check." in none
    assert page.get("/what-if/model/?unit=%3Cb%3E&check=nonsense").status_code == 200


def test_who_may_mend_is_led_to_the_form_and_nobody_else(page: Client) -> None:
    assert ">Mend<" not in text_of(page)
    page.force_login(user("auditor", Role.AUDITOR))
    assert ">Mend<" not in text_of(page)
    page.force_login(user("owner", Role.PROCESS_OWNER))
    text = text_of(page)
    links = re.findall(r'<a href="([^"]+)">Mend<', text)
    assert "/organization/fallbacks/print-desks/edit/" in links
    for link in links:
        assert page.get(link.split("#")[0]).status_code == 200, link


def test_a_requirement_that_cannot_be_met_on_the_day_is_a_point_too(page: Client) -> None:
    guards = Node.objects.get(key="guards")
    edit_node(TEST, guards, version=guards.version, state="proposed")
    text = text_of(page)
    assert "Requirement that cannot be met" in text and "what serves gives 0" in text


def test_points_of_other_units_are_not_told(page: Client) -> None:
    archive = create_unit(TEST, key="archive", name="Archive", kind="unit")
    page.force_login(user("focal", Role.FOCAL_POINT, unit=archive))
    assert "Directory" not in text_of(page)
    page.force_login(user("head", Role.UNIT_HEAD, unit=Unit.objects.get(key="treasury")))
    assert "Spare desks" in text_of(page) or "Every named check" in text_of(page)
