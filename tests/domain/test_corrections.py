"""A mistake is put right by a later event that names the first; the log keeps both. DV-01, AC-111."""

from datetime import timedelta
from uuid import uuid4

import pytest

from domain.ids import CommandId, EventId, StreamKind, TripId, VisitId, trip_stream
from domain.refusal import Incomplete, NotPermitted, Unknown
from domain.shared.commands import CorrectEvent, DisownSpokenWord, ExplainDeviation, Undo
from domain.shared.corrections import effective
from domain.shared.events import DeviationNoted, EventCorrected
from domain.trip.commands import Depart, LodgeWhereabouts, ReturnToSchool
from domain.visit.commands import Arrive, ConfirmAppointment, EnterHome, KeepNote, RecordOutcome
from domain.visit.events import Outcome
from tests.domain.story import MONDAY, Story, pupil_id, staff_id

TWO = (staff_id("teacher"), staff_id("colleague"))


def last_id(story: Story) -> EventId:
    return story.log.all[-1].envelope.event_id


def at_a_door() -> tuple[Story, VisitId]:
    story = Story("leyland")
    visit = story.ask()
    trip = story.plan(visit)
    story.does(Depart(trip=trip, people=TWO))
    return story, visit


def test_a_time_put_right_is_the_time_that_counts() -> None:
    story, visit = at_a_door()
    story.does(Arrive(visit=visit))
    true = MONDAY - timedelta(minutes=10)
    story.does(CorrectEvent(event=last_id(story), reason="typed too late", true_time=true), by="teacher")
    assert story.visit(visit).arrived_at == true
    assert len(story.log.read(story.log.all[-1].envelope.stream)) == 3, "both stay"


def test_of_two_corrections_the_later_one_counts() -> None:
    story, visit = at_a_door()
    story.does(Arrive(visit=visit))
    arrived = last_id(story)
    for minutes in (10, 20):
        true = MONDAY - timedelta(minutes=minutes)
        story.does(CorrectEvent(event=arrived, reason="again", true_time=true), by="teacher")
    assert story.visit(visit).arrived_at == MONDAY - timedelta(minutes=20)


def test_what_never_happened_is_left_out() -> None:
    story, visit = at_a_door()
    story.does(RecordOutcome(visit=visit, outcome=Outcome.SEEN))
    story.does(CorrectEvent(event=last_id(story), reason="the wrong visit", retracts=True), by="teacher")
    assert story.visit(visit).found == {}


def test_a_correction_that_is_itself_taken_back_leaves_what_it_corrected_standing() -> None:
    story, visit = at_a_door()
    story.does(RecordOutcome(visit=visit, outcome=Outcome.SEEN))
    outcome = last_id(story)
    story.does(CorrectEvent(event=outcome, reason="the wrong visit", retracts=True), by="teacher")
    first = last_id(story)
    story.does(CorrectEvent(event=first, reason="it was this one after all", retracts=True), by="teacher")
    assert pupil_id("alex") in story.visit(visit).found
    story.does(CorrectEvent(event=last_id(story), reason="no, it was not", retracts=True), by="teacher")
    assert story.visit(visit).found == {}


def test_a_time_put_right_wrongly_is_the_first_time_again_when_that_is_taken_back() -> None:
    story, visit = at_a_door()
    story.does(Arrive(visit=visit))
    true = MONDAY - timedelta(minutes=10)
    story.does(CorrectEvent(event=last_id(story), reason="typed too late", true_time=true), by="teacher")
    story.does(CorrectEvent(event=last_id(story), reason="no", retracts=True), by="teacher")
    assert story.visit(visit).arrived_at == MONDAY


def test_a_return_at_its_true_time_before_a_second_departure_accounts_for_nobody_now() -> None:
    story, visit = at_a_door()
    trip = TripId(story.log.claims[f"visit:{visit}"].id)
    story.later(hours=1)
    story.does(ReturnToSchool(trip=trip, people=TWO))
    story.later(minutes=5)
    story.does(Depart(trip=trip, people=TWO))
    story.later(minutes=5)
    story.does(ReturnToSchool(trip=trip, people=TWO[:1]))
    true = story.now - timedelta(minutes=20)
    story.does(CorrectEvent(event=last_id(story), reason="that was the first leg", true_time=true), by="teacher")
    assert story.trip(trip).out == TWO


def test_a_correction_says_what_it_corrects() -> None:
    story, visit = at_a_door()
    story.does(Arrive(visit=visit))
    arrived = last_id(story)
    with pytest.raises(Incomplete) as found:
        story.decides(CorrectEvent(event=arrived, reason="?"), by="teacher")
    assert found.value.field == "true_time"
    with pytest.raises(Unknown):
        story.decides(CorrectEvent(event=EventId(uuid4()), reason="?", retracts=True), by="teacher")
    (entry,) = story.decides(CorrectEvent(event=arrived, reason="no", retracts=True), by="teacher")
    assert (entry.corrects, entry.stream.kind) == (arrived, StreamKind.VISIT)


def test_nothing_truly_happened_later_than_now() -> None:
    story, visit = at_a_door()
    story.does(Arrive(visit=visit))
    later = CorrectEvent(event=last_id(story), reason="?", true_time=story.now + timedelta(minutes=1))
    with pytest.raises(Incomplete) as found:
        story.decides(later, by="teacher")
    assert found.value.field == "true_time"


@pytest.mark.parametrize("who", ["teacher", "dsl", "ddsl", "head", "slt", "office"])
def test_what_somebody_said_is_put_right_by_them_or_by_those_who_answer_for_the_record(who: str) -> None:
    story, visit = at_a_door()
    story.does(Arrive(visit=visit))
    assert story.decides(CorrectEvent(event=last_id(story), reason="no", retracts=True), by=who)


def test_nobody_else_puts_it_right() -> None:
    story, visit = at_a_door()
    story.does(Arrive(visit=visit))
    with pytest.raises(NotPermitted, match="DSL"):
        story.decides(CorrectEvent(event=last_id(story), reason="no", retracts=True), by="colleague")


def test_a_word_typed_for_somebody_is_theirs_to_put_right_too() -> None:
    story, visit = at_a_door()
    story.does(Arrive(visit=visit), by="office", said_by="colleague")
    assert story.decides(CorrectEvent(event=last_id(story), reason="no", retracts=True), by="colleague")


# Undo


def test_ones_own_tap_is_undone_with_what_was_noted_beside_it() -> None:
    story, visit = at_a_door()
    tap = CommandId(uuid4())
    events = story.does(EnterHome(visit=visit), command_id=tap)
    assert any(isinstance(e, DeviationNoted) for e in events)
    undone = story.does(Undo(command=tap))
    assert len(undone) == len(events)
    assert all(isinstance(e, EventCorrected) and e.retracts for e in undone)
    assert story.visit(visit).entered_at is None


def test_another_persons_tap_and_an_unknown_one_leave_nothing_to_undo() -> None:
    story, visit = at_a_door()
    tap = CommandId(uuid4())
    story.does(Arrive(visit=visit), command_id=tap)
    assert story.does(Undo(command=tap), by="colleague") == ()
    assert story.does(Undo(command=CommandId(uuid4()))) == ()
    assert story.does(Undo()) == ()


# What is said about deviations and spoken words


def test_a_reason_is_added_to_a_deviation_and_to_nothing_else() -> None:
    story, visit = at_a_door()
    story.does(EnterHome(visit=visit))
    flag = next(r for r in story.log.all if isinstance(r.event, DeviationNoted))
    assert story.decides(ExplainDeviation(event=flag.envelope.event_id, reason="it was raining"))
    with pytest.raises(Incomplete):
        story.decides(ExplainDeviation(event=story.log.all[0].envelope.event_id, reason="?"))


def test_only_the_speaker_disowns() -> None:
    story, visit = at_a_door()
    trip = TripId(story.log.claims[f"visit:{visit}"].id)
    story.does(ReturnToSchool(trip=trip, people=TWO), by="office", said_by="teacher")
    event = story.log.read(trip_stream(trip))[-2].envelope.event_id
    with pytest.raises(NotPermitted):
        story.decides(DisownSpokenWord(event=event), by="office")
    story.does(DisownSpokenWord(event=event), by="teacher")
    assert story.trip(trip).out != ()


def test_words_put_right_are_what_every_fold_sees_and_the_first_ones_stay_in_the_log() -> None:
    story, visit = at_a_door()
    story.does(KeepNote(visit=visit, text="the mother said that the uncle did it"))
    note = story.log.all[-1]
    right = {"text": "the mother said that the uncle saw it"}
    story.does(CorrectEvent(event=note.envelope.event_id, reason="misheard", texts=right), by="teacher")
    stream = story.log.read(note.envelope.stream)
    assert [r.event.text for r in effective(stream) if hasattr(r.event, "text")] == [right["text"]]
    assert note in stream


def test_a_time_put_right_and_words_put_right_later_both_count() -> None:
    story, visit = at_a_door()
    story.does(KeepNote(visit=visit, text="a"))
    note = last_id(story)
    true = MONDAY - timedelta(minutes=5)
    story.does(CorrectEvent(event=note, reason="late", true_time=true), by="teacher")
    story.does(CorrectEvent(event=note, reason="b", texts={"text": "b"}), by="teacher")
    story.does(CorrectEvent(event=note, reason="c", texts={"text": "c"}), by="teacher")
    (found,) = (r for r in effective(story.log.all) if r.envelope.event_id == note)
    assert (found.envelope.occurred_at, found.event.text) == (true, "c")  # type: ignore[attr-defined]  # a note
    story.does(CorrectEvent(event=last_id(story), reason="b was right", retracts=True), by="teacher")
    (found,) = (r for r in effective(story.log.all) if r.envelope.event_id == note)
    assert found.event.text == "b"  # type: ignore[attr-defined]  # a note


def test_the_time_of_an_appointment_is_put_right() -> None:
    story, visit = at_a_door()
    meant = MONDAY + timedelta(hours=3)
    story.does(ConfirmAppointment(visit=visit, appointment_at=MONDAY + timedelta(hours=2)))
    story.does(CorrectEvent(event=last_id(story), reason="read wrongly", times={"at": meant}), by="teacher")
    agreed = story.visit(visit).appointment
    assert agreed is not None
    assert agreed.at == meant


@pytest.mark.parametrize(
    ("texts", "expected"), [({"address": "1 Elsewhere Road"}, "contacts_tried"), ({"x": "y"}, "reason")]
)
def test_only_words_that_hang_on_nothing_are_put_right(texts: dict[str, str], expected: str) -> None:
    """The twin: an address, a number and a code have commands of their own, for plans hang on them."""
    story = Story("leyland")
    visit = story.ask()
    if "address" in texts:
        event = last_id(story)
    else:
        story.does(RecordOutcome(visit=visit, outcome=Outcome.SEEN))
        event, expected = last_id(story), "note"
    with pytest.raises(Incomplete) as found:
        story.does(CorrectEvent(event=event, reason="no", texts=texts), by="teacher")
    assert expected in found.value.expected


def test_who_may_not_agree_a_call_puts_none_off_by_a_correction() -> None:
    story = Story("norbury")
    visit = story.ask()
    trip = story.plan(visit)
    story.does(LodgeWhereabouts(trip=trip, holder="line_manager", agreed_call_at=MONDAY + timedelta(hours=2)))
    lodged = last_id(story)
    later = {"agreed_call_at": MONDAY + timedelta(hours=3)}
    story.does(CorrectEvent(event=lodged, reason="three, not two", times=later), by="teacher")
    assert story.trip(trip).agreed_call_at == later["agreed_call_at"]
    with pytest.raises(NotPermitted):
        story.does(CorrectEvent(event=lodged, reason="no", times=later), by="governor")
