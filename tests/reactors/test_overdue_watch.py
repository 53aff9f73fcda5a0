"""The overdue watch: what passed is raised once, within a second, whatever happened meanwhile."""

import logging
from datetime import timedelta

import pytest

from domain.erasure.commands import About, LiftHold, PlaceHold
from domain.ids import StreamKind, TripId
from domain.shared.commands import CorrectEvent
from domain.trip import commands as t
from domain.trip.events import AlarmAbout, ContactResult, OverdueRaised
from projections import overdue_board
from projections.runner import Runner
from reactors.overdue_watch import OverdueWatch
from tests.projections.boards import out
from tests.projections.poison import poison
from tests.scenarios.doors import Trip
from tests.scenarios.harness import World
from tests.scenarios.school import School


def watch_of(world: World, *schools: School) -> OverdueWatch:
    return OverdueWatch(world.bus, world.store, lambda: [s.slug for s in schools], world.clock)


def raised(trip: Trip) -> list[OverdueRaised]:
    return [r.event for r in trip.school.events(trip) if isinstance(r.event, OverdueRaised)]


def look(world: World, watch: OverdueWatch) -> None:
    world.run(watch.look())


# -- once, and only once it has passed --


def test_nothing_is_raised_at_the_due_instant_and_once_a_second_later_however_often_it_looks(world: World) -> None:
    """AC-86."""
    trip = out(world)
    watch = watch_of(world, trip.school)
    trip.school.at("15:00")
    look(world, watch)
    assert raised(trip) == []
    trip.school.at("15:00:01")
    for _ in range(3):
        look(world, watch)
    (alarm,) = raised(trip)
    assert (alarm.about, alarm.due_at, alarm.found_at) == (
        AlarmAbout.RETURN,
        trip.school.time("15:00"),
        trip.school.time("15:00:01"),
    )
    assert watch.last_tick == trip.school.now


def test_what_fell_due_while_the_program_was_off_is_found_at_the_first_look(world: World) -> None:
    """AC-98: off from 14:55 to 15:10."""
    trip = out(world)
    look(world, watch_of(world, trip.school))
    trip.school.at("15:10")
    look(world, watch_of(world, trip.school))
    (alarm,) = raised(trip)
    assert (alarm.due_at, alarm.found_at) == (trip.school.time("15:00"), trip.school.time("15:10"))


def test_a_restart_while_overdue_raises_nothing_twice(world: World) -> None:
    trip = out(world)
    trip.school.at("15:00:01")
    look(world, watch_of(world, trip.school))
    trip.school.at("15:20")
    look(world, watch_of(world, trip.school))
    assert len(raised(trip)) == 1


def test_two_watches_at_the_same_moment_raise_once(world: World) -> None:
    trip = out(world)
    trip.school.at("15:00:01")
    watches = [watch_of(world, trip.school) for _ in range(4)]
    world.together(*(watch.look for watch in watches))
    assert len(raised(trip)) == 1
    for watch in watches:
        look(world, watch)
    assert len(raised(trip)) == 1


def test_a_new_time_that_passes_as_well_raises_a_second_alarm(world: World) -> None:
    """AC-88: the first expected time stays in the history."""
    school = world.school("william_lilley")
    trip = school.ready_trip()
    school.at("13:00")
    trip.depart()
    watch = watch_of(world, school)
    school.at("15:00:01")
    look(world, watch)
    for person in (school.teacher, school.colleague):
        trip.rang("staff_mobile", person, ContactResult.SPOKE_SAFE, new_time="15:40")
    look(world, watch)
    assert trip.state.open_alarms == ()
    school.at("15:40:01")
    look(world, watch)
    assert [alarm.due_at for alarm in raised(trip)] == [school.time("15:00"), school.time("15:40")]
    assert trip.state.first_back_by == school.time("15:00")


def test_an_alarm_that_somebody_takes_back_by_mistake_is_raised_again(world: World) -> None:
    trip = out(world)
    watch = watch_of(world, trip.school)
    trip.school.at("15:00:01")
    look(world, watch)
    event = next(r.envelope.event_id for r in trip.school.events(trip) if isinstance(r.event, OverdueRaised))
    trip.school.send(CorrectEvent(event=event, reason="wrong trip", retracts=True), by=trip.school.head)
    look(world, watch)
    assert len(raised(trip)) == 2
    assert trip.alarm.due_at == trip.school.time("15:00")


def test_calls_that_do_not_come_are_raised_by_door(world: World) -> None:
    school = world.school("leyland")
    trip = school.ready_trip()
    school.at("13:00")
    trip.depart()
    trip.visit.arrive()
    school.at("13:20")
    trip.visit.left()
    watch = watch_of(world, school)
    school.at("13:30:01")
    look(world, watch)
    assert [(a.about, a.visit) for a in raised(trip)] == [(AlarmAbout.CALL_ON_LEAVING, trip.visit.id)]


# -- nothing hides a time --


def test_a_projection_that_stands_still_hides_nothing(world: World) -> None:
    """The board's rows end before the trip was planned; the watch reads on in the log."""
    school = world.school("william_lilley")
    Runner(world.store, school.slug, [overdue_board.PROJECTION]).catch_up()
    trip = school.ready_trip()
    school.at("13:00")
    trip.depart()
    school.at("15:00:01")
    look(world, watch_of(world, school))
    assert len(raised(trip)) == 1


def test_a_projection_that_is_ahead_of_the_watch_is_taken_up_where_it_stands(world: World) -> None:
    trip = out(world)
    Runner(world.store, trip.school.slug, [overdue_board.PROJECTION]).catch_up()
    trip.move_back_by("14:00", by=trip.school.teacher)
    trip.school.at("14:00:01")
    look(world, watch_of(world, trip.school))
    assert [alarm.due_at for alarm in raised(trip)] == [trip.school.time("14:00")]


def test_a_trip_that_ended_and_comes_back_through_a_correction_is_watched_again(world: World) -> None:
    trip = out(world)
    school = trip.school
    watch = watch_of(world, school)
    look(world, watch)
    back = trip.back()
    look(world, watch)
    for recorded in back.recorded:
        command = CorrectEvent(event=recorded.envelope.event_id, reason="typed for another trip", retracts=True)
        school.send(command, by=school.office)
    school.at("15:00:01")
    look(world, watch)
    assert len(raised(trip)) == 1


def test_a_trip_that_cannot_be_read_is_logged_once_and_the_others_go_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    broken = out(world)
    school = broken.school
    other = school.ready_trip(school.ask(child=school.admit()), team=(school.slt, school.officer), back_by="15:00")
    other.depart()
    watch = watch_of(world, school)
    look(world, watch)
    poison(school, broken.id)
    school.at("15:00:01")
    with caplog.at_level(logging.ERROR, logger="reactors.open_trips"):
        look(world, watch)
        look(world, watch)
        look(world, watch_of(world, school))
    assert len(raised(other)) == 1
    assert raised(broken) == []
    assert [str(broken.id) in record.getMessage() for record in caplog.records] == [True, True]
    assert watch.last_tick == school.now


def test_a_door_that_cannot_be_read_does_not_hide_that_the_trip_is_late(world: World) -> None:
    trip = out(world)
    poison(trip.school, trip.visit.id, StreamKind.VISIT)
    trip.school.at("15:00:01")
    look(world, watch_of(world, trip.school))
    assert len(raised(trip)) == 1


def test_one_school_that_fails_leaves_the_others_watched_and_the_tick_of_all_standing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    trip = out(world)
    watch = OverdueWatch(world.bus, world.store, lambda: ["no_such_school", trip.school.slug], world.clock)
    trip.school.at("15:00:01")
    with caplog.at_level(logging.ERROR, logger="reactors.overdue_watch"):
        look(world, watch)
        look(world, watch)
    assert len(raised(trip)) == 1
    assert watch.last_tick is None
    assert watch.looked_at(trip.school.slug) == trip.school.now
    assert len(caplog.records) == 1


def test_in_the_night_the_clocks_go_back_it_is_due_exactly_two_hours_after_leaving(world: World) -> None:
    """AC-94."""
    school = world.school("william_lilley")
    world.clock.now = school.time("2026-10-24T23:00:00+01:00")
    left = school.at("2026-10-25T00:30:00+01:00")
    command = t.Depart(people=(school.teacher.id,), back_by=school.time("2026-10-25T01:30:00+00:00"))
    sent = school.send(command, by=school.teacher)
    trip = Trip(school, TripId(sent.recorded[0].envelope.stream.id))
    watch = watch_of(world, school)
    school.at("2026-10-25T01:30:01+01:00")
    look(world, watch)
    assert raised(trip) == []
    school.at("2026-10-25T01:30:01+00:00")
    look(world, watch)
    assert [alarm.due_at for alarm in raised(trip)] == [left + timedelta(minutes=120)]


@pytest.mark.parametrize("about", [About.VISIT, About.TRIP])
def test_a_legal_hold_that_is_placed_while_somebody_is_out_silences_no_alarm(world: World, about: About) -> None:
    school = world.school("SP")
    trip = school.ready_trip()
    school.at("13:00")
    trip.depart(back_by="15:00")
    watch = watch_of(world, school)
    look(world, watch)
    held = trip.id if about is About.TRIP else trip.visit.id
    placed = school.send(PlaceHold(about=about, subject=held, why="the police asked"), by=school.dsl)
    look(world, watch)
    school.send(LiftHold(event=placed.recorded[0].envelope.event_id, why="over"), by=school.dsl)
    school.at("15:30")
    look(world, watch)
    assert len(raised(trip)) == 1
    assert school.board(trip).state == "overdue"
