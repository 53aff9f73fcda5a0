"""Concerns and how long they waited; children found alone; deviations, whose they are and who looked."""

import pytest

from domain.concern.commands import ActionConcern, RaiseConcern
from domain.policy import Source
from domain.shared.commands import CorrectEvent, ExplainDeviation, ReviewHistory
from domain.trip.commands import Depart
from domain.visit.commands import ChildNotAlone
from tests.projections.desk import Desk, concern_of, first_id
from tests.scenarios.harness import World


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world.school("SP"))


def test_a_concern_with_nothing_filled_in_and_no_visit_is_open(desk: Desk) -> None:
    desk.school.send(RaiseConcern(), by=desk.school.teacher)
    (concern,) = desk.concerns().open
    assert (concern.pupils, concern.visit, concern.text, concern.raised_by.name) == ((), None, "", "Tess Teacher")


def test_acting_on_it_closes_it_and_says_how_long_it_waited(desk: Desk) -> None:
    school = desk.school
    concern = concern_of(school.send(RaiseConcern(pupils=(school.child.id,), text="a bruise"), by=school.teacher))
    school.later(minutes=20)
    school.send(ActionConcern(concern=concern, action="rang the family", why="ask first", closes=False), by=school.dsl)
    (still,) = desk.concerns().open
    assert (still.lag_seconds, still.actioned_at) == (20 * 60, None)
    school.later(minutes=10)
    school.send(ActionConcern(concern=concern, action="referred to social care", why="no answer"), by=school.ddsl)
    assert desk.concerns().open == ()
    (done,) = desk.concerns().actioned
    assert (done.lag_seconds, done.actioned_at, [a.by.name for a in done.actions]) == (
        20 * 60,
        school.now,
        ["Dora Dessel", "Dinah Deputy"],
    )


def test_one_said_by_telephone_names_who_typed_it(desk: Desk) -> None:
    desk.school.send(RaiseConcern(text="a bruise"), by=desk.school.office, said_by=desk.school.teacher)
    (concern,) = desk.concerns().open
    assert concern.typed_by is not None
    assert (concern.raised_by.name, concern.typed_by.name) == ("Tess Teacher", "Fran Front")


def test_a_concern_raised_by_mistake_waits_for_nobody_and_stands_again_if_that_was_the_mistake(desk: Desk) -> None:
    school = desk.school
    raised = first_id(school.send(RaiseConcern(text="a bruise"), by=school.teacher))
    correction = desk.take_back(raised, school.teacher)
    assert desk.concerns().open == ()
    assert [c.taken_back for c in desk.concerns().actioned] == [True]
    desk.take_back(correction, school.teacher)
    assert [c.text for c in desk.concerns().open] == ["a bruise"]


def test_a_child_found_alone_is_shown_until_in_safe_hands(desk: Desk) -> None:
    school = desk.school
    visit = school.ask()
    visit.child_alone()
    (alone,) = desk.alone()
    assert (alone.open, [p.name for p in alone.pupils], alone.by.name) == (True, [school.child.name], "Tess Teacher")
    school.later(minutes=12)
    school.send(ChildNotAlone(visit=visit.id), by=school.teacher)
    (alone,) = desk.alone()
    assert (alone.open, alone.over_at) == (False, school.now)


def test_not_as_policy_names_the_clause_and_silence_of_the_policy_is_only_advice(desk: Desk) -> None:
    trip = desk.school.plan_trip()
    trip.depart()
    found = desk.deviations()
    (not_cleared,) = [d for d in found.not_as_policy if d.rule == "departure.not_cleared"]
    assert not_cleared.clauses
    assert (not_cleared.visit, not_cleared.trip) == (trip.visit.id, trip.id)
    assert (not_cleared.person.name, [p.name for p in not_cleared.pupils]) == ("Tess Teacher", [desk.school.child.name])
    assert all(d.source is Source.DEFAULT for d in found.advice)
    assert all(d.source is not Source.DEFAULT for d in found.not_as_policy)


def test_advice_is_apart(world: World) -> None:
    desk = Desk(world.school("SC"))
    trip = desk.school.ready_trip()
    trip.depart()
    trip.visit.arrive()
    trip.visit.enter(adult="none", invited=False)
    found = desk.deviations()
    assert {d.rule for d in found.advice} >= {"entry.invited"}
    assert all(not d.clauses for d in found.advice)


def test_a_reason_added_stands_beside_it(desk: Desk) -> None:
    school = desk.school
    school.plan_trip().depart()
    (noted, *_) = desk.deviations().not_as_policy
    school.send(ExplainDeviation(event=noted.event, reason="the head said go on the telephone"), by=school.teacher)
    (noted, *_) = [d for d in desk.deviations().not_as_policy if d.event == noted.event]
    assert [(w.reason, w.by.name) for w in noted.whys] == [("the head said go on the telephone", "Tess Teacher")]


def test_a_review_of_the_visit_looks_at_what_came_before_it_and_at_nothing_after(desk: Desk) -> None:
    school = desk.school
    trip = school.plan_trip()
    trip.depart()
    school.send(ReviewHistory(visit=trip.visit.id), by=school.dsl)
    found = desk.deviations()
    assert found.not_as_policy == ()
    assert {d.reviewed_by.name for d in found.reviewed if d.reviewed_by} == {"Dora Dessel"}
    trip.visit.enter(adult="none")
    assert "entry.adult" in {d.rule for d in desk.deviations().not_as_policy}


def test_a_departure_that_belongs_to_no_visit_can_be_reviewed_too(desk: Desk) -> None:
    school = desk.school
    school.send(Depart(), by=school.teacher)
    (noted, *_) = (*desk.deviations().not_as_policy, *desk.deviations().advice)
    assert (noted.visit, noted.trip is not None) == (None, True)
    school.send(ReviewHistory(trip=noted.trip), by=school.dsl)
    found = desk.deviations()
    assert (found.not_as_policy, found.advice) == ((), ())


def test_a_deviation_whose_fact_never_happened_no_longer_stands_and_comes_back_with_it(desk: Desk) -> None:
    school = desk.school
    trip = school.ready_trip()
    trip.depart()
    entered = first_id(trip.visit.enter(adult="none"))
    assert "entry.adult" in {d.rule for d in desk.deviations().not_as_policy}
    taken = school.send(CorrectEvent(event=entered, reason="they stayed outside", retracts=True), by=school.dsl)
    assert "entry.adult" not in {d.rule for d in desk.deviations().not_as_policy}
    desk.take_back(first_id(taken), school.dsl)
    assert "entry.adult" in {d.rule for d in desk.deviations().not_as_policy}
