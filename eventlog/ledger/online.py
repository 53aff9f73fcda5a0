"""The database held against everything that was ever signed for it: the ledger outside, released checkpoints, evidence."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from eventlog.ledger.epochs import Earlier, check_gone, check_root
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.sealer import LogSource
from eventlog.ledger.tree import Tree
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
    """Go through the whole log; the ledger's checkpoint where everything holds: then all evidence was compared.

    `evidence` is verified already (`verifier.read_evidence`, `released_evidence`); it may be of an `earlier` epoch. Raises
    Refused with the index of the first event that is not what was sealed, or the earliest evidence that contradicts.
    """
    if source.origin != ledger.checkpoint.origin:
        raise Refused(f"this is the log {source.origin}; what was signed is {ledger.checkpoint.origin}")
    own = Evidence(name="the sealer's last checkpoint", checkpoint=ledger.checkpoint, kept=False)
    sorted_out = _sort_out(evidence, ledger, earlier)
    replay = Replay([*sorted_out.whole, own])
    places = _Places(ledger.tree(), [(one, one.ledger.tree()) for one in earlier if one.ledger], sorted_out.leaves)
    head = source.head()
    while replay.roots.size < head:
        before = replay.roots.size
        for row in source.read(before + 1, min(_READ, head - before)):
            leaf, index = leaf_bytes(*row), replay.roots.size + 1
            check_place(leaf, index)
            places.check(leaf, index)
            replay.add(leaf)
        if replay.roots.size == before:
            raise Refused(f"event {before + 1} is missing from the log", index=before + 1)
        if told is not None:
            told(replay.roots.size)
    replay.finish()
    for epoch, beyond in sorted_out.beyond:
        check_gone(epoch, epoch.kept, beyond.checkpoint.size, beyond.name)
    return ledger.checkpoint


class _Places(NamedTuple):
    """What is known of single places: by the ledger, by those of earlier epochs, by receipts."""

    tree: Tree
    earlier: list[tuple[Earlier, Tree]]
    leaves: dict[int, list[Evidence]]

    def check(self, leaf: bytes, index: int) -> None:
        """Refuse a leaf that was another one."""
        hashed = leaf_hash(leaf)
        if index <= self.tree.size and hashed != self.tree.leaf(index - 1):
            raise Refused(f"event {index} was changed after it was sealed", index=index)
        for one, tree in self.earlier:
            if index <= one.kept and hashed != tree.leaf(index - 1):
                reason = f"event {index} is not the one that was sealed under epoch {one.epoch}, and a restore kept it"
                raise Refused(reason, index=index)
        for receipt in self.leaves.get(index, ()):
            if receipt.leaf != leaf:
                reason = f"{receipt.name} proves another event at this index: it was changed since"
                raise Refused(reason, index=index)


class _SortedOut(NamedTuple):
    """Evidence by what can be compared with it."""

    whole: list[Evidence]
    """The log's tree must have its root, and its leaf must be there."""
    leaves: dict[int, list[Evidence]]
    """Receipts under a checkpoint whose tree cannot be built again: what is there of them is their leaf, by index."""
    beyond: list[tuple[Earlier, Evidence]]
    """Over more than is there of an epoch, whose ledger is lost: the smallest first."""


def _sort_out(evidence: Iterable[Evidence], ledger: Ledger, earlier: Sequence[Earlier]) -> _SortedOut:
    """What the log must give by itself, as far as it has it.

    What is of an earlier epoch is held against that one's ledger here, and the log against the ledger as far as it kept
    its events; where that ledger is lost, the log must give it.
    """
    by_origin = {one.key.name: one for one in earlier if one.key is not None}
    last_known = [
        Evidence(name=f"the checkpoint that the log tells of epoch {one.epoch}", checkpoint=one.last, kept=False)
        for one in earlier
        if one.last is not None
    ]
    found = _SortedOut(last_known, {}, [])
    for one in sorted(evidence, key=lambda one: one.checkpoint.size):
        epoch = by_origin.get(one.checkpoint.origin)
        if one.checkpoint.origin == ledger.checkpoint.origin:
            found.whole.append(one)
        elif epoch is None:
            raise Refused(f"{one.name} is of {one.checkpoint.origin}, which this log never was")
        elif epoch.ledger is not None:
            _check_old_ledger(epoch, epoch.ledger, one)
        elif one.checkpoint.size <= epoch.kept:
            found.whole.append(one)
        else:
            found.beyond.append((epoch, one))
            if one.leaf is not None and (index := parse_leaf(one.leaf).index) <= epoch.kept:
                found.leaves.setdefault(index, []).append(one)
    return found


def _check_old_ledger(epoch: Earlier, ledger: Ledger, one: Evidence) -> None:
    check_root(epoch, one.checkpoint, one.name)
    if one.leaf is None:
        return
    index = parse_leaf(one.leaf).index
    if ledger.tree().leaf(index - 1) != leaf_hash(one.leaf):
        raise Refused(f"{one.name} proves another event at this index than epoch {epoch.epoch} has", index=index)


def released_evidence(notes: Iterable[bytes], *keys: VerifierKey) -> list[Evidence]:
    """Released checkpoints as evidence. Raises Refused for one that was never signed with any of these keys."""
    found = []
    for note in notes:
        checkpoint = open_checkpoint(note, keys).checkpoint
        name = f"the released checkpoint of {checkpoint.size} events"
        found.append(Evidence(name=name, checkpoint=checkpoint, kept=False))
    return found
