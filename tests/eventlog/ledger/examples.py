"""An invented log of an invented school, and everything that a sealer needs, in memory."""

import random
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from eventlog.ledger.ledger import Incident, Ledger, create_ledger
from eventlog.ledger.receipts import disclosed
from eventlog.ledger.sealer import Row, Sealer
from eventlog.ledger.signing import LogSigner, WitnessSigner
from eventlog.ledger.verifier import Refused, encode64, event_line, leaf_bytes, open_checkpoint
from tests.eventlog.ledger.naive import mth

INSTALLATION = "0b5c9a52-7a9d-4c0e-8d43-2f4b8a3c1d10"
SCHOOL = "elm_park"
ORIGIN = f"{INSTALLATION}/doorstep/{SCHOOL}/1"
SIZE = 11
"""Events of the log that most tests of evidence share."""
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def example_key(name: str) -> Ed25519PrivateKey:
    """A key that is the same in every run. Its secret is its name: for tests only."""
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def log_signer(origin: str = ORIGIN, key: str = "log") -> LogSigner:
    """Signs as the log."""
    return LogSigner(origin, example_key(key))


def witness_signer(name: str = "witness.example/w1") -> WitnessSigner:
    """Signs as a witness."""
    return WitnessSigner(name, example_key(name))


def clock() -> datetime:
    """A clock that stands still."""
    return NOW


def envelope(stream: UUID, version: int, event_id: UUID, *, school: str = SCHOOL, kind: str = "visit") -> bytes:
    """A canonical envelope, written out by hand."""
    actor, command, key_id = (UUID(int=number) for number in (1, 2, 3))
    return (
        f'{{"school":"{school}","kind":"{kind}","stream":"{stream}","version":{version},"event_id":"{event_id}",'
        f'"topic":"visit.arrived.v1","occurred_at":"2026-11-23T09:30:00Z","actor":"{actor}","role":"DSL",'
        f'"command_id":"{command}","policy_version":4,"key_id":"{key_id}","device_at":"2026-11-23T09:29:58.250000Z"}}'
    ).encode()


def rows(count: int, seed: int = 1) -> list[Row]:
    """The rows of a log of `count` events over three visits."""
    chance = random.Random(seed)  # noqa: S311 - an example that is the same each time
    versions: dict[UUID, int] = {}
    made: list[Row] = []
    for index in range(1, count + 1):
        stream = UUID(int=1000 + chance.randrange(3))
        versions[stream] = versions.get(stream, 0) + 1
        said = envelope(stream, versions[stream], UUID(int=chance.getrandbits(128)))
        recorded_at = 1_795_426_200_000_000 + index * 1_000_003
        made.append((index, recorded_at, chance.randbytes(16), said, chance.randbytes(28 + chance.randrange(200))))
    return made


def naive_root(log: Sequence[Row]) -> bytes:
    """The root over rows, by the naive implementation."""
    return mth([leaf_bytes(*row) for row in log])


class MemorySource:
    """A log in memory."""

    def __init__(self, log: list[Row], origin: str = ORIGIN) -> None:
        """Whoever has the list may append to it, and tamper with it."""
        self.log = log
        self.origin = origin
        self.settled = 0

    def head(self) -> int:
        """The last index."""
        return self.log[-1][0] if self.log else 0

    def read(self, first: int, limit: int) -> Iterable[Row]:
        """Rows from an index on."""
        return [row for row in self.log if row[0] >= first][:limit]

    def settle(self) -> None:
        """It is on the disk."""
        self.settled = len(self.log)


class MemoryReleases:
    """Checkpoints that readers have, in memory."""

    def __init__(self) -> None:
        """None yet."""
        self.notes: dict[int, bytes] = {}
        self.told: list[Incident] = []

    def last(self) -> bytes | None:
        """The largest."""
        return self.notes[max(self.notes)] if self.notes else None

    def release(self, size: int, note: bytes) -> None:
        """Keep it."""
        if self.notes.setdefault(size, note) != note:
            raise Refused(f"another checkpoint of {size} events was released before this one", index=size)

    def tell(self, incident: Incident) -> None:
        """Note it."""
        self.told.append(incident)


class Sealed:
    """A log, its ledger and its readers; `sealer` makes a sealer as a starting process does."""

    def __init__(self, folder: Path, log: list[Row]) -> None:
        """A new ledger in the folder."""
        self.folder = folder / SCHOOL / "1"
        self.source = MemorySource(log)
        self.releases = MemoryReleases()
        create_ledger(self.folder, log_signer())

    def sealer(self) -> Sealer:
        """A sealer over what is there; the one before must have ended."""
        return Sealer(self.source, Ledger.write(self.folder), self.releases, log_signer(), clock)

    def seal_all(self) -> None:
        """Seal what is there, as a process that starts, seals and ends."""
        sealer = self.sealer()
        try:
            while sealer.seal():
                pass
        finally:
            sealer.close()

    def check(self) -> None:
        """Everything that was ever released is of this log, and so is the ledger; the naive tree is the judge."""
        key = log_signer().vkey
        for size, note in self.releases.notes.items():
            checkpoint = open_checkpoint(note, [key]).checkpoint
            assert checkpoint.size == size
            assert checkpoint.root == naive_root(self.source.log[:size])
        ledger = Ledger.read(self.folder)
        assert ledger.checkpoint.root == naive_root(self.source.log[: ledger.checkpoint.size])
        assert ledger.tree().root() == ledger.checkpoint.root


def index_of_refusal(check: Callable[[], object]) -> int | None:
    """The check refuses; the index that it names."""
    with pytest.raises(Refused) as caught:
        check()
    return caught.value.index


def rewritten(export: Path, index: int) -> None:
    """Change an event and its leaf, as somebody does who knows the format but has no key."""
    events = (export / "events.jsonl").read_text(encoding="utf-8").splitlines()
    leaves = (export / "leaves.b64").read_text(encoding="utf-8").splitlines()
    row = rows(SIZE)[index - 1]
    other = (*row[:4], b"another payload")
    events[index - 1] = event_line(disclosed(other))
    leaves[index - 1] = encode64(leaf_bytes(*other))
    (export / "events.jsonl").write_text("\n".join(events) + "\n", encoding="utf-8")
    (export / "leaves.b64").write_text("\n".join(leaves) + "\n", encoding="utf-8")
