"""The engine of migrations: numbered static SQL, applied once, recorded for each schema with the hash of its file.

All runs happen under one advisory lock, so any number of processes may start together. Each schema's pending files are
one transaction: a crash leaves the schema as it was before.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from eventlog.errors import LogUnavailable, MigrationChanged, NotMigrated, RolesMissing

OWNER: Final = "doorstep_owner"
"""Owns every table outside the views; nobody can log in as it."""
_LOCK: Final = 0x646F6F7273746570  # "doorstep"
_FILE: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


class Migration(NamedTuple):
    """One numbered file."""

    number: int
    file_name: str
    sql: str

    @property
    def sha256(self) -> str:
        """The hash by which a changed file is noticed."""
        return sha256(self.sql.encode()).hexdigest()


class Target(NamedTuple):
    """A schema, the role that owns it and the files that make it."""

    schema: str
    role: str
    migrations: Sequence[Migration]


def read_migrations(folder: str, migrations: Traversable | None = None) -> tuple[Migration, ...]:
    """The numbered files of a folder, in order, from 1 without a gap. Raises MigrationChanged otherwise."""
    source = (migrations or files("eventlog") / "migrations") / folder
    found = []
    for file in source.iterdir():
        match = _FILE.fullmatch(file.name)
        if match:
            found.append(Migration(int(match[1]), file.name, file.read_text(encoding="utf-8")))
    found.sort()
    if [one.number for one in found] != list(range(1, len(found) + 1)):
        message = f"The migrations in {folder} are not numbered 0001, 0002 and so on, each once."
        raise MigrationChanged(message)
    return tuple(found)


@contextmanager
def under_lock(conninfo: str) -> Iterator[Connection[Any]]:
    """A connection as the migrating role, alone among all that migrate. The lock goes with the connection."""
    try:
        with connected(conninfo) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            connection.execute("SET client_min_messages = warning")
            yield connection
    except psycopg.errors.UndefinedObject as error:
        message = f"{error.diag.message_primary}: run eventlog/roles.sql as a superuser first."
        raise RolesMissing(message) from error


def connected(conninfo: str) -> Connection[Any]:
    """A new connection, each statement a transaction of its own. Raises LogUnavailable."""
    try:
        return psycopg.connect(conninfo, autocommit=True)
    except psycopg.OperationalError as error:
        message = f"The database could not be reached: {error}"
        raise LogUnavailable(message) from error


def prepare(connection: Connection[Any]) -> None:
    """Make the place where migrations are recorded. Inside a transaction; running it again changes nothing."""
    if connection.execute("SELECT FROM pg_namespace WHERE nspname = 'doorstep'").fetchone() is None:
        connection.execute("CREATE SCHEMA doorstep AUTHORIZATION doorstep_owner")
    connection.execute("SET LOCAL ROLE doorstep_owner")
    connection.execute(_static((files("eventlog") / "migrations" / "bootstrap.sql").read_text(encoding="utf-8")))


def refuse_pending(connection: Connection[Any], target: Target) -> None:
    """Raise NotMigrated where a file of the target is not applied, MigrationChanged where one differs."""
    lacking = pending(connection, target)
    if lacking:
        message = (
            f"The database is older than this release: {target.schema} lacks {lacking[0].file_name}."
            " Run `doorstep migrate`."
        )
        raise NotMigrated(message)


def pending(connection: Connection[Any], target: Target) -> list[Migration]:
    """What is still to be applied. Raises MigrationChanged where what was applied differs from the files."""
    rows = connection.cursor(row_factory=tuple_row).execute(
        "SELECT number, file_name, sha256 FROM doorstep.migration WHERE schema_name = %s ORDER BY number",
        (target.schema,),
    )
    applied = {number: (file_name, sha) for number, file_name, sha in rows}
    known = {migration.number: migration for migration in target.migrations}
    for number, (file_name, sha) in applied.items():
        if number not in known:
            message = (
                f"{target.schema} has migration {file_name}, which this release does not know:"
                " the database was used by a newer release. Install that one."
            )
            raise MigrationChanged(message)
        if known[number].sha256 != sha:
            message = (
                f"Migration {known[number].file_name} was applied to {target.schema} with another content."
                " An applied migration never changes: restore the file, and put the change in a new one."
            )
            raise MigrationChanged(message)
    return [migration for migration in target.migrations if migration.number not in applied]


def apply(connection: Connection[Any], target: Target) -> None:
    """Apply what is still to be applied, all of it or nothing. Raises as `pending`."""
    lacking = pending(connection, target)
    if not lacking:
        return
    with connection.transaction():
        if connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", (target.schema,)).fetchone() is None:
            make = SQL("CREATE SCHEMA {} AUTHORIZATION {}")
            connection.execute(make.format(Identifier(target.schema), Identifier(target.role)))
        for migration in lacking:
            connection.execute(SQL("SET LOCAL ROLE {}").format(Identifier(target.role)))
            connection.execute(SQL("SET LOCAL search_path TO {}").format(Identifier(target.schema)))
            connection.execute(_static(migration.sql))
            connection.execute("SET LOCAL ROLE doorstep_owner")
            connection.execute(
                "INSERT INTO doorstep.migration (schema_name, number, file_name, sha256) VALUES (%s, %s, %s, %s)",
                (target.schema, migration.number, migration.file_name, migration.sha256),
            )
        connection.execute("RESET ROLE")
        # After the commit of this transaction the schema is complete; a crash before it leaves nothing.


def _static(sql: str) -> bytes:
    """SQL from a file of this package, fixed when it was released; bytes, because psycopg asks literals of a str."""
    return sql.encode()
