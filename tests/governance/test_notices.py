"""What waits for whom: raised once, seen by those it is for, gone when it is done."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from holdfast.governance.notices.actions import choose_digest, put_away_notice, read_notice
from holdfast.governance.notices.kinds import KINDS, declare_kind
from holdfast.governance.notices.models import Notice, NoticeMark
from holdfast.governance.notices.raising import raise_notice, settle_notice
from holdfast.organization.accounts.models import System
from holdfast.organization.accounts.roles import Role
from holdfast.organization.accounts.scope import NotAllowed, visible
from tests.cast import TEST, Cast, again, user

TODAY = date(2026, 3, 2)
DECIDE = KINDS.get("test.decide") or declare_kind("test.decide", "Decide")
TOLD = KINDS.get("test.told") or declare_kind("test.told", "Decided", informs=True)


def raised(**more: object) -> Notice:
    said: dict[str, object] = {"source": "plan:1", "title": "Plan of Geneva", "address": "/plans/1/"}
    return raise_notice(TEST, DECIDE, **(said | more))  # type: ignore[arg-type]


def titles(reader: object, on: date = TODAY) -> list[str]:
    return [notice.title for notice in Notice.objects.inbox(again(reader), on)]  # type: ignore[arg-type]


def test_a_notice_for_a_person_is_in_that_persons_inbox_and_in_no_others(places: Cast) -> None:
    one, other = user("one"), user("other")
    raised(user=one)
    assert titles(one) == ["Plan of Geneva"]
    assert titles(other) == []
    assert list(visible(Notice.objects.all(), other)) == []


def test_a_notice_for_a_right_is_in_the_inbox_of_all_who_have_it_there(places: Cast) -> None:
    geneva, nairobi = places.units["unog"], places.units["unon"]
    here = user("here", Role.FOCAL_POINT, unit=geneva)
    above = user("above", Role.PROGRAMME_MANAGER)
    elsewhere = user("elsewhere", Role.FOCAL_POINT, unit=nairobi)
    staff = user("staff", Role.STAFF, unit=geneva)
    raised(permission="strategy.edit", unit=geneva)
    assert [len(titles(each)) for each in (here, above, elsewhere, staff)] == [1, 1, 0, 0]


def test_a_notice_for_a_right_at_a_site_follows_the_site(places: Cast) -> None:
    raised(permission="structure.edit", site=places.sites["geneva"])
    assert titles(user("here", Role.FOCAL_POINT, site=places.sites["geneva"]))
    assert not titles(user("there", Role.FOCAL_POINT, site=places.sites["nairobi"]))


def test_raising_the_same_again_brings_it_up_to_date_and_makes_no_second(places: Cast) -> None:
    one = user("one")
    first = raised(user=one)
    again_ = raised(user=one, title="Plan of Geneva, second draft", due=TODAY)
    assert again_.pk == first.pk
    assert titles(one) == ["Plan of Geneva, second draft"]
    version = Notice.objects.get().version
    raised(user=one, title="Plan of Geneva, second draft", due=TODAY)
    assert Notice.objects.get().version == version, "nothing changed, nothing written"


def test_what_is_settled_leaves_every_inbox_and_may_be_raised_anew(places: Cast) -> None:
    one, other = user("one"), user("other")
    raised(user=one)
    raised(user=other)
    raised(user=one, source="plan:2", title="Plan of Nairobi")
    assert settle_notice(TEST, "plan:1") == 2
    assert (titles(one), titles(other)) == (["Plan of Nairobi"], [])
    assert settle_notice(TEST, "plan:1") == 0
    raised(user=other)
    assert titles(other) == ["Plan of Geneva"]


def test_one_persons_part_of_a_source_can_be_settled_alone(places: Cast) -> None:
    one, other = user("one"), user("other")
    raised(user=one)
    raised(user=other)
    assert settle_notice(TEST, "plan:1", user=one, kind=DECIDE) == 1
    assert (titles(one), titles(other)) == ([], ["Plan of Geneva"])


def test_the_inbox_begins_with_what_is_due_first_and_hides_what_is_shown_later(places: Cast) -> None:
    one = user("one")
    raised(user=one, source="a", title="without a date")
    raised(user=one, source="b", title="in a week", due=TODAY + timedelta(7))
    raised(user=one, source="c", title="late", due=TODAY - timedelta(1))
    raised(user=one, source="d", title="next year", due=TODAY + timedelta(365), shown_from=TODAY + timedelta(300))
    assert titles(one) == ["late", "in a week", "without a date"]
    assert titles(one, TODAY + timedelta(300))[-2:] == ["next year", "without a date"]


def test_the_inbox_is_one_question_and_one_for_the_roles(places: Cast) -> None:
    manager = user("manager", Role.PROGRAMME_MANAGER)
    focal = user("focal", Role.FOCAL_POINT, unit=places.units["unog"])
    for number in range(5):
        raised(source=f"n{number}", permission="strategy.edit", unit=places.units["unog"])
        raised(source=f"u{number}", user=focal)
    for reader, count in ((again(manager), 5), (again(focal), 10)):
        with CaptureQueriesContext(connection) as asked:
            assert len(list(Notice.objects.inbox(reader, TODAY))) == count
        assert len(asked) == 2


def test_reading_marks_and_takes_nothing_away(places: Cast) -> None:
    one = user("one")
    notice = raised(user=one)
    read_notice(one, notice)
    read_notice(one, notice)
    assert NoticeMark.objects.count() == 1
    assert [found.is_read for found in Notice.objects.inbox(one, TODAY)] == [True]


def test_what_only_informs_is_put_away_by_each_reader_for_himself(places: Cast) -> None:
    here = [user(name, Role.FOCAL_POINT, unit=places.units["unog"]) for name in ("one", "two")]
    notice = raise_notice(
        TEST, TOLD, source="p", title="Policy", address="/p/", permission="strategy.edit", unit=places.units["unog"]
    )
    put_away_notice(again(here[0]), notice)
    assert (titles(here[0]), titles(here[1])) == ([], ["Policy"])


def test_what_asks_for_something_is_not_put_away(places: Cast) -> None:
    one = user("one")
    with pytest.raises(ValidationError, match="goes away when it is done"):
        put_away_notice(one, raised(user=one))
    assert titles(one)


def test_nobody_reads_or_puts_away_anothers(places: Cast) -> None:
    notice = raise_notice(TEST, TOLD, source="p", title="Policy", address="/p/", user=user("one"))
    for act in (read_notice, put_away_notice):
        with pytest.raises(NotAllowed):
            act(user(f"other-{act.__name__}"), notice)
        with pytest.raises(NotAllowed):
            act(System("a job"), notice)  # type: ignore[arg-type]


def test_auditors_and_managers_see_what_waits_for_whom(places: Cast) -> None:
    raised(user=user("one"), unit=places.units["unog"])
    raised(user=user("two"), source="plan:2", unit=places.units["unon"])
    for role in (Role.ADMINISTRATOR, Role.PROGRAMME_MANAGER, Role.AUDITOR):
        assert visible(Notice.objects.all(), user(role, role)).count() == 2
    assert visible(Notice.objects.all(), user("h", Role.AUDITOR, unit=places.units["unog"])).count() == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"address": "https://elsewhere.example/"}, "address"),
        ({"address": "//elsewhere.example/"}, "address"),
        ({"address": "/\\elsewhere.example/"}, "address"),
        ({"address": "javascript:alert(1)"}, "address"),
        ({"address": "/a b"}, "address"),
        ({"address": ""}, "address"),
        ({"permission": "no.such"}, "permission"),
        ({"permission": ""}, "user"),
        ({"title": ""}, "title"),
        ({"source": ""}, "source"),
    ],
)
def test_a_notice_that_cannot_be_is_refused_with_a_message_at_its_field(
    places: Cast, more: dict[str, object], field: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        raised(**({"permission": "strategy.edit"} | more))
    assert field in refused.value.message_dict
    assert not Notice.objects.exists()


def test_a_notice_is_for_a_person_or_for_a_right_and_not_for_both(places: Cast) -> None:
    with pytest.raises(ValidationError, match="not both"):
        raised(user=user("one"), permission="strategy.edit")


def test_a_kind_has_one_name_and_a_room() -> None:
    with pytest.raises(ValueError, match="already"):
        declare_kind("test.decide", "Again")
    for name in ("decide", "Test.decide", "test.decide.now", ""):
        with pytest.raises(ValueError, match=r"ROOM\.WHAT"):
            declare_kind(name, "Decide")


def test_everybody_chooses_for_himself_how_often_he_is_told(places: Cast) -> None:
    one = user("one")
    assert choose_digest(one, digest="weekly").digest == "weekly"
    assert choose_digest(one, digest="never").digest == "never"
    assert again(one).digest.version == 2
    with pytest.raises(ValidationError):
        choose_digest(one, digest="hourly")
    with pytest.raises(NotAllowed):
        choose_digest(TEST, digest="daily")  # type: ignore[arg-type]
