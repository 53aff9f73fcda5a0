"""What `doorstep migrate` does, and which schools there are.

Four folders of files: `installation` (schema `doorstep`, once a database), `accounts` (who may sign in, once a database),
`school` (each school's log) and `views` (each school's projections). `migrating` says how they are applied.
"""

import re
from datetime import datetime
from importlib.resources.abc import Traversable
from typing import Any, Final, Literal, NamedTuple, cast
from uuid import UUID

from psycopg import Connection
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from domain.ids import SchoolSlug
from eventlog.errors import (
    NotMigrated,
    SchoolExists,
    SchoolRemoved,
    SchoolSlugUnusable,
    UnknownSchool,
    WrongInstallation,
)
from eventlog.keys.schema import migrate_keys
from eventlog.migrating import OWNER, Target, apply, connected, prepare, read_migrations, refuse_pending, under_lock
from eventlog.settings import DatabaseUrls

InstallationKind = Literal["demonstration", "live"]

PROJECTOR: Final = "doorstep_projector"
INSTALLATION: Final = "doorstep"
"""The schema of what concerns all schools."""
ACCOUNTS: Final = "doorstep_accounts"
"""The schema of who may sign in."""
_NOT_PREPARED: Final = "This database has not been prepared for Doorstep yet. Run `doorstep migrate`."
_SLUG: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class School(NamedTuple):
    """A school of this installation."""

    slug: SchoolSlug
    name: str
    policy_key: str
    created_at: datetime


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

    The key database as well; a new installation gets its key file. Running it again changes nothing. `migrations`
    replaces the folder of files, for tests.
    Raises WrongInstallation, MigrationChanged, RolesMissing, LogUnavailable; KeyFileUnusable where keys are lost.
    """
    with under_lock(urls.migrate) as connection:
        _refuse_other_mark(connection, kind)
        for target in _installation_targets(migrations):
            apply(connection, target)
        with connection.transaction():
            connection.execute("SET LOCAL ROLE doorstep_owner")
            connection.execute("INSERT INTO doorstep.installation (kind) VALUES (%s) ON CONFLICT DO NOTHING", (kind,))
        schools = _schools(connection)
        for school in schools:
            for target in _school_targets(school.slug, migrations):
                apply(connection, target)
        migrate_keys(urls, [school.slug for school in schools if _is_written(connection, school.slug)], migrations)


def add_school(
    urls: DatabaseUrls, slug: str, name: str, policy_key: str, migrations: Traversable | None = None
) -> School:
    """Register a school and make its schemas; answers with what is there if the very same school is known.

    Raises SchoolSlugUnusable, SchoolExists, SchoolRemoved, NotMigrated, MigrationChanged.
    """
    valid = valid_slug(slug)
    with under_lock(urls.migrate) as connection:
        installation_kind_of(connection)
        with connection.transaction():
            connection.execute("SET LOCAL ROLE doorstep_owner")
            try:
                connection.execute(
                    "INSERT INTO doorstep.school (slug, name, policy_key) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                    (valid, name, policy_key),
                )
            except InsufficientPrivilege as error:
                raise SchoolRemoved(valid) from error
            school = find_school(connection, valid)
            if (school.name, school.policy_key) != (name, policy_key):
                raise SchoolExists(valid, school.name)
            connection.execute("RESET ROLE")
            for target in _school_targets(valid, migrations):
                apply(connection, target)
    return school


def installation_kind(urls: DatabaseUrls) -> InstallationKind | None:
    """The database's mark, or None where nothing marked it yet. Changes nothing. Raises LogUnavailable."""
    with connected(urls.app) as connection:
        return _mark(connection)


def installation_kind_of(connection: Connection[Any]) -> InstallationKind:
    """The database's mark. Raises NotMigrated where there is none."""
    kind = _mark(connection)
    if kind is None:
        raise NotMigrated(_NOT_PREPARED)
    return kind


def installation_id(connection: Connection[Any]) -> UUID:
    """What names this installation in the origin of every checkpoint. Raises NotMigrated."""
    row = (
        connection.cursor(row_factory=tuple_row).execute("SELECT installation_id FROM doorstep.installation").fetchone()
    )
    if row is None:
        raise NotMigrated(_NOT_PREPARED)
    return UUID(str(row[0]))


def find_school(connection: Connection[Any], slug: SchoolSlug) -> School:
    """A school by its short name. Raises UnknownSchool."""
    for school in _schools(connection):
        if school.slug == slug:
            return school
    raise UnknownSchool(slug)


def removed_schools(urls: DatabaseUrls) -> frozenset[str]:
    """The short names of the schools that were removed from here. Raises LogUnavailable."""
    with connected(urls.app) as connection:
        return list_removed(connection)


def list_removed(connection: Connection[Any]) -> frozenset[str]:
    """The same on a connection."""
    rows = connection.cursor(row_factory=tuple_row).execute("SELECT slug FROM doorstep.removed_school")
    return frozenset(row[0] for row in rows)


def list_schools(connection: Connection[Any]) -> tuple[School, ...]:
    """All schools, by short name."""
    return _schools(connection)


def refuse_unmigrated(connection: Connection[Any], migrations: Traversable | None = None) -> None:
    """Raise NotMigrated or MigrationChanged unless exactly this release's migrations are applied everywhere."""
    installation_kind_of(connection)
    targets = [*_installation_targets(migrations)]
    for school in _schools(connection):
        targets.extend(_school_targets(school.slug, migrations))
    for target in targets:
        refuse_pending(connection, target)


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
        prepare(connection)
        found = _mark(connection)
    if found is not None and found != kind:
        raise WrongInstallation(found, kind)


def _schools(connection: Connection[Any]) -> tuple[School, ...]:
    rows = connection.cursor(row_factory=tuple_row).execute(
        "SELECT slug, name, policy_key, created_at FROM doorstep.school ORDER BY slug"
    )
    return tuple(School(*row) for row in rows)


def _is_written(connection: Connection[Any], slug: SchoolSlug) -> bool:
    with connection.transaction():
        connection.execute("SET LOCAL ROLE doorstep_owner")
        query = SQL("SELECT FROM {} LIMIT 1").format(Identifier(log_schema(slug), "event"))
        return connection.execute(query).fetchone() is not None


def _installation_targets(migrations: Traversable | None) -> tuple[Target, Target]:
    return (
        Target(INSTALLATION, OWNER, read_migrations("installation", migrations)),
        Target(ACCOUNTS, OWNER, read_migrations("accounts", migrations)),
    )


def _school_targets(slug: SchoolSlug, migrations: Traversable | None) -> tuple[Target, Target]:
    return (
        Target(log_schema(slug), OWNER, read_migrations("school", migrations)),
        Target(views_schema(slug), PROJECTOR, read_migrations("views", migrations)),
    )
