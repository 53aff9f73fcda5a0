"""One trip's page says of the trip what the board says, with the same buttons, and what happened at its doors."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from domain.ids import StaffId, TripId, VisitId
from domain.trip.commands import Depart, ReturnToSchool
from domain.visit.commands import Arrive, EnterHome, LeaveProperty, RecordOutcome
from domain.visit.events import Outcome
from eventlog.settings import DatabaseUrls
from tests.api.pages_example import Doors, Pages, Shown, served_doors


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with served_doors(module_database_urls) as opened:
        yield opened


def out(doors: Doors, policy: str = "leyland") -> tuple[Pages, VisitId, TripId]:
    """Amira and Tom, out for Mill Lane."""
    pages = doors.open(policy)
    visit, trip = pages.school.ask("office")
    pages.happens("teacher", Depart(trip=trip, people=team(pages)))
    return pages, visit, trip


def team(pages: Pages) -> tuple[StaffId, StaffId]:
    return pages.school.staff["attendance"], pages.school.staff["teacher"]


def state_on(pages: Pages, path: str, who: str) -> str:
    """The state that the page's first tag says."""
    pages.be(who)
    html = pages.client.get(f"/schools/{pages.school.slug}/{path}").text
    found = re.search(r'govuk-tag--\w+">([^<]+)</strong>', html.partition("<main")[2])
    assert found is not None
    return found[1]


def test_what_happened_at_the_doors_stands_on_the_trips_page_without_what_was_typed(doors: Doors) -> None:
    pages, visit, trip = out(doors)
    pages.happens("teacher", Arrive(visit=visit))
    pages.happens("teacher", EnterHome(visit=visit, adult="parent", note="The kitchen was cold"))
    pages.happens("teacher", RecordOutcome(visit=visit, outcome=Outcome.SEEN))
    pages.happens("teacher", LeaveProperty(visit=visit))
    page = pages.get(f"trips/{trip}", "office")
    for title in ("At the door", "Went inside", "Child seen", "Left the house"):
        assert f"{title}: 12 Mill Lane" in page.text
    assert "Visit asked for" not in page.text
    assert "The kitchen was cold" not in page.text, "it is read on the visit's page, where each reading is kept"
    assert "The kitchen was cold" in pages.get(f"trips/{trip}", "teacher").text, "their own words"
    assert "The kitchen was cold" not in pages.get(f"trips/{trip}", "attendance").text


@pytest.mark.parametrize("minutes", [0, 115, 200])
def test_board_trip_and_my_trips_say_the_same_word(doors: Doors, minutes: int) -> None:
    """Out, due back soon or a call missing (amber), overdue: one source for the word."""
    pages, visit, trip = out(doors)
    pages.happens("teacher", Arrive(visit=visit))
    pages.happens("teacher", LeaveProperty(visit=visit))
    pages.school.now += timedelta(minutes=minutes)
    words = {state_on(pages, path, "teacher") for path in ("board", f"trips/{trip}", "my-trips")}
    assert words == {"Look into it" if minutes == 0 else "Overdue"}
    why = "the call to school has not come yet" if minutes == 0 else "Due back at 10:20, not back"
    assert why in pages.get("my-trips", "teacher").text


def test_an_alarm_is_taken_and_followed_up_on_the_trips_page(doors: Doors) -> None:
    pages, _, trip = out(doors)
    pages.school.now += timedelta(minutes=200)
    page = pages.get(f"trips/{trip}", "office")
    assert "Nobody has said yet that they are dealing with it" in page.text
    assert "What to do now" in page.text
    assert "Ring Tom Ashworth" in page.text
    assert page.offers("attempt-contact")
    page = pages.send(page.form("take-alarm"))
    assert pages.path.endswith(f"/trips/{trip}")
    assert "Dot Hughes is dealing with it" in page.text
    form = page.form("return-to-school")
    everybody = [one for one in form.options["said_by"] if one]
    page = pages.send(form, people=everybody, said_by=everybody[0])
    assert "Back at school from" in page.text
    assert "What to do now" not in page.text
    assert state_on(pages, f"trips/{trip}", "office") == "Back"


def test_a_trip_that_is_being_planned_or_over_offers_nothing_of_the_board(doors: Doors) -> None:
    pages = doors.open("leyland")
    visit, trip = pages.school.ask("office")
    assert not _of_the_board(pages.get(f"trips/{trip}", "office"))
    pages.happens("teacher", Depart(trip=trip, people=team(pages)))
    assert _of_the_board(pages.get(f"trips/{trip}", "office"))
    pages.happens("teacher", ReturnToSchool(trip=trip, people=team(pages)))
    assert not _of_the_board(pages.get(f"trips/{trip}", "office"))
    assert pages.get(f"visits/{visit}", "office").offers("record-visit")


def test_my_trips_says_what_a_trip_still_needs_and_whom_to_ask(doors: Doors) -> None:
    pages = doors.open("leyland")
    pages.school.ask("office")
    mine = pages.get("my-trips", "teacher")
    assert "Not OK to go yet. Still needed:" in mine.text
    assert "it needs a yes from the headteacher" in mine.text
    assert "Ask Helen Marsh" in mine.text
    assert "tel:07700900101" in mine.links
    assert not mine.offers("lodge-whereabouts"), "that is on the trip's own page"


def _of_the_board(page: Shown) -> bool:
    return page.offers("arrive") or page.offers("return-to-school")
