"""Asking for a visit: what for, and where. X06, X07."""

from functools import partial

import pytest

from domain.policy import Force, Source
from domain.refusal import Incomplete
from domain.visit.events import VisitRequested
from tests.scenarios.cast import POLICY_OF, Someone
from tests.scenarios.doors import Visit
from tests.scenarios.harness import World


@pytest.mark.clauses("SC-25")
def test_at_scargill_only_two_kinds_of_visit_exist(world: World) -> None:
    """AC-05. SC-25, SC-01."""
    school = world.school("SC")
    assistant = school.joins("Ari Assistant")
    refused = school.refused(lambda: school.ask(by=assistant, purpose="family_support"))
    assert refused.codes == {"purpose.not_listed"}
    assert refused.clauses == {"SC-25"}
    assert "safe and well, three day absence" in refused["purpose.not_listed"].says
    for purpose in ("safe_and_well", "three_day_absence"):
        assert school.ask(by=assistant, purpose=purpose).state.safeguarding


@pytest.mark.clauses("SC-25")
def test_no_reason_opens_a_closed_list(world: World) -> None:
    """AC-05, neighbour: "other" is not on Scargill's list either, whoever asks and whatever they write. SC-25."""
    school = world.school("SC")
    why = "the head agrees"

    def other(by: Someone) -> Visit:
        return school.ask(by=by, purpose="other", override_reason=why, reasons={"purpose.not_listed": why})

    for by in (school.teacher, school.head, school.officer):
        assert school.refused(partial(other, by)).codes == {"purpose.not_listed"}


@pytest.mark.parametrize("letters", ["SP", "LJ", "WL", "NH"])
def test_elsewhere_the_list_is_open(world: World, letters: str) -> None:
    """AC-05, the other schools: "other" is a reason where the document gives its reasons as examples. X06."""
    school = world.school(letters)
    assert school.ask(purpose="other", purpose_text="to return a lost coat").state.purpose == "other"


@pytest.mark.clauses("SP-09")
def test_at_st_patricks_behaviour_is_kept_on_site_unless_slt_writes_why(world: World) -> None:
    """AC-02. An education or behaviour topic is dealt with in school. SP-09."""
    school = world.school("SP")
    for purpose in ("education", "behaviour"):
        refused = school.refused(partial(school.ask, purpose=purpose))
        assert refused.codes == {"purpose.blocked"}
        assert refused.clauses == {"SP-09"}
    asked = partial(school.ask, purpose="behaviour", override_reason="it cannot wait")
    assert school.refused(partial(asked, by=school.teacher)).codes == {"purpose.blocked"}
    (kept,) = (r.event for r in school.events(asked(by=school.slt)))
    assert isinstance(kept, VisitRequested)
    assert (kept.purpose, kept.override_reason) == ("behaviour", "it cannot wait")


@pytest.mark.clauses("LJ-32")
@pytest.mark.parametrize("letters", POLICY_OF)
def test_nobody_asks_without_saying_what_for(world: World, letters: str) -> None:
    """AC-05, neighbour: visitors know exactly what the visit is for. LJ-32 and every document's purpose."""
    school = world.school(letters)
    for text in ("", "   "):
        with pytest.raises(Incomplete) as found:
            school.ask(purpose_text=text)
        assert found.value.field == "purpose_text"


@pytest.mark.clauses("WL-13")
def test_at_william_lilley_a_visit_may_go_to_the_parents_work(world: World) -> None:
    """AC-14. WL-13."""
    school = world.school("WL")
    visit = school.ask(purpose="family_support", place="workplace", address="Testford Bakery, Mill Road")
    assert (visit.state.place, visit.state.street) == ("workplace", "Testford Bakery")
    assert "place.not_listed" not in {r.code for r in school.plan_trip(visit).still_needed}


PLACE_CLAUSES = {"SP": {"SP-03"}, "LJ": {"LJ-06"}, "SC": {"SC-02"}}


@pytest.mark.clauses("LJ-06")
@pytest.mark.parametrize("letters", PLACE_CLAUSES)
def test_where_visits_go_to_the_home_only_a_workplace_is_turned_down(world: World, letters: str) -> None:
    """AC-14, the refused twin. X07."""
    school = world.school(letters)
    refused = school.refused(lambda: school.ask(place="workplace"))
    assert refused.codes == {"place.not_listed"}
    assert refused.clauses == PLACE_CLAUSES[letters]


@pytest.mark.clauses("NH-27")
def test_norbury_names_home_and_public_places_and_only_advises(world: World) -> None:
    """AC-14, neighbour: another public place is an option, worded as "may". NH-27."""
    school = world.school("NH")
    assert school.ask(place="public_place", address="Testford Library, High Street").state.place == "public_place"
    trip = school.plan_trip(school.ask(place="workplace"))
    needed = next(r for r in trip.still_needed if r.code == "place.not_listed")
    assert (needed.force, needed.source, needed.clauses) == (Force.ADVISE, Source.CLAUSE, ("NH-27",))


@pytest.mark.parametrize("letters", ["SP", "LJ", "WL", "SC"])
def test_elsewhere_a_public_place_is_turned_down(world: World, letters: str) -> None:
    """AC-14, neighbour. X07."""
    school = world.school(letters)
    assert school.refused(lambda: school.ask(place="public_place")).codes == {"place.not_listed"}
