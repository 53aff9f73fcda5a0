"""An exported log, and the database itself, held against everything that was ever signed for it."""

import random
from pathlib import Path

import pytest

from eventlog.ledger import verifier
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.online import released_evidence, verify_database
from eventlog.ledger.receipts import (
    receipt,
    write_export,
    write_receipt,
)
from eventlog.ledger.verifier import Checkpoint, Evidence, Refused, Replay, check_export, leaf_bytes
from tests.eventlog.ledger.examples import (
    ORIGIN,
    SIZE,
    Sealed,
    index_of_refusal,
    log_signer,
    rewritten,
    rows,
)
from tests.eventlog.ledger.naive import mth

KEY = log_signer().vkey


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


def test_only_a_checkpoint_that_somebody_kept_narrows_down_what_was_changed() -> None:
    """Who has the signing key signs rewritten events anew, and what lies beside the log holds with them."""
    leaves = [leaf_bytes(*row) for row in rows(6)]
    before = Checkpoint(ORIGIN, 5, mth(leaves[:5]))
    contradicts = Evidence(name="a kept one", checkpoint=Checkpoint(ORIGIN, 6, bytes(32)))
    for kept, says in ((True, "event 6 was changed"), (False, "an event between 1 and 6 was changed")):
        replay = Replay([Evidence(name="another", checkpoint=before, kept=kept), contradicts])
        for leaf in leaves[:5]:
            replay.add(leaf)
        with pytest.raises(Refused, match=says):
            replay.add(leaves[5])


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
    says = r"this export ends at 11; the checkpoint later\.checkpoint is over 14 events\. Nothing in the export contradicts it"
    with pytest.raises(Refused, match=says) as caught:
        check_export(export, [KEY], evidence=[later])
    assert caught.value.index == 12
    assert verifier.main([str(export), "--key", str(KEY), "--evidence", str(later)]) == verifier.REFUSED
    # What is there is compared all the same, and comes first.
    mine = tmp_path / "mine.tlog-proof"
    write_receipt(mine, receipt(Ledger.read(sealed.folder), rows(14)[5]))
    with pytest.raises(Refused, match=r"this export ends at 11; the receipt mine\.tlog-proof is over 14"):
        check_export(export, [KEY], evidence=[mine])
    rewritten(export, 6)
    with pytest.raises(Refused, match=r"the receipt mine\.tlog-proof proves another event"):
        check_export(export, [KEY], evidence=[mine, later])


def test_an_event_that_was_changed_is_not_exported(tmp_path: Path, sealed: Sealed, ledger: Ledger) -> None:
    sealed.source.log[3] = (*sealed.source.log[3][:4], b"changed")
    with pytest.raises(Refused, match="event 4 was changed"):
        write_export(tmp_path / "export", ledger, sealed.source)
    assert list(tmp_path.glob("*export*")) == list(tmp_path.glob(".*")) == [], "nothing half-written is left"
    sealed.source.log[:] = [*rows(SIZE)[:6], *rows(SIZE)[7:]]
    with pytest.raises(Refused, match="event 7 is missing"):
        write_export(tmp_path / "other", ledger, sealed.source)


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
