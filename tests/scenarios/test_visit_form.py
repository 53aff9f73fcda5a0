"""The office's form of a day's visits: filled in from what happened, the same at every print. LJ-73."""

from datetime import timedelta

import msgspec
import pytest

from domain.pupil.commands import RecordFamily
from domain.pupil.events import Carer, Telephone
from domain.times import day_of
from projections.visit_form import VisitForm, visit_form
from tests.scenarios.harness import World
from tests.scenarios.ready import meet
from tests.scenarios.school import School


def form(school: School, *, days: int = 0) -> VisitForm:
    """The form of today, or of so many days later."""
    day = day_of(school.now) + timedelta(days=days)
    return school.looks.ask(lambda view: visit_form(view, school.known, school.now, day))


@pytest.mark.clauses("LJ-22", "LJ-39", "LJ-73")
def test_the_six_columns_fill_from_events_and_a_reprint_is_the_same_to_the_byte(world: World) -> None:
    """AC-52. LJ-22, LJ-39, LJ-73."""
    school = world.school("LJ")
    numbers = (Telephone(number="07700 900555"), Telephone(number="07700 900556", do_not_ring=True))
    carer, address = Carer(name="Robin Apple", phones=numbers), "1 Acorn Road, Testford"
    school.send(RecordFamily(pupil=school.child.id, carers=(carer,), address=address), by=school.office)
    trip = school.plan_trip(leave="13:00", back_by="15:00")
    assert form(school).rows == (), "planned is not yet OK to go"
    trip.visit.appointment("13:30")
    meet(trip)
    trip.clear()
    (row,) = form(school).rows
    assert [p.left_at for p in row.people] == [None, None]
    school.at("13:02")
    trip.depart()
    school.at("13:31")
    trip.visit.arrive()
    school.at("14:20")
    trip.back()
    found = form(school)
    assert found.columns == (
        *("departed_at", "visit_start_and_expected_length", "staff_name_and_mobile"),
        *("pupil_or_family", "address_and_phone", "returned_at"),
    )
    (row,) = found.rows
    assert [(p.mobile, p.left_at, p.back_at) for p in row.people] == [
        ("07700 900100", school.time("13:02"), school.time("14:20"))
    ] * 2
    assert (row.agreed_at, row.arrived_at, row.planned_minutes) == (school.time("13:30"), school.time("13:31"), 30)
    assert row.address == "1 Acorn Road, Testford"
    assert row.telephones == ("07700 900555 (Robin Apple)",), "not the one that must not be rung"
    first = msgspec.json.encode(found)
    world.clock.now += timedelta(days=2)
    assert msgspec.json.encode(form(school, days=-2)) == first
    assert form(school).rows == ()


def test_a_trip_that_was_called_off_stands_on_no_form_and_one_without_an_ok_that_left_does(world: World) -> None:
    """AC-52, neighbour."""
    school = world.school("LJ")
    trip = school.ready_trip()
    assert len(form(school).rows) == 1
    trip.call_off()
    assert form(school).rows == ()
    left = school.plan_trip(trip.visit)
    left.depart()
    assert [row.trip for row in form(school).rows] == [left.id]


@pytest.mark.parametrize("letters", ["SP", "WL", "NH", "SC"])
def test_a_school_whose_document_has_no_form_has_none(world: World, letters: str) -> None:
    """AC-52, neighbour."""
    school = world.school(letters)
    school.plan_trip().depart()
    assert form(school) == VisitForm(day=day_of(school.now), columns=(), rows=())
