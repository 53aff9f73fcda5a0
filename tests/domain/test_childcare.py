"""An early-years visit at Leyland falls on a day when the child is not at childcare; elsewhere nobody asks."""

from datetime import timedelta
from typing import Any

import pytest

from domain.policy import Force
from domain.refusal import Incomplete
from domain.trip.commands import ClearTrip
from domain.visit.commands import (
    Arrive,
    CancelVisit,
    ChangeAppointment,
    ConfirmAppointment,
    KeepChildcareDays,
    MoveVisitToPupil,
    OfferAppointments,
    RecordOutcome,
    RecordVisit,
)
from domain.visit.events import AppointmentConfirmed, CancelReason, ChildcareDay, ChildcareDaysKept, Outcome
from domain.visit.rules.record import WITH_BOTH
from tests.domain.story import MONDAY, SETTLED, Story, pupil_id
from tests.domain.test_appointment_and_readiness import needed

TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + timedelta(days=days) for days in (1, 2, 3))
TWO_DAYS = (ChildcareDay.TUESDAY, ChildcareDay.WEDNESDAY)


def early(key: str = "leyland") -> tuple[Story, Any]:
    story = Story(key)
    return story, story.ask(purpose="pre_start")


@pytest.mark.clauses("LJ-37")
def test_on_a_childcare_day_no_time_is_offered_agreed_or_moved_to() -> None:
    """AC-45."""
    story, visit = early()
    story.does(KeepChildcareDays(visit=visit, days=tuple(reversed(TWO_DAYS))))
    assert story.visit(visit).childcare_days == TWO_DAYS, "in the week's order"
    refused = story.refused(ConfirmAppointment(visit=visit, appointment_at=WEDNESDAY, **SETTLED))["childcare.day"]
    assert (refused.force, refused.clauses) == (Force.MUST, ("LJ-37",))
    assert refused.says == "The child is at childcare on a Wednesday: choose another day for the visit"
    assert "childcare.day" in story.refused(OfferAppointments(visit=visit, times=(THURSDAY, TUESDAY)))
    assert story.does(ConfirmAppointment(visit=visit, appointment_at=THURSDAY, **SETTLED))
    assert "childcare.day" in story.refused(ChangeAppointment(visit=visit, appointment_at=TUESDAY))


@pytest.mark.clauses("LJ-37")
def test_the_call_that_fixes_the_visit_asks_and_keeps_the_days() -> None:
    """AC-45."""
    story, visit = early()
    told: dict[str, Any] = {"visit": visit, "childcare_days": TWO_DAYS, **SETTLED}
    assert "childcare.day" in story.refused(ConfirmAppointment(appointment_at=WEDNESDAY, **told))
    assert story.visit(visit).childcare_days == (), "what was refused is not kept"
    days, agreed = story.does(ConfirmAppointment(appointment_at=THURSDAY, **told))
    assert days == ChildcareDaysKept(days=TWO_DAYS)
    assert isinstance(agreed, AppointmentConfirmed)
    (again,) = story.does(ConfirmAppointment(appointment_at=THURSDAY + timedelta(hours=1), **told))
    assert isinstance(again, AppointmentConfirmed), "the same days are not kept twice"


@pytest.mark.clauses("LJ-37")
def test_nobody_is_ok_to_go_before_the_days_are_known_or_on_one_of_them() -> None:
    story, visit = early()
    trip = story.plan(visit)
    unknown = story.refused(ClearTrip(trip=trip, reasons={"childcare.days": "in a hurry"}))["childcare.days"]
    assert (unknown.force, unknown.clauses) == (Force.MUST, ("LJ-37",))
    story.does(KeepChildcareDays(visit=visit, days=(ChildcareDay.MONDAY,)))
    assert "Monday" in needed(story, trip)["childcare.day"].says, "the trip's own day, without an appointment"
    story.does(KeepChildcareDays(visit=visit, days=(ChildcareDay.NONE,)))
    assert not [code for code in needed(story, trip) if code.startswith("childcare")]


@pytest.mark.clauses("LJ-37")
def test_the_day_is_that_of_london() -> None:
    """On the eve of Wednesday in UTC it is Wednesday in London, while the clocks are forward."""
    story, visit = early()
    story.does(KeepChildcareDays(visit=visit, days=(ChildcareDay.WEDNESDAY,)))
    eve = TUESDAY.replace(hour=23, minute=30)
    assert "childcare.day" in story.refused(ConfirmAppointment(visit=visit, appointment_at=eve, **SETTLED))


def test_other_visits_and_other_schools_ask_nothing() -> None:
    story = Story("leyland")
    ordinary = story.ask()
    story.does(KeepChildcareDays(visit=ordinary, days=(ChildcareDay.WEDNESDAY,)))
    assert story.does(ConfirmAppointment(visit=ordinary, appointment_at=WEDNESDAY, **SETTLED))
    assert not [code for code in needed(story, story.plan(ordinary)) if code.startswith("childcare")]
    for key in ("st_patricks", "norbury", "scargill"):
        other = Story(key)
        assert not [code for code in needed(other, other.plan()) if code.startswith("childcare")]


def test_no_day_stands_by_itself() -> None:
    story, visit = early()
    with pytest.raises(Incomplete):
        story.decides(KeepChildcareDays(visit=visit, days=(ChildcareDay.NONE, ChildcareDay.FRIDAY)))


def test_another_child_has_days_of_its_own() -> None:
    story, visit = early()
    story.does(KeepChildcareDays(visit=visit, days=TWO_DAYS))
    move = MoveVisitToPupil(visit=visit, wrong=pupil_id("alex"), right=pupil_id("billie"), why="wrong child picked")
    story.does(move, by="office")
    assert story.visit(visit).childcare_days == ()


def written(story: Story, visit: Any, **more: str) -> RecordVisit:
    fields = dict.fromkeys(story.policy.value("visit_record_fields"), "none")
    return RecordVisit(visit=visit, fields=fields | more)


@pytest.mark.clauses("LJ-58")
def test_after_an_early_years_visit_it_is_said_whether_there_was_time_with_parent_and_child() -> None:
    """AC-45."""
    story, visit = early()
    story.does(Arrive(visit=visit))
    story.does(RecordOutcome(visit=visit, outcome=Outcome.SEEN_SPOKEN))
    missing = story.refused(written(story, visit))[f"record.{WITH_BOTH}"]
    assert (missing.force, missing.clauses) == (Force.MUST, ("LJ-58",))
    assert story.does(written(story, visit, **{WITH_BOTH: "yes"}))


@pytest.mark.clauses("LJ-58")
def test_of_a_visit_that_did_not_come_about_no_such_time_is_asked() -> None:
    story, visit = early()
    story.does(CancelVisit(visit=visit, reason=CancelReason.NO_LONGER_NEEDED))
    assert story.does(written(story, visit))
