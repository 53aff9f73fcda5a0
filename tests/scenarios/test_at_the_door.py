"""At the door: waiting, an animal, a feeling, a child alone, a worry."""

import pytest

from domain.concern.commands import RaiseConcern
from domain.concern.events import ConcernRaised
from domain.policy import Source
from domain.roles import Role
from domain.staff.commands import AssignRole
from domain.trip.events import CheckIn
from domain.visit.commands import CancelForSafety
from domain.visit.events import (
    AppointmentHow,
    CancelReason,
    Outcome,
    SafetyKind,
    VisitCancelled,
    VisitCancelledForSafety,
)
from tests.scenarios.doors import Trip, Visit
from tests.scenarios.harness import World
from tests.scenarios.school import School


def agreed_at_two(school: School, *, arrived: str = "13:58", purpose: str = "") -> tuple[Trip, Visit]:
    """An appointment at 14:00; they stand at the door, and have rung the office."""
    visit = school.ask(purpose=purpose) if purpose else school.ask()
    visit.appointment("14:00", how=AppointmentHow.WRITTEN, signed=True)
    trip = school.ready_trip(visit, leave="13:40", back_by="16:00")
    school.at("13:40")
    trip.depart()
    school.at(arrived)
    visit.arrive()
    trip.check_in(CheckIn.BEFORE_ENTRY, visit)
    return trip, visit


def rules(school: School, visit: Visit) -> list[str]:
    return [flag.rule for flag in school.flags(visit)]


def test_nobody_in_twenty_minutes_after_the_agreed_time(world: World) -> None:
    """AC-54. SP-39, SP-40, SP-53."""
    school = world.school("SP")
    trip, visit = agreed_at_two(school)
    visit.no_answer()
    school.at("14:20:00")
    line = school.board(trip)
    assert line.doors[0].wait_until == school.time("14:20")
    assert line.state == "out", "still waiting"
    school.at("14:20:01")
    line = school.board(trip)
    assert line.state == "amber"
    assert line.headline == "Nobody answered at 1 Acorn Road: call the visit off, the wait ended at 14:20"
    school.at("14:21")
    visit.cancel(CancelReason.NO_ANSWER)
    (cancelled,) = [r.event for r in school.events(visit) if isinstance(r.event, VisitCancelled)]
    assert (cancelled.reason, cancelled.waited_seconds) == (CancelReason.NO_ANSWER, 21 * 60)
    (flag,) = school.flags(visit)
    assert flag.says == "waited 21 min; the policy says at most 20 min"
    assert flag.clauses == ("SP-39", "SP-40")
    assert school.looks.told("safety_cancellation") == ()
    assert trip.state.out != (), "calling off the visit never stops the trip's timer"


def test_called_off_at_twenty_past_nothing_is_noted(world: World) -> None:
    """AC-54, the twin: 20:00 is within. SP-39."""
    school = world.school("SP")
    _, visit = agreed_at_two(school)
    visit.no_answer()
    school.at("14:20")
    visit.cancel(CancelReason.NO_ANSWER)
    assert school.flags(visit) == ()


def test_the_clock_runs_from_nobody_answered_where_that_is_later(world: World) -> None:
    """AC-54, neighbour: they were late themselves. SP-39."""
    school = world.school("SP")
    _, visit = agreed_at_two(school, arrived="14:10")
    visit.no_answer()
    school.at("14:30")
    visit.cancel(CancelReason.NO_ANSWER)
    assert school.flags(visit) == ()


def test_no_clock_on_an_unannounced_visit(world: World) -> None:
    """AC-54, neighbour. SP-39, SP-10."""
    school = world.school("SP")
    visit = school.ask(purpose="safeguarding_unseen")
    trip = school.ready_trip(visit)
    school.at("13:00")
    trip.depart()
    school.at("13:10")
    trip.check_in(CheckIn.BEFORE_ENTRY, visit)
    visit.no_answer()
    school.at("14:00")
    assert school.board(trip).doors[0].wait_until is None
    visit.cancel(CancelReason.NO_ANSWER)
    assert school.flags(visit) == ()
    assert visit.state.undecided == (school.child.id,), "the DSL decides the same day"


def test_leyland_goes_back_at_once(world: World) -> None:
    """AC-54, another school: no wait is mentioned. LJ-46."""
    school = world.school("LJ")
    _, visit = agreed_at_two(school)
    school.at("14:00")
    visit.no_answer()
    school.at("14:06")
    visit.cancel(CancelReason.NO_ADULT)
    assert [(f.says, f.clauses) for f in school.flags(visit)] == [
        ("waited 6 min; the policy says not to wait", ("LJ-46",))
    ]


@pytest.mark.parametrize("letters", ["WL", "NH", "SC"])
def test_where_the_policy_is_silent_the_wait_is_advice(world: World, letters: str) -> None:
    """AC-54, the other schools: "Doorstep advice not followed". X12."""
    school = world.school(letters)
    _, visit = agreed_at_two(school)
    visit.no_answer()
    school.at("14:21")
    visit.cancel(CancelReason.NO_ANSWER)
    (flag,) = school.flags(visit)
    assert (flag.rule, flag.source, flag.clauses) == ("waiting.too_long", Source.DEFAULT, ())


@pytest.mark.parametrize(("when", "noted"), [("14:30", []), ("14:30:01", ["entry.late"]), ("14:31", ["entry.late"])])
def test_a_family_that_phoned_ahead_may_be_thirty_minutes_late(world: World, when: str, noted: list[str]) -> None:
    """AC-54, neighbour (AC-56). SP-41, SP-42."""
    school = world.school("SP")
    _, visit = agreed_at_two(school, arrived="13:50")
    visit.family_late()
    school.at(when)
    visit.enter("parent")
    assert rules(school, visit) == noted


def test_going_in_before_the_late_parent_is_there_is_flagged(world: World) -> None:
    """AC-54, neighbour (AC-56). SP-41, SP-27."""
    school = world.school("SP")
    _, visit = agreed_at_two(school, arrived="13:50")
    visit.family_late()
    school.at("14:10")
    visit.enter("other_adult")
    assert {f.rule: f.clauses for f in school.flags(visit)} == {
        "entry.adult": ("SP-27",),
        "entry.before_family": ("SP-41",),
    }


def test_a_child_alone_outranks_the_wait(world: World) -> None:
    """AC-54, neighbour (AC-68): nobody is told to leave a child. WL-29, SP-39."""
    school = world.school("SP")
    trip, visit = agreed_at_two(school)
    visit.no_answer()
    school.at("14:05")
    visit.child_alone()
    school.at("14:40")
    line = school.board(trip)
    assert line.state == "child_alone"
    assert line.doors[0].wait_until is None
    visit.cancel(CancelReason.NO_ADULT)
    assert school.flags(visit) == ()


def test_a_dog_that_will_not_be_moved(world: World) -> None:
    """AC-60. SP-49, SP-50, SP-51, SP-52, DV-18."""
    school = world.school("SP")
    _, visit = agreed_at_two(school)
    visit.animal(moved=None, text="a large dog, growling")
    visit.animal(moved=False, text="the parent will not")
    visit.cancel_for_safety(SafetyKind.ANIMAL, "dangerous dog, not shut away")
    (cancelled,) = [r.event for r in school.events(visit) if isinstance(r.event, VisitCancelledForSafety)]
    assert cancelled.kind is SafetyKind.ANIMAL
    assert school.to_tell("safety_cancellation") == {"Hilda Head": ("email",)}
    assert [r.kind for r in school.looks.exports().pending] == ["animal_cancellation"]
    school.looks.export(school.looks.exports().pending)
    assert school.looks.exports().pending == (), "once"


def test_going_on_with_the_dog_there_is_flagged(world: World) -> None:
    """AC-60, the other way: continuing would be flagged. SP-50."""
    school = world.school("SP")
    _, visit = agreed_at_two(school)
    visit.animal(moved=False)
    visit.enter("parent")
    assert [(f.rule, f.clauses) for f in school.flags(visit)] == [("entry.animal", ("SP-50",))]


def test_a_dog_that_was_shut_away_is_no_matter(world: World) -> None:
    """AC-60, the twin. SP-49."""
    school = world.school("SP")
    _, visit = agreed_at_two(school)
    visit.animal(moved=True)
    visit.enter("parent")
    assert school.flags(visit) == ()


DOG_REFUSED = {"LJ": ("LJ-49",), "WL": (), "NH": (), "SC": ()}


@pytest.mark.parametrize("letters", DOG_REFUSED)
def test_a_dog_refused_at_the_other_schools(world: World, letters: str) -> None:
    """AC-60, neighbour (AC-62): where the document is silent the default applies and is shown as one. LJ-49, SC-33."""
    school = world.school(letters)
    _, visit = agreed_at_two(school)
    visit.animal(moved=False)
    visit.enter("parental_responsibility")
    (flag,) = [f for f in school.flags(visit) if f.rule == "entry.animal"]
    assert flag.clauses == DOG_REFUSED[letters]
    assert flag.source is (Source.CLAUSE if DOG_REFUSED[letters] else Source.DEFAULT)


def test_an_unsafe_feeling_on_the_step(world: World) -> None:
    """AC-64. SP-46, SP-47, SP-48."""
    school = world.school("SP")
    trip, visit = agreed_at_two(school)
    visit.cancel_for_safety(SafetyKind.FEELING, "two men by the door who would not say who they were")
    (told,) = school.looks.told("safety_cancellation")
    assert "SP-47" in told.clauses
    (notice,) = told.notices
    assert (notice.name, notice.channels, notice.status) == ("Hilda Head", ("email",), "pending")
    (record,) = school.looks.exports().pending
    assert (record.kind, record.pupil) == ("safety_cancellation", school.child.id)
    assert school.flags(visit) == ()
    assert trip.state.out != (), "the timer runs until they are back"


@pytest.mark.parametrize(
    ("letters", "clauses"), [("SP", ("SP-46",)), ("NH", ("NH-38",)), ("SC", ("SC-32",)), ("WL", ()), ("LJ", ())]
)
def test_going_in_after_all_is_flagged(world: World, letters: str, clauses: tuple[str, ...]) -> None:
    """AC-64, the other way: feeling unsafe means not going in. SP-46, NH-38, SC-32."""
    school = world.school(letters)
    _, visit = agreed_at_two(school)
    visit.cancel_for_safety(SafetyKind.FEELING)
    visit.enter("parental_responsibility")
    (flag,) = [f for f in school.flags(visit) if f.rule == "entry.unsafe"]
    assert flag.clauses == clauses


def test_nothing_at_all_has_to_be_said(world: World) -> None:
    """AC-64, neighbour: no kind, no reason, no visit. Design law 1."""
    school = world.school("SP")
    school.send(CancelForSafety(), by=school.teacher)
    assert [f.rule for f in school.flags()] == ["visit.not_requested"]


def test_a_worry_in_the_middle_of_a_visit(world: World) -> None:
    """AC-70. SP-57, SP-58, SP-59, SP-67, DV-14."""
    school = world.school("SP")
    trip, visit = agreed_at_two(school)
    visit.enter("parent")
    stored = school.send(
        RaiseConcern(visit=visit.id, category="neglect", text="no food in the house"), by=school.teacher
    )
    assert [type(r.event) for r in stored.recorded] == [ConcernRaised]
    assert school.to_tell("concern") == {"Hilda Head": ("email",), "Dora Dessel": ()}
    assert [r.kind for r in school.looks.exports().pending] == ["concern"]
    visit.outcome(Outcome.SEEN_SPOKEN)
    visit.left()
    assert visit.state.cancelled is None
    assert visit.state.left_at is not None, "the visit goes on, or not, as they choose"
    assert trip.state.out != ()


def test_the_dsl_who_is_in_two_roles_gets_one_message(world: World) -> None:
    """AC-70, neighbour: one person in two roles, one message. SP-59."""
    school = world.school("SP")
    school.send(AssignRole(staff=school.dsl.id, role=Role.HEADTEACHER), by=school.head)
    _, visit = agreed_at_two(school)
    school.send(RaiseConcern(visit=visit.id, text="bruises"), by=school.teacher)
    (told,) = school.looks.told("concern")
    names = [n.name for n in told.notices]
    assert names.count("Dora Dessel") == 1


def test_a_worry_is_taken_in_any_state_with_nothing_filled_in_and_with_no_visit_at_all(world: World) -> None:
    """AC-70, neighbours: never planned, called off, back, nothing said. DV-14."""
    school = world.school("LJ")
    visit = school.ask()
    school.send(RaiseConcern(visit=visit.id), by=school.teacher)
    visit.cancel(CancelReason.NO_LONGER_NEEDED)
    school.send(RaiseConcern(visit=visit.id, text="seen crying at the gate"), by=school.office)
    school.send(RaiseConcern(), by=school.colleague)
    school.send(RaiseConcern(child_described="a boy of about four in a red coat"), by=school.governor)
    assert len(school.looks.told("concern")) == 4
