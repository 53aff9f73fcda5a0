"""`doorstep backup` and `doorstep restore` as a technician types them, on a school's real log."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commands.bus import Bus
from commands.opening import adopt
from commands.policy_files import clauses, load_policy
from domain.catalogue import EVENTS
from domain.school.events import LogRestored, SettingsAdopted, StorageMigrated
from eventlog.ledger.ledger import Ledger
from eventlog.store import Store
from projections.registry import PROJECTIONS
from projections.views import reading
from tests.api.machine import SCHOOL, Machine, present_epoch


def test_a_backup_is_restored_with_the_keys_beside_it_and_the_pages_are_made_again(
    machine: Machine, again: Machine
) -> None:
    answer = again.doorstep("restore", "--from", str(machine.part("log")))
    assert answer.exit_code == 0, answer.output
    assert "norbury: nothing that was sealed is missing" in answer.output
    assert {type(event) for event in again.events()} == {StorageMigrated, SettingsAdopted}
    with Store.open(again.urls, EVENTS) as store:
        for projection in PROJECTIONS:
            with reading(store, SCHOOL, projection.name, at_least=2):
                pass
    assert again.doorstep("keys", "check").exit_code == 0


def test_what_was_sealed_and_is_missing_is_said_and_stays_in_the_log(machine: Machine, again: Machine) -> None:
    with Store.open(machine.urls, EVENTS) as store:
        bus = Bus(store, clauses())
        asyncio.run(adopt(bus, SCHOOL, load_policy("norbury"), version=2, effective_from=datetime.now(UTC)))
    machine.seal()
    answer = again.doorstep("restore", "--from", str(machine.part("log")))
    assert answer.exit_code == 0, answer.output
    assert "1 event is MISSING that had been stored and sealed after it" in answer.output
    told = again.events()[-1]
    assert isinstance(told, LogRestored)
    assert (told.epoch, told.restored, told.missing) == (2, 2, 1)
    assert told.old_checkpoint.encode() == Ledger.read(machine.folder / "ledger" / SCHOOL / "1").note
    again.seal()
    assert Ledger.read(machine.folder / "ledger" / SCHOOL / "2").checkpoint.size == 3
    holds = again.doorstep("log", "verify", "--school", SCHOOL)
    assert holds.exit_code == 0, holds.output
    assert "epoch 1: its first 2 events of the 3 that were sealed under it are there as they were" in holds.output


def test_a_restore_that_was_killed_after_it_loaded_the_log_is_finished_by_the_same_command(
    machine: Machine, again: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    (machine.folder / "ledger" / SCHOOL / "1").rename(machine.folder / "lost")
    with monkeypatch.context() as patch:
        patch.setattr("api.backup_commands._finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert again.doorstep("restore", "--from", str(machine.part("log"))).exit_code != 0
    answer = again.doorstep("restore", "--from", str(machine.part("log")))
    assert answer.exit_code == 0, answer.output
    assert "this finishes it" in answer.output
    told = again.events()[-1]
    assert isinstance(told, LogRestored)
    assert (told.restored, told.missing) == (2, None)
    assert abs(datetime.strptime(f"{told.epoch}+0000", "%Y%m%d%H%M%S%z") - datetime.now(UTC)) < timedelta(minutes=5)
    third = again.doorstep("restore", "--from", str(machine.part("log")))
    assert third.exit_code == 1
    assert "restored into an empty one only" in third.output


def test_a_lost_ledger_and_a_lost_signing_key_need_a_word_and_then_a_new_epoch_begins(
    machine: Machine, again: Machine
) -> None:
    (machine.folder / "ledger" / SCHOOL / "1").rename(machine.folder / "lost")
    (machine.folder / "sealing-key.pem").unlink()
    refused = again.doorstep("restore", "--from", str(machine.part("log")))
    assert refused.exit_code == 1
    assert "The signing key" in refused.output
    answer = again.doorstep("restore", "--from", str(machine.part("log")), "--new-signing-key")
    assert answer.exit_code == 0, answer.output
    assert "nobody here knows whether anything was stored and sealed after" in answer.output
    again.seal()
    holds = again.doorstep("log", "verify", "--school", SCHOOL)
    assert holds.exit_code == 0, holds.output
    assert "Its first 2 events have the root that the log tells of; who signed it was NOT LOOKED AT" in holds.output
    kept = str(machine.folder / "lost" / "log.vkey")
    own = str(present_epoch(machine) / "log.vkey")
    with_its_key = again.doorstep("log", "verify", "--school", SCHOOL, "--key", own, "--key", kept)
    assert with_its_key.exit_code == 0, with_its_key.output
    assert "Its first 2 events are there as they were, by the last checkpoint of it" in with_its_key.output
    assert again.doorstep("log", "verify", "--school", SCHOOL, "--key", kept).exit_code == 1, "not the present key"


def test_a_damaged_backup_is_refused_with_file_and_line(machine: Machine, again: Machine) -> None:
    path = machine.part("log") / "school_norbury" / "event.rows"
    path.write_bytes(path.read_bytes().replace(b"version", b"Version", 1))
    answer = again.doorstep("restore", "--from", str(machine.part("log")))
    assert answer.exit_code == 1
    assert "school_norbury/event.rows, line 1: this line" in answer.output
    assert "Nothing was restored." in answer.output


def test_half_a_backup_is_refused(machine: Machine, again: Machine) -> None:
    (machine.part("log") / "manifest.json").unlink()
    answer = again.doorstep("restore", "--from", str(machine.part("log")))
    assert answer.exit_code == 1
    assert "is no finished backup" in answer.output


def test_without_the_key_file_nothing_is_restored_and_it_is_said_what_is_lost(machine: Machine, again: Machine) -> None:
    key_file = Path(machine.urls.key_file)
    key_file.rename(machine.folder / "kept")
    answer = again.doorstep("restore", "--from", str(machine.part("log")))
    assert answer.exit_code == 1
    assert "The key file" in answer.output
    assert "Put it back from its copy" in answer.output
    (machine.folder / "kept").rename(key_file)
    assert again.doorstep("restore", "--from", str(machine.part("log"))).exit_code == 0
