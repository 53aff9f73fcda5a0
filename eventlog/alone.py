"""Doing something that no two processes may do to one database at the same time."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from psycopg import Connection

from eventlog.errors import LogUnavailable
from eventlog.settings import DatabaseUrls


@contextmanager
def alone(urls: DatabaseUrls, what: str, others: Callable[[], None]) -> Iterator[None]:
    """Do `what` as the only process that does so to this database, for as long as the block lasts.

    Where another process does it now, `others` is called once, and the block begins when that one has ended. The lock
    goes with its connection: a process that is killed leaves nothing locked. Raises LogUnavailable.
    """
    try:
        connection = psycopg.connect(urls.app, autocommit=True, application_name=f"doorstep {what}")
        _take(connection, what, others)
    except psycopg.OperationalError as error:
        message = f"The database could not be reached: {error}"
        raise LogUnavailable(message) from error
    with closing(connection):
        yield


def _take(connection: Connection[Any], what: str, others: Callable[[], None]) -> None:
    try:
        taken = connection.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (what,)).fetchone()
        if taken != (True,):
            others()
            connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (what,))
    except BaseException:
        connection.close()
        raise
