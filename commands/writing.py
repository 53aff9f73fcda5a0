"""From a decision to what is appended: events with their ids, by stream, and the claims they change."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from commands.gathering import Gathered
from domain.envelope import Acting, Decision, Entry, Envelope, Recorded
from domain.ids import EventId, Stream, StreamKind, TripId
from domain.trip import state as trip_state
from domain.trip.claims import held
from domain.trip.state import TripState
from eventlog.seam import Claims, NewEvent, Write

_NO_EVENT = EventId(UUID(int=0))


def writes_of(decision: Decision, gathered: Gathered, new_id: Callable[[], EventId]) -> tuple[Write, ...]:
    """One write a stream, in the order the decision first names it, on the versions it was decided on."""
    by_stream: dict[Stream, list[NewEvent]] = {}
    version = gathered.situation.policy.version
    for entry in decision:
        acting = _acting(gathered.situation.acting, entry)
        new = NewEvent(new_id(), entry.event, acting, version, entry.corrects)
        by_stream.setdefault(entry.stream, []).append(new)
    return tuple(Write(stream, gathered.versions.get(stream), tuple(events)) for stream, events in by_stream.items())


def _acting(acting: Acting, entry: Entry) -> Acting:
    if entry.role is None and entry.occurred_at is None:
        return acting
    return msgspec.structs.replace(
        acting,
        role=entry.role or acting.role,
        deputising_for=entry.deputising_for,
        occurred_at=entry.occurred_at or acting.occurred_at,
    )


def claims_after(decision: Decision, gathered: Gathered) -> Claims:
    """What the decision's trip takes and lets go of."""
    trips = {e.stream for e in decision if e.stream.kind is StreamKind.TRIP}
    if len(trips) != 1:
        return Claims()
    (stream,) = trips
    known = gathered.situation.trip
    before = known if known is not None and known.id == stream.id else TripState(id=TripId(stream.id))
    events = gathered.trip_events if known is before else ()
    after = trip_state.fold(before.id, (*events, *_provisional(decision, stream, gathered, len(events))))
    take, release = held(after) - held(before), held(before) - held(after)
    return Claims(stream, take, release) if take or release else Claims()


def _provisional(decision: Decision, stream: Stream, gathered: Gathered, version: int) -> tuple[Recorded, ...]:
    """The decision's events as they will be recorded, but for ids and places: enough for a fold."""
    s = gathered.situation
    out = []
    for entry in decision:
        if entry.stream != stream:
            continue
        version += 1
        acting = _acting(s.acting, entry)
        envelope = Envelope(
            event_id=_NO_EVENT,
            school=s.school,
            stream=stream,
            version=version,
            index=0,
            topic=entry.event.TOPIC,
            occurred_at=acting.occurred_at,
            device_at=None,
            recorded_at=datetime.max.replace(tzinfo=UTC),
            actor=acting.actor,
            role=acting.role,
            said_by=acting.said_by,
            deputising_for=acting.deputising_for,
            command_id=acting.command_id,
            correlation_id=None,
            causation_id=None,
            policy_version=s.policy.version,
            corrects=entry.corrects,
            key_id=None,
            salt=b"",
        )
        out.append(Recorded(envelope, entry.event))
    return tuple(out)
