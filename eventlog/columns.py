"""The columns beside an envelope repeat it, so that a stream is found quickly; whoever rewrites them misleads readers.

The ledger covers the envelope and not them: so they are held against it here, for the whole log, and so is the table that
remembers which command stored what.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from domain.ids import SchoolSlug
from eventlog import canonical
from eventlog.migrate import log_schema

_FETCH: Final = 5_000
_EVENTS = SQL(
    "SELECT notification_id, envelope, originator_id, originator_version, stream_kind, topic, event_id, key_id"
    " FROM {s}.event ORDER BY notification_id"
)
_COMMANDS = SQL(
    "SELECT first_index, last_index, command_id FROM {s}.command WHERE last_index >= first_index"
    " ORDER BY first_index, last_index"
)
_HEAD = SQL("SELECT last_index FROM {s}.head")


class Astray(NamedTuple):
    """Something beside an event that is not what its envelope says."""

    event: int
    """The event's index."""
    says: str


def astray(connection: Connection[Any], slug: SchoolSlug) -> Astray | None:
    """The first event beside which something is not as its envelope says; None where all is well.

    Goes through the whole log in one snapshot, in bounded memory. For a connection in autocommit.
    """
    schema = Identifier(log_schema(slug))
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        commands = _rows(connection, "commands", _COMMANDS.format(s=schema))
        last, command = 0, _Command(0, 0, UUID(int=0))
        for index, *event in _rows(connection, "events", _EVENTS.format(s=schema)):
            if index > command.last:
                command = _Command(*next(commands, (0, 0, UUID(int=0))))
                if command.first != index and index == last + 1:
                    return Astray(index, "no command is known to have stored it")
            wrong = _wrong(slug, command, *event) if index == last + 1 else "it is missing"
            if wrong:
                return Astray(last + 1, wrong)
            last = index
        head = connection.cursor(row_factory=tuple_row).execute(_HEAD.format(s=schema)).fetchone()
        if command.last > last or head != (last,):
            return Astray(last + 1, "the log ends before it, and something else says that it does not")
    return None


class _Command(NamedTuple):
    """Which events a command is said to have stored."""

    first: int
    last: int
    id: UUID


def _wrong(slug: SchoolSlug, command: _Command, envelope: bytes, *columns: object) -> str:
    try:
        said = canonical.from_bytes(envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "its envelope cannot be read"
    if columns != (said.stream, said.version, said.kind, said.topic, said.event_id, said.key_id):
        return "the columns beside its envelope say something else"
    if said.command_id != command.id:
        return "another command is said to have stored it"
    return "" if said.school == slug else "it is another school's"


def _rows(connection: Connection[Any], name: str, query: Any) -> Iterator[Any]:
    with connection.cursor(name, row_factory=tuple_row) as cursor:
        cursor.itersize = _FETCH
        yield from cursor.execute(query)
