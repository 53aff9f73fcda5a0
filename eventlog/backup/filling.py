"""Rows of a backup into tables, as their owner. What is there stays as it is: most tables refuse to be changed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Composable, Composed, Identifier

from eventlog.backup.errors import BackupUnusable
from eventlog.backup.manifest import Table
from eventlog.backup.parts import Part
from eventlog.backup.shapes import FETCH, Column, Shape
from eventlog.backup.walking import Walk
from eventlog.ledger.verifier import Disclosed, Refused, parse_event_line

Row = tuple[str | None, ...]
_UNGUARDED: Final = SQL("ALTER TABLE {} DISABLE TRIGGER epoch_never_changes")
_GUARDED: Final = SQL("ALTER TABLE {} ENABLE ALWAYS TRIGGER epoch_never_changes")
_ROW: Final = msgspec.json.Decoder(tuple[str | None, ...])
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EVENT_COLUMNS: Final = (
    "notification_id", "recorded_at", "salt", "envelope", "state",
    "stream_kind", "originator_id", "originator_version", "topic", "event_id", "key_id",
)  # fmt: skip


def table_rows(part: Part, table: Table) -> Iterator[Row]:
    """The rows of a table's file, decoded. Raises BackupUnusable with the line."""
    return decoded(part.rows(table), table)


def decoded(lines: Iterable[bytes], table: Table) -> Iterator[Row]:
    """Rows, each a line of a table's file. Raises BackupUnusable with the line."""
    for number, line in enumerate(lines, 1):
        try:
            row = _ROW.decode(line)
        except msgspec.MsgspecError:
            reason = "the line is no list of texts"
            raise BackupUnusable(reason, file=table.file, line=number) from None
        if len(row) != len(table.columns):
            reason = f"the line has {len(row)} values for {len(table.columns)} columns"
            raise BackupUnusable(reason, file=table.file, line=number)
        yield row


def fill(
    connection: Connection[Any], shape: Shape, table: Table, rows: Iterable[Row], where: Composable | None = None
) -> int:
    """Put rows into a table, all but those whose key is taken; how many. `where` picks among them, as `new`.

    Raises BackupUnusable, with the file, where the table refuses one.
    """
    columns = shape.of(table.columns, table.file)
    statement = _insert(shape, columns, where)
    rows, added = iter(rows), 0
    while some := list(islice(rows, FETCH)):
        values = [list(column) for column in zip(*some, strict=True)]
        with _refusals(table.file):
            added += connection.execute(statement, values).rowcount
    for column in columns:
        if column.identity:
            connection.execute(_numbers_on(shape, column))
    return added


@contextmanager
def other_epochs(connection: Connection[Any], schema: str) -> Iterator[None]:
    """For the block a school's log has no epoch, and takes those that it had: each was opened when it really was.

    What the migration has just opened goes. Inside a transaction that makes the school's tables, and the guard stands again
    before anything else is loaded.
    """
    table = Identifier(schema, "epoch")
    connection.execute(_UNGUARDED.format(table))
    connection.execute(SQL("DELETE FROM {}").format(table))
    yield
    connection.execute(_GUARDED.format(table))


def fill_events(
    connection: Connection[Any], table: Table, lines: Iterable[bytes], walk: Walk, told: Callable[[int], None]
) -> None:
    """Put events into their table, each verified first: `lines` as in an exported log. Raises BackupUnusable with the line.

    `told` hears of every few thousand.
    """
    columns = SQL(", ").join(map(Identifier, _EVENT_COLUMNS))
    copy = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table.schema, "event"), columns)
    with _refusals(table.file), connection.cursor().copy(copy) as copying:
        for number, line in enumerate(lines, 1):
            try:
                event = parse_event_line(line.decode())
                fields = walk.add(event)
            except (Refused, UnicodeDecodeError) as error:
                reason = error.reason if isinstance(error, Refused) else "the line is not UTF-8"
                raise BackupUnusable(reason, file=table.file, line=number) from None
            copying.write_row(_event_row(event, fields))
            if number % FETCH == 0:
                told(FETCH)
        told(table.rows % FETCH)


def _event_row(event: Disclosed, fields: dict[str, str]) -> Sequence[object]:
    return (
        event.index,
        _EPOCH + timedelta(microseconds=event.recorded_at),
        event.salt,
        event.envelope,
        event.ciphertext,
        fields["kind"],
        UUID(fields["stream"]),
        int(fields["version"]),
        fields["topic"],
        UUID(fields["event_id"]),
        UUID(fields["key_id"]),
    )


def _insert(shape: Shape, columns: Sequence[Column], where: Composable | None) -> Composed:
    names = SQL(", ").join(Identifier(column.name) for column in columns)
    # The type comes from the catalogue, which is this database's own word.
    typed = SQL(", ").join(SQL("new.{}::{}").format(Identifier(column.name), SQL(column.type)) for column in columns)
    arrays = SQL(", ").join(SQL("%s::text[]") for _ in columns)
    insert = SQL(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM unnest({}) AS new ({}) {} ON CONFLICT DO NOTHING"
    )
    table = Identifier(shape.schema, shape.table)
    return insert.format(table, names, typed, arrays, names, SQL("") if where is None else SQL("WHERE ") + where)


def _numbers_on(shape: Shape, column: Column) -> Composed:
    """An identity column goes on after the largest number that was restored."""
    text = SQL("SELECT setval(pg_get_serial_sequence({}, {}), max({}) + 1, false) FROM {} HAVING max({}) IS NOT NULL")
    table, name = Identifier(shape.schema, shape.table), Identifier(column.name)
    return text.format(f"{shape.schema}.{shape.table}", column.name, name, table, name)


class _refusals:  # noqa: N801 - read as a statement
    """Whatever the database refuses in the block is said of the file."""

    def __init__(self, file: str) -> None:
        self._file = file

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, psycopg.IntegrityError | psycopg.DataError):
            # Not the database's own words: they repeat the row.
            broken = error.diag.constraint_name or type(error).__name__
            reason = f"the table refuses a row of it ({broken}): it contradicts another one"
            raise BackupUnusable(reason, file=self._file) from error
