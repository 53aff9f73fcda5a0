"""Receipts and exported folders hold as they were written, and edited or cut short they are refused with the place."""

import json
import random
import shutil
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from eventlog.ledger import verifier
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.online import released_evidence, verify_database
from eventlog.ledger.receipts import (
    NotYetSealed,
    disclosed,
    receipt,
    write_export,
    write_receipt,
    write_visit_receipt,
)
from eventlog.ledger.verifier import (
    Refused,
    check_export,
    check_receipt,
    check_visit,
    event_line,
    main,
    parse_envelope,
    parse_event_line,
    read_evidence,
)
from eventlog.ledger.witness import with_cosignature, witness_request
from tests.eventlog.ledger.examples import ORIGIN, Sealed, envelope, log_signer, rows, witness_signer

KEY = log_signer().vkey
SIZE = 11


@pytest.fixture
def sealed(tmp_path: Path) -> Sealed:
    """A sealed log of eleven events, with checkpoints of 4, 8 and 11."""
    made = Sealed(tmp_path / "ledgers", [])
    for size in (4, 8, SIZE):
        made.source.log[:] = rows(size)
        made.seal_all()
    return made


@pytest.fixture
def ledger(sealed: Sealed) -> Ledger:
    return Ledger.read(sealed.folder)


@pytest.fixture
def export(tmp_path: Path, sealed: Sealed, ledger: Ledger) -> Path:
    """The exported folder."""
    assert write_export(tmp_path / "export", ledger, sealed.source) == SIZE
    return tmp_path / "export"


def index_of_refusal(check: Callable[[], object]) -> int | None:
    with pytest.raises(Refused) as caught:
        check()
    return caught.value.index


# --- Receipts ---


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


# --- Envelopes ---


def test_a_canonical_envelope_is_read_field_by_field() -> None:
    fields = parse_envelope(envelope(UUID(int=7), 3, UUID(int=8)))
    assert (fields["school"], fields["version"], fields["device_at"]) == (
        "elm_park",
        "3",
        "2026-11-23T09:29:58.250000Z",
    )
    assert "corrects" not in fields


GOOD = envelope(UUID(int=7), 3, UUID(int=8)).decode()
NOT_CANONICAL = {
    "a space was put in": GOOD.replace(":3", ": 3"),
    "two fields changed places": GOOD.replace(
        '"school":"elm_park","kind":"visit"', '"kind":"visit","school":"elm_park"'
    ),
    "a field is missing": GOOD.replace('"kind":"visit",', ""),
    "a field is doubled": GOOD.replace('"kind":"visit",', '"kind":"visit","kind":"visit",'),
    "a field is unknown": GOOD.replace('"kind"', '"mind"'),
    "an id is written large": GOOD.replace("-000000000007", "-00000000000A"),
    "an instant has an offset": GOOD.replace("09:30:00Z", "09:30:00+00:00"),
    "an instant has milliseconds": GOOD.replace("250000Z", "250Z"),
    "an instant has noughts for microseconds": GOOD.replace("09:30:00Z", "09:30:00.000000Z"),
    "a number has a leading nought": GOOD.replace(":3,", ":03,"),
    "a number is text": GOOD.replace(":3,", ':"3",'),
    "an absent field is null": GOOD.replace("}", ',"corrects":null}'),
    "a letter is escaped": GOOD.replace("visit", "\\u0076isit"),
    "something follows": GOOD + "\n",
    "it is an empty object": "{}",
}


@pytest.mark.parametrize("what", NOT_CANONICAL)
def test_an_envelope_is_refused_when(what: str) -> None:
    assert NOT_CANONICAL[what] != GOOD
    with pytest.raises(Refused, match="not canonical"):
        parse_envelope(NOT_CANONICAL[what].encode())


def test_an_event_line_is_json_and_is_read_back_as_it_was_written() -> None:
    for row in rows(5):
        line = event_line(disclosed(row))
        assert parse_event_line(line) == disclosed(row)
        said = json.loads(line)
        assert said["envelope"].encode() == row[3]
        assert b64decode(said["ciphertext"]) == row[4]
        assert list(said) == ["index", "recorded_at", "envelope", "salt", "ciphertext"]


# --- Exports ---


def test_an_exported_log_holds(export: Path) -> None:
    assert check_export(export, [KEY]).checkpoint.size == SIZE
    assert sorted(path.name for path in export.iterdir()) == ["checkpoint", "events.jsonl", "leaves.b64", "log.vkey"]


def test_every_file_of_an_export_that_is_cut_short_or_missing_is_refused(export: Path) -> None:
    for name in ("checkpoint", "events.jsonl", "leaves.b64", "log.vkey"):
        path = export / name
        whole = path.read_bytes()
        for length in {0, 1, len(whole) // 2, len(whole) - 1} - ({len(whole) - 1} if name == "log.vkey" else set()):
            path.write_bytes(whole[:length])
            index_of_refusal(lambda: check_export(export, [KEY]))
        path.unlink()
        index_of_refusal(lambda: check_export(export, [KEY]))
        path.write_bytes(whole)
    check_export(export, [KEY])


def test_every_changed_byte_of_an_export_is_refused_and_the_line_is_named(export: Path) -> None:
    chance = random.Random(2)  # noqa: S311 - a seeded test
    for name in ("events.jsonl", "leaves.b64"):
        path = export / name
        whole = path.read_bytes()
        for _ in range(300):
            at = chance.randrange(len(whole))
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(7)]) + whole[at + 1 :])
            line = whole[:at].count(b"\n") + 1
            with pytest.raises(Refused) as caught:
                check_export(export, [KEY])
            assert caught.value.index == line
            assert f"line {line}:" in caught.value.reason
        path.write_bytes(whole)


def test_lines_that_were_swapped_doubled_added_or_removed_are_refused(export: Path) -> None:
    for name in ("events.jsonl", "leaves.b64"):
        path = export / name
        lines = path.read_bytes().splitlines(keepends=True)
        for index, edited in (
            (3, [*lines[:2], lines[3], lines[2], *lines[4:]]),
            (4, [*lines[:3], lines[2], *lines[3:]]),
            (12, [*lines, lines[-1]]),
            (12, [*lines, b"\n"]),
            (3, [*lines[:2], *lines[3:]]),
            (3, [*lines[:2], b"\n", *lines[2:]]),
            (11, lines[:-1]),
        ):
            path.write_bytes(b"".join(edited))
            assert index_of_refusal(lambda: check_export(export, [KEY])) == index
        path.write_bytes(b"".join(lines))


def rewritten(export: Path, index: int) -> None:
    """Change an event and its leaf, as somebody does who knows the format but has no key."""
    events = (export / "events.jsonl").read_text(encoding="utf-8").splitlines()
    leaves = (export / "leaves.b64").read_text(encoding="utf-8").splitlines()
    row = rows(SIZE)[index - 1]
    other = (*row[:4], b"another payload")
    events[index - 1] = event_line(disclosed(other))
    leaves[index - 1] = verifier.encode64(verifier.leaf_bytes(*other))
    (export / "events.jsonl").write_text("\n".join(events) + "\n", encoding="utf-8")
    (export / "leaves.b64").write_text("\n".join(leaves) + "\n", encoding="utf-8")


def test_an_export_rewritten_with_new_leaves_does_not_give_the_signed_root(export: Path) -> None:
    rewritten(export, 6)
    with pytest.raises(Refused, match="the checkpoint of the folder was signed over 11 events with another root"):
        check_export(export, [KEY])


def test_an_export_signed_anew_with_another_key_is_refused_by_whoever_holds_the_key(export: Path) -> None:
    other = log_signer(key="another")
    note = verifier.parse_checkpoint(verifier.parse_note((export / "checkpoint").read_bytes()).text)
    (export / "checkpoint").write_bytes(other.sign(note))
    (export / "log.vkey").write_text(f"{other.vkey}\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"log\.vkey is not the key that was given"):
        check_export(export, [KEY])
    check_export(export)  # Alone it cannot know: the command line says whose key to compare.


def test_the_earliest_evidence_that_contradicts_is_named(tmp_path: Path, sealed: Sealed, export: Path) -> None:
    files = []
    for size, note in sealed.releases.notes.items():
        files.append(tmp_path / f"{size}.checkpoint")
        files[-1].write_bytes(note)
    check_export(export, [KEY], evidence=files)
    rewritten(export, 6)
    with pytest.raises(Refused, match=r"8\.checkpoint was signed over 8 events .* between 5 and 8") as caught:
        check_export(export, [KEY], evidence=files)
    assert caught.value.index == 8


def test_a_receipt_that_contradicts_an_export_names_its_event(tmp_path: Path, ledger: Ledger, export: Path) -> None:
    path = tmp_path / "mine.tlog-proof"
    write_receipt(path, receipt(ledger, rows(SIZE)[5]))
    check_export(export, [KEY], evidence=[path])
    rewritten(export, 6)
    with pytest.raises(Refused, match=r"the receipt mine\.tlog-proof proves another event") as caught:
        check_export(export, [KEY], evidence=[path])
    assert caught.value.index == 6


def test_evidence_of_more_events_than_the_export_has_names_the_first_that_is_missing(
    tmp_path: Path, sealed: Sealed, export: Path
) -> None:
    sealed.source.log[:] = rows(14)
    sealed.seal_all()
    later = tmp_path / "later.checkpoint"
    later.write_bytes(sealed.releases.notes[14])
    with pytest.raises(Refused, match="signed over 14 events, but the log ends at 11") as caught:
        check_export(export, [KEY], evidence=[later])
    assert caught.value.index == 12


def test_an_event_that_was_changed_is_not_exported(tmp_path: Path, sealed: Sealed, ledger: Ledger) -> None:
    sealed.source.log[3] = (*sealed.source.log[3][:4], b"changed")
    with pytest.raises(Refused, match="event 4 was changed"):
        write_export(tmp_path / "export", ledger, sealed.source)
    assert not (tmp_path / "export" / "checkpoint").exists()
    sealed.source.log[:] = [*rows(SIZE)[:6], *rows(SIZE)[7:]]
    with pytest.raises(Refused, match="event 7 is missing"):
        write_export(tmp_path / "other", ledger, sealed.source)


# --- The database against what was signed ---


def test_a_database_that_holds_is_found_to_hold(sealed: Sealed, ledger: Ledger) -> None:
    evidence = released_evidence(sealed.releases.notes.values(), KEY)
    told: list[int] = []
    assert verify_database(sealed.source, ledger, evidence, told.append) == ledger.checkpoint
    assert told == [SIZE]


def test_a_database_that_was_rewritten_is_refused_with_the_index(sealed: Sealed, ledger: Ledger) -> None:
    sealed.source.log[5] = (*sealed.source.log[5][:4], b"changed")
    assert index_of_refusal(lambda: verify_database(sealed.source, ledger)) == 6
    sealed.source.log[:] = rows(9)
    assert index_of_refusal(lambda: verify_database(sealed.source, ledger)) == 10
    sealed.source.origin = ORIGIN[:-1] + "2"
    with pytest.raises(Refused, match="this is the log"):
        verify_database(sealed.source, ledger)


def test_where_the_ledger_was_rewritten_too_evidence_from_outside_tells(tmp_path: Path, sealed: Sealed) -> None:
    true = released_evidence(sealed.releases.notes.values(), KEY)
    forged = Sealed(tmp_path / "forged", rows(SIZE)[:4] + [(*row[:4], b"new") for row in rows(SIZE)[4:]])
    forged.seal_all()  # By somebody who has the signing key and the ledger.
    with pytest.raises(Refused, match="the released checkpoint of 8 events was signed over 8 events with another root"):
        verify_database(forged.source, Ledger.read(forged.folder), true)


# --- A visit's receipt ---


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
    with pytest.raises(Refused, match="cannot be read from the folder"):
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


# --- The verifier by itself ---


@pytest.fixture
def alone(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """The verifier as an outsider runs it: copied away, in a Python that sees nothing of the project."""
    copy = tmp_path / "away" / "verifier.py"
    copy.parent.mkdir()
    shutil.copy(verifier.__file__, copy)

    def run(*arguments: object) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-I", str(copy), *map(str, arguments)],
            cwd=copy.parent,
            check=False,
            capture_output=True,
            text=True,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr

    return run


def test_the_verifier_runs_by_itself_and_its_exit_status_is_its_verdict(
    tmp_path: Path, sealed: Sealed, ledger: Ledger, export: Path, alone: Callable[..., tuple[int, str]]
) -> None:
    key = tmp_path / "published.vkey"
    key.write_text(f"{KEY}\n", encoding="utf-8")
    status, said = alone(export, "--key", key)
    assert (status, said.split(":")[0]) == (0, "HOLDS")
    assert "compare it with the one that the school published" in alone(export)[1]
    path = tmp_path / "5.tlog-proof"
    write_receipt(path, receipt(ledger, rows(SIZE)[4]))
    assert alone(path, "--key", key)[0] == 0
    older, newer = tmp_path / "older.checkpoint", tmp_path / "newer.consistency"
    older.write_bytes(sealed.releases.notes[4])
    newer.write_bytes(witness_request(ledger, 4))
    assert alone(newer, "--key", key, "--evidence", older)[0] == 0
    rewritten(export, 6)
    status, said = alone(export, "--key", key)
    assert status == 1
    assert said.startswith("REFUSED at index 11: the checkpoint of the folder was signed over 11 events")


def test_whatever_is_asked_wrongly_is_misuse_and_whatever_is_malformed_is_refused(
    tmp_path: Path, ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "5.tlog-proof"
    write_receipt(path, receipt(ledger, rows(SIZE)[4]))
    key = str(KEY)
    assert main([str(path), "--key", key]) == 0
    assert main([str(path)]) == 2
    assert main([]) == 2
    assert main([str(path), "--what"]) == 2
    assert main([str(tmp_path / "nothing"), "--key", key]) == 2
    assert main([str(path), "--key", str(tmp_path / "nothing")]) == 2
    assert main([str(path), "--key", key, "--evidence", str(path)]) == 2
    assert main([str(path), "--key", "x+y+z"]) == 1
    assert main(["--help"]) == 0
    (tmp_path / "5.event").write_text("{}\n", encoding="utf-8")
    assert main([str(path), "--key", key]) == 1
    (tmp_path / "5.event").unlink()
    (tmp_path / "5.leaf").unlink()
    assert main([str(path), "--key", key]) == 2
    for data in (b"", b"\xff\xfe", b"old 3\n\n", b"c2sp.org/tlog-proof@v1\n", ledger.note[:-1], b"\n\n\n\n"):
        path.write_bytes(data)
        (tmp_path / "5.leaf").write_bytes(b"x")
        assert main([str(path), "--key", key, *(["--evidence", str(path)] if data[:3] == b"old" else [])]) == 1
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main([str(empty), "--key", key]) == 1
    assert "Traceback" not in capsys.readouterr().out


def test_evidence_is_verified_before_it_is_believed(tmp_path: Path, ledger: Ledger) -> None:
    path = tmp_path / "x.checkpoint"
    path.write_bytes(log_signer(key="another").sign(ledger.checkpoint))
    with pytest.raises(Refused, match="not signed with the log's key"):
        read_evidence(path, [KEY])


def test_receipts_are_never_overwritten_and_have_their_ending(tmp_path: Path, ledger: Ledger) -> None:
    made = receipt(ledger, rows(SIZE)[4])
    with pytest.raises(ValueError, match=r"ends in \.tlog-proof"):
        write_receipt(tmp_path / "x.txt", made)
    write_receipt(tmp_path / "x.tlog-proof", made, disclose=False)
    assert not (tmp_path / "x.event").exists()
    with pytest.raises(FileExistsError):
        write_receipt(tmp_path / "x.tlog-proof", made)
    with pytest.raises(ValueError, match="no event"):
        write_visit_receipt(tmp_path / "visit", ledger, [])
