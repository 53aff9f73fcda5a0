"""Somebody tries to get powers, silence an alarm, or change what others recorded. Each was tried on a running Doorstep."""

from datetime import timedelta

import msgspec
import pytest

from domain.command import Command
from domain.ids import EventId
from domain.refusal import Incomplete, NotPermitted, Refused
from domain.roles import Role
from domain.school.commands import ExportRecords
from domain.shared.commands import ConfirmSpokenWord, CorrectEvent, Undo
from domain.shared.events import KeptAsSent
from domain.staff.commands import AddStaff, AssignRole
from domain.trip.commands import (
    AddVisitToTrip,
    AttemptContact,
    CallOffTrip,
    ClearTrip,
    DangerIsOver,
    KeepBackBy,
    LodgeWhereabouts,
    MakeCheckIn,
    NameTeam,
    NameWatcher,
    PlanTrip,
    ReportDanger,
    ReturnToSchool,
    SafeByVoice,
    TakeAlarm,
)
from domain.trip.events import CheckIn, ContactResult, StaffDeparted
from domain.visit.commands import (
    Arrive,
    AssessRisk,
    ChangeAppointment,
    ConfirmAppointment,
    KeepNote,
    MoveVisitToPupil,
    RecordVisit,
)
from domain.visit.events import Outcome
from tests.scenarios.cast import POLICY_OF
from tests.scenarios.harness import World
from tests.ticks import yes_to


def test_nobody_gives_themselves_a_role_on_the_heads_word(world: World) -> None:
    school = world.school("SP")
    with pytest.raises(Incomplete) as found:
        school.send(AssignRole(staff=school.teacher.id, role=Role.DSL), by=school.teacher, said_by=school.head)
    assert found.value.field == "said_by"


def test_a_forged_yes_cannot_be_confirmed_by_the_forger(world: World) -> None:
    school = world.school("SP")
    stored = school.ask().approve(school.office, said_by=school.slt)
    event = EventId(stored.recorded[0].envelope.event_id)
    for command in (ConfirmSpokenWord(event=event), CorrectEvent(event=event, reason="x", retracts=True)):
        with pytest.raises(Incomplete):
            school.send(command, by=school.teacher, said_by=school.slt)


def test_who_is_going_does_not_type_the_yes_that_lets_them_go(world: World) -> None:
    school = world.school("SP")
    trip = school.ready_trip(but="approval")
    with pytest.raises(NotPermitted, match="stays behind"):
        trip.visit.approve(trip.team[0], said_by=school.slt)


def test_a_role_that_has_ended_gives_no_power_over_what_is_dated_before_its_end(world: World) -> None:
    school = world.school("LJ")
    school.at("10:00")
    school.deputise(school.teacher, Role.DSL, "08:00", "09:00", instead_of=school.dsl)
    with pytest.raises(NotPermitted):
        school.send(AssignRole(staff=school.teacher.id, role=Role.DSL), by=school.teacher, at="08:30")
    with pytest.raises(NotPermitted):
        school.send(yes_to(school.ask().id), by=school.teacher, at="08:30")


def test_an_outsider_who_departs_on_the_trip_moves_no_time_for_those_who_are_out(world: World) -> None:
    school = world.school("WL")
    trip = school.ready_trip()
    trip.depart()
    due = trip.state.back_by
    outsider = school.joins("Otto Outside", Role.TEACHER)
    trip.depart(outsider, by=outsider, back_by="23:00")
    assert trip.state.back_by == due


def test_a_governor_calms_nothing_and_is_kept_all_the_same(world: World) -> None:
    school = world.school("NH")
    trip = school.ready_trip()
    trip.depart()
    trip.danger("shouting")
    for command in (DangerIsOver(trip=trip.id), TakeAlarm(trip=trip.id)):
        stored = school.send(command, by=school.governor)
        assert [type(r.event) for r in stored.recorded] == [KeptAsSent]
    trip.check_in(CheckIn.AGREED_TIME, by=school.governor)
    trip.back(by=school.governor)
    assert trip.state.danger is not None
    assert trip.state.danger.taken_by is None
    assert not trip.state.agreed_call_made
    assert trip.state.out


def test_who_is_out_does_not_take_the_alarm_about_themselves(world: World) -> None:
    school = world.school("WL")
    trip = school.ready_trip()
    trip.depart()
    trip.danger("shouting")
    school.send(TakeAlarm(trip=trip.id), by=trip.team[0])
    assert trip.state.danger is not None
    assert trip.state.danger.taken_by is None


def test_a_departure_is_undone_at_once_or_not_at_all(world: World) -> None:
    school = world.school("WL")
    trip = school.ready_trip()
    sent = trip.depart().recorded[0].envelope.command_id
    school.later(minutes=5)
    school.send(Undo(command=sent), by=trip.team[0])
    assert trip.state.out
    assert any(isinstance(r.event, StaffDeparted) for r in school.events(trip))


def test_a_phone_whose_clock_is_fast_does_not_hide_the_next_departure(world: World) -> None:
    school = world.school("WL")
    trip = school.ready_trip()
    trip.depart()
    fast = f"{school.now + timedelta(minutes=4):%H:%M}"
    school.send(ReturnToSchool(trip=trip.id, people=tuple(p.id for p in trip.team)), by=trip.team[0], at=fast)
    school.later(seconds=30)
    trip.depart()
    assert trip.state.out


def test_the_office_does_not_take_concerns_out_of_the_export_list(world: World) -> None:
    school = world.school("SC")
    command = ExportRecords(system="MyConcern", how="pasted", keys=("concern.x.y",))
    with pytest.raises(NotPermitted, match="DSL"):
        school.send(command, by=school.office)


def test_nobody_names_themselves_watcher_of_a_trip_that_is_over(world: World) -> None:
    school = world.school("WL")
    trip = school.ready_trip()
    trip.depart()
    trip.back(*trip.team)
    with pytest.raises(Refused) as found:
        school.send(NameWatcher(trip=trip.id, watcher=school.slt.id), by=school.slt)
    assert found.value.unmet[0].code == "trip.over"


@pytest.mark.parametrize("letters", POLICY_OF)
def test_who_has_no_part_in_a_visit_plans_nothing_about_it(world: World, letters: str) -> None:
    school = world.school(letters)
    trip = school.plan_trip()
    visit = trip.visit
    outsider = school.joins("Otto Outside", Role.TEACHER)
    later = school.time("14:00")
    plans: tuple[Command, ...] = (
        AssessRisk(visit=visit.id),
        ConfirmAppointment(visit=visit.id, appointment_at=later),
        ChangeAppointment(visit=visit.id, appointment_at=later),
        MoveVisitToPupil(visit=visit.id, wrong=school.child.id, right=school.admit().id, why="x"),
        RecordVisit(visit=visit.id, fields={}),
        PlanTrip(visits=(visit.id,), leave_at=school.time("11:00"), back_by=later, people=(outsider.id,)),
        NameTeam(trip=trip.id, people=(outsider.id,)),
        NameWatcher(trip=trip.id, watcher=outsider.id),
        LodgeWhereabouts(trip=trip.id, holder="school_office"),
        AddVisitToTrip(trip=trip.id, visit=school.ask(by=outsider).id),
        ClearTrip(trip=trip.id),
        CallOffTrip(trip=trip.id),
    )
    for plan in plans:
        before = school.log.head()
        with pytest.raises(NotPermitted, match="whoever asked for it or is going"):
            school.send(plan, by=outsider)
        assert school.log.head() == before


@pytest.mark.parametrize("who", ["teacher", "colleague", "office", "slt", "dsl", "ddsl", "officer", "head"])
def test_who_asked_or_goes_or_plans_for_the_school_plans_it(world: World, who: str) -> None:
    """The twin: the teacher asked for it, the colleague goes."""
    school = world.school("WL")
    trip = school.plan_trip(team=(school.colleague, school.line_manager))
    person = getattr(school, who)
    school.send(AssessRisk(visit=trip.visit.id), by=person)
    school.send(LodgeWhereabouts(trip=trip.id, holder="school_office"), by=person)
    school.send(NameTeam(trip=trip.id, people=(school.colleague.id, school.officer.id)), by=person)
    assert school.colleague in trip.team


def test_who_went_writes_the_visit_up_when_the_trip_is_over_and_who_did_not_go_does_not(world: World) -> None:
    school = world.school("LJ")
    trip = school.ready_trip()
    outsider = school.joins("Otto Outside", Role.TEACHER)
    trip.depart()
    trip.visit.arrive()
    trip.visit.outcome(Outcome.SEEN)
    trip.back()
    with pytest.raises(NotPermitted):
        trip.visit.write_up(by=outsider)
    trip.visit.write_up(by=school.colleague)
    assert trip.visit.state.recorded_at is not None


def test_a_fact_from_an_outsider_about_any_visit_is_kept(world: World) -> None:
    """Law 1: the twin of the refused plans."""
    school = world.school("SC")
    trip = school.plan_trip()
    outsider = school.joins("Otto Outside", Role.TEACHER)
    for fact in (Arrive(visit=trip.visit.id), KeepNote(visit=trip.visit.id, text="seen"), ReportDanger(trip=trip.id)):
        assert school.send(fact, by=outsider).recorded


def test_an_outsider_calms_no_board_and_is_kept_with_all_that_was_said(world: World) -> None:
    school = world.school("NH")
    trip = school.ready_trip()
    outsider = school.joins("Otto Outside", Role.TEACHER)
    trip.depart()
    trip.danger("shouting")
    before = trip.state
    for fact in (
        ReturnToSchool(trip=trip.id, people=before.out),
        SafeByVoice(trip=trip.id, people=before.out),
        KeepBackBy(trip=trip.id),
        MakeCheckIn(trip=trip.id, when=CheckIn.AGREED_TIME, note="they rang me"),
        AttemptContact(trip=trip.id, person=before.out[0], result=ContactResult.SPOKE_SAFE),
        DangerIsOver(trip=trip.id),
    ):
        (kept,) = school.send(fact, by=outsider).recorded
        assert isinstance(kept.event, KeptAsSent)
        assert kept.event.unreadable["sent"] == msgspec.json.encode(fact).decode()
    after = trip.state
    assert (after.out, after.danger, after.back_by, after.calls) == (before.out, before.danger, before.back_by, ())
    assert after.back_by_confirmed_at is None


@pytest.mark.parametrize("who", ["teacher", "office", "slt", "dsl", "head"])
def test_who_is_out_or_speaks_for_the_school_says_that_they_are_back(world: World, who: str) -> None:
    """The twin."""
    school = world.school("NH")
    trip = school.ready_trip()
    trip.depart()
    trip.back(by=getattr(school, who))
    assert trip.state.everyone_back


def test_anybody_types_the_word_of_somebody_who_is_out(world: World) -> None:
    """Whose word it is counts, who confirms or disowns it by the end of the day."""
    school = world.school("NH")
    trip = school.ready_trip()
    trip.depart()
    school.send(
        ReturnToSchool(trip=trip.id, people=trip.state.out),
        by=school.joins("Otto Outside", Role.TEACHER),
        said_by=school.teacher,
    )
    assert trip.state.everyone_back


def test_who_asked_for_the_visit_and_stays_behind_puts_off_no_call_of_those_who_are_out(world: World) -> None:
    school = world.school("NH")
    asker = school.joins("Ada Asked", Role.TEACHER)
    trip = school.ready_trip(school.ask(by=asker), by=asker)
    before = trip.state.agreed_call_at
    assert before is not None
    trip.depart()
    moved = LodgeWhereabouts(trip=trip.id, holder="line_manager", agreed_call_at=school.time("18:00"))
    school.send(moved, by=asker)
    assert trip.state.agreed_call_at == before
    assert "line_manager" in {held.holder for held in trip.state.lodged}
    school.send(moved, by=trip.team[0])
    assert trip.state.agreed_call_at == school.time("18:00")


def test_a_later_time_from_an_outsider_is_shown_and_moves_nothing_before_they_leave_either(world: World) -> None:
    school = world.school("LJ")
    trip = school.ready_trip()
    due = trip.state.back_by
    trip.move_back_by("20:00", by=school.joins("Otto Outside", Role.TEACHER))
    assert (trip.state.back_by, trip.state.suggested_back_by) == (due, school.time("20:00"))
    trip.move_back_by("16:00", by=school.office)
    assert trip.state.back_by == school.time("16:00")


def test_nobody_is_given_the_programs_own_role(world: World) -> None:
    school = world.school("SP")
    for command in (
        AssignRole(staff=school.teacher.id, role=Role.SYSTEM),
        AddStaff(name="Robin Robot", roles=(Role.TEACHER, Role.SYSTEM)),
    ):
        with pytest.raises(Incomplete) as found:
            school.send(command, by=school.head)
        assert found.value.field in {"role", "roles"}
        assert "headteacher, DSL, DDSL" in found.value.expected
