"""The board says who is out, when they are due, and what is to be done, by the school's own order."""

import pytest

from commands.ids import new_command_id
from domain.pupil.commands import RecordFamily
from domain.pupil.events import Carer, Telephone
from domain.shared.commands import DisownSpokenWord, Undo
from domain.trip import commands as t
from domain.trip.events import ContactResult
from tests.projections.boards import board_of, due, line_of, out, step, watched
from tests.scenarios.harness import World

SAFE = ContactResult.SPOKE_SAFE


# -- the states, from calm to grave --


def test_a_trip_goes_from_planned_to_ok_to_go_to_out_to_due_back_soon_and_off_the_board(world: World) -> None:
    school = world.school("william_lilley")
    trip = school.plan_trip()
    planned = line_of(school)
    assert planned.state == "planned"
    assert "still needed" in planned.headline
    ready = world.school("william_lilley").ready_trip()
    school = ready.school
    assert (line_of(school).state, line_of(school).headline) == ("cleared", "Leaves at 13:00")
    school.at("13:00")
    ready.depart()
    line = line_of(school)
    assert (line.state, line.back_by_words, line.due_at) == ("out", "15:00", school.time("15:00"))
    assert [(p.name, p.state, p.mobile) for p in line.people] == [
        ("Tess Teacher", "out", "07700 900100"),
        ("Cal Colleague", "out", "07700 900100"),
    ]
    school.at("14:50")
    line = line_of(school)
    assert (line.state, line.ask_still) == ("soon", True)
    ready.back()
    assert board_of(school).lines == ()
    assert trip.state.planned


def test_the_due_instant_itself_is_not_overdue_and_a_second_later_it_is(world: World) -> None:
    trip = out(world)
    trip.school.at("15:00")
    assert line_of(trip.school).state == "soon"
    trip.school.at("15:00:01")
    line = line_of(trip.school)
    assert (line.state, line.headline) == ("overdue", "Due back at 15:00, not back")
    assert line.alarm is not None
    assert line.alarm.taken_by == ""
    assert due(line) == ["Ring Tess Teacher", "Ring Cal Colleague"]


def test_what_was_found_late_says_when_it_was_due_and_when_it_was_found(world: World) -> None:
    trip = out(world)
    trip.school.at("15:10")
    watched(trip.school)
    line = line_of(trip.school)
    assert line.alarm is not None
    assert (line.alarm.late_found, line.alarm.due_at, line.alarm.found_at) == (
        True,
        trip.school.time("15:00"),
        trip.school.time("15:10"),
    )


def test_the_ladder_opens_step_by_step_and_stays_red_after_senior_staff_were_told(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("15:00:01")
    watched(school)
    school.at("15:02")
    trip.rang("staff_mobile", school.teacher)
    assert due(line_of(school)) == ["Ring Cal Colleague"]
    trip.rang("staff_mobile", school.colleague)
    line = line_of(school)
    assert step(line, "Ring Cal").result == "no answer, 15:02"
    assert due(line) == ["Ring the home at 1 Acorn Road"]
    assert step(line, "Ring the home").number == "01234 567890"
    trip.rang("pupil_home")
    assert due(line_of(school)) == ["Tell Hilda Head", "Tell Sam Senior"]
    school.at("15:05")
    trip.tell_senior(school.slt)
    line = line_of(school)
    assert (line.state, step(line, "Sam Senior told").result) == ("overdue", "told, 15:05")


def test_a_step_that_stands_open_for_its_time_opens_the_next_one(world: World) -> None:
    trip = out(world)
    trip.school.at("15:10")
    assert "Ring the home at 1 Acorn Road" in due(line_of(trip.school))


def test_the_home_is_rung_at_a_number_that_may_be_rung_and_a_corrected_one_at_once(world: World) -> None:
    """A home's own number that an adult must not be rung at is left aside; an adult's own does where the home has none."""
    trip = out(world)
    school = trip.school
    school.at("15:00:01")
    child = trip.visit.state.pupils[0]
    never = Carer(name="Maya", phones=(Telephone(number="01234 567890", do_not_ring=True),))
    robin = Carer(name="Robin", phones=(Telephone(number="07700 900123"),))
    address = school.known.pupils[child].address
    family = RecordFamily(pupil=child, carers=(never, robin), address=address, phone="01234567890")
    school.send(family, by=school.office)
    assert step(line_of(school), "Ring the home").number == "07700 900123"
    moved = Carer(name="Robin", phones=(Telephone(number="07700 900124"),))
    school.send(RecordFamily(pupil=child, carers=(never, moved), address=address), by=school.office)
    assert step(line_of(school), "Ring the home").number == "07700 900124"


def test_senior_staff_who_are_out_themselves_are_skipped(world: World) -> None:
    trip = out(world)
    school = trip.school
    other = school.ready_trip(school.ask(child=school.admit()), team=(school.slt, school.officer), back_by="17:00")
    other.depart()
    school.at("15:00:01")
    watched(school)
    trip.rang("staff_mobile", school.teacher, ContactResult.SOUNDED_WRONG)
    line = board_of(school).lines[0]
    assert step(line, "Sam Senior").state == "skipped"
    assert step(line, "Hilda Head").state == "due", "any worry goes to senior staff at once"


def test_where_all_senior_staff_are_out_the_safeguarding_lead_is_told(world: World) -> None:
    school = world.school("william_lilley")
    school.at("13:00")
    school.send(t.Depart(people=(school.head.id, school.slt.id)), by=school.head)
    school.at("14:30")
    line = line_of(school)
    assert step(line, "Tell Sam Senior").state == "skipped"
    assert {"Tell Dora Dessel", "Tell Dinah Deputy"} <= set(due(line))


# -- one person's word settles that person only --


def test_of_two_who_are_out_the_word_of_one_leaves_the_line_red_for_the_other(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("15:01")
    watched(school)
    trip.rang("staff_mobile", school.teacher, SAFE, new_time="15:40")
    line = line_of(school)
    assert line.state == "overdue"
    assert line.due_at == school.time("15:00")
    assert due(line) == ["Ring Cal Colleague"]
    trip.rang("staff_mobile", school.colleague)
    assert "Ring the home at 1 Acorn Road" in due(line_of(school)), "the one who answered holds nothing up"
    trip.rang("staff_mobile", school.colleague, SAFE)
    line = line_of(school)
    assert (line.state, line.back_by_words) == ("out", "15:40")
    assert "First due back at 15:00" in line.notes
    school.at("15:40:01")
    watched(school)
    assert line_of(school).state == "overdue"
    assert [a.due_at for a in trip.state.alarms] == [school.time("15:00"), school.time("15:40")]


def test_somebody_who_sounded_wrong_after_all_is_not_settled_any_more(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("15:01")
    watched(school)
    trip.rang("staff_mobile", school.teacher, SAFE, new_time="15:40")
    trip.rang("staff_mobile", school.teacher, ContactResult.SOUNDED_WRONG)
    trip.rang("staff_mobile", school.colleague, SAFE)
    assert line_of(school).state == "overdue"


@pytest.mark.parametrize("result", [r for r in ContactResult if r is not SAFE])
def test_nothing_but_speaking_to_them_and_hearing_that_they_are_safe_settles_anything(
    world: World, result: ContactResult
) -> None:
    trip = out(world)
    trip.school.at("15:01")
    watched(trip.school)
    for person in (trip.school.teacher, trip.school.colleague):
        trip.rang("staff_mobile", person, result, new_time="15:40")
    assert line_of(trip.school).state == "overdue"


def test_one_of_two_back_at_school_leaves_the_other_on_the_board(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("14:55")
    trip.back(school.teacher)
    school.at("15:00:01")
    line = line_of(school)
    assert line.headline == "Due back at 15:00, Cal Colleague not back"
    assert [p.state for p in line.people] == ["back", "out"]
    assert due(line) == ["Ring Cal Colleague"]


# -- a later time from somebody who is not out silences nothing --


def test_a_later_time_set_by_somebody_at_school_does_not_put_the_alarm_off(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("14:55")
    trip.move_back_by("16:00", by=school.office)
    line = line_of(school)
    assert line.due_at == school.time("15:00")
    assert any("Fran Front set 16:00" in note for note in line.notes)
    school.at("15:00:01")
    assert line_of(school).state == "overdue"


def test_a_later_time_typed_on_a_visitors_word_counts_and_an_earlier_one_always_does(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("14:55")
    command = t.MoveBackBy(trip=trip.id, back_by=school.time("16:00"))
    school.send(command, by=school.office, said_by=school.teacher)
    line = line_of(school)
    assert line.due_at == school.time("16:00")
    assert any("Tess Teacher said by telephone" in note for note in line.notes)
    trip.move_back_by("15:30", by=school.office)
    assert line_of(school).due_at == school.time("15:30")


def test_a_later_time_typed_after_it_passed_and_before_the_watch_looked_raises_it_first(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("15:00:30")
    trip.move_back_by("16:00", by=school.teacher)
    line = line_of(school)
    assert line.state == "overdue", "the colleague was not heard"
    assert trip.alarm.due_at == school.time("15:00")


def test_a_return_that_the_person_disowns_puts_them_out_again(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("14:30")
    typed = school.send(
        t.ReturnToSchool(trip=trip.id, people=(school.teacher.id, school.colleague.id)),
        by=school.office,
        said_by=school.teacher,
    )
    assert board_of(school).lines == ()
    school.send(DisownSpokenWord(event=typed.recorded[0].envelope.event_id), by=school.teacher)
    assert [p.state for p in line_of(school).people] == ["out", "back"]


def test_an_alarm_that_was_settled_by_a_mistaken_tap_stands_again_when_it_is_undone(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("15:01")
    watched(school)
    tap = new_command_id()
    back = t.ReturnToSchool(trip=trip.id, people=(school.teacher.id, school.colleague.id))
    school.send(back, by=school.office, command_id=tap)
    assert board_of(school).lines == ()
    school.send(Undo(command=tap), by=school.office)
    assert line_of(school).state == "overdue"


def test_an_overdue_line_says_when_they_were_due_who_gave_a_new_time_and_who_was_not_heard(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("15:02")
    watched(school)
    trip.move_back_by("15:17", by=school.teacher)
    school.at("15:09")
    line = line_of(school)
    assert line.headline == "Was due back 15:00; Tess Teacher says 15:17; nobody has heard from Cal Colleague"
    assert (line.state, line.was_due_words, line.due_at) == ("overdue", "15:00", school.time("15:00"))
    assert not line.ask_still, "who is overdue is rung, not asked whether they will be in time"
    trip.move_back_by("15:20", by=school.colleague)
    later = line_of(school)
    assert later.state != "overdue"
    assert (later.was_due_words, later.back_by_words) == ("", "15:20")


def test_a_time_that_the_one_who_spoke_gave_and_that_has_passed_is_said_as_past(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("15:02")
    watched(school)
    trip.move_back_by("15:17", by=school.teacher)
    school.at("15:30")
    assert "; Tess Teacher said 15:17; nobody" in line_of(school).headline


def test_one_who_was_rung_and_is_safe_is_not_said_to_be_unheard(world: World) -> None:
    trip = out(world)
    school = trip.school
    school.at("15:02")
    watched(school)
    trip.rang("staff_mobile", school.teacher, SAFE)
    headline = line_of(school).headline
    assert "Tess Teacher was spoken to" in headline
    assert headline.endswith("nobody has heard from Cal Colleague")
