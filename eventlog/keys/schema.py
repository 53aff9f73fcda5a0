"""The key database's tables, made by `doorstep migrate`, and the key file of a new installation.

A key file is made in one case only: the key database has never known a key-encryption key, and no school's log holds
an event. In every other case a missing file is refused, in words that say what is lost.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from psycopg import Connection
from psycopg.errors import UndefinedTable
from psycopg.rows import dict_row

from eventlog.errors import NotMigrated
from eventlog.keys.errors import KeyFileUnusable
from eventlog.keys.key_database import KnownKek, add_keks, known_keks, schools_with_keys
from eventlog.keys.key_file import Kek, make_key_file, new_kek, read_key_file
from eventlog.keys.wrapping import check_value
from eventlog.migrating import OWNER, Target, apply, prepare, read_migrations, refuse_pending, under_lock
from eventlog.settings import DatabaseUrls

SCHEMA: Final = "keys"


def migrate_keys(urls: DatabaseUrls, written: Sequence[str] = (), migrations: Traversable | None = None) -> None:
    """Bring the key database up to this release; where it never had a key-encryption key, make the key file.

    `written` names the schools whose logs hold events: with any of them, an empty key database is a lost one.
    Raises KeyFileUnusable, MigrationChanged, RolesMissing, LogUnavailable.
    """
    with _tables(urls, migrations) as connection, connection.transaction():
        connection.execute("SET LOCAL ROLE doorstep_owner")
        known = known_keks(connection)
        if known:
            check_key_file(Path(urls.key_file), known, schools_with_keys(connection))
            return
        if written:
            raise KeyFileUnusable(_database_lost(written))
        add_keks(connection, map(known_form, _made(Path(urls.key_file))))


def make_tables(urls: DatabaseUrls) -> None:
    """Make the tables and nothing else: for a key database that is to be restored. Raises as `migrate_keys`."""
    with _tables(urls, None):
        pass


def refuse_unmigrated_keys(connection: Connection[Any], migrations: Traversable | None = None) -> None:
    """Raise NotMigrated or MigrationChanged unless exactly this release's migrations are applied."""
    try:
        refuse_pending(connection, _target(migrations))
    except UndefinedTable as error:
        message = "The key database has not been prepared for Doorstep yet. Run `doorstep migrate`."
        raise NotMigrated(message) from error


def check_key_file(path: Path, known: Sequence[KnownKek], schools: Sequence[str]) -> tuple[Kek, ...]:
    """The keys of the file, if every key-encryption key that is in use is among them.

    Raises KeyFileUnusable, with a sentence that says what is lost.
    """
    wanted = {one.kek_id: one.check_value for one in known if one.retired_at is None}
    names = ", ".join(wanted)
    _refuse_unset(path)
    try:
        keks = read_key_file(path)
    except FileNotFoundError:
        message = (
            f"The key file {path} is missing. {_lost(schools)} Put the file back from its copy (it holds {names}), or"
            " let DOORSTEP_KEY_FILE name it. No new one is made: it could open nothing."
        )
        raise KeyFileUnusable(message) from None
    held = {kek.id: check_value(kek) for kek in keks}
    for kek_id, value in wanted.items():
        if kek_id not in held:
            message = (
                f"The key file {path} does not hold the key {kek_id}: it belongs to another installation, or is too"
                f" old or too new. {_lost(schools)} Put the right file back from its copy (it holds {names})."
            )
            raise KeyFileUnusable(message)
        if held[kek_id] != value:
            message = (
                f"The key file {path} holds another key under the id {kek_id} than the one in use. {_lost(schools)}"
                " Put the right file back from its copy."
            )
            raise KeyFileUnusable(message)
    return keks


def known_form(kek: Kek) -> KnownKek:
    """What the key database keeps of a key-encryption key."""
    return KnownKek(kek.id, check_value(kek), None)


@contextmanager
def _tables(urls: DatabaseUrls, migrations: Traversable | None) -> Iterator[Connection[Any]]:
    """A connection as the migrating role, with dict rows, to a key database that has its tables."""
    with under_lock(urls.keys_migrate) as connection:
        with connection.transaction():
            prepare(connection)
        apply(connection, _target(migrations))
        connection.row_factory = dict_row
        yield connection


def _made(path: Path) -> tuple[Kek, ...]:
    _refuse_unset(path)
    try:
        # Put there by somebody, or left by a crash after the file was made and before it was known: it is taken.
        return read_key_file(path)
    except FileNotFoundError:
        made = (new_kek(),)
        make_key_file(path, made)
        return made


def _refuse_unset(path: Path) -> None:
    if not path.name:
        message = "Not set: DOORSTEP_KEY_FILE, the path of the file with the key-encryption keys."
        raise KeyFileUnusable(message)


def _target(migrations: Traversable | None) -> Target:
    return Target(SCHEMA, OWNER, read_migrations("keys", migrations))


def _lost(schools: Sequence[str]) -> str:
    return f"Without it, everything personal in the log of {_named(schools)} cannot be read by anybody."


def _database_lost(schools: Sequence[str]) -> str:
    return (
        f"The key database is empty, but the log of {_named(schools)} holds events: its keys are lost, and nothing"
        " personal in it can be read. Restore the key database from a backup, or from the second place of the keys"
        " (`doorstep keys restore`)."
    )


def _named(schools: Sequence[str]) -> str:
    if not schools:
        return "every school that is added"
    number = "1 school" if len(schools) == 1 else f"{len(schools)} schools"
    return f"{number} ({', '.join(schools)})"
