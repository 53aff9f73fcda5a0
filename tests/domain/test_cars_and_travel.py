"""Cars and travel: what is written down about a car, its insurance on the day, and bus or train."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from domain.ids import TripId, VisitId
from domain.policy import Force, Source
from domain.readiness import readiness
from domain.refusal import Incomplete, NotPermitted, Refused, Requirement
from domain.roles import Role
from domain.staff.commands import GiveUpVehicle, RecordVehicle
from domain.staff.events import VehicleGivenUp, VehicleRegistered
from domain.staff.on_record import Insurance, Vehicle
from domain.trip.commands import AgreeTravel, ClearTrip, Depart, LodgeWhereabouts, PlanTravel
from domain.trip.events import ClearanceVoided, TravelAgreed, TravelPlanned
from tests.domain.story import MONDAY, WHOLE, Story, a_person, staff_id
from tests.ticks import yes_to

TODAY = MONDAY.date()
CORSA = Vehicle(
    registration="QZ12 DWR",
    make="Vauxhall",
    model="Corsa",
    colour="blue",
    insurance=Insurance.BUSINESS,
    insured_until=TODAY,
    maintained=True,
)
SAID: dict[str, Any] = {"make": "Vauxhall", "model": "Corsa", "colour": "blue"}


def with_car(story: Story, name: str, *cars: Vehicle) -> None:
    story.knows(a_person(name, Role.TEACHER, record=replace(WHOLE, vehicles=cars)))


def by_car(policy: str, *cars: Vehicle, travel: str = "by car") -> tuple[Story, ClearTrip]:
    story = Story(policy)
    with_car(story, "colleague", *cars)
    trip = story.plan()
    story.does(PlanTravel(trip=trip, travel=travel))
    return story, ClearTrip(trip=trip)


# What is written down


@pytest.mark.clauses("SP-30", "SC-21")
@pytest.mark.parametrize(
    ("policy", "clause", "who"),
    [("st_patricks", "SP-30", "the office manager"), ("scargill", "SC-21", "the school business manager")],
)
@pytest.mark.parametrize("missing", ["make", "model", "colour"])
def test_a_car_without_a_detail_that_the_school_holds_is_not_put_on_record(
    policy: str, clause: str, who: str, missing: str
) -> None:
    story = Story(policy)
    said = {name: value for name, value in SAID.items() if name != missing}
    with pytest.raises(Refused) as refused:
        story.decides(RecordVehicle(staff=staff_id("teacher"), registration="QZ12 DWR", **said))
    (one,) = refused.value.unmet
    assert (one.code, one.clauses, one.who, one.force) == (f"vehicle.{missing}", (clause,), (who,), Force.MUST)
    (event,) = story.does(RecordVehicle(staff=staff_id("teacher"), registration=" qz12 dwr ", **SAID))
    assert isinstance(event, VehicleRegistered)
    assert event.registration == "QZ12 DWR"


@pytest.mark.clauses("SP-30")
def test_all_the_details_that_are_missing_are_told_at_once() -> None:
    refused = Story("st_patricks").refused(RecordVehicle(staff=staff_id("teacher"), registration="QZ12 DWR"))
    assert set(refused) == {"vehicle.make", "vehicle.model", "vehicle.colour"}


@pytest.mark.parametrize("policy", ["leyland", "william_lilley", "norbury"])
def test_where_no_document_says_who_holds_the_details_none_is_demanded(policy: str) -> None:
    assert Story(policy).does(RecordVehicle(staff=staff_id("teacher"), registration="QZ12 DWR"))


def test_insurance_has_a_kind_and_a_car_a_registration() -> None:
    story = Story("norbury")
    with pytest.raises(Incomplete, match="insurance"):
        story.decides(RecordVehicle(staff=staff_id("teacher"), registration="QZ12 DWR", insured_until=TODAY))
    with pytest.raises(Incomplete, match="registration"):
        story.decides(RecordVehicle(staff=staff_id("teacher"), registration="  "))


def test_anybody_puts_their_own_car_on_record_and_only_the_keepers_another_ones() -> None:
    story = Story("norbury")
    with pytest.raises(NotPermitted):
        story.decides(RecordVehicle(staff=staff_id("colleague"), registration="QZ12 DWR"))
    assert story.does(RecordVehicle(staff=staff_id("colleague"), registration="QZ12 DWR"), by="office")


def test_a_car_is_taken_off_the_record_however_its_registration_is_typed() -> None:
    story = Story("norbury")
    with_car(story, "teacher", CORSA)
    (event,) = story.does(GiveUpVehicle(staff=staff_id("teacher"), registration="qz12dwr"))
    assert event == VehicleGivenUp(registration="QZ12 DWR")
    with pytest.raises(Incomplete):
        story.decides(GiveUpVehicle(staff=staff_id("colleague"), registration="QZ12 DWR"), by="office")


# Insurance


@pytest.mark.clauses("SP-31", "SC-22", "NH-37")
@pytest.mark.parametrize(("policy", "clause"), [("st_patricks", "SP-31"), ("scargill", "SC-22"), ("norbury", "NH-37")])
def test_nobody_goes_by_car_without_insurance_on_record_and_a_reason_does_not_help(policy: str, clause: str) -> None:
    story, clear = by_car(policy)
    one = story.refused(ClearTrip(trip=clear.trip, reasons={"travel.insurance": "a short way"}))["travel.insurance"]
    assert (one.clauses, one.force) == ((clause,), Force.MUST)
    story, clear = by_car(policy, CORSA)
    assert "travel.insurance" not in story.refused(clear)
    story, clear = by_car(policy, replace(CORSA, insured_until=TODAY - timedelta(days=1)))
    assert "ended on 13 September 2026" in story.refused(clear)["travel.insurance"].says


@pytest.mark.clauses("NH-37", "SP-31")
def test_norbury_wants_business_cover_and_st_patricks_any_that_is_in_date() -> None:
    commuting = replace(CORSA, insurance=Insurance.COMMUTING)
    story, clear = by_car("norbury", commuting)
    assert "does not cover journeys for work" in story.refused(clear)["travel.insurance"].says
    story, clear = by_car("st_patricks", commuting)
    assert "travel.insurance" not in story.refused(clear)


@pytest.mark.parametrize("policy", ["leyland", "william_lilley"])
def test_where_the_document_is_silent_on_insurance_business_cover_is_advised(policy: str) -> None:
    story, clear = by_car(policy)
    assert "travel.insurance" not in story.refused(clear)
    (one,) = advised(story, clear, "travel.insurance")
    assert (one.source, one.clauses) == (Source.DEFAULT, ())


@pytest.mark.clauses("WL-50")
def test_william_lilley_hears_that_nobody_said_that_the_car_is_maintained_and_is_not_stopped() -> None:
    story, clear = by_car("william_lilley", replace(CORSA, maintained=False))
    (one,) = advised(story, clear, "travel.maintained")
    assert one.clauses == ("WL-50",)
    story, clear = by_car("william_lilley", CORSA)
    assert advised(story, clear, "travel.maintained") == []


def advised(story: Story, clear: ClearTrip, code: str) -> list[Requirement]:
    trip = story.trip(clear.trip)
    visits = [story.visit(visit) for visit in trip.visits]
    return [
        r
        for r in readiness(story.policy, trip, visits, story.people, {}, story.pupils)
        if r.code == code and not r.refuses
    ]


@pytest.mark.clauses("SP-31")
def test_the_drivers_car_counts_where_a_driver_is_named_and_else_anybodys_who_goes() -> None:
    story, clear = by_car("st_patricks", CORSA)
    assert "travel.insurance" not in story.refused(clear)
    story.does(PlanTravel(trip=clear.trip, travel="by car", driver=staff_id("teacher")))
    assert "Teacher's car is not on record" in story.refused(clear)["travel.insurance"].says
    with pytest.raises(Incomplete, match="driver"):
        story.decides(PlanTravel(trip=clear.trip, travel="by car", driver=staff_id("office")))


@pytest.mark.parametrize("travel", ["on foot", "by taxi", "the school's car", ""])
def test_whoever_does_not_go_in_their_own_car_needs_none(travel: str) -> None:
    story = Story("st_patricks")
    trip = story.plan()
    if travel:
        story.does(PlanTravel(trip=trip, travel=travel))
    assert "travel.insurance" not in story.refused(ClearTrip(trip=trip))


# Bus and train


@pytest.mark.clauses("NH-45")
def test_norbury_goes_by_bus_only_once_a_member_of_slt_has_agreed() -> None:
    """AC-35."""
    story, clear = by_car("norbury", travel="by bus")
    one = story.refused(clear)["travel.agreed"]
    assert (one.clauses, one.who) == (("NH-45",), ("a member of SLT",))
    assert story.does(AgreeTravel(trip=clear.trip), by="slt") == (TravelAgreed(way="by bus"),)
    assert "travel.agreed" not in story.refused(clear)
    assert story.does(AgreeTravel(trip=clear.trip), by="head") == ()
    story.does(PlanTravel(trip=clear.trip, travel="by train"))
    assert "travel.agreed" in story.refused(clear), "what was agreed to was the bus"


@pytest.mark.clauses("NH-45")
def test_a_bus_that_nobody_agreed_to_is_taken_down_and_noted_on_leaving() -> None:
    story, clear = by_car("norbury", travel="by bus")
    story.does(Depart(trip=clear.trip, people=(staff_id("teacher"), staff_id("colleague"))))
    assert any("NH-45" in one.clauses and "public transport" in one.says for one in story.deviations())


@pytest.mark.parametrize("policy", ["st_patricks", "leyland", "william_lilley", "scargill"])
def test_elsewhere_the_bus_is_advised_against_until_slt_agrees_and_stops_nobody(policy: str) -> None:
    story, clear = by_car(policy, travel="by bus")
    assert "travel.agreed" not in story.refused(clear)
    assert len(advised(story, clear, "travel.agreed")) == 1


def test_another_way_to_travel_voids_the_clearance_and_the_same_way_changes_nothing() -> None:
    story = Story("leyland")
    trip = story.plan()
    (visit,) = story.trip(trip).visits
    assert story.does(PlanTravel(trip=trip, travel="on foot")) == (TravelPlanned(travel="on foot"),)
    assert story.does(PlanTravel(trip=trip, travel="on foot")) == ()
    clear(story, trip, visit)
    planned, voided = story.does(PlanTravel(trip=trip, travel="by taxi"))
    assert isinstance(planned, TravelPlanned)
    assert voided == ClearanceVoided(why="how they travel changed")


def clear(story: Story, trip: TripId, visit: VisitId) -> None:
    story.does(yes_to(visit), by="head")
    story.assesses(visit)
    story.does(LodgeWhereabouts(trip=trip, holder="school_office", told=staff_id("office")))
    story.prepared(trip)
    story.does(ClearTrip(trip=trip))
