"""What the office is told by telephone about two people: said of both or of one, and kept so."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TypeVar

import pytest

from domain.ids import TripId, VisitId, visit_stream
from domain.trip.commands import Depart
from domain.visit.commands import LeaveProperty
from domain.visit.events import HomeEntered, PropertyLeft, StaffArrived
from eventlog.settings import DatabaseUrls
from tests.api.pages_example import Doors, Pages, served_doors

T = TypeVar("T")


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with served_doors(module_database_urls) as opened:
        yield opened


@pytest.fixture
def out(doors: Doors) -> tuple[Pages, VisitId, TripId]:
    """Amira and Tom, out for Mill Lane."""
    pages = doors.open("leyland")
    visit, trip = pages.school.ask()
    people = (pages.school.staff["attendance"], pages.school.staff["teacher"])
    pages.happens("attendance", Depart(trip=trip, people=people))
    return pages, visit, trip


def test_a_form_about_two_people_asks_of_whom_with_both_ticked(out: tuple[Pages, VisitId, TripId]) -> None:
    pages, visit, _ = out
    both = [str(pages.school.staff["attendance"]), str(pages.school.staff["teacher"])]
    board = pages.get("board", "office")
    for command in ("arrive", "enter-home", "leave-property"):
        form = board.form(command)
        assert form.values["people"] == both
        assert form.options["said_by"] == both
    board = pages.send(board.form("arrive"))
    assert "Amira Khan and Tom Ashworth, 12 Mill Lane: arrived" in board.text
    (arrived,) = _events(pages, visit, StaffArrived)
    assert [str(p) for p in arrived.people] == both


def test_what_is_said_of_one_is_kept_and_repeated_as_said_of_one(out: tuple[Pages, VisitId, TripId]) -> None:
    pages, visit, _ = out
    tom = pages.school.staff["teacher"]
    board = pages.send(pages.get("board", "office").form("enter-home"), people=str(tom), adult="parent")
    assert "Tom Ashworth, 12 Mill Lane: went inside" in board.text
    assert "Amira Khan and Tom Ashworth, 12 Mill Lane: went inside" not in board.text
    (entered,) = _events(pages, visit, HomeEntered)
    assert entered.people == (tom,)
    assert re.search(r"Tom Ashworth inside since \d\d:\d\d", board.text)
    history = pages.get(f"visits/{visit}/history", "dsl").text
    assert "Tom Ashworth went inside" in history


def test_the_history_of_a_visit_by_two_names_both(out: tuple[Pages, VisitId, TripId]) -> None:
    pages, visit, _ = out
    pages.send(pages.get("board", "office").form("enter-home"), adult="parent")
    pages.send(pages.get("board", "office").form("leave-property"), people=str(pages.school.staff["attendance"]))
    history = pages.get(f"visits/{visit}/history", "dsl").text
    assert "Amira Khan and Tom Ashworth went inside" in history
    assert "Amira Khan left the house. Tom Ashworth was not said to have left." in history
    pages.happens("teacher", LeaveProperty(visit=visit))
    assert len(_events(pages, visit, PropertyLeft)) == 2


def test_where_nobody_is_ticked_all_of_them_are_meant(out: tuple[Pages, VisitId, TripId]) -> None:
    pages, visit, _ = out
    board = pages.send(pages.get("board", "office").form("leave-property"), people=[])
    assert "All of them, 12 Mill Lane: left the house" in board.text
    (left,) = _events(pages, visit, PropertyLeft)
    assert (left.people, left.there) == ((), ())


def test_of_one_who_is_out_alone_nothing_is_asked(doors: Doors) -> None:
    pages = doors.open("leyland")
    _, trip = pages.school.ask(leave_at=pages.school.now, back_by=pages.school.now + timedelta(hours=1))
    pages.happens("teacher", Depart(trip=trip))
    form = pages.get("board", "office").form("arrive")
    assert "people" not in form.names
    assert form.values["said_by"] == [str(pages.school.staff["teacher"])]


def _events(pages: Pages, visit: VisitId, kind: type[T]) -> list[T]:
    log = pages.school.store.log(pages.school.slug)
    return [r.event for r in log.read(visit_stream(visit)) if isinstance(r.event, kind)]
