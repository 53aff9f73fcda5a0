"""A log that was restored when the ledger was lost with the rest: what can be checked is, and what cannot is said.

The backup held three events, two of them sealed. Four had been sealed when the machine was lost, with its ledger and its
signing key: nothing here knows of the fourth but what somebody kept outside.
"""

from pathlib import Path
from typing import Final, NamedTuple

import pytest
from click.testing import Result

from domain.catalogue import EVENTS
from domain.school.events import LogRestored
from eventlog.store import Store
from tests.api.machine import SCHOOL, Machine, present_epoch
from tests.api.test_verify_epochs import VERIFY, edit_and_seal_anew, one_more, refused

LATER: Final = "backups-later"


class Kept(NamedTuple):
    """The machine after the restore, and what somebody outside kept of epoch 1."""

    machine: Machine
    outside: Path

    def keys(self) -> tuple[str, ...]:
        """The words that give the verifier keys of both epochs."""
        own = present_epoch(self.machine) / "log.vkey"
        return ("--key", str(self.outside / "log.vkey"), "--key", str(own))

    def evidence(self, name: str) -> tuple[str, ...]:
        """The same, with a thing that was kept."""
        return (*self.keys(), "--evidence", str(self.outside / name))


@pytest.fixture
def kept(machine: Machine, again: Machine, request: pytest.FixtureRequest) -> Kept:
    """See the module. With the parameter "the old key" the signing key was not lost: or somebody took it."""
    outside = machine.folder / "outside"
    outside.mkdir()

    def keep(name: str) -> None:
        note = (machine.folder / "ledger" / SCHOOL / "1" / "checkpoint").read_bytes()
        (outside / name).write_bytes(note)

    keep("over-2")
    one_more(machine, 2, seal=False)
    answer = machine.doorstep("backup", "--out", str(machine.folder / LATER))
    assert answer.exit_code == 0, answer.output
    machine.seal()
    keep("over-3")
    one_more(machine, 3)
    keep("over-4")
    with Store.open(machine.urls, EVENTS) as store:
        ids = [str(one.envelope.event_id) for one in store.log(SCHOOL).read_log()]
    for index, event in enumerate(ids, 1):
        out = str(outside / f"event-{index}.tlog-proof")
        assert machine.doorstep("log", "receipt", "--school", SCHOOL, "--event", event, "--out", out).exit_code == 0
    ledger = machine.folder / "ledger" / SCHOOL / "1"
    (outside / "log.vkey").write_bytes((ledger / "log.vkey").read_bytes())
    ledger.rename(machine.folder / "lost")
    if getattr(request, "param", "a new key") == "a new key":
        (machine.folder / "sealing-key.pem").unlink()
    (part,) = (machine.folder / LATER).glob("*-log")
    answer = again.doorstep("restore", "--from", str(part), "--new-signing-key")
    assert answer.exit_code == 0, answer.output
    again.seal()
    return Kept(again, outside)


def ask_the_witness(machine: Machine, kept: Path, seen: int) -> Result:
    """Somebody outside who watches epoch 1 is asked to cosign the newest checkpoint."""
    asked, key = machine.folder / f"asked-{seen}", str(kept / "log.vkey")
    asked.unlink(missing_ok=True)
    made = machine.doorstep("log", "request", "--school", SCHOOL, "--seen", str(seen), "--out", str(asked))
    assert made.exit_code == 0, made.output
    state = str(machine.folder / "witness")
    return machine.doorstep("log", "witness", str(asked), "--state", state, "--name", "w.example", "--log", key)


@pytest.mark.parametrize("kept", ["a new key", "the old key"], indirect=True)
def test_an_old_backup_that_is_restored_once_the_ledger_was_taken_away_tells_of_itself(kept: Kept) -> None:
    holds = kept.machine.doorstep(*VERIFY)
    assert holds.exit_code == 0, holds.output
    assert "epoch 1: its ledger was lost in the disaster" in holds.output
    status = kept.machine.doorstep("status", "--url", "http://localhost:1").output
    assert "Restored: this log came from a restore" in status
    told = kept.machine.events()[-1]
    assert isinstance(told, LogRestored)
    assert (str(told.epoch), told.restored, told.missing) == (present_epoch(kept.machine).name, 3, None)
    assert "shows that 4 events were sealed" in refused(kept.machine, *kept.evidence("over-4"))
    witness = ask_the_witness(kept.machine, kept.outside, 0)
    assert witness.exit_code == 1
    assert "another log than" in witness.output
    # The window: of what was not covered outside by more than was restored, nothing shows how much is gone.
    assert kept.machine.doorstep(*VERIFY, *kept.evidence("over-3")).exit_code == 0


def test_what_is_there_holds_and_it_is_said_what_nobody_can_tell(kept: Kept) -> None:
    holds = kept.machine.doorstep(*VERIFY, *kept.keys())
    assert holds.exit_code == 0, holds.output
    assert (
        "epoch 1: its ledger was lost in the disaster. Its first 2 events are there as they were, by the last checkpoint"
        " of it that the log tells of"
    ) in holds.output
    assert "Event 3 is under no checkpoint of it that is known here." in holds.output
    assert "Whether more had been sealed under it, only evidence from outside shows" in holds.output


@pytest.mark.parametrize("name", ["over-2", "over-3"])
def test_a_checkpoint_over_what_was_kept_is_compared_and_counted(kept: Kept, name: str) -> None:
    without = kept.machine.doorstep(*VERIFY, *kept.keys())
    holds = kept.machine.doorstep(*VERIFY, *kept.evidence(name))
    assert holds.exit_code == 0, holds.output
    counted = [int(out.output.partition("agrees with ")[2].split()[0]) for out in (without, holds)]
    assert counted[1] == counted[0] + 1


@pytest.mark.parametrize("name", ["over-4", "event-2.tlog-proof", "event-3.tlog-proof", "event-4.tlog-proof"])
def test_what_shows_that_more_was_sealed_than_is_there_is_refused_and_says_so(kept: Kept, name: str) -> None:
    said = refused(kept.machine, *kept.evidence(name))
    assert "REFUSED at index 4: " in said
    assert f"{name} shows that 4 events were sealed under epoch 1. A restore kept 3" in said
    assert "event 4 is gone" in said


def test_the_old_ledger_found_again_shows_the_same(kept: Kept) -> None:
    (kept.machine.folder / "lost").rename(kept.machine.folder / "ledger" / SCHOOL / "1")
    assert "its ledger shows that 4 events were sealed under epoch 1" in refused(kept.machine)


def test_an_event_changed_since_and_sealed_anew_contradicts_the_checkpoint_that_the_log_tells_of(kept: Kept) -> None:
    edit_and_seal_anew(kept.machine, 2)
    for words in (kept.keys(), ()):
        said = refused(kept.machine, *words)
        assert "REFUSED at index 2: the checkpoint that the log tells of epoch 1 was signed over 2 events" in said


@pytest.mark.parametrize("name", ["over-3", "event-3.tlog-proof"])
def test_an_event_that_no_known_checkpoint_covers_is_held_against_what_was_kept_outside(kept: Kept, name: str) -> None:
    edit_and_seal_anew(kept.machine, 3)
    holds = kept.machine.doorstep(*VERIFY, *kept.keys())
    assert holds.exit_code == 0, holds.output
    said = refused(kept.machine, *kept.evidence(name))
    assert "REFUSED at index 3: " in said
    assert "changed since" in said
