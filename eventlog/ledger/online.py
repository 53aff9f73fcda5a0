"""The database held against everything that was ever signed for it: the ledger outside, released checkpoints, evidence."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from eventlog.ledger.epochs import Earlier, check_root
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.sealer import LogSource
from eventlog.ledger.verifier import (
    Checkpoint,
    Evidence,
    Refused,
    Replay,
    VerifierKey,
    check_place,
    leaf_bytes,
    leaf_hash,
    open_checkpoint,
    parse_leaf,
)

_READ: Final = 5_000


def verify_database(
    source: LogSource,
    ledger: Ledger,
    evidence: Sequence[Evidence] = (),
    told: Callable[[int], None] | None = None,
    earlier: Sequence[Earlier] = (),
) -> Checkpoint:
    """Go through the whole log; the ledger's checkpoint where everything holds.

    `evidence` is verified already (`verifier.read_evidence`, `released_evidence`); it may be of an `earlier` epoch. Raises
    Refused with the index of the first event that is not what was sealed, or the earliest evidence that contradicts.
    """
    if source.origin != ledger.checkpoint.origin:
        raise Refused(f"this is the log {source.origin}; what was signed is {ledger.checkpoint.origin}")
    own = Evidence(name="the sealer's last checkpoint", checkpoint=ledger.checkpoint, kept=False)
    replay, tree = Replay([*_of_this_log(evidence, ledger, earlier), own]), ledger.tree()
    before_it = [(one, one.ledger.tree()) for one in earlier if one.ledger is not None]
    head = source.head()
    while replay.roots.size < head:
        before = replay.roots.size
        for row in source.read(before + 1, min(_READ, head - before)):
            leaf, index = leaf_bytes(*row), replay.roots.size + 1
            check_place(leaf, index)
            hashed = leaf_hash(leaf)
            if index <= tree.size and hashed != tree.leaf(index - 1):
                raise Refused(f"event {index} was changed after it was sealed", index=index)
            for one, its in before_it:
                if index <= one.kept and hashed != its.leaf(index - 1):
                    reason = (
                        f"event {index} is not the one that was sealed under epoch {one.epoch}, and a restore kept it"
                    )
                    raise Refused(reason, index=index)
            replay.add(leaf)
        if replay.roots.size == before:
            raise Refused(f"event {before + 1} is missing from the log", index=before + 1)
        if told is not None:
            told(replay.roots.size)
    replay.finish()
    return ledger.checkpoint


def _of_this_log(evidence: Iterable[Evidence], ledger: Ledger, earlier: Sequence[Earlier]) -> list[Evidence]:
    """What the log must give by itself.

    What is of an earlier epoch is held against that one's ledger, and the log against the ledger as far as it kept its
    events; where that ledger is lost, the log must give it.
    """
    by_origin = {one.key.name: one for one in earlier if one.key is not None}
    own = []
    for one in evidence:
        epoch = by_origin.get(one.checkpoint.origin)
        if one.checkpoint.origin == ledger.checkpoint.origin or (
            epoch is not None and epoch.ledger is None and one.checkpoint.size <= epoch.kept
        ):
            own.append(one)
        elif epoch is not None and epoch.ledger is not None:
            check_root(epoch, one.checkpoint, one.name)
            if one.leaf is not None and epoch.ledger.tree().leaf(
                (index := parse_leaf(one.leaf).index) - 1
            ) != leaf_hash(one.leaf):
                raise Refused(
                    f"{one.name} proves another event at this index than epoch {epoch.epoch} has", index=index
                )
    return own


def released_evidence(notes: Iterable[bytes], *keys: VerifierKey) -> list[Evidence]:
    """Released checkpoints as evidence. Raises Refused for one that was never signed with any of these keys."""
    found = []
    for note in notes:
        checkpoint = open_checkpoint(note, keys).checkpoint
        name = f"the released checkpoint of {checkpoint.size} events"
        found.append(Evidence(name=name, checkpoint=checkpoint, kept=False))
    return found
