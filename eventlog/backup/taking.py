"""Taking a backup: the log of every school at one moment, and then the keys.

The log comes first. A data key is durable before anything is written under it, so every key that the log of that
moment names is in the keys part, which is read later: as a key, or as the tombstone of one that was erased meanwhile.
The whole log is read in one REPEATABLE READ transaction, so that appends go on and none of them is half in it.
"""

import importlib.metadata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from domain.ids import SchoolSlug
from eventlog.backup import readmes
from eventlog.backup.errors import BackupFailed
from eventlog.backup.manifest import FORMAT, Applied, BackedUp, Installation, Manifest, PartName
from eventlog.backup.parts import Draft, drafted
from eventlog.backup.shapes import FETCH, READABLE, Shape, rows_as_text, shapes
from eventlog.backup.walking import Walk
from eventlog.errors import NotMigrated
from eventlog.keys.schema import SCHEMA as KEYS
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.ledgers import newest
from eventlog.ledger.postgres import Microseconds
from eventlog.ledger.verifier import Disclosed, Refused, event_line, parse_checkpoint, parse_note
from eventlog.migrate import ACCOUNTS, INSTALLATION, installation_kind_of, list_schools, log_schema
from eventlog.migrating import connected
from eventlog.settings import DatabaseUrls

Progress = Callable[[int, int], None]
"""Told how many events are done, of how many."""

_BY_ITSELF: Final = {"event", "head"}
_ELSEWHERE: Final = {"installation", "migration"}
"""What stands in the manifest."""
_OF_THE_DAY: Final = {"session", "desk_acting", "allowance", "invitation", "restoring", "openid_choice", "openid_used"}
"""Of the accounts: a session that was ended since, or a link that was used, must not come back."""


class Backup(NamedTuple):
    """What was written."""

    log: Path
    keys: Path
    made_at: datetime
    schools: tuple[BackedUp, ...]
    warnings: tuple[str, ...]
    """What a person has to look at, as sentences: the backup holds what the database holds."""


def back_up(urls: DatabaseUrls, out: Path, ledgers: Path, progress: Progress = lambda _done, _of: None) -> Backup:
    """Write a backup into two new folders under `out`. `ledgers` is the folder of the ledgers, which may be missing.

    Raises BackupFailed, NotMigrated, LogUnavailable.
    """
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    log, keys = out / f"doorstep-{stamp}-log", out / f"doorstep-{stamp}-keys"
    taken = _Taking(ledgers, progress)
    with drafted(log) as draft, drafted(keys) as keys_draft:
        with snapshot(urls.migrate) as connection:
            manifest = taken.log(connection, draft)
        # From here on the log part is complete; the keys that it names are all there.
        with snapshot(urls.keys_migrate) as connection:
            _keys(connection, keys_draft, manifest)
    return Backup(log, keys, manifest.made_at, manifest.schools, tuple(taken.warnings))


class _Taking:
    """One backup of the log."""

    def __init__(self, ledgers: Path, progress: Progress) -> None:
        self._ledgers = ledgers
        self._progress = progress
        self._done = 0
        self._total = 0
        self.warnings: list[str] = []

    def log(self, connection: Connection[Any], draft: Draft) -> Manifest:
        """Write the log part."""
        installation = _installation(connection)
        for shape in shapes(connection, INSTALLATION):
            if shape.table not in _ELSEWHERE:
                draft.table(shape, _encoded(connection, shape))
        for shape in shapes(connection, ACCOUNTS):
            if shape.table not in _OF_THE_DAY:
                draft.table(shape, _encoded(connection, shape))
        slugs = [school.slug for school in list_schools(connection)]
        heads = {slug: _head(connection, slug) for slug in slugs}
        self._total = sum(heads.values())
        schools = tuple(self._school(connection, draft, slug, heads[slug]) for slug in slugs)
        manifest = _manifest("log", connection, installation, schools, draft)
        draft.finish(manifest, readmes.LOG)
        return manifest

    def _school(self, connection: Connection[Any], draft: Draft, slug: SchoolSlug, head: int) -> BackedUp:
        schema = log_schema(slug)
        epoch = _epoch(connection, slug)
        note, ledger = self._checkpoint(connection, slug, epoch, head)
        for shape in shapes(connection, schema):
            if shape.table == "event":
                self._events(connection, draft, shape, slug, ledger)
            elif shape.table not in _BY_ITSELF:
                draft.table(shape, _encoded(connection, shape))
        if note is not None:
            draft.file(f"{schema}/checkpoint", note)
        if ledger is not None:
            draft.file(f"{schema}/log.vkey", f"{ledger.key}\n".encode())
        sealed = 0 if note is None else _size(note)
        return BackedUp(slug=slug, events=head, epoch=epoch, sealed=sealed)

    def _events(
        self, connection: Connection[Any], draft: Draft, shape: Shape, slug: SchoolSlug, ledger: Ledger | None
    ) -> None:
        """All events. One that cannot be right is in the backup as it is, and a person is told."""
        walk: Walk | None = Walk(slug, tree=None if ledger is None else ledger.tree())

        def lines() -> Iterator[bytes]:
            nonlocal walk
            for event, columns in _events(connection, slug):
                if walk is not None:
                    try:
                        _check_columns(walk.add(event), columns, event.index)
                    except Refused as refused:
                        self._warn(slug, event.index, refused.reason)
                        walk = None
                yield _line(event)
                self._done += 1
                if self._done % FETCH == 0:
                    self._progress(self._done, self._total)

        draft.table(shape, lines())
        self._progress(self._done, self._total)

    def _checkpoint(
        self, connection: Connection[Any], slug: SchoolSlug, epoch: int, head: int
    ) -> tuple[bytes | None, Ledger | None]:
        """The newest checkpoint that is about no more than this snapshot: the sealer's own, else a released one."""
        folder = newest(self._ledgers, slug)
        if folder is not None and folder.name == str(epoch):
            try:
                ledger = Ledger.read(folder)
            except (Refused, OSError) as error:
                self.warnings.append(f"The ledger of {slug} in {folder} cannot be used: {error}.")
            else:
                # One that is ahead was signed since the snapshot was taken: the log's own is the one that fits.
                note = ledger.note if 0 < ledger.checkpoint.size <= head else _released(connection, slug, epoch)
                return note, ledger
        return _released(connection, slug, epoch), None

    def _warn(self, slug: SchoolSlug, index: int, reason: str) -> None:
        self.warnings.append(
            f"Event {index} of {slug} is not as it must be: {reason}. The backup holds it as it is. Somebody has to"
            f" look at the database: doorstep log verify --school {slug}"
        )


def _keys(connection: Connection[Any], draft: Draft, log: Manifest) -> None:
    for shape in shapes(connection, KEYS):
        draft.table(shape, _encoded(connection, shape))
    keks = tuple(
        row[0]
        for row in connection.cursor(row_factory=tuple_row)
        .execute("SELECT kek_id FROM keys.kek WHERE retired_at IS NULL ORDER BY made_at, kek_id")
        .fetchall()
    )
    manifest = _manifest("keys", connection, log.installation, (), draft, keks)
    draft.finish(manifest, readmes.KEYS)


@contextmanager
def snapshot(conninfo: str) -> Iterator[Connection[Any]]:
    """One moment of a database, read-only, as the owner of its tables: whatever table there is can be read."""
    with connected(conninfo) as connection:
        connection.execute(READABLE)
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute("SET LOCAL ROLE doorstep_owner")
        yield connection
        connection.execute("COMMIT")


def _manifest(
    part: PartName,
    connection: Connection[Any],
    installation: Installation,
    schools: tuple[BackedUp, ...],
    draft: Draft,
    keks: tuple[str, ...] = (),
) -> Manifest:
    row = connection.cursor(row_factory=tuple_row).execute("SELECT transaction_timestamp()").fetchone()
    if row is None:
        message = "The database did not say what time it is."
        raise BackupFailed(message)
    return Manifest(
        format=FORMAT,
        part=part,
        made_at=row[0],
        release=importlib.metadata.version("doorstep"),
        installation=installation,
        schools=schools,
        migrations=_migrations(connection, part),
        tables=tuple(draft.tables),
        files=tuple(draft.files),
        keks=keks,
    )


def _installation(connection: Connection[Any]) -> Installation:
    kind = installation_kind_of(connection)
    row = (
        connection.cursor(row_factory=tuple_row)
        .execute("SELECT installation_id, created_at FROM doorstep.installation")
        .fetchone()
    )
    if row is None:
        message = "This database has not been prepared for Doorstep yet: there is nothing to back up."
        raise NotMigrated(message)
    return Installation(id=row[0], kind=kind, made_at=row[1])


def _migrations(connection: Connection[Any], part: PartName) -> tuple[Applied, ...]:
    rows = connection.cursor(row_factory=tuple_row).execute(
        "SELECT schema_name, number, file_name, sha256 FROM doorstep.migration ORDER BY schema_name, number"
    )
    return tuple(
        Applied(schema=schema, number=number, file=file, sha256=sha)
        for schema, number, file, sha in rows
        if part == "keys" or not schema.endswith("_views")
    )


def _encoded(connection: Connection[Any], shape: Shape) -> Iterator[bytes]:
    return (msgspec.json.encode(row) for row in rows_as_text(connection, shape))


def _head(connection: Connection[Any], slug: SchoolSlug) -> int:
    query = SQL("SELECT last_index FROM {}").format(Identifier(log_schema(slug), "head"))
    row = connection.cursor(row_factory=tuple_row).execute(query).fetchone()
    return 0 if row is None else int(row[0])


def _epoch(connection: Connection[Any], slug: SchoolSlug) -> int:
    query = SQL("SELECT max(epoch) FROM {}").format(Identifier(log_schema(slug), "epoch"))
    row = connection.cursor(row_factory=tuple_row).execute(query).fetchone()
    return 1 if row is None or row[0] is None else int(row[0])


def _released(connection: Connection[Any], slug: SchoolSlug, epoch: int) -> bytes | None:
    query = SQL("SELECT note FROM {} WHERE epoch = %s ORDER BY size DESC LIMIT 1")
    statement = query.format(Identifier(log_schema(slug), "checkpoint"))
    row = connection.cursor(row_factory=tuple_row).execute(statement, (epoch,)).fetchone()
    return None if row is None else str(row[0]).encode()


def _size(note: bytes) -> int:
    return parse_checkpoint(parse_note(note).text).size


def _line(event: Disclosed) -> bytes:
    try:
        return event_line(event).encode()
    except UnicodeDecodeError as error:
        message = (
            f"Event {event.index} cannot be written: its envelope is not text. The database was changed outside Doorstep:"
            " doorstep log verify --school says more. Until it is put right, copy the database with pg_dump."
        )
        raise BackupFailed(message) from error


_EVENTS: Final = SQL(
    "SELECT notification_id, recorded_at, salt, envelope, state,"
    " stream_kind, originator_id::text, originator_version::text, topic, event_id::text, key_id::text"
    " FROM {} ORDER BY notification_id"
)
_COLUMN_FIELDS: Final = ("kind", "stream", "version", "topic", "event_id", "key_id")


def _events(connection: Connection[Any], slug: SchoolSlug) -> Iterator[tuple[Disclosed, tuple[str, ...]]]:
    """All events, and beside each its columns that its envelope says too."""
    query = _EVENTS.format(Identifier(log_schema(slug), "event"))
    with connection.cursor(name="doorstep_backup_events", row_factory=tuple_row) as cursor:
        cursor.adapters.register_loader("timestamptz", Microseconds)
        cursor.itersize = 500
        for index, recorded_at, salt, envelope, state, *columns in cursor.execute(query, binary=True):
            yield Disclosed(index, recorded_at, envelope, salt, state), tuple(columns)


def _check_columns(fields: dict[str, str], columns: tuple[str, ...], index: int) -> None:
    for name, column in zip(_COLUMN_FIELDS, columns, strict=True):
        if fields[name] != column:
            raise Refused(f"its column for {name} says otherwise than its envelope", index=index)
