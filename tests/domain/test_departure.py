"""Leaving school is a fact: kept in any state, flagged where the policy was not met, and timed in every case."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from domain.ids import StreamKind, TripId, VisitId
from domain.policy import Source
from domain.refusal import Incomplete
from domain.trip.commands import (
    CallOffTrip,
    ClearTrip,
    Depart,
    LodgeWhereabouts,
    MoveBackBy,
    NameTeam,
    PlanTrip,
    ReportDanger,
    ReturnToSchool,
    SafeByVoice,
)
from domain.trip.events import FactCameLoose, StaffDeparted, TripCleared
from domain.trip.rules.overdue import dues
from domain.visit.commands import (
    Arrive,
    ChildAlone,
    EnterHome,
    KeepNote,
    LeaveProperty,
    NoAnswer,
)
from domain.visit.events import StaffArrived
from tests.domain.story import MONDAY, Story, pupil_id, staff_id
from tests.domain.test_appointment_and_readiness import ready
from tests.ticks import yes_to

TWO = (staff_id("teacher"), staff_id("colleague"))


def noted(story: Story) -> list[str]:
    return [d.rule for d in story.deviations()]


# Cleared or not: DV-21, AC-28


def test_leaving_as_cleared_has_nothing_noted() -> None:
    story, trip = ready()
    events = story.does(Depart(trip=trip, people=TWO))
    assert [type(e) for e in events] == [StaffDeparted, StaffDeparted]
    assert story.trip(trip).out == TWO


def test_leaving_without_clearance_is_kept_and_says_everything_that_was_missing() -> None:
    story = Story("norbury")
    trip = story.plan()
    story.does(Depart(trip=trip, people=TWO))
    assert story.trip(trip).out == TWO
    (flag,) = story.deviations()
    assert flag.rule == "departure.not_cleared"
    assert flag.source is Source.CLAUSE
    assert {"NH-04", "NH-29", "NH-16"} <= set(flag.clauses)
    assert "not approved" in flag.says


def test_leaving_uncleared_with_all_met_is_doorsteps_matter_only() -> None:
    story = Story("leyland")
    trip = story.plan()
    story.does(yes_to(story.trip(trip).visits[0]), by="head")
    story.assesses(story.trip(trip).visits[0])
    story.does(LodgeWhereabouts(trip=trip, holder="school_office"))
    story.prepared(trip)
    story.does(Depart(trip=trip, people=TWO))
    (flag,) = story.deviations()
    assert (flag.rule, flag.source, flag.clauses) == ("departure.not_cleared", Source.DEFAULT, ())


def test_a_clearance_that_fell_says_why() -> None:
    story, trip = ready()
    story.does(NameTeam(trip=trip, people=(staff_id("teacher"),)), by="office")
    story.does(Depart(trip=trip))
    (flag,) = story.deviations()
    assert "because who's going changed" in flag.says
    assert {"LJ-35", "LJ-79"} <= set(flag.clauses)


# Who leaves is looked at again: I10


def test_one_of_two_cleared_who_leaves_alone_is_flagged() -> None:
    story, trip = ready("norbury")
    story.does(Depart(trip=trip, people=(staff_id("teacher"),)))
    flag = next(d for d in story.deviations() if d.rule == "departure.team")
    assert flag.clauses == ("NH-13",)


def test_somebody_else_than_cleared_who_leaves_is_flagged_although_two_go() -> None:
    story, trip = ready()
    story.does(Depart(trip=trip, people=(staff_id("teacher"), staff_id("third"))))
    assert noted(story) == ["departure.team"]
    assert "Third" in story.deviations()[0].says


def test_alone_on_the_second_leg_is_alone_although_two_left_on_the_first() -> None:
    story, trip = ready()
    story.does(Depart(trip=trip, people=TWO))
    story.later(minutes=30)
    story.does(ReturnToSchool(trip=trip, people=TWO))
    story.later(minutes=5)
    story.does(Depart(trip=trip, people=(staff_id("teacher"),)))
    assert noted(story) == ["departure.team"]


def test_what_fell_away_after_clearance_is_seen_on_leaving() -> None:
    story, trip = ready("norbury")
    person = story.people[staff_id("colleague")]

    story.knows(replace(person, mobile=""))
    story.does(Depart(trip=trip, people=TWO))
    (flag,) = story.deviations()
    assert flag.rule == "departure.changed"
    assert "No mobile number is held for Colleague" in flag.says


def test_what_had_a_reason_at_clearance_is_noted_once_with_the_reason_and_needs_none_on_leaving() -> None:
    story = Story("norbury")
    visit = story.ask(purpose="safe_and_well")
    trip = story.plan(visit)
    story.does(yes_to(visit), by="dsl")
    story.assesses(visit)
    reasons = {"whereabouts.left": "the office is shut", "check_in.agreed_time": "no signal"}
    story.prepared(trip)
    story.does(ClearTrip(trip=trip, reasons=reasons))
    before = story.deviations()
    assert [(one.rule, one.reason) for one in before] == [
        ("without.whereabouts", "the office is shut"),
        ("without.check_ins", "no signal"),
    ]
    assert {one.about_topic for one in before} == {TripCleared.TOPIC}
    assert {"NH-14", "NH-16"} <= {clause for one in before for clause in one.clauses}
    story.does(Depart(trip=trip, people=TWO))
    assert story.deviations() == before


# Every tap is kept


def test_a_second_person_who_says_that_they_left_is_kept_too() -> None:
    story, trip = ready()
    story.does(Depart(trip=trip, people=TWO), by="office")
    story.later(minutes=1)
    assert story.does(Depart(trip=trip, people=TWO), by="colleague") != ()
    assert story.trip(trip).out == TWO


def test_a_return_said_twice_is_kept_twice_and_an_earlier_one_that_comes_late_changes_nothing() -> None:
    story, trip = ready()
    story.does(Depart(trip=trip, people=TWO))
    left = story.now
    story.later(hours=1)
    story.does(ReturnToSchool(trip=trip, people=TWO), by="office")
    assert story.does(ReturnToSchool(trip=trip, people=TWO), at=left + timedelta(minutes=55)) != ()
    assert story.trip(trip).everyone_back
    assert story.trip(trip).returned[TWO[0]] == left + timedelta(hours=1)


def test_a_departure_that_comes_after_the_return_it_precedes_opens_nothing() -> None:
    story, trip = ready()
    left = story.now
    story.later(hours=1)
    story.does(ReturnToSchool(trip=trip, people=TWO), by="office")
    story.does(Depart(trip=trip, people=TWO), at=left)
    assert story.trip(trip).everyone_back


def test_a_return_stated_before_the_departure_accounts_for_nobody() -> None:
    story, trip = ready()
    story.later(hours=1)
    story.does(Depart(trip=trip, people=TWO))
    story.does(ReturnToSchool(trip=trip, people=TWO), at=story.now - timedelta(hours=2))
    assert story.trip(trip).out == TWO


# A time to be back, always


def test_without_a_time_to_be_back_doorstep_sets_one_hour() -> None:
    story = Story("leyland")
    story.does(Depart())
    trip = TripId(story.last(StreamKind.TRIP))
    assert story.trip(trip).back_by == story.now + timedelta(hours=1)
    assert story.trip(trip).came_loose
    assert isinstance(story.log.all[0].event, FactCameLoose)


def test_a_time_to_be_back_that_has_passed_is_kept_and_rings_at_once() -> None:
    story, trip = ready()
    story.does(Depart(trip=trip, people=TWO, back_by=story.now - timedelta(hours=1)))
    due = dues(story.policy, story.trip(trip), [])[0]
    assert due.at < story.now


def test_a_back_by_time_more_than_a_day_ahead_does_not_silence_the_alarm() -> None:
    story, trip = ready()
    planned = story.trip(trip).back_by
    story.does(Depart(trip=trip, people=TWO, back_by=story.now + timedelta(days=365)))
    assert story.trip(trip).back_by == planned
    story.does(MoveBackBy(trip=trip, minutes=10**12))
    assert story.trip(trip).back_by == planned
    with pytest.raises(Incomplete) as found:
        story.decides(PlanTrip(visits=(story.ask(),), leave_at=MONDAY, back_by=MONDAY + timedelta(days=2)))
    assert found.value.field == "back_by"


def test_a_loose_departure_with_an_absurd_time_still_rings_after_an_hour() -> None:
    story = Story("leyland")
    story.does(Depart(back_by=datetime(9999, 12, 31, 23, 59, tzinfo=UTC)))
    trip = TripId(story.last(StreamKind.TRIP))
    assert story.trip(trip).back_by == story.now + timedelta(hours=1)


# At a door without having left: the timer runs all the same (law 4)


@pytest.mark.parametrize("fact", [Arrive, NoAnswer, ChildAlone, EnterHome, LeaveProperty])
def test_who_stands_at_a_door_is_out_although_nobody_tapped_that_they_left(fact: type) -> None:
    story, trip = ready()
    visit = story.trip(trip).visits[0]
    story.does(fact(visit=visit))
    assert story.trip(trip).out == TWO
    assert dues(story.policy, story.trip(trip), [])
    assert "sign_out.not_said" in noted(story)


def test_who_left_and_said_so_is_not_made_to_leave_again() -> None:
    story, trip = ready()
    visit = story.trip(trip).visits[0]
    story.does(Depart(trip=trip, people=TWO))
    assert [type(e) for e in story.does(Arrive(visit=visit))] == [StaffArrived]
    story.later(minutes=20)
    story.does(ReturnToSchool(trip=trip, people=TWO), by="office")
    story.does(LeaveProperty(visit=visit), at=story.now - timedelta(minutes=10))
    assert story.trip(trip).everyone_back


def test_a_door_that_nobody_planned_is_timed_as_well() -> None:
    story = Story("leyland")
    visit = story.ask()
    story.does(Arrive(visit=visit))
    trip = story.trip(TripId(story.last(StreamKind.TRIP)))
    assert trip.out == (staff_id("teacher"),)
    assert trip.back_by == story.now + timedelta(hours=1)
    before = story.log.head()
    story.does(NoAnswer(visit=visit))
    assert story.log.head() == before + 1, "and only once"


def test_a_late_word_about_a_door_sends_nobody_out() -> None:
    story, trip = ready()
    visit = story.trip(trip).visits[0]
    story.does(Depart(trip=trip, people=TWO))
    story.later(minutes=50)
    story.does(ReturnToSchool(trip=trip, people=TWO), by="office")
    story.later(minutes=20)
    before = story.log.head()
    story.does(NoAnswer(visit=visit), at=story.now - timedelta(minutes=45))
    assert story.log.head() == before + 1


# With fields missing


def test_a_fact_without_a_trip_belongs_to_the_trip_that_the_person_is_out_on() -> None:
    story, trip = ready()
    story.does(Depart(trip=trip, people=TWO))
    story.does(ReportDanger(text="followed to the car"))
    assert story.trip(trip).danger is not None
    story.does(SafeByVoice(people=TWO), by="office")
    assert story.trip(trip).everyone_back


def test_a_departure_without_a_trip_belongs_to_the_trip_that_the_person_was_cleared_for() -> None:
    story, trip = ready()
    story.does(Depart(people=TWO), by="office")
    assert story.trip(trip).out == TWO
    story.does(Arrive())
    assert story.visit(story.trip(trip).visits[0]).arrived_at == story.now


def test_a_fact_about_no_visit_at_all_is_kept_and_flagged() -> None:
    story = Story("leyland")
    story.does(KeepNote(text="a neighbour said that they moved"), by="office")
    assert noted(story) == ["visit.not_requested"]
    story.does(KeepNote(visit=VisitId(pupil_id("no such visit")), text="?"), by="office")
    assert noted(story) == ["visit.not_requested", "visit.not_requested"]


def test_leaving_a_trip_that_was_called_off_opens_it_again() -> None:
    story, trip = ready()
    story.does(CallOffTrip(trip=trip))
    assert story.trip(trip).over
    story.does(Depart(trip=trip, people=TWO))
    assert story.trip(trip).out == TWO
    assert not story.trip(trip).over
    assert noted(story) != []
