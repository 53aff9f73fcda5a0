"""A witness: somebody outside the school who remembers the last checkpoint, and cosigns only what extends it.

It answers a request as c2sp.org/tlog-witness words it (`add-checkpoint`): a line `old N`, the consistency proof from the
checkpoint of that size, an empty line, the new checkpoint. How the request travels (a file, a mailbox) is left open. The
answer is a c2sp.org/tlog-cosignature line, which the log's keeper may add to the checkpoint.

It holds no event and needs no trust in the school: it refuses a shorter log (a rollback), another log of the same size or
one that does not extend what it saw (a fork), a log it was not told of, and a signature that is not the log's.
"""

import fcntl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from eventlog.durable import replace, sync_folder
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.signing import WitnessSigner
from eventlog.ledger.verifier import (
    Checkpoint,
    Proof,
    Refused,
    VerifierKey,
    check_consistency,
    encode64,
    open_checkpoint,
    parse_checkpoint,
    parse_consistency,
    parse_note,
)


class OtherSize(Refused):
    """The request proves from another size than that of the checkpoint seen last: ask again from `size`."""

    def __init__(self, size: int, old: int) -> None:
        """Keep the size that the proof must begin from."""
        super().__init__(f"the last checkpoint seen has {size} events; the proof begins at {old}")
        self.size = size


class Witness:
    """A witness with its key, the logs it was told of, and a folder that remembers one checkpoint of each."""

    def __init__(
        self, folder: Path, signer: WitnessSigner, logs: Sequence[VerifierKey], clock: Callable[[], datetime]
    ) -> None:
        """`logs` are the verifier keys of the logs to watch; `folder` is made when it is needed."""
        self._folder = folder
        self._signer = signer
        self._logs = logs
        self._clock = clock

    def last(self, origin: str) -> Checkpoint | None:
        """The checkpoint of a log that was cosigned last; None before the first."""
        try:
            note = (self._place(origin) / "checkpoint").read_bytes()
        except FileNotFoundError:
            return None
        return open_checkpoint(note, self._logs, [self._signer.vkey]).checkpoint

    def cosign(self, request: bytes) -> str:
        """The cosignature line for the checkpoint in a request. Raises Refused (OtherSize) and remembers nothing then."""
        asked = parse_consistency(request)
        checkpoint = open_checkpoint(asked.checkpoint, self._logs).checkpoint
        with self._locked(checkpoint.origin) as place:
            self._check(asked, checkpoint, self.last(checkpoint.origin))
            line = self._signer.cosign(checkpoint.text, int(self._clock().timestamp()))
            # A crash here loses a cosignature that nobody has: the same request is answered again.
            replace(place / "checkpoint", with_cosignature(asked.checkpoint, line))
            # After this line the checkpoint is remembered. A crash here loses the answer; asked again with the same
            # size the witness cosigns the same root anew, and no other.
        return line

    def _check(self, asked: Proof, checkpoint: Checkpoint, seen: Checkpoint | None) -> None:
        size = 0 if seen is None else seen.size
        if asked.position > checkpoint.size:
            raise Refused(f"the proof begins at {asked.position} events, beyond the checkpoint's {checkpoint.size}")
        if checkpoint.size < size:
            raise Refused(f"a checkpoint of {size} events was seen before: {checkpoint.size} would be a rollback")
        if asked.position != size:
            raise OtherSize(size, asked.position)
        if seen is None or seen.size == 0:
            if asked.hashes:
                raise Refused("nothing can be proved from an empty log, yet there is a proof")
            return
        check_consistency(seen.size, checkpoint.size, asked.hashes, seen.root, checkpoint.root)

    def _place(self, origin: str) -> Path:
        return self._folder / sha256(origin.encode()).hexdigest()

    @contextmanager
    def _locked(self, origin: str) -> Iterator[Path]:
        """One request for a log at a time: between looking and remembering nobody else remembers."""
        place = self._place(origin)
        if not place.exists():
            place.mkdir(parents=True, exist_ok=True)
            sync_folder(place.parent)
        with (place / "lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield place


def witness_request(ledger: Ledger, seen: int) -> bytes:
    """What a log asks of a witness that has seen a checkpoint of `seen` events (0: none); also a proof for anybody.

    Raises Refused.
    """
    return extension_of(ledger, seen, ledger.note).text


class Extension(NamedTuple):
    """A proof that one checkpoint extends another."""

    text: bytes
    """The file."""
    size: int
    """Of the later checkpoint."""


def extension_of(ledger: Ledger, old_size: int, note: bytes) -> Extension:
    """The proof that the checkpoint in `note` extends the one of `old_size` events, out of the ledger's tree.

    Raises Refused where the checkpoint is none of this ledger's, or over fewer events.
    """
    later, tree = open_checkpoint(note, [ledger.key]).checkpoint, ledger.tree()
    if later.size > tree.size or tree.root(later.size) != later.root:
        raise Refused(
            f"the checkpoint over {later.size} events is none of the {tree.size} events that were sealed here"
        )
    if not 0 <= old_size <= later.size:
        raise Refused(f"the later checkpoint is over {later.size} events: it cannot extend one over {old_size}")
    hashes = tree.consistency(old_size, later.size) if old_size else []
    return Extension(consistency_text(old_size, hashes, note), later.size)


def ledger_of(note: bytes, newest: Ledger, epochs: Mapping[int, Ledger]) -> Ledger:
    """The ledger of the epoch that a checkpoint is of, by its own word; the newest where there is no such epoch."""
    origin = parse_checkpoint(parse_note(note).text).origin
    return next((one for one in epochs.values() if one.checkpoint.origin == origin), newest)


def consistency_text(old_size: int, hashes: Sequence[bytes], checkpoint: bytes) -> bytes:
    """A consistency proof and the checkpoint that it leads to, as a file."""
    lines = [f"old {old_size}", *(encode64(one) for one in hashes)]
    return ("\n".join(lines) + "\n\n").encode() + checkpoint


def with_cosignature(checkpoint: bytes, line: str) -> bytes:
    """The checkpoint with one more signature line; the same line is not added twice."""
    parse_note(checkpoint + line.encode())
    return checkpoint if line.encode() in checkpoint else checkpoint + line.encode()
