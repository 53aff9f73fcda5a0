"""How long visitors wait outside. SP-39 to SP-42, LJ-46; "child here, no adult" outranks it all (WL-29)."""

from datetime import datetime, timedelta

import pytest

from domain.ids import VisitId
from domain.policy import Source
from domain.visit.commands import (
    Arrive,
    CancelVisit,
    ChildAlone,
    ChildNotAlone,
    ConfirmAppointment,
    EnterHome,
    NoAnswer,
    ReportFamilyDelay,
)
from domain.visit.events import CancelReason, VisitCancelled
from domain.visit.rules.waiting import waiting
from tests.domain.story import MONDAY, SETTLED, Story

AGREED = MONDAY + timedelta(hours=6)


def at_the_door(key: str = "st_patricks", *, arrived: float = -2, announced: bool = True) -> tuple[Story, VisitId]:
    """Somebody stands at the door, so many minutes after the agreed time."""
    story = Story(key)
    visit = story.ask()
    if announced:
        story.does(ConfirmAppointment(visit=visit, appointment_at=AGREED, **SETTLED))
    story.now = AGREED + timedelta(minutes=arrived)
    story.does(Arrive(visit=visit))
    return story, visit


def minutes(number: float) -> datetime:
    """So many minutes after the agreed time."""
    return AGREED + timedelta(minutes=number)


def too_long(story: Story) -> list[str]:
    return [d.says for d in story.deviations() if d.rule == "waiting.too_long"]


def test_no_clock_runs_before_anybody_said_that_nobody_answered() -> None:
    story, visit = at_the_door()
    assert waiting(story.policy, story.visit(visit)) is None


@pytest.mark.parametrize(("nobody_at", "runs_from"), [(-2, 0), (0, 0), (5, 5)])
def test_the_clock_starts_at_nobody_answered_or_at_the_agreed_time_if_that_is_later(
    nobody_at: float, runs_from: float
) -> None:
    story, visit = at_the_door()
    story.does(NoAnswer(visit=visit), at=minutes(nobody_at))
    wait = waiting(story.policy, story.visit(visit))
    assert wait is not None
    assert (wait.since, wait.until) == (minutes(runs_from), minutes(runs_from + 20))


def test_twenty_minutes_to_the_second_are_within_and_one_more_second_is_past() -> None:
    story, visit = at_the_door()
    story.does(NoAnswer(visit=visit))
    wait = waiting(story.policy, story.visit(visit))
    assert wait is not None
    assert not wait.past(minutes(20))
    assert wait.past(minutes(20) + timedelta(seconds=1))


def test_knocking_again_does_not_start_the_clock_again() -> None:
    story, visit = at_the_door()
    story.does(NoAnswer(visit=visit), at=minutes(1))
    story.does(NoAnswer(visit=visit), at=minutes(10))
    wait = waiting(story.policy, story.visit(visit))
    assert wait is not None
    assert wait.since == minutes(1)


@pytest.mark.parametrize("key", ["st_patricks", "leyland", "william_lilley", "norbury", "scargill"])
def test_no_clock_ever_runs_on_an_unannounced_visit(key: str) -> None:
    story, visit = at_the_door(key, announced=False)
    story.does(NoAnswer(visit=visit))
    assert waiting(story.policy, story.visit(visit)) is None
    story.does(CancelVisit(visit=visit, reason=CancelReason.NO_ANSWER), at=minutes(90))
    assert too_long(story) == []


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (20 * 60, None),
        (20 * 60 + 1, "waited 20 min 1 s; the policy says at most 20 min"),
        (21 * 60, "waited 21 min; the policy says at most 20 min"),
    ],
)
def test_calling_off_later_than_allowed_is_noted(seconds: int, says: str | None) -> None:
    story, visit = at_the_door()
    story.does(NoAnswer(visit=visit))
    event = story.does(CancelVisit(visit=visit, reason=CancelReason.NO_ANSWER), at=AGREED + timedelta(seconds=seconds))[
        0
    ]
    assert isinstance(event, VisitCancelled)
    assert event.waited_seconds == seconds
    assert too_long(story) == ([] if says is None else [says])


def test_a_wait_is_counted_from_the_arrival_where_nobody_tapped_that_nobody_answered() -> None:
    story, visit = at_the_door(arrived=3)
    story.does(CancelVisit(visit=visit, reason=CancelReason.NO_ANSWER), at=minutes(24))
    assert too_long(story) == ["waited 21 min; the policy says at most 20 min"]


def test_the_deviation_cites_the_schools_clause_and_where_it_is_silent_doorsteps_advice() -> None:
    for key, source, clauses in (
        ("st_patricks", Source.CLAUSE, ("SP-39", "SP-40")),
        ("norbury", Source.DEFAULT, ()),
    ):
        story, visit = at_the_door(key)
        story.does(NoAnswer(visit=visit))
        story.does(CancelVisit(visit=visit, reason=CancelReason.NO_ANSWER), at=minutes(21))
        noted = next(d for d in story.deviations() if d.rule == "waiting.too_long")
        assert (noted.source, noted.clauses) == (source, clauses)


def test_leyland_does_not_wait_and_a_minute_to_write_it_down_is_no_wait() -> None:
    for later, expected in ((1, []), (5, ["waited 5 min; the policy says not to wait"])):
        story, visit = at_the_door("leyland", arrived=0)
        story.does(NoAnswer(visit=visit))
        wait = waiting(story.policy, story.visit(visit))
        assert wait is not None
        assert wait.says == "Nobody answered: go back"
        story.does(CancelVisit(visit=visit, reason=CancelReason.NO_ADULT), at=minutes(later))
        assert too_long(story) == expected


def test_other_reasons_have_no_wait() -> None:
    story, visit = at_the_door()
    story.does(NoAnswer(visit=visit))
    story.does(CancelVisit(visit=visit, reason=CancelReason.NO_LONGER_NEEDED), at=minutes(60))
    assert too_long(story) == []


def test_a_family_that_warned_has_thirty_minutes_from_the_agreed_time() -> None:
    story, visit = at_the_door()
    story.does(ReportFamilyDelay(visit=visit, expected_at=minutes(25)))
    wait = waiting(story.policy, story.visit(visit))
    assert wait is not None
    assert wait.until == minutes(30)
    assert not wait.past(minutes(30))
    assert wait.past(minutes(30) + timedelta(seconds=1))
    assert "stay outside until 15:30" in wait.says


def test_going_in_within_the_thirty_minutes_is_fine_and_after_them_is_noted() -> None:
    for later, noted in ((30, False), (31, True)):
        story, visit = at_the_door()
        story.does(ReportFamilyDelay(visit=visit))
        story.does(EnterHome(visit=visit, adult="parent", invited=True), at=minutes(later))
        assert ("entry.late" in {d.rule for d in story.deviations()}) is noted


def test_a_child_alone_stops_the_clock_for_good() -> None:
    story, visit = at_the_door()
    story.does(NoAnswer(visit=visit))
    story.does(ChildAlone(visit=visit), at=minutes(5))
    assert waiting(story.policy, story.visit(visit)) is None
    story.does(ChildNotAlone(visit=visit), at=minutes(40))
    assert waiting(story.policy, story.visit(visit)) is None, "they stayed for the child, not for the family"
    story.does(CancelVisit(visit=visit, reason=CancelReason.NO_ADULT), at=minutes(45))
    assert too_long(story) == []


@pytest.mark.parametrize("ends", ["enter", "cancel"])
def test_going_in_or_calling_off_ends_the_wait(ends: str) -> None:
    story, visit = at_the_door()
    story.does(NoAnswer(visit=visit))
    story.does(EnterHome(visit=visit) if ends == "enter" else CancelVisit(visit=visit))
    assert waiting(story.policy, story.visit(visit)) is None
