"""Where they go and when they are back is left behind with whom the policy names, and kept when they leave. X19, X20."""

import pytest

from domain.policy import Source
from domain.roles import Role
from domain.trip.events import StaffDeparted
from domain.visit.commands import ChangeAppointment, ReportRunningLate
from tests.scenarios.harness import World


@pytest.mark.clauses("NH-14", "NH-15", "NH-16", "NH-29", "NH-30")
def test_at_norbury_two_people_know_before_anybody_goes_and_both_see_where_and_when(world: World) -> None:
    """AC-50. NH-14, NH-15, NH-16, NH-29, NH-30."""
    school = world.school("NH")
    trip = school.ready_trip(but="whereabouts", leave="13:00", back_by="15:00")
    trip.lodge("front_office", agreed_call="14:50")
    refused = school.refused(trip.clear)
    assert refused.codes == {"whereabouts.left"}
    assert "1 of 2 told" in refused["whereabouts.left"].says
    assert refused["whereabouts.left"].who == ("the line manager",)
    trip.lodge("line_manager", told=school.line_manager)
    trip.clear()
    school.at("13:00")
    trip.depart()
    line = school.board(trip)
    assert [door.street for door in line.doors] == ["1 Acorn Road"]
    assert [person.mobile for person in line.people] == ["07700 900100", "07700 900100"]
    assert (line.left_at, line.back_by) == (school.time("13:00"), school.time("15:00"))
    assert line.agreed_call_at == school.time("14:50")


@pytest.mark.clauses("NH-29")
def test_at_norbury_a_reason_stands_in_for_the_second_who_knows(world: World) -> None:
    """AC-50, neighbour: the document says should. NH-29."""
    school = world.school("NH")
    trip = school.ready_trip(but="whereabouts")
    trip.lodge("front_office", agreed_call="14:50")
    trip.clear(whereabouts__left="the line manager is on the trip")
    (flag,) = school.flags(trip)
    assert (flag.rule, flag.reason) == ("without.whereabouts", "the line manager is on the trip")


WITHOUT_A_WORD = {"LJ": {"LJ-22"}, "WL": {"WL-20"}, "NH": {"NH-30"}, "SP": set[str](), "SC": set[str]()}


@pytest.mark.clauses("LJ-22", "WL-20", "NH-30")
@pytest.mark.parametrize("letters", WITHOUT_A_WORD)
def test_who_stands_at_a_door_and_never_signed_out_is_kept_and_flagged(world: World, letters: str) -> None:
    """AC-52, neighbour. LJ-22, WL-20, NH-30; elsewhere Doorstep's advice."""
    school = world.school(letters)
    trip = school.ready_trip()
    trip.visit.arrive()
    (flag,) = (one for one in school.flags() if one.rule == "sign_out.not_said")
    assert set(flag.clauses) == WITHOUT_A_WORD[letters]
    assert flag.source is (Source.CLAUSE if flag.clauses else Source.DEFAULT)
    assert len(trip.state.out) == 2, "the timer runs all the same"


@pytest.mark.clauses("LJ-22", "WL-20", "NH-30")
@pytest.mark.parametrize("letters", ["LJ", "WL", "NH"])
def test_who_leaves_is_kept_with_when_they_left_and_when_they_will_be_back(world: World, letters: str) -> None:
    """AC-52, neighbour. LJ-22, WL-20, NH-30."""
    school = world.school(letters)
    trip = school.ready_trip(leave="13:00", back_by="15:00")
    school.at("13:05")
    trip.depart(by=school.office, said_by=school.teacher)
    left = [r.envelope.occurred_at for r in school.events(trip) if isinstance(r.event, StaffDeparted)]
    assert left == [school.time("13:05")] * 2
    assert (trip.state.leave_at, trip.state.back_by) == (school.time("13:00"), school.time("15:00"))
    assert school.board(trip).back_by_words.startswith("15:00")


@pytest.mark.clauses("SP-44", "LJ-41")
@pytest.mark.parametrize("letters", ["SP", "LJ"])
def test_late_on_the_way_moves_no_time_by_itself(world: World, letters: str) -> None:
    """AC-47. SP-44, LJ-41."""
    school = world.school(letters)
    visit = school.ask()
    visit.appointment("14:00")
    trip = school.ready_trip(visit)
    school.at("13:45")
    trip.depart()
    school.send(ReportRunningLate(visit=visit.id, minutes=12, family_told=True), by=school.teacher)
    assert trip.state.back_by == school.time("15:00")
    assert school.looks.told("running_late") == (), "the family was told"
    assert school.looks.told("appointment_changed") == (), "late is not another time"
    trip.move_back_by("15:12")
    assert trip.state.back_by == school.time("15:12")
    school.send(ChangeAppointment(visit=visit.id, appointment_at=school.time("14:30")), by=school.teacher)
    told = school.looks.told("appointment_changed")
    assert {n.name for one in told for n in one.notices} == ({"Hilda Head"} if letters == "SP" else set())


def test_neither_watcher_nor_deputy_goes_and_both_can_be_rung(world: World) -> None:
    """Doorstep's advice: it warns, and keeps nobody."""
    school = world.school("WL")
    trip = school.ready_trip(but="watcher")
    silent = school.joins("Sil Silent", Role.SCHOOL_OFFICE, mobile=None)

    def advised() -> set[str]:
        return {r.code for r in trip.still_needed if r.code.startswith("watcher")}

    trip.watcher(school.office, school.colleague)
    assert advised() == {"watcher.deputy_stays"}
    trip.watcher(school.teacher, school.teacher)
    assert advised() == {"watcher.stays", "watcher.deputy_stays"}
    trip.watcher(school.office, school.office)
    assert advised() == {"watcher.deputy"}
    trip.watcher(school.office, silent)
    assert advised() == {f"watcher.phone.{silent.id}"}
    trip.clear()
    trip.watcher(school.office, school.office_manager)
    assert advised() == set()
