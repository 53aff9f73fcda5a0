"""Several homes on one trip: one visit a home, the one who asks plans it, and a refused door holds up no other."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from domain.ids import TripId, VisitId
from domain.trip.commands import Depart, ReturnToSchool
from domain.visit.commands import Arrive, LeaveProperty, NoAnswer
from eventlog.settings import DatabaseUrls
from tests.api.pages_example import Doors, Pages, Shown, served_doors


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with served_doors(module_database_urls) as opened:
        yield opened


def last(pages: Pages) -> str:
    """The id at the end of the address of the open page."""
    return pages.path.rpartition("/")[2]


def two_homes(pages: Pages, **plan: tuple[object, ...]) -> tuple[str, str, Shown]:
    """Tom asks for Ava's home and for Leo's, and plans one trip to both."""
    pages.asks("teacher", leave="", back="")
    ava = last(pages)
    pages.asks("teacher", leave="", back="", pupils=(pages.school.pupils["leo"],))
    leo = last(pages)
    form = pages.get(f"trips/plan?visit={ava}", "teacher").form("plan")
    return ava, leo, pages.send(form, visits=(ava, leo), **plan)


def test_children_of_two_homes_are_not_asked_for_as_one_visit(doors: Doors) -> None:
    pages = doors.open("leyland")
    both = (pages.school.pupils["ava"], pages.school.pupils["leo"])
    page = pages.asks("teacher", pupils=both)
    assert pages.status == 422
    assert "One visit goes to one home: Ava Brook at 12 Mill Lane and Leo Marsden at 4 Chapel Lane" in page.text
    assert page.form("ask").values["pupils"] == [str(pupil) for pupil in both], "nothing is lost"


def test_children_of_two_homes_are_one_visit_where_the_address_is_said(doors: Doors) -> None:
    pages = doors.open("leyland")
    both = (pages.school.pupils["ava"], pages.school.pupils["leo"])
    page = pages.asks("teacher", pupils=both, address="7 Grove Road, Ilkley")
    assert pages.status == 200
    assert "7 Grove Road" in page.text


def test_whoever_asked_plans_the_trip_and_opens_it_before_anybody_is_named(doors: Doors) -> None:
    pages = doors.open("leyland")
    *_, page = two_homes(pages, people=())
    assert pages.status == 200
    assert "team.named" in page.needs
    trip = last(pages)
    pages.asks("teacher", leave="", back="")
    form = pages.get("trips/plan", "teacher").form("plan")
    assert form.values["people"] == [str(pages.school.staff["teacher"])], "ticked, as when asking"
    pages.get(f"trips/{trip}", "newcomer")
    assert pages.status == 403, "somebody with no part in it does not"


def test_a_refused_door_holds_up_no_other_and_nobody_is_sent_there(doors: Doors) -> None:
    pages = doors.open("leyland")
    team = (pages.school.staff["attendance"], pages.school.staff["teacher"])
    ava, leo, _ = two_homes(pages, people=team)
    trip = last(pages)
    page = pages.get("approvals", "head")
    pages.send(page.form("refuse-visit", visit=leo), reason="The police go instead")
    page = pages.send(pages.get("approvals").form("approve-visit", visit=ava))
    pages.send(pages.get(f"trips/{trip}", "teacher").form("assess-risk", visit=ava))
    pages.send(pages.get(f"trips/{trip}", "dsl").form("oversee-risk", visit=ava))
    page = pages.send(pages.get(f"trips/{trip}", "office").form("lodge-whereabouts"))
    page = pages.send(page.form("confirm-checks"))
    page = pages.send(page.form("check-background", visit=ava))
    assert page.needs == ["visit.left_out"], "advice, which stops nothing"
    assert "Not approved" in page.text
    assert "they go to the others only" in page.text
    mine = pages.get("my-trips", "teacher")
    assert "Nothing more is needed" in mine.text
    assert "4 Chapel Lane" not in mine.text
    page = pages.send(pages.get(f"trips/{trip}", "office").form("clear-trip"))
    assert "OK to go. Departure is said" in page.text

    pages.happens("teacher", Depart(trip=TripId(UUID(trip)), people=team))
    pages.happens("teacher", Arrive(visit=VisitId(UUID(ava))))
    pages.happens("teacher", NoAnswer(visit=VisitId(UUID(ava))))
    pages.happens("teacher", LeaveProperty(visit=VisitId(UUID(ava))))
    assert "Next: We are back at school" in pages.get("my-trips", "teacher").text
    board = pages.get("board", "office").text
    assert "nobody answered, left at" in board
    assert "not approved, nobody goes there" in board
    assert "On the way to 4 Chapel Lane" not in board
    pages.happens("teacher", ReturnToSchool(trip=TripId(UUID(trip)), people=team))
    mine = pages.get("my-trips", "teacher")
    assert "Leo Marsden" not in mine.text, "nobody is asked whether a child was seen where nobody went"
    assert "Write it up: 12 Mill Lane" in mine.text
    assert f"/schools/{pages.school.slug}/visits/{ava}" in mine.links
