"""Migrations: numbered static SQL, applied once, recorded for each schema with the hash of its file.

Three folders: `installation` (schema `doorstep`, once a database), `school` (each school's log) and `views` (each
school's projections). All runs happen under one advisory lock, so any number of processes may start together. Each
schema's pending files are one transaction: a crash leaves the schema as it was before.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final, Literal, NamedTuple, cast

import psycopg
from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from domain.ids import SchoolSlug
from eventlog.errors import (
    LogUnavailable,
    MigrationChanged,
    NotMigrated,
    RolesMissing,
    SchoolExists,
    SchoolSlugUnusable,
    UnknownSchool,
    WrongInstallation,
)
from eventlog.settings import DatabaseUrls

InstallationKind = Literal["demonstration", "live"]

OWNER: Final = "doorstep_owner"
"""Owns every table outside the views; nobody can log in as it."""
PROJECTOR: Final = "doorstep_projector"
INSTALLATION: Final = "doorstep"
"""The schema of what concerns all schools."""
_NOT_PREPARED: Final = "This database has not been prepared for Doorstep yet. Run `doorstep migrate`."
_LOCK: Final = 0x646F6F7273746570  # "doorstep"
_SLUG: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FILE: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


class School(NamedTuple):
    """A school of this installation."""

    slug: SchoolSlug
    name: str
    policy_key: str
    created_at: datetime


class Migration(NamedTuple):
    """One numbered file."""

    number: int
    file_name: str
    sql: str

    @property
    def sha256(self) -> str:
        """The hash by which a changed file is noticed."""
        return sha256(self.sql.encode()).hexdigest()


class _Target(NamedTuple):
    """A schema, the role that owns it and the files that make it."""

    schema: str
    role: str
    migrations: Sequence[Migration]


def log_schema(slug: SchoolSlug) -> str:
    """The schema of a school's log. Raises SchoolSlugUnusable."""
    return f"school_{valid_slug(slug)}"


def views_schema(slug: SchoolSlug) -> str:
    """The schema of a school's projections. Raises SchoolSlugUnusable."""
    return f"school_{valid_slug(slug)}_views"


def valid_slug(slug: str) -> SchoolSlug:
    """The short name, if it can be one. Raises SchoolSlugUnusable.

    `_views` at the end is refused because the log of a school `a_views` would lie where the views of `a` are.
    """
    if not _SLUG.fullmatch(slug) or slug.endswith("_views"):
        raise SchoolSlugUnusable(slug)
    return SchoolSlug(slug)


def migrate(urls: DatabaseUrls, kind: InstallationKind, migrations: Traversable | None = None) -> None:
    """Bring the database and all its schools up to this release; an empty database gets the mark `kind`.

    Running it again changes nothing. `migrations` replaces the folder of files, for tests.
    Raises WrongInstallation, MigrationChanged, RolesMissing, LogUnavailable.
    """
    with _under_lock(urls) as connection:
        _refuse_other_mark(connection, kind)
        _apply(connection, _Target(INSTALLATION, OWNER, read_migrations("installation", migrations)))
        with connection.transaction():
            connection.execute("SET LOCAL ROLE doorstep_owner")
            connection.execute("INSERT INTO doorstep.installation (kind) VALUES (%s) ON CONFLICT DO NOTHING", (kind,))
        for school in _schools(connection):
            for target in _school_targets(school.slug, migrations):
                _apply(connection, target)


def add_school(
    urls: DatabaseUrls, slug: str, name: str, policy_key: str, migrations: Traversable | None = None
) -> School:
    """Register a school and make its schemas; answers with what is there if the very same school is known.

    Raises SchoolSlugUnusable, SchoolExists, NotMigrated, MigrationChanged.
    """
    valid = valid_slug(slug)
    with _under_lock(urls) as connection:
        installation_kind_of(connection)
        with connection.transaction():
            connection.execute("SET LOCAL ROLE doorstep_owner")
            connection.execute(
                "INSERT INTO doorstep.school (slug, name, policy_key) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (valid, name, policy_key),
            )
            school = find_school(connection, valid)
            if (school.name, school.policy_key) != (name, policy_key):
                raise SchoolExists(valid, school.name)
            connection.execute("RESET ROLE")
            for target in _school_targets(valid, migrations):
                _apply(connection, target)
    return school


def installation_kind(urls: DatabaseUrls) -> InstallationKind | None:
    """The database's mark, or None where nothing marked it yet. Changes nothing. Raises LogUnavailable."""
    with _connected(urls.app) as connection:
        return _mark(connection)


def installation_kind_of(connection: Connection[Any]) -> InstallationKind:
    """The database's mark. Raises NotMigrated where there is none."""
    kind = _mark(connection)
    if kind is None:
        raise NotMigrated(_NOT_PREPARED)
    return kind


def find_school(connection: Connection[Any], slug: SchoolSlug) -> School:
    """A school by its short name. Raises UnknownSchool."""
    for school in _schools(connection):
        if school.slug == slug:
            return school
    raise UnknownSchool(slug)


def list_schools(connection: Connection[Any]) -> tuple[School, ...]:
    """All schools, by short name."""
    return _schools(connection)


def refuse_unmigrated(connection: Connection[Any], migrations: Traversable | None = None) -> None:
    """Raise NotMigrated or MigrationChanged unless exactly this release's migrations are applied everywhere."""
    installation_kind_of(connection)
    targets = [_Target(INSTALLATION, OWNER, read_migrations("installation", migrations))]
    for school in _schools(connection):
        targets.extend(_school_targets(school.slug, migrations))
    for target in targets:
        pending = _pending(connection, target)
        if pending:
            message = (
                f"The database is older than this release: {target.schema} lacks {pending[0].file_name}."
                " Run `doorstep migrate`."
            )
            raise NotMigrated(message)


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
def _under_lock(urls: DatabaseUrls) -> Iterator[Connection[Any]]:
    """A connection as the migrating role, alone among all that migrate. The lock goes with the connection."""
    try:
        with _connected(urls.migrate) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
            connection.execute("SET client_min_messages = warning")
            yield connection
    except psycopg.errors.UndefinedObject as error:
        message = f"{error.diag.message_primary}: run eventlog/roles.sql as a superuser first."
        raise RolesMissing(message) from error


def _connected(conninfo: str) -> Connection[Any]:
    try:
        return psycopg.connect(conninfo, autocommit=True)
    except psycopg.OperationalError as error:
        message = f"The database could not be reached: {error}"
        raise LogUnavailable(message) from error


def _mark(connection: Connection[Any]) -> InstallationKind | None:
    # Asked of the catalogue, because a role without USAGE on the schema may not even name it.
    known = connection.execute(
        "SELECT FROM pg_catalog.pg_tables WHERE schemaname = 'doorstep' AND tablename = 'installation'"
    ).fetchone()
    if known is None:
        return None
    row = connection.cursor(row_factory=tuple_row).execute("SELECT kind FROM doorstep.installation").fetchone()
    return None if row is None else cast("InstallationKind", row[0])


def _refuse_other_mark(connection: Connection[Any], kind: InstallationKind) -> None:
    with connection.transaction():
        if connection.execute("SELECT FROM pg_namespace WHERE nspname = 'doorstep'").fetchone() is None:
            connection.execute("CREATE SCHEMA doorstep AUTHORIZATION doorstep_owner")
        connection.execute("SET LOCAL ROLE doorstep_owner")
        connection.execute(_static((files("eventlog") / "migrations" / "bootstrap.sql").read_text(encoding="utf-8")))
        found = _mark(connection)
    if found is not None and found != kind:
        raise WrongInstallation(found, kind)


def _schools(connection: Connection[Any]) -> tuple[School, ...]:
    rows = connection.cursor(row_factory=tuple_row).execute(
        "SELECT slug, name, policy_key, created_at FROM doorstep.school ORDER BY slug"
    )
    return tuple(School(*row) for row in rows)


def _school_targets(slug: SchoolSlug, migrations: Traversable | None) -> tuple[_Target, _Target]:
    return (
        _Target(log_schema(slug), OWNER, read_migrations("school", migrations)),
        _Target(views_schema(slug), PROJECTOR, read_migrations("views", migrations)),
    )


def _pending(connection: Connection[Any], target: _Target) -> list[Migration]:
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


def _apply(connection: Connection[Any], target: _Target) -> None:
    pending = _pending(connection, target)
    if not pending:
        return
    with connection.transaction():
        if connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", (target.schema,)).fetchone() is None:
            make = SQL("CREATE SCHEMA {} AUTHORIZATION {}")
            connection.execute(make.format(Identifier(target.schema), Identifier(target.role)))
        for migration in pending:
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
