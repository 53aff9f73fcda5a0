"""What the verifier reads strictly, and the verifier as an outsider runs it: by itself."""

import json
import shutil
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from eventlog.ledger import verifier
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.receipts import (
    disclosed,
    receipt,
    write_receipt,
    write_visit_receipt,
)
from eventlog.ledger.verifier import (
    Misused,
    Refused,
    event_line,
    main,
    parse_envelope,
    parse_event_line,
    read_evidence,
)
from eventlog.ledger.witness import with_cosignature, witness_request
from tests.eventlog.ledger.examples import (
    SIZE,
    Sealed,
    envelope,
    log_signer,
    rewritten,
    rows,
    witness_signer,
)

KEY = log_signer().vkey


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
    "a number is no decimal": GOOD.replace('"policy_version":4', '"policy_version":9223372036854775808'),
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
    assert main([str(path), "--key", f"{'x' * 5000}+y+z"]) == 1
    assert main(["x" * 5000, "--key", key]) == 2
    assert main(["--help"]) == 0
    (tmp_path / "5.event").write_text("{}\n", encoding="utf-8")
    assert main([str(path), "--key", key]) == 1
    (tmp_path / "5.event").unlink()
    (tmp_path / "5.leaf").unlink()
    assert main([str(path), "--key", key]) == 2
    (tmp_path / "5.leaf").write_bytes(b"x")
    bare = tmp_path / "bare"
    for data in (b"", b"\xff\xfe", b"old 3\n\n", b"c2sp.org/tlog-proof@v1\n", ledger.note[:-1], b"\n\n\n\n"):
        path.write_bytes(data)
        bare.write_bytes(data)
        bare.with_suffix(".leaf").write_bytes(b"x")
        assert main([str(path), "--key", key]) == 1
        assert main([str(bare), "--key", key, *(["--evidence", str(path)] if data[:3] == b"old" else [])]) == 1
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main([str(empty), "--key", key]) == 1
    assert "Traceback" not in capsys.readouterr().out


def test_a_checkpoint_or_a_visits_receipt_never_passes_for_what_was_wanted(
    tmp_path: Path, ledger: Ledger, export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = str(KEY)
    mere = tmp_path / "mine.tlog-proof"
    mere.write_bytes(ledger.note)
    mere.with_suffix(".leaf").write_bytes(receipt(ledger, rows(SIZE)[4]).leaf)
    assert main([str(mere), "--key", key]) == 1
    checkpoint = tmp_path / "checkpoint"
    checkpoint.write_bytes(ledger.note)
    assert main([str(checkpoint), "--key", key]) == 0
    assert "nothing but the signature" in capsys.readouterr().out
    for kind in ("receipt", "consistency"):
        given = ["--evidence", str(checkpoint)] if kind == "consistency" else []
        checkpoint.with_suffix(".leaf").write_bytes(b"x")
        assert main([str(checkpoint), "--key", key, "--as", kind, *given]) == 1
    visit = tmp_path / "visit"
    write_visit_receipt(visit, ledger, rows(SIZE))
    assert main([str(visit), "--key", key]) == 0
    assert main([str(visit), "--key", key, "--as", "export"]) == 1
    assert main([str(export), "--key", key, "--as", "visit"]) == 1
    # A receipt put into an export does not make it a visit's.
    write_receipt(export / "1.tlog-proof", receipt(ledger, rows(SIZE)[0]))
    (export / "events.jsonl").write_bytes((export / "events.jsonl").read_bytes().splitlines(keepends=True)[0])
    assert main([str(export), "--key", key]) == 1
    assert main([str(export), "--as", "anything"]) == 2


def test_evidence_is_verified_before_it_is_believed(tmp_path: Path, ledger: Ledger) -> None:
    path = tmp_path / "x.checkpoint"
    path.write_bytes(log_signer(key="another").sign(ledger.checkpoint))
    with pytest.raises(Refused, match="not signed with the log's key"):
        read_evidence(path, [KEY])


def test_whatever_somebody_kept_is_evidence(tmp_path: Path, ledger: Ledger, export: Path) -> None:
    kept = {"x.checkpoint": ledger.note, "x.request": witness_request(ledger, 4), "x.cosigned": ledger.note}
    kept["x.cosigned"] = with_cosignature(ledger.note, witness_signer().cosign(ledger.checkpoint.text, 5))
    for name, data in kept.items():
        (tmp_path / name).write_bytes(data)
        assert read_evidence(tmp_path / name, [KEY]).checkpoint == ledger.checkpoint
    write_receipt(tmp_path / "x.tlog-proof", receipt(ledger, rows(SIZE)[4]))
    assert read_evidence(tmp_path / "x.tlog-proof", [KEY]).leaf is not None
    write_visit_receipt(tmp_path / "visit", ledger, rows(SIZE))
    for folder in (export, tmp_path / "visit"):
        assert read_evidence(folder, [KEY]).checkpoint == ledger.checkpoint
    (tmp_path / "x.leaf").unlink()
    with pytest.raises(Misused, match="must lie beside"):
        read_evidence(tmp_path / "x.tlog-proof", [KEY])


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
