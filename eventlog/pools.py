"""Connections: one small pool a role for all schools, and eventsourcing's datastore on top of one."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from eventsourcing.persistence import InterfaceError, InternalError, OperationalError
from eventsourcing.postgres import ConnectionPool, PostgresDatastore
from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from psycopg.sql import Composed

from eventlog.errors import LogUnavailable
from eventlog.school_roles import Roles, acting_role

Pool = ConnectionPool[Connection[DictRow]]
T = TypeVar("T")

WAIT_FOR_CONNECTION = 2.5
"""Seconds for which a caller waits for a free connection before trying again."""
PATIENCE = 5.0
"""Seconds for which a lost connection is made again before giving up."""


def open_pool(conninfo: str, *, name: str, size: int, stuck_after: int) -> Pool:
    """A pool of autocommit connections with dict rows, in UTC, made as they are needed.

    `stuck_after` (seconds, 0 for never): the server ends a session that sits idle in a transaction for longer, so that
    a frozen process cannot hold the head's lock against everybody.
    """

    def configure(connection: Connection[DictRow]) -> None:
        connection.autocommit = True
        connection.execute(
            "SELECT set_config('timezone', 'UTC', false), set_config('lock_timeout', '10s', false),"
            " set_config('idle_in_transaction_session_timeout', %s, false),"
            " set_config('application_name', %s, false)",
            (f"{stuck_after}s", name),
        )

    pool: Pool = ConnectionPool(
        conninfo,
        connection_class=Connection[DictRow],
        kwargs={"row_factory": dict_row},
        min_size=1,
        max_size=size,
        open=False,
        configure=configure,
        name=name,
        timeout=WAIT_FOR_CONNECTION,
    )
    try:
        pool.open(wait=True, timeout=PATIENCE)
    except psycopg.OperationalError as error:
        pool.close()
        message = f"The database could not be reached as {name}: {error}"
        raise LogUnavailable(message) from error
    return pool


def connect_for_appends(conninfo: str) -> Connection[Any]:
    """A connection that only calls the append function. Raises psycopg's OperationalError."""
    connection = psycopg.connect(conninfo, autocommit=True, application_name="doorstep append")
    connection.execute("SELECT set_config('lock_timeout', '10s', false)")
    return connection


class SchoolPool:
    """The pool from which connections are borrowed to do something for one school, in the role of that school."""

    def __init__(self, pool: Pool) -> None:
        """No connection has taken a role yet. Nobody else borrows from this pool."""
        self.pool = pool
        self.roles = Roles()

    @contextmanager
    def acting(self, role: str) -> Iterator[Connection[DictRow]]:
        """A connection that acts in a role."""
        with self.pool.connection() as connection:
            self.roles.take(connection, role)
            yield connection


class SharedDatastore(PostgresDatastore):
    """A datastore for one school's schema that borrows connections from the pool of all schools."""

    def __init__(self, schema: str, school: str, pool: SchoolPool) -> None:
        """Replace the stock pool, which is never opened, by the shared one."""
        super().__init__(dbname="", host="", port="", user="", password="", schema=schema)
        self.pool = pool.pool
        self._school, self._roles = school, pool.roles

    @contextmanager
    def get_connection(self) -> Iterator[Connection[DictRow]]:
        """A connection that acts in the school's role. Raises eventsourcing's errors."""
        with super().get_connection() as connection:
            self._roles.take(connection, acting_role(self._school))
            yield connection

    def close(self) -> None:
        """Leave the pool to the store that opened it."""


UNKNOWN_OUTCOME = "The database could not be reached. Whether this was stored is not known: sending it again with the same id is safe."
NO_ANSWER = "The database could not be reached. Try again in a moment."
_LOST = (
    OperationalError,
    InterfaceError,
    InternalError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.InternalError,
)


def patiently(pool: Pool, work: Callable[[], T], otherwise: str = NO_ANSWER) -> T:
    """Do the work; where the connection is lost, make it again and repeat for up to `PATIENCE` seconds.

    Only for work that may be repeated: reading, and appending under a command id. Raises LogUnavailable, with
    `otherwise` as its words.
    """
    give_up_at = time.monotonic() + PATIENCE
    pause = 0.02
    while True:
        try:
            return work()
        except _LOST as error:
            if pool.closed or time.monotonic() + pause > give_up_at:
                raise LogUnavailable(otherwise) from error
            time.sleep(pause)
            pause = min(pause * 2, 0.5)
            pool.check()


@contextmanager
def begun(pool: Pool, begin: Composed) -> Iterator[Connection[DictRow]]:
    """A connection in the transaction that `begin` opens; what the block leaves open is rolled back.

    Raises LogUnavailable where no transaction can be opened.
    """
    connection = patiently(pool, lambda: _begin(pool, begin))
    try:
        yield connection
    finally:
        try:
            if not connection.closed:
                connection.rollback()
        finally:
            pool.putconn(connection)


def _begin(pool: Pool, begin: Composed) -> Connection[DictRow]:
    connection = pool.getconn()
    try:
        connection.execute(begin)
    except BaseException:
        pool.putconn(connection)
        raise
    return connection
