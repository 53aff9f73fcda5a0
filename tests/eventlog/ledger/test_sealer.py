"""The sealer signs a log that goes on, and no other; whatever it is interrupted by, it goes on."""

import logging
from pathlib import Path
from typing import Any

import pytest

from eventlog.ledger.ledger import Ledger, LedgerInUse, NoLedger, create_ledger
from eventlog.ledger.ledgers import Ledgers
from eventlog.ledger.sealer import Row, Sealer
from eventlog.ledger.verifier import Checkpoint, Refused
from tests.eventlog.ledger.examples import (
    ORIGIN,
    SCHOOL,
    MemoryReleases,
    MemorySource,
    Sealed,
    clock,
    example_key,
    log_signer,
    naive_root,
    rows,
)


def refusal(growing: Sealed) -> Refused:
    """Why a starting sealer refuses this log."""
    sealer = growing.sealer()
    try:
        with pytest.raises(Refused) as caught:
            sealer.seal()
        assert sealer.status.refused is not None
        assert sealer.status.refused.reason == caught.value.reason
    finally:
        sealer.close()
    return caught.value


def changed(row: Row, **columns: Any) -> Row:
    index, recorded_at, salt, envelope, ciphertext = row
    return (
        columns.get("index", index),
        columns.get("recorded_at", recorded_at),
        columns.get("salt", salt),
        columns.get("envelope", envelope),
        columns.get("ciphertext", ciphertext),
    )


def test_what_is_appended_is_sealed_and_every_checkpoint_is_of_the_log(growing: Sealed) -> None:
    sealer = growing.sealer()
    for number in range(13, 40):
        assert sealer.seal(limit=2) in {0, 1, 2}
        growing.source.log.append(rows(number)[-1])
    while sealer.seal():
        pass
    sealer.close()
    assert sealer.status.size == 39
    assert max(growing.releases.notes) == 39
    assert growing.source.settled == 39
    growing.check()


def test_a_log_without_news_gets_no_new_checkpoint(growing: Sealed) -> None:
    growing.seal_all()
    before = dict(growing.releases.notes)
    growing.seal_all()
    assert growing.releases.notes == before


@pytest.mark.parametrize("column", ["recorded_at", "salt", "envelope", "ciphertext"])
def test_a_last_sealed_event_of_which_anything_was_changed_is_refused(growing: Sealed, column: str) -> None:
    row = growing.source.log[8]
    value = {"recorded_at": row[1] + 1, "salt": b"\0" * 16, "envelope": row[3] + b" ", "ciphertext": row[4][:-1]}
    growing.source.log[8] = changed(row, **{column: value[column]})
    refused = refusal(growing)
    assert refused.reason == "event 9 was changed after it was sealed"
    assert refused.index == 9


def test_an_event_far_below_the_tip_that_was_changed_is_found_when_the_log_is_gone_through_again(
    growing: Sealed,
) -> None:
    sealer = growing.sealer()
    sealer.seal()
    growing.source.log[2] = changed(growing.source.log[2], ciphertext=b"another")
    assert sealer.recheck(2) == 2
    with pytest.raises(Refused, match="event 3 was changed"):
        sealer.recheck(2)
    growing.source.log += [changed(rows(13)[-1])]
    with pytest.raises(Refused, match="event 3 was changed"):
        sealer.seal()
    sealer.close()
    assert max(growing.releases.notes) == 12


def test_going_through_again_begins_anew_at_the_end(growing: Sealed) -> None:
    sealer = growing.sealer()
    sealer.seal()
    assert [sealer.recheck(5) for _ in range(4)] == [5, 5, 2, 5]
    assert sealer.status.rechecked == 5
    sealer.close()


def test_a_missing_event_is_refused_and_named(growing: Sealed) -> None:
    del growing.source.log[8]
    assert refusal(growing).index == 9
    growing.source.log.insert(8, rows(12)[8])
    growing.seal_all()
    del growing.source.log[4]
    sealer = growing.sealer()
    sealer.open()
    with pytest.raises(Refused, match="event 5 is missing from the log") as caught:
        sealer.recheck(50)
    assert caught.value.index == 5
    sealer.close()


def test_a_gap_above_what_was_sealed_is_refused(growing: Sealed) -> None:
    del growing.source.log[10]
    assert refusal(growing).reason == "event 11 is missing from the log"
    assert max(growing.releases.notes) == 9


def test_a_shorter_log_is_refused(growing: Sealed) -> None:
    del growing.source.log[7:]
    refused = refusal(growing)
    assert refused.reason == "the log ends at 7, but was sealed up to 9: events were lost"
    assert refused.index == 8


def test_another_origin_is_refused(growing: Sealed) -> None:
    for other in (ORIGIN[:-1] + "2", ORIGIN.replace(SCHOOL, "oak_hill")):
        growing.source.origin = other
        assert refusal(growing).reason == f"this is the log {other}; what was signed is {ORIGIN}"


def test_a_replaced_key_is_refused(growing: Sealed) -> None:
    other = log_signer(key="another")
    sealer = Sealer(growing.source, Ledger.write(growing.folder), growing.releases, other, clock)
    with pytest.raises(Refused, match="the signing key was replaced"):
        sealer.seal()
    sealer.close()


def test_a_refusal_is_loud_and_kept_and_told_and_stands_after_a_restart(
    growing: Sealed, caplog: pytest.LogCaptureFixture
) -> None:
    good = growing.source.log[2]
    growing.source.log[2] = changed(good, ciphertext=b"another")
    sealer = growing.sealer()
    sealer.seal()  # The change lies far below: it is not seen yet, and what is sealed is what was sealed before.
    with caplog.at_level(logging.ERROR), pytest.raises(Refused):
        sealer.recheck(50)
    assert "SEALING" in caplog.text
    sealer.close()
    growing.source.log += rows(20)[12:]
    assert refusal(growing).index == 3
    assert [one.index for one in Ledger.read(growing.folder).incidents()] == [3]
    assert [one.reason for one in growing.releases.told] == ["event 3 was changed after it was sealed"] * 2
    # Somebody puts the log right: the next start goes through all of it, and goes on. Nothing is forgotten.
    growing.source.log[2] = good
    growing.seal_all()
    assert max(growing.releases.notes) == 20
    assert [one.reason is None for one in Ledger.read(growing.folder).incidents()] == [False, True]
    assert growing.releases.told[-1].reason is None
    growing.check()


def test_the_sealers_own_tree_that_was_changed_or_cut_short_is_refused(growing: Sealed) -> None:
    tree = growing.folder / "tree"
    whole = tree.read_bytes()
    tree.write_bytes(whole[:-32])
    with pytest.raises(Refused, match="cut short"):
        Ledger.write(growing.folder)
    tree.write_bytes(whole[:-32] + b"\0" * 32)
    with pytest.raises(Refused, match="the folder was changed"):
        Ledger.write(growing.folder)
    tree.write_bytes(whole + b"whatever was never signed")
    growing.seal_all()
    growing.check()


def test_a_kept_checkpoint_that_was_edited_is_refused(growing: Sealed) -> None:
    checkpoint = growing.folder / "checkpoint"
    checkpoint.write_bytes(checkpoint.read_bytes().replace(b"\n9\n", b"\n8\n"))
    with pytest.raises(Refused, match="not valid"):
        Ledger.write(growing.folder)


def test_a_released_checkpoint_that_nobody_signed_is_refused(growing: Sealed) -> None:
    growing.releases.notes[9] = log_signer(key="another").sign(Checkpoint(ORIGIN, 9, naive_root(rows(9))))
    assert "never signed" in refusal(growing).reason


def test_two_checkpoints_of_one_size_are_refused(growing: Sealed) -> None:
    growing.releases.notes[9] = log_signer().sign(Checkpoint(ORIGIN, 9, naive_root(rows(9, seed=2))))
    assert refusal(growing).reason == "a released checkpoint of 9 events has another root than the sealer's tree"


def test_a_ledger_from_an_old_copy_goes_on_only_through_what_was_released(growing: Sealed) -> None:
    old = {path.name: path.read_bytes() for path in growing.folder.iterdir()}
    growing.seal_all()
    growing.source.log += rows(15)[12:]
    for name, data in old.items():
        (growing.folder / name).write_bytes(data)
    growing.seal_all()
    assert sorted(growing.releases.notes) == [9, 12, 15]
    growing.check()


def test_a_ledger_from_an_old_copy_never_signs_beside_what_was_released(growing: Sealed) -> None:
    old = {path.name: path.read_bytes() for path in growing.folder.iterdir()}
    growing.seal_all()
    for name, data in old.items():
        (growing.folder / name).write_bytes(data)
    growing.source.log[9:] = [changed(row, ciphertext=b"rewritten") for row in rows(14)[9:]]
    assert "it was forked" in refusal(growing).reason
    assert max(growing.releases.notes) == 12


def test_two_sealers_never_share_a_ledger(growing: Sealed) -> None:
    first = growing.sealer()
    with pytest.raises(LedgerInUse):
        growing.sealer()
    first.close()
    growing.sealer().close()


def test_a_ledger_is_never_begun_anew_nor_missed_silently(growing: Sealed, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        create_ledger(growing.folder, log_signer())
    with pytest.raises(NoLedger, match="put it back"):
        Ledger.write(tmp_path / "nowhere")
    elsewhere = Ledgers(tmp_path / "elsewhere", example_key("log"))
    with pytest.raises(NoLedger, match="was sealed before"):
        elsewhere.sealer(growing.source, growing.releases, clock)


def test_a_new_school_gets_its_ledger_and_another_epoch_only_on_purpose(tmp_path: Path) -> None:
    ledgers, source, releases = Ledgers(tmp_path, example_key("log")), MemorySource(rows(5)), MemoryReleases()
    sealer = ledgers.sealer(source, releases, clock)
    assert sealer.seal() == 5
    sealer.close()
    source.origin = ORIGIN[:-1] + "2"
    sealer = ledgers.sealer(source, releases, clock)
    with pytest.raises(Refused, match="what was signed is"):
        sealer.seal()
    sealer.close()
    ledgers.open_epoch(source.origin)
    sealer = ledgers.sealer(source, MemoryReleases(), clock)
    assert sealer.seal() == 5
    sealer.close()
