"""The list that St Patrick's headteacher signs before any visit on it; editing a signed row unsigns it. X05."""

from functools import partial

import pytest

from domain.pupil.commands import RecordFamily
from domain.pupil.events import Carer
from domain.refusal import NotPermitted
from domain.roles import Role
from domain.shared.commands import ConfirmSpokenWord, DisownSpokenWord, Undo
from domain.trip.commands import NameTeam
from domain.visit.commands import AssessRisk, MoveVisitToPupil
from domain.visit.events import VisitListSigned, VisitListUnsigned
from tests.scenarios.doors import Trip, Visit
from tests.scenarios.harness import World
from tests.scenarios.school import School


def unmet(trip: Trip) -> set[str]:
    return {r.code for r in trip.still_needed if r.refuses}


def moved(school: School, visit: Visit) -> MoveVisitToPupil:
    return MoveVisitToPupil(visit=visit.id, wrong=school.child.id, right=school.admit().id, why="a namesake")


def signed_trip(school: School) -> Trip:
    trip = school.ready_trip(but="list")
    trip.visit.sign(school.head)
    assert unmet(trip) == set()
    return trip


@pytest.mark.clauses("SP-38", "SP-14")
def test_nobody_goes_before_slt_has_approved_and_the_headteacher_has_signed(world: World) -> None:
    """AC-17."""
    school = world.school("SP")
    trip = school.ready_trip(but="list")
    refused = school.refused(trip.clear)
    assert refused.codes == {"list.signed"}
    assert refused["list.signed"].clauses == ("SP-37", "SP-38")
    assert refused["list.signed"].who == ("the headteacher",)
    (recorded,) = trip.visit.sign(school.head).recorded
    assert isinstance(recorded.event, VisitListSigned)
    assert recorded.envelope.role is Role.HEADTEACHER
    trip.clear()


@pytest.mark.clauses("SP-38")
def test_nobody_but_the_headteacher_or_a_named_deputy_signs(world: World) -> None:
    """AC-17, the refused twin. DV-05."""
    school = world.school("SP")
    visit = school.ask()
    for nobody in (school.slt, school.dsl, school.officer, school.office, school.teacher):
        with pytest.raises(NotPermitted, match="the headteacher"):
            visit.sign(nobody)
    school.deputise(school.slt, Role.HEADTEACHER, "08:00", "17:00", instead_of=school.head)
    (recorded,) = visit.sign(school.slt).recorded
    assert (recorded.envelope.role, recorded.envelope.deputising_for) == (Role.HEADTEACHER, school.head.id)


@pytest.mark.clauses("SP-37", "SP-38")
def test_what_is_held_about_the_family_changes_and_the_row_is_signed_no_more(world: World) -> None:
    """AC-17: editing a signed row unsigns that row, and no other."""
    school = world.school("SP")
    trip, other = signed_trip(school), school.ask(child=school.admit())
    other.sign(school.head)
    child = school.known.pupils[school.child.id]
    family = RecordFamily(
        pupil=child.id, carers=(Carer(name="Robin Apple"),), address="9 New Street, Testford", phone="01632 960777"
    )
    school.send(family, by=school.office)
    again = next(r for r in trip.still_needed if r.code == "list.signed")
    assert "again, because what is held about the child or the family changed" in again.says
    assert "list.signed" not in {r.code for r in school.plan_trip(other, team=(school.officer,)).still_needed}
    trip.visit.sign(school.head)
    assert unmet(trip) == set()
    school.send(family, by=school.office)
    assert unmet(trip) == set(), "the same said again is no change"


CHANGES = {
    "who's going changed": lambda s, t: s.send(NameTeam(trip=t.id, people=(s.officer.id, s.teacher.id)), by=s.office),
    "the pupil changed": lambda s, t: s.send(moved(s, t.visit), by=s.office),
    "a new warning came up": lambda s, t: s.send(AssessRisk(visit=t.visit.id, level="high"), by=s.slt),
}


@pytest.mark.clauses("SP-38", "DV-20")
@pytest.mark.parametrize("why", CHANGES)
def test_a_material_change_takes_the_yes_the_signature_and_the_ok_to_go_and_says_why(world: World, why: str) -> None:
    """AC-17, neighbour: each falls by itself. DV-20."""
    school = world.school("SP")
    trip = signed_trip(school)
    trip.clear()
    CHANGES[why](school, trip)
    assert trip.state.cleared_at is None
    says = {r.code: r.says for r in trip.still_needed}
    assert f"again, because {why}" in says["list.signed"]
    assert f"again, because {why}" in says["approval.SLT"]
    assert [r.event.why for r in school.events(trip.visit) if isinstance(r.event, VisitListUnsigned)] == [why]


def test_another_day_takes_the_signature_too(world: World) -> None:
    """AC-17, neighbour: a signature is for the day that was planned. DV-20."""
    school = world.school("SP")
    trip = signed_trip(school)
    trip.call_off()
    moved = school.plan_trip(trip.visit, leave="2026-09-15T13:00", back_by="2026-09-15T15:00")
    assert "because the visit moved to another day" in next(
        r.says for r in moved.still_needed if r.code == "list.signed"
    )


@pytest.mark.clauses("SP-38")
def test_a_signature_by_telephone_counts_at_once_until_it_is_disowned(world: World) -> None:
    """AC-17, neighbour: typed by the office, confirmed or disowned by the headteacher."""
    school = world.school("SP")
    trip = school.ready_trip(but="list")
    spoken = trip.visit.sign(school.office, said_by=school.head).recorded[0].envelope.event_id
    trip.clear()
    school.send(ConfirmSpokenWord(event=spoken), by=school.head)
    assert trip.state.cleared_at is not None
    other = school.ready_trip(school.ask(child=school.admit()), team=(school.officer, school.line_manager), but="list")
    spoken = other.visit.sign(school.office, said_by=school.head).recorded[0].envelope.event_id
    other.clear()
    school.send(DisownSpokenWord(event=spoken), by=school.head)
    assert other.state.cleared_at is None
    assert unmet(other) == {"list.signed"}


def test_a_signature_taken_back_takes_the_ok_to_go_with_it(world: World) -> None:
    """AC-17, neighbour: a mistaken tap."""
    school = world.school("SP")
    trip = school.ready_trip(but="list")
    tap = trip.visit.sign(school.head).recorded[0].envelope.command_id
    trip.clear()
    school.send(Undo(command=tap), by=school.head)
    assert trip.state.cleared_at is None
    assert unmet(trip) == {"list.signed"}


def test_whoever_goes_does_not_type_the_signature_that_lets_them(world: World) -> None:
    """AC-17, bad input."""
    school = world.school("SP")
    trip = school.ready_trip(team=(school.officer, school.office), but="list")
    with pytest.raises(NotPermitted, match="somebody who stays behind"):
        trip.visit.sign(school.office, said_by=school.head)


@pytest.mark.parametrize("letters", ["LJ", "WL", "NH", "SC"])
def test_no_other_school_has_a_list_to_sign(world: World, letters: str) -> None:
    """AC-17, the other schools: X05."""
    school = world.school(letters)
    trip = school.plan_trip()
    assert "list.signed" not in {r.code for r in trip.still_needed}
    with pytest.raises(NotPermitted, match="no visit list"):
        partial(trip.visit.sign, school.head)()
