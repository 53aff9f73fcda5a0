"""Appointments, a family's no, and the one list of what is still needed."""

from datetime import timedelta

import pytest

from domain.ids import TripId, VisitId
from domain.policy import Force, Source
from domain.readiness import readiness
from domain.refusal import Incomplete, Requirement, Unknown
from domain.trip.commands import CallOffTrip, ClearTrip, Depart, LodgeWhereabouts, NameTeam, PlanTrip
from domain.trip.events import ClearanceVoided, TripCleared
from domain.visit.commands import (
    AssessRisk,
    CancelVisit,
    ChangeAppointment,
    ConfirmAppointment,
    FamilyDeclined,
    MoveVisitToPupil,
    RefuseVisit,
)
from domain.visit.events import ApprovalWithdrawn, CancelReason
from tests.domain.story import MONDAY, SETTLED, Story, pupil_id, staff_id
from tests.ticks import yes_to


def needed(story: Story, trip: TripId) -> dict[str, Requirement]:
    state = story.trip(trip)
    found = readiness(story.policy, state, [story.visit(v) for v in state.visits], story.people, {}, story.pupils)
    return {r.code: r for r in found}


def ready(key: str = "leyland", *visits: VisitId, story: Story | None = None) -> tuple[Story, TripId]:
    """A trip that its policy lets go, cleared."""
    story = story or Story(key)
    trip = story.plan(*visits)
    for visit in story.trip(trip).visits:
        story.does(yes_to(visit), by="head")
        story.assesses(visit)
        story.does(ConfirmAppointment(visit=visit, appointment_at=MONDAY + timedelta(hours=2), **SETTLED))
    for holder in ("school_office", "line_manager", "safeguarding_team"):
        story.does(LodgeWhereabouts(trip=trip, holder=holder, agreed_call_at=MONDAY + timedelta(hours=2)))
    story.prepared(trip)
    story.does(ClearTrip(trip=trip))
    return story, trip


# Appointments: NH-04, SP-26, SC-13, LJ-36


@pytest.mark.clauses("NH-04")
def test_at_norbury_an_appointment_is_made_ahead_of_time() -> None:
    story = Story("norbury")
    trip = story.plan()
    assert needed(story, trip)["appointment.agreed"].clauses == ("NH-04",)
    story.does(ConfirmAppointment(visit=story.trip(trip).visits[0], appointment_at=MONDAY, **SETTLED))
    assert "appointment.agreed" not in needed(story, trip)


def test_a_welfare_check_reaches_the_door_without_one() -> None:
    story = Story("norbury")
    assert "appointment.agreed" not in needed(story, story.plan(story.ask(purpose="safe_and_well")))
    assert "appointment.agreed" not in needed(story, story.plan(story.ask(safeguarding=True)))


@pytest.mark.parametrize("key", ["st_patricks", "leyland", "william_lilley", "scargill"])
def test_elsewhere_an_appointment_opens_the_home_and_never_keeps_anybody_from_the_door(key: str) -> None:
    story = Story(key)
    assert "appointment.agreed" not in needed(story, story.plan())


def test_an_appointment_on_another_london_day_needs_a_new_yes() -> None:
    story, trip = ready()
    visit = story.trip(trip).visits[0]
    same_day = ChangeAppointment(visit=visit, appointment_at=MONDAY + timedelta(hours=5))
    assert len(story.decides(same_day)) == 1
    # 23:30 on Monday in London is 22:30 UTC; 00:30 on Tuesday is 23:30 UTC, still Monday by UTC.
    past_midnight = MONDAY.replace(hour=23, minute=30)
    for command in (
        ChangeAppointment(visit=visit, appointment_at=past_midnight),
        ConfirmAppointment(visit=visit, appointment_at=past_midnight, **SETTLED),
    ):
        kinds = {type(entry.event) for entry in story.decides(command)}
        assert kinds >= {ApprovalWithdrawn, ClearanceVoided}


# A family's no: NH-06, I8


@pytest.mark.clauses("NH-06")
def test_at_norbury_a_familys_no_stops_any_visit() -> None:
    for purpose in ("attendance", "safe_and_well"):
        story = Story("norbury")
        visit = story.ask(purpose=purpose)
        trip = story.plan(visit)
        story.does(FamilyDeclined(visit=visit))
        no = needed(story, trip)["family.declined"]
        assert (no.force, no.clauses) == (Force.MUST, ("NH-06",))


@pytest.mark.parametrize("key", ["st_patricks", "leyland", "william_lilley", "scargill"])
def test_where_the_policy_is_silent_a_no_warns_and_keeps_nobody_from_the_door(key: str) -> None:
    story = Story(key)
    visit = story.ask()
    trip = story.plan(visit)
    story.does(FamilyDeclined(visit=visit))
    no = needed(story, trip)["family.declined"]
    assert (no.force, no.source) == (Force.ADVISE, Source.DEFAULT)


def test_a_no_after_clearance_takes_the_clearance_back() -> None:
    story, trip = ready("norbury")
    assert story.trip(trip).cleared_at is not None
    story.does(FamilyDeclined(visit=story.trip(trip).visits[0]))
    assert story.trip(trip).cleared_at is None
    story, trip = ready("leyland")
    story.does(FamilyDeclined(visit=story.trip(trip).visits[0]))
    assert story.trip(trip).cleared_at is not None, "at Leyland it only warns"


def test_a_welfare_visit_that_is_declined_asks_the_dsl_for_a_decision() -> None:
    story = Story("norbury")
    visit = story.ask(purpose="safe_and_well")
    story.does(FamilyDeclined(visit=visit))
    assert story.visit(visit).undecided == (pupil_id("alex"),)
    everyday = story.ask()
    story.does(FamilyDeclined(visit=everyday))
    assert story.visit(everyday).undecided == ()


# The whole list


def test_everything_that_is_missing_is_named_at_once() -> None:
    story = Story("norbury")
    trip = story.plan(team=("teacher",))
    refused = story.refused(ClearTrip(trip=trip))
    assert set(refused) == {
        "approval.SLT",
        "appointment.agreed",
        "team.two",
        "whereabouts.left",
        "check_in.agreed_time",
        "checks.confirmed",
        "risk.assessed",
        "background.checked",
        "background.agency",
    }
    assert all(r.says and r.setting for r in refused.values())


def test_what_refuses_comes_first_and_advice_last() -> None:
    story = Story("leyland")
    trip = story.plan()
    found = list(needed(story, trip).values())
    assert [r.refuses for r in found] == sorted((r.refuses for r in found), reverse=True)
    assert found[-1].code == "watcher.named"


def test_advice_keeps_nobody_and_is_remembered() -> None:
    story, _ = ready()
    cleared = next(r.event for r in story.log.all if isinstance(r.event, TripCleared))
    assert cleared.advised == ("watcher.named",)
    assert cleared.log_index > 0


def test_a_should_passes_with_a_reason_and_the_reason_is_kept() -> None:
    story = Story("norbury")
    visit = story.ask(purpose="safe_and_well")
    trip = story.plan(visit)
    story.does(yes_to(visit), by="dsl")
    story.assesses(visit)
    reasons = {"whereabouts.left": "the office is shut", "check_in.agreed_time": "no signal there"}
    story.prepared(trip)
    events = story.does(ClearTrip(trip=trip, reasons=reasons))
    assert isinstance(events[0], TripCleared)
    assert events[0].reasons == reasons


def test_a_must_never_passes_with_a_reason() -> None:
    story = Story("leyland")
    trip = story.plan()
    story.prepared(trip)
    musts = {"approval.headteacher", "whereabouts.left", "risk.assessed", "risk.overseen"}
    assert set(story.refused(ClearTrip(trip=trip, reasons=dict.fromkeys(musts, "in a hurry")))) == musts


def test_a_trip_still_goes_to_the_other_door_when_one_was_called_off() -> None:
    story = Story("leyland")
    first, second = story.ask(), story.ask(pupils=(pupil_id("billie"),))
    trip = story.plan(first, second)
    story.does(CancelVisit(visit=first, reason=CancelReason.NO_LONGER_NEEDED))
    story.does(yes_to(second), by="head")
    story.assesses(second)
    story.does(LodgeWhereabouts(trip=trip, holder="school_office"))
    story.prepared(trip)
    (cleared,) = story.does(ClearTrip(trip=trip))
    assert isinstance(cleared, TripCleared)
    assert cleared.visits == (second,)


def test_a_trip_still_goes_to_the_other_door_when_one_was_refused() -> None:
    story = Story("leyland")
    first, second = story.ask(), story.ask(pupils=(pupil_id("billie"),))
    trip = story.plan(first, second)
    story.does(RefuseVisit(visit=first, reason="not safe"), by="head")
    assert set(needed(story, trip)) >= {"approval.headteacher"}
    assert "visit.refused" not in {r.code for r in needed(story, trip).values() if r.refuses}


def test_with_every_door_called_off_or_refused_there_is_nowhere_to_go() -> None:
    story = Story("leyland")
    first, second = story.ask(), story.ask(pupils=(pupil_id("billie"),))
    trip = story.plan(first, second)
    story.does(CancelVisit(visit=first))
    story.does(RefuseVisit(visit=second, reason="not safe"), by="head")
    assert set(story.refused(ClearTrip(trip=trip))) >= {"visit.cancelled", "visit.refused"}


# Material changes: DV-20


def test_a_change_of_pupil_withdraws_the_yes_and_the_clearance() -> None:
    story, trip = ready()
    visit = story.trip(trip).visits[0]
    move = MoveVisitToPupil(visit=visit, wrong=pupil_id("alex"), right=pupil_id("billie"), why="wrong child")
    kinds = [type(entry.event) for entry in story.decides(move)]
    assert kinds[1:] == [ApprovalWithdrawn, ClearanceVoided]


def test_moving_a_visit_to_the_child_it_has_is_no_move() -> None:
    story, trip = ready()
    visit = story.trip(trip).visits[0]
    with pytest.raises(Incomplete):
        story.decides(MoveVisitToPupil(visit=visit, wrong=pupil_id("alex"), right=pupil_id("alex"), why="?"))


def test_a_new_warning_withdraws_the_yes() -> None:
    story, trip = ready()
    visit = story.trip(trip).visits[0]
    assert len(story.decides(AssessRisk(visit=visit), by="slt")) == 1, "nothing new, by somebody who does not go"
    kinds = [type(entry.event) for entry in story.decides(AssessRisk(visit=visit, level="high"), by="slt")]
    assert kinds[1:] == [ApprovalWithdrawn, ClearanceVoided]


def test_the_same_visit_on_another_day_needs_a_new_yes() -> None:
    story = Story("leyland")
    visit = story.ask()
    trip = story.plan(visit)
    story.does(yes_to(visit), by="head")
    story.does(CallOffTrip(trip=trip))
    again = story.plan(visit)
    assert "approval.headteacher" not in needed(story, again), "the same day: the yes stands"
    story.does(CallOffTrip(trip=again))
    story.later(days=1)
    tomorrow = story.plan(visit)
    assert "approval.headteacher" in needed(story, tomorrow)


def test_who_is_going_can_change_on_the_way_without_undoing_what_was_approved() -> None:
    story, trip = ready()
    story.does(Depart(trip=trip, people=(staff_id("teacher"), staff_id("colleague"))))
    story.does(NameTeam(trip=trip, people=tuple(staff_id(p) for p in ("teacher", "colleague", "third"))), by="office")
    assert story.visit(story.trip(trip).visits[0]).approvals
    assert story.trip(trip).cleared_at is not None


# Plans that cannot be read


def test_nobody_is_back_before_they_have_left() -> None:
    story = Story("leyland")
    visit = story.ask()
    for back_by in (MONDAY, MONDAY - timedelta(hours=1)):
        with pytest.raises(Incomplete) as found:
            story.decides(PlanTrip(visits=(visit,), leave_at=MONDAY, back_by=back_by))
        assert found.value.field == "back_by"
    assert story.decides(PlanTrip(visits=(visit,), leave_at=MONDAY, back_by=MONDAY + timedelta(seconds=1)))


def test_a_trip_to_nowhere_known_or_with_nobody_known_is_unknown() -> None:
    story = Story("leyland")
    leave, back_by = MONDAY, MONDAY + timedelta(hours=1)
    with pytest.raises(Unknown):
        story.decides(PlanTrip(visits=(VisitId(pupil_id("x")),), leave_at=leave, back_by=back_by))
    with pytest.raises(Unknown):
        story.decides(PlanTrip(visits=(story.ask(),), leave_at=leave, back_by=back_by, people=(staff_id("nobody"),)))
