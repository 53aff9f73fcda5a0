"""Writing a school's export: of one moment, streamed, and under its name only when all of it is on the disk.

The moment is one at which every event is sealed and nothing is added: what the export holds is then what there is, and
its checkpoint covers all of it. A kill leaves a folder under a hidden name; the same command takes that away and begins again.
"""

import importlib.metadata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import IO, Any, Final, NamedTuple
from uuid import UUID

import msgspec
from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from eventlog.age import Passphrase, Recipient
from eventlog.backup.manifest import HASH, MANIFEST, hash_line
from eventlog.backup.shapes import FETCH, rows_as_text, shapes
from eventlog.backup.taking import snapshot
from eventlog.durable import new_folder, sync_file, sync_folder, write_new
from eventlog.keys.keyring import Keyring
from eventlog.keys.keyrings import Keyrings
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.ledgers import every_epoch
from eventlog.ledger.receipts import write_log
from eventlog.ledger.sealer import LogSource
from eventlog.migrate import InstallationKind, School, log_schema
from eventlog.settings import DatabaseUrls
from eventlog.whole.keys import seal_keys
from eventlog.whole.readable import UNREADABLE, OfKeyring, readable
from eventlog.whole.readme import readme_of
from eventlog.whole.shapes import (
    FORMAT,
    KEYS,
    LOG,
    READABLE,
    README,
    TABLES,
    TREE,
    Described,
    Whole,
    hashed,
    to_bytes,
)

Progress = Callable[[str, int, int], None]
"""Told what is written, how much of it, of how much."""
_OWNER_ONLY: Final = 0o700


class Busy(Exception):  # noqa: N818 - a fact that passes
    """Something was added between the last seal and the moment of the export."""


class Leaving(NamedTuple):
    """A school, and what is asked for its export."""

    school: School
    installation: UUID
    kind: InstallationKind
    urls: DatabaseUrls
    keyrings: Keyrings
    ledgers: Path
    source: LogSource
    to: Passphrase | Recipient
    beside: Mapping[str, bytes]
    """Further files, small ones: the policy, the accounts."""


class Written(NamedTuple):
    """What was written."""

    described: Described
    unreadable: int
    """Events that nobody can read here, for another reason than an erasure."""
    keys: int


def write_whole(folder: Path, leaving: Leaving, ledger: Ledger, progress: Progress) -> Written:
    """Write the export into a new folder.

    Raises Busy, FileExistsError, BlockingIOError, Refused, KeyLost, KeyAltered, LogUnavailable, OSError.
    """
    with _moment(leaving, ledger) as connection, new_folder(folder, _OWNER_ONLY) as making:
        return _Writing(making, leaving, ledger, progress).all_of_it(connection)


@contextmanager
def _moment(leaving: Leaving, ledger: Ledger) -> Iterator[Connection[Any]]:
    """The log database as it is while nothing of the school waits to be sealed. Raises Busy."""
    with snapshot(leaving.urls.migrate) as connection:
        query = SQL("SELECT last_index FROM {}").format(Identifier(log_schema(leaving.school.slug), "head"))
        if connection.cursor(row_factory=tuple_row).execute(query).fetchone() != (ledger.checkpoint.size,):
            raise Busy
        yield connection


class _Writing:
    """One export."""

    def __init__(self, folder: Path, leaving: Leaving, ledger: Ledger, progress: Progress) -> None:
        self._folder = folder
        self._leaving = leaving
        self._ledger = ledger
        self._progress = progress
        self._files: list[str] = []

    def all_of_it(self, connection: Connection[Any]) -> Written:
        leaving, slug, size = self._leaving, self._leaving.school.slug, self._ledger.checkpoint.size
        (self._folder / LOG).mkdir(mode=_OWNER_ONLY)
        write_log(self._folder / LOG, self._ledger, leaving.source, lambda done: self._progress("sealed", done, size))
        self._files += [f"{LOG}/{name}" for name in ("checkpoint", "leaves.b64", "log.vkey", "events.jsonl")]
        for epoch, earlier in every_epoch(leaving.ledgers, slug).items():
            if earlier.folder != self._ledger.folder:
                self._small(f"epochs/{epoch}/checkpoint", earlier.note)
                self._small(f"epochs/{epoch}/log.vkey", f"{earlier.key}\n".encode())
                with self._streamed(f"epochs/{epoch}/{TREE}") as file:
                    file.writelines(earlier.tree().pieces())
        self._tables(connection)
        unreadable = self._readable(leaving.keyrings.of(slug), size)
        with self._streamed(KEYS) as file:
            keys = seal_keys(file, leaving.urls.keys, slug, leaving.keyrings.keks, leaving.to)
        for name, content in leaving.beside.items():
            self._small(name, content)
        self._small("verifier.py", (files("eventlog.ledger") / "verifier.py").read_bytes())
        return Written(self._described(), unreadable, keys)

    def _tables(self, connection: Connection[Any]) -> None:
        for shape in shapes(connection, log_schema(self._leaving.school.slug)):
            if shape.table in TABLES:
                with self._streamed(f"tables/{shape.table}.jsonl") as file:
                    file.write(msgspec.json.encode(shape.names()) + b"\n")
                    for row in rows_as_text(connection, shape):
                        file.write(msgspec.json.encode(row) + b"\n")

    def _readable(self, keyring: Keyring, size: int) -> int:
        unreadable = 0
        with self._streamed(READABLE) as file:
            for number, line in enumerate(readable_lines(self._leaving.source, keyring, size), 1):
                unreadable += b"," + UNREADABLE in line[-120:]
                file.write(line)
                if number % FETCH == 0 or number == size:
                    self._progress("readable", number, size)
        return unreadable

    def _described(self) -> Described:
        """The manifest, written last but for its hash, over every file as it lies on the disk."""
        leaving = self._leaving

        def described(found: Iterable[Whole]) -> Described:
            return Described(
                format=FORMAT,
                school=leaving.school.slug,
                name=leaving.school.name,
                policy_key=leaving.school.policy_key,
                installation=leaving.installation,
                kind=leaving.kind,
                made_at=datetime.now(UTC),
                release=importlib.metadata.version("doorstep"),
                epoch=int(self._ledger.folder.name),
                events=self._ledger.checkpoint.size,
                keys_for=leaving.to.says,
                files=tuple(found),
            )

        self._small(README, readme_of(described(()), str(self._ledger.key)).encode())
        made = described(hashed(self._folder, name) for name in self._files)
        content = to_bytes(made)
        write_new(self._folder / MANIFEST, content, mode=0o600)
        write_new(self._folder / HASH, hash_line(content), mode=0o600)
        for folder in (one for one in self._folder.rglob("*") if one.is_dir()):
            sync_folder(folder)
        return made

    def _small(self, name: str, content: bytes) -> None:
        write_new(self._place(name), content, mode=0o600)

    @contextmanager
    def _streamed(self, name: str) -> Iterator[IO[bytes]]:
        with self._place(name).open("xb", buffering=1024 * 1024) as file:
            yield file
            sync_file(file)

    def _place(self, name: str) -> Path:
        path = self._folder / name
        path.parent.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
        self._files.append(name)
        return path


def readable_lines(source: LogSource, keyring: Keyring, size: int) -> Iterator[bytes]:
    """The lines of the readable file for the first `size` events."""
    return readable(source.read(1, size), OfKeyring(keyring))


def readable_now(source: LogSource, keyring: Keyring, size: int) -> str:
    """What SHA-256 the readable file has when it is written from the log as it is now."""
    found = sha256()
    for line in readable_lines(source, keyring, size):
        found.update(line)
    return found.hexdigest()
