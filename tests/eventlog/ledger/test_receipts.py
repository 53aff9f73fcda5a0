"""Receipts of an event and of a visit hold as they were written; changed or cut short they are refused."""

import random
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from eventlog.ledger import verifier
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.receipts import (
    NotYetSealed,
    receipt,
    write_visit_receipt,
)
from eventlog.ledger.verifier import (
    Refused,
    check_receipt,
    check_visit,
    main,
)
from eventlog.ledger.witness import with_cosignature
from tests.eventlog.ledger.examples import (
    SIZE,
    Sealed,
    index_of_refusal,
    log_signer,
    rows,
    witness_signer,
)

KEY = log_signer().vkey


def test_a_receipt_of_every_event_holds_and_discloses_it(ledger: Ledger) -> None:
    for row in rows(SIZE):
        made = receipt(ledger, row)
        assert check_receipt(made.proof, made.leaf, [KEY], event=made.disclosed).checkpoint.size == SIZE
        assert verifier.parse_leaf(made.leaf).envelope_hash == sha256(row[2] + row[3]).digest()


def test_a_receipt_alone_tells_nothing_of_the_event(ledger: Ledger) -> None:
    row = rows(SIZE)[4]
    made = receipt(ledger, row)
    for secret in (row[2], row[3], row[4], b"visit"):
        assert secret not in made.leaf + made.proof


def test_an_event_that_was_changed_since_gets_no_receipt_and_one_that_is_not_sealed_is_told_so(ledger: Ledger) -> None:
    index, recorded_at, salt, said, ciphertext = rows(SIZE)[4]
    with pytest.raises(Refused, match="event 5 was changed"):
        receipt(ledger, (index, recorded_at, salt, said, ciphertext + b"x"))
    with pytest.raises(NotYetSealed, match="Event 12 is not sealed yet"):
        receipt(ledger, rows(12)[-1])


def test_every_single_changed_byte_of_a_receipt_or_its_leaf_is_refused(ledger: Ledger) -> None:
    made = receipt(ledger, rows(SIZE)[4])
    chance = random.Random(1)  # noqa: S311 - a seeded test
    for at in range(len(made.proof)):
        changed = bytearray(made.proof)
        changed[at] ^= 1 << chance.randrange(8)
        index_of_refusal(lambda text=bytes(changed): check_receipt(text, made.leaf, [KEY]))  # type: ignore[misc]
    for at in range(len(made.leaf)):
        leaf = bytearray(made.leaf)
        leaf[at] ^= 1 << chance.randrange(8)
        index_of_refusal(lambda data=bytes(leaf): check_receipt(made.proof, data, [KEY]))  # type: ignore[misc]


def test_a_receipt_cut_short_anywhere_is_refused(ledger: Ledger) -> None:
    made = receipt(ledger, rows(SIZE)[4])
    for length in range(len(made.proof)):
        index_of_refusal(lambda end=length: check_receipt(made.proof[:end], made.leaf, [KEY]))  # type: ignore[misc]
    index_of_refusal(lambda: check_receipt(made.proof, made.leaf[:-1], [KEY]))


def test_a_receipt_with_the_leaf_or_the_event_of_another_is_refused(ledger: Ledger) -> None:
    one, other = receipt(ledger, rows(SIZE)[4]), receipt(ledger, rows(SIZE)[5])
    with pytest.raises(Refused, match="for index 5, the leaf is that of 6"):
        check_receipt(one.proof, other.leaf, [KEY])
    with pytest.raises(Refused, match="index is 6, its leaf 5"):
        check_receipt(one.proof, one.leaf, [KEY], event=other.disclosed)


def test_a_receipt_may_carry_an_extra_line_which_is_ignored_but_must_be_base64(ledger: Ledger) -> None:
    made = receipt(ledger, rows(SIZE)[4])
    head, _, rest = made.proof.partition(b"\n")
    check_receipt(head + b"\nextra AAAA\n" + rest, made.leaf, [KEY])
    for extra in (b"extra A", b"extra  AAAA", b"other AAAA", b"extra AAAA\nextra AAAA", b"extra"):
        index_of_refusal(lambda line=extra: check_receipt(head + b"\n" + line + b"\n" + rest, made.leaf, [KEY]))  # type: ignore[misc]


def test_a_receipt_can_ask_for_a_witness(ledger: Ledger) -> None:
    made, witness = receipt(ledger, rows(SIZE)[4]), witness_signer()
    with pytest.raises(Refused, match="has not cosigned"):
        check_receipt(made.proof, made.leaf, [KEY], [witness.vkey])
    cosigned = with_cosignature(made.proof, witness.cosign(ledger.checkpoint.text, 5))
    assert check_receipt(cosigned, made.leaf, [KEY], [witness.vkey]).cosigned == {"witness.example/w1": 5}


def test_a_visits_receipt_holds_with_every_event_of_its_streams(tmp_path: Path, ledger: Ledger) -> None:
    folder = tmp_path / "visit"
    wanted = [row for row in rows(SIZE) if b'"stream":"00000000-0000-0000-0000-0000000003e8"' in row[3]]
    assert write_visit_receipt(folder, ledger, wanted) == len(wanted) > 1
    assert check_visit(folder, [KEY]).checkpoint.size == SIZE
    assert main([str(folder), "--key", str(KEY)]) == 0


def test_a_visits_receipt_with_an_event_left_out_added_or_from_another_log_is_refused(
    tmp_path: Path, ledger: Ledger
) -> None:
    wanted = [row for row in rows(SIZE) if b'"stream":"00000000-0000-0000-0000-0000000003e8"' in row[3]]
    write_visit_receipt(tmp_path / "gap", ledger, [wanted[0], *wanted[2:]])
    with pytest.raises(Refused, match="goes on with version 3 where 2 must come"):
        check_visit(tmp_path / "gap", [KEY])
    folder = tmp_path / "visit"
    write_visit_receipt(folder, ledger, wanted)
    name = f"{wanted[0][0]}.leaf"
    shutil.copy(folder / name, folder / "99.leaf")
    with pytest.raises(Refused, match=r"99\.leaf is of an event"):
        check_visit(folder, [KEY])
    (folder / "99.leaf").unlink()
    lines = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    for edited in ([lines[1], lines[0], *lines[2:]], [lines[0], *lines], [], [lines[0][:-1]], [b"{}\n", *lines]):
        (folder / "events.jsonl").write_bytes(b"".join(edited))
        index_of_refusal(lambda: check_visit(folder, [KEY]))
    (folder / "events.jsonl").write_bytes(b"".join(lines))
    check_visit(folder, [KEY])
    (folder / name).unlink()
    with pytest.raises(Refused, match=f"{name} is missing: it is not whole"):
        check_visit(folder, [KEY])


def test_a_visits_receipt_of_which_a_whole_stream_was_taken_out_is_refused_by_its_own_contents(
    tmp_path: Path, ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "visit"
    write_visit_receipt(folder, ledger, rows(SIZE))
    stream = b'"stream":"00000000-0000-0000-0000-0000000003e8"'
    gone = [row[0] for row in rows(SIZE) if stream in row[3]]
    lines = (folder / "events.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "events.jsonl").write_bytes(b"".join(line for line in lines if stream not in line.replace(b"\\", b"")))
    with pytest.raises(Refused, match=f"name event {gone[0]}, and events.jsonl does not show it"):
        check_visit(folder, [KEY])
    for index in gone:
        for ending in ("leaf", "tlog-proof"):
            (folder / f"{index}.{ending}").unlink()
    with pytest.raises(Refused, match=f"name event {gone[0]}, and {gone[0]}.leaf is missing"):
        check_visit(folder, [KEY])
    # The window: who writes the contents anew is not found, and the verdict does not say that nothing is missing.
    contents = (folder / "contents").read_text().splitlines(keepends=True)
    kept = [line for line in contents if line.split()[0] not in {str(index) for index in gone}]
    (folder / "contents").write_text("".join(kept))
    assert main([str(folder), "--key", str(KEY)]) == 0
    assert "That nothing is missing of the visit it cannot prove" in capsys.readouterr().out


def test_contents_of_a_visits_receipt_that_are_not_as_they_must_be_are_refused(tmp_path: Path, ledger: Ledger) -> None:
    folder = tmp_path / "visit"
    write_visit_receipt(folder, ledger, rows(SIZE))
    contents = folder / "contents"
    lines = contents.read_text().splitlines(keepends=True)
    for edited in (
        lines[1:],
        lines[:1],
        [*lines[:1], lines[2], lines[1], *lines[3:]],
        [*lines[:2], *lines[1:]],
        [*lines[:-1], lines[-1].rstrip("\n")],
        [*lines[:1], f"{lines[1].split()[0]} {lines[2].split()[1]}\n", *lines[2:]],
        [*lines[:1], f"0{lines[1]}", *lines[2:]],
        [*lines[:1], lines[1].replace(" ", "  "), *lines[2:]],
        [*lines, f"{SIZE + 1} {lines[1].split()[1]}\n"],
        lines[:-1],
    ):
        contents.write_text("".join(edited))
        index_of_refusal(lambda: check_visit(folder, [KEY]))
    contents.unlink()
    with pytest.raises(Refused, match="contents is missing"):
        check_visit(folder, [KEY])


def test_a_visits_receipt_over_two_checkpoints_is_refused(tmp_path: Path, sealed: Sealed, ledger: Ledger) -> None:
    folder = tmp_path / "visit"
    wanted = [row for row in rows(SIZE) if b'"stream":"00000000-0000-0000-0000-0000000003e8"' in row[3]]
    write_visit_receipt(folder, ledger, wanted)
    sealed.source.log[:] = rows(14)
    sealed.seal_all()
    later = receipt(Ledger.read(sealed.folder), wanted[0])
    (folder / f"{wanted[0][0]}.tlog-proof").write_bytes(later.proof)
    with pytest.raises(Refused, match="against another checkpoint than the folder's"):
        check_visit(folder, [KEY])
