"""A database role for each school: the second door behind the application's own checks.

`doorstep_app` itself may read and append nothing of any school. For what it does to a school's log and views it takes
that school's role, which reaches this school's schemas and no other's. While a request is answered, the role is that of
the school in the request's address (`acting_for`), whatever school's log the code then asks for: a mistake that mixes two
schools up is refused by the database (SQLSTATE 42501).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier

_acting_for: ContextVar[str | None] = ContextVar("the school that is acted for", default=None)


def role_of(school: str) -> str:
    """The school's role; its short name is one of `migrate.valid_slug`."""
    return f"doorstep_school_{school}"


@contextmanager
def acting_for(school: str | None) -> Iterator[None]:
    """Whatever is asked of any school's log in the block is asked in this school's role; None: each log's own."""
    token = _acting_for.set(school)
    try:
        yield
    finally:
        _acting_for.reset(token)


def acting_role(school: str) -> str:
    """The role in which a school's log or views are asked now."""
    return role_of(_acting_for.get() or school)


def acts_for_another(school: str) -> bool:
    """Whether what is done now is done for another school than this one: the database will refuse it."""
    acting = _acting_for.get()
    return acting is not None and acting != school


def as_school(conninfo: str, school: str) -> str:
    """How to connect as the application in a school's role from the beginning, for one connection of its own."""
    options = f"{conninfo_to_dict(conninfo).get('options', '')} -c role={role_of(school)}".strip()
    return make_conninfo(conninfo, options=options)


class Roles:
    """The roles that pooled connections have taken, so that each changes only where it must. Thread-safe."""

    def __init__(self) -> None:
        """None has taken any."""
        self._taken: WeakKeyDictionary[Connection[Any], str] = WeakKeyDictionary()

    def take(self, connection: Connection[Any], role: str) -> None:
        """Act in this role from now on, until the connection takes another. Raises psycopg's InsufficientPrivilege."""
        if self._taken.get(connection) != role:
            connection.execute(SQL("SET ROLE {}").format(Identifier(role)))
            self._taken[connection] = role
