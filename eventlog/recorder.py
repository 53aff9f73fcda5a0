"""Appends to one school's log through the append function, and reads its rows.

It does not use eventsourcing's own `insert_events`, which takes its ids from a sequence, locks the table with a right
that the application role does not have, and commits the rows when a later step of it fails.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import Composed

from domain.ids import CommandId, EventId, SchoolSlug, Stream, StreamKind
from eventlog.appending import AppendCall, BlockingAppends, Request, Stored
from eventlog.frames import Types
from eventlog.pools import SharedDatastore
from eventlog.rows import EventRow
from eventlog.seam import CommandReused
from eventlog.statements import Statements

LAST_VERSION = 2**63 - 1


class Range(NamedTuple):
    """What a command stored: the indices from first to last, none where first is last + 1."""

    first_index: int
    last_index: int


class Place(NamedTuple):
    """Where a stream ends: its last version and the data key of its last event."""

    version: int
    key_id: UUID


class SchoolRecorder:
    """Stores and reads the rows of one school's log. Thread-safe."""

    def __init__(
        self,
        datastore: SharedDatastore,
        school: SchoolSlug,
        types: Types,
        appends: BlockingAppends,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """Record into the datastore's schema; `clock` replaces the server's for seeded histories and tests."""
        self.datastore = datastore
        self.school = school
        self.channel_name = datastore.schema
        self.call = AppendCall(datastore.schema, school, types)
        self.clock = clock
        self._sql = Statements(datastore.schema)
        self._appends = appends

    def append(self, request: Request) -> Stored:
        """Store everything or nothing, and answer after the commit.

        Raises appending.NotStored, and psycopg's OperationalError when the connection is lost: the commit may have
        happened, and `find` tells.
        """
        with self.datastore.get_connection() as connection:
            return self._appends.append(connection, self.call, request, self.clock() if self.clock else None)

    def find(self, command_id: CommandId, fingerprint: bytes | None = None) -> Range | None:
        """What a command stored, or None. Raises CommandReused where it stored other content than `fingerprint`'s."""
        rows = self._rows(self._sql.command, {"command_id": command_id})
        if rows and fingerprint is not None and bytes(rows[0][0]) != fingerprint:
            raise CommandReused(command_id)
        return Range(rows[0][1], rows[0][2]) if rows else None

    def places(self, streams: Sequence[Stream]) -> dict[Stream, Place]:
        """Where each stream ends; one that does not exist is left out."""
        kinds, ids = [stream.kind.value for stream in streams], [stream.id for stream in streams]
        return {
            Stream(StreamKind(kind), id_): Place(version, key_id)
            for kind, id_, version, key_id in self._rows(self._sql.places, {"kinds": kinds, "ids": ids})
        }

    def holders(self, claims: Sequence[bytes]) -> dict[bytes, Stream]:
        """Who holds each of the claims (keyed hashes); one that nobody holds is left out."""
        rows = self._rows(self._sql.holders, {"claims": list(claims)})
        return {bytes(claim): Stream(StreamKind(kind), id_) for claim, kind, id_ in rows}

    def knows_any(self, event_ids: Sequence[EventId]) -> bool:
        """Whether an event of one of these ids is in the log."""
        return bool(self._rows(self._sql.known_events, {"event_ids": list(event_ids)}))

    def head(self) -> int:
        """The index of the last event."""
        ((last_index,),) = self._rows(self._sql.head)
        return int(last_index)

    def last_besides(self, topics: Collection[str], kind: str, up_to: int) -> int:
        """The index of the last event, not after one, of any other topic than these and any other kind of stream; 0 for none."""
        rows = self._rows(self._sql.last_besides, {"topics": sorted(topics), "kind": kind, "up_to": up_to})
        return int(rows[0][0]) if rows else 0

    def between(self, first_index: int, last_index: int) -> list[EventRow]:
        """The rows from one index to another, both included."""
        if last_index < first_index:
            return []
        return self._events(self._sql.log, {"first": first_index, "last": last_index})

    def of_stream(self, stream: Stream, up_to_version: int | None) -> list[EventRow]:
        """The rows of a stream in order."""
        up_to = LAST_VERSION if up_to_version is None else up_to_version
        return self._events(self._sql.stream, {"id": stream.id, "kind": stream.kind.value, "up_to": up_to})

    def one(self, event_id: EventId) -> EventRow | None:
        """One row by its event's id."""
        rows = self._events(self._sql.event, {"event_id": event_id})
        return rows[0] if rows else None

    def _rows(self, statement: Composed, parameters: Mapping[str, Any] | None = None) -> list[TupleRow]:
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row, binary=True)
            return cursor.execute(statement, parameters, prepare=True).fetchall()

    def _events(self, statement: Composed, parameters: Mapping[str, Any]) -> list[EventRow]:
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=_event_row, binary=True)
            return cursor.execute(statement, parameters, prepare=True).fetchall()


def _event_row(_cursor: object) -> Callable[[Sequence[Any]], EventRow]:
    """A row factory: the columns come in the order of the row's fields."""
    return EventRow._make
