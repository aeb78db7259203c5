"""The policy on its pages: written, submitted, reviewed, adopted, acknowledged; who may not is told why."""

from __future__ import annotations

from typing import Any

from django.test import Client

from holdfast.governance.agreement.models import Agreement, State
from holdfast.governance.policy import actions
from holdfast.governance.policy.models import Acknowledgement, Policy
from holdfast.organization.accounts.models import User
from holdfast.organization.accounts.roles import Role
from tests.cast import TEST, Cast
from tests.governance.agreement.test_agreement import ADOPTED, WORDS
from tests.web.governance.conftest import Reader

NEW = {
    "title": "Policy",
    "scope": "All departments.",
    "purpose": "To go on.",
    "objectives": "Protect staff.\nGo on.",
    "activities": "Write plans.",
}
HERE = "/governance/policies/bcm/"


def text(response: Any) -> str:
    return response.content.decode().replace("\u00a0", " ")


def in_review(cast: Cast, **more: Any) -> Policy:
    policy = actions.create_policy(TEST, key="bcm", **WORDS)
    return actions.submit_policy(TEST, policy, version=1, **({"body": cast.groups["sept"]} | more))


def test_a_policy_is_written_submitted_and_comes_back_with_what_is_missing(manager: Client, cast: Cast) -> None:
    made = manager.post("/governance/policies/new/", {**NEW, "key": "bcm", "scope": ""})
    assert (made.status_code, made.headers["Location"]) == (302, HERE)
    page = text(manager.get(HERE))
    assert "A statement needs these parts still: scope." in page
    refused = manager.post(f"{HERE}submit/", {"version": "1", "body": "sept"})
    assert (refused.status_code, "not complete without this" in text(refused)) == (422, True)
    manager.post(f"{HERE}edit/", {**NEW, "version": "1"})
    assert Policy.objects.get().objectives == ["Protect staff.", "Go on."]
    nobody = manager.post(f"{HERE}submit/", {"version": "2", "comment": "For the next meeting."})
    assert (nobody.status_code, "one of them" in text(nobody)) == (422, True)
    assert "For the next meeting." in text(nobody)
    assert manager.post(f"{HERE}submit/", {"version": "2", "body": "sept"}).status_code == 302
    assert "It waits for Senior Emergency Policy Team." in text(manager.get(HERE))


def test_who_is_asked_finds_it_waiting_answers_and_the_decision_is_entered(reader: Reader, cast: Cast) -> None:
    head = reader(Role.UNIT_HEAD, unit="unog")
    secretary = reader("administrator")
    policy = in_review(cast, reviewers=[User.objects.get(username="unit_head-unog")])
    assert "Review: Policy on business continuity" in text(head.get("/"))
    waiting = text(head.get("/governance/agreements/"))
    assert "1 thing waits for your review or decision." in waiting
    here = f"/governance/agreements/{policy.agreement_id}"
    led = head.get(f"{here}/return/", follow=True)
    assert "It is decided by Senior Emergency Policy Team." in text(led)
    seen = Agreement.objects.get().version
    silent = head.post(f"{here}/review/", {"version": seen, "verdict": "wants_changes", "text": ""})
    assert (silent.status_code, "Say what has to change." in text(silent)) == (422, True)
    head.post(f"{here}/review/", {"version": seen, "verdict": "agrees", "text": "Clear."})
    assert "Nothing waits for your review or decision." in text(head.get("/governance/agreements/"))
    decision = {"version": "1", "on": "2008-01-31", "reason": "Meeting of 31 January 2008."}
    assert head.post(f"{HERE}adopt/", decision).status_code == 403
    assert secretary.post(f"{HERE}adopt/", decision).status_code == 302
    page = text(head.get(HERE))
    assert "Adopted by Senior Emergency Policy Team on 31 January 2008." in page
    assert "agrees" in page and "Clear." in page


def test_the_second_of_two_who_adopt_is_told_who_was_first(reader: Reader, cast: Cast) -> None:
    in_review(cast)
    decision = {"version": "1", "on": "2008-01-31", "reason": "Agreed."}
    reader("administrator").post(f"{HERE}adopt/", decision)
    late = reader("programme_manager").post(f"{HERE}adopt/", {**decision, "reason": "My reason."})
    assert late.status_code == 409
    assert "was decided by administrator-all in the meantime" in text(late)
    assert "My reason." in text(late)


def test_days_in_the_wrong_order_come_back_with_the_form(manager: Client, cast: Cast) -> None:
    in_review(cast)
    wrong = {"version": "1", "on": "2008-01-31", "in_force_from": "2008-01-01", "reason": "Agreed."}
    refused = manager.post(f"{HERE}adopt/", wrong)
    assert (refused.status_code, "cannot be in force before it is decided" in text(refused)) == (422, True)
    assert 'value="2008-01-01"' in text(refused)
    assert Agreement.objects.get().state == State.IN_REVIEW


def test_two_versions_are_compared_word_by_word(manager: Client, cast: Cast) -> None:
    first = in_review(cast)
    actions.adopt_policy(TEST, first, version=1, on=ADOPTED, reason="Agreed.")
    second = actions.draft_policy_version(TEST, first, key="bcm-2")
    actions.edit_policy(TEST, second, version=1, scope="All departments and offices.")
    page = text(manager.get("/governance/policies/bcm-2/changes/"))
    assert "Version 2 against version 1" in page
    assert "<ins> and offices</ins>" in page
    assert "1 part reads otherwise." in page
    assert "Version 1 is the first" not in page
    assert "There is nothing to compare it with." not in page


def test_staff_acknowledge_with_one_button_and_are_counted_by_unit(reader: Reader, cast: Cast) -> None:
    from tests.governance.gates.test_gates import staff

    policy = in_review(cast)
    actions.adopt_policy(TEST, policy, version=1, on=ADOPTED, reason="Agreed.")
    account, _other = staff(cast.units["bcmu"], 2)
    client = Client()
    client.force_login(account)
    assert "Read and acknowledge: Policy on business continuity" in text(client.get("/"))
    assert client.post(f"{HERE}acknowledge/", {"version": "1"}).status_code == 302
    assert "You acknowledged it on" in text(client.get(HERE))
    assert Acknowledgement.objects.get().user == account
    assert "Read and acknowledge" not in text(client.get("/"))
    page = text(reader(Role.UNIT_HEAD, unit="dm").get("/governance/acknowledgements/"))
    assert "1 of 2 accounts have acknowledged what holds for them." in page
    head = reader(Role.UNIT_HEAD, unit="dm")
    reminded = head.post("/governance/acknowledgements/remind/", {"policy": "bcm"}, follow=True)
    assert "1 account is reminded." in text(reminded)
    assert reader(Role.STAFF, unit="dm").get("/governance/acknowledgements/?unit=nowhere").status_code == 400


def test_a_draft_is_discarded_and_a_decided_version_is_not(manager: Client, cast: Cast) -> None:
    actions.create_policy(TEST, key="bcm", **WORDS)
    assert manager.post(f"{HERE}discard/", {"version": "1"}).headers["Location"] == "/governance/policies/"
    assert not Policy.objects.exists() and not Agreement.objects.exists()
    policy = actions.create_policy(TEST, key="kept", **WORDS)
    actions.submit_policy(TEST, policy, version=1, body=cast.groups["sept"])
    refused = manager.post("/governance/policies/kept/discard/", {"version": "1"})
    assert (refused.status_code, "stays as it is" in text(refused)) == (422, True)


def test_the_programme_says_what_is_in_force_and_how_far_the_units_are(reader: Reader, cast: Cast) -> None:
    assert "No policy is in force." in text(reader("staff").get("/governance/"))
    policy = in_review(cast)
    actions.adopt_policy(TEST, policy, version=1, on=ADOPTED, reason="Agreed.")
    page = text(reader("programme_manager").get("/governance/"))
    assert "adopted by Senior Emergency Policy Team on 31 January 2008" in page
    assert f"{len(cast.units)} units in scope" in page


def test_the_address_of_every_agreement_leads_to_a_page(manager: Client, cast: Cast) -> None:
    in_review(cast)
    for agreement in Agreement.objects.all():
        assert manager.get(agreement.address).status_code == 200
