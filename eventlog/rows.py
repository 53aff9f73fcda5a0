"""What travels between events and the columns of the event table."""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from domain.envelope import Envelope, Recorded
from domain.event import Event
from domain.ids import CommandId, EventId, SchoolSlug, StaffId, Stream, StreamKind
from domain.roles import Role
from eventlog.codec import Codec
from eventlog.seam import NewEvent, Write

_SALT_BYTES = 16
_KINDS = {kind.value: kind for kind in StreamKind}
_ROLES = {role.value: role for role in Role}


class EventRow(NamedTuple):
    """A row of the event table, in the order of `statements.COLUMNS`."""

    event_id: EventId
    stream_kind: str
    originator_id: UUID
    originator_version: int
    notification_id: int
    topic: str
    occurred_at: datetime
    device_at: datetime | None
    recorded_at: datetime
    actor: StaffId
    role: str
    said_by: StaffId | None
    deputising_for: StaffId | None
    command_id: CommandId
    correlation_id: EventId | None
    causation_id: EventId | None
    policy_version: int
    corrects: EventId | None
    key_id: str | None
    salt: bytes
    state: bytes

    def envelope(self, school: SchoolSlug) -> Envelope:
        """The clear-text part."""
        return Envelope(
            event_id=self.event_id,
            school=school,
            stream=Stream(_KINDS[self.stream_kind], self.originator_id),
            version=self.originator_version,
            index=self.notification_id,
            topic=self.topic,
            occurred_at=self.occurred_at,
            device_at=self.device_at,
            recorded_at=self.recorded_at,
            actor=self.actor,
            role=_ROLES[self.role],
            said_by=self.said_by,
            deputising_for=self.deputising_for,
            command_id=self.command_id,
            correlation_id=self.correlation_id,
            causation_id=self.causation_id,
            policy_version=self.policy_version,
            corrects=self.corrects,
            key_id=self.key_id,
            salt=self.salt,
        )


class Payload(NamedTuple):
    """An event ready to be stored, before it has its place in the log."""

    stream: Stream
    new: NewEvent
    topic: str
    state: bytes
    occurred_at: datetime
    device_at: datetime | None
    salt: bytes


def payloads(codec: Codec, writes: Iterable[Write]) -> tuple[Payload, ...]:
    """Encode all that is to be stored, before any lock is taken.

    Raises UnknownTopic, and ValueError for an instant without a zone or outside the years 1 to 9999 in UTC.
    """
    return tuple(_payload(codec, write.stream, new) for write in writes for new in write.events)


def _payload(codec: Codec, stream: Stream, new: NewEvent) -> Payload:
    topic, state = codec.encode(new.event)
    device_at = new.acting.device_at
    return Payload(
        stream=stream,
        new=new,
        topic=topic,
        state=state,
        occurred_at=in_utc(new.acting.occurred_at),
        device_at=None if device_at is None else in_utc(device_at),
        salt=os.urandom(_SALT_BYTES),
    )


def in_utc(instant: datetime) -> datetime:
    """The same instant, in UTC. Raises ValueError without a zone or outside the years 1 to 9999."""
    if instant.tzinfo is None:
        message = "An instant without a time zone cannot be stored."
        raise ValueError(message)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        message = "An instant outside the years 1 to 9999 cannot be stored."
        raise ValueError(message) from None


class Placing:
    """Gives each payload its version and its index, once the head is locked."""

    def __init__(self, payloads: Sequence[Payload], versions: Mapping[Stream, int], head: int) -> None:
        """Number on from the streams' versions and the log's head."""
        running = dict(versions)
        self.payloads = payloads
        self.versions: list[int] = []
        for payload in payloads:
            running[payload.stream] += 1
            self.versions.append(running[payload.stream])
        self.first_index = head + 1
        self.last_index = head + len(payloads)

    def parameters(self) -> dict[str, Any]:
        """One array for each column of `Statements.insert_events`."""
        events = [payload.new for payload in self.payloads]
        acting = [event.acting for event in events]
        return {
            "event_id": [event.event_id for event in events],
            "stream_kind": [payload.stream.kind.value for payload in self.payloads],
            "originator_id": [payload.stream.id for payload in self.payloads],
            "originator_version": self.versions,
            "notification_id": list(range(self.first_index, self.last_index + 1)),
            "topic": [payload.topic for payload in self.payloads],
            "occurred_at": [payload.occurred_at for payload in self.payloads],
            "device_at": [payload.device_at for payload in self.payloads],
            "actor": [one.actor for one in acting],
            "role": [one.role.value for one in acting],
            "said_by": [one.said_by for one in acting],
            "deputising_for": [one.deputising_for for one in acting],
            "correlation_id": [one.correlation_id for one in acting],
            "causation_id": [one.causation_id for one in acting],
            "policy_version": [event.policy_version for event in events],
            "corrects": [event.corrects for event in events],
            "key_id": [None] * len(events),
            "salt": [payload.salt for payload in self.payloads],
            "state": [payload.state for payload in self.payloads],
        }

    def recorded(self, school: SchoolSlug, command_id: CommandId, recorded_at: datetime) -> tuple[Recorded, ...]:
        """What was stored, as reading it would give it."""
        return tuple(
            Recorded(_envelope(school, command_id, recorded_at, payload, version, index), payload.new.event)
            for index, (payload, version) in enumerate(
                zip(self.payloads, self.versions, strict=True), start=self.first_index
            )
        )


def _envelope(
    school: SchoolSlug, command_id: CommandId, recorded_at: datetime, payload: Payload, version: int, index: int
) -> Envelope:
    acting = payload.new.acting
    return Envelope(
        event_id=payload.new.event_id,
        school=school,
        stream=payload.stream,
        version=version,
        index=index,
        topic=payload.topic,
        occurred_at=payload.occurred_at,
        device_at=payload.device_at,
        recorded_at=recorded_at,
        actor=acting.actor,
        role=acting.role,
        said_by=acting.said_by,
        deputising_for=acting.deputising_for,
        command_id=command_id,
        correlation_id=acting.correlation_id,
        causation_id=acting.causation_id,
        policy_version=payload.new.policy_version,
        corrects=payload.new.corrects,
        key_id=None,
        salt=payload.salt,
    )


def read_event(row: EventRow, school: SchoolSlug, codec: Codec) -> Recorded:
    """The event of a row. Raises UnknownTopic, UnreadableEvent."""
    return Recorded(row.envelope(school), codec.decode(row.topic, row.state))


def show_event(row: EventRow, school: SchoolSlug, codec: Codec) -> Recorded:
    """The event of a row, or `Unreadable` in its place."""
    event: Event = codec.decode_or_stand_in(row.topic, row.state)
    return Recorded(row.envelope(school), event)
