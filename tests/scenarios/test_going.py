"""Who's going: alone only where the policy lets one go, and looked at again when they leave. X01, X02, I10."""

import pytest

from domain.policy import Source
from domain.trip.events import ClearanceVoided
from domain.visit.events import ApprovalWithdrawn
from tests.scenarios.harness import World
from tests.scenarios.ready import meet


def test_alone_at_st_patricks_only_with_an_assessment(world: World) -> None:
    """AC-26. SP-17, SP-18, SP-20."""
    school = world.school("SP")
    trip = school.plan_trip(team=(school.teacher,), lone_reason="the other is ill and it cannot wait")
    trip.lodge("school_office")
    trip.visit.approve(school.slt)
    trip.all_as_policy()
    trip.visit.sign(school.head)
    trip.visit.assess(school.slt)
    refused = school.refused(trip.clear)
    assert refused.codes == {"risk.lone_worker"}
    assert refused.clauses == {"SP-20"}
    trip.visit.assess_alone(by=school.slt)
    trip.clear()
    trip.depart()
    assert school.flags(trip) == ()


def test_alone_with_an_assessment_and_no_reason_is_refused(world: World) -> None:
    """AC-26, the twin: why two cannot go is asked for. SP-17, SP-18."""
    school = world.school("SP")
    trip = school.plan_trip(team=(school.teacher,))
    trip.lodge("school_office")
    trip.visit.approve(school.slt)
    trip.visit.sign(school.head)
    trip.visit.assess(school.slt)
    trip.visit.assess_alone(by=school.slt)
    trip.all_as_policy()
    refused = school.refused(trip.clear)
    assert refused.codes == {"team.lone_reason"}
    assert refused.clauses == {"SP-17", "SP-18"}


def test_an_assessment_made_for_another_team_is_made_again(world: World) -> None:
    """AC-26, neighbour: circumstances changed. SP-21, DV-20."""
    school = world.school("SP")
    trip = school.plan_trip(team=(school.teacher, school.colleague))
    trip.lodge("school_office")
    trip.visit.assess_alone(by=school.slt)
    trip.name_team(school.teacher, lone_reason="the other is ill")
    trip.visit.approve(school.slt)
    trip.all_as_policy()
    trip.visit.sign(school.head)
    trip.visit.assess(school.slt)
    assert school.refused(trip.clear).clauses == {"SP-21"}
    trip.visit.assess_alone(by=school.slt)
    trip.clear()


ALONE = {"LJ": {"LJ-35", "LJ-79"}, "WL": {"WL-16"}, "NH": {"NH-13"}, "SC": {"SC-18"}}


@pytest.mark.parametrize("letters", ALONE)
def test_nobody_goes_alone_elsewhere(world: World, letters: str) -> None:
    """AC-27. LJ-35, LJ-79, WL-16, NH-13, SC-18."""
    school = world.school(letters)
    trip = school.ready_trip(team=(school.teacher,), lone_reason="nobody else is free", but="team")
    for visit in trip.visits:
        visit.assess_alone(by=school.slt)
    refused = school.refused(lambda: trip.clear(team__two="nobody else is free"))
    assert refused.codes == {"team.two"}
    assert refused.clauses == ALONE[letters]
    trip.name_team(school.teacher, school.colleague)
    trip.all_as_policy()
    for visit in trip.visits:  # the change took the first yes away
        visit.approve(school.head)
    meet(trip)  # the change took the first yes away, and the assessment
    trip.clear()


@pytest.mark.parametrize(("letters", "counts"), [("LJ", False), ("WL", True), ("NH", True), ("SC", False)])
def test_whether_a_social_worker_counts_as_the_second(world: World, letters: str, *, counts: bool) -> None:
    """AC-27, neighbour. X02: WL-16, NH-28, LJ-35, SC-36."""
    school = world.school(letters)
    trip = school.ready_trip(team=(school.teacher, school.social_worker), but="team")
    if counts:
        trip.clear()
    else:
        assert school.refused(trip.clear).codes == {"team.companion"}


def test_the_second_visitor_rings_in_sick(world: World) -> None:
    """AC-28. NH-13, NH-28, DV-20."""
    school = world.school("NH")
    school.at("12:40")
    trip = school.ready_trip()
    school.at("12:50")
    trip.name_team(school.teacher)
    assert trip.state.cleared_at is None
    fell = {type(r.event) for r in school.events(trip, trip.visit)[-2:]}
    assert fell == {ApprovalWithdrawn, ClearanceVoided}
    assert {"approval.SLT", "team.two"} <= school.refused(trip.clear).codes
    school.at("13:00")
    trip.depart()
    assert trip.state.out == (school.teacher.id,)
    (flag,) = school.flags(trip)
    assert flag.rule == "departure.not_cleared"
    assert "who's going changed" in flag.says
    assert "NH-13" in flag.clauses
    assert "Sam Senior" in school.to_tell("clearance_voided")
    assert "Sam Senior" in school.to_tell("left_without_ok")


def test_one_of_two_cleared_who_goes_alone_all_the_same_is_flagged(world: World) -> None:
    """AC-28, neighbour: nobody told the office, so the clearance still stood. NH-13, I10."""
    school = world.school("NH")
    trip = school.ready_trip()
    school.at("13:00")
    trip.depart(school.teacher)
    assert [(f.rule, f.clauses) for f in school.flags(trip)] == [("departure.team", ("NH-13",))]


def test_another_than_the_one_who_was_cleared_goes(world: World) -> None:
    """AC-28, neighbour: two go, and one of them nobody has looked at. DV-20, I10."""
    school = world.school("NH")
    trip = school.ready_trip()
    trip.depart(school.teacher, school.officer)
    (flag,) = school.flags(trip)
    assert (flag.rule, flag.source) == ("departure.team", Source.DEFAULT)
    assert "Ottoline Officer" in flag.says


def test_the_same_two_named_in_another_order_change_nothing(world: World) -> None:
    """AC-28, the twin. DV-20."""
    school = world.school("NH")
    trip = school.ready_trip()
    trip.name_team(school.colleague, school.teacher)
    assert trip.state.cleared_at is not None
    trip.depart()
    assert school.flags(trip) == ()


def test_a_clearance_moved_to_another_day_is_asked_for_again(world: World) -> None:
    """AC-28, neighbour: time to another day is a material change. DV-20."""
    school = world.school("LJ")
    visit = school.ask()
    trip = school.ready_trip(visit)
    trip.call_off()
    school.at("2026-09-15T08:00")
    tomorrow = school.plan_trip(visit)
    assert "approval.headteacher" in school.refused(tomorrow.clear).codes
    assert "another day" in next(r for r in tomorrow.still_needed if r.code == "approval.headteacher").says


@pytest.mark.clauses("WL-16", "SC-18", "SC-36")
def test_a_social_worker_goes_as_the_second_at_william_lilley_by_the_employers_word_and_not_at_scargill(
    world: World,
) -> None:
    """AC-30. WL-16, SC-18, SC-36."""
    school = world.school("WL")
    trip = school.ready_trip(team=(school.teacher, school.social_worker))
    assert trip.state.cleared_people == (school.teacher.id, school.social_worker.id)
    record = school.known.people[school.social_worker.id].record
    assert all("P. Lark" in check.attested_by for check in record.checks)
    scargill = world.school("SC")
    only_one = scargill.ready_trip(team=(scargill.teacher, scargill.social_worker), but="team")
    refused = scargill.refused(only_one.clear)
    assert refused.codes == {"team.companion"}
    assert {"SC-36"} <= refused.clauses


@pytest.mark.clauses("NH-06", "NH-19")
def test_a_family_that_declines_at_norbury_is_visited_by_nobody_and_chased_by_nobody(world: World) -> None:
    """AC-11. NH-06, NH-19."""
    school = world.school("NH")
    visit = school.ask(purpose="family_support")
    visit.appointment("14:00")
    trip = school.ready_trip(visit, but="none")
    visit.family_declines(by=school.office)
    refused = school.refused(trip.clear)
    assert "family.declined" in refused.codes
    assert refused["family.declined"].clauses == ("NH-06",)
    declined = [r for r in school.looks.exports().pending if r.what == "visit.family_declined.v1"]
    assert [r.visit for r in declined] == [visit.id]
    assert school.looks.exports().system == "CPOMS"
    assert school.looks.told("declined") == ()
