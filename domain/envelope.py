"""What is kept beside each event in clear text: ids, times and places in the log, never personal data."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from domain.event import Event
from domain.ids import CommandId, EventId, SchoolSlug, StaffId, Stream
from domain.roles import Role


class Acting(msgspec.Struct, frozen=True, kw_only=True):
    """Who says what happened, in which role, and when. All instants are UTC-aware."""

    actor: StaffId
    """Who tapped or typed."""
    role: Role
    """The role the person acted in."""
    said_by: StaffId | None = None
    """Who said it, where it was said by telephone and typed by the actor."""
    only_in: Role | None = None
    """The one role that the actor acts in here, whatever others they hold: at a front desk the office's, by a token its own."""
    lent: bool = False
    """Whether that role is lent to them, as at a front desk; else they act in it as long as they hold it."""
    deputising_for: StaffId | None = None
    """The absent holder of the role, where a recorded deputy acted in it."""
    command_id: CommandId
    """Sent twice gives one event."""
    occurred_at: datetime
    """When it happened, as stated."""
    device_at: datetime | None = None
    """When a phone queued it, by the phone's clock."""
    correlation_id: EventId | None = None
    causation_id: EventId | None = None

    @property
    def person(self) -> StaffId:
        """Whose word this is: the one who said it, else the one who typed it."""
        return self.said_by or self.actor


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """The clear-text part of a recorded event. `occurred_at` is stated, `recorded_at` the server's."""

    event_id: EventId
    school: SchoolSlug
    stream: Stream
    version: int
    """Place in the stream, from 1."""
    index: int
    """Gapless place in the school's log, from 1."""
    topic: str
    occurred_at: datetime
    device_at: datetime | None
    recorded_at: datetime
    actor: StaffId
    role: Role
    said_by: StaffId | None
    deputising_for: StaffId | None
    command_id: CommandId
    correlation_id: EventId | None
    causation_id: EventId | None
    policy_version: int
    """The version of the school's settings that the step was judged by; 0 before any was adopted."""
    corrects: EventId | None
    key_id: UUID | None
    salt: bytes

    @property
    def person(self) -> StaffId:
        """Whose word this is: the one who said it, else the one who typed it."""
        return self.said_by or self.actor


class Recorded(NamedTuple):
    """An event as it lies in the log."""

    envelope: Envelope
    event: Event


class Entry(NamedTuple):
    """An event that a decision wants appended, and the stream it belongs to."""

    stream: Stream
    event: Event
    occurred_at: datetime | None = None
    """Set where it differs from the command's own time."""
    corrects: EventId | None = None
    role: Role | None = None
    """Set where the decision found the role that the person acted in: an approver's, say."""
    deputising_for: StaffId | None = None


Decision = tuple[Entry, ...]
"""What a decision returns: events for one stream or several, appended together or not at all."""
