"""Who of several is at a door, inside, or has left: as said of all of them, or of some by name."""

from datetime import timedelta

from domain.ids import TripId, VisitId
from domain.shared.commands import Undo
from domain.trip.commands import Depart
from domain.trip.events import StaffDeparted
from domain.visit.commands import Arrive, EnterHome, LeaveProperty
from domain.visit.events import PropertyLeft
from tests.domain.story import Story, staff_id
from tests.domain.test_appointment_and_readiness import ready

ANN, BEN = staff_id("teacher"), staff_id("colleague")


def out() -> tuple[Story, TripId, VisitId]:
    """Two people who left for one door."""
    story, trip = ready()
    story.does(Depart(trip=trip, people=(ANN, BEN)))
    story.now += timedelta(minutes=20)
    return story, trip, story.trip(trip).visits[0]


def test_what_is_said_of_nobody_by_name_is_said_of_all_who_went() -> None:
    story, _, visit = out()
    story.does(Arrive(visit=visit))
    story.does(EnterHome(visit=visit))
    assert (story.visit(visit).arrived_by, story.visit(visit).entered_by) == ((), ())
    story.does(LeaveProperty(visit=visit))
    assert story.visit(visit).left_at == story.now
    assert story.visit(visit).still_there == ()


def test_one_who_went_in_alone_is_named_and_a_second_one_later_is_added() -> None:
    story, _, visit = out()
    story.does(EnterHome(visit=visit, people=(ANN,)), by="office", said_by="teacher")
    assert story.visit(visit).entered_by == (ANN,)
    story.does(EnterHome(visit=visit, people=(BEN,)), by="office", said_by="colleague")
    assert story.visit(visit).entered_by == (ANN, BEN)
    story.does(EnterHome(visit=visit))
    assert story.visit(visit).entered_by == ()


def test_the_house_is_left_when_the_last_of_them_has() -> None:
    story, _, visit = out()
    story.does(EnterHome(visit=visit))
    (left,) = story.does(LeaveProperty(visit=visit, people=(ANN,)), by="office", said_by="teacher")
    assert left == PropertyLeft(people=(ANN,), there=(ANN, BEN))
    assert (story.visit(visit).left_at, story.visit(visit).still_there) == (None, (BEN,))
    story.now += timedelta(minutes=5)
    story.does(LeaveProperty(visit=visit, people=(BEN,)), by="office", said_by="colleague")
    assert (story.visit(visit).left_at, story.visit(visit).still_there) == (story.now, ())


def test_a_departure_from_the_door_that_is_taken_back_leaves_that_person_there() -> None:
    story, _, visit = out()
    story.does(EnterHome(visit=visit))
    story.does(LeaveProperty(visit=visit, people=(ANN,)), by="teacher")
    first = story.log.all[-1].envelope.command_id
    story.does(LeaveProperty(visit=visit, people=(BEN,)), by="colleague")
    assert story.visit(visit).left_at is not None
    story.does(Undo(command=first), by="teacher")
    assert (story.visit(visit).left_at, story.visit(visit).still_there) == (None, (ANN,))


def test_where_only_one_came_to_the_door_that_one_leaving_ends_it() -> None:
    story, _, visit = out()
    story.does(Arrive(visit=visit, people=(ANN,)))
    story.does(LeaveProperty(visit=visit, people=(ANN,)))
    assert story.visit(visit).left_at == story.now


def test_whoever_is_named_at_a_door_is_out_also_where_only_the_other_had_said_so() -> None:
    """Law 4: the timer runs for everybody who is there."""
    story, trip = ready()
    story.does(Depart(trip=trip, people=(ANN,)))
    happened = story.does(Arrive(visit=story.trip(trip).visits[0], people=(ANN, BEN)), by="office", said_by="teacher")
    assert [e.person for e in happened if isinstance(e, StaffDeparted)] == [BEN]
    assert story.trip(trip).out == (ANN, BEN)


def test_only_the_one_who_is_named_sets_out_where_nobody_had_said_that_they_left() -> None:
    story, trip = ready()
    story.does(Arrive(visit=story.trip(trip).visits[0], people=(ANN,)), by="office", said_by="teacher")
    assert story.trip(trip).out == (ANN,)
