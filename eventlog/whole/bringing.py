"""Bringing a school's whole export into another installation: its log as it was sealed, to the last index and hash.

1. Its data keys are wrapped anew and kept in both places. No school uses them yet.
2. In one transaction: the school's row and tables, and all its rows; each event is held against what was sealed. Before the commit
   the ledgers get their name (`old_ledgers`).

A kill before the commit leaves no school: what may lie beside (wrapped keys, ledgers under which nothing is signed here) is taken
up by the same command again. After it the school is there; that its log says so, and what the pages show, can be made good later.

Its short name is part of every sealed envelope and of what every payload is bound to: it is the same here or not at all.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.sql import SQL, Identifier

from eventlog.age import Identity, Passphrase
from eventlog.backup.errors import BackupUnusable
from eventlog.backup.filling import decoded, fill, fill_events, other_epochs
from eventlog.backup.manifest import Table
from eventlog.backup.shapes import READABLE, Shape, shapes
from eventlog.backup.walking import Walk
from eventlog.keys.key_database import Tombstone, WrappedKey
from eventlog.keys.keyrings import Keyrings
from eventlog.keys.second_place import SecondPlace
from eventlog.keys.two_places import bring_together
from eventlog.keys.wrapping import unwrap, wrap
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.verifier import Evidence, Refused
from eventlog.migrate import (
    PROJECTOR,
    InstallationKind,
    installation_id,
    installation_kind_of,
    list_removed,
    list_schools,
    log_schema,
    valid_slug,
    views_schema,
)
from eventlog.migrating import OWNER, Target, apply, read_migrations, under_lock
from eventlog.settings import DatabaseUrls
from eventlog.whole.checking import check_whole
from eventlog.whole.keys import Plain, open_keys, secret_of
from eventlog.whole.old_ledgers import bring_ledgers, origin_here, refuse_another
from eventlog.whole.shapes import KEYS, LOG, TABLES, Described, ExportUnusable, read_described

Progress = Callable[[str, int, int], None]
_TOGETHER: Final = 500
_LONGEST: Final = 64 * 1024 * 1024
_COLUMNS: Final = msgspec.json.Decoder(tuple[str, ...])


class Places(NamedTuple):
    """Where a school is brought to."""

    urls: DatabaseUrls
    ledgers: Path
    """The folder of all schools' ledgers."""
    key: Ed25519PrivateKey
    """Of this installation's sealer."""


def bring(export: Path, by: Passphrase | Identity, places: Places, progress: Progress) -> Described:
    """Bring a school in, all of it or nothing. What was brought.

    Raises ExportUnusable, Refused and Misused for an export that does not hold, is of another kind of installation, or whose
    name is taken; SchoolSlugUnusable, KeyFileUnusable, KeyUnavailable, SecondPlaceUnusable, LogUnavailable.
    """
    described = read_described(export)
    slug = valid_slug(described.school)
    with under_lock(places.urls.migrate) as connection:
        _refuse(connection, described)
        origin, folder = origin_here(described, installation_id(connection)), places.ledgers / slug
        there = refuse_another(folder, export, described, origin)
        check_whole(export, by=by, progress=progress)
        _keys(export, by, places.urls, described)
        # After this line the keys are in both places, and nothing refers to them.
        connection.execute(READABLE)
        with connection.transaction():
            loading = _Loading(connection, export, described)
            loading.tables()
            if not there:
                bring_ledgers(folder, export, described, origin, places.key)
            loading.events(Ledger.read(folder / str(described.epoch)), progress)
            loading.next_epoch()
            # A crash before the commit of this transaction leaves no school.
        # After this line the school is here.
    return described


def _refuse(connection: Connection[Any], described: Described) -> None:
    """Raises ExportUnusable where this installation may not take the school, whatever is in its export."""
    kind: InstallationKind = installation_kind_of(connection)
    name = described.school
    message = ""
    if kind != described.kind:
        message = f"This installation is a {kind} one, and the export was made in a {described.kind} one."
    elif name in list_removed(connection):
        message = f"{name} was removed from here: its short name is never taken again."
    elif name in {school.slug for school in list_schools(connection)}:
        message = (
            f"There is a school {name} here already. A school keeps its short name, because every event of it was sealed with"
            " that name in it: it is brought in where the name is free."
        )
    elif described.installation == installation_id(connection):
        message = f"The export was made here. What brings {name} back to where it was is a restore (doorstep restore)."
    if message:
        raise ExportUnusable(f"{message} Nothing was brought in.")


def _keys(export: Path, by: Passphrase | Identity, urls: DatabaseUrls, described: Described) -> None:
    """All keys and tombstones into both places, wrapped for this installation. Doing it again changes nothing."""
    slug, file = described.school, export / KEYS
    with Keyrings.open(urls) as keyrings:
        database, kek = keyrings.database, keyrings.keks.current
        if slug in database.removed():
            message = (
                f"The key database knows that {slug} was removed: no key of it is made again. Nothing was brought in."
            )
            raise ExportUnusable(message)
        secret = secret_of(file, slug, by)
        database.add_secret(slug, wrap(kek, slug, None, secret), kek.id)
        found = database.secret(slug)
        if found is None or unwrap(keyrings.keks.named(found[1]), slug, None, found[0]) != secret:
            message = f"The key database holds the keys of another school {slug}. Nothing was brought in."
            raise ExportUnusable(message)
        everything = open_keys(file, slug, by)
        while some := list(islice(everything, _TOGETHER)):
            stones = [one for one in some if isinstance(one, Tombstone)]
            if stones:
                database.destroy(slug, stones)
            keys = [
                WrappedKey(one.id, wrap(kek, slug, one.id, one.bytes), kek.id) for one in some if isinstance(one, Plain)
            ]
            if keys:
                database.add(slug, keys)
        says = bring_together(slug, database, SecondPlace(keyrings.folder, slug))
        if says:
            raise ExportUnusable(" ".join(says))


class _Loading:
    """The log database of one import, inside its transaction."""

    def __init__(self, connection: Connection[Any], export: Path, described: Described) -> None:
        self._connection = connection
        self._export = export
        self._described = described
        self._schema = log_schema(described.school)

    def tables(self) -> None:
        """The school's row, its schemas, and what lies beside its events."""
        said = self._described
        self._as_owner()
        try:
            self._connection.execute(
                "INSERT INTO doorstep.school (slug, name, policy_key) VALUES (%s, %s, %s)",
                (said.school, said.name, said.policy_key),
            )
        except UniqueViolation as error:
            message = f"There is a school {said.school} here already. Nothing was brought in."
            raise ExportUnusable(message) from error
        self._connection.execute("RESET ROLE")
        apply(self._connection, Target(self._schema, OWNER, read_migrations("school")))
        apply(self._connection, Target(views_schema(said.school), PROJECTOR, read_migrations("views")))
        self._as_owner()
        for shape in shapes(self._connection, self._schema):
            if shape.table == "epoch":
                with other_epochs(self._connection, self._schema):
                    self._table(shape)
            elif shape.table in TABLES:
                self._table(shape)

    def _table(self, shape: Shape) -> None:
        name = f"tables/{shape.table}.jsonl"
        try:
            with (self._export / name).open("rb") as file:
                lines = _lines(file, name)
                columns = _COLUMNS.decode(next(lines, b""))
                table = _described_table(name, self._schema, shape.table, columns)
                fill(self._connection, shape, table, decoded(lines, table))
        except (msgspec.MsgspecError, FileNotFoundError) as error:
            message = f"{self._export}: {name} is not there, or does not begin with its columns."
            raise ExportUnusable(message) from error
        except BackupUnusable as error:
            message = f"{self._export}: {error}. A newer release may have written it: bring it in with that one."
            raise ExportUnusable(message) from error

    def events(self, ledger: Ledger, progress: Progress) -> None:
        """The events, each as it was sealed. Raises Refused, ExportUnusable."""
        said, name = self._described, f"{LOG}/events.jsonl"
        own = Evidence(name="the checkpoint of the export", checkpoint=ledger.checkpoint)
        walk, done = Walk(said.school, [own], ledger.tree()), 0

        def told(more: int) -> None:
            nonlocal done
            done += more
            progress("brought in", done, said.events)

        table = _described_table(name, self._schema, "event", (), rows=said.events)
        try:
            with (self._export / name).open("rb") as file:
                fill_events(self._connection, table, _lines(file, name), walk, told)
        except BackupUnusable as error:
            message = f"{self._export}: {error}."
            raise ExportUnusable(message) from error
        walk.finish()
        if walk.size != said.events:
            raise Refused(f"{name} has {walk.size} events of {said.events}", index=walk.size + 1)
        self._connection.execute(
            SQL("UPDATE {} SET last_index = %s").format(Identifier(self._schema, "head")), (said.events,)
        )

    def next_epoch(self) -> None:
        """Under which the log goes on, from the last checkpoint of its old home."""
        note = (self._export / LOG / "checkpoint").read_text(encoding="utf-8")
        self._connection.execute(
            SQL("INSERT INTO {} (epoch, old_checkpoint) VALUES (%s, %s)").format(Identifier(self._schema, "epoch")),
            (self._described.epoch + 1, note),
        )

    def _as_owner(self) -> None:
        self._connection.execute("SET LOCAL ROLE doorstep_owner")


def _described_table(file: str, schema: str, table: str, columns: Sequence[str], rows: int = 0) -> Table:
    """As a backup's manifest describes one; that the file is as it was written is known already."""
    return Table(file=file, schema=schema, table=table, columns=tuple(columns), rows=rows, size=0, sha256="")


def _lines(file: IO[bytes], name: str) -> Iterator[bytes]:
    while line := file.readline(_LONGEST):
        if not line.endswith(b"\n"):
            message = f"{name} has a line that was cut short."
            raise ExportUnusable(message)
        yield line[:-1]
