"""A school's log as `eventsourcing` sees it: a recorder and a mapper for its applications, repositories and projections.

The recorder encrypts what goes in and decrypts what comes out, so that the library's own parts work over it unchanged.
Doorstep itself goes through the seam; this face is for tools that are built on the library.

An event that was erased, or that this version cannot read, is handed out in its place, under its own index, as what stands
in for it (`doorstep.erased`, `doorstep.unreadable`): a subscription and its tracking go on behind it. What stands in is
never stored. Whoever asks for topics gets it where the event itself was of one of them, as its envelope says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn
from uuid import UUID

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    IntegrityError,
    JSONTranscoder,
    Mapper,
    Notification,
    NotSupportedError,
    StoredEvent,
)
from eventsourcing.persistence import Subscription as StockSubscription
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresSubscription
from psycopg.sql import SQL, Identifier

from domain.envelope import Recorded
from domain.event import Erased, Event
from domain.ids import CommandId, Stream, StreamKind
from eventlog.codec import Codec, Unreadable
from eventlog.errors import EventIdReused
from eventlog.log import PostgresLog
from eventlog.pools import SharedDatastore
from eventlog.seam import Claims, CommandReused, NewEvent, VersionConflict, Write

_STAND_INS: Final[Mapping[str, type[Event]]] = {one.TOPIC: one for one in (Erased, Unreadable)}
"""What is read in the place of an event, and never stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An event at its place in a stream. What is to be stored carries its envelope's part; what was read, its event."""

    kind: StreamKind
    originator_id: UUID
    originator_version: int
    event: Event
    new: NewEvent | None = None


@dataclass(frozen=True)
class Enveloped(StoredEvent):
    """A stored event that knows its stream's kind and, on the way in, what its envelope says."""

    kind: StreamKind
    new: NewEvent | None


@dataclass(frozen=True)
class Announced(Notification):
    """A notification that knows its stream's kind."""

    kind: StreamKind


class EventMapper(Mapper[UUID]):
    """eventsourcing's mapper for our events; the stock one calls `vars()`, which slotted types do not have."""

    def __init__(self, codec: Codec) -> None:
        """Map by way of a codec."""
        super().__init__(transcoder=JSONTranscoder())
        self._codec = codec

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """The stored form of a `Placed` event. Raises UnknownTopic."""
        if not isinstance(domain_event, Placed):
            message = f"Only events with a place in a stream can be stored, not {type(domain_event).__name__}."
            raise TypeError(message)
        topic, state = self._codec.encode(domain_event.event)
        placed = domain_event
        return Enveloped(placed.originator_id, placed.originator_version, topic, state, placed.kind, placed.new)

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[UUID]:
        """The `Placed` event of a stored one, or what stands in for it. Raises UnknownTopic, UnreadableEvent."""
        stand_in = _STAND_INS.get(stored_event.topic)
        if stand_in is None:
            event = self._codec.decode(stored_event.topic, stored_event.state)
        else:
            event = msgspec.json.decode(stored_event.state, type=stand_in)
        if not isinstance(stored_event, Enveloped | Announced):
            message = "Only what this log's recorder has read can be mapped: it knows the kind of its stream."
            raise TypeError(message)
        return Placed(
            kind=stored_event.kind,
            originator_id=UUID(str(stored_event.originator_id)),
            originator_version=stored_event.originator_version,
            event=event,
        )


class LogSubscription(PostgresSubscription):
    """eventsourcing's subscription, which looks once more when it listens.

    The library looks first and begins to listen in another thread: what was appended between the two would be told of
    only with the event after it.
    """

    def _listen(self) -> None:
        try:
            with self._recorder.datastore.get_connection() as connection:
                connection.execute(SQL("LISTEN {}").format(Identifier(self._recorder.channel_name)))
                self._has_been_notified.set()
                while not self._has_been_stopped and not self._thread_error:
                    for _ in connection.notifies(timeout=0.1, stop_after=1):
                        self._has_been_notified.set()
        except BaseException as error:  # noqa: BLE001 - raised where it is read
            self._thread_error = self._thread_error or error
            self.stop()


class ApplicationRecorder(PostgresApplicationRecorder):
    """eventsourcing's application recorder over a school's log, for one kind of stream. Thread-safe."""

    def __init__(self, log: PostgresLog, datastore: SharedDatastore, codec: Codec, kind: StreamKind) -> None:
        """Store and read streams of this kind; notifications are those of the whole log."""
        super().__init__(datastore, events_table_name="event")
        self.channel_name = datastore.schema
        self._log = log
        self._codec = codec
        self._kind = kind

    def create_table(self) -> NoReturn:
        """Refuse: tables are made by migrations."""
        message = "Tables are made by `doorstep migrate`."
        raise NotSupportedError(message)

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        command_id: CommandId | None = None,
        fingerprint: bytes = b"",
        claims: Claims = Claims(),
        **_: Any,
    ) -> Sequence[int]:
        """Append all or nothing, under a command's id. Raises IntegrityError where a stream has moved on."""
        if command_id is None:
            message = "Every append has a command id: pass `command_id`."
            raise TypeError(message)
        try:
            appended = self._log.append_now(command_id, fingerprint, _writes(stored_events), claims)
        except (VersionConflict, CommandReused, EventIdReused) as error:
            raise IntegrityError(str(error)) from error
        return [one.envelope.index for one in appended.recorded]

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """A stream's events, decrypted, an erased one as `Erased`. Raises UnreadableEvent."""
        read = self._log.read(Stream(self._kind, UUID(str(originator_id))), lte)
        events = [self._enveloped(one) for one in read if gt is None or one.envelope.version > gt]
        return (events[::-1] if desc else events)[:limit]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Events of the log in order, decrypted; what cannot be read has what stands in for it in its place."""
        first = 1 if start is None else start + (not inclusive_of_start)
        found: list[Notification] = []
        for one in self._log.read_log(first):
            index = one.envelope.index
            if len(found) == limit or (stop is not None and index > stop):
                break
            if not topics or one.envelope.topic in topics:
                event = self._enveloped(one)
                place = (event.originator_id, event.originator_version)
                found.append(Announced(*place, event.topic, event.state, index, event.kind))
        return found

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> StockSubscription[PostgresApplicationRecorder]:
        """What comes after this index, as it is appended."""
        return LogSubscription(recorder=self, gt=gt, topics=topics)

    def max_notification_id(self) -> int | None:
        """The index of the last event; None for an empty log."""
        return self._log.head() or None

    def _enveloped(self, one: Recorded) -> Enveloped:
        envelope = one.envelope
        if isinstance(one.event, Erased | Unreadable):
            topic, state = one.event.TOPIC, msgspec.json.encode(one.event)
        else:
            topic, state = self._codec.encode(one.event)
        return Enveloped(envelope.stream.id, envelope.version, topic, state, envelope.stream.kind, None)


def _writes(stored_events: Sequence[StoredEvent]) -> list[Write]:
    by_stream: dict[Stream, list[tuple[int, NewEvent]]] = {}
    for stored in stored_events:
        if not isinstance(stored, Enveloped) or stored.new is None:
            message = "An event without an envelope cannot be stored: give `Placed` events with `new`."
            raise NotSupportedError(message)
        stream = Stream(stored.kind, UUID(str(stored.originator_id)))
        by_stream.setdefault(stream, []).append((stored.originator_version, stored.new))
    return [
        Write(stream, min(version for version, _ in events) - 1, tuple(new for _, new in sorted(events, key=_version)))
        for stream, events in by_stream.items()
    ]


def _version(placed: tuple[int, NewEvent]) -> int:
    return placed[0]
