"""Requests that no page of ours makes: each gets a page or a problem that says what is wrong, never a fault of ours."""

import pytest

from api.identity import COOKIE
from api.pages.history_model import moment_of
from api.pages.trips import _payload
from domain.roles import Role
from tests.api.doors import FROM_HERE, Doors
from tests.scenarios.cast import Someone


def get(doors: Doors, path: str, who: Someone) -> tuple[int, str]:
    doors.settle()
    doors.client.cookies.set(COOKIE, str(who.id))
    try:
        answer = doors.client.get(f"/schools/{doors.school.slug}/{path}")
    finally:
        doors.client.cookies.clear()
    return answer.status_code, answer.text


def test_a_place_in_the_order_that_is_no_number_comes_last() -> None:
    form = {"visits": ["a", "b"], "order.a": ["\N{SUPERSCRIPT TWO}"], "order.b": ["2"]}
    assert _payload(form)["visits"] == ["b", "a"]


@pytest.mark.parametrize("typed", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1999-12-31T23:00"])
def test_an_instant_that_no_calendar_shows_is_a_sentence(doors: Doors, typed: str) -> None:
    wanted = moment_of(typed)
    assert (wanted.at, wanted.local) == (None, typed)
    assert wanted.error is not None
    assert "between the years 2000 and 2100" in wanted.error.says
    visit = doors.ready_visit()
    for path in (f"visits/{visit}/history", f"pupils/{doors.school.child.id}"):
        status, html = get(doors, f"{path}?known_at={typed}", doors.school.dsl)
        assert status < 500
        assert "between the years 2000 and 2100" in html, (status, path)


@pytest.mark.parametrize("typed", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_an_instant_that_no_calendar_shows_breaks_no_answer(doors: Doors, typed: str) -> None:
    assert doors.ask(f"pupils/{doors.school.child.id}/chronology?known_at={typed}", doors.school.dsl)
    status = 404 if typed < "2000" else 200
    doors.ask(f"visits/{doors.ready_visit()}/history?known_at={typed}", doors.school.dsl, status=status)


def test_a_form_of_too_many_fields_at_the_first_page_is_told_so(doors: Doors) -> None:
    answer = doors.client.post("/choose", data={f"k{n}": "x" for n in range(30)}, headers=FROM_HERE)
    assert answer.status_code == 400
    assert "too many fields" in answer.text


def test_a_trip_is_closed_to_the_same_people_as_a_page_and_as_json(doors: Doors) -> None:
    school = doors.school
    trip = school.ready_trip().id
    opens = {
        school.office: 200,
        school.teacher: 200,
        school.joins("Pat Passer", Role.TEACHER): 403,
        school.governor: 403,
    }
    for who, status in opens.items():
        assert get(doors, f"trips/{trip}", who)[0] == status, who.name
        doors.ask(f"trips/{trip}", who, status=status)


def test_an_id_that_is_none_leads_nowhere_and_says_nothing_of_storing(doors: Doors) -> None:
    school = doors.school
    status, html = get(doors, "visits/abc", school.office)
    assert (status, "There is nothing at this address." in html, "Not stored" in html) == (404, True, False)
    answer = doors.ask("visits/abc", school.office, status=404)
    assert answer["errors"] == [{"field": "visit", "expected": "an id, like 3f2504e0-4f89-41d3-9a0c-0305e82c3301"}]


def test_a_page_number_that_is_none_is_asked_for_again(doors: Doors) -> None:
    status, html = get(doors, "visits?page=abc", doors.school.office)
    assert (status, "Put this right and ask again: page: expected a whole number" in html) == (422, True)
    assert "Not stored" not in html


def test_what_is_turned_away_before_any_page_says_that_it_is_a_demonstration(doors: Doors) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Accept": "text/html"}
    answer = doors.client.post("/choose", data={}, headers=elsewhere)
    assert answer.status_code == 403
    assert "Demonstration: all of it is invented" in answer.text
