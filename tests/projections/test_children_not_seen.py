"""Children not seen: what opens a decision, by when it is due, and what was decided."""

import pytest

from domain.shared.commands import CorrectEvent, Undo
from domain.visit.commands import CancelVisit, DecideForChild
from domain.visit.events import CancelReason, NotSeenDecision, Outcome
from domain.visit.rules.seen import Because
from tests.projections.desk import Desk
from tests.scenarios.cast import WELFARE_PURPOSE_OF
from tests.scenarios.doors import Visit
from tests.scenarios.harness import World


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world.school("SP"))


def welfare(desk: Desk) -> Visit:
    return desk.school.ask(purpose=WELFARE_PURPOSE_OF[desk.school.policy_key])


def why(desk: Desk) -> list[Because]:
    return [child.because for child in desk.not_seen().undecided]


NOT_SEEN = [outcome for outcome in Outcome if not outcome.child_seen]


@pytest.mark.parametrize("outcome", NOT_SEEN)
def test_an_outcome_that_says_not_seen_opens_a_decision_on_any_visit(desk: Desk, outcome: Outcome) -> None:
    visit = desk.school.ask()
    visit.outcome(outcome)
    (child,) = desk.not_seen().undecided
    assert (child.pupil, child.outcome, child.safeguarding) == (desk.school.child.id, outcome, False)


@pytest.mark.parametrize("outcome", [Outcome.SEEN, Outcome.SEEN_SPOKEN])
def test_a_child_who_was_seen_needs_no_decision(desk: Desk, outcome: Outcome) -> None:
    visit = welfare(desk)
    visit.no_answer()
    assert why(desk) == [Because.NO_ANSWER]
    visit.outcome(outcome)
    visit.left()
    assert why(desk) == []


def test_no_answer_opens_one_at_a_safeguarding_door_only(desk: Desk) -> None:
    desk.school.ask().no_answer()
    assert why(desk) == []
    welfare(desk).no_answer()
    assert why(desk) == [Because.NO_ANSWER]


@pytest.mark.parametrize(
    ("reason", "because"),
    [
        (CancelReason.NO_ANSWER, Because.NO_ANSWER),
        (CancelReason.DECLINED, Because.REFUSED),
        (CancelReason.FAMILY_LATE, Because.CANCELLED),
        (CancelReason.NO_ADULT, Because.CANCELLED),
    ],
)
def test_a_refusal_or_cancellation_of_a_door_opens_one_even_where_nobody_tapped_arrived(
    desk: Desk, reason: CancelReason, because: Because
) -> None:
    visit = welfare(desk)
    desk.school.send(CancelVisit(visit=visit.id, reason=reason), by=desk.school.teacher)
    assert why(desk) == [because]


def test_called_off_for_safety_leaves_the_child_unseen(desk: Desk) -> None:
    welfare(desk).cancel_for_safety(reason="shouting behind the door")
    assert why(desk) == [Because.CANCELLED_FOR_SAFETY]


def test_no_longer_needed_opens_one_only_where_they_stood_at_the_door(desk: Desk) -> None:
    welfare(desk).cancel(CancelReason.NO_LONGER_NEEDED)
    assert why(desk) == []
    visit = welfare(desk)
    visit.arrive()
    visit.cancel(CancelReason.NO_LONGER_NEEDED)
    assert why(desk) == [Because.CANCELLED]


def test_the_schools_own_no_to_a_welfare_visit_opens_one_until_the_dsl_has_decided(desk: Desk) -> None:
    """Refused before anybody went: somebody still has to see the child. Issue 5."""
    visit, everyday = welfare(desk), desk.school.ask()
    visit.refuse(desk.school.head, "two officers must go, and nobody is free")
    everyday.refuse(desk.school.head)
    (child,) = desk.not_seen().undecided
    assert (child.visit, child.because) == (visit.id, Because.NOT_APPROVED)
    assert (child.refused_why, child.refused_instead, child.refused_by_name) == (
        "two officers must go, and nobody is free",
        "",
        "Hilda Head",
    )
    command = DecideForChild(
        visit=visit.id, pupil=child.pupil, decision=NotSeenDecision.POLICE_WELFARE_CHECK, why="101, ref 7"
    )
    desk.school.send(command, by=desk.school.dsl)
    assert desk.not_seen().undecided == ()


def test_a_no_that_is_taken_back_opens_none(desk: Desk) -> None:
    """The twin."""
    visit = welfare(desk)
    (refused,) = visit.refuse(desk.school.head).recorded
    command = CorrectEvent(event=refused.envelope.event_id, reason="the wrong visit", retracts=True)
    desk.school.send(command, by=desk.school.head)
    assert why(desk) == []


def test_leaving_with_nothing_said_is_never_all_clear(desk: Desk) -> None:
    visit = welfare(desk)
    visit.enter()
    visit.left()
    assert why(desk) == [Because.NOT_SAID]


def test_each_sibling_is_decided_for_on_its_own(desk: Desk) -> None:
    school, sibling = desk.school, desk.school.admit()
    visit = school.ask(pupils=(school.child.id, sibling.id))
    visit.outcome(Outcome.SEEN_SPOKEN, school.child)
    visit.outcome(Outcome.ADULT_ONLY, sibling)
    assert [child.pupil_name for child in desk.not_seen().undecided] == [sibling.name]


def test_the_decision_is_overdue_when_the_london_day_is_over(desk: Desk) -> None:
    welfare(desk).no_answer()
    (child,) = desk.not_seen().undecided
    assert child.due_by.isoformat() == "2026-09-14T23:00:00+00:00"  # midnight, British Summer Time
    desk.school.at("23:59:59")
    assert not desk.not_seen().undecided[0].overdue
    desk.school.later(seconds=1)
    assert desk.not_seen().undecided[0].overdue


def test_what_was_decided_is_shown_with_who_and_why_and_whether_the_same_day(desk: Desk) -> None:
    school = desk.school
    visit = welfare(desk)
    visit.no_answer()
    school.later(days=1)
    decide = DecideForChild(
        visit=visit.id, pupil=school.child.id, decision=NotSeenDecision.POLICE_WELFARE_CHECK, why="second time"
    )
    stored = school.send(decide, by=school.ddsl)
    (child,) = desk.not_seen().decided
    assert (child.decision, child.why, child.decided_by_name) == (
        NotSeenDecision.POLICE_WELFARE_CHECK,
        "second time",
        "Dinah Deputy",
    )
    assert child.same_day is False
    school.send(Undo(command=stored.recorded[0].envelope.command_id), by=school.ddsl)
    assert desk.not_seen().decided == ()
    assert why(desk) == [Because.NO_ANSWER]


def test_a_tap_taken_back_opens_nothing(desk: Desk) -> None:
    visit = welfare(desk)
    stored = visit.no_answer()
    desk.school.send(Undo(command=stored.recorded[0].envelope.command_id), by=desk.school.teacher)
    assert why(desk) == []
