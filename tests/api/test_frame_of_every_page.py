"""What stands around every page: where one begins, what waits in the menu, and a way on from what went wrong."""

import re
from collections.abc import Iterator
from typing import Final
from unittest.mock import patch

import pytest
from fastapi.testclient import TestClient

from api.identity import COOKIE
from domain.access.events import RecordRead
from domain.concern.commands import RaiseConcern
from domain.trip.commands import Depart, ReturnToSchool
from domain.visit.commands import RecordOutcome
from domain.visit.events import Outcome
from eventlog.settings import DatabaseUrls
from projections import concerns
from projections.approvals import how_many_wait_for
from tests.api.pages_example import Doors, Pages, served_doors
from tests.ticks import yes_to

FIRST: Final = {
    "teacher": "my-trips",
    "newcomer": "my-trips",
    "office": "board",
    "attendance": "board",
    "slt": "board",
    "head": "board",
    "dsl": "dsl",
    "deputy": "dsl",
    "governor": "governors",
}


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with served_doors(module_database_urls) as opened:
        yield opened


@pytest.fixture
def leyland(doors: Doors) -> Pages:
    return doors.open("leyland")


def html(pages: Pages, path: str, who: str) -> str:
    pages.be(who)
    answer = pages.client.get(f"/schools/{pages.school.slug}/{path}")
    pages.status = answer.status_code
    return answer.text


def waiting(pages: Pages, path: str, who: str) -> dict[str, int]:
    """The numbers in the menu of a page, by area."""
    found = re.findall(
        r'service-navigation__link" href="[^"]*/([a-z-]+)"[^>]*>(.*?)</a>', html(pages, path, who), re.DOTALL
    )
    numbers = {area: re.search(r'class="ds-count">.*?(\d+)</span>', inside, re.DOTALL) for area, inside in found}
    return {area: int(number[1]) for area, number in numbers.items() if number}


# -- where one begins --


@pytest.mark.parametrize("ending", ["", "/"])
def test_the_role_decides_where_one_begins(leyland: Pages, ending: str) -> None:
    base = f"/schools/{leyland.school.slug}"
    for who, area in FIRST.items():
        leyland.be(who)
        answer = leyland.client.get(f"{base}{ending}", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{base}/{area}"), who


def test_nobody_in_particular_is_led_to_the_page_where_one_chooses(leyland: Pages) -> None:
    leyland.client.cookies.clear()
    answer = leyland.client.get(f"/schools/{leyland.school.slug}/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


# -- what waits --


def test_what_waits_stands_in_the_menu_of_every_page_for_those_it_waits_for(leyland: Pages) -> None:
    visit, trip = leyland.school.ask("office")
    for path in ("board", "visits", "policy", "my-trips", f"visits/{visit}", f"trips/{trip}"):
        assert waiting(leyland, path, "head") == {"approvals": 1}, path
    for who in ("teacher", "office", "slt", "governor"):
        assert waiting(leyland, "policy", who) == {}, who
    leyland.happens("head", yes_to(visit))
    assert waiting(leyland, "board", "head") == {}


def test_my_trips_and_the_dsls_desk_count_what_they_ask_for(leyland: Pages) -> None:
    visit, trip = leyland.school.ask("office", "ava", "noah")
    team = (leyland.school.staff["attendance"], leyland.school.staff["teacher"])
    leyland.happens("teacher", Depart(trip=trip, people=team))
    leyland.happens("teacher", ReturnToSchool(trip=trip, people=team))
    assert waiting(leyland, "board", "teacher") == {"my-trips": 2}
    leyland.happens("teacher", RecordOutcome(visit=visit, outcome=Outcome.MOVED))
    assert waiting(leyland, "board", "teacher") == {}
    assert waiting(leyland, "board", "dsl")["dsl"] == 2


def test_the_page_after_a_form_shows_the_number_as_it_is_then(leyland: Pages) -> None:
    visit, _ = leyland.school.ask("office")
    page = leyland.get(f"visits/{visit}", "head")
    assert "waiting: 1" in page.text
    page = leyland.send(page.form("approve-visit"))
    assert "waiting: 1" not in page.text


def test_numbers_are_counted_again_only_when_something_has_happened(leyland: Pages) -> None:
    leyland.school.ask("office")
    with patch("api.pages.badges.how_many_wait_for", wraps=how_many_wait_for) as count:
        assert waiting(leyland, "board", "head") == waiting(leyland, "policy", "head") == {"approvals": 1}
        assert count.call_count == 1
        leyland.school.ask("office", "leo")
        assert waiting(leyland, "policy", "head") == {"approvals": 2}
        assert count.call_count == 2


def test_opening_a_record_counts_nothing_again(leyland: Pages) -> None:
    visit, _ = leyland.school.ask("office")
    leyland.happens("teacher", RaiseConcern(category="other", text="a worry"))
    before = waiting(leyland, "policy", "dsl")
    with (
        patch("api.pages.badges.how_many_wait_for", wraps=how_many_wait_for) as mine,
        patch.object(concerns, "how_many_open", wraps=concerns.how_many_open) as ours,
    ):
        for path in (f"visits/{visit}", f"visits/{visit}/history", f"visits/{visit}", "policy"):
            assert waiting(leyland, path, "dsl") == before, path
        log = leyland.runtime.store.log(leyland.school.slug)
        assert next(log.read_log(log.head())).envelope.topic == RecordRead.TOPIC
        assert (mine.call_count, ours.call_count) == (0, 0)
        leyland.happens("teacher", RaiseConcern(category="other", text="another worry"))
        assert waiting(leyland, "policy", "dsl")["dsl"] == before["dsl"] + 1
        assert (mine.call_count, ours.call_count) == (1, 1)


def test_what_is_the_same_for_everybody_is_counted_once_a_school(leyland: Pages) -> None:
    leyland.happens("teacher", RaiseConcern(category="other", text="a worry"))
    with patch.object(concerns, "how_many_open", wraps=concerns.how_many_open) as count:
        seen = {who: waiting(leyland, "policy", who)["dsl"] for who in ("dsl", "deputy", "head")}
        assert count.call_count == 1
    assert set(seen.values()) == {1}


# -- what went wrong --


def test_a_page_that_is_not_for_me_says_so_with_my_menu_and_leads_back(leyland: Pages) -> None:
    leyland.be("teacher")
    base = f"/schools/{leyland.school.slug}"
    came_from = {"Referer": f"http://localhost{base}/my-trips?x=1"}
    answer = leyland.client.get(f"{base}/dsl", headers=came_from)
    assert answer.status_code == 403
    assert "Tom Ashworth, teacher" in answer.text
    assert f'href="{base}/my-trips"' in answer.text
    assert f'<a class="govuk-link" href="{base}/my-trips?x=1">Back to where you were</a>' in answer.text


def test_an_address_that_does_not_exist_keeps_the_menu_too(leyland: Pages) -> None:
    page = html(leyland, "nothing-here", "office")
    assert leyland.status == 404
    assert "Dot Hughes, office manager" in page
    assert "To your first page" in page


@pytest.mark.parametrize("came_from", ["http://evil.example/schools/x", "http://localhost//evil.example", "nonsense"])
def test_nobody_is_led_to_another_site(leyland: Pages, came_from: str) -> None:
    leyland.be("teacher")
    answer = leyland.client.get(f"/schools/{leyland.school.slug}/dsl", headers={"Referer": came_from})
    assert "evil" not in answer.text
    assert "Back to where you were" not in answer.text


def test_who_belongs_to_another_school_sees_no_menu_of_this_one(doors: Doors) -> None:
    elsewhere, here = doors.open("norbury"), doors.open("leyland")
    here.client.cookies.set(COOKIE, str(elsewhere.school.staff["office"]))
    answer = here.client.get(f"/schools/{here.school.slug}/nothing-here")
    assert answer.status_code == 404
    assert "Dot Hughes" not in answer.text


def test_a_fault_of_ours_keeps_the_menu_and_the_place_to_go_back_to(leyland: Pages) -> None:
    visit, _ = leyland.school.ask("office")
    form = leyland.get(f"visits/{visit}", "office").form("keep-note")
    client = TestClient(leyland.client.app, base_url="http://localhost", raise_server_exceptions=False)
    client.cookies.set(COOKIE, str(leyland.school.staff["office"]))
    with patch("api.pages.doing._sent", side_effect=ZeroDivisionError):
        answer = client.post(
            form.action, data={**form.values, "text": ["x"]}, headers={"Sec-Fetch-Site": "same-origin"}
        )
    assert answer.status_code == 500
    assert "A fault in Doorstep" in answer.text
    assert "Dot Hughes, office manager" in answer.text
    assert f'href="/schools/{leyland.school.slug}/visits/{visit}">Back to where you were</a>' in answer.text
    assert "Try it again" not in answer.text
    with patch("api.pages.visits.visit_list", side_effect=ZeroDivisionError):
        answer = client.get(f"/schools/{leyland.school.slug}/visits?show=all")
    assert answer.status_code == 500
    assert f'href="/schools/{leyland.school.slug}/visits?show=all">Try it again</a>' in answer.text


def test_what_was_just_done_is_not_lost_on_a_page_about_an_error(leyland: Pages) -> None:
    visit, _ = leyland.school.ask("office")
    page = leyland.get(f"visits/{visit}", "office")
    form = page.form("keep-note")
    answer = leyland.client.post(
        form.action,
        data={**form.values, "text": ["x"]},
        headers={"Sec-Fetch-Site": "same-origin"},
        follow_redirects=False,
    )
    assert answer.status_code == 303
    assert "Note kept" not in leyland.client.get(f"/schools/{leyland.school.slug}/nothing-here").text
    assert "Note kept" in leyland.client.get(f"/schools/{leyland.school.slug}/policy").text
