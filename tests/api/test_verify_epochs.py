"""A log that was restored without all that was sealed is verified whole: every epoch by its own ledger and its own key."""

import asyncio
import shutil
from datetime import UTC, datetime

import pytest

from commands.bus import Bus
from commands.opening import adopt
from commands.policy_files import clauses, load_policy
from domain.catalogue import EVENTS
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.ledgers import Ledgers
from eventlog.ledger.signing import make_key, read_key
from eventlog.store import Store
from tests.api.machine import SCHOOL, Machine, present_epoch
from tests.databases import Databases, fresh_database
from tests.tampering import past_the_triggers

VERIFY = ("log", "verify", "--school", SCHOOL)


def one_more(machine: Machine, version: int = 2, *, seal: bool = True) -> None:
    """The school adopts its settings once more: one event, sealed if so."""
    with Store.open(machine.urls, EVENTS) as store:
        policy = load_policy("norbury")
        asyncio.run(adopt(Bus(store, clauses()), SCHOOL, policy, version=version, effective_from=datetime.now(UTC)))
    if seal:
        machine.seal()


@pytest.fixture
def restored(machine: Machine, again: Machine) -> Machine:
    """A log of three events, of which the backup held two: it goes on under epoch 2, sealed."""
    one_more(machine)
    answer = again.doorstep("restore", "--from", str(machine.part("log")))
    assert answer.exit_code == 0, answer.output
    again.seal()
    return again


def attack(machine: Machine, statement: str) -> None:
    """By a superuser, past every trigger, which are switched on again."""
    past_the_triggers(machine.urls, SCHOOL, statement)


def edit_and_seal_anew(machine: Machine, index: int) -> None:
    """By somebody who has the database, the signing key and the sealer's machine: nothing of the new epoch contradicts it."""
    edit = "UPDATE event SET recorded_at = recorded_at - interval '1 hour' WHERE notification_id = "
    attack(machine, f"{edit}{index}")
    ledgers = Ledgers(machine.folder / "ledger", read_key(machine.folder / "sealing-key.pem"))
    own = present_epoch(machine)
    origin = Ledger.read(own).checkpoint.origin
    shutil.rmtree(own)
    attack(machine, "DELETE FROM checkpoint WHERE epoch = (SELECT max(epoch) FROM epoch)")
    ledgers.open_epoch(origin)
    machine.seal()


def refused(machine: Machine, *words: str) -> str:
    """What the verifier says against it."""
    answer = machine.doorstep(*VERIFY, *words)
    assert answer.exit_code == 1, answer.output
    return answer.output


def test_every_epoch_holds_by_its_own_key_and_evidence_of_the_old_one_is_taken(restored: Machine) -> None:
    old = restored.folder / "kept-of-epoch-1"
    old.write_bytes(Ledger.read(restored.folder / "ledger" / SCHOOL / "1").note)
    holds = restored.doorstep(*VERIFY, "--evidence", str(old))
    assert holds.exit_code == 0, holds.output
    assert "has all 3 sealed events" in holds.output
    assert "epoch 1: its first 2 events of the 3" in holds.output


def test_it_holds_also_where_the_new_epoch_has_a_new_signing_key(machine: Machine, again: Machine) -> None:
    one_more(machine)
    (machine.folder / "sealing-key.pem").unlink()
    answer = again.doorstep("restore", "--from", str(machine.part("log")), "--new-signing-key")
    assert answer.exit_code == 0, answer.output
    again.seal()
    keys = [Ledger.read(machine.folder / "ledger" / SCHOOL / epoch).key for epoch in "12"]
    assert keys[0].public != keys[1].public
    holds = again.doorstep(*VERIFY)
    assert holds.exit_code == 0, holds.output
    assert (
        f"epoch 1: its first 2 events of the 3 that were sealed under it are there as they were, by {keys[0]}"
        in holds.output
    )


def test_a_third_epoch_is_held_against_both_before_it(restored: Machine, postgres: Databases) -> None:
    one_more(restored)
    with fresh_database(postgres) as urls:
        third = Machine(urls, restored.folder)
        answer = third.doorstep("restore", "--from", str(restored.part("log")))
        assert answer.exit_code == 0, answer.output
        third.seal()
        holds = third.doorstep(*VERIFY)
        assert holds.exit_code == 0, holds.output
        assert "epoch 1: its first 2 events of the 3" in holds.output
        assert "epoch 2: its first 2 events of the 4" in holds.output


def test_what_a_restore_kept_and_was_changed_later_with_the_signing_key_too_contradicts_the_old_ledger(
    restored: Machine,
) -> None:
    edit_and_seal_anew(restored, 2)
    said = refused(restored)
    assert "REFUSED at index 2: event 2 is not the one that was sealed under epoch 1" in said


def test_a_released_checkpoint_of_an_old_epoch_that_was_never_signed_is_refused(restored: Machine) -> None:
    attack(restored, "UPDATE checkpoint SET note = replace(note, E'\\n2\\n', E'\\n1\\n') WHERE epoch = 1")
    assert "REFUSED" in refused(restored)


def test_an_epoch_that_was_opened_without_a_word_in_the_log_is_refused(restored: Machine) -> None:
    attack(restored, "INSERT INTO epoch (epoch, old_checkpoint) SELECT 3, old_checkpoint FROM epoch WHERE epoch = 2")
    ledgers = Ledgers(restored.folder / "ledger", read_key(restored.folder / "sealing-key.pem"))
    origin = Ledger.read(restored.folder / "ledger" / SCHOOL / "2").checkpoint.origin
    ledgers.open_epoch(origin[:-1] + "3")
    restored.seal()
    assert "epoch 3 was opened, and the log does not say so" in refused(restored)


def test_a_changed_beginning_of_an_epoch_is_refused(restored: Machine) -> None:
    attack(restored, "UPDATE epoch SET old_checkpoint = old_checkpoint || 'x' WHERE epoch = 2")
    assert "is not the one that the log tells of" in refused(restored)


def test_the_ledger_of_an_old_epoch_that_is_gone_since_is_missed(restored: Machine) -> None:
    shutil.rmtree(restored.folder / "ledger" / SCHOOL / "1")
    assert "the ledger of epoch 1 was there when the log was restored, and is gone" in refused(restored)


def test_an_old_epoch_that_somebody_sealed_on_is_refused(restored: Machine) -> None:
    folder = restored.folder / "ledger" / SCHOOL / "1"
    shutil.rmtree(folder)
    ledgers = Ledgers(restored.folder / "ledger", make_key(restored.folder / "another.pem"))
    origin = Ledger.read(restored.folder / "ledger" / SCHOOL / "2").checkpoint.origin
    ledgers.open_epoch(origin[:-1] + "1")
    assert "is not signed with the log's key" in refused(restored)
