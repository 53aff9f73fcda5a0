"""Which trips are mine, and what has the school recorded about each? What a visitor's phone is told.

A fact is told under the id of the command it came by, so that a phone knows its own taps again. The states of trips
and visits are the overdue board's rows.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from msgspec.structs import replace

from domain.envelope import Recorded
from domain.event import Event
from domain.ids import CommandId, EventId, StaffId, Stream, StreamKind, TripId, VisitId, trip_stream, visit_stream
from domain.shared.corrections import effective
from domain.shared.events import EventCorrected
from domain.times import day_of
from domain.trip import events as t
from domain.trip.state import TripState
from domain.visit import events as v
from domain.visit.state import VisitState
from projections import overdue_board
from projections.projection import Projection
from projections.rows import Past, Rows
from projections.views import View

NAME = "phone_trips"
UNDO = "undo"
LEFT_IN_PART = "left-in-part"
"""Some have left a house and others are there still: nothing that a phone sends, and nothing that ends a door."""

_COMMANDS: Mapping[type[Event], str] = {
    t.StaffDeparted: "depart",
    t.StaffReturned: "return-to-school",
    t.PersonSafeByVoice: "safe-by-voice",
    t.BackByConfirmed: "keep-back-by",
    t.BackByMoved: "move-back-by",
    t.CheckInMade: "check-in",
    t.StandDownCalled: "stand-down",
    t.DangerReported: "report-danger",
    t.DangerOver: "danger-over",
    t.EmergencyServicesCalled: "emergency-call",
    v.StaffArrived: "arrive",
    v.NoAnswerAtDoor: "no-answer",
    v.ChildAloneFound: "child-alone",
    v.ChildNoLongerAlone: "child-not-alone",
    v.HomeEntered: "enter-home",
    v.PupilOutcomeRecorded: "record-outcome",
    v.PropertyLeft: "leave-property",
    v.VisitCancelled: "cancel-visit",
    v.VisitCancelledForSafety: "cancel-for-safety",
}
"""What a phone can send, by the event that comes of it."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One command's facts in one stream, as a phone can tell them again. No free text."""

    index: int
    command: str
    command_id: CommandId
    events: tuple[EventId, ...]
    people: tuple[StaffId, ...] = ()
    fields: dict[str, str] = {}
    by: StaffId
    """Whose word it was."""
    at: datetime
    received_at: datetime


class SaidIn(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one stream, in the order of the log."""

    said: tuple[Said, ...] = ()


class Mine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody was named for a trip, or left on it."""

    person: StaffId
    trip: TripId


def fold(recorded: Recorded, rows: Rows, past: Past) -> None:
    """Keep what was said, by stream, and who was ever on which trip."""
    stream = recorded.envelope.stream
    key = f"{stream.kind}:{stream.id}"
    before = rows.get("said", key, SaidIn) or SaidIn()
    if isinstance(recorded.event, EventCorrected):
        said = _as_corrected(past.stream(stream, recorded.envelope.version))
    else:
        said = _and(before.said, recorded)
    if said != before.said:
        rows.put("said", key, SaidIn(said=said))
    for person in _named(recorded.event):
        mine = Mine(person=person, trip=TripId(stream.id))
        rows.put("mine", f"{person}:{stream.id}", mine)


def _named(event: Event) -> tuple[StaffId, ...]:
    if isinstance(event, t.TeamNamed | t.TripCleared):
        return event.people
    return (event.person,) if isinstance(event, t.StaffDeparted) else ()


def _and(said: tuple[Said, ...], recorded: Recorded) -> tuple[Said, ...]:
    """One more event. Of one command the first event speaks; people are gathered."""
    envelope, event = recorded
    command = _COMMANDS.get(type(event))
    if command is None:
        return said
    person = getattr(event, "person", None)
    people: tuple[StaffId, ...] = (person,) if person is not None else ()
    if isinstance(event, v.PropertyLeft) and set(event.there) - set(event.people):
        command, people = LEFT_IN_PART, event.people
    last = said[-1] if said else None
    if last is not None and last.command_id == envelope.command_id:
        if last.command != command:
            return said
        together = replace(last, people=(*last.people, *people), events=(*last.events, envelope.event_id))
        return (*said[:-1], together)
    one = Said(
        index=envelope.index,
        command=command,
        command_id=envelope.command_id,
        events=(envelope.event_id,),
        people=people,
        fields=_fields(event, envelope.stream),
        by=envelope.person,
        at=envelope.occurred_at,
        received_at=envelope.recorded_at,
    )
    return (*said, one)


def _fields(event: Event, stream: Stream) -> dict[str, str]:
    told: dict[str, object] = {}
    fields = {"visit" if stream.kind is StreamKind.VISIT else "trip": str(stream.id)}
    match event:
        case v.PupilOutcomeRecorded():
            told = {"pupil": event.pupil, "outcome": event.outcome}
        case t.CheckInMade():
            told = {"when": event.when, "visit": event.visit}
        case t.DangerReported() | t.EmergencyServicesCalled():
            told = {"visit": event.visit}
        case _:
            pass  # everything else has only its place, its people and text
    return fields | {name: str(value) for name, value in told.items() if value is not None}


def _as_corrected(recorded: Iterable[Recorded]) -> tuple[Said, ...]:
    """What was said, and an "undo" after all that was taken back whole: a phone that sent it drops it then."""
    whole = tuple(recorded)
    standing = {r.envelope.event_id: r for r in effective(whole)}
    said: tuple[Said, ...] = ()
    for event in whole:
        said = _and(said, event)
    out: list[Said] = []
    for one in said:
        kept = [standing[id_] for id_ in one.events if id_ in standing]
        if kept:
            people = tuple(p for r in kept if (p := getattr(r.event, "person", None)) is not None)
            out.append(replace(one, people=people, at=kept[0].envelope.occurred_at))
        else:
            undo = replace(one, command=UNDO, events=(), people=(), fields={"command": str(one.command_id)})
            out.extend((one, undo))
    return tuple(out)


PROJECTION = Projection(
    name=NAME,
    version=1,
    kinds=frozenset({StreamKind.TRIP, StreamKind.VISIT}),
    fold=fold,
    indexes=("((body->>'person')) WHERE kind = 'mine'",),
)


class MyTrip(msgspec.Struct, frozen=True, kw_only=True):
    """A trip as one of its people sees it."""

    trip: TripState
    visits: tuple[VisitState, ...]
    """The doors, in order."""
    said: tuple[Said, ...]
    """What the school has recorded, in the order of the log."""


def my_trips(view: View, person: StaffId, now: datetime) -> tuple[MyTrip, ...]:
    """The trips that somebody is named for and that are open or of today; those out first, then by time of leaving."""
    mine = view.where(NAME, Mine, "kind = 'mine' AND body->>'person' = %(person)s", person=str(person))
    keys = [str(one.trip) for one in mine]
    trips = view.where(overdue_board.NAME, TripState, "kind = 'trip' AND key = ANY(%(keys)s)", keys=keys)
    wanted = [trip for trip in trips if is_on(trip, person) and _is_of_now(trip, now)]
    wanted.sort(key=lambda trip: (trip.over, not trip.out, trip.leave_at or trip.loose_at or now, trip.id))
    return tuple(_with_doors(view, trip) for trip in wanted)


def one_trip(view: View, trip: TripId) -> MyTrip | None:
    """One trip; None for one that this school does not know."""
    state = view.one(overdue_board.NAME, "trip", trip, TripState)
    return None if state is None else _with_doors(view, state)


def is_on(trip: TripState, person: StaffId) -> bool:
    """Whether somebody is named for a trip now, or left on it."""
    return person in trip.team or person in trip.departed


def _is_of_now(trip: TripState, now: datetime) -> bool:
    if trip.out or trip.danger is not None:
        return True
    leave = trip.leave_at or trip.loose_at
    today = leave is not None and day_of(leave) == day_of(now)
    return today or (leave is not None and leave > now and trip.called_off_at is None)


def _with_doors(view: View, trip: TripState) -> MyTrip:
    keys = [str(visit) for visit in trip.visits]
    found = view.where(overdue_board.NAME, VisitState, "kind = 'visit' AND key = ANY(%(keys)s)", keys=keys)
    visits = {visit.id: visit for visit in found}
    streams = (trip_stream(trip.id), *(visit_stream(VisitId(visit)) for visit in trip.visits))
    rows = (view.one(NAME, "said", f"{stream.kind}:{stream.id}", SaidIn) for stream in streams)
    said = sorted((one for row in rows if row is not None for one in row.said), key=lambda one: one.index)
    doors = tuple(visits.get(visit) or VisitState(id=visit) for visit in trip.visits)
    return MyTrip(trip=trip, visits=doors, said=tuple(said))
