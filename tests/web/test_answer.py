"""The page says what the engine says, in names and words."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils.formats import date_format
from django.utils.html import escape

from holdfast.engine.cascade import cascade
from holdfast.engine.scenario import read_scenario
from holdfast.organization import clock
from holdfast.organization.structure.actions.nodes import edit_node
from holdfast.organization.structure.models import Node
from holdfast.web.pages.whatif.answer import Answer
from holdfast.web.pages.whatif.example import Example
from holdfast.web.pages.whatif.paper import FONTS
from holdfast.web.pages.whatif.question import Hit, Question
from tests.rows import TEST
from tests.web.conftest import HALL_LOST

ASK = "/what-if/?scenario=hall-lost"


def test_the_first_page_leads_to_the_question(page: Client) -> None:
    text = page.get("/").content.decode()
    assert 'href="/what-if/"' in text and 'href="/what-if/?scenario=hall-lost"' in text


def test_nothing_chosen_shows_scenarios_to_begin_with(page: Client) -> None:
    text = page.get("/what-if/").content.decode()
    assert "Machine hall lost" in text and "A burst pipe." in text and "Begin with a scenario" in text


def test_the_finding_leads(page: Client) -> None:
    text = page.get(ASK).content.decode()
    finding = "1 of the 2 critical functions stops; the first limit (MTPD) is breached 28"
    assert finding in text.replace("\u00a0", " ")
    assert "Payments go out" in text[text.index(finding.split(";")[0]) : text.index("The 2 critical functions")]


def test_the_answer_is_the_engines(page: Client, example: Example) -> None:
    answer = page.get(ASK + "&format=json").json()
    question = answer.pop("question")
    assert question == {"scenario": "hall-lost", **{key: HALL_LOST[key] for key in ("hits", "horizon")}}
    result = cascade(example.twin, read_scenario(HALL_LOST, example.twin)).as_json()
    assert answer == json.loads(json.dumps(result))


def test_the_csv_has_a_row_for_every_process_whatever_the_filter(page: Client) -> None:
    response = page.get(ASK + "&format=csv&show=breached")
    assert response.headers["Content-Disposition"] == 'attachment; filename="what-if-hall-lost.csv"'
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row["Id"] for row in rows] == ["f-pay", "f-guard", "p-ledger", "p-mail", "p-print"]
    assert rows[0]["State"] == "MTPD breached" and rows[0]["First down (h)"] == "4.0"
    assert rows[0]["Binding chain"].endswith("Machine hall (lost from 1\u00a0h on, for 3\u00a0d)")
    assert "financial (USD)" in rows[0]


def test_the_binding_chain_is_told_by_names_that_lead_to_their_pages(page: Client) -> None:
    text = page.get(ASK).content.decode()
    chain = text[text.index("because:") :]
    chain = chain[: chain.index("</ol>")]
    places = [chain.index(f'href="/what-if/node/{node}/"') for node in ("f-pay", "p-ledger", "ledger-app", "hall")]
    assert places == sorted(places)
    assert "Machine hall" in chain and "p-ledger</a>" not in chain


def test_contention_deadlock_and_checks_are_told(page: Client) -> None:
    text = page.get(ASK).content.decode().replace("\u00a0", " ")
    assert "Spare desks" in text and "holds 0.5 desks" in text and "alternate site" in text
    deadlock = text[text.index("Deadlock.") :][:400]
    assert "Directory" in deadlock and "Network" in deadlock and "tolerance" in deadlock
    assert "How sound the model is" in text


def test_costs_have_their_unit_and_say_of_what_and_as_of_when(page: Client) -> None:
    text = page.get(ASK).content.decode()
    costs = text[text.index("What it costs") : text.index("Who claims the same places")]
    assert "USD" in costs and date_format(clock.today(), "j F Y") in costs and "outages" in costs


def test_figures_carry_their_basis_and_its_reason(page: Client) -> None:
    text = page.get(ASK).content.decode()
    assert 'title="assumed: Half a working day."' in text and 'title="stated: Paragraph 11."' in text


def test_names_are_escaped(page: Client) -> None:
    text = page.get(ASK).content.decode()
    assert "<accounts>" not in text and escape("Ledger & <accounts>") in text


def test_the_list_is_filtered_and_sorted_by_its_address(page: Client, example: Example) -> None:
    def listed(query: str) -> list[str]:
        text = page.get(f"{ASK}&{query}").content.decode()
        text = text[text.index('id="processes"') : text.index("What it costs")]
        names = ["Printing", "Mail", escape("Ledger & <accounts>")]
        return sorted((n for n in names if f'/">{n}</a>' in text), key=lambda n: text.index(f'/">{n}</a>'))

    assert listed("show=all&sort=name") == [escape("Ledger & <accounts>"), "Mail", "Printing"]
    assert listed("show=all&site=West+building") == ["Printing"]
    assert listed("show=all&unit=Treasury+Section") == [escape("Ledger & <accounts>")]
    assert set(listed("show=breached")) <= set(listed("show=down"))


def test_a_breach_at_the_horizon_is_said_to_go_on(example: Example) -> None:
    answer = Answer(example, Question((Hit("guards", 1, 0, None),), 100))
    line = next(line for line in answer.functions if line.node == "f-guard")
    assert line.still_open and "still down at the horizon" in line.outages[0].text


def test_a_scenario_that_stops_nothing_says_so(example: Example) -> None:
    answer = Answer(example, Question((Hit("odd.id:1", 1, 0, 1),), 100))
    assert answer.finding == "Nothing stops and nothing runs reduced; no RTO is missed and no MTPD is breached."


def test_every_node_has_a_page_that_says_what_needs_it(page: Client, example: Example) -> None:
    for node in example.records:
        response = page.get(f"/what-if/node/{quote(node, safe='')}/")
        assert response.status_code == 200
        text = response.content.decode()
        assert escape(example.name(node)) in text
        for use in example.used_by.get(node, []):
            assert escape(example.name(use.node)) in text
    hall = page.get("/what-if/node/hall/").content.decode()
    assert "Seen in the exercise of May." in hall and "?hit=hall" in hall and "West building" in hall


def test_an_unknown_node_is_a_designed_404(page: Client) -> None:
    response = page.get("/what-if/node/nobody/")
    assert response.status_code == 404 and "There is no such page" in response.content.decode()


def test_search_finds_by_name_site_kind_and_without_accents(page: Client) -> None:
    for words, name in (
        ("geneve", "Clerks of Genève"),
        ("west building", "Machine hall"),
        ("vital record", "Signature cards"),
    ):
        assert f'aria-label="Add {name}"' in page.get("/what-if/", {"find": words}).content.decode()
    assert "Nothing matches" in page.get("/what-if/", {"find": "zzz"}).content.decode()
    assert 'aria-label="Add Guards"' in page.get("/what-if/", {"kind": "people"}).content.decode()


def test_the_form_leads_to_the_address_and_keeps_the_search_while_adding(page: Client) -> None:
    response = page.get(
        "/what-if/", {"ask": "1", "find": "guard", "add": "guards", "horizon": "90", "horizon-unit": "d"}
    )
    assert response.headers["Location"] == "/what-if/?hit=guards&loss=1&start=0&duration=72&find=guard"


def test_bad_input_is_said_inline_and_nothing_is_lost(page: Client) -> None:
    response = page.get("/what-if/?hit=hall&loss=0.4&start=soon&duration=72&hit=guards&loss=7&start=0&duration=5")
    text = response.content.decode()
    assert response.status_code == 400
    assert (
        'value="soon" aria-invalid="true"' in text
        and 'value="700" aria-invalid="true"' in text
        and 'value="40"' in text
    )
    assert "Give the start as a number" in text and "Give the loss as a percentage" in text


def test_bad_input_is_an_error_for_machines_too(page: Client) -> None:
    for query in ("hit=hall&loss=0&format=json", "format=csv", "hit=hall&format=xml", "scenario=none&format=json"):
        response = page.get(f"/what-if/?{query}")
        assert response.status_code in (400, 404) and response.json()["error"]


def test_a_scenario_that_does_not_exist_shows_those_that_do(page: Client) -> None:
    response = page.get("/what-if/?scenario=none")
    assert response.status_code == 404 and "Machine hall lost" in response.content.decode()


def test_a_saved_scenario_of_things_that_are_not_there_that_day_takes_nothing_down(page: Client) -> None:
    hall = Node.objects.get(key="hall")
    edit_node(TEST, hall, version=hall.version, valid_from=date(2020, 1, 1))
    text = page.get("/what-if/?as_of=2019-12-31").content.decode()
    assert "cannot be asked of this day" in text and "Machine hall lost" in text
    assert page.get(ASK + "&as_of=2019-12-31").status_code == 404
    assert "Payments go out" in page.get(ASK + "&as_of=2020-01-01").content.decode()


def test_a_change_to_the_organisation_is_in_the_next_answer(page: Client) -> None:
    assert "Payments go out" in page.get(ASK).content.decode()
    function = Node.objects.get(key="f-pay")
    edit_node(TEST, function, version=function.version, name="Payments leave the house")
    assert "Payments leave the house" in page.get(ASK).content.decode()


@pytest.mark.django_db
def test_without_an_organisation_the_page_says_what_is_missing(client: Client) -> None:
    response = client.get("/what-if/")
    assert response.status_code == 503 and "There is no model to ask" in response.content.decode()


def test_light_and_dark_are_chosen_without_a_script(page: Client) -> None:
    response = page.post("/appearance/", {"theme": "dark", "next": ASK})
    assert response.headers["Location"] == ASK
    assert 'data-theme="dark"' in page.get(ASK).content.decode()
    page.post("/appearance/", {"theme": "system", "next": "https://elsewhere.example/"})
    assert 'data-theme="dark"' not in page.get("/what-if/").content.decode()


def test_the_toggle_never_leads_elsewhere(page: Client) -> None:
    assert page.post("/appearance/", {"theme": "dark", "next": "https://elsewhere.example/"}).headers["Location"] == "/"


def test_pages_hold_no_script_or_style_of_their_own(page: Client) -> None:
    for address in (ASK, "/what-if/", "/what-if/node/hall/", "/what-if/model/"):
        text = page.get(address).content.decode()
        assert "<style" not in text and " style=" not in text and "<script>" not in text and " onclick" not in text


def test_what_costs_nothing_is_not_listed(page: Client) -> None:
    text = page.get("/what-if/?hit=guards&duration=1").content.decode()
    assert "No outage costs anything" in text


def test_the_fallbacks_in_use_are_told_and_drawn(page: Client) -> None:
    text = page.get(ASK + "&show=all").content.decode().replace("\u00a0", " ")
    assert "Fallback in use: alternate means" in text
    assert "on from 7 h to 2 d 7 h" in text
    assert 'class="aid"' in text


def test_places_that_are_short_are_counted(page: Client) -> None:
    text = page.get(ASK).content.decode().replace("\u00a0", " ")
    assert "more desks would meet every claim" in text


def test_a_question_is_asked_of_another_day(page: Client) -> None:
    ledger = Node.objects.get(key="p-ledger")
    edit_node(TEST, ledger, version=ledger.version, name="Ledger of today")
    text = page.get(ASK + "&as_of=2030-01-01").content.decode()
    assert "2030" in text and 'value="2030-01-01"' in text and "as_of=2030-01-01" in text
    wrong = page.get(ASK + "&as_of=tomorrow")
    assert wrong.status_code == 400 and "“tomorrow” is no day" in wrong.content.decode()


@pytest.mark.parametrize(
    ("form", "mark", "kind"), [("pdf", b"%PDF", "application/pdf"), ("png", b"\x89PNG", "image/png")]
)
def test_the_answer_goes_out_on_paper_and_as_a_picture(page: Client, form: str, mark: bytes, kind: str) -> None:
    if not (FONTS / "NotoSans_400Regular.ttf").exists():
        pytest.skip("the fonts are built with the islands: ./run sets them up")
    response = page.get(f"{ASK}&format={form}")
    assert response.status_code == 200 and response.headers["Content-Type"] == kind
    assert response.content.startswith(mark) and len(response.content) > 20_000
    assert response.headers["Content-Disposition"] == f'inline; filename="what-if-hall-lost.{form}"'
    assert page.get(f"/what-if/?hit=nobody&format={form}").status_code == 400


def test_paper_takes_no_markup_from_names(page: Client) -> None:
    ledger = Node.objects.get(key="p-ledger")
    edit_node(TEST, ledger, version=ledger.version, name="#panic() *bold* $x$ \\ <label> ]]")
    if (FONTS / "NotoSans_400Regular.ttf").exists():
        assert page.get(f"{ASK}&format=pdf").status_code == 200
