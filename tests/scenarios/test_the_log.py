"""The log itself: sent twice is once, and every projection comes out of it the same. DV-09, DV-17."""

from uuid import uuid4

import pytest

from domain.concern.commands import RaiseConcern
from domain.ids import CommandId
from domain.shared.commands import CorrectEvent, Undo
from domain.trip.commands import ClearTrip, Depart
from domain.trip.events import CheckIn, ContactResult, StaffDeparted
from domain.visit.commands import Arrive, RequestVisit
from domain.visit.events import CancelReason, Outcome, SafetyKind
from eventlog.seam import CommandReused
from tests.scenarios.cast import POLICY_OF, PURPOSE_OF
from tests.scenarios.harness import World
from tests.scenarios.school import School


@pytest.mark.parametrize("letters", POLICY_OF)
def test_a_double_click_on_departed_is_one_departure(world: World, letters: str) -> None:
    """AC-112. DV-09."""
    school = world.school(letters)
    trip = school.ready_trip()
    school.at("13:00")
    tap = uuid4()
    going = Depart(trip=trip.id, people=(school.teacher.id,))
    first = school.send(going, by=school.teacher, command_id=tap)
    school.later(seconds=1)
    second = school.send(going, by=school.teacher, command_id=tap)
    assert len([r for r in school.events(trip) if isinstance(r.event, StaffDeparted)]) == 1
    assert second.duplicate
    assert second.recorded == first.recorded, "the answer is the truth of the first"


def test_six_times_at_the_same_moment_is_one_too(world: World) -> None:
    """AC-112, neighbour: the phone tried again while the first was under way. DV-09."""
    school = world.school("WL")
    trip = school.ready_trip()
    tap = uuid4()
    going = Depart(trip=trip.id, people=(school.teacher.id,))
    answers = world.together(*(school.sending(going, by=school.teacher, command_id=tap) for _ in range(6)))
    assert not [a for a in answers if isinstance(a, BaseException)]
    assert len([r for r in school.events(trip) if isinstance(r.event, StaffDeparted)]) == 1


def test_a_plan_sent_twice_is_one_plan(world: World) -> None:
    """AC-112, neighbour: one request, one visit. DV-09."""
    school = world.school("LJ")
    tap = uuid4()
    asked = RequestVisit(
        pupils=(school.child.id,), purpose="attendance", purpose_text="to talk", on_site_reason="they cannot come in"
    )
    first = school.send(asked, by=school.teacher, command_id=tap)
    second = school.send(asked, by=school.teacher, command_id=tap)
    assert second.recorded == first.recorded
    assert len([r for r in school.events() if r.envelope.topic == "visit.requested.v1"]) == 1


def test_a_plan_sent_again_after_the_state_moved_on_is_told_the_truth(world: World) -> None:
    """AC-112, neighbour: a reply was lost, and meanwhile they left. DV-09."""
    school = world.school("LJ")
    trip = school.ready_trip(but="approval")
    trip.visit.approve(school.head)
    tap = uuid4()
    first = school.send(ClearTrip(trip=trip.id), by=school.office, command_id=tap)
    trip.depart()
    second = school.send(ClearTrip(trip=trip.id), by=school.office, command_id=tap)
    assert second.duplicate
    assert second.recorded == first.recorded


def test_the_same_id_with_other_content_is_refused_to_a_plan(world: World) -> None:
    """AC-112, bad input: nothing is stored. DV-09, law 1."""
    school = world.school("LJ")
    tap = uuid4()
    first = RequestVisit(
        pupils=(school.child.id,), purpose="attendance", purpose_text="to talk", on_site_reason="they cannot come in"
    )
    school.send(first, by=school.teacher, command_id=tap)
    before = school.log.head()
    other = RequestVisit(pupils=(school.child.id,), purpose="attendance", purpose_text="something else")
    with pytest.raises(CommandReused):
        school.send(other, by=school.teacher, command_id=tap)
    assert school.log.head() == before


def test_the_same_id_with_other_content_is_a_new_flagged_fact(world: World) -> None:
    """AC-112, bad input: a fact is never lost. Law 1."""
    school = world.school("LJ")
    trip = school.ready_trip()
    trip.depart()
    tap = uuid4()
    school.send(Arrive(visit=trip.visit.id), by=school.teacher, command_id=tap)
    other = Arrive(visit=trip.visit.id, note="by the back door")
    stored = school.send(other, by=school.teacher, command_id=tap)
    assert [r.envelope.topic for r in stored.recorded] == ["visit.arrived.v1", "fact.kept_as_sent.v1"]
    again = school.send(other, by=school.teacher, command_id=tap)
    assert again.duplicate, "and sent once more it is the same one"
    assert len([r for r in school.events(trip.visit) if r.envelope.topic == "visit.arrived.v1"]) == 2


def a_full_history(school: School) -> None:
    """A day with everything in it."""
    purpose = PURPOSE_OF[school.policy_key]
    calm = school.ready_trip(leave="09:00", back_by="10:00")
    school.at("09:00")
    calm.depart()
    calm.visit.arrive()
    calm.check_in(CheckIn.BEFORE_ENTRY, calm.visit)
    calm.visit.enter("parental_responsibility")
    calm.visit.outcome(Outcome.SEEN_SPOKEN)
    calm.visit.left()
    calm.check_in(CheckIn.AFTER_VISIT, calm.visit)
    school.at("09:50")
    calm.back(by=school.office, said_by=school.teacher)
    calm.visit.write_up()
    late = school.ready_trip(school.ask(purpose=purpose, child=school.admit()), leave="11:00", back_by="12:00")
    school.at("11:00")
    late.depart()
    late.visit.no_answer()
    late.visit.cancel(CancelReason.NO_ANSWER)
    late.visit.outcome(Outcome.NO_ANSWER)
    school.at("12:15")
    school.watch()
    late.rang("staff_mobile", school.teacher)
    late.rang("staff_mobile", school.colleague, ContactResult.SPOKE_SAFE, new_time="12:40")
    late.tell_senior(school.slt)
    arrived = late.back()
    event = arrived.recorded[0].envelope.event_id
    school.send(CorrectEvent(event=event, reason="typed late", true_time=school.time("12:14")), by=school.office)
    unsafe = school.ready_trip(school.ask(purpose=purpose, child=school.admit()), leave="13:00", back_by="14:00")
    unsafe.depart(school.teacher)
    unsafe.visit.animal(moved=False)
    unsafe.visit.cancel_for_safety(SafetyKind.ANIMAL, "a dog")
    unsafe.danger("followed to the car")
    school.send(RaiseConcern(visit=unsafe.visit.id, category="safety", text="shouting"), by=school.teacher)
    slip = uuid4()
    school.send(Arrive(visit=unsafe.visit.id), by=school.teacher, command_id=slip)
    school.send(Undo(command=CommandId(slip)), by=school.teacher)
    waiting = school.looks.exports().pending
    if waiting:
        school.looks.export(waiting[:1])
    school.send(Depart(), by=school.colleague)


@pytest.mark.parametrize("letters", POLICY_OF)
def test_all_projections_rebuilt_are_byte_for_byte_the_running_ones(world: World, letters: str) -> None:
    """AC-117. DV-17."""
    school = world.school(letters)
    a_full_history(school)
    running = school.looks.bytes_of_projections()
    assert all(running[name] for name in ("directory", "overdue_board", "notices", "dsl_history"))
    school.looks.rebuild_all()
    assert school.looks.bytes_of_projections() == running
