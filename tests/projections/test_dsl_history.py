"""The history of a visit: whose word, both times, corrections beside what they correct, and what was known when."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.concern.commands import RaiseConcern
from domain.concern.events import ConcernRaised
from domain.ids import EventId, StreamKind
from domain.policy import Source
from domain.shared.commands import ConfirmSpokenWord, DisownSpokenWord, ExplainDeviation, ReviewHistory, Undo
from domain.trip.events import StaffDeparted, TripPlanned
from domain.visit.commands import Arrive
from domain.visit.events import HomeEntered, NoAnswerAtDoor, Outcome, StaffArrived, VisitApproved, VisitRequested
from projections.dsl_history import VisitHistory
from projections.history_lines import LATE
from tests.projections.desk import Desk, first_id, only, unknown_visit
from tests.scenarios.doors import Trip
from tests.scenarios.harness import World


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world.school("SP"))


def out(desk: Desk) -> Trip:
    """A trip that left at one, at twenty to two."""
    trip = desk.school.ready_trip()
    desk.school.at("13:00")
    trip.depart()
    desk.school.at("13:40")
    return trip


def test_the_trips_events_stand_beside_the_visits_own_in_the_order_things_happened(desk: Desk) -> None:
    trip = out(desk)
    trip.visit.arrive()
    lines = desk.history(trip.visit).lines
    assert {VisitRequested, TripPlanned, StaffDeparted, StaffArrived} <= {type(line.event) for line in lines}
    assert [line.occurred_at for line in lines] == sorted(line.occurred_at for line in lines)
    assert isinstance(lines[-1].event, StaffArrived)
    assert desk.history(trip.visit).trips[0].id == trip.id


def test_another_visits_trip_is_not_in_it(desk: Desk) -> None:
    mine, other = desk.school.ready_trip(), desk.school.plan_trip(team=(desk.school.head, desk.school.slt))
    assert {line.stream_id for line in desk.history(mine.visit).lines} == {str(mine.id), str(mine.visit.id)}
    assert str(other.id) not in {line.stream_id for line in desk.history(mine.visit).lines}


@pytest.mark.parametrize(("said", "late"), [("13:38", False), ("13:37", True)])
def test_over_two_minutes_between_both_times_is_late_and_placed_where_it_happened(
    desk: Desk, said: str, *, late: bool
) -> None:
    trip = out(desk)
    trip.visit.arrive(at=said)
    line = only(desk.history(trip.visit).lines, StaffArrived)
    assert (line.late, line.recorded_at - line.occurred_at <= LATE) == (late, not late)
    assert line.occurred_at == desk.school.time(said)
    assert line.recorded_at == desk.school.time("13:40")


def test_what_a_phone_had_queued_is_late_however_short_it_was(desk: Desk) -> None:
    trip = out(desk)
    desk.from_a_phone(Arrive(visit=trip.visit.id), desk.school.teacher, at="13:39", device_at="13:39")
    assert only(desk.history(trip.visit).lines, StaffArrived).late


def test_a_tap_that_the_phone_could_send_at_once_is_not_late(desk: Desk) -> None:
    trip = out(desk)
    desk.from_a_phone(Arrive(visit=trip.visit.id), desk.school.teacher, at="13:39:51", device_at="13:39:51")
    assert not only(desk.history(trip.visit).lines, StaffArrived).late


def test_a_word_said_by_telephone_names_both_people_and_waits_to_be_confirmed(desk: Desk) -> None:
    school = desk.school
    visit = school.ask()
    stored = visit.approve(school.office, said_by=school.head)
    approved = only(desk.history(visit).lines, VisitApproved)
    assert (approved.by.name, approved.said_by and approved.said_by.by.name) == ("Fran Front", "Hilda Head")
    assert approved.said_by is not None
    assert (approved.said_by.state, approved.said_by.past_day) == ("awaiting", False)
    school.later(days=1)
    spoken = only(desk.history(visit).lines, VisitApproved).said_by
    assert spoken is not None
    assert spoken.past_day
    school.send(ConfirmSpokenWord(event=first_id(stored)), by=school.head)
    spoken = only(desk.history(visit).lines, VisitApproved).said_by
    assert spoken is not None
    assert spoken.state == "confirmed"


def test_a_disowned_word_says_so_and_why(desk: Desk) -> None:
    school = desk.school
    visit = school.ask()
    stored = visit.approve(school.office, said_by=school.head)
    school.send(DisownSpokenWord(event=first_id(stored), reason="I was on a train"), by=school.head)
    spoken = only(desk.history(visit).lines, VisitApproved).said_by
    assert spoken is not None
    assert (spoken.state, spoken.reason) == ("disowned", "I was on a train")


def test_a_deviation_and_its_reason_stand_beside_the_fact_it_speaks_of(desk: Desk) -> None:
    trip = out(desk)
    trip.visit.arrive()
    trip.visit.enter(adult="other_adult")
    entered = only(desk.history(trip.visit).lines, HomeEntered)
    about_adult = next(d for d in entered.deviations if d.rule == "entry.adult")
    assert about_adult.source is not Source.DEFAULT
    school = desk.school
    school.send(ExplainDeviation(event=about_adult.event_id, reason="Gran has the children"), by=school.teacher)
    again = only(desk.history(trip.visit).lines, HomeEntered)
    (why,) = next(d for d in again.deviations if d.rule == "entry.adult").explanations
    assert (why.reason, why.by.name) == ("Gran has the children", "Tess Teacher")


def test_a_correction_stands_beside_what_it_corrects_and_both_stay_visible(desk: Desk) -> None:
    trip = out(desk)
    arrived = first_id(trip.visit.arrive())
    desk.take_back(arrived, desk.school.dsl)
    history = desk.history(trip.visit)
    line = only(history.lines, StaffArrived)
    assert line.taken_back
    assert [(c.takes_back, c.reason, c.by.name) for c in line.corrections] == [
        (True, "tapped by mistake", "Dora Dessel")
    ]
    assert history.visit.arrived_at is None


def test_a_correction_of_a_correction_brings_the_event_back(desk: Desk) -> None:
    trip = out(desk)
    arrived = first_id(trip.visit.arrive())
    correction = desk.take_back(arrived, desk.school.dsl)
    desk.take_back(correction, desk.school.dsl, "it did happen")
    history = desk.history(trip.visit)
    line = only(history.lines, StaffArrived)
    assert not line.taken_back
    assert [c.undone for c in line.corrections] == [True, False]
    assert history.visit.arrived_at == desk.school.time("13:40")


def test_a_true_time_places_the_event_there_and_the_first_one_stays_beside_it(desk: Desk) -> None:
    trip = out(desk)
    arrived = first_id(trip.visit.arrive())
    desk.truly(arrived, "13:20", desk.school.dsl)
    line = only(desk.history(trip.visit).lines, StaffArrived)
    assert (line.occurred_at, line.stated_at) == (desk.school.time("13:20"), desk.school.time("13:40"))
    assert line.corrections[0].true_time == desk.school.time("13:20")


def test_an_undone_tap_takes_its_deviation_back_with_it(desk: Desk) -> None:
    trip = out(desk)
    stored = trip.visit.enter(adult="none")
    desk.school.send(Undo(command=stored.recorded[0].envelope.command_id), by=desk.school.teacher)
    entered = only(desk.history(trip.visit).lines, HomeEntered)
    assert entered.taken_back
    assert all(d.taken_back for d in entered.deviations)
    assert desk.deviations().not_as_policy == ()


def test_that_somebody_opened_it_is_no_news_after_a_review(desk: Desk) -> None:
    trip = out(desk)
    school = desk.school
    school.send(ReviewHistory(visit=trip.visit.id, note="read"), by=school.dsl)
    desk.reads(school.head, visit=trip.visit)
    history = desk.history(trip.visit)
    assert history.reviewed_by is not None
    assert (history.reviewed_by.name, history.news_since) == ("Dora Dessel", 0)
    trip.visit.arrive()
    assert desk.history(trip.visit).news_since == 1


def test_a_concern_raised_at_the_door_is_in_the_history(desk: Desk) -> None:
    trip = out(desk)
    desk.school.send(RaiseConcern(visit=trip.visit.id, text="no food in the house"), by=desk.school.teacher)
    history = desk.history(trip.visit)
    assert isinstance(only(history.lines, ConcernRaised).event, ConcernRaised)
    assert [c.text for c in history.concerns] == ["no food in the house"]


def test_nobody_knew_of_a_visit_before_it_was_asked_for(desk: Desk) -> None:
    before = desk.school.now
    desk.school.later(minutes=5)
    visit = desk.school.ask()
    assert desk.no_history(visit, before)
    assert desk.no_history(unknown_visit(desk.school), desk.school.now)


def test_what_we_knew_is_what_had_been_recorded_not_what_had_happened(desk: Desk) -> None:
    trip = out(desk)
    trip.visit.no_answer(at="13:30")
    known = desk.history(trip.visit, desk.school.time("13:39"))
    assert not any(isinstance(line.event, NoAnswerAtDoor) for line in known.lines)
    assert known.visit.no_answer_at is None
    assert desk.history(trip.visit, desk.school.time("13:40")).visit.no_answer_at == desk.school.time("13:30")


def test_every_projection_of_the_desk_is_rebuilt_to_the_same_bytes(desk: Desk) -> None:
    trip = out(desk)
    trip.visit.enter(adult="none")
    arrived = first_id(trip.visit.arrive())
    desk.take_back(arrived, desk.school.dsl)
    trip.visit.outcome(Outcome.ADULT_ONLY)
    desk.school.send(RaiseConcern(visit=trip.visit.id, text="no food"), by=desk.school.teacher)
    assert desk.rebuilt_the_same()


STEPS: dict[str, Callable[[Trip, Desk], object]] = {
    "arrive": lambda trip, _: trip.visit.arrive(),
    "arrive said late": lambda trip, _: trip.visit.arrive(at="13:05"),
    "no answer": lambda trip, _: trip.visit.no_answer(),
    "enter": lambda trip, _: trip.visit.enter(adult="other_adult"),
    "outcome": lambda trip, _: trip.visit.outcome(Outcome.ADULT_ONLY),
    "left": lambda trip, _: trip.visit.left(),
    "back": lambda trip, _: trip.back(),
    "typed for another": lambda trip, desk: trip.visit.child_alone(desk.school.office, said_by=desk.school.teacher),
    "read": lambda trip, desk: desk.reads(desk.school.dsl, visit=trip.visit),
    "concern": lambda trip, desk: desk.school.send(RaiseConcern(visit=trip.visit.id), by=desk.school.teacher),
    "take the last one back": lambda trip, desk: desk.take_back(last_event(trip), desk.school.dsl),
    "the last one was earlier": lambda trip, desk: desk.truly(last_event(trip), "13:01", desk.school.dsl),
}


def last_event(trip: Trip) -> EventId:
    events = trip.school.events(trip.visit)
    return events[-1].envelope.event_id


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(sorted(STEPS)), min_size=4, max_size=10))
def test_known_at_is_what_the_page_showed_at_that_instant(world: World, steps: list[str]) -> None:
    world.end_scenario()
    desk = Desk(world.school("SP"))
    trip = out(desk)
    shown = {}
    for step in steps:
        STEPS[step](trip, desk)
        shown[desk.school.now] = (desk.history(trip.visit), desk.chronology(desk.school.child))
        desk.school.later(minutes=1, seconds=30)
    for then, (page, of_child) in shown.items():
        assert msgspec.structs.replace(desk.history(trip.visit, then), known_at=None) == page
        assert msgspec.structs.replace(desk.chronology(desk.school.child, then), known_at=None) == of_child
        # And nothing of the log's prefix is missing from it, or there twice.
        log = [r for r in desk.school.events() if r.envelope.recorded_at <= then]
        # Who comes to a door again after the return is on a trip that nobody planned.
        trips = {r.envelope.stream.id for r in log if r.envelope.stream.kind is StreamKind.TRIP}
        about = {*trips, trip.visit.id, *(c.id for c in page.concerns)}
        assert sorted(ids_in(page)) == sorted(r.envelope.event_id for r in log if r.envelope.stream.id in about)


def ids_in(history: VisitHistory) -> list[UUID]:
    """Every event of a history, wherever it stands in it, as often as it does; words settled for several at once."""
    found: list[UUID] = []
    settled: set[UUID] = set()

    def look(part: Any) -> None:
        if isinstance(part, dict):
            found.extend(UUID(one) for one in (part.get("event_id"),) if one)
            settled.update(UUID(one) for one in part.get("event_ids", ()))
            look([value for key, value in part.items() if key != "event"])
        elif isinstance(part, list | tuple):
            for value in part:
                look(value)

    look(msgspec.to_builtins(history.lines))
    return [*found, *settled]
