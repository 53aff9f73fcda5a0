"""What comes next on a trip, as ordinary forms: for a phone whose browser runs no scripts.

The same steps as in `static/trip_steps.js`.
"""

from collections.abc import Iterator

from api.identity import Acquainted
from api.pages.parts import Action, Input
from api.pages.phone import street_of
from api.pages.trip_model import Choices, PlainTrip, Words
from domain.trip.state import TripState
from domain.visit.state import VisitState
from projections.board_words import joined, name_of
from projections.phone_trips import MyTrip

_CHOICES = Choices()
_TEXT = "textarea"


def plain_trip(found: MyTrip, me: Acquainted) -> PlainTrip:
    """The next thing, and everything else one can record."""
    return PlainTrip(next=next_thing(found, me), actions=tuple(_others(found, me)))


def next_thing(found: MyTrip, me: Acquainted) -> Action | None:
    """The next thing to say; None where everybody is back."""
    trip = found.trip
    if trip.everyone_back or trip.called_off_at is not None:
        return None
    where = joined([street_of(visit) for visit in found.visits]) or "a place that is not known"
    if not trip.departed:
        people = trip.team or (me.id,)
        return _people(trip, people, "depart", f"{_names(me, people)} left school for {where}", "We have left school")
    door = current_door(found)
    if door is None:
        says = f"{_names(me, trip.out)} {'is' if len(trip.out) == 1 else 'are'} back at school from {where}"
        return _people(trip, trip.out, "return-to-school", says, "We are back at school")
    if door.child_alone_at is not None:
        return _door(door, "child-not-alone", "The child is in safe hands", "the child is in safe hands")
    if door.arrived_at is None:
        return _door(door, "arrive", f"Arrived at {street_of(door)}", "arrived", trip=str(trip.id))
    return _door(door, "leave-property", f"Left the house: {street_of(door)}", "left the house")


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
        (v for v in found.visits if v.left_at is None and not (v.cancelled is not None and v.arrived_at is None)), None
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
        for minutes in (15, 30):
            says = f"back {minutes} minutes later"
            yield _trip(trip, "move-back-by", f"+{minutes} minutes", says, minutes=str(minutes))
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
    outcome = _select("outcome", "What did you find?", _CHOICES.outcomes)
    yield _door(door, "record-outcome", f"What we found: {at}", "what was found", outcome, style="secondary")
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
