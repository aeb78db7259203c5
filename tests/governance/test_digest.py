"""The e-mail digest: to whom it is due, in whose language, and never twice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import override_settings

from holdfast.governance.notices import digest
from holdfast.governance.notices.actions import choose_digest
from holdfast.governance.notices.digest import MOST_LINES, digest_of, due_readers, send_digest
from holdfast.governance.notices.models import Notice
from holdfast.governance.notices.raising import settle_notice
from holdfast.organization import clock
from holdfast.organization.accounts.models import User
from holdfast.organization.jobs.actions import enqueue
from holdfast.organization.jobs.models import Job
from holdfast.organization.jobs.worker import Crew
from tests.cast import TEST, Cast, user
from tests.governance.test_notices import raised

MONDAY = date(2026, 3, 2)


@pytest.fixture
def reader(places: Cast) -> User:
    return with_address("reader")


def with_address(name: str, **more: Any) -> User:
    account = user(name)
    User.objects.filter(pk=account.pk).update(email=f"{name}@example.org", **more)
    return User.objects.get(pk=account.pk)


def test_the_message_lists_what_waits_with_its_day_and_its_address(reader: User) -> None:
    raised(user=reader, due=MONDAY - timedelta(3))
    raised(user=reader, source="plan:2", title="Plan of\nNairobi", address="/plans/2/", due=MONDAY + timedelta(3))
    with override_settings(PUBLIC_ADDRESS="https://bcm.example.org"):
        assert send_digest(reader, MONDAY)
    (message,) = mail.outbox
    assert message.to == ["reader@example.org"]
    assert message.subject == "2 things wait for you, 1 of them late"
    assert "- Decide: Plan of Geneva (late, it was due on 27 February 2026)" in message.body
    assert "- Decide: Plan of Nairobi (due on 5 March 2026)" in message.body
    assert "https://bcm.example.org/plans/1/" in message.body
    assert "https://bcm.example.org/inbox/" in message.body


def test_the_message_is_in_the_readers_language(places: Cast) -> None:
    french = with_address("french", language="fr")
    raised(user=french, due=MONDAY)
    message = digest_of(french, MONDAY)
    assert message is not None
    assert "mars 2026" in message.body


def test_a_long_list_is_cut_and_counted(reader: User) -> None:
    for number in range(MOST_LINES + 3):
        raised(user=reader, source=f"plan:{number}")
    message = digest_of(reader, MONDAY)
    assert message is not None
    assert message.body.count("Plan of Geneva") == MOST_LINES
    assert "3 things more" in message.body


def test_nothing_is_sent_when_nothing_waits(reader: User) -> None:
    raised(user=reader)
    settle_notice(TEST, "plan:1")
    assert not send_digest(reader, MONDAY)
    assert mail.outbox == []


def test_who_has_chosen_nothing_is_told_every_day_and_once(reader: User) -> None:
    raised(user=reader)
    assert due_readers(MONDAY) == [reader]
    send_digest(reader, MONDAY)
    assert due_readers(MONDAY) == []
    assert due_readers(MONDAY + timedelta(1)) == [reader]


def test_who_wants_it_weekly_is_told_on_monday_or_as_soon_as_it_goes(reader: User) -> None:
    choose_digest(reader, digest="weekly")
    raised(user=reader)
    send_digest(reader, MONDAY)
    assert [bool(due_readers(MONDAY + timedelta(day))) for day in range(8)] == [False] * 7 + [True]
    assert due_readers(MONDAY + timedelta(9)) == [reader], "no worker ran on Monday"


def test_who_wants_none_has_no_address_or_is_gone_is_not_told(places: Cast) -> None:
    never, gone = with_address("never"), with_address("gone", is_active=False)
    nowhere = user("nowhere")
    choose_digest(never, digest="never")
    for number, each in enumerate((never, gone, nowhere)):
        raised(user=each, source=f"plan:{number}")
    assert due_readers(MONDAY) == []


def job() -> Job:
    return enqueue("notices.digest", by=TEST)


@pytest.mark.django_db(transaction=True)
def test_the_job_sends_every_digest_once_and_says_how_many(places: Cast) -> None:
    for name in ("one", "two"):
        raised(user=with_address(name), source=name)
    with_address("idle")
    first, second = job(), job()
    crew = Crew()
    while crew.run_one():
        pass
    assert len(mail.outbox) == 2
    assert Job.objects.get(pk=first.pk).outcome == {"sent": 2, "readers": 3}
    assert Job.objects.get(pk=second.pk).outcome == {"sent": 0, "readers": 1}


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_fails_for_one_costs_the_others_nothing_and_is_tried_again(
    places: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two", "three"):
        raised(user=with_address(name), source=name)
    real = digest.send_digest

    def fragile(reader: User, on: date) -> bool:
        if reader.username == "two":
            raise OSError("the server is gone")
        return real(reader, on)

    monkeypatch.setattr(digest, "send_digest", fragile)
    asked = job()
    Crew().run_one()
    again = Job.objects.get(pk=asked.pk)
    assert (again.state, len(mail.outbox)) == ("waiting", 2)
    assert "1 of 3 digests were not sent" in again.error
    monkeypatch.setattr(digest, "send_digest", real)
    Job.objects.filter(pk=asked.pk).update(run_after=clock.now())
    Crew().run_one()
    assert sorted(message.to[0] for message in mail.outbox) == [
        "one@example.org", "three@example.org", "two@example.org",
    ]  # fmt: skip
    assert Notice.objects.open().count() == 3
