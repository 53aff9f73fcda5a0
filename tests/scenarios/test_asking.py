"""Asking for a visit: what for, why not in school, and where. X06, X07."""

from collections.abc import Mapping
from functools import partial

import pytest

from domain.policy import Force, Source
from domain.refusal import Incomplete
from domain.roles import Role
from domain.visit.events import VisitRequested
from domain.visit.rules.purpose import purposes_offered
from tests.scenarios.cast import POLICY_OF, WELFARE_PURPOSE_OF, Someone
from tests.scenarios.doors import Visit
from tests.scenarios.harness import World


@pytest.mark.clauses("SC-25", "SC-01")
def test_at_scargill_only_two_kinds_of_visit_exist(world: World) -> None:
    """AC-05. SC-25, SC-01."""
    school = world.school("SC")
    assistant = school.joins("Ari Assistant", Role.ATTENDANCE_ASSISTANT)
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
    visit = asked(by=school.slt)
    assert visit.state.purpose == "behaviour"
    (asked_for,) = (r.event for r in school.events(visit))
    assert isinstance(asked_for, VisitRequested)
    assert asked_for.override_reason == "it cannot wait", "what was asked and why it was let through are both kept"


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


ON_SITE_CLAUSES: Mapping[str, tuple[Force, set[str]]] = {
    "SP": (Force.SHOULD, {"SP-02", "SP-08"}),
    "LJ": (Force.MUST, {"LJ-31"}),
    "WL": (Force.SHOULD, {"WL-15"}),
}


@pytest.mark.clauses("SP-02", "SP-12", "LJ-31", "WL-15")
@pytest.mark.parametrize("letters", ON_SITE_CLAUSES)
def test_a_visit_is_not_asked_for_before_somebody_says_why_school_will_not_do(world: World, letters: str) -> None:
    """AC-01, and the same where Leyland and William Lilley say so."""
    school, (force, clauses) = world.school(letters), ON_SITE_CLAUSES[letters]
    purpose = "cannot_attend_school" if letters == "SP" else "attendance"
    for nothing in ("", "  "):
        refused = school.refused(partial(school.ask, purpose=purpose, on_site_reason=nothing))
        assert refused.codes == {"on_site.reason"}
        assert refused["on_site.reason"].force is force
        assert refused.clauses == clauses
        assert refused["on_site.reason"].setting == "on_site_reason"
    visit = school.ask(purpose=purpose, on_site_reason="the mother cannot walk; the agency was asked and has no place")
    (asked_for,) = (r.event for r in school.events(visit))
    assert isinstance(asked_for, VisitRequested)
    assert asked_for.on_site_reason.startswith("the mother cannot walk")


def test_at_leyland_no_other_reason_stands_in_for_it(world: World) -> None:
    """AC-01, neighbour: a "must" is met or refuses. LJ-31."""
    school = world.school("LJ")
    refused = school.refused(partial(school.ask, on_site_reason="", reasons={"on_site.reason": "in a hurry"}))
    assert refused.codes == {"on_site.reason"}


@pytest.mark.parametrize("letters", ["NH", "SC"])
def test_where_the_document_says_nothing_of_it_nobody_is_held_up(world: World, letters: str) -> None:
    """AC-01, the other schools: a default advises."""
    assert world.school(letters).ask(on_site_reason="").state.exists


@pytest.mark.parametrize("letters", POLICY_OF)
def test_a_welfare_check_is_never_asked_why_not_in_school(world: World, letters: str) -> None:
    """AC-01, neighbour: by its purpose, or marked so."""
    school = world.school(letters)
    for fields in ({"purpose": WELFARE_PURPOSE_OF[POLICY_OF[letters]]}, {"safeguarding": True}):
        assert school.ask(on_site_reason="", **fields).state.safeguarding


REASONS = {
    "LJ": (
        ("relationship", "pre_start", "no_engagement", "attendance", "safe_and_well", "school_refusal"),
        ("deliver_or_collect_work", "late_for_exam", "long_absence_contact"),
        {"safe_and_well", "school_refusal"},
    ),
    "WL": (
        ("transition", "safeguarding", "family_support", "exclusion", "long_illness", "attendance"),
        ("school_refusal", "home_meeting_preferable"),
        {"safeguarding"},
    ),
}


@pytest.mark.clauses("LJ-07", "LJ-08", "LJ-09", "LJ-23", "LJ-24", "LJ-25", "LJ-26", "LJ-27", "LJ-28", "LJ-29", "LJ-81")
@pytest.mark.clauses("WL-05", "WL-06", "WL-07", "WL-08", "WL-09", "WL-10")
@pytest.mark.parametrize("letters", REASONS)
def test_every_reason_that_the_document_names_is_one_and_none_goes_without_its_sentence(
    world: World, letters: str
) -> None:
    """AC-15, AC-16."""
    school, (some, others, welfare) = world.school(letters), REASONS[letters]
    assert purposes_offered(school.policy)[:-1] == (*some, *others)
    for purpose in (*some, *others):
        with pytest.raises(Incomplete, match="what the visit is for"):
            school.ask(purpose=purpose, purpose_text="")
        visit = school.ask(purpose=purpose)
        assert (visit.state.purpose, visit.state.safeguarding) == (purpose, purpose in welfare)


@pytest.mark.clauses("SP-10")
def test_a_deputy_dsl_asks_for_a_child_whom_nobody_has_seen_and_says_what_was_tried(world: World) -> None:
    """AC-03."""
    school = world.school("SP")
    tried = "rang the mother at 9:05 and 9:40, the father at 9:50"
    visit = school.ask(by=school.ddsl, purpose="safeguarding_unseen", contacts_tried=tried, on_site_reason="")
    (recorded,) = school.events(visit)
    assert isinstance(recorded.event, VisitRequested)
    assert (recorded.event.contacts_tried, recorded.envelope.role) == (tried, Role.DDSL)
    assert visit.state.safeguarding


@pytest.mark.clauses("SP-13")
def test_the_attendance_officer_finds_a_visit_necessary(world: World) -> None:
    """AC-04."""
    school = world.school("SP")
    visit = school.ask(by=school.officer, purpose="attendance")
    (recorded,) = school.events(visit)
    assert (recorded.envelope.role, visit.state.purpose) == (Role.ATTENDANCE_OFFICER, "attendance")
