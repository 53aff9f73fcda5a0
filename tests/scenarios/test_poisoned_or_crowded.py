"""Bad input that the log itself holds, and much at once: facts are taken, the watch goes on. Laws 1 and 4."""

import pytest

from domain.ids import StreamKind
from domain.trip.commands import ClearTrip, ReportDanger, ReturnToSchool
from domain.visit.commands import KeepNote
from eventlog.errors import UnreadableEvent
from eventlog.seam import Appended
from tests.projections.poison import poison
from tests.scenarios.doors import Trip, Visit
from tests.scenarios.harness import World
from tests.scenarios.school import School


def topics(stored: Appended) -> list[str]:
    return [r.envelope.topic for r in stored.recorded]


# A poisoned event


def poisoned_trip(world: World) -> tuple[School, Trip]:
    """A trip that is out, with an event in it that this release cannot read."""
    school = world.school("WL")
    trip = school.ready_trip()
    school.at("13:00")
    trip.depart()
    poison(school, trip.id)
    return school, trip


def test_a_poisoned_event_in_a_stream_is_a_red_row_and_the_others_go_on(world: World) -> None:
    """Bad input, law 4."""
    school, trip = poisoned_trip(world)
    other = school.ready_trip(school.ask(child=school.admit()), team=(school.officer, school.office_manager))
    other.depart()
    states = {line.trip: line.state for line in school.looks.board().lines}
    assert states[str(trip.id)] == "unreadable"
    assert states[str(other.id)] == "out"
    school.at("15:00:01")
    school.watch()
    assert other.state.open_alarms, "the watch goes on"


def test_facts_are_still_taken_on_a_poisoned_stream_and_plans_are_not(world: World) -> None:
    """Bad input, laws 1 and 4."""
    school, trip = poisoned_trip(world)
    school.at("14:30")
    back = ReturnToSchool(trip=trip.id, people=(school.teacher.id, school.colleague.id))
    stored = school.send(back, by=school.teacher)
    assert topics(stored).count("trip.returned.v1") == 2
    assert "trip.danger_reported.v1" in topics(school.send(ReportDanger(trip=trip.id), by=school.teacher))
    with pytest.raises(UnreadableEvent):
        school.send(ClearTrip(trip=trip.id), by=school.teacher)


def test_a_poisoned_visit_takes_facts_too(world: World) -> None:
    """Bad input, law 1."""
    school = world.school("WL")
    trip = school.ready_trip()
    poison(school, trip.visit.id, StreamKind.VISIT)
    door = Visit(school, trip.state.visits[0])
    school.later(minutes=1)
    assert "visit.arrived.v1" in topics(door.arrive())
    with pytest.raises(UnreadableEvent):
        door.approve(school.slt)


# Many at once


def test_ten_facts_at_the_same_moment_are_ten_facts(world: World) -> None:
    """Bad input: a version conflict is retried. Law 1."""
    school = world.school("WL")
    trip = school.ready_trip()
    trip.depart()
    notes = [school.sending(KeepNote(visit=trip.visit.id, text=f"note {n}"), by=school.teacher) for n in range(10)]
    answers = world.together(*notes)
    assert not [a for a in answers if isinstance(a, BaseException)]
    assert sum(r.envelope.topic == "visit.note_kept.v1" for r in school.events(trip.visit)) == 10
