"""What the office is told by telephone about two people: said of both or of one, and kept so."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TypeVar

import pytest

from domain.ids import TripId, VisitId, trip_stream, visit_stream
from domain.trip.commands import Depart
from domain.trip.events import StaffReturned
from domain.visit.commands import LeaveProperty
from domain.visit.events import ChildAloneFound, HomeEntered, PropertyLeft, StaffArrived
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


def test_a_form_about_two_people_asks_of_whom_and_who_said_so_with_nobody_chosen_beforehand(
    out: tuple[Pages, VisitId, TripId],
) -> None:
    pages, visit, _ = out
    both = [str(pages.school.staff["attendance"]), str(pages.school.staff["teacher"])]
    board = pages.get("board", "office")
    for command in ("arrive", "enter-home", "leave-property"):
        form = board.form(command)
        assert form.values.get("people", []) == []
        assert form.values["said_by"] == [""]
        assert form.options["said_by"] == ["", *both]
    board = pages.send(board.form("arrive"), people=both, said_by=both[0])
    assert "Amira Khan and Tom Ashworth, 12 Mill Lane: arrived" in board.text
    (arrived,) = _events(pages, visit, StaffArrived)
    assert [str(p) for p in arrived.people] == both


def test_what_is_said_of_one_is_kept_and_repeated_as_said_of_one(out: tuple[Pages, VisitId, TripId]) -> None:
    pages, visit, _ = out
    tom = pages.school.staff["teacher"]
    board = pages.send(
        pages.get("board", "office").form("enter-home"), people=str(tom), said_by=str(tom), adult="parent"
    )
    assert "Tom Ashworth, 12 Mill Lane: went inside" in board.text
    assert "Amira Khan and Tom Ashworth, 12 Mill Lane: went inside" not in board.text
    (entered,) = _events(pages, visit, HomeEntered)
    assert entered.people == (tom,)
    assert re.search(r"Tom Ashworth inside since \d\d:\d\d", board.text)
    history = pages.get(f"visits/{visit}/history", "dsl").text
    assert "Tom Ashworth went inside" in history


def test_the_history_of_a_visit_by_two_names_both(out: tuple[Pages, VisitId, TripId]) -> None:
    pages, visit, _ = out
    amira, tom = (str(pages.school.staff[who]) for who in ("attendance", "teacher"))
    pages.send(pages.get("board", "office").form("enter-home"), people=[amira, tom], said_by=tom, adult="parent")
    pages.send(pages.get("board", "office").form("leave-property"), people=amira, said_by=amira)
    history = pages.get(f"visits/{visit}/history", "dsl").text
    assert "Amira Khan and Tom Ashworth went inside" in history
    assert "Amira Khan left the house. Tom Ashworth was not said to have left." in history
    pages.happens("teacher", LeaveProperty(visit=visit))
    assert len(_events(pages, visit, PropertyLeft)) == 2


def test_where_nobody_is_ticked_nothing_is_stored_and_the_answer_asks_again(out: tuple[Pages, VisitId, TripId]) -> None:
    pages, visit, _ = out
    amira = str(pages.school.staff["attendance"])
    asked = pages.send(pages.get("board", "office").form("leave-property"), people=[], said_by="")
    assert pages.status == 422
    assert "nothing was stored" in asked.text
    assert "Who said so?" in asked.text
    assert _events(pages, visit, PropertyLeft) == []
    again = asked.form("leave-property")
    assert again.values.get("people", []) == []
    board = pages.send(again, people=amira, said_by=amira)
    assert "Amira Khan, 12 Mill Lane: left the house" in board.text
    (left,) = _events(pages, visit, PropertyLeft)
    assert [str(p) for p in left.people] == [amira]


def test_the_word_of_one_settles_exactly_those_who_were_ticked(out: tuple[Pages, VisitId, TripId]) -> None:
    pages, _, trip = out
    amira, tom = (str(pages.school.staff[who]) for who in ("attendance", "teacher"))
    board = pages.get("board", "office")
    several = next(
        form for form in board.forms if form.action.endswith("/return-to-school") and "must.people" in form.names
    )
    assert several.options["said_by"] == ["", amira, tom]
    assert several.values.get("people", []) == []
    asked = pages.send(several, people=[amira, tom])
    assert pages.status == 422
    assert "Who said so?" in asked.text
    log = pages.school.store.log(pages.school.slug)
    assert not [r for r in log.read(trip_stream(trip)) if isinstance(r.event, StaffReturned)]
    board = pages.send(several, people=tom, said_by=tom)
    assert "Back at school from 12 Mill Lane: Tom Ashworth" in board.text
    returned = [(r.event, r.envelope) for r in log.read(trip_stream(trip)) if isinstance(r.event, StaffReturned)]
    assert [(str(event.person), str(envelope.said_by)) for event, envelope in returned] == [(tom, tom)]


def test_a_child_alone_is_told_without_saying_whose_word_it_is(out: tuple[Pages, VisitId, TripId]) -> None:
    pages, visit, _ = out
    pages.send(pages.get("board", "office").form("child-alone"))
    assert len(_events(pages, visit, ChildAloneFound)) == 1


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
