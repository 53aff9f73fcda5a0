"""With each report that the governors are given a checkpoint leaves the house, over the entry that says so."""

import asyncio
from datetime import UTC, datetime

from commands.bus import Bus, Sender
from commands.ids import new_command_id
from commands.policy_files import clauses
from domain.catalogue import EVENTS
from domain.ids import DOORSTEP
from domain.school.commands import KeepReport
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.signing import read_key
from eventlog.store import Store
from reactors.sealing import Sealing
from tests.api.machine import SCHOOL, Machine
from tests.api.test_verify_epochs import VERIFY, one_more
from tests.eventlog.programs import soon


def report(machine: Machine, term: str) -> int:
    """A report is made; the index of the event that says so."""
    with Store.open(machine.urls, EVENTS) as store:
        command = KeepReport(term=term, sha256="0" * 64)
        asyncio.run(Bus(store, clauses()).send(SCHOOL, command, Sender(DOORSTEP, new_command_id())))
        return store.log(SCHOOL).head()


def test_the_sealer_leaves_a_checkpoint_with_each_governors_report_and_the_database_holds_against_it(
    machine: Machine,
) -> None:
    evidence, ledgers = machine.folder / "evidence", machine.folder / "ledger"
    key = read_key(machine.folder / "sealing-key.pem")

    def left() -> list[str]:
        return sorted(path.name for path in evidence.glob("*report*.checkpoint"))

    def name(index: int) -> str:
        return f"{SCHOOL}-1-report-{index}.checkpoint"

    def seal_until(reports: list[int]) -> None:
        sealing = Sealing(machine.urls.sealer, ledgers, key, lambda: datetime.now(UTC), evidence)
        sealing.start()
        try:
            assert soon(lambda: left() == sorted(name(index) for index in reports))
        finally:
            sealing.stop()

    first = report(machine, "2026-27-autumn")
    one_more(machine, seal=False)
    seal_until([first])
    reports = [first, report(machine, "2026-27-spring")]
    seal_until(reports)
    for index in reports:
        note = (evidence / name(index)).read_bytes()
        assert int(note.split(b"\n")[1]) >= index, "the entry that says so is covered"
    assert (evidence / name(first)).read_bytes() != Ledger.read(ledgers / SCHOOL / "1").note, "it is not written again"
    given = [word for index in reports for word in ("--evidence", str(evidence / name(index)))]
    holds = machine.doorstep(*VERIFY, *given)
    assert holds.exit_code == 0, holds.output
