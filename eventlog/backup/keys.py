"""The keys part into a key database. Loading it again, or over keys that are there, changes nothing that is right.

A key that is erased by anybody's word stays erased: by the keys part, by the key database as it is, by the second
place, by the log. Tombstones are put first; the key database then takes no such key.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composable

from eventlog.backup.errors import BackupUnusable
from eventlog.backup.filling import Row, fill, table_rows
from eventlog.backup.manifest import MANIFEST, Table
from eventlog.backup.parts import Part
from eventlog.backup.shapes import READABLE, shapes
from eventlog.keys.key_database import KeyDatabase, RemovedSchool, Tombstone
from eventlog.keys.restoring import restore_from_copy
from eventlog.keys.schema import SCHEMA, make_tables
from eventlog.migrating import under_lock
from eventlog.settings import DatabaseUrls

_ORDER: Final = ("kek", "removed_school", "school_secret", "tombstone", "data_key")
_NEWER: Final = {"removed_school"}
"""Not in the keys part of an earlier release."""
_TAKEN: Final = SQL(
    "NOT EXISTS (SELECT FROM keys.tombstone AS t WHERE t.school = new.school AND t.key_id = new.key_id::uuid)"
    # One that a rotation has wrapped anew since is in the key database, or in the second place, under its new wrapping.
    " AND EXISTS (SELECT FROM keys.kek AS k WHERE k.kek_id = new.kek_id AND k.retired_at IS NULL)"
)
_BURY: Final = (
    "DELETE FROM keys.data_key AS d USING keys.tombstone AS t WHERE t.school = d.school AND t.key_id = d.key_id"
)
_STAYS: Final = SQL("NOT EXISTS (SELECT FROM keys.removed_school AS r WHERE r.school = new.school)")
_GONE: Final = (
    "DELETE FROM keys.data_key AS d USING keys.removed_school AS r WHERE r.school = d.school",
    "DELETE FROM keys.school_secret AS s USING keys.removed_school AS r WHERE r.school = s.school",
)
_WHERE: Final[Mapping[str, Composable]] = {"data_key": SQL(" AND ").join((_STAYS, _TAKEN)), "school_secret": _STAYS}
RULE: Final = "as the tombstone in the log says"
"""Stands in a tombstone for the rule of an erasure that only the log knows of, as `NO_EVENT` does for its event."""
NO_EVENT: Final = UUID(int=0)


class Held(NamedTuple):
    """What the key database holds of one school."""

    keys: frozenset[UUID]
    stones: Mapping[UUID, Tombstone]
    removed: RemovedSchool | None
    """Where the whole school was removed since: nothing of it comes back."""


def restore_keys(urls: DatabaseUrls, part: Part | None, installation: UUID) -> tuple[str, ...]:
    """Bring the key database up from the keys part, if one is given, and from the second place of the keys.

    What a person has to look at, as sentences. Doing it again changes nothing. Raises BackupUnusable, KeyFileUnusable,
    SecondPlaceUnusable, KeyUnavailable.
    """
    if part is not None:
        if part.manifest.installation.id != installation:
            message = (
                f"{part.folder} holds the keys of another installation ({part.manifest.installation.id}); the log is"
                f" that of {installation}. Give the keys part that belongs to it."
            )
            raise BackupUnusable(message)
        make_tables(urls)
        with under_lock(urls.keys_migrate) as connection, connection.transaction():
            connection.execute(READABLE)
            connection.execute("SET LOCAL ROLE doorstep_owner")
            _load(connection, part)
            # After the commit of this transaction the keys part is in; a crash before it leaves nothing of it.
    says: list[str] = []
    for one in restore_from_copy(urls):
        says += one.says
        says += [f"{one.school}: the data key {key_id} cannot be opened by anybody." for key_id in one.lost]
    return tuple(says)


def held(urls: DatabaseUrls, schools: Iterable[str]) -> dict[str, Held]:
    """What the key database holds of each school. Raises KeyUnavailable."""
    database = KeyDatabase(urls.keys)
    try:
        found, removed = {}, database.removed()
        for school in schools:
            keys, stones = database.everything(school)
            found[school] = Held(
                frozenset(key.key_id for key in keys), {stone.key_id: stone for stone in stones}, removed.get(school)
            )
        return found
    finally:
        database.close()


def bury(urls: DatabaseUrls, school: str, erased: Mapping[UUID, datetime]) -> None:
    """Erase keys that the log says were erased. Raises KeyUnavailable."""
    database = KeyDatabase(urls.keys)
    try:
        database.destroy(school, [Tombstone(key_id, at, RULE, NO_EVENT) for key_id, at in erased.items()])
    finally:
        database.close()


def _load(connection: Connection[Any], part: Part) -> None:
    known = {shape.table: shape for shape in shapes(connection, SCHEMA)}
    tables = {table.table: table for table in part.of_schema(SCHEMA)}
    if set(tables) | _NEWER != set(_ORDER):
        reason = f"it has the tables {', '.join(sorted(tables))}; a keys part has {', '.join(_ORDER)}"
        raise BackupUnusable(reason, file=MANIFEST)
    for name in (one for one in _ORDER if one in tables):
        table = tables[name]
        rows = list(table_rows(part, table))
        if name == "school_secret":
            _refuse_another_installation(connection, table, rows)
        try:
            fill(connection, known[name], table, rows, _WHERE.get(name))
        except InsufficientPrivilege as error:
            reason = f"the key database refuses a row of it: {error.diag.message_primary}"
            raise BackupUnusable(reason, file=table.file) from error
    connection.execute(_BURY)
    for statement in _GONE:
        connection.execute(statement)


def _refuse_another_installation(connection: Connection[Any], table: Table, rows: Iterable[Row]) -> None:
    """A school's secret is made once: another one, wrapped by the same key, is that of another installation."""
    there = {
        (school, kek_id): wrapped
        for school, kek_id, wrapped in connection.cursor(row_factory=tuple_row).execute(
            "SELECT school, kek_id, wrapped::text FROM keys.school_secret"
        )
    }
    for row in rows:
        said = dict(zip(table.columns, row, strict=True))
        found = there.get((said["school"], said["kek_id"]))
        if found is not None and found != said["wrapped"]:
            message = (
                f"The key database holds another secret of {said['school']} than the keys part: it belongs to another"
                " installation. Restore into a key database of its own."
            )
            raise BackupUnusable(message)
