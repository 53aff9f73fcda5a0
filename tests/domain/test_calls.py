"""Calls to school that are due while people are out. NH-16, NH-17, SP-54, LJ-64."""

from datetime import datetime, timedelta

import pytest

from domain.ids import TripId
from domain.trip.commands import AttemptContact, Depart, LodgeWhereabouts, MakeCheckIn
from domain.trip.events import AlarmAbout, CheckIn, ContactResult
from domain.trip.rules.overdue import Due, dues
from domain.visit.commands import LeaveProperty
from tests.domain.story import Story, pupil_id
from tests.domain.test_overdue import SECOND, TWO, out, passed, watch

# The agreed call: NH-16, NH-17


def agreed(call: timedelta) -> tuple[Story, TripId, datetime]:
    story = Story("norbury")
    trip = story.plan()
    at = story.now + call
    story.does(LodgeWhereabouts(trip=trip, holder="front_office", agreed_call_at=at))
    story.does(Depart(trip=trip, people=TWO))
    return story, trip, at


def test_the_agreed_call_is_due_at_its_time_and_missed_a_second_later() -> None:
    story, trip, at = agreed(timedelta(hours=2))
    assert passed(story, trip, at) == []
    assert passed(story, trip, at + SECOND) == [AlarmAbout.AGREED_CALL]


@pytest.mark.parametrize(("when", "answers"), [(w, w in (CheckIn.AGREED_TIME, CheckIn.AFTER_VISIT)) for w in CheckIn])
def test_only_the_call_that_the_visit_is_over_answers_it(when: CheckIn, *, answers: bool) -> None:
    story, trip, at = agreed(timedelta(hours=2))
    story.does(MakeCheckIn(trip=trip, when=when))
    assert (passed(story, trip, at + SECOND) == []) is answers


def test_a_late_call_settles_the_alarm_and_the_lateness_is_noted() -> None:
    story, trip, at = agreed(timedelta(hours=2))
    story.now = at + timedelta(minutes=1)
    watch(story, trip)
    story.now = at + timedelta(minutes=4)
    story.does(MakeCheckIn(trip=trip, when=CheckIn.AGREED_TIME))
    assert story.trip(trip).open_alarms == ()
    late = next(d for d in story.deviations() if d.rule == "check_in.late")
    assert (late.says, late.clauses) == ("the agreed call came 4 min late", ("NH-17",))


def test_a_call_at_its_time_has_nothing_noted() -> None:
    story, trip, at = agreed(timedelta(hours=2))
    story.does(MakeCheckIn(trip=trip, when=CheckIn.AGREED_TIME), at=at)
    assert "check_in.late" not in {d.rule for d in story.deviations()}


def test_being_spoken_to_settles_a_missed_call_once_and_for_all() -> None:
    story, trip, at = agreed(timedelta(hours=1))
    story.now = at + timedelta(minutes=1)
    watch(story, trip)
    for person in TWO:
        story.does(AttemptContact(trip=trip, person=person, result=ContactResult.SPOKE_SAFE), by="office")
    assert story.trip(trip).open_alarms == ()
    assert passed(story, trip, story.now + timedelta(minutes=1)) == []


# The call on leaving: SP-54, LJ-64


@pytest.mark.parametrize("key", ["st_patricks", "leyland"])
def test_leaving_the_house_without_the_call_is_missed_after_the_gap(key: str) -> None:
    story, trip, _ = out(key)
    visit = story.trip(trip).visits[0]
    story.does(LeaveProperty(visit=visit))
    left = story.now
    assert passed(story, trip, left + timedelta(minutes=10)) == []
    assert passed(story, trip, left + timedelta(minutes=10) + SECOND) == [AlarmAbout.CALL_ON_LEAVING]
    story.does(MakeCheckIn(trip=trip, when=CheckIn.LEFT_PROPERTY))
    assert passed(story, trip, left + timedelta(hours=1)) == []


def test_norbury_asks_for_no_call_on_leaving() -> None:
    story, trip, _ = out("norbury")
    story.does(LeaveProperty(visit=story.trip(trip).visits[0]))
    assert passed(story, trip, story.now + timedelta(minutes=30)) == []


def test_each_of_two_doors_has_its_own_call() -> None:
    story = Story("leyland")
    doors = story.ask(), story.ask(pupils=(pupil_id("billie"),))
    trip = story.plan(*doors, hours=8)
    story.does(Depart(trip=trip, people=TWO))
    for door in doors:
        story.does(LeaveProperty(visit=door))
    story.later(minutes=11)
    watch(story, trip)
    assert len(story.trip(trip).open_alarms) == 2
    story.does(MakeCheckIn(trip=trip, visit=doors[0], when=CheckIn.LEFT_PROPERTY))
    assert [a.visit for a in story.trip(trip).open_alarms] == [doors[1]]


def test_every_due_time_of_a_trip_is_known_beforehand() -> None:
    story, trip, at = agreed(timedelta(hours=2))
    back_by = story.trip(trip).back_by
    assert back_by is not None
    assert dues(story.policy, story.trip(trip), []) == (
        Due(about=AlarmAbout.RETURN, at=back_by),
        Due(about=AlarmAbout.AGREED_CALL, at=at),
    )
