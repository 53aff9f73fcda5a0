"""A backup made under load; then everything is lost but that backup and the key file. What it held is there again."""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from commands.bus import Bus, Sender
from commands.ids import new_command_id
from commands.policy_files import clauses
from domain.catalogue import EVENTS
from domain.ids import DOORSTEP
from domain.school.commands import KeepReport
from domain.school.events import LogRestored
from eventlog.ledger.signing import read_key
from eventlog.store import Store
from reactors.sealing import Sealing
from tests.api.machine import SCHOOL, Machine
from tests.api.test_verify_epochs import VERIFY
from tests.eventlog.programs import soon

WRITERS: Final = 4


@contextmanager
def written_to(machine: Machine, told: list[int]) -> Iterator[None]:
    """Sealed and written to by several at once; `told` hears the index of each event that was acknowledged."""
    ending = threading.Event()
    key = read_key(machine.folder / "sealing-key.pem")
    sealing = Sealing(machine.urls.sealer, machine.folder / "ledger", key, lambda: datetime.now(UTC))

    def write() -> None:
        with Store.open(machine.urls, EVENTS) as store:
            bus = Bus(store, clauses())
            while not ending.is_set():
                command = KeepReport(term="2026-27-autumn", sha256="0" * 64)
                told.append(asyncio.run(bus.send(SCHOOL, command, Sender(DOORSTEP, new_command_id()))).last_index)

    writers = [threading.Thread(target=write) for _ in range(WRITERS)]
    sealing.start()
    for writer in writers:
        writer.start()
    try:
        yield
    finally:
        ending.set()
        for writer in writers:
            writer.join()
        sealing.stop()


def lose_everything(machine: Machine) -> None:
    """All but the key file and the backups: what lies in the folder. Its databases are left behind by whoever goes on."""
    for path in machine.folder.iterdir():
        if path.name not in {"key-file", "backups"}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_backed_up_under_load_and_all_else_destroyed_it_is_restored_verified_and_says_that_it_was_restored(
    machine: Machine, again: Machine
) -> None:
    shutil.rmtree(machine.folder / "backups")
    told: list[int] = []
    with written_to(machine, told):
        assert soon(lambda: len(told) > 20)
        before = max(told)
        backup = machine.doorstep("backup", "--out", str(machine.folder / "backups"))
        backed_up_at = max(told)
        assert soon(lambda: max(told) > backed_up_at + 5)
    assert backup.exit_code == 0, backup.output
    with Store.open(machine.urls, EVENTS) as store:
        written = [(one.envelope.event_id, one.event) for one in store.log(SCHOOL).read_log()]
    lose_everything(machine)
    assert sorted(path.name for path in machine.folder.iterdir()) == ["backups", "key-file"]

    log = str(machine.part("log"))
    restored = again.doorstep("restore", "--from", log, "--new-signing-key")
    assert restored.exit_code == 0, restored.output
    again.seal()
    holds = again.doorstep(*VERIFY)
    assert holds.exit_code == 0, holds.output
    assert "epoch 1: its ledger was lost in the disaster" in holds.output
    with Store.open(again.urls, EVENTS) as store:
        there = [(one.envelope.event_id, one.event) for one in store.log(SCHOOL).read_log()]
    event = there[-1][1]
    assert isinstance(event, LogRestored)
    assert event.restored == len(there) - 1 >= before, "all that was acknowledged before the backup began is there"
    assert event.restored < len(written), "and what came after it is not"
    assert there[:-1] == written[: event.restored]
    _status_tells(again, Path(log))


def _status_tells(machine: Machine, log: Path) -> None:
    said = machine.doorstep("status", "--url", "http://localhost:1").output
    assert (
        f"well       Restored: this log came from a restore less than a minute ago, {datetime.now(UTC):%d}".replace(
            ", 0", ", "
        )
        in said
    )
    assert f": {log.absolute()}." in said
    assert "Backup: none has been made since this log was restored from the backup of" in said
    assert "there has never been one" not in said
