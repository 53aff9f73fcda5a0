"""Restoring a backup: first the keys, then the log of every school in one transaction, so that there is all of it or none.

1. The keys part is loaded, and what the second place knows: newer keys, and what was erased since.
2. In one transaction: the schemas are made with the migrations that the backup was made under; each row is verified
   and loaded; what was erased since gets its tombstone; where sealed events are missing, the next epoch is opened.
3. The migrations of this release that are newer are applied.

A crash before the commit in 2 leaves an empty log database: the same command is run again. What comes after it
(`LogRestored` in the log of a school that lost something, and the views) can be done later too: `unfinished` tells.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from domain.ids import SchoolSlug
from eventlog.backup.epochs import Lost, look_outside, loss, not_told
from eventlog.backup.errors import BackupUnusable, KeysMissing, NotEmpty
from eventlog.backup.filling import fill, fill_events, other_epochs, table_rows
from eventlog.backup.keys import Held, bury, held, restore_keys
from eventlog.backup.manifest import MANIFEST, BackedUp, Manifest, Table
from eventlog.backup.parts import Part
from eventlog.backup.shapes import READABLE, shapes
from eventlog.ledger.ledgers import Ledgers
from eventlog.ledger.verifier import Refused
from eventlog.migrate import ACCOUNTS, INSTALLATION, PROJECTOR, log_schema, migrate, views_schema
from eventlog.migrating import OWNER, Migration, Target, apply, prepare, read_migrations, under_lock
from eventlog.removal import finish, forget_accounts, remember
from eventlog.settings import DatabaseUrls

Progress = Callable[[int, int], None]
"""Told how many events are done, of how many."""
_SMALL: Final = ("installation", "migration", "event", "head")


class Places(NamedTuple):
    """What a restore uses apart from the databases."""

    folder: Path
    """The ledgers, outside PostgreSQL; it may be missing."""
    ledgers: Callable[[], Ledgers]
    """The same with the signing key: asked for only where an epoch is opened."""


class Restored(NamedTuple):
    """What was restored."""

    made_at: datetime
    """When the backup was made."""
    schools: tuple[BackedUp, ...]
    lost: tuple[Lost, ...]
    """Schools of which sealed events are missing, and how they go on."""
    says: tuple[str, ...]
    """What a person has to look at."""


def restore(
    urls: DatabaseUrls,
    log: Part,
    keys: Part | None,
    places: Places,
    progress: Progress = lambda _done, _of: None,
    *,
    without_lost_keys: bool = False,
) -> Restored:
    """Restore a backup into an empty log database. The key database may hold keys already; it is brought up.

    With `without_lost_keys` what nobody has the keys for is restored all the same: it can be proved, and not read.
    Raises NotEmpty, BackupUnusable, KeysMissing; KeyFileUnusable, KeyUnusable, SecondPlaceUnusable, LogUnavailable.
    """
    manifest = log.manifest
    _refuse_not_empty(urls)
    says = list(restore_keys(urls, keys, manifest.installation.id))
    there = held(urls, [school.slug for school in manifest.schools])
    with under_lock(urls.migrate) as connection:
        connection.execute(READABLE)
        loading = _Loading(connection, log, places, there, progress)
        with connection.transaction():
            _empty(connection)
            loading.installation()
            for school in manifest.schools:
                if there[school.slug].removed is None:
                    loading.school(school)
                else:
                    loading.leave_out(school)
            lacking = sum(len(keys) for keys in loading.lacking.values())
            if lacking and not without_lost_keys:
                raise KeysMissing(_lacking(loading.lacking))
            loading.open_epochs()
            # A crash before the commit of this transaction leaves an empty database, and maybe the folder of a new
            # epoch with nothing signed in it, which the next restore takes.
        # After this line the log is there.
    for slug, erased in loading.buried.items():
        bury(urls, slug, erased)
    migrate(urls, manifest.installation.kind)
    remember(urls)
    finish(urls)
    says += [
        f"{slug} was removed since the backup was made: it stays removed, and nothing of it was restored."
        for slug in loading.left_out
    ]
    if loading.lacking:
        says.append(_lacking(loading.lacking))
    restored = tuple(school for school in manifest.schools if school.slug not in loading.left_out)
    return Restored(manifest.made_at, restored, tuple(loading.lost), tuple(says))


class _Loading:
    """The log database of one restore, inside its transaction."""

    def __init__(
        self, connection: Connection[Any], part: Part, places: Places, there: Mapping[str, Held], progress: Progress
    ) -> None:
        self._connection = connection
        self._part = part
        self._places = places
        self._there = there
        self._progress = progress
        self._done = 0
        self._total = sum(school.events for school in part.manifest.schools)
        self.lost: list[Lost] = []
        self.lacking: dict[str, set[UUID]] = {}
        self.buried: dict[str, dict[UUID, datetime]] = {}
        self.left_out: list[str] = []
        """Schools that were removed since the backup was made."""

    def installation(self) -> None:
        """What concerns all schools."""
        manifest = self._part.manifest
        with self._connection.transaction():
            prepare(self._connection)
        apply(self._connection, _target(manifest, INSTALLATION, "installation"))
        self._as_owner()
        self._connection.execute(
            "INSERT INTO doorstep.installation (kind, installation_id, created_at) VALUES (%s, %s, %s)",
            (manifest.installation.kind, manifest.installation.id, manifest.installation.made_at),
        )
        self._tables(INSTALLATION)
        self._connection.execute("RESET ROLE")
        apply(self._connection, _target(manifest, ACCOUNTS, "accounts"))
        self._as_owner()
        self._tables(ACCOUNTS)
        found = self._connection.cursor(row_factory=tuple_row).execute("SELECT slug FROM doorstep.school").fetchall()
        if {row[0] for row in found} != {school.slug for school in manifest.schools}:
            reason = "the schools in it are others than those in its tables"
            raise BackupUnusable(reason, file=MANIFEST)

    def school(self, school: BackedUp) -> None:
        """One school's log, verified row by row."""
        schema = log_schema(school.slug)
        self._connection.execute("RESET ROLE")
        apply(self._connection, _target(self._part.manifest, schema, "school"))
        apply(self._connection, Target(views_schema(school.slug), PROJECTOR, read_migrations("views")))
        self._as_owner()
        self._tables(schema)
        events = next((table for table in self._part.of_schema(schema) if table.table == "event"), None)
        if events is None or events.rows != school.events:
            reason = f"it says that {school.slug} has {school.events} events, and its file has others"
            raise BackupUnusable(reason, file=MANIFEST)
        self._events(school, events)
        self._connection.execute(
            SQL("UPDATE {} SET last_index = %s").format(Identifier(schema, "head")), (school.events,)
        )
        self._check_commands(school)
        self._tombstones(school)

    def leave_out(self, school: BackedUp) -> None:
        """A school that was removed since: it does not come back, nor does what hung on it in the accounts."""
        self._as_owner()
        self._connection.execute("DELETE FROM doorstep.school WHERE slug = %s", (school.slug,))
        forget_accounts(self._connection, school.slug)
        self.left_out.append(school.slug)

    def _events(self, school: BackedUp, table: Table) -> None:
        schema, part = log_schema(school.slug), self._part
        file = f"{schema}/checkpoint"
        note, vkey = part.content(file), part.content(f"{schema}/log.vkey")
        try:
            outside = look_outside(str(part.manifest.installation.id), school, self._places.folder, note, vkey, file)
        except Refused as refused:
            message = f"The ledger of {school.slug} in {self._places.folder} cannot be used: {refused.reason}."
            raise BackupUnusable(message) from refused
        walk = outside.walk(school.slug)
        fill_events(self._connection, table, part.rows(table), walk, self._told)
        try:
            walk.finish()
        except Refused as refused:
            raise BackupUnusable(refused.reason, file=table.file, line=refused.index) from refused
        there = self._there[school.slug]
        lacking = walk.keys - there.keys - set(there.stones)
        if lacking:
            self.lacking[school.slug] = lacking
        if lost := loss(school, outside, walk.common, datetime.now(UTC)):
            self.lost.append(lost)

    def _tables(self, schema: str) -> None:
        known = {shape.table: shape for shape in shapes(self._connection, schema)}
        for table in self._part.of_schema(schema):
            if table.table in _SMALL:
                continue
            if table.table not in known:
                reason = f"there is no table {schema}.{table.table}"
                raise BackupUnusable(reason, file=table.file)
            with other_epochs(self._connection, schema) if table.table == "epoch" else nullcontext():
                fill(self._connection, known[table.table], table, table_rows(self._part, table))

    def _check_commands(self, school: BackedUp) -> None:
        schema = log_schema(school.slug)
        query = SQL("SELECT FROM {} WHERE first_index < 1 OR last_index > %s LIMIT 1")
        found = self._connection.execute(query.format(Identifier(schema, "command")), (school.events,)).fetchone()
        if found is not None:
            reason = f"a command of it stored events beyond the {school.events} that there are"
            raise BackupUnusable(reason, file=f"{schema}/command.rows")

    def _tombstones(self, school: BackedUp) -> None:
        """What was erased by the word of the key database is erased in the log, and the other way round."""
        stones = self._there[school.slug].stones
        table = Identifier(log_schema(school.slug), "erased_key")
        rows = self._connection.cursor(row_factory=tuple_row).execute(
            SQL("SELECT key_id, erased_at FROM {}").format(table)
        )
        erased: dict[UUID, datetime] = {key_id: at for key_id, at in rows.fetchall() if key_id not in stones}
        if erased:
            self.buried[school.slug] = erased
            if lacking := self.lacking.get(school.slug):
                lacking -= set(erased)
                if not lacking:
                    del self.lacking[school.slug]
        self._connection.execute(
            SQL(
                "INSERT INTO {} (key_id, erased_at) SELECT * FROM unnest(%s::uuid[], %s::timestamptz[])"
                " ON CONFLICT DO NOTHING"
            ).format(table),
            ([stone.key_id for stone in stones.values()], [stone.erased_at for stone in stones.values()]),
        )

    def open_epochs(self) -> None:
        """The next epoch of every school that lost something: its ledger outside, and its row."""
        if not self.lost:
            return
        ledgers = self._places.ledgers()
        for lost in self.lost:
            origin = f"{self._part.manifest.installation.id}/doorstep/{lost.school}/{lost.epoch}"
            if not (self._places.folder / lost.school / str(lost.epoch)).exists():
                ledgers.open_epoch(origin)
            self._connection.execute(
                SQL("INSERT INTO {} (epoch, old_checkpoint) VALUES (%s, %s)").format(
                    Identifier(log_schema(SchoolSlug(lost.school)), "epoch")
                ),
                (lost.epoch, lost.old_checkpoint),
            )

    def _as_owner(self) -> None:
        self._connection.execute("SET LOCAL ROLE doorstep_owner")

    def _told(self, more: int) -> None:
        self._done += more
        self._progress(self._done, self._total)


def _target(manifest: Manifest, schema: str, folder: str) -> Target:
    """A schema as it was when the backup was made: the rows fit that. Raises BackupUnusable for another release's."""
    known = read_migrations(folder)
    applied = sorted((one for one in manifest.migrations if one.schema == schema), key=lambda one: one.number)
    if [(one.number, one.sha256) for one in applied] != [(one.number, one.sha256) for one in known[: len(applied)]]:
        reason = (
            f"it was made under migrations of {schema} that this release does not know: a newer release made it."
            " Restore it with that one"
        )
        raise BackupUnusable(reason, file=MANIFEST)
    wanted: Sequence[Migration] = known[: len(applied)]
    return Target(schema, OWNER, wanted)


def unfinished(urls: DatabaseUrls, topic: str, ledgers: Path) -> tuple[Lost, ...]:
    """What a restore that was interrupted after its commit has still to tell of; `topic` is that of the event."""
    with under_lock(urls.migrate) as connection, connection.transaction():
        connection.execute("SET LOCAL ROLE doorstep_owner")
        return not_told(connection, topic, ledgers)


def _refuse_not_empty(urls: DatabaseUrls) -> None:
    with under_lock(urls.migrate) as connection:
        _check_empty(connection)


def _check_empty(connection: Connection[Any]) -> None:
    found = connection.execute("SELECT FROM pg_catalog.pg_namespace WHERE nspname LIKE 'school\\_%' LIMIT 1").fetchone()
    if found is not None:
        message = (
            "This database holds a school's log already, and a backup is restored into an empty one only. Make a new,"
            " empty database and let the settings point to it; this one stays as it is."
        )
        raise NotEmpty(message)


def _empty(connection: Connection[Any]) -> None:
    """Take away what a `doorstep migrate` has prepared: it holds no school, and the mark of a new installation."""
    _check_empty(connection)
    connection.execute("SET LOCAL client_min_messages = warning")
    connection.execute("DROP SCHEMA IF EXISTS doorstep, doorstep_accounts CASCADE")


def _lacking(lacking: Mapping[str, set[UUID]]) -> str:
    each = ", ".join(f"{len(keys)} of {slug}" for slug, keys in lacking.items())
    return (
        f"Data keys that the log was written under are in no place ({each}): what they encrypt could be proved, and read"
        " by nobody. Give the keys part that was made with this log or later (--keys), or put the second place of the"
        " keys back (DOORSTEP_KEY_COPY). If they are lost for good: --without-lost-keys"
    )
