"""The sealer signs a log that goes on, and no other; whatever it is interrupted by, it goes on."""

import logging
import os
from collections.abc import Callable
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


@pytest.fixture
def sealed(tmp_path: Path) -> Sealed:
    """A log of twelve events, sealed up to the ninth."""
    made = Sealed(tmp_path, rows(12)[:9])
    made.seal_all()
    made.source.log += rows(12)[9:]
    return made


def refusal(sealed: Sealed) -> Refused:
    """Why a starting sealer refuses this log."""
    sealer = sealed.sealer()
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


def test_what_is_appended_is_sealed_and_every_checkpoint_is_of_the_log(sealed: Sealed) -> None:
    sealer = sealed.sealer()
    for number in range(13, 40):
        assert sealer.seal(limit=2) in {0, 1, 2}
        sealed.source.log.append(rows(number)[-1])
    while sealer.seal():
        pass
    sealer.close()
    assert sealer.status.size == 39
    assert max(sealed.releases.notes) == 39
    assert sealed.source.settled == 39
    sealed.check()


def test_a_log_without_news_gets_no_new_checkpoint(sealed: Sealed) -> None:
    sealed.seal_all()
    before = dict(sealed.releases.notes)
    sealed.seal_all()
    assert sealed.releases.notes == before


@pytest.mark.parametrize("column", ["recorded_at", "salt", "envelope", "ciphertext"])
def test_a_last_sealed_event_of_which_anything_was_changed_is_refused(sealed: Sealed, column: str) -> None:
    row = sealed.source.log[8]
    value = {"recorded_at": row[1] + 1, "salt": b"\0" * 16, "envelope": row[3] + b" ", "ciphertext": row[4][:-1]}
    sealed.source.log[8] = changed(row, **{column: value[column]})
    refused = refusal(sealed)
    assert refused.reason == "event 9 was changed after it was sealed"
    assert refused.index == 9


def test_an_event_far_below_the_tip_that_was_changed_is_found_when_the_log_is_gone_through_again(
    sealed: Sealed,
) -> None:
    sealer = sealed.sealer()
    sealer.seal()
    sealed.source.log[2] = changed(sealed.source.log[2], ciphertext=b"another")
    assert sealer.recheck(2) == 2
    with pytest.raises(Refused, match="event 3 was changed"):
        sealer.recheck(2)
    sealed.source.log += [changed(rows(13)[-1])]
    with pytest.raises(Refused, match="event 3 was changed"):
        sealer.seal()
    sealer.close()
    assert max(sealed.releases.notes) == 12


def test_going_through_again_begins_anew_at_the_end(sealed: Sealed) -> None:
    sealer = sealed.sealer()
    sealer.seal()
    assert [sealer.recheck(5) for _ in range(4)] == [5, 5, 2, 5]
    assert sealer.status.rechecked == 5
    sealer.close()


def test_a_missing_event_is_refused_and_named(sealed: Sealed) -> None:
    del sealed.source.log[8]
    assert refusal(sealed).index == 9
    sealed.source.log.insert(8, rows(12)[8])
    sealed.seal_all()
    del sealed.source.log[4]
    sealer = sealed.sealer()
    sealer.open()
    with pytest.raises(Refused, match="event 5 is missing from the log") as caught:
        sealer.recheck(50)
    assert caught.value.index == 5
    sealer.close()


def test_a_gap_above_what_was_sealed_is_refused(sealed: Sealed) -> None:
    del sealed.source.log[10]
    assert refusal(sealed).reason == "event 11 is missing from the log"
    assert max(sealed.releases.notes) == 9


def test_a_shorter_log_is_refused(sealed: Sealed) -> None:
    del sealed.source.log[7:]
    refused = refusal(sealed)
    assert refused.reason == "the log ends at 7, but was sealed up to 9: events were lost"
    assert refused.index == 8


def test_another_origin_is_refused(sealed: Sealed) -> None:
    for other in (ORIGIN[:-1] + "2", ORIGIN.replace(SCHOOL, "oak_hill")):
        sealed.source.origin = other
        assert refusal(sealed).reason == f"this is the log {other}; what was signed is {ORIGIN}"


def test_a_replaced_key_is_refused(sealed: Sealed) -> None:
    other = log_signer(key="another")
    sealer = Sealer(sealed.source, Ledger.write(sealed.folder), sealed.releases, other, clock)
    with pytest.raises(Refused, match="the signing key was replaced"):
        sealer.seal()
    sealer.close()


def test_a_refusal_is_loud_and_kept_and_told_and_stands_after_a_restart(
    sealed: Sealed, caplog: pytest.LogCaptureFixture
) -> None:
    good = sealed.source.log[2]
    sealed.source.log[2] = changed(good, ciphertext=b"another")
    sealer = sealed.sealer()
    sealer.seal()  # The change lies far below: it is not seen yet, and what is sealed is what was sealed before.
    with caplog.at_level(logging.ERROR), pytest.raises(Refused):
        sealer.recheck(50)
    assert "SEALING" in caplog.text
    sealer.close()
    sealed.source.log += rows(20)[12:]
    assert refusal(sealed).index == 3
    assert [one.index for one in Ledger.read(sealed.folder).incidents()] == [3]
    assert [one.reason for one in sealed.releases.told] == ["event 3 was changed after it was sealed"] * 2
    # Somebody puts the log right: the next start goes through all of it, and goes on. Nothing is forgotten.
    sealed.source.log[2] = good
    sealed.seal_all()
    assert max(sealed.releases.notes) == 20
    assert [one.reason is None for one in Ledger.read(sealed.folder).incidents()] == [False, True]
    assert sealed.releases.told[-1].reason is None
    sealed.check()


def test_the_sealers_own_tree_that_was_changed_or_cut_short_is_refused(sealed: Sealed) -> None:
    tree = sealed.folder / "tree"
    whole = tree.read_bytes()
    tree.write_bytes(whole[:-32])
    with pytest.raises(Refused, match="cut short"):
        Ledger.write(sealed.folder)
    tree.write_bytes(whole[:-32] + b"\0" * 32)
    with pytest.raises(Refused, match="the folder was changed"):
        Ledger.write(sealed.folder)
    tree.write_bytes(whole + b"whatever was never signed")
    sealed.seal_all()
    sealed.check()


def test_a_kept_checkpoint_that_was_edited_is_refused(sealed: Sealed) -> None:
    checkpoint = sealed.folder / "checkpoint"
    checkpoint.write_bytes(checkpoint.read_bytes().replace(b"\n9\n", b"\n8\n"))
    with pytest.raises(Refused, match="not valid"):
        Ledger.write(sealed.folder)


def test_a_released_checkpoint_that_nobody_signed_is_refused(sealed: Sealed) -> None:
    sealed.releases.notes[9] = log_signer(key="another").sign(Checkpoint(ORIGIN, 9, naive_root(rows(9))))
    assert "never signed" in refusal(sealed).reason


def test_two_checkpoints_of_one_size_are_refused(sealed: Sealed) -> None:
    sealed.releases.notes[9] = log_signer().sign(Checkpoint(ORIGIN, 9, naive_root(rows(9, seed=2))))
    assert refusal(sealed).reason == "a released checkpoint of 9 events has another root than the sealer's tree"


def test_a_ledger_from_an_old_copy_goes_on_only_through_what_was_released(sealed: Sealed) -> None:
    old = {path.name: path.read_bytes() for path in sealed.folder.iterdir()}
    sealed.seal_all()
    sealed.source.log += rows(15)[12:]
    for name, data in old.items():
        (sealed.folder / name).write_bytes(data)
    sealed.seal_all()
    assert sorted(sealed.releases.notes) == [9, 12, 15]
    sealed.check()


def test_a_ledger_from_an_old_copy_never_signs_beside_what_was_released(sealed: Sealed) -> None:
    old = {path.name: path.read_bytes() for path in sealed.folder.iterdir()}
    sealed.seal_all()
    for name, data in old.items():
        (sealed.folder / name).write_bytes(data)
    sealed.source.log[9:] = [changed(row, ciphertext=b"rewritten") for row in rows(14)[9:]]
    assert "it was forked" in refusal(sealed).reason
    assert max(sealed.releases.notes) == 12


def test_two_sealers_never_share_a_ledger(sealed: Sealed) -> None:
    first = sealed.sealer()
    with pytest.raises(LedgerInUse):
        sealed.sealer()
    first.close()
    sealed.sealer().close()


def test_a_ledger_is_never_begun_anew_nor_missed_silently(sealed: Sealed, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        create_ledger(sealed.folder, log_signer())
    with pytest.raises(NoLedger, match="put it back"):
        Ledger.write(tmp_path / "nowhere")
    elsewhere = Ledgers(tmp_path / "elsewhere", example_key("log"))
    with pytest.raises(NoLedger, match="was sealed before"):
        elsewhere.sealer(sealed.source, sealed.releases, clock)


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


class Killed(BaseException):
    """The process ends here: nothing that follows is done."""


class Steps:
    """Counts the steps that touch the disk or the database, and kills at one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, sealed: Sealed) -> None:
        """Count from now on."""
        self.names: list[str] = []
        self.kill_at = -1
        self.before = False
        for holder, name in (
            (os, "fsync"),
            (os, "truncate"),
            (Path, "replace"),
            (MemorySource, "read"),
            (MemorySource, "settle"),
            (MemoryReleases, "last"),
            (MemoryReleases, "release"),
            (Ledger, "grow"),
            (Ledger, "keep"),
        ):
            monkeypatch.setattr(holder, name, self._step(name, getattr(holder, name)))
        self.sealed = sealed

    def _step(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            number = len(self.names)
            self.names.append(name)
            if number == self.kill_at and self.before:
                raise Killed
            done = work(*arguments, **named)
            if number == self.kill_at:
                raise Killed
            return done

        return step


@pytest.mark.parametrize("before", [True, False])
def test_killed_before_or_after_any_step_the_sealer_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    killed, number = 0, 0
    while True:
        sealed = Sealed(tmp_path / str(number), rows(6)[:4])
        with monkeypatch.context() as patched:
            steps = Steps(patched, sealed)
            steps.kill_at, steps.before = number, before
            try:
                sealed.seal_all()
                sealed.source.log += rows(6)[4:]
                sealed.seal_all()
            except Killed:
                killed += 1
            else:
                break
        released = dict(sealed.releases.notes)
        sealed.source.log[:] = rows(8)  # It was appended to meanwhile.
        sealed.check()
        sealed.seal_all()
        assert max(sealed.releases.notes) == 8
        assert released.items() <= sealed.releases.notes.items()
        sealed.check()
        number += 1
    assert killed > 25
    assert {"fsync", "replace", "truncate", "settle", "release", "grow", "keep"} <= set(steps.names)


def test_a_log_or_disk_that_fails_is_tried_again_and_nothing_is_signed_twice(
    sealed: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealer = sealed.sealer()
    for holder, name in ((os, "fsync"), (Path, "replace"), (MemoryReleases, "release"), (MemorySource, "settle")):
        with monkeypatch.context() as patched:
            patched.setattr(holder, name, _full)
            sealed.source.log.append(rows(len(sealed.source.log) + 1)[-1])
            with pytest.raises(OSError, match="No space left"):
                sealer.seal()
            with pytest.raises(OSError, match="No space left"):
                sealer.seal()
        while sealer.seal():
            pass
        sealed.check()
    sealer.close()
    assert max(sealed.releases.notes) == len(sealed.source.log) == 16


def _full(*_arguments: object, **_named: object) -> None:
    raise OSError(28, "No space left on device")
