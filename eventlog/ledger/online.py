"""The database held against everything that was ever signed for it: the ledger outside, released checkpoints, evidence."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from eventlog.ledger.ledger import Ledger
from eventlog.ledger.sealer import LogSource
from eventlog.ledger.verifier import (
    Checkpoint,
    Evidence,
    Refused,
    Replay,
    VerifierKey,
    leaf_bytes,
    leaf_hash,
    open_checkpoint,
)

_READ: Final = 5_000


def verify_database(
    source: LogSource,
    ledger: Ledger,
    evidence: Sequence[Evidence] = (),
    told: Callable[[int], None] | None = None,
) -> Checkpoint:
    """Go through the whole log; the ledger's checkpoint where everything holds.

    `evidence` is verified already (`verifier.read_evidence`, `released_evidence`). Raises Refused with the index of the
    first event that is not what was sealed, or the earliest evidence that contradicts the database.
    """
    if source.origin != ledger.checkpoint.origin:
        raise Refused(f"this is the log {source.origin}; what was signed is {ledger.checkpoint.origin}")
    own = Evidence(name="the sealer's last checkpoint", checkpoint=ledger.checkpoint)
    replay, tree = Replay([*evidence, own]), ledger.tree()
    head = source.head()
    while replay.roots.size < head:
        before = replay.roots.size
        for row in source.read(before + 1, min(_READ, head - before)):
            leaf = leaf_bytes(*row)
            replay.add(leaf)
            index = replay.roots.size
            if index <= tree.size and leaf_hash(leaf) != tree.leaf(index - 1):
                raise Refused(f"event {index} was changed after it was sealed", index=index)
        if replay.roots.size == before:
            raise Refused(f"event {before + 1} is missing from the log", index=before + 1)
        if told is not None:
            told(replay.roots.size)
    replay.finish()
    return ledger.checkpoint


def released_evidence(notes: Iterable[bytes], key: VerifierKey) -> list[Evidence]:
    """Released checkpoints as evidence. Raises Refused for one that was never signed."""
    found = []
    for note in notes:
        checkpoint = open_checkpoint(note, [key]).checkpoint
        found.append(Evidence(name=f"the released checkpoint of {checkpoint.size} events", checkpoint=checkpoint))
    return found
