"""A visit put down to the wrong child leaves that child's chronology, and says what to take back."""

import msgspec
import pytest

from domain.concern.commands import RaiseConcern
from domain.concern.events import ConcernRaised
from domain.ids import PupilId
from domain.school.commands import ExportRecords, TakeBackExport
from domain.shared.commands import CorrectEvent
from domain.visit.commands import DecideForChild, MoveVisitToPupil
from domain.visit.events import NotSeenDecision, Outcome, VisitMovedToPupil, VisitRequested
from tests.projections.desk import Desk, concern_of, only
from tests.scenarios.cast import Child
from tests.scenarios.doors import Visit
from tests.scenarios.harness import World


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world.school("SP"))


def move(desk: Desk, visit: Visit, wrong: Child, right: Child) -> None:
    command = MoveVisitToPupil(visit=visit.id, wrong=wrong.id, right=right.id, why="the cousin has the same name")
    desk.school.send(command, by=desk.school.office)


def test_the_wrong_childs_chronology_keeps_only_the_neutral_line(desk: Desk) -> None:
    school, wrong, right = desk.school, desk.school.child, desk.school.admit()
    visit = school.ask(child=wrong)
    before = school.now
    school.later(minutes=10)
    move(desk, visit, wrong, right)
    for known_at in (None, before, school.now):
        chronology = desk.chronology(wrong, known_at)
        assert str(visit.id) not in {line.stream_id for line in chronology.lines}
        assert chronology.visits == ()
    (away,) = desk.chronology(wrong).moved_away
    assert (away.moved_at, away.by.name, away.take_back) == (school.now, "Fran Front", ())


def test_the_right_child_has_the_whole_visit_and_had_nothing_before_the_move(desk: Desk) -> None:
    school, wrong, right = desk.school, desk.school.child, desk.school.admit()
    visit = school.ask(child=wrong)
    visit.outcome(Outcome.NO_ANSWER, wrong)
    school.send(RaiseConcern(visit=visit.id, pupils=(wrong.id,), text="a bruise"), by=school.teacher)
    before = school.now
    school.later(minutes=10)
    move(desk, visit, wrong, right)
    assert desk.chronology(right, before).visits == ()
    now = desk.chronology(right)
    assert [(v.visit, v.moved_here) for v in now.visits] == [(visit.id, True)]
    asked = only(now.lines, VisitRequested).event
    assert isinstance(asked, VisitRequested)
    assert (asked.pupils, asked.address) == ((right.id,), "2 Beech Lane")
    assert [(m.visit, m.by.name) for m in now.moved_here] == [(visit.id, "Fran Front")]
    assert str(wrong.id) not in msgspec.json.encode(now).decode()
    assert isinstance(only(desk.history(visit).lines, VisitMovedToPupil).event, VisitMovedToPupil)


def test_a_concern_raised_before_the_move_goes_with_the_visit_and_one_about_the_child_itself_stays(desk: Desk) -> None:
    school, wrong, right = desk.school, desk.school.child, desk.school.admit()
    visit = school.ask(child=wrong)
    school.send(RaiseConcern(visit=visit.id, text="a bruise"), by=school.teacher)
    school.send(RaiseConcern(pupils=(wrong.id,), text="hungry in class"), by=school.teacher)
    move(desk, visit, wrong, right)
    assert [c.text for c in desk.chronology(wrong).concerns] == ["hungry in class"]
    assert [c.text for c in desk.chronology(right).concerns] == ["a bruise"]
    shown = {c.text: [p.name for p in c.pupils] for c in desk.concerns().open}
    assert shown == {"a bruise": [right.name], "hungry in class": [wrong.name]}


def test_a_concern_that_names_no_child_is_with_every_child_of_its_door(desk: Desk) -> None:
    school, sibling = desk.school, desk.school.admit()
    visit = school.ask(pupils=(school.child.id, sibling.id))
    school.send(RaiseConcern(visit=visit.id, child_described="the younger one"), by=school.teacher)
    for child in (school.child, sibling):
        assert isinstance(only(desk.chronology(child).lines, ConcernRaised).event, ConcernRaised)


def test_exports_under_the_wrong_child_are_listed_until_somebody_took_them_back(desk: Desk) -> None:
    school, wrong, right = desk.school, desk.school.child, desk.school.admit()
    visit = school.ask(child=wrong)
    concern = concern_of(school.send(RaiseConcern(visit=visit.id, text="a bruise"), by=school.teacher))
    about_visit, about_concern = f"visit.{visit.id}.{wrong.id}", f"concern.{concern}.{wrong.id}"
    other = f"visit.{school.ask(child=wrong).id}.{wrong.id}"
    keys = (about_visit, about_concern, other)
    export = ExportRecords(system="CPOMS", how="pasted", keys=keys, pupils=(PupilId(wrong.id),), reference="C-17")
    school.send(export, by=school.dsl)
    assert desk.history(visit).take_back == ()
    move(desk, visit, wrong, right)
    assert {e.key for e in desk.history(visit).take_back} == {about_visit, about_concern}
    (away,) = desk.chronology(wrong).moved_away
    assert {e.key for e in away.take_back} == {about_visit, about_concern}
    assert {e.reference for e in away.take_back} == {"C-17"}
    school.send(TakeBackExport(key=about_visit, why="wrong child"), by=school.office)
    assert {e.key for e in desk.history(visit).take_back} == {about_concern}


def test_a_move_that_was_itself_a_mistake_brings_the_visit_back(desk: Desk) -> None:
    school, child, other = desk.school, desk.school.child, desk.school.admit()
    visit = school.ask(child=child)
    move(desk, visit, child, other)
    moved = only(desk.history(visit).lines, VisitMovedToPupil).event_id
    school.send(CorrectEvent(event=moved, reason="it was Alex after all", retracts=True), by=school.dsl)
    assert [v.visit for v in desk.chronology(child).visits] == [visit.id]
    assert desk.chronology(child).moved_away == ()
    assert desk.chronology(other).visits == ()


def test_a_visit_taken_back_stays_visible_struck_through(desk: Desk) -> None:
    school = desk.school
    visit = school.ask()
    asked = only(desk.history(visit).lines, VisitRequested)
    desk.take_back(asked.event_id, school.dsl)
    line = only(desk.chronology(school.child).lines, VisitRequested)
    assert line.taken_back
    assert desk.history(visit).visit.pupils == ()


def test_what_was_decided_for_a_child_moves_with_the_visit(desk: Desk) -> None:
    school, wrong, right = desk.school, desk.school.child, desk.school.admit()
    visit = school.ask(child=wrong)
    visit.outcome(Outcome.NO_ANSWER)
    decide = DecideForChild(visit=visit.id, pupil=wrong.id, decision=NotSeenDecision.TRY_AGAIN, why="both at work")
    school.send(decide, by=school.dsl)
    move(desk, visit, wrong, right)
    (decided,) = desk.not_seen().decided
    assert (decided.pupil, decided.decision, desk.not_seen().undecided) == (right.id, NotSeenDecision.TRY_AGAIN, ())
    assert visit.state.undecided == ()


def test_family_changes_are_in_a_chronology_and_another_childs_are_not(desk: Desk) -> None:
    school, other = desk.school, desk.school.admit()
    streams = {line.stream_id for line in desk.chronology(school.child).lines}
    assert streams == {str(school.child.id)}
    assert str(other.id) not in streams


def test_a_concern_about_another_doors_child_on_the_same_trip_is_not_in_this_history(desk: Desk) -> None:
    school, other = desk.school, desk.school.admit()
    here, there = school.ask(), school.ask(child=other)
    trip = school.ready_trip(here, there)
    trip.depart()
    school.send(RaiseConcern(trip=trip.id, pupils=(other.id,), text="a bruise"), by=school.teacher)
    assert desk.history(here).concerns == ()
    assert [c.text for c in desk.history(there).concerns] == ["a bruise"]
