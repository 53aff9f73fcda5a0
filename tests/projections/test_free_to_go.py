"""Whoever is out, or OK to go, on another trip stands in the one list before "OK to go" is pressed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from domain.ids import TripId, VisitId
from domain.refusal import Refused, Requirement
from domain.shared.commands import Undo
from domain.trip.commands import (
    CallOffTrip,
    ClearTrip,
    ConfirmChecks,
    Depart,
    LodgeWhereabouts,
    NameTeam,
    ReturnToSchool,
)
from domain.visit.commands import AssessRisk, CheckBackground, ConfirmAppointment, OverseeRisk
from domain.visit.rules.background import all_of_it
from eventlog.settings import DatabaseUrls
from projections.overdue_board import board
from projections.trips import one_trip
from projections.views import reading
from tests.domain.story import SETTLED
from tests.planning_example import School, opened
from tests.projections.reading_visits import planned
from tests.ticks import yes_to

CODE = "person.on_another_trip"


@pytest.fixture
def leyland(database_urls: DatabaseUrls) -> Iterator[School]:
    with opened(database_urls, "leyland") as school:
        yield school


def made_ready(school: School, visit: VisitId, trip: TripId) -> None:
    """All but "OK to go"."""
    school.send("head", yes_to(visit))
    school.send("teacher", AssessRisk(visit=visit))
    school.send("dsl", OverseeRisk(visit=visit))
    when = school.now + timedelta(minutes=45)
    school.send("office", ConfirmAppointment(visit=visit, appointment_at=when, **SETTLED))
    for holder in ("school_office", "line_manager"):
        school.send("office", LodgeWhereabouts(trip=trip, holder=holder, told=school.staff["office"]))
    looked_up, spared = all_of_it(school.directory().policy_at(school.now))
    school.send("office", CheckBackground(visit=visit, looked_up=looked_up, not_needed=spared))
    school.send("office", ConfirmChecks(trip=trip))


def clash(school: School, visit: VisitId) -> Requirement | None:
    """What the visit's page says about people who are on another trip."""
    return next((n for n in planned(school, visit).needs if n.code == CODE), None)


def headline(school: School, trip: TripId) -> str:
    """What the board says of a trip."""
    school.caught_up()
    with reading(school.store, school.slug) as view:
        lines = board(view, school.directory(), school.now).lines
    return next(line.headline for line in lines if line.trip == str(trip))


def two_trips(school: School) -> tuple[VisitId, TripId, VisitId, TripId]:
    """One trip that is OK to go, and another for the same people that lacks nothing else."""
    first, first_trip = school.ask("teacher")
    made_ready(school, first, first_trip)
    second, second_trip = school.ask("teacher", "leo")
    made_ready(school, second, second_trip)
    assert clash(school, second) is None
    assert headline(school, second_trip) == "Leaves at 09:00: ready for OK to go"
    school.send("office", ClearTrip(trip=first_trip))
    return first, first_trip, second, second_trip


def test_somebody_who_is_ok_to_go_on_another_trip_is_listed_before_ok_to_go_is_pressed(leyland: School) -> None:
    first, _, second, second_trip = two_trips(leyland)
    found = clash(leyland, second)
    assert found is not None
    assert found.refuses
    assert found.says == (
        "Amira Khan is already OK to go on another trip at 09:00; Tom Ashworth is already OK to go on another trip at"
        " 09:00: call that one off, or send another"
    )
    assert found.who == ("a member of senior staff", "the school office")
    assert clash(leyland, first) is None
    assert headline(leyland, second_trip) == "Leaves at 09:00: 1 thing still needed"
    with reading(leyland.store, leyland.slug) as view:
        trip = one_trip(view, leyland.directory(), leyland.now, second_trip)
    assert trip is not None
    assert found in trip.needs


def test_the_gate_refuses_with_the_same_sentence_beside_all_else_that_is_needed(leyland: School) -> None:
    _, _, second, second_trip = two_trips(leyland)
    shown = clash(leyland, second)
    third, third_trip = leyland.ask("teacher", "noah")
    for trip in (second_trip, third_trip):
        with pytest.raises(Refused) as refused:
            leyland.send("office", ClearTrip(trip=trip))
        assert shown in refused.value.unmet
        assert {n for n in planned(leyland, second if trip == second_trip else third).needs if n.refuses} == {
            n for n in refused.value.unmet if n.refuses
        }


def test_who_is_out_is_said_to_be_out_and_is_free_again_once_back(leyland: School) -> None:
    _, first_trip, second, second_trip = two_trips(leyland)
    team = (leyland.staff["attendance"], leyland.staff["teacher"])
    leyland.send("teacher", Depart(trip=first_trip, people=team))
    leyland.send("attendance", ReturnToSchool(trip=first_trip, people=team[:1]))
    found = clash(leyland, second)
    assert found is not None
    assert "Tom Ashworth is already out on another trip, due back at 10:20" in found.says
    assert found.says.endswith("say first that they are back, or send another")
    leyland.send("teacher", ReturnToSchool(trip=first_trip, people=team[1:]))
    assert clash(leyland, second) is None
    leyland.send("office", ClearTrip(trip=second_trip))


def test_calling_the_other_trip_off_or_sending_another_meets_it(leyland: School) -> None:
    _, first_trip, second, second_trip = two_trips(leyland)
    others = (leyland.staff["dsl"], leyland.staff["slt"])
    leyland.send("office", NameTeam(trip=second_trip, people=others))
    assert clash(leyland, second) is None
    leyland.send("office", NameTeam(trip=second_trip, people=(leyland.staff["teacher"], others[0])))
    assert clash(leyland, second) is not None
    leyland.send("office", CallOffTrip(trip=first_trip))
    assert clash(leyland, second) is None


def test_a_return_that_is_taken_back_holds_the_person_again(leyland: School) -> None:
    _, first_trip, second, _ = two_trips(leyland)
    team = (leyland.staff["attendance"], leyland.staff["teacher"])
    leyland.send("teacher", Depart(trip=first_trip, people=team))
    back = leyland.send("teacher", ReturnToSchool(trip=first_trip, people=team))
    assert clash(leyland, second) is None
    leyland.send("teacher", Undo(command=back.recorded[0].envelope.command_id))
    assert clash(leyland, second) is not None
