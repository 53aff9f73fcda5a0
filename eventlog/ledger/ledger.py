"""What the sealer keeps outside PostgreSQL: its own tree, the last checkpoint it signed, and what it refused.

One folder for each log (school and epoch):

    log.vkey        the verifier key; written once: a log goes on with its key or not at all
    tree            the tree's hashes, 32 bytes each, in the order of `tree.count`; only ever grows at its end
    checkpoint      the last checkpoint signed: a signed note
    incidents.jsonl one line for each refusal to sign, and for each time that the log held again afterwards

There is nothing secret in it: a leaf's hash tells nothing of the event without its salt. The checkpoint decides: what
lies in `tree` beyond its size was never signed and is cut off.
"""

import fcntl
import json
import mmap
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Self

from eventlog.durable import append, replace, sync_folder, write_new
from eventlog.ledger.signing import LogSigner
from eventlog.ledger.tree import Growth, Tree, count
from eventlog.ledger.verifier import (
    EMPTY_ROOT,
    HASH,
    Checkpoint,
    Refused,
    VerifierKey,
    open_checkpoint,
    parse_vkey,
)


class NoLedger(Exception):  # noqa: N818 - a fact about the installation
    """There is no ledger in a folder; the message says what to do."""


class LedgerInUse(Exception):  # noqa: N818 - a fact about the installation
    """Another sealer has the folder open."""


@dataclass(frozen=True, kw_only=True)
class Incident:
    """The sealer refused to sign (`reason`, and the index that it is about), or found that the log holds again."""

    at: datetime
    reason: str | None
    index: int | None = None


def create_ledger(folder: Path, signer: LogSigner) -> None:
    """Begin a log's ledger in a folder that must not be there: an empty tree and its checkpoint of size 0.

    Raises FileExistsError. A crash leaves no ledger, or a whole one.
    """
    if folder.exists():
        message = f"{folder} is there already: a ledger is never begun anew."
        raise FileExistsError(message)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(made, ignore_errors=True)  # Left by a crash before the renaming below: it was never used.
    made.mkdir()
    write_new(made / "log.vkey", f"{signer.vkey}\n".encode())
    write_new(made / "tree", b"")
    write_new(made / "checkpoint", signer.sign(Checkpoint(signer.vkey.name, 0, EMPTY_ROOT)))
    sync_folder(made)
    made.rename(folder)
    sync_folder(folder.parent)


class Ledger:
    """A log's ledger: read by anybody, written by the one sealer that opened it for writing."""

    def __init__(self, folder: Path, lock: IO[bytes] | None) -> None:
        """Use `read` or `write`."""
        self.folder = folder
        self._lock = lock
        self.reload()

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Open to read, beside a sealer that goes on. Raises NoLedger, Refused."""
        return cls(folder, None)

    @classmethod
    def write(cls, folder: Path) -> Self:
        """Open to seal. Raises NoLedger, Refused, LedgerInUse."""
        opened = lock(folder)
        try:
            return cls(folder, opened)
        except BaseException:
            opened.close()
            raise

    def reload(self) -> None:
        """Go by what lies on the disk, whatever was known before. Raises NoLedger, Refused."""
        try:
            vkey, note = (
                (self.folder / "log.vkey").read_text(encoding="utf-8"),
                (self.folder / "checkpoint").read_bytes(),
            )
            # Read after the checkpoint: a sealer that goes on makes the tree only longer.
            length = (self.folder / "tree").stat().st_size
        except OSError as error:
            raise _missing(self.folder, error) from error
        self.key: VerifierKey = parse_vkey(vkey.removesuffix("\n"))
        self.note: bytes = note
        self.checkpoint: Checkpoint = open_checkpoint(note, [self.key]).checkpoint
        if length < HASH * count(self.checkpoint.size):
            size = self.checkpoint.size
            reason = f"the sealer's own tree was cut short: {size} events were signed, and it holds fewer"
            raise Refused(reason, index=size)
        if self.tree().root() != self.checkpoint.root:
            reason = "the sealer's own tree does not give the root that it signed: the folder was changed"
            raise Refused(reason)

    def close(self) -> None:
        """Let another sealer have it."""
        if self._lock is not None:
            self._lock.close()

    def tree(self) -> Tree:
        """The tree that the checkpoint was signed over. It stays as it is while the sealer goes on."""
        size = self.checkpoint.size
        if size == 0:
            return Tree(b"", 0)
        with (self.folder / "tree").open("rb") as file:
            return Tree(mmap.mmap(file.fileno(), HASH * count(size), access=mmap.ACCESS_READ), size)

    def growth(self) -> Growth:
        """From where the tree grows on."""
        size = self.checkpoint.size
        return Growth(size, self.tree().peaks(size))

    def cut(self) -> None:
        """Cut off what was never signed: left by a crash. Only ever after `reload`."""
        os.truncate(self.folder / "tree", HASH * count(self.checkpoint.size))

    def grow(self, hashes: bytes) -> None:
        """Add hashes to the tree, durably. Until a checkpoint covers them they count for nothing."""
        append(self.folder / "tree", hashes)

    def keep(self, checkpoint: Checkpoint, note: bytes) -> None:
        """Keep a checkpoint as the last one signed, durably: whole or not at all."""
        replace(self.folder / "checkpoint", note)
        self.checkpoint, self.note = checkpoint, note

    def record(self, incident: Incident) -> None:
        """Keep for ever that the sealer refused, or that the log holds again."""
        line = {"at": incident.at.isoformat(), "reason": incident.reason, "index": incident.index}
        append(self.folder / "incidents.jsonl", json.dumps(line).encode() + b"\n")

    def incidents(self) -> Sequence[Incident]:
        """All of them, oldest first; a line that a crash cut short is left out."""
        try:
            lines = (self.folder / "incidents.jsonl").read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            return ()
        found = []
        for line in lines:
            try:
                said = json.loads(line)
                at = datetime.fromisoformat(said["at"])
            except (ValueError, KeyError, TypeError):
                continue
            found.append(Incident(at=at, reason=said.get("reason"), index=said.get("index")))
        return found


def lock(folder: Path) -> IO[bytes]:
    """Keep other sealers out until it is closed. Raises NoLedger, LedgerInUse."""
    try:
        opened = (folder / "log.vkey").open("rb")
    except OSError as error:
        raise _missing(folder, error) from error
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        opened.close()
        message = f"Another sealer has {folder} open. There can be only one."
        raise LedgerInUse(message) from None
    return opened


def _missing(folder: Path, error: OSError) -> NoLedger:
    return NoLedger(
        f"There is no ledger in {folder} ({error.strerror}). If it was lost, put it back from its copy: sealing is not"
        " begun anew for a log that was sealed before."
    )
