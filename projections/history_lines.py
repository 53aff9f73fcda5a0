"""The lines of a history: both times of each event, whose word it was, and beside each fact what speaks of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from domain.envelope import Envelope
from domain.event import Event
from domain.ids import DOORSTEP, CommandId, EventId, StaffId, StreamKind
from domain.policy import Source
from domain.roles import Role
from domain.staff.state import Person

LATE = timedelta(minutes=2)
"""Stated and recorded times that differ by more than this make an event late (DV-15)."""
QUEUED = timedelta(seconds=10)
"""A phone sends its own clock's time with every tap; one that took longer than this to arrive had waited in it."""


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """A person, as a line names them."""

    id: StaffId
    name: str
    """Where the school does not know the id: somebody."""
    role: Role | None = None
    """The role acted in; None where the line does not say."""


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """Whose spoken word a line is, and whether they stand by it."""

    by: Who
    state: Literal["awaiting", "confirmed", "disowned"]
    past_day: bool = False
    """Still awaiting after the London day it was typed on."""
    settled_at: datetime | None = None
    reason: str = ""
    """Why it was disowned."""
    event_ids: tuple[EventId, ...] = ()
    """The events that confirmed or disowned it."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why a deviation came about, as somebody added it."""

    event_id: EventId
    by: Who
    recorded_at: datetime
    reason: str


class PutRight(msgspec.Struct, frozen=True, kw_only=True):
    """A field of an event as it ought to have been; the event beside it shows what was said first."""

    field: str
    text: str = ""
    at: datetime | None = None


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """What put an event right, shown beside it."""

    event_id: EventId
    by: Who
    recorded_at: datetime
    reason: str
    takes_back: bool
    """It never happened."""
    true_time: datetime | None
    """It happened at this time."""
    put_right: tuple[PutRight, ...] = ()
    """Words and stated times that were put right."""
    undone: bool
    """This correction was itself taken back."""


class Deviation(msgspec.Struct, frozen=True, kw_only=True):
    """What differed from the policy ("not as policy"), or from Doorstep's advice where the policy is silent."""

    event_id: EventId
    rule: str
    says: str
    source: Source
    """`default` means "Doorstep advice not followed": counted against nobody."""
    clauses: tuple[str, ...]
    reason: str
    explanations: tuple[Explanation, ...]
    corrections: tuple[Correction, ...]
    taken_back: bool


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """How a fact was kept where parts of it could not be read."""

    event_id: EventId
    says: str
    unreadable: dict[str, str]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a history, with what speaks of it."""

    event_id: EventId
    index: int
    """Its place in the school's log."""
    version: int
    stream_kind: StreamKind
    stream_id: str
    topic: str
    event: Event
    """The event's own fields."""
    occurred_at: datetime
    """When it happened, as it stands corrected; the line is placed by this."""
    stated_at: datetime
    """When it happened, as first stated."""
    recorded_at: datetime
    device_at: datetime | None
    """When a phone queued it, by the phone's clock."""
    late: bool
    """The stated and the recorded time differ by over two minutes, or a phone had queued it."""
    by: Who
    said_by: Spoken | None
    deputising_for: Who | None
    command_id: CommandId
    policy_version: int
    deviations: tuple[Deviation, ...]
    corrections: tuple[Correction, ...]
    kept: tuple[Kept, ...]
    taken_back: bool


class Composed(msgspec.Struct, frozen=True, kw_only=True):
    """A history's lines, in the order things happened."""

    lines: tuple[Line, ...]


def is_late(envelope: Envelope) -> bool:
    """Whether an event reached the log later (or earlier) than it says it happened, or by way of a phone's queue."""
    apart = abs(envelope.recorded_at - envelope.occurred_at)
    return apart > (LATE if envelope.device_at is None else QUEUED)


def who(people: Mapping[StaffId, Person], person: StaffId, role: Role | None = None) -> Who:
    """A person with the role acted in."""
    if person == DOORSTEP:
        return Who(id=person, name="Doorstep", role=role)
    found = people.get(person)
    return Who(id=person, name=found.name if found is not None and found.name else "somebody", role=role)
