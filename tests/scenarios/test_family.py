"""A family as its own people give their names, its language, and a telephone that there is not. NH-07, NH-08, NH-09, NH-33."""

import pytest

from domain.policy import Force
from domain.pupil.commands import AdmitPupil, RecordFamily
from domain.pupil.events import Carer
from domain.refusal import Incomplete
from domain.trip.events import ClearanceVoided
from domain.visit.events import ChildcareDay
from tests.scenarios.cast import Child
from tests.scenarios.harness import World
from tests.scenarios.school import School

CARERS = (
    Carer(name="Nasrin Haddad", title="Dr", relation="mother"),
    Carer(name="Jo Field", title="Mx", relation="step-parent"),
)


def told(school: School, child: Child, **fields: object) -> None:
    """The office keeps what the family said."""
    command = RecordFamily(pupil=child.id, carers=CARERS, address="3 Well Street, Testford", **fields)  # type: ignore[arg-type]
    school.send(command, by=school.office)


@pytest.mark.clauses("NH-07", "NH-08", "NH-09", "NH-33")
def test_at_norbury_names_stand_as_given_and_an_interpreter_and_the_missing_telephone_are_settled_before(
    world: World,
) -> None:
    """AC-41. NH-07, NH-08, NH-09, NH-33."""
    school = world.school("NH")
    stored = school.send(AdmitPupil(given_name="Lina", family_name="Okafor"), by=school.office)
    child = Child(stored.recorded[0].envelope.stream.id, "Lina Okafor")  # type: ignore[arg-type]
    trip = school.ready_trip(school.ask(child=child, address="3 Well Street, Testford"), but="family")
    refused = school.refused(trip.clear)
    assert refused.codes == {"family.phone"}
    assert refused.clauses == {"NH-33"}
    assert refused["family.phone"].force is Force.SHOULD

    with pytest.raises(Incomplete):
        told(school, child, language="Arabic")
    told(school, child, language="Arabic", phone_none_reason="They are called on at the shop")
    kept = school.known.pupils[child.id]
    assert [(c.title, c.name) for c in kept.carers] == [("Dr", "Nasrin Haddad"), ("Mx", "Jo Field")]
    assert kept.family_name == "Okafor"

    refused = school.refused(trip.clear)
    assert refused.codes == {"interpreter.asked"}
    assert refused.clauses == {"NH-08"}
    assert "EAL department" in refused["interpreter.asked"].says
    trip.visit.interpreter(who="Asha Begum")
    trip.clear()


@pytest.mark.clauses("NH-08")
def test_at_norbury_a_reason_will_do_where_nobody_was_asked_and_the_dsl_reads_it(world: World) -> None:
    """AC-41, neighbour: NH-08 is a "should"."""
    school = world.school("NH")
    child = school.admit()
    told(school, child, phone="01632 960001", language="Urdu", interpreter_needed=True)
    trip = school.ready_trip(school.ask(child=child), but="interpreter")
    trip.clear(interpreter__asked="the aunt lives there and interprets")
    assert [flag.clauses for flag in school.flags(trip)] == [("NH-08",)]


@pytest.mark.parametrize("letters", ["SP", "LJ", "WL", "SC"])
def test_elsewhere_no_document_asks_for_an_interpreter_and_nobody_is_held_up(world: World, letters: str) -> None:
    """AC-41, the four other schools."""
    school = world.school(letters)
    child = school.admit()
    told(school, child, phone="01632 960001", language="Urdu", interpreter_needed=True)
    trip = school.ready_trip(school.ask(child=child), but="interpreter")
    advised = {need.code for need in trip.still_needed if not need.refuses}
    assert ("interpreter.asked" in advised) == (letters == "WL")
    trip.clear()


@pytest.mark.clauses("LJ-37")
def test_a_childcare_day_that_is_told_late_takes_the_ok_to_go_back(world: World) -> None:
    """AC-45, neighbour: the family rings after OK to go; another day of theirs changes nothing."""
    school = world.school("LJ")
    trip = school.ready_trip(school.ask(purpose="pre_start"))
    trip.visit.childcare_on(ChildcareDay.TUESDAY)
    assert not [r for r in school.events(trip) if isinstance(r.event, ClearanceVoided)]
    trip.visit.childcare_on(ChildcareDay.MONDAY)
    assert trip.state.cleared_at is None
    assert school.refused(trip.clear).codes == {"childcare.day"}
    trip.depart()
    trip.visit.childcare_on(ChildcareDay.MONDAY, ChildcareDay.FRIDAY)
    assert trip.state.out
