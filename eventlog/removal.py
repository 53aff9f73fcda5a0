"""What the log's side of a school's removal is: one transaction, and then the end of its data keys.

1. In one transaction of the log database: a stone in `doorstep.removed_school`; the school's log and views go, and its row,
   its role, its accounts' links, screens, tokens and invitations. Before the commit nothing has happened.
2. The data keys and the school's secret go from the key database, in one transaction; a stone stands there too.
3. They go from the second place.
4. The stone says that it is finished.

From the commit of 1 on there is no way back, and every later step may be repeated: `finish` goes on wherever a kill came. The
ledger outside PostgreSQL stays as it is, and with it the last checkpoint: what was proved before is proved afterwards.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from domain.ids import EventId, SchoolSlug, StaffId
from eventlog.errors import LogUnavailable
from eventlog.keys.key_database import KeyDatabase, RemovedSchool
from eventlog.keys.second_place import SecondPlace
from eventlog.migrate import ACCOUNTS, find_school, log_schema, views_schema
from eventlog.migrating import connected, under_lock
from eventlog.school_roles import role_of
from eventlog.settings import DatabaseUrls

_PATIENCE: Final = "10s"


class NotNow(Exception):  # noqa: N818 - a fact that passes
    """The school cannot be removed at this moment, and nothing of it was. The message is a sentence."""


class Ordered(NamedTuple):
    """A removal that may be carried out: what of it stays on record."""

    school: SchoolSlug
    order: EventId
    """The event that confirmed it."""
    ground: str
    asked_by: StaffId
    confirmed_by: StaffId
    events: int
    """All that there are, and that were taken out: with one more it is not the same log."""
    checkpoint: str
    """The last one, a signed note over all of them."""


def remove(urls: DatabaseUrls, ordered: Ordered) -> None:
    """Let a school go from the log database, all of it or nothing. `finish` does the rest.

    Raises NotNow where something was added since, somebody is on a trip, or others hold its tables; UnknownSchool,
    LogUnavailable.
    """
    try:
        with under_lock(urls.migrate) as connection, connection.transaction():
            connection.execute(SQL("SET LOCAL lock_timeout TO {}").format(_PATIENCE))
            connection.execute("SET LOCAL ROLE doorstep_owner")
            find_school(connection, ordered.school)
            _refuse_changed(connection, ordered)
            connection.execute(_STONE, {**ordered._asdict(), "removed_at": datetime.now(UTC)})
            forget_accounts(connection, ordered.school)
            _drop(connection, ordered.school)
            # A crash before the commit of this transaction leaves the school as it was.
    except psycopg.errors.LockNotAvailable as error:
        message = (
            "Something of the school is being read or written and does not end. Nothing was removed: try it again, and"
            " stop doorstep serve for that minute if need be."
        )
        raise NotNow(message) from error
    except psycopg.OperationalError as error:
        message = "The database was lost on the way. Whether the school is gone, the same command says when it is there again."
        raise LogUnavailable(message) from error
    # After this line the school is gone from here; its keys go next, now or at the next start.


def finish(urls: DatabaseUrls) -> tuple[str, ...]:
    """Go on with removals that were cut short; the short names of the schools whose keys are gone by that.

    Doing it again changes nothing. Raises LogUnavailable, KeyUnavailable, SecondPlaceUnusable: then it is to be repeated.
    """
    with connected(urls.keys_in_log) as connection:
        stones = _stones(connection)
        waiting = [stone.school for stone, finished in stones if not finished]
        if stones:
            _without_keys(urls, [stone for stone, _ in stones], frozenset(waiting))
        for school in waiting:
            connection.execute(_FINISHED, (school,))
            # After this line the removal is finished; a crash before it repeats what changes nothing.
    return tuple(waiting)


def remember(urls: DatabaseUrls) -> tuple[str, ...]:
    """After a restore: what the key database knows to be removed stays removed, though an older backup held it."""
    database = KeyDatabase(urls.keys)
    try:
        removed = database.removed()
    finally:
        database.close()
    if not removed:
        return ()
    with under_lock(urls.migrate) as connection, connection.transaction():
        connection.execute("SET LOCAL ROLE doorstep_owner")
        for one in removed.values():
            connection.execute(
                "INSERT INTO doorstep.removed_school (slug, removed_at, order_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (one.school, one.removed_at, one.event_id),
            )
    return tuple(removed)


def forget_accounts(connection: Connection[Any], school: SchoolSlug) -> None:
    """What hangs on a school in the accounts goes; an account that is somebody's elsewhere stays theirs. As the owner."""
    cursor = connection.cursor(row_factory=tuple_row)
    people = cursor.execute(
        "SELECT staff_id FROM doorstep_accounts.account_link WHERE school = %s", (school,)
    ).fetchall()
    for (staff,) in people:
        connection.execute("SELECT doorstep_accounts.forget(%s, %s)", (school, staff))
    # Asked of the catalogue, so that no table of a later migration is forgotten: what names a school, and before it what
    # refers to such a row.
    for child, column, parent, key in cursor.execute(_REFERRING, (ACCOUNTS,)).fetchall():
        delete = SQL("DELETE FROM {} AS c USING {} AS p WHERE c.{} = p.{} AND p.school = %s")
        tables = (Identifier(ACCOUNTS, child), Identifier(ACCOUNTS, parent), Identifier(column), Identifier(key))
        connection.execute(delete.format(*tables), (school,))
    for (table,) in cursor.execute(_OF_A_SCHOOL, (ACCOUNTS,)).fetchall():
        connection.execute(SQL("DELETE FROM {} WHERE school = %s").format(Identifier(ACCOUNTS, table)), (school,))
    connection.execute("UPDATE doorstep_accounts.session SET roles = roles - %s WHERE roles ? %s", (school, school))


_OF_A_SCHOOL: Final = (
    "SELECT c.relname FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
    " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'school' AND NOT a.attisdropped"
    " WHERE n.nspname = %s AND c.relkind = 'r' ORDER BY c.relname"
)
_REFERRING: Final = (
    "SELECT child.relname, own.attname, parent.relname, key.attname FROM pg_catalog.pg_constraint AS k"
    " JOIN pg_catalog.pg_class AS child ON child.oid = k.conrelid JOIN pg_catalog.pg_class AS parent ON parent.oid = k.confrelid"
    " JOIN pg_catalog.pg_namespace AS n ON n.oid = parent.relnamespace"
    " JOIN pg_catalog.pg_attribute AS own ON own.attrelid = child.oid AND own.attnum = k.conkey[1]"
    " JOIN pg_catalog.pg_attribute AS key ON key.attrelid = parent.oid AND key.attnum = k.confkey[1]"
    " JOIN pg_catalog.pg_attribute AS of ON of.attrelid = parent.oid AND of.attname = 'school' AND NOT of.attisdropped"
    " WHERE n.nspname = %s AND k.contype = 'f' AND k.confdeltype <> 'c'"
)


def _refuse_changed(connection: Connection[Any], ordered: Ordered) -> None:
    """Nobody appends from here on: the head is ours. Raises NotNow where it is not the log that was taken out."""
    schema = log_schema(ordered.school)
    connection.execute(SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(Identifier(schema, "head")))
    cursor = connection.cursor(row_factory=tuple_row)
    head = cursor.execute(SQL("SELECT last_index FROM {}").format(Identifier(schema, "head"))).fetchone()
    if head != (ordered.events,):
        message = "Something was written down since the export. Nothing was removed: export the school again."
        raise NotNow(message)
    held = cursor.execute(SQL("SELECT count(*) FROM {}").format(Identifier(schema, "claim"))).fetchone()
    if held != (0,):
        message = (
            "A trip is planned or out: whoever is on it must be able to report what happens (nothing was removed). End it"
            " or call it off, and export the school again."
        )
        raise NotNow(message)


def _drop(connection: Connection[Any], school: SchoolSlug) -> None:
    schemas = [log_schema(school), views_schema(school)]
    connection.execute("DELETE FROM doorstep.school WHERE slug = %s", (school,))
    connection.execute("DELETE FROM doorstep.migration WHERE schema_name = ANY (%s)", (schemas,))
    connection.execute("SET LOCAL client_min_messages = warning")
    connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schemas[0])))
    connection.execute("SET LOCAL ROLE doorstep_projector")
    connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schemas[1])))
    connection.execute("SET LOCAL ROLE doorstep_roles")
    try:
        with connection.transaction():
            connection.execute(SQL("DROP ROLE {}").format(Identifier(role_of(school))))
    except psycopg.errors.DependentObjectsStillExist:
        pass  # Another database of this server has a school of this name: the role is that one's as well.


def _stones(connection: Connection[Any]) -> list[tuple[RemovedSchool, bool]]:
    cursor = connection.cursor(row_factory=tuple_row)
    if cursor.execute("SELECT to_regclass('doorstep.removed_school')").fetchone() == (None,):
        return []
    rows = cursor.execute("SELECT slug, removed_at, order_id, finished_at FROM doorstep.removed_school ORDER BY slug")
    return [(RemovedSchool(slug, at, UUID(str(order))), done is not None) for slug, at, order, done in rows.fetchall()]


def _without_keys(urls: DatabaseUrls, stones: Iterable[RemovedSchool], waiting: frozenset[str]) -> None:
    database = KeyDatabase(urls.keys)
    try:
        for stone in stones:
            if stone.school in waiting:
                database.remove(stone)
                # After this line nobody is given a key any more; a crash leaves them, wrapped, in the second place.
            second = SecondPlace(Path(urls.key_copy), stone.school)
            if second.path.exists() and second.read().removed is None:
                second.remove(stone)  # Also on another machine than the one where the school was removed.
            elif stone.school in waiting:
                second.remove(stone)
    finally:
        database.close()


_STONE: Final = (
    "INSERT INTO doorstep.removed_school (slug, removed_at, order_id, ground, asked_by, confirmed_by, events, checkpoint)"
    " VALUES (%(school)s, %(removed_at)s, %(order)s, %(ground)s, %(asked_by)s, %(confirmed_by)s, %(events)s, %(checkpoint)s)"
)
_FINISHED: Final = (
    "UPDATE doorstep.removed_school SET finished_at = clock_timestamp() WHERE slug = %s AND finished_at IS NULL"
)
