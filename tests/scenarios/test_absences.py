"""Not in school, and nobody has said why: what Scargill's policy wants looked into, and how far that goes. SC-27, SC-30."""

from datetime import date

import pytest

from domain.policy import Source
from domain.pupil.absence import Flag
from domain.pupil.commands import ExplainAbsence, ReportAbsence
from domain.pupil.events import AbsenceExplained, AbsenceFlagged
from domain.shared.commands import SayTold
from domain.trip.events import TripPlanned
from domain.visit.events import VisitApproved, VisitRequested
from tests.scenarios.cast import Child
from tests.scenarios.harness import World
from tests.scenarios.school import School

THURSDAY_FRIDAY_AND_MONDAY = (date(2026, 9, 10), date(2026, 9, 11), date(2026, 9, 14))


def absent(school: School, child: Child, *, tries: int = 0, day: date | None = None) -> None:
    """The register has the child as not in school."""
    school.send(ReportAbsence(pupil=child.id, tries=tries, day=day), by=school.office)


def explain(school: School) -> None:
    """The mother rings."""
    command = ExplainAbsence(pupil=school.child.id, explanation="a cold", who="the mother")
    school.send(command, by=school.office)


def flags(school: School, child: Child) -> tuple[Flag, ...]:
    return school.known.pupils[child.id].flags


@pytest.mark.clauses("SC-27")
def test_a_first_day_without_a_word_is_flagged_and_told_to_the_attendance_officer(world: World) -> None:
    """AC-06. SC-27, SC-28."""
    school = world.school("SC")
    school.at("10:00")
    absent(school, school.child, tries=2)
    (flag,) = flags(school, school.child)
    assert (flag.purpose, flag.clauses, flag.closed) == ("safe_and_well", ("SC-27",), "")
    (told,) = school.looks.told("absence_flagged")
    assert (told.pupils, told.clauses, told.taken_back) == ((school.child.name,), ("SC-27",), False)
    assert [(one.name, one.speed, one.status) for one in told.notices] == [("Ottoline Officer", "today", "pending")]
    school.send(SayTold(event=told.event, about=told.about, person=school.officer.id), by=school.office)
    assert [one.status for one in school.looks.told("absence_flagged")[0].notices] == ["told"]
    approving = VisitRequested | VisitApproved | TripPlanned
    assert not [r for r in school.events() if isinstance(r.event, approving)], "nothing is approved by itself"


@pytest.mark.clauses("SC-27")
@pytest.mark.parametrize("letters", ["SP", "LJ", "WL", "NH"])
def test_elsewhere_an_absence_is_kept_and_nobody_is_sent(world: World, letters: str) -> None:
    """AC-06, the other schools: no document but Scargill's speaks of it."""
    school = world.school(letters)
    absent(school, school.child, tries=5)
    assert flags(school, school.child) == ()
    assert school.looks.told("absence_flagged") == ()


@pytest.mark.clauses("SC-27")
def test_a_reason_that_comes_late_closes_the_flag_and_asks_whether_the_visit_is_withdrawn(world: World) -> None:
    """AC-07. SC-27."""
    school = world.school("SC")
    school.at("10:00")
    absent(school, school.child, tries=2)
    trip = school.ready_trip(school.ask(purpose="safe_and_well"), but="approval")
    assert "absence.explained" not in school.refused(trip.clear).advice
    school.at("10:20")
    explain(school)
    assert [flag.closed for flag in flags(school, school.child)] == ["a cold"]
    (told,) = school.looks.told("absence_flagged")
    assert told.taken_back, "nobody need be told of it any more"
    asks = school.refused(trip.clear)["absence.explained"]
    assert not asks.refuses
    assert asks.says == "The absence has been explained since: withdraw the visit, or go all the same"
    kept = [type(r.event) for r in school.events() if isinstance(r.event, AbsenceFlagged | AbsenceExplained)]
    assert kept == [AbsenceFlagged, AbsenceExplained]
    trip.visit.approve(school.dsl)
    trip.clear()
    assert trip.state.cleared_at == school.now, "whoever decides may know more"


@pytest.mark.clauses("SC-27")
def test_of_a_visit_that_was_asked_for_another_reason_or_long_after_nothing_is_asked(world: World) -> None:
    """AC-07, neighbours. SC-27."""
    school = world.school("SC")
    absent(school, school.child, tries=2)
    explain(school)
    other = school.ready_trip(school.ask(purpose="three_day_absence"), but="approval")
    assert "absence.explained" not in school.refused(other.clear).advice
    school.later(days=7)
    again = school.ready_trip(school.ask(purpose="safe_and_well"), team=(school.officer, school.slt), but="approval")
    assert "absence.explained" not in school.refused(again.clear).advice


@pytest.mark.clauses("SC-30")
def test_two_of_the_staff_may_go_unannounced_after_three_school_days_with_a_weekend_between(world: World) -> None:
    """AC-08. SC-30, SC-13, SC-15, SC-17."""
    school = world.school("SC")
    for day in THURSDAY_FRIDAY_AND_MONDAY:
        absent(school, school.child, day=day)
    flag = flags(school, school.child)[-1]
    assert (flag.purpose, len(flag.days)) == ("three_day_absence", 3)
    trip = school.ready_trip(school.ask(purpose="three_day_absence"))
    assert trip.visit.state.appointment is None, "no appointment is demanded for going"
    assert len(trip.team) == 2
    trip.depart()
    trip.visit.arrive()
    trip.visit.enter()
    assert "entry.appointment" in {flag.rule for flag in school.flags(trip.visit)}, "going inside asks for one"


@pytest.mark.clauses("SC-30")
def test_nobody_goes_alone_after_three_days(world: World) -> None:
    """AC-08, the refused twin. SC-30, SC-18."""
    school = world.school("SC")
    visit = school.ask(purpose="three_day_absence")
    trip = school.ready_trip(visit, team=(school.teacher,), lone_reason="nobody is free", but="team")
    assert "team.two" in school.refused(trip.clear).codes


@pytest.mark.clauses("SC-13", "SC-14", "SC-30")
def test_invited_in_on_an_unannounced_visit_is_kept_flagged_and_looked_at_by_the_dsl(world: World) -> None:
    """AC-10. SC-13, SC-14, SC-30."""
    school = world.school("SC")
    trip = school.ready_trip(school.ask(purpose="three_day_absence"))
    trip.depart()
    trip.visit.arrive()
    trip.visit.enter(adult="parent", invited=True)
    assert trip.visit.state.entered_at == school.now, "going inside is a fact"
    flag = next(one for one in school.flags(trip.visit) if one.source is Source.CLAUSE)
    assert (flag.rule, set(flag.clauses)) == ("entry.appointment", {"SC-13", "SC-15", "SC-17"})
    assert [(one.visit, one.rule) for one in school.looks.to_review()] == [(trip.visit.id, "entry.appointment")]
