"""Statements on schema `doorstep_accounts`, as the app's role. SQL is static text with named parameters."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from psycopg import Connection
from psycopg.rows import DictRow

from eventlog.pools import Pool, patiently

T = TypeVar("T")
Row = Mapping[str, Any]


class Rows:
    """The pool that all share. Every method raises LogUnavailable where the database is away."""

    def __init__(self, pool: Pool) -> None:
        """`pool` belongs to whoever opened it."""
        self._pool = pool

    def one(self, sql: str, **given: object) -> Row | None:
        """The first row, if there is one. For what may be done twice."""
        return self._ask(lambda connection: connection.execute(sql.encode(), given).fetchone())

    def all(self, sql: str, **given: object) -> tuple[Row, ...]:
        """All rows."""
        return self._ask(lambda connection: tuple(connection.execute(sql.encode(), given)))

    def run(self, sql: str, **given: object) -> int:
        """How many rows it touched. For what may be done twice."""
        return self._ask(lambda connection: connection.execute(sql.encode(), given).rowcount)

    @contextmanager
    def together(self) -> Iterator["Together"]:
        """Several statements, all of them or none."""
        with self._pool.connection() as connection, connection.transaction():
            yield Together(connection)

    def _ask(self, question: Callable[[Connection[DictRow]], T]) -> T:
        def ask() -> T:
            with self._pool.connection() as connection:
                return question(connection)

        return patiently(self._pool, ask)


class Together:
    """A transaction."""

    def __init__(self, connection: Connection[DictRow]) -> None:
        """Made by `Rows.together`."""
        self._connection = connection

    def one(self, sql: str, **given: object) -> Row | None:
        """The first row, if there is one."""
        return self._connection.execute(sql.encode(), given).fetchone()

    def run(self, sql: str, **given: object) -> int:
        """How many rows it touched."""
        return self._connection.execute(sql.encode(), given).rowcount
