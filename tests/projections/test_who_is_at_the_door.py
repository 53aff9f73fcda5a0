"""The board names who is at a door where that was said of some only; times read as people say them."""

from domain.ids import StaffId
from domain.visit.commands import Arrive, EnterHome, LeaveProperty, NoAnswer, RecordOutcome
from domain.visit.events import Outcome
from projections.board_shapes import BoardDoor
from tests.projections.boards import line_of, out
from tests.scenarios.doors import Trip
from tests.scenarios.harness import World


def door_of(trip: Trip) -> BoardDoor:
    """The only door of the only line."""
    return line_of(trip.school).doors[0]


def tess_and_cal(trip: Trip) -> tuple[StaffId, StaffId]:
    first, second = trip.team
    return first.id, second.id


def test_what_goes_on_is_said_since_and_what_happened_is_said_at(world: World) -> None:
    trip = out(world, "norbury")
    school = trip.school
    said = []
    visit = trip.visit.id
    for at, happens in (
        ("13:10", Arrive(visit=visit)),
        ("13:15", NoAnswer(visit=visit)),
        ("13:20", EnterHome(visit=visit)),
        ("13:40", RecordOutcome(visit=visit, outcome=Outcome.SEEN)),
        ("13:50", LeaveProperty(visit=visit)),
    ):
        school.at(at)
        school.send(happens, by=school.teacher)
        door = door_of(trip)
        said.append(f"{door.state} {door.since_words}")
    assert said == [
        "at the door since 13:10",
        "nobody answered at 13:15",
        "inside since 13:20",
        "inside since 13:20",
        "left the house at 13:50",
    ]


def test_two_who_are_inside_are_not_told_apart_and_one_alone_is_named(world: World) -> None:
    trip = out(world, "norbury")
    tess, cal = tess_and_cal(trip)
    school, visit = trip.school, trip.visit.id
    school.send(Arrive(visit=visit, people=(tess, cal)), by=school.office)
    assert door_of(trip).state == "at the door"
    school.send(EnterHome(visit=visit, people=(tess,)), by=school.office)
    assert door_of(trip).state == "Tess Teacher inside"
    assert line_of(school).headline == "Tess Teacher inside: 1 Acorn Road"
    school.send(EnterHome(visit=visit, people=(cal,)), by=school.office)
    assert (door_of(trip).state, line_of(school).headline) == ("inside", "Inside 1 Acorn Road")


def test_one_who_has_left_is_told_from_one_who_is_there_still(world: World) -> None:
    trip = out(world, "norbury")
    tess, cal = tess_and_cal(trip)
    school, visit = trip.school, trip.visit.id
    school.send(EnterHome(visit=visit), by=school.office)
    school.send(LeaveProperty(visit=visit, people=(cal,)), by=school.office)
    assert (door_of(trip).state, door_of(trip).at) == ("Cal Colleague left, Tess Teacher still inside", "inside")
    assert line_of(school).headline == "Cal Colleague left, Tess Teacher still inside: 1 Acorn Road"
    school.send(LeaveProperty(visit=visit, people=(tess,)), by=school.office)
    assert (door_of(trip).state, door_of(trip).at) == ("left the house", "left")
