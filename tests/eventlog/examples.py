"""The vocabulary that the tests of the log share: two events, and short ways to store them."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID, uuid4

from domain.envelope import Acting
from domain.event import Event, Subject
from domain.ids import CommandId, EventId, StaffId, Stream, TripId, VisitId, trip_stream, visit_stream
from domain.roles import Role
from eventlog.seam import Appended, Claims, NewEvent, SchoolLog, Write

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


class Knocked(Event, frozen=True, kw_only=True):
    """Somebody knocked."""

    TOPIC: ClassVar = "example.knocked.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("note",)
    note: str
    at: datetime = NOON


class Answered(Event, frozen=True, kw_only=True):
    """Somebody answered."""

    TOPIC: ClassVar = "example.answered.v1"
    SUBJECT: ClassVar = Subject.VISIT
    by: UUID


EVENTS: dict[str, type[Event]] = {Knocked.TOPIC: Knocked, Answered.TOPIC: Answered}


def a_visit() -> Stream:
    """A new visit's stream."""
    return visit_stream(VisitId(uuid4()))


def a_trip() -> Stream:
    """A new trip's stream."""
    return trip_stream(TripId(uuid4()))


def a_command() -> CommandId:
    """A new command's id."""
    return CommandId(uuid4())


def acting(command_id: CommandId | None = None) -> Acting:
    """A teacher, at noon."""
    return Acting(actor=StaffId(uuid4()), role=Role.TEACHER, command_id=command_id or a_command(), occurred_at=NOON)


def a_knock(note: str = "blue door") -> NewEvent:
    """An event, new each time."""
    return NewEvent(EventId(uuid4()), Knocked(note=note), acting(), policy_version=1)


def store(
    log: SchoolLog,
    *writes: Write,
    command_id: CommandId | None = None,
    fingerprint: bytes = b"content",
    claims: Claims = Claims(),
) -> Appended:
    """Append and wait, as a command does."""
    return asyncio.run(log.append(command_id or a_command(), fingerprint, writes, claims))


def knock(log: SchoolLog, stream: Stream | None = None, expected_version: int | None = None) -> Appended:
    """Append one event."""
    return store(log, Write(stream or a_visit(), expected_version, (a_knock(),)))


def indices(recorded: Sequence[object]) -> list[int]:
    """Where events lie in the log."""
    return [one.envelope.index for one in recorded]  # type: ignore[attr-defined]
