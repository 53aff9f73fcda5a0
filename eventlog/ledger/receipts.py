"""Evidence as files: a receipt for one event, for a visit with its trip, and the whole log exported.

Everything is checked before it is written: the leaf made from the database's row must be the one that was sealed. A row
that was changed since gets no receipt; it raises Refused.
"""

import errno
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from eventlog.durable import new_folder, sync_file, sync_folder, write_new
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.sealer import LogSource, Row
from eventlog.ledger.tree import Tree
from eventlog.ledger.verifier import Disclosed, Refused, contents_text, encode64, event_line, leaf_bytes, leaf_hash

_READ: Final = 5_000


class NotYetSealed(Exception):  # noqa: N818 - a fact that passes
    """The event is in the log, but no checkpoint covers it yet: try again in a moment."""

    def __init__(self, index: int) -> None:
        """Keep the event's index."""
        super().__init__(f"Event {index} is not sealed yet. Try again in a moment.")
        self.index = index


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The receipt of one event."""

    proof: bytes
    """The text of the `.tlog-proof` file."""
    leaf: bytes
    """The bytes of the `.leaf` file."""
    disclosed: str
    """The line of the `.event` file, without its newline: envelope and salt in clear, the payload encrypted."""


def receipt(ledger: Ledger, row: Row, tree: Tree | None = None) -> Receipt:
    """The receipt of an event against the ledger's checkpoint. Raises NotYetSealed, Refused.

    `tree` is the ledger's, where it is open already.
    """
    tree = tree or ledger.tree()
    leaf = _sealed_leaf(tree, row)
    hashes = tree.inclusion(row[0] - 1, tree.size)
    lines = ["c2sp.org/tlog-proof@v1", f"index {row[0] - 1}", *(encode64(one) for one in hashes)]
    proof = ("\n".join(lines) + "\n\n").encode() + ledger.note
    return Receipt(proof=proof, leaf=leaf, disclosed=event_line(disclosed(row)))


def disclosed(row: Row) -> Disclosed:
    """A row as it is shown to outsiders."""
    index, recorded_at, salt, envelope, ciphertext = row
    return Disclosed(index, recorded_at, envelope, salt, ciphertext)


def write_receipt(path: Path, made: Receipt, *, disclose: bool = True) -> None:
    """Write `x.tlog-proof` with `x.leaf` beside it, and `x.event` where the event is disclosed.

    Raises FileExistsError, ValueError for another ending.
    """
    if path.suffix != ".tlog-proof":
        message = f"A receipt's file ends in .tlog-proof, not as {path.name}."
        raise ValueError(message)
    for one in (path, path.with_suffix(".leaf"), *([path.with_suffix(".event")] if disclose else [])):
        if one.exists():
            raise FileExistsError(errno.EEXIST, "is there already", str(one))
    write_new(path.with_suffix(".leaf"), made.leaf)
    if disclose:
        write_new(path.with_suffix(".event"), f"{made.disclosed}\n".encode())
    write_new(path, made.proof)
    sync_folder(path.parent)


def write_visit_receipt(folder: Path, ledger: Ledger, rows: Sequence[Row]) -> int:
    """Write the receipt of a visit with its trip into a new folder: `rows` are all events of their streams, in order.

    All proofs are against one checkpoint. How many events. Raises FileExistsError, NotYetSealed, Refused; ValueError
    where there is no event.
    """
    if not rows:
        message = "There is no event to give a receipt for."
        raise ValueError(message)
    tree = ledger.tree()
    made = [receipt(ledger, row, tree) for row in rows]
    with new_folder(folder) as making:
        for row, one in zip(rows, made, strict=True):
            write_new(making / f"{row[0]}.leaf", one.leaf)
            write_new(making / f"{row[0]}.tlog-proof", one.proof)
        write_new(making / "events.jsonl", "".join(f"{one.disclosed}\n" for one in made).encode())
        named = contents_text((row[0], one.leaf) for row, one in zip(rows, made, strict=True))
        write_new(making / "contents", named.encode())
        _write_heading(making, ledger)
    return len(made)


def write_export(folder: Path, ledger: Ledger, source: LogSource, told: Callable[[int], None] | None = None) -> int:
    """Write the log up to the ledger's checkpoint into a new folder; how many events.

    `told` hears after every few thousand how many are written. The folder is there when it is whole. Raises FileExistsError; Refused where an event is not what was sealed.
    """
    with new_folder(folder) as making:
        return write_log(making, ledger, source, told)


def write_log(folder: Path, ledger: Ledger, source: LogSource, told: Callable[[int], None] | None = None) -> int:
    """The same into a folder that is there, and is nobody's evidence before all of it is written."""
    tree, size = ledger.tree(), ledger.checkpoint.size
    with (folder / "leaves.b64").open("wb") as leaves, (folder / "events.jsonl").open("wb") as events:
        written = 0
        while written < size:
            for row in _whole(source.read(written + 1, min(_READ, size - written)), written + 1):
                leaves.write(f"{encode64(_sealed_leaf(tree, row))}\n".encode())
                events.write(f"{event_line(disclosed(row))}\n".encode())
                written = row[0]
            if told is not None:
                told(written)
        for file in (leaves, events):
            sync_file(file)
    _write_heading(folder, ledger)
    return size


def _whole(rows: Iterable[Row], first: int) -> Iterable[Row]:
    expected = first
    for row in rows:
        if row[0] != expected:
            break
        expected += 1
        yield row
    if expected == first:
        raise Refused(f"event {first} is missing from the log", index=first)


def _sealed_leaf(tree: Tree, row: Row) -> bytes:
    index, recorded_at, salt, envelope, ciphertext = row
    if index > tree.size:
        raise NotYetSealed(index)
    leaf = leaf_bytes(index, recorded_at, salt, envelope, ciphertext)
    if leaf_hash(leaf) != tree.leaf(index - 1):
        raise Refused(f"event {index} was changed after it was sealed", index=index)
    return leaf


def _write_heading(folder: Path, ledger: Ledger) -> None:
    write_new(folder / "log.vkey", f"{ledger.key}\n".encode())
    write_new(folder / "checkpoint", ledger.note)
    sync_folder(folder)
