"""When an installation was last backed up, when a backup was last tried out, and how far each school is sealed."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from psycopg.rows import tuple_row

from eventlog.integrity import Sealed, sealed
from eventlog.migrate import list_schools
from eventlog.migrating import connected
from eventlog.school_roles import as_school
from eventlog.settings import DatabaseUrls

What = Literal["backup", "restore", "test restore"]


class Done(NamedTuple):
    """Something that was done."""

    at: datetime
    place: str
    """The folder of the backup's log part."""
    made_at: datetime
    """When the backup was made."""


def note(urls: DatabaseUrls, what: What, place: Path, made_at: datetime) -> None:
    """Write down that something was done, now. Raises LogUnavailable."""
    with connected(urls.migrate) as connection, connection.transaction():
        connection.execute("SET LOCAL ROLE doorstep_owner")
        connection.execute(
            "INSERT INTO doorstep.upkeep (what, place, made_at) VALUES (%s, %s, %s)", (what, str(place), made_at)
        )


def last_done(urls: DatabaseUrls) -> Mapping[What, Done]:
    """The last of each. Raises LogUnavailable."""
    with connected(urls.app) as connection:
        rows = connection.cursor(row_factory=tuple_row).execute(
            "SELECT DISTINCT ON (what) what, done_at, place, made_at FROM doorstep.upkeep ORDER BY what, number DESC"
        )
        return {what: Done(*rest) for what, *rest in rows}


def sealed_schools(urls: DatabaseUrls) -> tuple[Sealed, ...]:
    """How far each school is sealed, each asked in its own role. Raises LogUnavailable."""
    with connected(urls.app) as connection:
        slugs = [school.slug for school in list_schools(connection)]
    found = []
    for slug in slugs:
        with connected(as_school(urls.app, slug)) as connection:
            found.append(sealed(connection, slug))
    return tuple(found)
