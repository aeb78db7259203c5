"""Corrective actions: found, owned, due, done, proved, verified by somebody else; late ones go up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from holdfast.governance.improvement import actions as acts
from holdfast.governance.improvement.models import CorrectiveAction
from holdfast.governance.improvement.telling import LATE_FOR_HEAD, LATE_FOR_MANAGER, follow
from holdfast.governance.notices.models import Notice
from holdfast.governance.settings.actions import approve_scales, draft_scales
from holdfast.governance.settings.default import default_scales
from holdfast.organization import clock
from holdfast.organization.accounts.actions import give_role
from holdfast.organization.accounts.conflict import Conflict
from holdfast.organization.accounts.models import Event, User
from holdfast.organization.accounts.roles import Role
from holdfast.organization.accounts.scope import NotAllowed, visible
from holdfast.organization.jobs.actions import enqueue
from holdfast.organization.jobs.leased import claim
from holdfast.organization.jobs.models import Job
from holdfast.organization.jobs.running import Running
from holdfast.organization.structure.actions import people
from holdfast.organization.structure.models import Holding
from tests.cast import TEST, Cast, again, user
from tests.organization.test_at_once import at_once, kinds

DAY = timedelta(days=1)


@pytest.fixture
def chief(cast: Cast) -> User:
    """The account of who holds the post of the chief of FCSD."""
    account = user("chief")
    person = people.create_person(TEST, key="chief", name="Chief", unit=cast.units["fcsd"])
    people.link_account(TEST, person, version=person.version, user=account)
    people.hold_post(TEST, person, cast.posts["chief-fcsd"], valid_from=date(2008, 1, 1))
    return account


@pytest.fixture
def head(cast: Cast) -> User:
    return user("head", Role.UNIT_HEAD, unit=cast.units["ocss"])


@pytest.fixture
def manager(cast: Cast) -> User:
    return user("manager", Role.PROGRAMME_MANAGER)


def raised(cast: Cast, *, key: str = "generator", due: date | None = None, **more: Any) -> CorrectiveAction:
    said: dict[str, Any] = {
        "title": "Test the generator under load",
        "owner_post": cast.posts["chief-fcsd"],
        "unit": cast.units["fcsd"],
        "due": due or clock.today() + 30 * DAY,
        "found_on": clock.today() - 200 * DAY,
    }
    return acts.raise_action(TEST, key=key, **(said | more))


def now(action: CorrectiveAction) -> CorrectiveAction:
    return CorrectiveAction.objects.get(pk=action.pk)


def inbox(reader: User) -> list[tuple[str, str]]:
    return [(notice.label, notice.title) for notice in Notice.objects.inbox(again(reader), clock.today())]


def follow_all() -> None:
    enqueue("improvement.follow", by=TEST)
    (job,) = claim(Job, "test")
    follow(TEST, Running(job))


def test_an_action_goes_from_found_to_verified_and_each_step_is_on_record(
    cast: Cast, chief: User, manager: User
) -> None:
    action = raised(cast, origin_kind="exercise", origin_title="Power cut, March", origin_address="/exercises/1/")
    acts.begin_action(again(chief), action, version=1)
    acts.report_action(again(chief), action, version=2, proof="Ran four hours at full load; log 17.")
    done = now(action)
    assert (done.state, done.done_by, done.done_on) == ("done", chief, clock.today())
    acts.verify_action(manager, action, version=3, effect="Saw log 17; started in 9 s.")
    closed = now(action)
    assert (closed.state, closed.closed_by, closed.closed_on) == ("closed", manager, clock.today())
    assert [event.act for event in Event.objects.about(closed).order_by("pk")] == [
        "action.raise", "action.begin", "action.report", "action.verify",
    ]  # fmt: skip
    assert closed.history.count() >= 4


def test_what_found_it_is_named_as_text(cast: Cast) -> None:
    action = raised(cast, origin_kind="audit", origin_title="Internal audit 2008/3", origin_address="/audits/3/")
    assert (action.origin_kind, action.origin_title) == ("audit", "Internal audit 2008/3")
    with pytest.raises(ValidationError) as refused:
        raised(cast, key="b", origin_address="https://elsewhere.example/")
    assert "origin_address" in refused.value.message_dict


def test_nobody_verifies_what_he_has_done_himself(cast: Cast, chief: User) -> None:
    action = raised(cast)
    give_role(TEST, chief, Role.UNIT_HEAD, unit=cast.units["fcsd"])
    acts.report_action(again(chief), action, version=1, proof="Done.")
    with pytest.raises(ValidationError, match="somebody else has to"):
        acts.verify_action(again(chief), action, version=2, effect="It is.")
    other = user("other", Role.UNIT_HEAD, unit=cast.units["dm"])
    acts.verify_action(other, action, version=2, effect="It is.")


def test_the_owner_does_not_verify_it_either_when_another_reported_it(cast: Cast, chief: User, head: User) -> None:
    give_role(TEST, chief, Role.UNIT_HEAD, unit=cast.units["fcsd"])
    action = raised(cast)
    acts.report_action(head, action, version=1, proof="Done.")
    with pytest.raises(ValidationError, match="somebody else has to"):
        acts.verify_action(again(chief), action, version=2, effect="It is.")


def test_what_is_not_proved_is_sent_back_with_what_is_missing(cast: Cast, chief: User, head: User) -> None:
    action = raised(cast)
    acts.report_action(again(chief), action, version=1, proof="Trust me.")
    acts.send_back_action(head, action, version=2, reason="The log is missing.")
    back = now(action)
    assert (back.state, back.done_on, back.done_by, back.proof) == ("in_progress", None, None, "Trust me.")
    assert back.history.first().history_change_reason == "The log is missing."
    assert ("Put right", action.title) in inbox(chief)


def test_a_moved_day_keeps_the_first_and_the_reason(cast: Cast, head: User) -> None:
    action = raised(cast)
    first = action.due
    acts.postpone_action(head, action, version=1, due=first + 10 * DAY, reason="Parts are late.")
    acts.postpone_action(head, action, version=2, due=first + 20 * DAY, reason="Parts are later.")
    moved = now(action)
    assert (moved.due, moved.first_due) == (first + 20 * DAY, first)
    said = [event.after["why"] for event in Event.objects.about(moved).filter(act="action.postpone")]
    assert said == ["Parts are later.", "Parts are late."]


def test_a_closed_or_cancelled_action_is_opened_again_with_a_reason(cast: Cast, chief: User, head: User) -> None:
    action = raised(cast)
    acts.cancel_action(head, action, version=1, cancel_reason="The building is given up.")
    assert now(action).state == "cancelled"
    acts.reopen_action(head, action, version=2, due=clock.today() + DAY, reason="It is kept after all.")
    opened = now(action)
    assert (opened.state, opened.cancel_reason, opened.due) == ("open", "", clock.today() + DAY)


STEPS: dict[str, Callable[[Any, CorrectiveAction], Any]] = {
    "edit": lambda by, a: acts.edit_action(by, a, version=a.version, title="New"),
    "postpone": lambda by, a: acts.postpone_action(by, a, version=a.version, due=clock.today() + 99 * DAY, reason="r"),
    "begin": lambda by, a: acts.begin_action(by, a, version=a.version),
    "report": lambda by, a: acts.report_action(by, a, version=a.version, proof="p"),
    "verify": lambda by, a: acts.verify_action(by, a, version=a.version, effect="e"),
    "send_back": lambda by, a: acts.send_back_action(by, a, version=a.version, reason="r"),
    "cancel": lambda by, a: acts.cancel_action(by, a, version=a.version, cancel_reason="r"),
    "reopen": lambda by, a: acts.reopen_action(by, a, version=a.version, due=clock.today() + DAY, reason="r"),
}
FOLLOWS = {
    "open": {"edit", "postpone", "begin", "report", "cancel"},
    "in_progress": {"edit", "postpone", "report", "cancel"},
    "done": {"verify", "send_back"},
    "closed": {"reopen"},
    "cancelled": {"reopen"},
}
WAY = {
    "open": [],
    "in_progress": ["begin"],
    "done": ["report"],
    "closed": ["report", "verify"],
    "cancelled": ["cancel"],
}


@pytest.mark.parametrize("state", FOLLOWS)
def test_only_the_steps_that_follow_from_a_state_are_taken(cast: Cast, state: str) -> None:
    action = raised(cast)
    for step in WAY[state]:
        STEPS[step](TEST, now(action))
    assert now(action).state == state
    for step, take in STEPS.items():
        before = transaction.savepoint()
        if step in FOLLOWS[state]:
            take(TEST, now(action))
        else:
            with pytest.raises(ValidationError, match="does not follow"):
                take(TEST, now(action))
        transaction.savepoint_rollback(before)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": ""}, "title"),
        ({"owner_post": None}, "owner_post"),
        ({"unit": None, "site": None}, "unit"),
        ({"due": date(2000, 1, 1)}, "due"),
        ({"found_on": date(2999, 1, 1)}, "found_on"),
        ({"grade": "terrible"}, "grade"),
        ({"origin_kind": "rumour"}, "origin_kind"),
    ],
)
def test_an_action_that_cannot_be_is_refused_at_its_field(cast: Cast, more: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        raised(cast, **more)
    assert field in refused.value.message_dict
    assert not CorrectiveAction.objects.exists()


@pytest.mark.parametrize(
    ("step", "field"),
    [
        (lambda a: acts.report_action(TEST, a, version=1, proof="  "), "proof"),
        (lambda a: acts.report_action(TEST, a, version=1, proof="p", done_on=date(2999, 1, 1)), "done_on"),
        (lambda a: acts.report_action(TEST, a, version=1, proof="p", done_on=date(1999, 1, 1)), "done_on"),
        (lambda a: acts.report_action(TEST, a, version=1, proof="p", proof_files=[1]), "proof_files"),
        (lambda a: acts.cancel_action(TEST, a, version=1, cancel_reason=""), "cancel_reason"),
        (lambda a: acts.postpone_action(TEST, a, version=1, due=clock.today() + DAY, reason=" "), "reason"),
        (lambda a: acts.postpone_action(TEST, a, version=1, due=a.due, reason="r"), "due"),
        (lambda a: acts.postpone_action(TEST, a, version=1, due=date(2009, 1, 1), reason="r"), "due"),
    ],
)
def test_a_step_without_what_it_needs_is_refused_and_changes_nothing(cast: Cast, step: Any, field: str) -> None:
    action = raised(cast)
    with pytest.raises(ValidationError) as refused:
        step(action)
    assert field in refused.value.message_dict
    assert now(action).version == action.version


def test_the_database_refuses_what_is_done_and_not_proved(cast: Cast) -> None:
    action = raised(cast)
    action.state = "done"
    with pytest.raises(IntegrityError), transaction.atomic():
        action.save()


def test_of_two_who_see_the_same_version_the_second_is_told(cast: Cast, head: User) -> None:
    action = raised(cast)
    acts.edit_action(TEST, action, version=1, title="Test it twice")
    with pytest.raises(Conflict, match="changed"):
        acts.cancel_action(head, action, version=1, cancel_reason="No.")


# ---- who may


def test_who_does_it_may_report_it_and_nothing_more(cast: Cast, chief: User) -> None:
    action = raised(cast)
    me = again(chief)
    assert list(visible(CorrectiveAction.objects.all(), me)) == [action]
    for forbidden in ("edit", "postpone", "cancel"):
        with pytest.raises(NotAllowed):
            STEPS[forbidden](me, now(action))
    acts.report_action(me, action, version=1, proof="Done.")
    with pytest.raises(NotAllowed):
        acts.verify_action(me, action, version=2, effect="Yes.")


@pytest.mark.parametrize(
    ("role", "steps"),
    [
        (Role.ADMINISTRATOR, {"edit", "postpone", "begin", "report", "cancel"}),
        (Role.PROGRAMME_MANAGER, {"edit", "postpone", "begin", "report", "cancel"}),
        (Role.FOCAL_POINT, {"edit", "postpone", "begin", "report"}),
        (Role.UNIT_HEAD, {"edit", "postpone", "begin", "report", "cancel"}),
        (Role.PROCESS_OWNER, {"begin", "report"}),
        (Role.CRISIS_TEAM, set()),
        (Role.AUDITOR, set()),
        (Role.STAFF, set()),
    ],
)
def test_each_role_takes_its_steps_in_its_unit_and_none_elsewhere(cast: Cast, role: Role, steps: set[str]) -> None:
    action = raised(cast)
    here = user("here", role, unit=cast.units["fcsd"])
    elsewhere = user("elsewhere", role, unit=cast.units["unog"])
    for by, allowed in ((here, steps), (elsewhere, set())):
        for step in FOLLOWS["open"]:
            before = transaction.savepoint()
            if step in allowed:
                STEPS[step](by, now(action))
            else:
                with pytest.raises(NotAllowed):
                    STEPS[step](by, now(action))
            transaction.savepoint_rollback(before)


def test_nobody_moves_an_action_out_of_his_own_reach(cast: Cast) -> None:
    action = raised(cast)
    focal = user("focal", Role.FOCAL_POINT, unit=cast.units["fcsd"])
    with pytest.raises(NotAllowed):
        acts.edit_action(focal, action, version=1, unit=cast.units["unog"])
    assert now(action).unit == cast.units["fcsd"]


def test_the_rights_of_who_has_left_the_post_end_with_it(cast: Cast, chief: User) -> None:
    action = raised(cast)
    holding = Holding.objects.get(person__user=chief)
    people.end_holding(TEST, holding, version=holding.version, on=clock.today())
    follow_all()
    assert now(action).doer is None
    assert not visible(CorrectiveAction.objects.all(), again(chief)).exists()
    assert inbox(chief) == []


# ---- who is told


def test_the_owner_is_told_and_when_it_is_done_those_who_verify(cast: Cast, chief: User, head: User) -> None:
    action = raised(cast)
    assert inbox(chief) == [("Put right", action.title)]
    assert inbox(head) == []
    acts.report_action(again(chief), action, version=1, proof="Done.")
    assert inbox(chief) == []
    assert inbox(head) == [("Verify", action.title)]
    acts.verify_action(head, action, version=2, effect="Yes.")
    assert inbox(head) == []
    assert not Notice.objects.open().exists()


def test_without_an_account_of_the_owner_all_who_may_do_it_are_told(cast: Cast) -> None:
    action = raised(cast)
    focal = user("focal", Role.FOCAL_POINT, unit=cast.units["fcsd"])
    assert action.doer is None
    assert inbox(focal) == [("Put right", action.title)]


def test_who_gets_an_account_is_told_instead_of_all_who_may_do_it(cast: Cast) -> None:
    action = raised(cast)
    focal = user("focal", Role.FOCAL_POINT, unit=cast.units["fcsd"])
    account = user("chief")
    person = people.create_person(TEST, key="chief", name="Chief", unit=cast.units["fcsd"])
    people.link_account(TEST, person, version=person.version, user=account)
    people.hold_post(TEST, person, cast.posts["chief-fcsd"], valid_from=date(2008, 1, 1))
    assert inbox(focal) == [("Put right", action.title)]
    follow_all()
    assert (inbox(account), inbox(focal)) == ([("Put right", action.title)], [])
    assert now(action).doer == account


def test_a_new_owner_is_told_and_the_old_one_is_not_any_more(cast: Cast, chief: User) -> None:
    action = raised(cast)
    acts.edit_action(TEST, action, version=action.version, owner_post=cast.posts["cdc"])
    assert inbox(chief) == []


@pytest.mark.parametrize(
    ("late", "head_told", "manager_told"),
    [(0, False, False), (6, False, False), (7, True, False), (20, True, False), (21, True, True), (100, True, True)],
)
def test_what_is_late_goes_up_to_the_head_and_then_to_the_manager(
    cast: Cast, chief: User, head: User, manager: User, late: int, head_told: bool, manager_told: bool
) -> None:
    action = raised(cast, due=clock.today() - late * DAY)
    follow_all()
    follow_all()
    up = Notice.objects.open().of_source(action.source)
    assert up.filter(kind=LATE_FOR_HEAD.name, user=head).exists() is head_told
    assert up.filter(kind=LATE_FOR_MANAGER.name, user=manager).exists() is manager_told
    assert up.count() == 1 + head_told + manager_told
    if late:
        assert up.get(user=chief).is_late(clock.today())


def test_the_days_are_those_of_the_scales_in_force(cast: Cast, chief: User, head: User, manager: User) -> None:
    raised(cast, due=clock.today() - 2 * DAY)
    assert (len(inbox(head)), len(inbox(manager))) == (0, 0)
    content = {**default_scales().as_json(), "late_for_head": 1, "late_for_manager": 2}
    draft = draft_scales(TEST, content=content)
    follow_all()
    assert (len(inbox(head)), len(inbox(manager))) == (0, 0), "a draft sets nothing"
    approve_scales(TEST, draft, version=1, valid_from=clock.today(), reason="Agreed.")
    follow_all()
    assert (len(inbox(head)), len(inbox(manager))) == (1, 1)


def test_the_nearest_head_is_told_and_heads_above_are_not(cast: Cast, chief: User, head: User) -> None:
    above = user("above", Role.UNIT_HEAD, unit=cast.units["dm"])
    raised(cast, due=clock.today() - 10 * DAY)
    assert len(inbox(head)) == 1
    assert inbox(above) == []


def test_a_head_who_is_the_owner_is_told_once(cast: Cast, chief: User) -> None:
    give_role(TEST, chief, Role.UNIT_HEAD, unit=cast.units["fcsd"])
    raised(cast, due=clock.today() - 10 * DAY)
    assert [label for label, _title in inbox(chief)] == ["Put right"]


def test_what_went_up_comes_down_when_the_day_is_moved_or_it_is_given_up(
    cast: Cast, chief: User, head: User, manager: User
) -> None:
    first = raised(cast, due=clock.today() - 30 * DAY)
    second = raised(cast, key="b", due=clock.today() - 30 * DAY)
    assert (len(inbox(head)), len(inbox(manager))) == (2, 2)
    acts.postpone_action(TEST, first, version=first.version, due=clock.today() + DAY, reason="Parts.")
    acts.cancel_action(TEST, second, version=second.version, cancel_reason="No longer wanted.")
    assert (inbox(head), inbox(manager)) == ([], [])
    assert [label for label, _title in inbox(chief)] == ["Put right"]


def test_an_action_at_a_site_goes_up_in_the_unit_of_the_site(cast: Cast) -> None:
    from holdfast.organization.structure.actions.places import edit_site

    site = cast.sites["geneva"]
    edit_site(TEST, site, version=site.version, unit=cast.units["unog"])
    head = user("head-of-geneva", Role.UNIT_HEAD, unit=cast.units["unog"])
    site.refresh_from_db()
    raised(cast, unit=None, site=site, due=clock.today() - 10 * DAY)
    assert [label for label, _title in inbox(head)] == ["Late in your unit"]


# ---- lists


def test_the_late_ones_come_first(cast: Cast) -> None:
    today = clock.today()
    later = raised(cast, key="later", due=today + 5 * DAY)
    late = raised(cast, key="late", due=today - DAY)
    done = raised(cast, key="done", due=today - 9 * DAY)
    acts.report_action(TEST, done, version=done.version, proof="p")
    rows = CorrectiveAction.objects.late_first(today).order_by("rank", "due")
    assert [row.key for row in rows] == [late.key, later.key, done.key]
    assert list(CorrectiveAction.objects.late(today)) == [late]
    assert late.days_late(today) == 1


def test_following_many_actions_asks_few_questions_more(cast: Cast, chief: User, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for number in range(30):
        raised(cast, key=f"a{number}")
    follow_all()
    # Two a late or open action: its notice and what is open besides.
    with django_assert_max_num_queries(30 * 3 + 25):
        follow_all()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_report_and_cancel_at_once_one_is_told(cast: Cast) -> None:
    action = raised(cast)
    found = at_once(
        lambda: acts.report_action(TEST, action, version=1, proof="Done."),
        lambda: acts.cancel_action(TEST, action, version=1, cancel_reason="No."),
    )
    assert kinds(found) == ["Conflict", "CorrectiveAction"]
    assert now(action).version == 2
