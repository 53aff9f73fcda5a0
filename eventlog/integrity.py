"""What the database can be asked about a school's log: is it as it was made, is it refused, did the clock jump?

The first two are alarms: planning and exports stop until somebody has looked (design law 1). A clock that was put back is
none: the order is the index, and the clock's jump is told beside it.
"""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from domain.ids import SchoolSlug
from eventlog.columns import astray
from eventlog.ledger.verifier import Refused
from eventlog.manifest import compare, describe_beside
from eventlog.migrate import InstallationKind, installation_kind_of, log_schema, valid_slug, views_schema
from eventlog.migrating import connected
from eventlog.school_roles import as_school
from eventlog.settings import DatabaseUrls
from eventlog.surroundings import strange_keys, strange_views, weak_settings

_REFUSED = SQL(
    "SELECT reason, at_index FROM {s}.sealing_incident WHERE epoch = (SELECT max(epoch) FROM {s}.epoch)"
    " ORDER BY number DESC LIMIT 1"
)
_INCIDENTS = SQL("SELECT epoch, at, reason, at_index FROM {s}.sealing_incident ORDER BY number DESC LIMIT %(most)s")
_SEALED = SQL(
    "SELECT head.last_index, last.size,"
    " (SELECT recorded_at FROM {s}.event WHERE notification_id = last.size + 1),"
    " (SELECT reason FROM {s}.sealing_incident WHERE epoch = now.epoch ORDER BY number DESC LIMIT 1)"
    " FROM {s}.head AS head, (SELECT max(epoch) AS epoch FROM {s}.epoch) AS now, LATERAL"
    " (SELECT coalesce(max(size), 0) AS size FROM {s}.checkpoint WHERE epoch = now.epoch) AS last"
)
_STEPS = SQL(
    "SELECT notification_id, before - recorded_at, recorded_at FROM ("
    " SELECT notification_id, recorded_at, lag(recorded_at) OVER (ORDER BY notification_id) AS before FROM {s}.event"
    ") AS one WHERE recorded_at < before ORDER BY notification_id"
)
_AHEAD = SQL(
    "SELECT notification_id, recorded_at - clock_timestamp(), recorded_at FROM {s}.event"
    " WHERE recorded_at > clock_timestamp() + interval '1 second' ORDER BY notification_id LIMIT 1"
)


class Alarm(NamedTuple):
    """Something about a log that is not as it must be. It names tables and indices, and nobody."""

    kind: str
    """`storage` (tables are not as this release made them), `columns` (what lies beside an envelope says something else),
    `keys` (the key database is not as this release made it), `server` (what is said to be stored may not be on the disk)
    or `sealer` (what was sealed is there no more)."""
    says: str
    """For whoever looks after Doorstep."""


class ClockStep(NamedTuple):
    """The server's clock was put back: an event was recorded earlier than the one before it, or later than now."""

    event: int
    """Index of the event that shows it."""
    by: timedelta
    """By how much, at least."""
    at: datetime
    """When that event was recorded, by that clock."""


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


class SealingIncident(NamedTuple):
    """The sealer refused to sign, or found that the log holds again."""

    epoch: int
    at: datetime
    reason: str | None
    """None where it holds again."""
    event: int | None
    """Index of the event that it is about."""


def alarms(connection: Connection[Any], slug: SchoolSlug, *, whole: bool) -> tuple[Alarm, ...]:
    """What is wrong with a school's log, as far as its database can tell. For the app's role, in autocommit.

    `whole`: every event's columns are held against its envelope as well, which takes seconds in a long log.
    """
    storage = tuple(Alarm("storage", line) for line in _storage(connection, slug))
    found = astray(connection, slug) if whole else None
    columns = () if found is None else (Alarm("columns", f"event {found.event}: {found.says}"),)
    return (*storage, *columns, *passing_alarms(connection, slug))


def passing_alarms(connection: Connection[Any], slug: SchoolSlug) -> tuple[Alarm, ...]:
    """What comes and goes, and is quick to ask: whether the sealer refuses, and what the server's settings are worth."""
    server = tuple(Alarm("server", says) for says in weak_settings(connection, installation_kind_of(connection)))
    return (*server, *sealer_alarms(connection, slug))


PASSING: Final = frozenset({"sealer", "server"})
"""The kinds of `passing_alarms`."""


def key_alarms(connection: Connection[Any], kind: InstallationKind) -> tuple[Alarm, ...]:
    """What is wrong with the key database of an installation. For the keys' role there."""
    wrong = (*strange_keys(connection), *(f"key database: {says}" for says in weak_settings(connection, kind)))
    return tuple(Alarm("keys", says) for says in wrong)


def _storage(connection: Connection[Any], slug: SchoolSlug) -> tuple[str, ...]:
    found, (views,) = describe_beside(connection, slug, views_schema(slug))
    return (*compare(found).sentences(), *strange_views(views, slug))


def sealer_alarms(connection: Connection[Any], slug: SchoolSlug) -> tuple[Alarm, ...]:
    """Whether the sealer refuses the log; quick, so that it may be asked often."""
    query = _REFUSED.format(s=Identifier(log_schema(slug)))
    row = connection.cursor(row_factory=tuple_row).execute(query).fetchone()
    if row is None or row[0] is None:
        return ()
    at = "" if row[1] is None else f" (event {row[1]})"
    return (Alarm("sealer", f"{row[0]}{at}"),)


def sealed(connection: Connection[Any], slug: SchoolSlug) -> Sealed:
    """How far the school's log is sealed; quick, so that it may be asked often. Raises LookupError for no log."""
    query = _SEALED.format(s=Identifier(log_schema(slug)))
    row = connection.cursor(row_factory=tuple_row).execute(query).fetchone()
    if row is None:
        message = f"the log of {slug} has no head: was the database migrated?"
        raise LookupError(message)
    return Sealed(slug, *row)


def incidents(connection: Connection[Any], slug: SchoolSlug, most: int = 100) -> tuple[SealingIncident, ...]:
    """What the sealer refused, and when the log held again; the newest first."""
    query = _INCIDENTS.format(s=Identifier(log_schema(slug)))
    rows = connection.cursor(row_factory=tuple_row).execute(query, {"most": most}).fetchall()
    return tuple(SealingIncident(*row) for row in rows)


def clock_steps(connection: Connection[Any], slug: SchoolSlug) -> tuple[ClockStep, ...]:
    """Where the server's clock went back between two events, by index; goes through the whole log.

    The last may be an event that was recorded later than it is now: then the clock has been put back since.
    """
    schema = Identifier(log_schema(slug))
    found = []
    for query in (_STEPS, _AHEAD):
        rows = connection.cursor(row_factory=tuple_row).execute(query.format(s=schema))
        found += [ClockStep(*row) for row in rows]
    return tuple(found)


def looked_at(urls: DatabaseUrls, slug: SchoolSlug) -> tuple[tuple[str, ...], tuple[ClockStep, ...]]:
    """For `doorstep status`: what of the catalogue differs from the manifest, and where the clock was put back.

    Raises LogUnavailable.
    """
    with connected(as_school(urls.app, slug)) as connection:
        return _storage(connection, slug), clock_steps(connection, slug)


def settings_looked_at(urls: DatabaseUrls) -> tuple[str, ...]:
    """For `doorstep status` and `doorstep log verify`: what is wrong with the key database, and with either server's settings.

    Raises LogUnavailable.
    """
    with connected(urls.app) as connection:
        kind = installation_kind_of(connection)
        found = weak_settings(connection, kind)
    with connected(urls.keys) as connection:
        return (*found, *(alarm.says for alarm in key_alarms(connection, kind)))


def verify_storage(urls: DatabaseUrls, slug: str) -> tuple[ClockStep, ...]:
    """For `doorstep log verify`: catalogue against manifest, columns against envelopes; then where the clock was put back.

    Raises Refused with what is not as it must be, SchoolSlugUnusable, LogUnavailable.
    """
    school = valid_slug(slug)
    with connected(as_school(urls.app, school)) as connection:
        wrong = _storage(connection, school)
        if wrong:
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            raise Refused(f"the tables are not as this release made them: {wrong[0]}{more}")
        found = astray(connection, school)
        if found is not None:
            raise Refused(f"event {found.event}: {found.says}", index=found.event)
        return clock_steps(connection, school)
