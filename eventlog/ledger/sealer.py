"""The sealer: follows one log, keeps its own tree, signs checkpoints, and refuses a log that is not the one it signed.

It trusts nothing of the database but that today's new rows are new. What it has signed lies outside (`ledger`), so that
whoever rewrites the database, superuser or not, cannot make it forget. One step goes like this:

    read the last row that was signed, and the new ones; the last one must be the same still
    wait until the database has them on its disk
    hash, and add to the tree outside, durably
    sign, and keep the checkpoint outside, durably
    release the checkpoint to readers

and after each of these a crash leaves something from which `open` goes on; `seal` says what.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol, TypeVar

from eventlog.ledger.ledger import Incident, Ledger
from eventlog.ledger.signing import LogSigner
from eventlog.ledger.tree import Growth, Tree
from eventlog.ledger.verifier import Checkpoint, Refused, leaf_bytes, leaf_hash, open_checkpoint

T = TypeVar("T")
log = logging.getLogger(__name__)

Row = tuple[int, int, bytes, bytes, bytes]
"""Index, recorded_at in microseconds since 1970, salt, envelope, ciphertext: as the columns lie in the log."""

BATCH: Final = 10_000
"""Events under one checkpoint at most; a live log has one or a few."""


class LogSource(Protocol):
    """Where the sealer reads one school's log. Its methods raise what they like while it cannot be reached."""

    @property
    def origin(self) -> str:
        """`<installation>/doorstep/<school>/<epoch>`, as the database says it."""
        ...

    def head(self) -> int:
        """The index of the last event; 0 for an empty log."""
        ...

    def read(self, first: int, limit: int) -> Iterable[Row]:
        """Events from an index on, in the order of their indices."""
        ...

    def settle(self) -> None:
        """Return when everything that was read is on the database's disk: no crash of it takes anything back."""
        ...


class Releases(Protocol):
    """Where checkpoints are put for readers."""

    def last(self) -> bytes | None:
        """The checkpoint with the largest size that was released under this origin."""
        ...

    def release(self, size: int, note: bytes) -> None:
        """Durably; again is the same as once. Raises Refused where another checkpoint of this size is there."""
        ...

    def tell(self, incident: Incident) -> None:
        """Let a status page show that the sealer refuses, or that the log holds again."""
        ...


@dataclass(frozen=True, kw_only=True)
class Status:
    """How sealing stands, for people."""

    origin: str
    size: int
    """Events under the last checkpoint."""
    sealed_at: datetime | None
    """When it was released; None before the first one of this process."""
    refused: Incident | None
    """Why nothing is signed any more; None while all is well."""
    rechecked: int
    """Up to which index the log was gone through again, in the present round."""


class Sealer:
    """Seals one school's log. For one thread; `status` may be read by any."""

    def __init__(
        self, source: LogSource, ledger: Ledger, releases: Releases, signer: LogSigner, clock: Callable[[], datetime]
    ) -> None:
        """`ledger` is open for writing, and is this sealer's from now on. Nothing is done before `open`."""
        self._source = source
        self._ledger = ledger
        self._releases = releases
        self._signer = signer
        self._clock = clock
        self._growth: Growth | None = None
        self._tree: Tree | None = None
        self._must_pass: Checkpoint | None = None
        self.status = Status(
            origin=ledger.checkpoint.origin, size=ledger.checkpoint.size, sealed_at=None, refused=None, rechecked=0
        )

    def close(self) -> None:
        """Let another sealer have the ledger."""
        self._ledger.close()

    def open(self) -> None:
        """Make sure that key, log and readers are those of the ledger, and finish what a crash left half done.

        Raises Refused, also after a refusal that still stands: then the whole log is gone through first.
        """
        self._growth, self._must_pass = None, None
        self._guarded(self._open)

    def _open(self) -> None:
        ledger = self._ledger
        ledger.reload()  # A checkpoint may lie there that this process failed to finish keeping.
        if self._signer.vkey != ledger.key:
            reason = (
                f"the signing key was replaced: this log is signed with {ledger.key}. Put that key's file back from its"
                " safe place (DOORSTEP_SEALING_KEY_FILE), and start the sealer again"
            )
            raise Refused(reason)
        if self._source.origin != ledger.checkpoint.origin:
            raise Refused(f"this is the log {self._source.origin}; what was signed is {ledger.checkpoint.origin}")
        released = self._released()
        ledger.cut()
        self._growth, self._tree = ledger.growth(), None
        incidents = ledger.incidents()
        if incidents and incidents[-1].reason is not None:
            self._check_whole()
            # Nothing is forgotten: the refusal stays in the ledger, and this line comes after it.
            mended = Incident(at=self._clock(), reason=None, index=ledger.checkpoint.size)
            ledger.record(mended)
            self._releases.tell(mended)
            log.warning("the log %s holds again up to %d: sealing goes on", self.status.origin, self.status.size)
        if ledger.checkpoint.size and (released is None or released.size < ledger.checkpoint.size):
            # A crash after keeping and before releasing: the readers get it now.
            self._releases.release(ledger.checkpoint.size, ledger.note)
        self.status = replace(self.status, refused=None, size=ledger.checkpoint.size)

    def _released(self) -> Checkpoint | None:
        """What readers hold must be of this tree. Where it goes further, the ledger was put back from an old copy."""
        note = self._releases.last()
        if note is None:
            return None
        own = self._ledger.checkpoint
        try:
            released = open_checkpoint(note, [self._ledger.key]).checkpoint
        except Refused as refused:
            raise Refused(f"among the released checkpoints is one that was never signed: {refused.reason}") from None
        if released.size > own.size:
            log.warning("the ledger of %s is older than a released checkpoint: catching up", own.origin)
            self._must_pass = released
        elif self._ledger.tree().root(released.size) != released.root:
            reason = f"a released checkpoint of {released.size} events has another root than the sealer's tree"
            raise Refused(reason, index=released.size)
        return released

    def seal(self, limit: int = BATCH) -> int:
        """Seal what has been appended, up to `limit` events; how many.

        Raises Refused: then, and at every further call until `open` finds that the log holds again. Whatever else the
        log and the files raise goes through, and the next call opens again.
        """
        if self.status.refused is not None:
            raise Refused(self.status.refused.reason or "", index=self.status.refused.index)
        if self._growth is None:
            self.open()
        try:
            return self._guarded(lambda: self._seal(limit))
        except BaseException:
            self._growth = None  # What is in memory may be ahead of what is kept.
            raise

    def _seal(self, limit: int) -> int:
        growth, ledger = self._opened(), self._ledger
        size = growth.size
        if self._must_pass is not None and size < self._must_pass.size:
            limit = min(limit, self._must_pass.size - size)
        leaves = self._new_leaves(size, limit)
        if not leaves:
            return 0
        self._source.settle()
        # After this line what was read is durable in the database, and no crash of it takes it back. A crash of the
        # sealer here loses nothing: nothing was written.
        hashes = growth.add(leaves)
        checkpoint = Checkpoint(ledger.checkpoint.origin, growth.size, growth.root())
        self._check_passing(checkpoint)
        ledger.grow(hashes)
        # A crash during or after this leaves the tree longer than its checkpoint, maybe by a part of a hash: `open`
        # cuts it off. Nothing was signed.
        note = self._signer.sign(checkpoint)
        # A crash here loses a signature that nobody has seen.
        ledger.keep(checkpoint, note)
        # A crash before the renaming in `keep` is the same as one before it. After it the checkpoint is ours for good,
        # and no reader has it yet: `open` releases it.
        self._releases.release(checkpoint.size, note)
        # A crash here loses nothing but the time in the status.
        self._tree = None
        self.status = replace(self.status, size=checkpoint.size, sealed_at=self._clock())
        return len(leaves)

    def _new_leaves(self, size: int, limit: int) -> list[bytes]:
        """The hashes of the next rows, read together with the last one signed, which must be as it was."""
        leaves = list(self._hashes(max(size, 1), limit + (size > 0)))
        if not size:
            return leaves
        if not leaves:
            raise self._missing(size)
        if leaves[0] != self._sealed(size):
            raise Refused(f"event {size} was changed after it was sealed", index=size)
        return leaves[1:]

    def _hashes(self, first: int, limit: int) -> Iterator[bytes]:
        for expected, row in enumerate(self._source.read(first, limit), first):
            if row[0] != expected:
                raise self._missing(expected)
            yield leaf_hash(leaf_bytes(*row))

    def _missing(self, index: int) -> Refused:
        head, size = self._source.head(), self._ledger.checkpoint.size
        if head >= index:
            return Refused(f"event {index} is missing from the log", index=index)
        return Refused(f"the log ends at {head}, but was sealed up to {size}: events were lost", index=head + 1)

    def _check_passing(self, checkpoint: Checkpoint) -> None:
        passing = self._must_pass
        if passing is None or checkpoint.size < passing.size:
            return
        if checkpoint.root != passing.root:
            reason = f"a checkpoint of {passing.size} events was released that this log does not give: it was forked"
            raise Refused(reason, index=passing.size)
        self._must_pass = None

    def recheck(self, limit: int) -> int:
        """Go through the next `limit` sealed events again, and begin anew at the end; how many were looked at.

        Raises Refused where one is no more what was sealed.
        """
        if self._growth is None or self.status.refused is not None:
            return 0
        first = self.status.rechecked + 1 if self.status.rechecked < self.status.size else 1
        last = min(first + limit - 1, self.status.size)
        self._guarded(lambda: self._compare(first, last))
        self.status = replace(self.status, rechecked=last)
        return last - first + 1

    def _check_whole(self) -> None:
        for first in range(1, self._ledger.checkpoint.size + 1, BATCH):
            self._compare(first, min(first + BATCH - 1, self._ledger.checkpoint.size))

    def _compare(self, first: int, last: int) -> None:
        index = first
        for hashed in self._hashes(first, last - first + 1):
            if hashed != self._sealed(index):
                raise Refused(f"event {index} was changed after it was sealed", index=index)
            index += 1
        if index <= last:
            raise self._missing(index)

    def _sealed(self, index: int) -> bytes:
        """The hash that was sealed at an index."""
        if self._tree is None or self._tree.size < self._ledger.checkpoint.size:
            self._tree = self._ledger.tree()
        return self._tree.leaf(index - 1)

    def _opened(self) -> Growth:
        if self._growth is None:
            message = "the sealer was not opened"
            raise RuntimeError(message)
        return self._growth

    def _guarded(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except Refused as refused:
            self._refuse(refused)
            raise

    def _refuse(self, refused: Refused) -> None:
        incident = Incident(at=self._clock(), reason=refused.reason, index=refused.index)
        self.status = replace(self.status, refused=incident)
        log.error("SEALING OF %s IS REFUSED: %s", self.status.origin, refused.reason)
        known = self._ledger.incidents()
        if not known or (known[-1].reason, known[-1].index) != (incident.reason, incident.index):
            self._ledger.record(incident)
        try:
            self._releases.tell(incident)
        except Exception:  # the refusal stands, whether or not the database takes note of it
            log.exception("the refusal to seal %s could not be written into the database", self.status.origin)
