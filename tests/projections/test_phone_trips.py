"""What a visitor's phone is told: each fact under the id that it was sent with, and what was taken back."""

from commands.ids import new_command_id
from domain.ids import StaffId
from domain.shared.commands import CorrectEvent, Undo
from domain.trip import commands as t
from domain.trip.commands import Depart
from domain.visit.commands import Arrive
from projections import overdue_board, phone_trips
from projections.phone_trips import MyTrip, Said
from projections.rebuild import rebuild
from projections.runner import Runner
from projections.views import reading
from tests.projections.boards import out
from tests.projections.poison import poison
from tests.scenarios.doors import Trip
from tests.scenarios.harness import World
from tests.scenarios.school import School

_BOTH = [overdue_board.PROJECTION, phone_trips.PROJECTION]


def mine(school: School, person: StaffId) -> tuple[MyTrip, ...]:
    Runner(school.world.store, school.slug, _BOTH).catch_up()
    with reading(school.world.store, school.slug, phone_trips.NAME) as view:
        return phone_trips.my_trips(view, person, school.now)


def said(trip: Trip) -> tuple[Said, ...]:
    Runner(trip.school.world.store, trip.school.slug, _BOTH).catch_up()
    with reading(trip.school.world.store, trip.school.slug, phone_trips.NAME) as view:
        found = phone_trips.one_trip(view, trip.id)
    assert found is not None
    return found.said


def test_each_tap_is_told_once_under_its_own_id_with_everybody_it_was_about(world: World) -> None:
    school = world.school("william_lilley")
    trip = school.ready_trip()
    left, arrived = new_command_id(), new_command_id()
    team = (school.teacher.id, school.colleague.id)
    school.at("13:00")
    school.send(Depart(trip=trip.id, people=team), by=school.teacher, command_id=left)
    school.send(Arrive(visit=trip.visit.id, trip=trip.id), by=school.teacher, command_id=arrived)
    assert [(one.command, one.command_id, one.people) for one in said(trip)] == [
        ("depart", left, team),
        ("arrive", arrived, ()),
    ]
    assert said(trip)[1].fields == {"visit": str(trip.visit.id)}


def test_a_tap_that_was_undone_is_followed_by_its_undo(world: World) -> None:
    trip = out(world)
    school = trip.school
    tap = new_command_id()
    school.send(Arrive(visit=trip.visit.id), by=school.teacher, command_id=tap)
    school.send(Undo(command=tap), by=school.teacher)
    assert [(one.command, one.fields.get("command")) for one in said(trip)] == [
        ("depart", None),
        ("arrive", None),
        ("undo", str(tap)),
    ]


def test_a_return_taken_back_for_one_of_two_leaves_the_others(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("14:30")
    back = trip.back()
    wrong = next(r for r in back.recorded if r.event.person == school.colleague.id)  # type: ignore[attr-defined]  # StaffReturned
    correction = CorrectEvent(event=wrong.envelope.event_id, reason="still there", retracts=True)
    school.send(correction, by=school.office)
    assert [one.people for one in said(trip) if one.command == "return-to-school"] == [(school.teacher.id,)]


def test_my_trips_are_those_of_today_and_any_that_i_am_still_out_on(world: World) -> None:
    school = world.school("william_lilley")
    trip = school.ready_trip()
    other = school.ready_trip(school.ask(child=school.admit()), team=(school.slt, school.officer))
    assert [one.trip.id for one in mine(school, school.teacher.id)] == [trip.id]
    assert [one.trip.id for one in mine(school, school.slt.id)] == [other.id]
    school.at("13:00")
    trip.depart()
    other.depart()
    school.at("14:00")
    other.back()
    assert [one.trip.id for one in mine(school, school.slt.id)] == [other.id], "today's stay until midnight"
    world.clock.now = school.time("2026-09-15T09:00:00+01:00")
    assert mine(school, school.slt.id) == ()
    assert [one.trip.id for one in mine(school, school.teacher.id)] == [trip.id], "still out"


def test_somebody_who_is_dropped_from_the_team_no_longer_has_the_trip(world: World) -> None:
    school = world.school("william_lilley")
    trip = school.plan_trip()
    trip.name_team(school.teacher, school.slt)
    assert mine(school, school.colleague.id) == ()
    assert [one.trip.id for one in mine(school, school.slt.id)] == [trip.id]


def test_a_departure_that_nobody_planned_is_a_trip_of_mine(world: World) -> None:
    school = world.school("william_lilley")
    school.send(t.Depart(people=(school.teacher.id,)), by=school.teacher)
    (found,) = mine(school, school.teacher.id)
    assert found.trip.out == (school.teacher.id,)


def test_a_door_that_cannot_be_read_leaves_the_trip_on_the_phone(world: World) -> None:
    trip = out(world)
    poison(trip.school, trip.visit.id, trip.school.events(trip.visit)[0].envelope.stream.kind)
    (found,) = mine(trip.school, trip.school.teacher.id)
    assert [visit.street for visit in found.visits] == ["1 Acorn Road"]


def test_dropped_and_rebuilt_it_tells_the_same(world: World) -> None:
    trip = out(world)
    tap = new_command_id()
    trip.school.send(Arrive(visit=trip.visit.id), by=trip.school.teacher, command_id=tap)
    trip.school.send(Undo(command=tap), by=trip.school.teacher)
    before = said(trip)
    rebuild(world.store, trip.school.slug, phone_trips.PROJECTION)
    assert said(trip) == before
