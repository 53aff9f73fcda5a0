"""A school's events gone through, one after the other: what must be true of each, whoever shows it.

- The index is one more than the last, the version the next of its stream.
- The envelope is canonical, to the byte, and of this school.
- Its leaf is the one that was sealed, where a ledger outside knows of it.
- The tree over the leaves has the root that a checkpoint was signed over.
"""

from collections.abc import Iterable
from uuid import UUID

from eventlog.ledger.tree import Tree
from eventlog.ledger.verifier import (
    Disclosed,
    Evidence,
    Refused,
    Replay,
    Streams,
    leaf_bytes,
    leaf_hash,
    parse_envelope,
)


class Walk:
    """Goes through one school's log."""

    def __init__(
        self,
        school: str,
        evidence: Iterable[Evidence] = (),
        tree: Tree | None = None,
        beside: Tree | None = None,
    ) -> None:
        """`evidence` and `tree` are of this log, and verified; events beyond the tree are not known to it.

        `beside` may be of another epoch of it: how many events the two have in common is counted.
        """
        self._school = school
        self._replay = Replay(evidence)
        self._streams = Streams()
        self._tree = tree
        self._beside = beside
        self.common = 0
        """How many events, from the first on, are the same in the tree beside."""
        self.keys: set[UUID] = set()
        """The data keys that were met."""

    @property
    def size(self) -> int:
        """How many events were gone through."""
        return self._replay.roots.size

    def add(self, event: Disclosed) -> dict[str, str]:
        """The next event; the fields of its envelope. Raises Refused."""
        expected = self.size + 1
        if event.index != expected:
            raise Refused(f"event {event.index} comes where {expected} must come", index=expected)
        fields = parse_envelope(event.envelope)
        if fields["school"] != self._school:
            raise Refused(f"the event is of school {fields['school']}", index=expected)
        self._streams.add(fields)
        leaf = leaf_bytes(event.index, event.recorded_at, event.salt, event.envelope, event.ciphertext)
        hashed = leaf_hash(leaf)
        if self._tree is not None and expected <= self._tree.size and hashed != self._tree.leaf(expected - 1):
            raise Refused("the event is not the one that was sealed at this index", index=expected)
        self._replay.add(leaf)
        beside = self._beside
        if beside is not None and self.common == expected - 1 < beside.size and hashed == beside.leaf(expected - 1):
            self.common = expected
        self.keys.add(UUID(fields["key_id"]))
        return fields

    def finish(self) -> None:
        """No event comes any more. Raises Refused where evidence knows of further ones."""
        self._replay.finish()
