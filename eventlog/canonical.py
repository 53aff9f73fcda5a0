"""The canonical envelope: the exact bytes that are stored, hashed into the ledger and bound to the payload.

JSON without whitespace, in the order of the fields below, absent ones left out: any language can write and read it,
and a person can too. `docs/log-format.md` is its specification.
"""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from domain.envelope import Envelope
from domain.ids import CommandId, EventId, SchoolSlug, StaffId, Stream, StreamKind
from domain.roles import Role


class Canonical(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What an envelope says of an event before the event has its index. The order of the fields is the format."""

    school: SchoolSlug
    kind: StreamKind
    stream: UUID
    version: int
    event_id: EventId
    topic: str
    occurred_at: datetime
    actor: StaffId
    role: Role
    command_id: CommandId
    policy_version: int
    key_id: UUID
    device_at: datetime | None = None
    said_by: StaffId | None = None
    deputising_for: StaffId | None = None
    correlation_id: EventId | None = None
    causation_id: EventId | None = None
    corrects: EventId | None = None

    def placed(self, index: int, recorded_at: datetime, salt: bytes) -> Envelope:
        """The whole envelope, once the log has given the event its index."""
        return Envelope(
            self.event_id,
            self.school,
            Stream(self.kind, self.stream),
            self.version,
            index,
            self.topic,
            self.occurred_at,
            self.device_at,
            recorded_at,
            self.actor,
            self.role,
            self.said_by,
            self.deputising_for,
            self.command_id,
            self.correlation_id,
            self.causation_id,
            self.policy_version,
            self.corrects,
            self.key_id,
            salt,
        )


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Canonical)


def to_bytes(canonical: Canonical) -> bytes:
    """The canonical bytes."""
    return _encoder.encode(canonical)


def from_bytes(envelope: bytes) -> Canonical:
    """What the bytes say. Raises msgspec.MsgspecError where they are no envelope."""
    return _decoder.decode(envelope)


def in_utc(instant: datetime) -> datetime:
    """The same instant, in UTC. Raises ValueError without a zone or outside the years 1 to 9999."""
    if instant.tzinfo is UTC:
        return instant
    if instant.tzinfo is None:
        message = "An instant without a time zone cannot be stored."
        raise ValueError(message)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        message = "An instant outside the years 1 to 9999 cannot be stored."
        raise ValueError(message) from None
