"""What a trip holds while it is open, so that nobody and no door is on two at once. Design section 3."""

from datetime import timedelta

from domain.ids import TripId
from domain.trip.claims import held, person_claim, visit_claim
from domain.trip.commands import CallOffTrip, DangerIsOver, Depart, NameTeam, ReportDanger, ReturnToSchool
from tests.domain.story import Story, staff_id
from tests.domain.test_appointment_and_readiness import ready

TWO = (staff_id("teacher"), staff_id("colleague"))
PEOPLE = frozenset(person_claim(p) for p in TWO)


def test_a_planned_trip_holds_its_doors_and_a_cleared_one_its_people_too() -> None:
    story = Story("leyland")
    trip = story.plan()
    doors = {visit_claim(v) for v in story.trip(trip).visits}
    assert held(story.trip(trip)) == doors
    story, trip = ready()
    doors = {visit_claim(v) for v in story.trip(trip).visits}
    assert held(story.trip(trip)) == doors | PEOPLE


def test_a_clearance_that_fell_lets_the_people_go() -> None:
    story, trip = ready()
    story.does(NameTeam(trip=trip, people=(staff_id("teacher"), staff_id("third"))), by="office")
    assert not held(story.trip(trip)) & PEOPLE


def test_who_leaves_is_held_cleared_or_not_until_all_are_back() -> None:
    story = Story("leyland")
    trip = story.plan()
    story.does(Depart(trip=trip, people=TWO))
    assert held(story.trip(trip)) >= PEOPLE
    story.now += timedelta(minutes=30)
    story.does(ReturnToSchool(trip=trip, people=TWO[:1]))
    assert person_claim(TWO[1]) in held(story.trip(trip))
    story.does(ReturnToSchool(trip=trip, people=TWO[1:]))
    assert held(story.trip(trip)) == frozenset()


def test_a_trip_that_was_called_off_holds_nothing_and_its_door_may_be_planned_again() -> None:
    story, trip = ready()
    visit = story.trip(trip).visits[0]
    story.does(CallOffTrip(trip=trip))
    assert held(story.trip(trip)) == frozenset()
    again = story.plan(visit)
    assert story.log.claims[visit_claim(visit)].id == again


def test_danger_holds_a_trip_open_though_everybody_is_back() -> None:
    story, trip = ready()
    story.does(Depart(trip=trip, people=TWO))
    story.does(ReportDanger(trip=trip))
    story.does(ReturnToSchool(trip=trip, people=TWO))
    assert held(story.trip(trip)) != frozenset()
    story.does(DangerIsOver(trip=trip))
    assert held(story.trip(trip)) == frozenset()


def test_nothing_that_never_was_holds_anything() -> None:
    story = Story("leyland")
    assert held(story.trip(TripId(staff_id("nothing")))) == frozenset()
