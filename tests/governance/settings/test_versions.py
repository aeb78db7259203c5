"""Versions of the scales: one in force on a day, drafts beside it, nothing approved changes."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from holdfast.governance.settings import actions
from holdfast.governance.settings.models import ScaleVersion
from holdfast.governance.settings.questions import in_force, numbered
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.models import Event
from holdfast.organization.accounts.roles import Role
from holdfast.organization.accounts.scope import NotAllowed
from tests import cast as made
from tests.cast import TEST
from tests.organization.test_at_once import at_once, kinds

DAY = date(2008, 1, 31)
LATER = date(2009, 1, 1)


def approved(on: date = DAY, **changed: object) -> ScaleVersion:
    draft = actions.draft_scales(TEST)
    if changed:
        draft = actions.edit_scales(TEST, draft, version=draft.version, content={**draft.content, **changed})
    return actions.approve_scales(TEST, draft, version=draft.version, valid_from=on, reason="Agreed.")


@pytest.mark.django_db
def test_an_organisation_that_has_approved_none_has_the_default() -> None:
    assert in_force(DAY).version == 0
    assert numbered(0) == in_force(DAY)


@pytest.mark.django_db
def test_one_version_is_in_force_on_a_day_and_the_older_stay_readable() -> None:
    first, second = approved(), approved(LATER, appetite=1)
    assert in_force(date(2008, 1, 30)).version == 0
    assert [in_force(day).version for day in (DAY, date(2008, 12, 31), LATER)] == [1, 1, 2]
    assert (in_force(DAY).appetite, in_force(LATER).appetite) == (2, 1)
    assert numbered(first.number).appetite == 2
    first.refresh_from_db()
    assert (first.valid_until, second.valid_until) == (LATER, None)


@pytest.mark.django_db
def test_a_draft_is_not_in_force_and_begins_with_the_scales_that_are() -> None:
    approved(appetite=1)
    draft = actions.draft_scales(TEST)
    assert draft.scales.appetite == 1
    actions.edit_scales(TEST, draft, version=1, content={**draft.content, "appetite": 3})
    assert in_force(LATER).appetite == 1


@pytest.mark.django_db
def test_an_approved_version_cannot_be_edited_approved_again_or_discarded() -> None:
    version = approved()
    for attempt in (
        lambda: actions.edit_scales(TEST, version, version=version.version, title="Other"),
        lambda: actions.approve_scales(TEST, version, version=version.version, valid_from=LATER, reason="Again."),
        lambda: actions.discard_scales(TEST, version, version=version.version),
    ):
        with pytest.raises(ValidationError, match="stays as it is: draft a new version"):
            attempt()


@pytest.mark.django_db
@pytest.mark.parametrize("day", [DAY, date(2007, 1, 1)])
def test_a_version_cannot_come_into_force_before_the_one_it_follows(day: date) -> None:
    approved()
    draft = actions.draft_scales(TEST)
    with pytest.raises(ValidationError, match="can only follow later"):
        actions.approve_scales(TEST, draft, version=1, valid_from=day, reason="Agreed.")
    assert in_force(LATER).version == 1


@pytest.mark.django_db
def test_approval_needs_a_reason_and_wrong_scales_are_not_kept() -> None:
    draft = actions.draft_scales(TEST)
    with pytest.raises(ValidationError, match="Say why"):
        actions.approve_scales(TEST, draft, version=1, valid_from=DAY, reason=" ")
    with pytest.raises(ValidationError, match=r"matrix: The matrix has 0 rows"):
        actions.edit_scales(TEST, draft, version=1, content={**draft.content, "matrix": []})
    assert ScaleVersion.objects.get().content == draft.content


@pytest.mark.django_db
def test_a_number_is_never_given_twice() -> None:
    draft = actions.draft_scales(TEST)
    actions.discard_scales(TEST, draft, version=1)
    assert actions.draft_scales(TEST).number == 2


@pytest.mark.django_db
def test_scales_are_changed_by_those_who_may_in_the_whole_organisation() -> None:
    unit = made.places_only().units["dm"]
    with pytest.raises(NotAllowed):
        actions.draft_scales(made.user("manager-of-dm", Role.PROGRAMME_MANAGER, unit=unit))
    with pytest.raises(NotAllowed):
        actions.draft_scales(made.user("focal", Role.FOCAL_POINT))
    manager = made.user("manager", Role.PROGRAMME_MANAGER)
    assert actions.draft_scales(manager).author == manager
    assert Event.objects.get(act="scales.draft").user == manager


@pytest.mark.django_db(transaction=True)
def test_of_two_who_approve_one_draft_at_once_one_is_told() -> None:
    draft = actions.draft_scales(TEST)
    found = at_once(
        *(
            lambda day=day: actions.approve_scales(TEST, draft, version=1, valid_from=day, reason="Agreed.")
            for day in (DAY, LATER)
        )
    )
    assert kinds(found) == ["Conflict", "ScaleVersion"]
    assert any(isinstance(one, Conflict) and "in the meantime" in one.message for one in found)


@pytest.mark.django_db(transaction=True)
def test_of_two_drafts_approved_at_once_from_the_same_day_one_comes_into_force() -> None:
    drafts = [actions.draft_scales(TEST), actions.draft_scales(TEST)]
    found = at_once(
        *(
            lambda draft=draft: actions.approve_scales(TEST, draft, version=1, valid_from=DAY, reason="Agreed.")
            for draft in drafts
        )
    )
    assert kinds(found) == ["ScaleVersion", "ValidationError"]
    assert ScaleVersion.objects.filter(state="approved").count() == 1
