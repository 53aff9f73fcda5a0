"""Reading projections: one snapshot of one school's views, at least as new as the reader asks."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, LiteralString, TypeVar

import msgspec
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from eventlog.store import Store
from projections import tables
from projections.rows import UNREADABLE, Quarantined

T = TypeVar("T", bound=msgspec.Struct)

PATIENCE = 0.5
"""Seconds a query waits for its projection to reach `at_least`; then the page says "still saving"."""
_LOOK_AGAIN = 0.004


class StillSaving(Exception):  # noqa: N818 - what the page says
    """The projection has not reached the index asked for yet; ask again in a moment."""


class View:
    """One snapshot of a school's projections. Use within the `reading` block it came from."""

    def __init__(self, connection: Connection[Any]) -> None:
        """Made by `reading`."""
        self._connection = connection
        self._live: Mapping[str, tables.Live] | None = None

    def position(self, name: str) -> int:
        """How far a projection has come; 0 before it first ran."""
        found = self._table(name)
        return 0 if found is None else found.position

    def one(self, name: str, kind: str, key: object, of: type[T]) -> T | None:
        """One row by its key."""
        rows = self.where(name, of, "kind = %(kind)s AND key = %(key)s", kind=kind, key=str(key))
        return rows[0] if rows else None

    def all(self, name: str, kind: str, of: type[T]) -> tuple[T, ...]:
        """All rows of a kind, by key."""
        return self.where(name, of, 'kind = %(kind)s ORDER BY key COLLATE "C"', kind=kind)

    def where(self, name: str, of: type[T], condition: LiteralString, **values: object) -> tuple[T, ...]:
        """Rows that meet a static SQL condition with named values; it may end in ORDER BY and LIMIT."""
        found = self._table(name)
        if found is None:
            return ()
        query = SQL("SELECT body::text AS body FROM {} WHERE ").format(Identifier(found.table)) + SQL(condition)
        decoder = msgspec.json.Decoder(of)
        return tuple(decoder.decode(row["body"]) for row in self._connection.execute(query, values))

    def several(self, name: str, condition: LiteralString, **values: object) -> dict[str, list[str]]:
        """Rows of several kinds in one question: kind -> bodies as JSON text, in the order of their keys."""
        found = self._table(name)
        if found is None:
            return {}
        query = SQL("SELECT kind, body::text AS body FROM {} WHERE ").format(Identifier(found.table)) + SQL(condition)
        out: dict[str, list[str]] = {}
        for row in self._connection.execute(query + SQL(" ORDER BY key"), values):
            out.setdefault(row["kind"], []).append(row["body"])
        return out

    def count(self, name: str, condition: LiteralString, **values: object) -> int:
        """How many rows meet a static SQL condition."""
        found = self._table(name)
        if found is None:
            return 0
        query = SQL("SELECT count(*) AS n FROM {} WHERE ").format(Identifier(found.table)) + SQL(condition)
        row = self._connection.execute(query, values).fetchone()
        return int(row["n"]) if row else 0

    def quarantined(self, name: str) -> tuple[Quarantined, ...]:
        """Streams that this projection cannot read on: red rows."""
        return self.all(name, UNREADABLE, Quarantined)

    def _table(self, name: str) -> tables.Live | None:
        if self._live is None:
            self._live = tables.live(self._connection)
        return self._live.get(name)


@contextmanager
def reading(store: Store, school: str, *names: str, at_least: int = 0, patience: float = PATIENCE) -> Iterator[View]:
    """A snapshot in which each named projection has reached `at_least`.

    Waits up to `patience` seconds, then raises StillSaving. Raises UnknownSchool.
    """
    until = time.monotonic() + patience
    while True:
        with store.views(school) as connection:
            view = View(connection)
            if all(view.position(name) >= at_least for name in names):
                yield view
                return
        if time.monotonic() >= until:
            raise StillSaving
        time.sleep(_LOOK_AGAIN)
