"""A school's whole export: first it is an event, then it is written.

The event comes before the first byte, so that nobody takes a school's records out unnoticed (design, "access is recorded
before the answer leaves"); a crash after it leaves an export on record that came to nothing, and the next one is another.
"""

import asyncio
import time
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from accounts.leaving import linked_to
from accounts.rows import Rows
from commands.bus import Bus, Sender
from commands.ids import new_command_id
from commands.policy_writing import policy_text
from domain.ids import StaffId
from domain.need import always
from domain.refusal import Refused
from domain.removal.commands import KeepWholeExport
from eventlog.age import Passphrase, Recipient
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.ledgers import newest
from eventlog.ledger.sealer import LogSource
from eventlog.settings import DatabaseUrls
from eventlog.whole.writing import Busy, Leaving, Progress, Written, write_whole

PATIENCE: Final = 60.0
"""Seconds to wait until everything is sealed and nothing is added for a moment."""
_LOOK_EVERY: Final = 0.2


class Asked(NamedTuple):
    """Who wants a school's export, why, and who shall be able to open its keys."""

    by: StaffId
    why: str
    to: Passphrase | Recipient


class Exporting(NamedTuple):
    """What an export is made with."""

    bus: Bus
    urls: DatabaseUrls
    ledgers: Path
    """The ledgers, outside PostgreSQL."""
    source: LogSource
    patience: float = PATIENCE

    def export(self, slug: str, folder: Path, asked: Asked, progress: Progress) -> Written:
        """Write everything of a school into a new folder. Blocks.

        Raises NotPermitted, UnknownSchool; Refused where an alarm stands, an erasure is not finished, nothing seals the log
        or the school is busy; and as `write_whole`.
        """
        command = KeepWholeExport(why=asked.why, keys_for=asked.to.says)
        stored = asyncio.run(self.bus.send(slug, command, Sender(asked.by, new_command_id())))
        leaving = self._leaving(slug, asked.to)
        give_up_at = time.monotonic() + self.patience
        while True:
            ledger = self._sealed_up_to(slug, stored.last_index, give_up_at)
            try:
                return write_whole(folder, leaving, ledger, progress)
            except Busy:
                if time.monotonic() > give_up_at:
                    says = "The school is too busy: something is added all the time. Export it in a quiet hour"
                    raise Refused((always("export.busy", says),)) from None
                time.sleep(_LOOK_EVERY)

    def _sealed_up_to(self, slug: str, index: int, give_up_at: float) -> Ledger:
        while True:
            folder = newest(self.ledgers, slug)
            ledger = None if folder is None else Ledger.read(folder)
            if ledger is not None and ledger.checkpoint.size >= index:
                return ledger
            if time.monotonic() > give_up_at:
                says = "The log is not sealed up to here: run the sealer (doorstep seal), and export again"
                raise Refused((always("export.not_sealed", says),))
            time.sleep(_LOOK_EVERY)

    def _leaving(self, slug: str, to: Passphrase | Recipient) -> Leaving:
        store = self.bus.store
        school = next(one for one in store.schools() if one.slug == slug)
        return Leaving(
            school=school,
            installation=store.installation(),
            kind=store.kind(),
            urls=self.urls,
            keyrings=store.keyrings,
            ledgers=self.ledgers,
            source=self.source,
            to=to,
            beside=self._beside(slug),
        )

    def _beside(self, slug: str) -> dict[str, bytes]:
        """The policy as it is in force now, and the accounts."""
        found = {"accounts.json": _pretty(linked_to(Rows(self.bus.store.pool), slug))}
        try:
            policy = self.bus.knowledge(slug).at_head()[1].policy_at(self.bus.now())
        except LookupError:
            return found  # It has not adopted any yet.
        return {**found, "policy.yaml": policy_text(policy).encode(), "settings.json": _pretty(policy)}


def _pretty(found: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n"
