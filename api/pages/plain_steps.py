"""What comes next on a trip, as ordinary forms: for a phone whose browser runs no scripts.

The same steps as in `static/trip_steps.js`.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from api.identity import Acquainted
from api.pages.parts import Action, Input
from api.pages.phone import street_of, waits_for_ok
from api.pages.saying_seen import answers, outcome
from api.pages.templating import hm
from api.pages.trip_model import Choices, PlainTrip, Words
from domain.ids import VisitId
from domain.times import later
from domain.trip.events import CheckIn
from domain.trip.rules import overdue
from domain.trip.state import TripState
from domain.visit.state import VisitState
from projections.board_words import joined, name_of
from projections.phone_trips import MyTrip

_CHOICES = Choices()
_TEXT = "textarea"


def plain_trip(found: MyTrip, me: Acquainted) -> PlainTrip:
    """The call that is wanted now, the next thing, and everything else one can record."""
    says, called = call_wanted(found, me)
    actions = (*_not_said(found, me), *_others(found, me))
    return PlainTrip(call=says, called=called, next=next_thing(found, me), actions=actions)


def call_wanted(found: MyTrip, me: Acquainted) -> tuple[str, Action | None]:
    """The call to school that the policy asks for now, and the form that says it was made; "" for none.

    The same as in `static/calls.js`.
    """
    trip, policy = found.trip, me.directory.policy_of(found.trip, me.now)
    asked = policy.value("check_ins")
    streets = {visit.id: street_of(visit) for visit in found.visits}
    if not trip.out:
        return "", None
    for visit, _ in overdue.calls_awaited(policy, trip, found.visits):
        when = CheckIn.LEFT_PROPERTY if CheckIn.LEFT_PROPERTY in asked else CheckIn.AFTER_VISIT
        return f"Ring school: you have left {streets[visit]}", _rang(trip, streets[visit], when, visit)
    for door in found.visits:
        if CheckIn.BEFORE_ENTRY in asked and door.at_the_door and trip.called(door.id, *CheckIn) is None:
            at = streets[door.id]
            return f"Ring school before you go in at {at}", _rang(trip, at, CheckIn.BEFORE_ENTRY, door.id)
    agreed = overdue.agreed_call_awaited(policy, trip)
    if agreed is not None and me.now >= overdue.asks_from(agreed):
        return f"Ring school at {hm(agreed)}: is the visit over?", _agreed(trip, agreed)
    return "", None


def _rang(trip: TripState, street: str, when: CheckIn, visit: VisitId) -> Action:
    fields = {"trip": str(trip.id), "visit": str(visit), "when": when.value, "says": f"Rang school: {street}"}
    return Action(label="We rang school", command="check-in", fields=fields)


def _agreed(trip: TripState, at: datetime) -> Action:
    label = f"Rang school: the call agreed for {hm(at)}"
    fields = {"trip": str(trip.id), "when": CheckIn.AGREED_TIME.value, "says": label}
    return Action(label=label, command="check-in", fields=fields)


def _not_said(found: MyTrip, me: Acquainted) -> Iterator[Action]:
    """Once everybody is back: what nobody has said yet."""
    for visit in found.visits if found.trip.everyone_back else ():
        for pupil in visit.not_said:
            known = me.directory.pupils.get(pupil)
            yield from answers(str(visit.id), str(pupil), known.name if known else "the child", street_of(visit))


def next_thing(found: MyTrip, me: Acquainted) -> Action | None:  # noqa: PLR0911 - one answer a situation
    """The next thing to say; None where everybody is back."""
    trip = found.trip
    if trip.everyone_back or trip.called_off_at is not None:
        return None
    where = (
        joined([street_of(visit) for visit in found.visits if not visit.not_to_be_visited])
        or "a place that is not known"
    )
    if not trip.departed:
        people = trip.team or (me.id,)
        return _people(
            trip,
            people,
            "depart",
            f"{_names(me, people)} left school for {where}",
            "We have left school",
            "secondary" if waits_for_ok(trip) else "primary",
        )
    door = current_door(found)
    if door is None:
        says = f"{_names(me, trip.out)} {'is' if len(trip.out) == 1 else 'are'} back at school from {where}"
        return _people(trip, trip.out, "return-to-school", says, "We are back at school")
    if door.child_alone_at is not None:
        return _door(door, "child-not-alone", "The child is in safe hands", "the child is in safe hands")
    if door.arrived_at is None:
        return _door(door, "arrive", f"Arrived at {street_of(door)}", "arrived", trip=str(trip.id))
    if door.not_said:
        return _was_seen(door, me)
    return _left(door)


def _was_seen(door: VisitState, me: Acquainted) -> Action:
    """Whether the next child of whom nobody has said so was seen: asked before leaving, with no answer beforehand."""
    pupil = door.not_said[0]
    known = me.directory.pupils.get(pupil)
    name = known.name if known else "the child"
    asks = outcome(str(door.id), str(pupil), name, street_of(door), label=f"Was {name} seen?")
    choose, note = asks.inputs
    options = (("", "Choose an answer"), *choose.options)
    choose = msgspec.structs.replace(choose, options=options, required=True)
    return msgspec.structs.replace(asks, inputs=(choose, note), style="primary")


def _left(door: VisitState, style: str = "primary") -> Action:
    return _door(door, "leave-property", f"Left the house: {street_of(door)}", "left the house", style=style)


def next_in_words(found: MyTrip, me: Acquainted) -> str:
    """The next thing as the list of my trips says it; "" where nothing is."""
    door = current_door(found)
    if found.trip.out and door is not None and door.arrived_at is not None and door.child_alone_at is None:
        nothing_said = door.no_answer_at is None and door.entered_at is None and not door.found
        if nothing_said:
            return f"At {street_of(door)}: what happened?"
    step = next_thing(found, me)
    return step.label if step is not None else ""


def current_door(found: MyTrip) -> VisitState | None:
    """The first door that nobody has left yet."""
    return next(
        (
            v
            for v in found.visits
            if v.left_at is None and not (v.cancelled is not None and v.arrived_at is None) and not v.not_to_be_visited
        ),
        None,
    )


def _names(me: Acquainted, people: tuple[object, ...]) -> str:
    return joined([name_of(me.directory, person) for person in people])  # type: ignore[arg-type]  # ids of staff


def _people(
    trip: TripState, people: tuple[object, ...], command: str, says: str, label: str, style: str = "primary"
) -> Action:
    fields: dict[str, str | int | tuple[str, ...]] = {
        "trip": str(trip.id),
        "people": tuple(str(person) for person in people),
        "says": says,
    }
    return Action(label=label, command=command, fields=fields, confirm=f"{says}.", style=style)  # type: ignore[arg-type]  # one of `Action.style`


def _door(
    door: VisitState, command: str, label: str, words: str, *inputs: Input, trip: str = "", style: str = "primary"
) -> Action:
    says = f"{street_of(door)}: {words}"
    fields = {"visit": str(door.id), "says": says} | ({"trip": trip} if trip else {})
    return Action(label=label, command=command, fields=fields, confirm=f"{says}.", inputs=inputs, style=style)  # type: ignore[arg-type]  # one of `Action.style`


def _others(found: MyTrip, me: Acquainted) -> Iterator[Action]:
    trip = found.trip
    yield _trip(trip, "report-danger", "Not safe", "not safe", _box("text", "What is happening?"), style="warning")
    yield _trip(
        trip,
        "emergency-call",
        "999 was called",
        "999 was called",
        _select("service", "Which service?", _CHOICES.services),
        style="warning",
    )
    if trip.danger is not None:
        yield _trip(trip, "danger-over", "We are safe now", "safe now")
    for door in found.visits:
        yield from _at(door, found)
    if trip.out:
        agreed = overdue.agreed_call_awaited(me.directory.policy_of(trip, me.now), trip)
        if agreed is not None:
            yield _agreed(trip, agreed)
        # From a time that has passed, later means from now, on the whole minute.
        base = max(trip.back_by or me.now, me.now.replace(second=0, microsecond=0))
        for minutes in (15, 30):
            new = later(base, minutes=minutes)
            yield _trip(trip, "move-back-by", f"+{minutes}: {hm(new)}", f"back by {hm(new)}", back_by=new.isoformat())
        yield _people(
            trip, (me.id,), "return-to-school", f"{me.person.name} is back at school", "Only I am back", "secondary"
        )
    elif not trip.departed:
        yield _people(trip, (me.id,), "depart", f"{me.person.name} left school", "Only I have left school", "secondary")
    yield _trip(
        trip, "check-in", "We rang school", "rang school", _select("when", "Which call was it?", _CHOICES.check_ins)
    )
    yield _trip(
        trip,
        "raise-concern",
        "Raise a concern",
        "concern raised: the DSL reads it",
        _select("category", "What is it about?", _CHOICES.concerns),
        _box("text", "What did you see or hear?"),
    )


def _at(door: VisitState, found: MyTrip) -> Iterator[Action]:
    if door.left_at is not None or door.cancelled is not None:
        return
    at = street_of(door)
    yield _door(
        door,
        "child-alone",
        f"Child here, no adult: {at}",
        "a child and no adult",
        _box("text", "Anything to add?"),
        style="warning",
    )
    if found.trip.departed and door.entered_at is None:
        yield _door(door, "no-answer", f"No answer: {at}", "nobody answered", style="secondary")
        adult = _select("adult", "Who is at home?", _CHOICES.adults)
        yield _door(door, "enter-home", f"Going inside: {at}", "went inside", adult, style="secondary")
    if door is current_door(found) and door.arrived_at is not None and door.child_alone_at is None and door.not_said:
        yield _left(door, "secondary")
    found_there = _select("outcome", "What did you find?", _CHOICES.outcomes)
    yield _door(door, "record-outcome", f"What we found: {at}", "what was found", found_there, style="secondary")
    kind = _select("kind", "What made it unsafe?", _CHOICES.safety_kinds)
    yield _door(door, "cancel-for-safety", f"Call off, not safe: {at}", "called off, not safe", kind, style="secondary")
    reason = _select("reason", "Why?", _CHOICES.cancel_reasons)
    yield _door(door, "cancel-visit", f"Call off: {at}", "called off", reason, style="secondary")


def _trip(
    trip: TripState, command: str, label: str, words: str, *inputs: Input, style: str = "secondary", **fields: str
) -> Action:
    about = {"trip": str(trip.id), "says": words[:1].upper() + words[1:], **fields}
    return Action(label=label, command=command, fields=about, confirm=f"{label}.", inputs=inputs, style=style)  # type: ignore[arg-type]  # as above


def _select(name: str, label: str, words: Words) -> Input:
    return Input(name=name, label=label, options=words)


def _box(name: str, label: str) -> Input:
    return Input(name=name, label=label, kind=_TEXT)  # type: ignore[arg-type]  # one of `Input.kind`
