"""An event as a projection's row, and back: for questions whose answer shows the events themselves."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from domain.catalogue import EVENTS
from domain.envelope import Envelope, Recorded
from domain.event import Erased
from domain.ids import CommandId, EventId, SchoolSlug, StaffId, Stream, StreamKind
from domain.roles import Role
from projections.views import View

EVENT = "event"
"""The kind of an `EventRow`; its key is its place in the log, so that keys sort as the log does."""
BY_STREAM = "((body->>'stream')) WHERE kind = 'event'"
"""The index that `events_of` wants."""

_ENCODE = msgspec.json.Encoder()
_ERASED = msgspec.json.Decoder(Erased)
_DECODERS = {topic: msgspec.json.Decoder(event) for topic, event in EVENTS.items()}


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its envelope, as far as folds and histories look at it: salt and key id stay in the log."""

    index: int
    event_id: EventId
    stream: str
    """Kind and id: `visit:0190...`."""
    version: int
    topic: str
    """Of an erased event: `Erased.TOPIC`; its own stands in the fields."""
    occurred_at: datetime
    device_at: datetime | None
    recorded_at: datetime
    actor: StaffId
    role: Role
    said_by: StaffId | None
    deputising_for: StaffId | None
    command_id: CommandId
    policy_version: int
    corrects: EventId | None
    fields: str
    """The event as JSON text, in the order it was written: a write-up keeps the order of its answers."""


_ROW = msgspec.json.Decoder(EventRow)


def place(index: int) -> str:
    """A place in the log as a key."""
    return f"{index:012d}"


def name_of(stream: Stream) -> str:
    """A stream as `EventRow.stream` names it."""
    return f"{stream.kind}:{stream.id}"


def row_of(recorded: Recorded) -> EventRow:
    """The row of an event."""
    envelope, event = recorded
    return EventRow(
        index=envelope.index,
        event_id=envelope.event_id,
        stream=name_of(envelope.stream),
        version=envelope.version,
        topic=event.TOPIC,
        occurred_at=envelope.occurred_at,
        device_at=envelope.device_at,
        recorded_at=envelope.recorded_at,
        actor=envelope.actor,
        role=envelope.role,
        said_by=envelope.said_by,
        deputising_for=envelope.deputising_for,
        command_id=envelope.command_id,
        policy_version=envelope.policy_version,
        corrects=envelope.corrects,
        fields=_ENCODE.encode(event).decode(),
    )


def decode_row(body: str) -> EventRow:
    """A row's body."""
    return _ROW.decode(body)


def recorded_of(row: EventRow) -> Recorded:
    """The event of a row."""
    kind, _, key = row.stream.partition(":")
    envelope = Envelope(
        event_id=row.event_id,
        school=SchoolSlug(""),
        stream=Stream(StreamKind(kind), UUID(key)),
        version=row.version,
        index=row.index,
        topic=row.topic,
        occurred_at=row.occurred_at,
        device_at=row.device_at,
        recorded_at=row.recorded_at,
        actor=row.actor,
        role=row.role,
        said_by=row.said_by,
        deputising_for=row.deputising_for,
        command_id=row.command_id,
        correlation_id=None,
        causation_id=None,
        policy_version=row.policy_version,
        corrects=row.corrects,
        key_id=None,
        salt=b"",
    )
    if row.topic != Erased.TOPIC:
        return Recorded(envelope, _DECODERS[row.topic].decode(row.fields))
    erased = _ERASED.decode(row.fields)
    return Recorded(msgspec.structs.replace(envelope, topic=erased.topic), erased)


def events_of(
    view: View, name: str, streams: Iterable[Stream], known_at: datetime | None = None
) -> tuple[Recorded, ...]:
    """The events of some streams in log order, as far as they had been recorded by an instant."""
    named = [name_of(stream) for stream in streams]
    if not named:
        return ()
    rows = view.where(
        name,
        EventRow,
        "kind = 'event' AND body->>'stream' = ANY(%(streams)s) ORDER BY key",
        streams=named,
    )
    return tuple(recorded_of(row) for row in rows if known_at is None or row.recorded_at <= known_at)
