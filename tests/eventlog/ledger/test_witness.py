"""A witness cosigns what extends the log it knows, remembers it, and refuses all else."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from eventlog.ledger.ledger import Ledger
from eventlog.ledger.sealer import Row
from eventlog.ledger.tree import Tree, tree_of
from eventlog.ledger.verifier import (
    Checkpoint,
    Refused,
    check_extension,
    leaf_bytes,
    leaf_hash,
    open_checkpoint,
    parse_consistency,
)
from eventlog.ledger.witness import OtherSize, Witness, consistency_text, with_cosignature, witness_request
from tests.eventlog.ledger.examples import (
    ORIGIN,
    Sealed,
    clock,
    log_signer,
    rows,
    witness_signer,
)

KEY = log_signer().vkey


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    """A witness that was told of the log and has seen nothing."""
    return Witness(tmp_path / "witness", witness_signer(), [KEY], clock)


def tree(log: Sequence[Row]) -> Tree:
    return tree_of([leaf_hash(leaf_bytes(*row)) for row in log])


def asked(log: Sequence[Row], old: int, size: int | None = None) -> bytes:
    """The request for a log's checkpoint, proved from an older size."""
    of, size = tree(log), len(log) if size is None else size
    note = log_signer().sign(Checkpoint(ORIGIN, size, of.root(size)))
    return consistency_text(old, of.consistency(old, size) if 0 < old <= size else [], note)


def test_what_extends_the_log_is_cosigned_and_remembered(witness: Witness) -> None:
    for old, size in ((0, 3), (3, 3), (3, 4), (4, 9), (9, 9)):
        request = asked(rows(size), old)
        note = with_cosignature(parse_consistency(request).checkpoint, witness.cosign(request))
        opened = open_checkpoint(note, [KEY], [witness_signer().vkey])
        assert opened.cosigned == {"witness.example/w1": int(clock().timestamp())}
        assert witness.last(ORIGIN) == opened.checkpoint


def test_a_rollback_is_refused_and_nothing_is_forgotten(witness: Witness) -> None:
    witness.cosign(asked(rows(9), 0))
    for old in (0, 5, 9):
        with pytest.raises(Refused):
            witness.cosign(asked(rows(5), old))
    with pytest.raises(Refused, match="rollback"):
        witness.cosign(asked(rows(5), 5))
    last = witness.last(ORIGIN)
    assert last is not None
    assert last.size == 9


def test_a_fork_is_refused(witness: Witness) -> None:
    witness.cosign(asked(rows(9), 0))
    forked = [*rows(8), *rows(12, seed=2)[8:]]
    with pytest.raises(Refused, match="older root"):
        witness.cosign(asked(forked, 9))
    # Not with the proof of the true log either.
    true = parse_consistency(asked(rows(12), 9))
    note = parse_consistency(asked(forked, 9)).checkpoint
    with pytest.raises(Refused):
        witness.cosign(consistency_text(9, true.hashes, note))


def test_two_checkpoints_of_one_size_are_refused(witness: Witness) -> None:
    witness.cosign(asked(rows(9), 0))
    with pytest.raises(Refused, match="forked"):
        witness.cosign(asked(rows(9, seed=2), 9))


def test_the_size_to_begin_from_is_told(witness: Witness) -> None:
    witness.cosign(asked(rows(9), 0))
    for old in (0, 8, 10):
        with pytest.raises(OtherSize) as caught:
            witness.cosign(asked(rows(12), old))
        assert caught.value.size == 9
    fresh = rows(4)
    with pytest.raises(Refused, match="nothing can be proved"):
        Witness(witness._folder / "new", witness_signer(), [KEY], clock).cosign(
            consistency_text(0, [bytes(32)], parse_consistency(asked(fresh, 0)).checkpoint)
        )


def test_an_unknown_log_and_a_wrong_key_are_refused(witness: Witness) -> None:
    other = ORIGIN[:-1] + "2"
    root = tree(rows(3)).root()
    with pytest.raises(Refused, match="another log"):
        witness.cosign(consistency_text(0, [], log_signer(other).sign(Checkpoint(other, 3, root))))
    with pytest.raises(Refused, match="not signed"):
        witness.cosign(consistency_text(0, [], log_signer(key="other").sign(Checkpoint(ORIGIN, 3, root))))
    assert witness.last(ORIGIN) is None


@pytest.mark.parametrize("request_", [b"", b"old 1\n\n", b"old x\n\n", b"new 0\n\nx", b"old 0\nAAAA\n\nx", b"\xff\n\n"])
def test_what_is_no_request_is_refused(witness: Witness, request_: bytes) -> None:
    with pytest.raises(Refused):
        witness.cosign(request_)


def test_what_the_witness_remembers_cannot_be_edited(witness: Witness) -> None:
    witness.cosign(asked(rows(9), 0))
    [place] = witness._folder.iterdir()
    (place / "checkpoint").write_bytes(parse_consistency(asked(rows(3), 0)).checkpoint)
    with pytest.raises(Refused, match="has not cosigned"):
        witness.cosign(asked(rows(12), 3))


def test_a_ledger_asks_a_witness_and_proves_to_anybody_that_it_extends_an_older_checkpoint(
    tmp_path: Path, witness: Witness
) -> None:
    sealed = Sealed(tmp_path, rows(12)[:7])
    sealed.seal_all()
    older = Ledger.read(sealed.folder).note
    witness.cosign(witness_request(Ledger.read(sealed.folder), 0))
    sealed.source.log += rows(12)[7:]
    sealed.seal_all()
    request = witness_request(Ledger.read(sealed.folder), 7)
    witness.cosign(request)
    assert check_extension(request, older, [KEY]).checkpoint.size == 12
    for wrong in (log_signer().sign(Checkpoint(ORIGIN, 6, tree(rows(6)).root())), asked(rows(7), 0)):
        with pytest.raises(Refused):
            check_extension(request, wrong, [KEY])
