"""Not back when expected: the instant, the ladder, the new time, the agreed call, the night the clocks go back."""

import pytest

from domain.policy import Source
from domain.trip.commands import TakeAlarm
from domain.trip.events import AlarmAbout, CheckIn, ContactResult, OverdueRaised, OverdueResolved, SeniorStaffInformed
from tests.scenarios.cast import POLICY_OF
from tests.scenarios.doors import Trip
from tests.scenarios.harness import World


def out(world: World, letters: str = "WL", back_by: str = "15:00") -> Trip:
    """Two people left at 13:00."""
    school = world.school(letters)
    trip = school.ready_trip(back_by=back_by)
    school.at("13:00")
    trip.depart()
    return trip


def overdue(world: World, letters: str = "WL") -> Trip:
    """The alarm about the return is open."""
    trip = out(world, letters)
    trip.school.at("15:00:01")
    trip.school.watch()
    assert trip.state.open_alarm(AlarmAbout.RETURN) is not None
    return trip


def due_now(trip: Trip) -> list[str]:
    """The steps that are to be done now."""
    return [step.code for step in trip.school.board(trip).steps if step.state == "due"]


def nobody_answers(trip: Trip, step: str) -> None:
    """Whoever is to be rung in a step is rung, and does not answer."""
    if step == "staff_mobile":
        for person in trip.team:
            trip.rang(step, person)
    else:
        trip.rang(step)


@pytest.mark.parametrize("letters", POLICY_OF)
def test_the_expected_return_passes(world: World, letters: str) -> None:
    """AC-86. WL-41, DV-06; by default at the other schools."""
    trip = out(world, letters)
    school = trip.school
    trip.check_in(CheckIn.AFTER_VISIT)
    school.at("15:00:00")
    school.watch()
    assert trip.state.open_alarm(AlarmAbout.RETURN) is None
    assert school.board(trip).state != "overdue"
    school.at("15:00:01")
    assert school.board(trip).state == "overdue", "the board says so by itself"
    school.watch()
    raised = [r.event for r in school.events(trip) if isinstance(r.event, OverdueRaised)]
    assert [(e.about, e.due_at, e.found_at) for e in raised] == [
        (AlarmAbout.RETURN, school.time("15:00"), school.time("15:00:01"))
    ]
    assert set(due_now(trip)) == {"staff_mobile"}
    numbers = [s.number for s in school.board(trip).steps if s.state == "due"]
    assert numbers == ["07700 900100", "07700 900100"]


def test_somebody_back_in_time_is_not_overdue(world: World) -> None:
    """AC-86, the twin."""
    trip = out(world)
    trip.school.at("15:00:00")
    trip.back()
    trip.school.at("16:00")
    trip.school.watch()
    assert trip.state.alarms == ()


def test_one_of_two_back_is_overdue_for_the_other(world: World) -> None:
    """AC-86, neighbour: calm only when every person is back. Design section 3."""
    trip = out(world)
    school = trip.school
    trip.back(school.teacher)
    school.at("15:00:01")
    school.watch()
    assert [s.person for s in school.board(trip).steps if s.state == "due"] == [str(school.colleague.id)]


def test_what_fell_due_while_the_program_was_off_is_found_when_it_starts(world: World) -> None:
    """AC-86, neighbour (AC-98): found at 15:10, due 15:00. DV-06, DV-17."""
    trip = out(world)
    trip.school.at("15:10")
    trip.school.watch()
    (raised,) = [r.event for r in trip.school.events(trip) if isinstance(r.event, OverdueRaised)]
    assert (raised.due_at, raised.found_at) == (trip.school.time("15:00"), trip.school.time("15:10"))
    alarm = trip.school.board(trip).alarm
    assert alarm is not None
    assert alarm.late_found


def test_mobile_then_home_then_slt(world: World) -> None:
    """AC-87. WL-41, WL-42, WL-43."""
    trip = overdue(world)
    school = trip.school
    assert due_now(trip) == ["staff_mobile", "staff_mobile"]
    nobody_answers(trip, "staff_mobile")
    assert due_now(trip) == ["pupil_home"]
    home = next(s for s in school.board(trip).steps if s.code == "pupil_home")
    assert (home.whom, home.number) == ("1 Acorn Road", "01234 567890")
    nobody_answers(trip, "pupil_home")
    assert set(due_now(trip)) == {"inform_SLT"}
    school.at("15:12")
    trip.tell_senior(school.slt)
    told = next(r for r in school.events(trip) if isinstance(r.event, SeniorStaffInformed))
    assert isinstance(told.event, SeniorStaffInformed)
    assert (told.event.told, told.envelope.occurred_at) == (school.slt.id, school.now)
    school.send(TakeAlarm(trip=trip.id), by=school.slt)
    assert school.board(trip).state == "overdue", "red until they are back"
    school.at("15:30")
    trip.back()
    school.watch()
    assert all(line.trip != str(trip.id) for line in school.looks.board().lines)


def test_a_step_that_nobody_does_opens_the_next_after_the_gap(world: World) -> None:
    """AC-87, neighbour: ten minutes a step, ours. DV-06."""
    trip = overdue(world)
    for minute, codes in (
        ("15:10", {"staff_mobile", "pupil_home"}),
        ("15:20", {"staff_mobile", "pupil_home", "inform_SLT"}),
    ):
        trip.school.at(minute)
        assert set(due_now(trip)) == codes


def test_any_cause_for_concern_goes_to_slt_at_once(world: World) -> None:
    """AC-87, neighbour. WL-43."""
    trip = overdue(world)
    trip.rang("staff_mobile", trip.team[0], ContactResult.SOUNDED_WRONG)
    assert "inform_SLT" in due_now(trip)


@pytest.mark.parametrize(
    "result", [ContactResult.SOMEONE_ELSE, ContactResult.WRONG_NUMBER, ContactResult.SOUNDED_WRONG]
)
def test_another_voice_settles_nothing(world: World, result: ContactResult) -> None:
    """AC-87, neighbour: only "spoke to them, and they are safe" does."""
    trip = overdue(world)
    for person in trip.team:
        trip.rang("staff_mobile", person, result)
    assert trip.state.open_alarm(AlarmAbout.RETURN) is not None


def test_whoever_is_out_is_not_asked_to_act(world: World) -> None:
    """AC-87, neighbour: SLT on a visit of their own is skipped. Issue, the watch."""
    world.clock.now = world.clock.now.replace(hour=6)
    school = world.school("WL")
    others = school.ready_trip(
        school.ask(child=school.admit()), team=(school.slt, school.officer), leave="12:00", back_by="18:00"
    )
    school.at("12:00")
    others.depart()
    trip = school.ready_trip()
    school.at("13:00")
    trip.depart()
    school.at("15:30")
    school.watch()
    senior = {s.whom: s.state for s in school.board(trip).steps if s.code == "inform_SLT"}
    assert senior["Sam Senior"] == "skipped"
    assert senior["Hilda Head"] == "due"


@pytest.mark.parametrize("letters", ["SP", "LJ", "NH", "SC"])
def test_the_only_written_ladder_is_the_default_elsewhere(world: World, letters: str) -> None:
    """AC-87, the other schools: the order is William Lilley's, as Doorstep's default. X21."""
    trip = overdue(world, letters)
    assert trip.school.policy.setting("overdue_steps").source is Source.DEFAULT
    assert set(due_now(trip)) == {"staff_mobile"}


def test_the_mobile_is_answered_and_a_new_time_is_given(world: World) -> None:
    """AC-88. WL-41."""
    trip = overdue(world)
    school = trip.school
    for person in trip.team:
        trip.rang("staff_mobile", person, ContactResult.SPOKE_SAFE, new_time="15:40")
    assert trip.state.open_alarms == ()
    resolved = [r.event for r in school.events(trip) if isinstance(r.event, OverdueResolved)]
    assert [e.how for e in resolved] == ["new_time"]
    assert (trip.state.back_by, trip.state.first_back_by) == (school.time("15:40"), school.time("15:00"))
    assert school.board(trip).state in {"out", "soon", "amber"}
    school.at("15:40:00")
    school.watch()
    assert trip.state.open_alarms == ()
    school.at("15:40:01")
    school.watch()
    assert trip.alarm.due_at == school.time("15:40")


def test_speaking_to_one_of_two_settles_it_for_that_one_only(world: World) -> None:
    """AC-88, the twin."""
    trip = overdue(world)
    school = trip.school
    trip.rang("staff_mobile", school.teacher, ContactResult.SPOKE_SAFE, new_time="15:40")
    assert school.board(trip).state == "overdue"
    assert [s.person for s in school.board(trip).steps if s.state == "due"] == [str(school.colleague.id)]


def test_answered_without_a_new_time_rings_again_after_the_gap(world: World) -> None:
    """AC-88, neighbour: safe but out needs a running time."""
    trip = overdue(world)
    for person in trip.team:
        trip.rang("staff_mobile", person, ContactResult.SPOKE_SAFE)
    assert trip.state.open_alarms == ()
    trip.school.later(minutes=10, seconds=1)
    trip.school.watch()
    assert trip.state.open_alarm(AlarmAbout.RETURN) is not None


def test_the_agreed_call_is_missed(world: World) -> None:
    """AC-91. NH-17, NH-16."""
    school = world.school("NH")
    trip = school.ready_trip(but="check_in", back_by="16:00")
    trip.lodge("front_office", agreed_call="15:00")
    trip.clear()
    school.at("13:00")
    trip.depart()
    school.at("15:00:00")
    school.watch()
    assert trip.state.alarms == ()
    school.at("15:01")
    school.watch()
    assert trip.alarm.about is AlarmAbout.AGREED_CALL
    assert school.board(trip).state == "amber"
    assert set(due_now(trip)) == {"staff_mobile"}
    school.at("15:04")
    trip.check_in(CheckIn.AGREED_TIME)
    assert trip.state.open_alarms == ()
    (flag,) = school.flags(trip)
    assert (flag.rule, flag.says, flag.clauses) == ("check_in.late", "the agreed call came 4 min late", ("NH-17",))
    assert school.board(trip).state == "out"


def test_the_agreed_call_made_in_time(world: World) -> None:
    """AC-91, the twin: earlier, or at the second itself. NH-17."""
    for when in ("14:30", "14:50"):
        world.clock.now = world.clock.now.replace(hour=7, minute=0)
        school = world.school("NH")
        trip = school.ready_trip(back_by="16:00")  # the call is agreed for 14:50
        school.at("13:00")
        trip.depart()
        school.at(when)
        trip.check_in(CheckIn.AGREED_TIME)
        school.at("15:30")
        school.watch()
        assert trip.state.alarms == ()
        assert school.flags(trip) == ()


def test_the_night_the_clocks_go_back(world: World) -> None:
    """AC-94. DV-02, DV-06, WL-41."""
    school = world.school("WL")
    school.at("2026-10-24T23:00+01:00")
    visit = school.ask()
    trip = school.ready_trip(visit, leave="2026-10-25T00:30+01:00", back_by="2026-10-25T01:30+00:00")
    left = school.at("2026-10-25T00:30+01:00")
    trip.depart()
    school.at("2026-10-25T01:30:01+01:00")
    school.watch()
    assert trip.state.alarms == (), "the first 01:30 has passed"
    line = school.board(trip)
    assert line.state == "out"
    assert "01:30 GMT" in line.back_by_words
    assert line.due_at is not None
    assert (line.due_at - left).total_seconds() == 120 * 60
    school.at("2026-10-25T01:30:00+00:00")
    school.watch()
    assert trip.state.alarms == ()
    school.at("2026-10-25T01:30:01+00:00")
    school.watch()
    assert trip.alarm.due_at == school.time("2026-10-25T01:30+00:00")


def test_the_night_the_clocks_go_forward_and_midnight(world: World) -> None:
    """AC-94, neighbour: an hour that never happens, and a day that ends. DV-06."""
    school = world.school("WL")
    school.at("2027-03-27T22:00+00:00")
    trip = school.ready_trip(leave="2027-03-27T23:30+00:00", back_by="2027-03-28T02:30+01:00")
    school.at("2027-03-27T23:30+00:00")
    trip.depart()
    school.at("2027-03-28T02:30+01:00")
    school.watch()
    assert trip.state.alarms == ()
    school.later(seconds=1)
    school.watch()
    assert trip.alarm.about is AlarmAbout.RETURN
    assert (trip.alarm.due_at - school.time("2027-03-27T23:30+00:00")).total_seconds() == 2 * 3600
