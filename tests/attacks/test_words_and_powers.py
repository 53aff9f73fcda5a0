"""Somebody tries to get powers, silence an alarm, or change what others recorded. Each was tried on a running Doorstep."""

from datetime import timedelta

import pytest

from domain.ids import EventId
from domain.refusal import Incomplete, NotPermitted, Refused
from domain.roles import Role
from domain.school.commands import ExportRecords
from domain.shared.commands import ConfirmSpokenWord, CorrectEvent, Undo
from domain.shared.events import KeptAsSent
from domain.staff.commands import AssignRole
from domain.trip.commands import DangerIsOver, NameWatcher, ReturnToSchool, TakeAlarm
from domain.trip.events import CheckIn, StaffDeparted
from domain.visit.commands import ApproveVisit
from tests.scenarios.harness import World


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
        school.send(ApproveVisit(visit=school.ask().id), by=school.teacher, at="08:30")


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
