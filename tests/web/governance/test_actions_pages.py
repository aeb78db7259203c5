"""Corrective actions in the browser: from raised to closed, and what is refused on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from holdfast.governance.improvement.actions import raise_action
from holdfast.governance.improvement.models import CorrectiveAction
from holdfast.organization import clock
from holdfast.organization.attachments.models import Attachment
from tests.cast import TEST, Cast
from tests.web.organization.test_editing import said, send

LIST = "/governance/actions/"
DAY = timedelta(days=1)


def raised(cast: Cast, key: str = "generator", **more: Any) -> CorrectiveAction:
    given: dict[str, Any] = {
        "title": f"Test the {key} under load",
        "owner_post": cast.posts["chief-fcsd"],
        "unit": cast.units["fcsd"],
        "due": clock.today() + 30 * DAY,
        "found_on": clock.today() - 100 * DAY,
    }
    return raise_action(TEST, key=key, **(given | more))


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return " ".join(response.content.decode().split())


def test_an_action_is_raised_done_and_verified_by_three_people(reader: Any, cast: Cast) -> None:
    focal = reader("focal_point", unit="fcsd")
    owner = reader("process_owner", unit="fcsd")
    head = reader("unit_head", unit="ocss")
    response = send(
        focal, f"{LIST}new/", title="Label the valves", unit="fcsd", owner_post="chief-fcsd",
        due=str(clock.today() + 10 * DAY), origin_kind="exercise", origin_title="Water leak", finding="Which is it?",
    )  # fmt: skip
    page = f"{LIST}label-the-valves/"
    assert response.headers["Location"] == page, said(response)
    shown = text(owner, page)
    assert "Begin" in shown
    assert "Verify and close" not in shown
    assert "exercise: Water leak" in shown
    send(owner, f"{page}begin/", version=1)
    assert send(owner, f"{page}report/", version=2, proof="").status_code == 422
    send(owner, f"{page}report/", version=2, proof="Photographs in the file.")
    assert "somebody else has to verify it" in text(owner, page)
    assert owner.post(f"{page}verify/", {"version": 3, "effect": "Seen."}).status_code == 403
    send(head, f"{page}verify/", version=3, effect="Walked the floor.")
    shown = text(head, page)
    for words in ("verified and closed", "Walked the floor.", "Photographs in the file.", "Open it again"):
        assert words in shown, words
    assert "Verify" not in text(head, f"{page}history/").split("<ol")[0]


def test_the_list_shows_late_ones_first_and_filters(manager: Client, cast: Cast) -> None:
    raised(cast, "pump")
    raised(cast, "generator", due=clock.today() - 3 * DAY)
    raised(cast, "alarm", grade="major", unit=cast.units["unog"])
    page = text(manager, LIST)
    assert page.index("generator") < page.index("pump")
    assert "3 days late" in page
    for query, wanted in (
        ("when=late", ["generator"]), ("grade=major", ["alarm"]), ("unit=unog", ["alarm"]), ("q=pump", ["pump"]),
        ("when=under-way", ["alarm", "generator", "pump"]), ("when=verify", []), ("state=closed", []),
    ):  # fmt: skip
        found = text(manager, f"{LIST}?{query}")
        assert [name for name in ("alarm", "generator", "pump") if f">Test the {name}" in found] == wanted, query
    for wrong in ("when=never", "grade=x", "state=x", "origin_kind=x"):
        assert manager.get(f"{LIST}?{wrong}").status_code == 400


def test_the_list_goes_out_as_a_file(manager: Client, cast: Cast) -> None:
    raised(cast, title="=HYPERLINK(1)")
    body = manager.get(f"{LIST}list.csv").content.decode()
    assert "'=HYPERLINK(1)" in body
    assert "Facilities and Commercial Services Division" in body


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"title": ""}, "required"),
        ({"due": ""}, "required"),
        ({"due": "soon"}, "This is no date"),
        ({"owner_post": ""}, "Wanted a person or a post"),
        ({"unit": ""}, "Wanted the unit or the site"),
        ({"found_on": "2030-01-01", "due": "2029-01-01"}, "This day is still to come"),
        ({"origin_address": "https://x.example"}, "a page of this installation"),
        ({"owner_post": "no-such-post"}, "no-such-post"),
    ],
)
def test_what_cannot_be_raised_comes_back_as_it_was_typed(
    manager: Client, cast: Cast, changes: dict[str, str], wanted: str
) -> None:
    given = {
        "title": "Label the valves", "unit": "fcsd", "owner_post": "chief-fcsd", "due": "2040-01-01",
        "found_on": "2026-01-01", "finding": "Nobody knew which.",
    } | changes  # fmt: skip
    response = send(manager, f"{LIST}new/", **given)
    assert response.status_code == 422
    assert wanted in said(response)
    assert "Nobody knew which." in response.content.decode()
    assert not CorrectiveAction.objects.exists()


def test_the_day_is_moved_by_its_step_and_not_in_the_form(manager: Client, cast: Cast) -> None:
    action = raised(cast)
    page = f"{LIST}generator/"
    assert 'name="due"' not in text(manager, f"{page}edit/")
    new = clock.today() + 60 * DAY
    send(manager, f"{page}postpone/", version=1, due=str(new), reason="Parts are late.")
    assert CorrectiveAction.objects.get().due == new
    assert f"first {action.due.day} " in text(manager, page)
    assert "Parts are late." in text(manager, f"{page}history/")


def test_who_was_first_is_shown_to_who_comes_second(manager: Client, cast: Cast) -> None:
    raised(cast)
    send(manager, f"{LIST}generator/edit/", version=1, title="First", unit="fcsd", owner_post="chief-fcsd")
    response = send(manager, f"{LIST}generator/cancel/", version=1, cancel_reason="Second")
    assert response.status_code == 409
    assert "Second" in response.content.decode()
    assert CorrectiveAction.objects.get().state == "open"


def test_a_step_out_of_turn_is_refused_with_the_reason(manager: Client, cast: Cast) -> None:
    raised(cast)
    response = send(manager, f"{LIST}generator/verify/", version=1, effect="Seen.")
    assert response.status_code == 422
    assert "does not follow" in said(response)


def test_who_may_not_see_it_finds_nothing(reader: Any, cast: Cast) -> None:
    raised(cast)
    geneva, staff = reader("focal_point", unit="unog"), reader("staff")
    for path in ("", "edit/", "history/", "cancel/", "report/"):
        assert geneva.get(f"{LIST}generator/{path}").status_code in (403, 404), path
    assert "generator" not in text(staff, LIST)
    assert "Test the generator" not in text(geneva, "/search/?q=generator")


def test_what_is_written_is_text(manager: Client, cast: Cast) -> None:
    raised(cast, title="<script>1</script>", finding="<b>x</b>", origin_title="<i>y</i>", origin_address="/inbox/")
    for page in (LIST, f"{LIST}generator/", f"{LIST}generator/history/", "/search/?q=script"):
        shown = text(manager, page)
        for raw in ("<script>1", "<b>x", "<i>y"):
            assert raw not in shown, page


def test_search_and_the_first_page_lead_to_it(manager: Client, cast: Cast) -> None:
    raised(cast)
    assert f'href="{LIST}generator/"' in text(manager, "/search/?q=generator")
    assert "Put right: Test the generator under load" in text(manager, "/")


def test_the_address_of_a_notice_is_the_page_of_the_action(manager: Client, cast: Cast) -> None:
    action = raised(cast)
    assert manager.get(action.address).status_code == 200


def test_the_questions_of_list_page_and_history_do_not_grow(manager: Client, cast: Cast, query_count: Any) -> None:
    for number in range(3):
        raised(cast, f"a{number}")
    pages = {"list": LIST, "page": f"{LIST}a0/", "history": f"{LIST}a0/history/"}
    for name, page in pages.items():
        manager.get(page)
        with query_count(f"page actions {name}"):
            manager.get(page)
    for number in range(3, 12):
        raised(cast, f"a{number}", unit=cast.units["unog"], owner_post=cast.posts["cdc"])
    for name, page in pages.items():
        with query_count(f"page actions {name}"):
            manager.get(page)


def test_files_that_prove_an_action_are_attached_chosen_and_read_by_who_verifies(reader: Any, cast: Cast) -> None:
    raised(cast)
    page = f"{LIST}generator/"
    owner, head = reader("process_owner", unit="fcsd"), reader("unit_head", unit="ocss")
    assert "Attach a file that proves it" in text(owner, page)
    sent = owner.post(f"{page}files/", {"version": "1", "file": SimpleUploadedFile("test.txt", b"It ran.")})
    assert sent.headers["Location"] == f"{page}#proof", said(sent)
    (file,) = Attachment.objects.all()
    assert (file.unit, CorrectiveAction.objects.get().proof_files) == (cast.units["fcsd"], [file.key])
    assert 'enctype="multipart/form-data"' in text(owner, f"{page}report/")
    report = {
        "version": "2", "proof": "Record of the test.", "known": [file.key],
        "file": SimpleUploadedFile("photo.png", b"png"),
    }  # fmt: skip
    assert owner.post(f"{page}report/", report).status_code == 302
    shown = text(head, page)
    for name in ("test.txt", "photo.png"):
        assert f">{name}</a>" in shown
    assert head.get(f"/evidence/files/{file.key}/").content == b"It ran."
    assert "files/" not in shown.split('id="proof"')[1].split("evidence/files/")[-1], "nobody changes them now"


def test_a_file_that_proves_it_no_more_is_unticked_and_stays_in_the_evidence(manager: Client, cast: Cast) -> None:
    action = raised(cast)
    page = f"{LIST}generator/files/"
    for number in (1, 2):
        kept = list(CorrectiveAction.objects.get().proof_files)
        file = SimpleUploadedFile(f"{number}.txt", b"It ran.")
        assert manager.post(page, {"version": str(number), "file": file, "known": kept}).status_code == 302
    first, second = CorrectiveAction.objects.get(pk=action.pk).proof_files
    assert manager.post(page, {"version": "3", "known": [second]}).status_code == 302
    assert CorrectiveAction.objects.get().proof_files == [second]
    assert Attachment.objects.filter(key=first).exists()
    assert f'value="{first}"' in text(manager, page), "it can be chosen again"
    assert manager.post(page, {"version": "4", "known": ["file-nowhere"]}).status_code == 422
    assert CorrectiveAction.objects.get().proof_files == [second]
