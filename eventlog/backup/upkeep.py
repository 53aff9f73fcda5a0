"""When an installation was last backed up, when a backup was last tried out, and how far each school is sealed."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from domain.ids import SchoolSlug
from eventlog.migrate import list_schools, log_schema
from eventlog.migrating import connected
from eventlog.settings import DatabaseUrls

What = Literal["backup", "restore", "test restore"]


class Done(NamedTuple):
    """Something that was done."""

    at: datetime
    place: str
    """The folder of the backup's log part."""
    made_at: datetime
    """When the backup was made."""


class Sealed(NamedTuple):
    """How far a school's log is sealed."""

    school: SchoolSlug
    head: int
    sealed: int
    """Events under the last checkpoint that was released in the present epoch; 0 for none."""
    waiting_since: datetime | None
    """When the first event was stored that is not sealed; None where all are."""
    refused: str | None
    """Why the sealer refuses to sign; None where it does not."""


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


def sealed(urls: DatabaseUrls) -> tuple[Sealed, ...]:
    """How far each school is sealed. Raises LogUnavailable."""
    with connected(urls.app) as connection:
        cursor = connection.cursor(row_factory=tuple_row)
        found = []
        for school in list_schools(connection):
            schema = log_schema(school.slug)
            names = {
                name: Identifier(schema, name) for name in ("head", "event", "epoch", "checkpoint", "sealing_incident")
            }
            row = cursor.execute(_SEALED.format(**names)).fetchone()
            if row is not None:
                found.append(Sealed(school.slug, *row))
        return tuple(found)


_SEALED = SQL(
    "SELECT head.last_index, last.size,"
    " (SELECT recorded_at FROM {event} WHERE notification_id = last.size + 1),"
    " (SELECT reason FROM {sealing_incident} ORDER BY number DESC LIMIT 1)"
    " FROM {head} AS head, LATERAL (SELECT coalesce(max(size), 0) AS size FROM {checkpoint}"
    " WHERE epoch = (SELECT max(epoch) FROM {epoch})) AS last"
)
