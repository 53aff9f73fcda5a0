"""Seals the log of every school: a thread in the demonstration, a process of its own (`run`) in production.

Appends wake it, and once a second it looks by itself, so that nothing is missed while it was not listening. A school
that cannot be sealed holds up no other, and nothing here ever holds up an append.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.school.events import ReportMade
from eventlog.ledger.leaving import leave_checkpoint, leave_with_report
from eventlog.ledger.ledger import Ledger, LedgerInUse
from eventlog.ledger.ledgers import Ledgers
from eventlog.ledger.postgres import LedgerDatabase, PostgresReleases, PostgresSource
from eventlog.ledger.sealer import BATCH, Sealer, Status
from eventlog.ledger.verifier import Refused, parse_origin
from eventlog.tail import Listener

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 1.0
"""Seconds after which every school is looked at without being told."""
OPEN_AGAIN: Final = 600.0
"""Seconds after which a school that was refused is gone through again, should somebody have put its log right."""
_DAY: Final = 86_400


class _Bell(threading.Event):
    """Set when a school has news; sets the thread's own event too."""

    def __init__(self, woken: threading.Event) -> None:
        super().__init__()
        self._woken = woken

    def set(self) -> None:
        super().set()
        self._woken.set()


@dataclass(kw_only=True)
class _School:
    bell: _Bell
    sealer: Sealer | None = None
    ailing: str | None = None
    try_again_at: float = 0.0
    releases: PostgresReleases | None = None
    left_on: date | None = None
    pruned_on: date | None = None
    source: PostgresSource | None = None
    reports_up_to: int = 0
    """Up to this index every report has its checkpoint outside."""


class Sealing:
    """Seals all schools of a database in one thread, over one connection and one that listens."""

    def __init__(
        self,
        conninfo: str,
        folder: Path,
        key: Ed25519PrivateKey,
        clock: Callable[[], datetime],
        leaving: Path | None = None,
    ) -> None:
        """`conninfo` is doorstep_sealer's; `folder` holds the ledgers, outside the database.

        Into the folder `leaving` goes one checkpoint a day of each school, and one with each governors' report, for a
        technical mailbox.
        """
        self._conninfo = conninfo
        self._database = LedgerDatabase(conninfo)
        self._ledgers = Ledgers(folder, key)
        self._clock = clock
        self._leaving = leaving
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._schools: dict[str, _School] = {}
        self._thread: threading.Thread | None = None
        self._ailing: str | None = None

    def start(self) -> None:
        """Seal in a thread."""
        self._thread = threading.Thread(target=self.run, name="doorstep-sealer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Seal no more; returns when the batch at hand is sealed. May be called from a signal handler."""
        self._stopping.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join()

    def statuses(self) -> Mapping[str, Status]:
        """How each school stands; one that was never reached is left out."""
        return {slug: one.sealer.status for slug, one in list(self._schools.items()) if one.sealer is not None}

    def ailing(self) -> Mapping[str, str]:
        """What keeps a school from being sealed at the moment, other than a refusal; `""` stands for the database."""
        found = {slug: one.ailing for slug, one in list(self._schools.items()) if one.ailing is not None}
        return found if self._ailing is None else {"": self._ailing, **found}

    def run(self) -> None:
        """Seal until `stop`."""
        listener = Listener(self._conninfo)
        look_at = 0.0
        try:
            while not self._stopping.is_set():
                everyone = time.monotonic() >= look_at
                if everyone:
                    self._find_schools(listener)
                    look_at = time.monotonic() + LOOK_EVERY
                self._woken.clear()
                for slug, one in self._schools.items():
                    if not self._stopping.is_set() and (everyone or one.bell.is_set()):
                        one.bell.clear()
                        self._look_at(slug, one, recheck=everyone)
                self._woken.wait(max(look_at - time.monotonic(), 0.0))
        finally:
            listener.close()
            for one in self._schools.values():
                if one.sealer is not None:
                    one.sealer.close()
            self._database.close()

    def _find_schools(self, listener: Listener) -> None:
        try:
            slugs = self._database.schools()
        except Exception as error:  # noqa: BLE001 - the sealer must outlive whatever happens to the database
            if self._ailing is None:
                log.warning("the sealer waits for the database (%s)", type(error).__name__)
            self._ailing = type(error).__name__
            return
        self._ailing = None
        for slug in set(self._schools).difference(slugs):
            self._let_go(slug, listener)
        for slug in slugs:
            if slug not in self._schools:
                self._schools[slug] = _School(bell=_Bell(self._woken))
                listener.follow(f"school_{slug}", self._schools[slug].bell)

    def _let_go(self, slug: str, listener: Listener) -> None:
        """A school was removed: its ledger stays as it is."""
        one = self._schools.pop(slug)
        listener.leave(f"school_{slug}", one.bell)
        if one.sealer is not None:
            one.sealer.close()

    def _look_at(self, slug: str, one: _School, *, recheck: bool) -> None:
        try:
            if one.sealer is None:
                one.sealer, one.releases, one.source = self._begin(slug)
            if one.sealer.status.refused is not None:
                self._again(one)
            elif one.sealer.seal() == BATCH:
                one.bell.set()  # There is more; the other schools come first.
            elif recheck:
                self._leave(slug, one)
                one.sealer.recheck(max(50, one.sealer.status.size // _DAY + 1))
        except Refused:
            one.try_again_at = time.monotonic() + OPEN_AGAIN  # It was logged, kept and told where it was found.
        except Exception as error:  # noqa: BLE001 - one school must not hold up the others; it is told
            self._ails(slug, one, error)
        else:
            one.ailing = None

    def _ails(self, slug: str, one: _School, error: Exception) -> None:
        if one.ailing != repr(error):
            if isinstance(error, LedgerInUse):
                log.warning("the log of %s is sealed by another sealer already; it is tried again", slug)
            else:
                log.error("the log of %s cannot be sealed at the moment; it is tried again", slug, exc_info=error)
        one.ailing = repr(error)

    def _begin(self, slug: str) -> tuple[Sealer, PostgresReleases, PostgresSource]:
        source = PostgresSource(self._database, slug)
        releases = PostgresReleases(self._database, slug, parse_origin(source.origin).epoch)
        return self._ledgers.sealer(source, releases, self._clock), releases, source

    def _leave(self, slug: str, one: _School) -> None:
        today, folder = self._clock().astimezone(UTC).date(), self._ledgers.folder_of(slug)
        if self._leaving is not None and folder is not None and one.releases is not None and one.left_on != today:
            ledger = Ledger.read(folder)
            if ledger.checkpoint.size:
                leave_checkpoint(self._leaving, ledger, today, one.releases.leaves)
                one.left_on = today
        self._leave_with_reports(slug, one)
        if one.releases is not None and one.pruned_on != today:
            gone = one.releases.prune()
            one.pruned_on = today
            if gone:
                log.info("%s: %d checkpoints that nobody needs any more are pruned", slug, gone)

    def _leave_with_reports(self, slug: str, one: _School) -> None:
        folder = self._ledgers.folder_of(slug)
        if self._leaving is None or folder is None or one.source is None or one.releases is None or one.sealer is None:
            return
        if (size := one.sealer.status.size) == one.reports_up_to:
            return
        ledger = Ledger.read(folder)
        for index in one.source.lately(ReportMade.TOPIC, one.reports_up_to, size):
            leave_with_report(self._leaving, ledger, index, one.releases.leaves)
        one.reports_up_to = size

    def _again(self, one: _School) -> None:
        if one.sealer is not None and time.monotonic() >= one.try_again_at:
            one.sealer.open()
