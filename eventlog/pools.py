"""Connections: one small pool a role for all schools, and eventsourcing's datastore on top of one."""

import time
from collections.abc import Callable
from typing import TypeVar

import psycopg
from eventsourcing.persistence import InterfaceError, InternalError, OperationalError
from eventsourcing.postgres import ConnectionPool, PostgresDatastore
from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from eventlog.errors import LogUnavailable

Pool = ConnectionPool[Connection[DictRow]]
T = TypeVar("T")

WAIT_FOR_CONNECTION = 5.0
"""Seconds."""
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
        pool.open(wait=True, timeout=WAIT_FOR_CONNECTION)
    except psycopg.OperationalError as error:
        pool.close()
        message = f"The database could not be reached as {name}: {error}"
        raise LogUnavailable(message) from error
    return pool


class SharedDatastore(PostgresDatastore):
    """A datastore for one school's schema that borrows connections from the pool of all schools."""

    def __init__(self, schema: str, pool: Pool) -> None:
        """Replace the stock pool, which is never opened, by the shared one."""
        super().__init__(dbname="", host="", port="", user="", password="", schema=schema)
        self.pool = pool

    def close(self) -> None:
        """Leave the pool to the store that opened it."""


def patiently(pool: Pool, work: Callable[[], T]) -> T:
    """Do the work; where the connection is lost, make it again and repeat for up to `PATIENCE` seconds.

    Only for work that may be repeated: reading, and appending under a command id. Raises LogUnavailable.
    """
    give_up_at = time.monotonic() + PATIENCE
    pause = 0.02
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError, InternalError) as error:
            if pool.closed or time.monotonic() + pause > give_up_at:
                message = (
                    "The database could not be reached. Whether this was stored is not known:"
                    " sending it again with the same id is safe."
                )
                raise LogUnavailable(message) from error
            time.sleep(pause)
            pause = min(pause * 2, 0.5)
            pool.check()
