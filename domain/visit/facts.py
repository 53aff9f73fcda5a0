"""What happened at a door, as decisions that never refuse. What differs from the policy is noted beside it."""

from msgspec.structs import replace

from domain.envelope import Decision, Entry
from domain.event import Event
from domain.ids import StaffId, TripId, VisitId, visit_stream
from domain.policy import Source
from domain.shared.events import DeviationNoted
from domain.situation import Situation
from domain.trip.facts import on_their_way
from domain.trip.no_longer_ok import no_longer_ok
from domain.visit import commands as c
from domain.visit import events as e
from domain.visit.rules.appointment import family_has_not_declined
from domain.visit.rules.entry import entry_deviations, not_rung_at_the_door
from domain.visit.rules.waiting import clock, waited_too_long
from domain.visit.state import VisitState


def _door(visit: VisitId | None, s: Situation) -> VisitState:
    """The visit a fact belongs to: the one named, else the trip's only open one, else a new one to hold it."""
    if visit is not None:
        return s.visits.get(visit) or VisitState(id=visit)
    if s.trip is not None:
        open_doors = [v for v in s.trip_visits(s.trip) if v.left_at is None and v.cancelled is None]
        if len(open_doors) == 1:
            return open_doors[0]
    return VisitState(id=VisitId(s.new_id("visit")))


def _about(s: Situation, door: VisitState, *events: Event | None) -> Decision:
    """The events on the visit's stream; one that nobody asked for is flagged, with its first event."""
    stream = visit_stream(door.id)
    kept = [event for event in events if event is not None]
    if not door.exists and stream not in s.unreadable:
        says = "came without a visit that this school knows"
        topic = kept[0].TOPIC
        kept.append(DeviationNoted(rule="visit.not_requested", says=says, source=Source.DEFAULT, about_topic=topic))
    return tuple(Entry(stream, event) for event in kept)


def _trip(s: Situation) -> TripId | None:
    """The trip that they came on: who went is worked out from it, also when it is over."""
    return s.trip.id if s.trip is not None else None


def _at_the_door(s: Situation, door: VisitState, *events: Event | None, people: tuple[StaffId, ...] = ()) -> Decision:
    """The same for what happened at the door itself: whoever says so, or is named (`people`), is out."""
    first_word = door.arrived_at is None and door.left_at is None and visit_stream(door.id) not in s.unreadable
    known = door.id if door.exists else None
    return (*_about(s, door, *events), *on_their_way(s, known, first_word=first_word, people=people))


def _named(people: tuple[StaffId, ...]) -> tuple[StaffId, ...]:
    return tuple(dict.fromkeys(people))


def _who_came(door: VisitState, s: Situation) -> tuple[StaffId, ...]:
    """Who is at this door, as far as anybody said: those named there, else everybody who is out on the trip."""
    everybody_inside = door.entered_at is not None and not door.entered_by
    if door.arrived_by and not everybody_inside:
        return (*door.arrived_by, *door.entered_by)
    return s.trip.out if s.trip is not None else ()


def family_declined(command: c.FamilyDeclined, s: Situation) -> Decision:
    """The family said no (NH-06)."""
    door = _door(command.visit, s)
    declined = e.FamilyDeclinedVisit(who=command.who, text=command.text)
    return (*_about(s, door, declined), *_stops(door, s))


def _stops(door: VisitState, s: Situation) -> Decision:
    """Where a family's no stops the visit, a clearance from before falls, as long as nobody has left."""
    no = family_has_not_declined(s.policy, replace(door, declined_at=s.at))
    return no_longer_ok(s.trip, "the family declined") if any(r.refuses for r in no) else ()


def report_family_delay(command: c.ReportFamilyDelay, s: Situation) -> Decision:
    """The family will be late: the visitors stay outside (SP-41)."""
    return _about(s, _door(command.visit, s), e.FamilyDelayReported(expected_at=command.expected_at, text=command.text))


def report_running_late(command: c.ReportRunningLate, s: Situation) -> Decision:
    """The visitors will be late (LJ-41)."""
    event = e.RunningLateReported(minutes=command.minutes, family_told=command.family_told)
    return _about(s, _door(command.visit, s), event)


def arrive(command: c.Arrive, s: Situation) -> Decision:
    """They stand at the door."""
    trip = _trip(s) or command.trip
    event = e.StaffArrived(trip=trip, people=_named(command.people), note=command.note)
    return _at_the_door(s, _door(command.visit, s), event, people=event.people)


def no_answer(command: c.NoAnswer, s: Situation) -> Decision:
    """Nobody answered; the wait begins, where the policy has one."""
    return _at_the_door(s, _door(command.visit, s), e.NoAnswerAtDoor(trip=_trip(s), note=command.note))


def child_alone(command: c.ChildAlone, s: Situation) -> Decision:
    """A child is here and no adult is: outranks waiting and leaving (WL-29)."""
    return _at_the_door(s, _door(command.visit, s), e.ChildAloneFound(trip=_trip(s), text=command.text))


def child_not_alone(command: c.ChildNotAlone, s: Situation) -> Decision:
    """A responsible adult is there now."""
    return _about(s, _door(command.visit, s), e.ChildNoLongerAlone(text=command.text))


def ask_about_animal(command: c.AskAboutAnimal, s: Situation) -> Decision:
    """An animal was asked to be shut away (SP-49, LJ-48, SC-33)."""
    return _at_the_door(s, _door(command.visit, s), e.AnimalRequestMade(moved=command.moved, text=command.text))


def enter_home(command: c.EnterHome, s: Situation) -> Decision:
    """They went inside. What the policy asks at the threshold and was not so is noted."""
    door = _door(command.visit, s)
    entered = e.HomeEntered(
        trip=_trip(s),
        adult=command.adult,
        adult_name=command.adult_name,
        invited=command.invited,
        people=_named(command.people),
        note=command.note,
    )
    noted = entry_deviations(s.policy, door, s.trip, entered, s.at)
    return _at_the_door(s, door, entered, *noted, people=entered.people)


def record_outcome(command: c.RecordOutcome, s: Situation) -> Decision:
    """What was found, for one pupil or for all."""
    event = e.PupilOutcomeRecorded(pupil=command.pupil, outcome=command.outcome, note=command.note)
    return _about(s, _door(command.visit, s), event)


def leave_property(command: c.LeaveProperty, s: Situation) -> Decision:
    """They left the house; where only some are named, whoever else was there is there still."""
    door, people = _door(command.visit, s), _named(command.people)
    there = tuple(dict.fromkeys((*_who_came(door, s), *people))) if people else ()
    event = e.PropertyLeft(people=people, there=there, note=command.note)
    return _at_the_door(s, door, event, people=people)


def cancel_for_safety(command: c.CancelForSafety, s: Situation) -> Decision:
    """Called off because it was not safe. The trip's timer runs on."""
    return _about(s, _door(command.visit, s), e.VisitCancelledForSafety(kind=command.kind, reason=command.reason))


_AFTER_A_WAIT = (e.CancelReason.NO_ANSWER, e.CancelReason.FAMILY_LATE, e.CancelReason.NO_ADULT)
_AT_A_DOOR = (*_AFTER_A_WAIT, e.CancelReason.DECLINED)


def cancel_visit(command: c.CancelVisit, s: Situation) -> Decision:
    """Called off for another reason. A wait longer than the policy allows is noted (SP-39, SP-42)."""
    door = _door(command.visit, s)
    ran = clock(s.policy, _knocked(door, command.reason)) if command.reason in _AFTER_A_WAIT else None
    waited = max(0, int((s.at - ran.since).total_seconds())) if ran is not None else None
    event = e.VisitCancelled(reason=command.reason, text=command.text, waited_seconds=waited)
    too_long = waited_too_long(s.policy, door, ran, s.at, event.TOPIC) if ran is not None else None
    not_rung = not_rung_at_the_door(s.policy, door, s.trip, event.TOPIC) if command.reason in _AT_A_DOOR else None
    return _about(s, door, event, too_long, not_rung)


def _knocked(door: VisitState, reason: e.CancelReason) -> VisitState:
    """Called off because nobody answered, which nobody had tapped: nobody has answered since they came."""
    untapped = reason is e.CancelReason.NO_ANSWER and door.no_answer_at is None
    return replace(door, no_answer_at=door.arrived_at) if untapped else door


def keep_note(command: c.KeepNote, s: Situation) -> Decision:
    """Something worth keeping."""
    return _about(s, _door(command.visit, s), e.NoteKept(text=command.text))
