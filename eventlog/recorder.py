"""eventsourcing's PostgreSQL recorder, with envelope, command id and claims stored in the same transaction.

An append is two round trips: lock the head and look, then store and commit. The stock `insert_events` is not used:
it takes its ids from a sequence, locks the table with a right that the application role does not have, and commits
the rows when a later step of it fails.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, NoReturn

import psycopg
from eventsourcing.persistence import IntegrityError, NotSupportedError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg import Connection, Cursor
from psycopg.rows import DictRow, TupleRow, tuple_row
from psycopg.sql import Composed

from domain.ids import CommandId, EventId, SchoolSlug, Stream, StreamKind
from eventlog.errors import EventIdReused
from eventlog.pools import SharedDatastore
from eventlog.rows import EventRow, Payload, Placing, in_utc
from eventlog.seam import Claims, ClaimTaken, CommandReused, VersionConflict, Write
from eventlog.statements import NOTIFY, Statements

LAST_VERSION = 2**63 - 1


class Range(NamedTuple):
    """What a command stored: the indices from first to last, none where first is last + 1."""

    first_index: int
    last_index: int


class Request(NamedTuple):
    """One append, encoded and ready."""

    command_id: CommandId
    fingerprint: bytes
    writes: Sequence[Write]
    payloads: Sequence[Payload]
    claims: Claims

    def streams(self) -> list[Stream]:
        """The streams written to, each once."""
        return list(dict.fromkeys(write.stream for write in self.writes))


class Stored(NamedTuple):
    """A new append, after its commit."""

    placing: Placing
    recorded_at: datetime


class _Found(NamedTuple):
    """What lies in the log, seen under the head's lock."""

    head: int
    command: tuple[bytes, int, int] | None
    versions: dict[Stream, int]
    holders: dict[str, Stream]


class SchoolRecorder(PostgresApplicationRecorder):
    """Stores and reads the rows of one school's log. Thread-safe."""

    def __init__(
        self, datastore: SharedDatastore, school: SchoolSlug, clock: Callable[[], datetime] | None = None
    ) -> None:
        """Record into the datastore's schema; `clock` replaces the server's for seeded histories and tests."""
        super().__init__(datastore, events_table_name="event")
        self.school = school
        self.channel_name = datastore.schema
        self._sql = Statements(datastore.schema)
        self._clock = clock

    def create_table(self) -> NoReturn:
        """Refuse: tables are made by migrations."""
        message = "Tables are made by `doorstep migrate`."
        raise NotSupportedError(message)

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> NoReturn:  # noqa: ARG002 - the stock signature
        """Refuse: an event without an envelope cannot be stored."""
        message = "Events are stored by `append`, with their envelopes and their command's id."
        raise NotSupportedError(message)

    def append(self, request: Request) -> Stored | Range:
        """Store everything or nothing; answers a range where the command id is known with the same content.

        Raises VersionConflict, ClaimTaken, CommandReused, EventIdReused, and eventsourcing's OperationalError when the
        connection is lost: the commit may have happened, and asking again finds out.
        """
        try:
            with self.datastore.get_connection() as connection:
                try:
                    with connection.pipeline() as pipeline:
                        found = self._lock_and_look(connection, request)
                        known = _known(request, found)
                        if known is not None:
                            return known
                        placing = Placing(request.payloads, found.versions, found.head)
                        cursors = self._send(connection, request, placing)
                        pipeline.sync()
                finally:
                    # Reached with an open transaction only when nothing was stored. A crash here leaves nothing either.
                    if not connection.closed:
                        connection.rollback()
        except IntegrityError as error:
            if _constraint(error) == "event_event_id_idx":
                message = "An event id of this append is in the log already. Nothing was stored."
                raise EventIdReused(message) from error
            raise
        # The commit is confirmed and synced: from here a crash loses only the reply.
        return Stored(placing, _recorded_at(cursors))

    def _lock_and_look(self, connection: Connection[DictRow], request: Request) -> _Found:
        """Take the head's lock and see, behind it, all that the append depends on: one round trip."""
        streams, claims = request.streams(), request.claims
        connection.execute("BEGIN")
        head = _run(connection, self._sql.lock_head)
        command = _run(connection, self._sql.command, {"command_id": request.command_id})
        versions = _run(
            connection,
            self._sql.versions,
            {"kinds": [stream.kind.value for stream in streams], "ids": [stream.id for stream in streams]},
        )
        holders = _run(connection, self._sql.holders, {"claims": list(claims.take)}) if claims.take else None
        (last_index,) = _one(head)
        row = command.fetchone()
        return _Found(
            head=last_index,
            command=None if row is None else (bytes(row[0]), row[1], row[2]),
            versions={Stream(StreamKind(kind), id_): version for kind, id_, version in versions},
            holders={claim: Stream(StreamKind(kind), id_) for claim, kind, id_ in holders or ()},
        )

    def _send(
        self, connection: Connection[DictRow], request: Request, placing: Placing
    ) -> tuple[Cursor[TupleRow], Cursor[TupleRow]]:
        """Send everything to be stored and the commit, without waiting in between."""
        recorded_at = in_utc(self._clock()) if self._clock else None
        common = {"command_id": request.command_id, "recorded_at": recorded_at}
        stored = _run(connection, self._sql.insert_events, common | placing.parameters())
        command = {
            "command_id": request.command_id,
            "fingerprint": request.fingerprint,
            "first_index": placing.first_index,
            "last_index": placing.last_index,
        }
        _run(connection, self._sql.insert_command, command)
        self._move_claims(connection, request.claims)
        if placing.payloads:
            _run(connection, self._sql.move_head, {"last_index": placing.last_index})
            connection.execute(NOTIFY, {"channel": self.channel_name, "last_index": placing.last_index}, prepare=True)
        return stored, connection.cursor(row_factory=tuple_row).execute("COMMIT")

    def _move_claims(self, connection: Connection[DictRow], claims: Claims) -> None:
        if claims.holder is None:
            return
        who = {"kind": claims.holder.kind.value, "id": claims.holder.id}
        # What the holder has already and takes again is released and taken: one rule, no special case.
        if claims.release or claims.take:
            _run(connection, self._sql.release, who | {"claims": list(claims.release | claims.take)})
        if claims.take:
            _run(connection, self._sql.take, who | {"claims": list(claims.take)})

    def find(self, command_id: CommandId, fingerprint: bytes | None = None) -> Range | None:
        """What a command stored, or None. Raises CommandReused where it stored other content than `fingerprint`'s."""
        rows = self._rows(self._sql.command, {"command_id": command_id})
        if rows and fingerprint is not None and bytes(rows[0][0]) != fingerprint:
            raise CommandReused(command_id)
        return Range(rows[0][1], rows[0][2]) if rows else None

    def head(self) -> int:
        """The index of the last event."""
        ((last_index,),) = self._rows(self._sql.head)
        return int(last_index)

    def holder(self, claim: str) -> Stream | None:
        """Who holds a claim."""
        rows = self._rows(self._sql.holders, {"claims": [claim]})
        return Stream(StreamKind(rows[0][1]), rows[0][2]) if rows else None

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
            return _run(connection, statement, parameters).fetchall()

    def _events(self, statement: Composed, parameters: Mapping[str, Any]) -> list[EventRow]:
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=_event_row, binary=True)
            return cursor.execute(statement, parameters, prepare=True).fetchall()


def _known(request: Request, found: _Found) -> Range | None:
    """Judge the append by what lies in the log; None means that it may be stored."""
    if found.command is not None:
        fingerprint, first_index, last_index = found.command
        if fingerprint != request.fingerprint:
            raise CommandReused(request.command_id)
        return Range(first_index, last_index)
    for write in request.writes:
        if write.expected_version is not None and write.expected_version != found.versions[write.stream]:
            raise VersionConflict(write.stream)
    for claim, holder in sorted(found.holders.items()):
        if holder != request.claims.holder:
            raise ClaimTaken(claim, holder)
    return None


def _recorded_at(cursors: tuple[Cursor[TupleRow], Cursor[TupleRow]]) -> datetime:
    stored, commit = cursors
    if commit.statusmessage != "COMMIT":
        message = f"The server answered {commit.statusmessage} to COMMIT: nothing was stored."
        raise psycopg.OperationalError(message)
    (recorded_at,) = _one(stored)
    return in_utc(recorded_at)


def _run(
    connection: Connection[DictRow], statement: Composed, parameters: Mapping[str, Any] | None = None
) -> Cursor[TupleRow]:
    """Send a prepared statement and read its answer in binary."""
    cursor = connection.cursor(row_factory=tuple_row, binary=True)
    return cursor.execute(statement, parameters, prepare=True)


def _one(cursor: Cursor[TupleRow]) -> TupleRow:
    row = cursor.fetchone()
    if row is None:
        message = "The school's log has lost its head row: restore it before anything else is stored."
        raise psycopg.DataError(message)
    return row


def _event_row(_cursor: object) -> Callable[[Sequence[Any]], EventRow]:
    """A row factory: the columns come in the order of the row's fields."""
    return EventRow._make


def _constraint(error: IntegrityError) -> str | None:
    cause = error.__cause__
    return cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None
