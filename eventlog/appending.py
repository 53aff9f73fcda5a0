"""A call of the append function: what goes in, what comes out, and what a refusal means.

The call is one statement and so one transaction: when it answers, everything in it is committed and synced; when it
refuses, nothing of it is stored. A crash in between loses only the answer, and the command id finds out.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from psycopg import Connection, pq
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from domain.ids import CommandId, SchoolSlug, Stream
from eventlog import frames
from eventlog.school_roles import role_of

_BINARY: Final = 1
_STATEMENT_UNKNOWN: Final = "26000"
_APPEND = SQL(
    "SELECT before, recorded FROM {}.append($1::doorstep.new_event[], $2::doorstep.new_command[],"
    " $3::doorstep.claim_change[], $4::doorstep.claim_change[], $5::timestamptz)"
)
_TYPES: Final = (
    "SELECT 'doorstep.new_event'::regtype::oid::int8 AS new_event,"
    " 'doorstep.new_command'::regtype::oid::int8 AS new_command,"
    " 'doorstep.claim_change'::regtype::oid::int8 AS claim_change"
)


class Request(NamedTuple):
    """One command, encrypted and ready to be stored."""

    command_id: CommandId
    fingerprint: bytes
    """A keyed hash of the command's content, 32 bytes."""
    events: tuple[bytes, ...]
    released: tuple[bytes, ...]
    taken: tuple[bytes, ...]
    touches: frozenset[Stream | bytes]
    """The streams and claims it depends on: two requests that touch the same never share a call."""
    size: int
    """Bytes, about."""


class Stored(NamedTuple):
    """Where a request's events lie in the log; for one without events, the last index is the first less one."""

    first_index: int
    last_index: int
    recorded_at: datetime


class NotStored(Exception):  # noqa: N818 - a fact about the log, not a fault
    """The server refused a call: nothing of it is stored."""

    def __init__(self, sqlstate: str, constraint: str | None, words: str) -> None:
        """Keep the server's reasons; its words name tables and constraints, never values."""
        super().__init__(words)
        self.sqlstate = sqlstate
        self.constraint = constraint


class AppendCall:
    """The append function of one school's log."""

    def __init__(self, schema: str, school: SchoolSlug, types: frames.Types) -> None:
        """Call the function in this schema."""
        self.school = school
        self.role = role_of(school)
        self.name = f"append_{schema}".encode()
        self._text = _APPEND.format(Identifier(schema)).as_bytes()
        self._types = types

    def take_role(self, pgconn: pq.abc.PGconn) -> None:
        """Have the connection act in the school's role: once for each change of schools, this one waits for the server."""
        result = pgconn.exec_(SQL("SET ROLE {}").format(Identifier(self.role)).as_bytes())
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise _refusal(pgconn, result)

    def prepare(self, pgconn: pq.abc.PGconn) -> None:
        """Have the server parse the statement, once a connection."""
        result = pgconn.prepare(self.name, self._text)
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise _refusal(pgconn, result)

    def parameters(self, requests: Sequence[Request], stated: datetime | None) -> list[bytes | None]:
        """What the function takes, in PostgreSQL's binary form."""
        events: list[bytes] = []
        commands: list[bytes] = []
        released: list[bytes] = []
        taken: list[bytes] = []
        for request in requests:
            first = len(events)
            events += request.events
            commands.append(frames.command(request.command_id, request.fingerprint, first, len(events) - 1))
            released += request.released
            taken += request.taken
        return [
            frames.array(self._types.new_event, events),
            frames.array(self._types.new_command, commands),
            frames.array(self._types.claim_change, released),
            frames.array(self._types.claim_change, taken),
            None if stated is None else frames.instant(stated),
        ]

    def send(self, pgconn: pq.abc.PGconn, parameters: Sequence[bytes | None]) -> None:
        """Send the call without waiting for the answer."""
        pgconn.send_query_prepared(self.name, parameters, [_BINARY] * len(parameters), _BINARY)

    def run(self, pgconn: pq.abc.PGconn, parameters: Sequence[bytes | None]) -> pq.abc.PGresult:
        """Send the call and wait."""
        # psycopg's types leave out that a parameter may be null, which libpq and psycopg itself allow.
        return pgconn.exec_prepared(self.name, parameters, [_BINARY] * len(parameters), _BINARY)  # type: ignore[arg-type]


def answers(pgconn: pq.abc.PGconn, result: pq.abc.PGresult, requests: Sequence[Request]) -> list[Stored]:
    """Where each request's events lie. Raises NotStored, and psycopg's OperationalError for a lost connection."""
    if result.status != pq.ExecStatus.TUPLES_OK:
        raise _refusal(pgconn, result)
    before, recorded = result.get_value(0, 0), result.get_value(0, 1)
    if before is None or recorded is None:
        message = "The append function gave no answer: the database is not the one of this release."
        raise psycopg.DataError(message)
    index, recorded_at = frames.read_number(before), frames.read_instant(recorded)
    stored = []
    for request in requests:
        stored.append(Stored(index + 1, index + len(request.events), recorded_at))
        index += len(request.events)
    return stored


def _refusal(pgconn: pq.abc.PGconn, result: pq.abc.PGresult) -> Exception:
    sqlstate = result.error_field(pq.DiagnosticField.SQLSTATE)
    words = (result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"").decode(errors="replace")
    # A server that shuts down says so before it closes the connection: whether the call was stored is not known.
    if sqlstate is None or sqlstate.startswith((b"57P", b"08")) or pgconn.status != pq.ConnStatus.OK:
        return psycopg.OperationalError(words or "the connection was lost")
    constraint = result.error_field(pq.DiagnosticField.CONSTRAINT_NAME)
    return NotStored(sqlstate.decode(), None if constraint is None else constraint.decode(), words)


class BlockingAppends:
    """Calls the append function over pooled connections, for callers outside an event loop. Thread-safe."""

    def __init__(self) -> None:
        """Remember which connections have the statement."""
        self._prepared: WeakKeyDictionary[Connection[Any], set[bytes]] = WeakKeyDictionary()

    def append(
        self, connection: Connection[Any], call: AppendCall, request: Request, stated: datetime | None
    ) -> Stored:
        """Store one request, after the commit. Raises NotStored, psycopg's OperationalError."""
        pgconn = connection.pgconn
        prepared = self._prepared.setdefault(connection, set())
        parameters = call.parameters([request], stated)
        if call.name in prepared:
            try:
                return answers(pgconn, call.run(pgconn, parameters), [request])[0]
            except NotStored as refusal:
                if refusal.sqlstate != _STATEMENT_UNKNOWN:
                    raise
                # psycopg has cleared out all prepared statements, as it does after a rollback.
        call.prepare(pgconn)
        prepared.add(call.name)
        return answers(pgconn, call.run(pgconn, parameters), [request])[0]


def read_types(connection: Connection[Any]) -> frames.Types:
    """The numbers of the append function's types in this database."""
    row = connection.cursor(row_factory=tuple_row).execute(_TYPES).fetchone()
    if row is None:
        message = "The database did not say how it numbers its types."
        raise psycopg.DataError(message)
    return frames.Types(*row)
