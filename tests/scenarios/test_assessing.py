"""Risk assessments in each school's own form, overseen, and what a high risk leads to. X17, X18, X38."""

import pytest

from domain.policy import Force
from domain.refusal import Refused
from domain.visit.events import RiskAssessed, VisitRefused
from domain.visit.rules.risk_form import columns
from tests.scenarios.harness import World


@pytest.mark.clauses("SP-24", "LJ-16", "LJ-34", "LJ-74")
def test_a_teachers_assessment_is_slts_at_st_patricks_and_waits_for_somebody_senior_at_leyland(world: World) -> None:
    """AC-36. SP-24, LJ-16, LJ-34, LJ-74."""
    school = world.school("SP")
    trip = school.ready_trip(but="risk")
    trip.visit.assess(school.teacher)
    assert school.refused(trip.clear).codes == {"risk.assessed"}
    assert school.refused(trip.clear).clauses == {"SP-24"}
    trip.visit.assess(school.slt)
    trip.clear()

    school = world.school("LJ")
    trip = school.ready_trip(but="risk")
    event = trip.visit.assess(school.teacher).recorded[0].event
    assert isinstance(event, RiskAssessed)
    assert len(columns(school.policy)) == 7
    assert [row["hazard"] for row in event.sheet][:2] == ["aggression", "car_accident"]
    assert school.refused(trip.clear).clauses == {"LJ-16"}
    trip.visit.oversee(school.dsl)
    trip.clear()


@pytest.mark.clauses("NH-22")
def test_at_norbury_no_assessment_is_a_should_that_a_reason_answers(world: World) -> None:
    """AC-38. NH-22."""
    school = world.school("NH")
    trip = school.ready_trip(but="risk")
    refused = school.refused(trip.clear)
    assert refused.codes == {"risk.assessed"}
    assert refused["risk.assessed"].force is Force.SHOULD
    trip.clear(risk__assessed="known to us for years")
    assert [flag.rule for flag in school.flags(trip)] == ["without.risk_rule"]


@pytest.mark.clauses("NH-26", "NH-27")
def test_at_norbury_a_risk_of_violence_means_telephone_post_school_or_a_public_place(world: World) -> None:
    """AC-13. NH-26, NH-27."""
    school = world.school("NH")
    trip = school.ready_trip(but="risk")
    trip.visit.assess(school.teacher, sheet=({"violence_risk": "found", "measures": "none that would do"},))
    trip.visit.approve(school.slt)
    refused = school.refused(trip.clear)
    assert refused.codes == {"risk.high"}
    for choice in ("ring", "write", "into school", "public place"):
        assert choice in refused["risk.high"].says
    trip.clear(risk__high="the social worker goes along")


@pytest.mark.clauses("LJ-18")
def test_at_leyland_a_visit_of_high_risk_is_turned_down_with_the_reason(world: World) -> None:
    """AC-25. LJ-18."""
    school = world.school("LJ")
    trip = school.ready_trip(but="approval")
    trip.visit.assess(school.teacher, level="high", different_today="threats were made on Friday")
    with pytest.raises(Refused, match=r"risk\.high"):
        trip.visit.approve(school.head)
    event = trip.visit.refuse(school.head, "threats were made").recorded[0].event
    assert isinstance(event, VisitRefused)
    assert event.reason == "threats were made"
