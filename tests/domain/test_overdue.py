"""When a trip is overdue and what settles it. WL-41 to WL-43, NH-16, NH-17, SP-54, LJ-64, DV-06."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from domain.ids import CommandId, TripId
from domain.shared.commands import Undo
from domain.trip.commands import (
    AttemptContact,
    CallOffTrip,
    DangerIsOver,
    Depart,
    KeepBackBy,
    MoveBackBy,
    PlanTrip,
    RaiseOverdue,
    ReportDanger,
    ReturnToSchool,
    SafeByVoice,
)
from domain.trip.events import AlarmAbout, BackByMoved, ContactResult, OverdueRaised, OverdueResolved
from domain.trip.rules.overdue import asks_if_still_on_time, past_due, what_to_do_now
from domain.trip.state import TripState
from tests.domain.story import Story, a_policy, staff_id

TWO = (staff_id("teacher"), staff_id("colleague"))
SECOND = timedelta(seconds=1)


def out(key: str = "william_lilley", **settings: object) -> tuple[Story, TripId, datetime]:
    """Two are out; back by a known time."""
    story = Story(a_policy(key, **settings))
    trip = story.plan()
    story.does(Depart(trip=trip, people=TWO))
    back_by = story.trip(trip).back_by
    assert back_by is not None
    return story, trip, back_by


def passed(story: Story, trip: TripId, now: datetime) -> list[AlarmAbout]:
    state = story.trip(trip)
    visits = [story.visit(v) for v in state.visits]
    return [due.about for due in past_due(story.policy, state, visits, now)]


def watch(story: Story, trip: TripId) -> None:
    """What the overdue watch does."""
    state = story.trip(trip)
    for due in past_due(story.policy, state, [story.visit(v) for v in state.visits], story.now):
        story.does(RaiseOverdue(trip=trip, about=due.about, due_at=due.at, visit=due.visit), by="doorstep")


def red(story: Story, trip: TripId) -> bool:
    return story.trip(trip).open_alarm(AlarmAbout.RETURN) is not None


def overdue() -> tuple[Story, TripId, datetime]:
    story, trip, back_by = out()
    story.now = back_by + SECOND
    watch(story, trip)
    assert red(story, trip)
    return story, trip, back_by


# The instant


def test_the_back_by_time_itself_is_not_overdue_and_a_second_later_is() -> None:
    story, trip, back_by = out()
    assert passed(story, trip, back_by) == []
    assert passed(story, trip, back_by + SECOND) == [AlarmAbout.RETURN]


def test_grace_moves_the_instant() -> None:
    story, trip, back_by = out(overdue_grace_min=5)
    assert passed(story, trip, back_by + timedelta(minutes=5)) == []
    assert passed(story, trip, back_by + timedelta(minutes=5) + SECOND) == [AlarmAbout.RETURN]


def test_nobody_out_nothing_due() -> None:
    story = Story("william_lilley")
    trip = story.plan()
    assert passed(story, trip, story.now + timedelta(days=2)) == []
    story.does(CallOffTrip(trip=trip))
    assert passed(story, trip, story.now + timedelta(days=2)) == []


def test_one_of_two_back_leaves_the_trip_due_for_the_other() -> None:
    story, trip, back_by = out()
    story.does(ReturnToSchool(trip=trip, people=TWO[:1]))
    assert passed(story, trip, back_by + SECOND) == [AlarmAbout.RETURN]
    story.does(SafeByVoice(trip=trip, people=TWO[1:]))
    assert passed(story, trip, back_by + SECOND) == []


def test_the_night_the_clocks_go_back_changes_nothing() -> None:
    story = Story("william_lilley")
    story.now = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)  # 00:30 BST
    back_by = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # the second 01:30, GMT
    visit = story.ask()
    plan = PlanTrip(visits=(visit,), leave_at=story.now, back_by=back_by, people=TWO)
    story.does(plan)
    trip = TripId(story.log.all[-1].envelope.stream.id)
    story.does(Depart(trip=trip, people=TWO))
    assert back_by - story.now == timedelta(minutes=120)
    assert passed(story, trip, datetime(2026, 10, 25, 0, 30, 1, tzinfo=UTC)) == [], "the first 01:30 has passed"
    assert passed(story, trip, back_by + SECOND) == [AlarmAbout.RETURN]


def test_an_alarm_is_raised_once_and_only_while_it_holds() -> None:
    story, trip, back_by = out()
    command = RaiseOverdue(trip=trip, about=AlarmAbout.RETURN, due_at=back_by)
    story.now = back_by
    assert story.decides(command, by="doorstep") == ()
    story.now = back_by + timedelta(minutes=15)
    (raised,) = story.does(command, by="doorstep")
    assert isinstance(raised, OverdueRaised)
    assert (raised.due_at, raised.found_at) == (back_by, story.now)
    assert story.decides(command, by="doorstep") == ()


# What settles it


@pytest.mark.parametrize("result", [r for r in ContactResult if r is not ContactResult.SPOKE_SAFE])
def test_no_other_answer_than_spoken_to_and_safe_settles_anything(result: ContactResult) -> None:
    story, trip, _ = overdue()
    for person in TWO:
        story.does(AttemptContact(trip=trip, step="staff_mobile", person=person, result=result), by="office")
    assert red(story, trip)


def test_speaking_to_one_settles_it_for_that_one_only() -> None:
    story, trip, _ = overdue()
    safe = ContactResult.SPOKE_SAFE
    story.does(AttemptContact(trip=trip, step="staff_mobile", person=TWO[0], result=safe), by="office")
    assert red(story, trip)
    story.does(AttemptContact(trip=trip, step="staff_mobile", person=TWO[1], result=safe), by="office")
    assert not red(story, trip)


def test_a_new_time_runs_and_the_first_one_stays_known() -> None:
    story, trip, back_by = overdue()
    new = back_by + timedelta(minutes=40)
    for person in TWO:
        said = AttemptContact(
            trip=trip, step="staff_mobile", person=person, result=ContactResult.SPOKE_SAFE, back_by=new
        )
        story.does(said, by="office")
    state = story.trip(trip)
    assert (state.back_by, state.first_back_by) == (new, back_by)
    assert passed(story, trip, new) == []
    assert passed(story, trip, new + SECOND) == [AlarmAbout.RETURN]


def test_the_same_new_time_said_by_both_moves_the_time_once() -> None:
    story, trip, back_by = overdue()
    new = back_by + timedelta(minutes=40)
    moved: list[BackByMoved] = []
    for person in TWO:
        said = AttemptContact(trip=trip, person=person, result=ContactResult.SPOKE_SAFE, back_by=new)
        moved.extend(e for e in story.does(said, by="office") if isinstance(e, BackByMoved))
    assert [(e.was, e.back_by) for e in moved] == [(back_by, new)]
    assert not red(story, trip)


def test_safe_without_a_new_time_rings_again_when_the_gap_is_over() -> None:
    story, trip, _ = overdue()
    for person in TWO:
        story.does(AttemptContact(trip=trip, person=person, result=ContactResult.SPOKE_SAFE), by="office")
    assert not red(story, trip)
    assert passed(story, trip, story.now + timedelta(minutes=10) + SECOND) == [AlarmAbout.RETURN]


def test_moving_the_time_silences_nothing_that_rings_already() -> None:
    story, trip, back_by = overdue()
    story.does(MoveBackBy(trip=trip, back_by=back_by + timedelta(hours=1)), by="office")
    assert red(story, trip)


def test_the_return_of_all_settles_it_and_tells_how_late_they_were() -> None:
    story, trip, back_by = overdue()
    story.now = back_by + timedelta(minutes=7)
    story.does(ReturnToSchool(trip=trip, people=TWO[:1]))
    assert red(story, trip)
    events = story.does(ReturnToSchool(trip=trip, people=TWO[1:]))
    resolved = next(e for e in events if isinstance(e, OverdueResolved))
    assert (resolved.how, resolved.late_seconds) == ("returned", 7 * 60)
    assert story.trip(trip).over


def test_a_return_from_before_they_left_settles_nothing() -> None:
    story, trip, back_by = overdue()
    story.does(ReturnToSchool(trip=trip, people=TWO), at=back_by - timedelta(hours=5))
    assert red(story, trip)
    assert story.trip(trip).out == TWO


def test_a_return_that_was_said_before_the_alarm_and_came_late_settles_it() -> None:
    story, trip, back_by = overdue()
    story.does(ReturnToSchool(trip=trip, people=TWO), at=back_by - timedelta(minutes=2))
    assert not red(story, trip)


def test_a_return_taken_back_rings_again() -> None:
    story, trip, _ = overdue()
    tap = uuid4()
    story.does(ReturnToSchool(trip=trip, people=TWO), by="teacher", command_id=tap)
    assert not red(story, trip)
    story.does(Undo(command=CommandId(tap)), by="teacher")
    assert red(story, trip)


def test_leaving_again_after_an_alarm_was_settled_is_due_again() -> None:
    story, trip, _ = overdue()
    story.later(minutes=5)
    story.does(ReturnToSchool(trip=trip, people=TWO))
    story.later(minutes=5)
    story.does(Depart(trip=trip, people=TWO))
    assert passed(story, trip, story.now) == [AlarmAbout.RETURN]


# Danger keeps a trip open


def test_everybody_back_is_not_calm_while_danger_is_open() -> None:
    story, trip, _ = out()
    story.does(ReportDanger(trip=trip))
    story.does(ReturnToSchool(trip=trip, people=TWO))
    assert not story.trip(trip).over
    story.does(DangerIsOver(trip=trip))
    assert story.trip(trip).over


# Asking before


def test_ten_minutes_before_they_are_asked_whether_the_time_still_holds() -> None:
    story, trip, back_by = out()
    asks = {m: asks_if_still_on_time(story.trip(trip), back_by - timedelta(minutes=m)) for m in (11, 10, 1, 0, -1)}
    assert asks == {11: False, 10: True, 1: True, 0: True, -1: False}
    story.now = back_by - timedelta(minutes=9)
    story.does(KeepBackBy(trip=trip))
    assert not asks_if_still_on_time(story.trip(trip), story.now)


# The ladder


def ladder(story: Story, trip: TripId) -> dict[str, set[str]]:
    state: TripState = story.trip(trip)
    steps = what_to_do_now(
        story.policy,
        state,
        [story.visit(v) for v in state.visits],
        state.open_alarms[0],
        people=story.people,
        pupils=story.pupils,
        elsewhere=frozenset({staff_id("slt")}),
        now=story.now,
    )
    found: dict[str, set[str]] = {}
    for step in steps:
        found.setdefault(step.code, set()).add(step.state)
    return found


def test_each_step_without_an_answer_opens_the_next() -> None:
    story, trip, _ = overdue()
    assert ladder(story, trip) == {"staff_mobile": {"due"}, "pupil_home": {"later"}, "inform_SLT": {"later", "skipped"}}
    for person in TWO:
        story.does(AttemptContact(trip=trip, step="staff_mobile", person=person), by="office")
    assert ladder(story, trip)["pupil_home"] == {"due"}
    assert ladder(story, trip)["inform_SLT"] == {"later", "skipped"}
    story.does(AttemptContact(trip=trip, step="pupil_home"), by="office")
    assert ladder(story, trip)["inform_SLT"] == {"due", "skipped"}


def test_a_step_left_standing_opens_the_next_after_the_gap() -> None:
    story, trip, back_by = overdue()
    story.now = back_by + timedelta(minutes=10)
    assert ladder(story, trip)["pupil_home"] == {"due"}
    assert ladder(story, trip)["inform_SLT"] == {"later", "skipped"}
    story.now = back_by + timedelta(minutes=20)
    assert ladder(story, trip)["inform_SLT"] == {"due", "skipped"}


def test_any_worry_opens_the_last_step_at_once() -> None:
    story, trip, _ = overdue()
    wrong = AttemptContact(trip=trip, step="staff_mobile", person=TWO[0], result=ContactResult.SOUNDED_WRONG)
    story.does(wrong, by="office")
    assert ladder(story, trip)["inform_SLT"] == {"due", "skipped"}
