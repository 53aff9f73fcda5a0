"""Which tables a schema has: asked of the catalogue, so that a table of a later migration is never left out."""

from collections.abc import Iterator, Sequence
from graphlib import TopologicalSorter
from typing import Any, Final, NamedTuple

from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from eventlog.backup.errors import BackupUnusable

FETCH: Final = 2_000
"""Rows fetched and written at a time."""
_COLUMNS: Final = (
    "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attidentity <> ''"
    " FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
    " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid"
    " WHERE n.nspname = %s AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''"
    " ORDER BY c.relname, a.attnum"
)
_NEEDS: Final = (
    "SELECT c.relname, f.relname FROM pg_catalog.pg_constraint AS k"
    " JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid JOIN pg_catalog.pg_class AS f ON f.oid = k.confrelid"
    " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE k.contype = 'f' AND n.nspname = %s AND f.oid <> c.oid"
)
READABLE: Final = (
    "SELECT set_config('timezone', 'UTC', false), set_config('datestyle', 'ISO, YMD', false),"
    " set_config('intervalstyle', 'iso_8601', false), set_config('bytea_output', 'hex', false),"
    " set_config('extra_float_digits', '1', false), set_config('idle_in_transaction_session_timeout', '0', false),"
    " set_config('statement_timeout', '0', false)"
)
"""Settings of a session under which a value as text is the value: nothing is rounded and no zone is lost."""


class Column(NamedTuple):
    """A column and its type, as SQL writes it."""

    name: str
    type: str
    identity: bool


class Shape(NamedTuple):
    """A table and its columns."""

    schema: str
    table: str
    columns: tuple[Column, ...]

    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)

    def of(self, names: Sequence[str], file: str) -> tuple[Column, ...]:
        """The columns that a file has, in its order. Raises BackupUnusable for one that is not here."""
        known = {column.name: column for column in self.columns}
        for name in names:
            if name not in known:
                reason = f"{self.schema}.{self.table} has no column {name!r}"
                raise BackupUnusable(reason, file=file)
        return tuple(known[name] for name in names)


def shapes(connection: Connection[Any], schema: str) -> tuple[Shape, ...]:
    """The tables of a schema, what others refer to first."""
    cursor = connection.cursor(row_factory=tuple_row)
    found: dict[str, list[Column]] = {}
    for table, *column in cursor.execute(_COLUMNS, (schema,)).fetchall():
        found.setdefault(table, []).append(Column(*column))
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(found, ()))
    for table, needed in cursor.execute(_NEEDS, (schema,)).fetchall():
        if needed in found:
            order.add(table, needed)
    return tuple(Shape(schema, table, tuple(found[table])) for table in order.static_order())


def rows_as_text(connection: Connection[Any], shape: Shape) -> Iterator[tuple[str | None, ...]]:
    """All rows of a table, each value as text, inside the transaction at hand."""
    columns = SQL(", ").join(SQL("{}::text").format(Identifier(name)) for name in shape.names())
    query = SQL("SELECT {} FROM {}").format(columns, Identifier(shape.schema, shape.table))
    with connection.cursor(name="doorstep_backup", row_factory=tuple_row) as cursor:
        cursor.itersize = FETCH
        yield from cursor.execute(query)
