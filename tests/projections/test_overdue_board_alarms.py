"""Danger, a child alone and missed calls on the board; silence is never shown as calm."""

from uuid import UUID

from domain.ids import EventId, TripId
from domain.shared.commands import CorrectEvent
from domain.trip import commands as t
from domain.trip.events import CheckIn, ContactResult
from domain.visit import commands as v
from domain.visit.events import CancelReason
from tests.projections.boards import board_of, due, line_of, out, step, watched
from tests.scenarios.doors import Trip
from tests.scenarios.harness import World
from tests.scenarios.ready import meet
from tests.scenarios.school import School

SAFE = ContactResult.SPOKE_SAFE


# -- grave things outrank the clock --


def test_danger_stands_first_with_senior_staff_due_at_once_until_they_say_it_is_over(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("13:20")
    trip.danger("he has a knife")
    line = line_of(school)
    assert (line.state, line.headline) == ("danger", "Not safe, said at 13:20")
    assert "They said: he has a knife" in line.notes
    assert {"Tell Hilda Head", "Ring Tess Teacher"} <= set(due(line))
    school.send(t.TakeAlarm(trip=trip.id), by=school.office)
    line = line_of(school)
    assert line.alarm is not None
    assert line.alarm.taken_by == "Fran Front"
    trip.back()
    assert line_of(school).state == "danger", "being back does not end it"
    school.send(t.DangerIsOver(trip=trip.id), by=school.teacher)
    assert board_of(school).lines == ()


def test_a_call_in_which_something_sounded_wrong_is_danger_before_anything_is_overdue(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("14:00")
    trip.rang("staff_mobile", school.teacher, ContactResult.SOUNDED_WRONG)
    line = line_of(school)
    assert line.state == "danger"
    assert "Tell Hilda Head" in due(line)


def test_999_stays_red_until_everybody_is_back_or_it_is_over(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("13:20")
    school.send(t.CallEmergency(trip=trip.id, service="ambulance"), by=school.teacher)
    line = line_of(school)
    assert (line.state, line.headline) == ("danger", "999 called at 13:20")
    trip.back()
    assert board_of(school).lines == ()


def test_danger_without_any_trip_has_its_own_line_with_who_said_so(world: World) -> None:
    school = world.school("william_lilley")
    school.send(t.ReportDanger(text="help"), by=school.teacher)
    line = line_of(school)
    assert (line.state, [(p.name, p.state) for p in line.people]) == ("danger", [("Tess Teacher", "said so")])
    school.send(t.DangerIsOver(trip=TripId(UUID(line.trip))), by=school.teacher)
    line = line_of(school)
    assert (line.state, line.headline) == ("amber", "Something was sent with no trip: find out what it belongs to")
    school.later(hours=24)
    assert board_of(school).lines == ()


def test_a_child_alone_outranks_waiting_and_shows_the_safeguarding_leads_number(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("13:30")
    trip.visit.arrive()
    trip.visit.child_alone()
    line = line_of(school)
    assert line.state == "child_alone"
    assert line.headline == (
        "Child here and no adult: 1 Acorn Road, since 13:30. Stay outside; 999 if the child is in danger"
    )
    assert step(line, "Ring Dora Dessel").number == "07700 900100"
    assert line.doors[0].wait_until is None
    school.send(t.TakeAlarm(trip=trip.id), by=school.office)
    taken = line_of(school).alarm
    assert taken is not None
    assert taken.taken_by == "Fran Front"
    trip.back()
    assert line_of(school).state == "child_alone", "everybody is back and the child may still be alone"
    school.send(v.ChildNotAlone(visit=trip.visit.id), by=school.teacher)
    assert board_of(school).lines == ()


def test_a_child_alone_at_a_door_that_is_on_no_trip_has_a_line_of_its_own(world: World) -> None:
    school = world.school("leyland")
    visit = school.ask()
    school.later(minutes=30)
    visit.child_alone(at="08:01")  # so late a word sends nobody out: no trip is made for it
    line = line_of(school)
    assert (line.state, line.trip) == ("child_alone", f"visit-{visit.id}")
    assert "Ring Dora Dessel, DSL" in due(line)


# -- amber: something is not as it should be --


def test_nobody_answers_and_the_board_says_when_to_call_it_off(world: World) -> None:
    """AC-54: at 14:20:00 still waiting, past it the board says call off."""
    school = world.school("st_patricks")
    visit = school.ask()
    trip = school.ready_trip(visit, leave="13:40", back_by="16:00", but="appointment")
    visit.appointment("14:00")
    trip.clear()
    school.at("13:40")
    trip.depart()
    school.at("13:58")
    visit.arrive()
    trip.check_in(CheckIn.BEFORE_ENTRY, visit)
    school.at("14:00")
    visit.no_answer()
    school.at("14:20")
    line = line_of(school)
    assert (line.state, line.doors[0].state, line.doors[0].wait_until) == (
        "out",
        "nobody answered",
        school.time("14:20"),
    )
    school.at("14:20:01")
    line = line_of(school)
    assert line.state == "amber"
    assert line.headline == "Nobody answered at 1 Acorn Road: call the visit off, the wait ended at 14:20"


def test_an_unannounced_visit_has_no_wait_clock(world: World) -> None:
    trip = out(world)
    trip.visit.arrive()
    trip.visit.no_answer()
    trip.school.later(minutes=45)
    line = line_of(trip.school)
    assert line.doors[0].wait_until is None
    assert "call the visit off" not in line.headline


def test_a_door_left_without_the_call_is_amber_until_they_ring(world: World) -> None:
    """AC-92 at Leyland: straight away on leaving the property (LJ-64)."""
    trip = out(world, "leyland")
    school = trip.school
    school.at("13:30")
    trip.visit.arrive()
    trip.visit.enter()
    school.at("13:50")
    trip.visit.left()
    line = line_of(school)
    assert (line.state, line.headline) == (
        "amber",
        "Left 1 Acorn Road at 13:50: the call to school has not come yet",
    )
    assert line.alarm is None
    school.at("14:00:01")
    watched(school)
    line = line_of(school)
    assert (line.state, line.alarm.about if line.alarm else "") == ("amber", "no call since they left the house")
    trip.check_in(CheckIn.LEFT_PROPERTY, trip.visit)
    assert line_of(school).state == "out"


def test_a_call_about_one_door_leaves_the_alarm_of_the_other_standing(world: World) -> None:
    school = world.school("leyland")
    doors = (school.ask(), school.ask(child=school.admit()))
    trip = school.ready_trip(*doors)
    school.at("13:00")
    trip.depart()
    for door in doors:
        school.later(minutes=5)
        door.arrive()
        door.left()
    school.later(minutes=11)
    watched(school)
    assert len(trip.state.open_alarms) == 2
    trip.check_in(CheckIn.LEFT_PROPERTY, doors[0])
    assert trip.alarm.visit == doors[1].id


def test_an_agreed_call_that_does_not_come_is_amber_with_the_ladder_and_the_late_call_ends_it(world: World) -> None:
    """AC-91: no call by 15:01; the call at 15:04 closes it with a late flag."""
    school = world.school("norbury")
    trip = school.plan_trip(back_by="16:00")
    meet(trip)
    trip.lodge("line_manager", agreed_call="15:00")
    trip.clear()
    school.at("13:00")
    trip.depart()
    school.at("15:01")
    watched(school)
    line = line_of(school)
    assert (line.state, line.headline) == ("amber", "The call agreed for 15:00 has not come")
    assert "Ring Tess Teacher" in due(line)
    school.at("15:04")
    trip.check_in(CheckIn.AGREED_TIME)
    assert line_of(school).state == "out"
    assert [f.clauses for f in school.flags(trip) if f.rule == "check_in.late"] == [("NH-17",)]


def test_a_missed_call_settled_by_ringing_them_is_not_raised_again(world: World) -> None:
    school = world.school("norbury")
    trip = school.plan_trip(back_by="16:00")
    meet(trip)
    trip.lodge("line_manager", agreed_call="15:00")
    trip.clear()
    school.at("13:00")
    trip.depart()
    school.at("15:01")
    watched(school)
    for person in (school.teacher, school.colleague):
        trip.rang("staff_mobile", person, SAFE)
    watched(school)
    assert trip.state.open_alarms == ()
    assert line_of(school).state == "out"


def test_a_stand_down_says_that_somebody_must_reach_them(world: World) -> None:
    trip = out(world)
    trip.school.send(t.StandDown(trip=trip.id, why="the child is at school"), by=trip.school.office)
    line = line_of(trip.school)
    assert (line.state, line.headline) == (
        "amber",
        "Stand-down (the child is at school): somebody must reach them and tell them",
    )
    trip.visit.cancel(CancelReason.NO_LONGER_NEEDED)
    trip.school.at("15:00:01")
    assert line_of(trip.school).state == "overdue", "the timer ran on"


def test_a_departure_that_nobody_planned_is_due_back_in_an_hour_and_never_silently_green(world: World) -> None:
    school = world.school("william_lilley")
    school.at("13:00")
    school.send(t.Depart(people=(school.teacher.id,)), by=school.teacher)
    line = line_of(school)
    assert line.due_at == school.time("14:00")
    assert "Left without OK to go" in line.notes


def test_a_trip_that_is_ok_to_go_and_that_nobody_saw_leave_turns_amber(world: World) -> None:
    trip = world.school("william_lilley").ready_trip()
    trip.school.at("13:10:01")
    line = line_of(trip.school)
    assert (line.state, line.headline) == (
        "amber",
        "Was to leave at 13:00 and nobody has said that they left: find out",
    )


def test_a_late_visitor_who_gives_a_new_time_was_not_rung_by_school(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("15:05")
    school.send(t.MoveBackBy(trip=trip.id, minutes=15), by=school.teacher)
    line = line_of(school)
    assert line.state == "overdue"
    assert step(line, "Ring Tess Teacher").result.startswith("gave a new time themselves, ")


def test_a_late_visitor_who_was_rung_is_said_to_be_spoken_to(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("15:05")
    trip.rang("staff_mobile", school.teacher, SAFE)
    assert step(line_of(school), "Ring Tess Teacher").result.startswith("spoke to them, safe, ")


def _not_safe_and_safe_again(school: School, trip: Trip) -> EventId:
    """Both tapped without signal, and sent together later; the danger's own id."""
    stored = school.send(t.ReportDanger(trip=trip.id), by=school.teacher, at="13:31")
    school.send(t.DangerIsOver(trip=trip.id), by=school.teacher, at="13:33")
    return stored.recorded[0].envelope.event_id


def test_a_danger_that_was_over_before_school_heard_of_it_stays_on_the_line_until_the_trip_is_over(
    world: World,
) -> None:
    trip = out(world)
    school = trip.school
    school.at("13:50")
    _not_safe_and_safe_again(school, trip)
    line = line_of(school)
    assert "Tess Teacher said “not safe” at 13:31, safe again 13:33" in line.notes
    assert not line.danger
    trip.back()
    assert board_of(school).lines == ()


def test_a_danger_that_was_tapped_by_mistake_leaves_no_note(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("13:50")
    danger = _not_safe_and_safe_again(school, trip)
    school.send(CorrectEvent(event=danger, reason="tapped by mistake", retracts=True), by=school.teacher)
    assert not [note for note in line_of(school).notes if "not safe" in note]
