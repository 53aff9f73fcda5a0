"""An alarm about a school's log stops planning and exports, and never a fact (design law 1).

Before the first plan of a process its school's log is looked at; `reactors.integrity_watch` looks again from time to time.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from domain.case.commands import HoldCase, LeaveOutOfCase, NameInCase
from domain.command import Command, CommandKind
from domain.erasure.commands import PlaceHold, RecordErased
from domain.glass.commands import BreakGlass
from domain.need import always
from domain.refusal import Refused
from domain.removal.commands import WithdrawRemoval
from domain.school.commands import TakeBackExport
from domain.shared.commands import ConfirmSpokenWord, CorrectEvent, DisownSpokenWord, ExplainDeviation, ReviewHistory
from domain.staff.commands import EndRole, RecordStaffLeft, RegisterNumber
from domain.trip.commands import CallOffTrip, LodgeWhereabouts, NameWatcher
from domain.visit.commands import MoveVisitToPupil, RefuseVisit, TakeBackApproval
from eventlog.integrity import PASSING, Alarm, Sealed
from eventlog.store import Store

log = logging.getLogger(__name__)

GOES_ON: Final[frozenset[type[Command]]] = frozenset({
    # takes back, or puts right, what stands
    *(CorrectEvent, ConfirmSpokenWord, DisownSpokenWord, ExplainDeviation, ReviewHistory, MoveVisitToPupil),
    *(RefuseVisit, TakeBackApproval, CallOffTrip, TakeBackExport, EndRole, RecordStaffLeft, PlaceHold),
    WithdrawRemoval,
    # looks after those who are out already
    *(NameWatcher, LodgeWhereabouts, RegisterNumber),
    # keeps whom a restricted case is about out of it, and keeps the case
    *(LeaveOutOfCase, NameInCase, HoldCase),
    # reads, in an emergency
    BreakGlass,
    # has happened: the keys are gone
    RecordErased,
})  # fmt: skip
"""Plans that nobody is helped by stopping."""
BEHIND_AFTER: Final = 60.0
"""Seconds after which events that wait for their seal, and none of which is sealed, are told."""
STOPPED_AFTER: Final = 600.0
"""Seconds after which the sealer counts as stopped."""
_SAYS: Final = (
    "How this school's record is kept is not as Doorstep left it, so nothing new is planned and nothing is exported until"
    " the person who looks after Doorstep has found out why. Show them this. Whatever happens is still taken down:"
    " leaving, arriving, concerns, coming back"
)


def stops(command: type[Command]) -> bool:
    """Whether an alarm stops such a command."""
    return command.KIND is CommandKind.PLAN and command not in GOES_ON


class Sealer(StrEnum):
    """How the sealer does with a school's log."""

    WELL = "well"
    BEHIND = "behind"
    """Events have waited for more than a minute, and none was sealed."""
    STOPPED = "stopped"
    """The same for ten minutes: it does not run, or cannot."""
    REFUSING = "refusing"


class Since(NamedTuple):
    """An alarm that stands."""

    alarm: Alarm
    at: datetime
    """When it was first seen by this process, UTC-aware."""


class _Progress(NamedTuple):
    """How far a log was sealed when somebody looked."""

    found: Sealed
    moved: float
    """When it was last seen to move on, or to have nothing to do; seconds of a clock that never goes back."""


class Integrity:
    """What is known to be wrong with each school's log. Thread-safe."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is looked at yet. `clock` gives now, UTC-aware; `elapsed` seconds that never go back."""
        self._store = store
        self._clock = clock
        self._elapsed = elapsed
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Since, ...]] = {}
        self._sealing: dict[str, _Progress] = {}

    def of(self, school: str) -> tuple[Alarm, ...]:
        """What is wrong, as seen last; looked for quickly where nobody has looked yet. Blocks. Raises LogUnavailable."""
        known = self.known(school)
        return self._keep(school, lambda slug: self._store.alarms(slug, whole=False)) if known is None else known

    def known(self, school: str) -> tuple[Alarm, ...] | None:
        """What was wrong when somebody looked last; None where nobody has."""
        with self._lock:
            found = self._known.get(school)
        return None if found is None else tuple(one.alarm for one in found)

    def standing(self, school: str) -> tuple[Since, ...]:
        """The same, and since when; empty where nobody has looked."""
        with self._lock:
            return self._known.get(school, ())

    def raised(self) -> Mapping[str, tuple[Alarm, ...]]:
        """The schools whose alarms stand."""
        with self._lock:
            return {school: tuple(one.alarm for one in found) for school, found in self._known.items() if found}

    def sealer(self) -> Sealer:
        """How the sealer does where it does worst, as far as anybody looked; asks nobody."""
        with self._lock:
            found = [self._judged(one) for one in self._sealing.values()]
        return max(found, key=list(Sealer).index, default=Sealer.WELL)

    def _judged(self, progress: _Progress) -> Sealer:
        found, still = progress.found, self._elapsed() - progress.moved
        if found.refused is not None:
            return Sealer.REFUSING
        if found.sealed >= found.head or still < BEHIND_AFTER:
            return Sealer.WELL
        return Sealer.BEHIND if still < STOPPED_AFTER else Sealer.STOPPED

    def look(self, school: str) -> tuple[Alarm, ...]:
        """Look at everything now. Blocks. Raises UnknownSchool, LogUnavailable: what was known stands then."""
        self._look_how_far(school)
        return self._keep(school, self._store.alarms)

    def look_again(self, school: str) -> tuple[Alarm, ...]:
        """Look at what comes and goes (the sealer, the server's settings), and leave what else is known as it is.

        Blocks; raises as `look`.
        """
        self._look_how_far(school)
        rest = tuple(alarm for alarm in self.of(school) if alarm.kind not in PASSING)
        return self._keep(school, lambda slug: (*rest, *self._store.passing_alarms(slug)))

    def refuse(self, school: str) -> None:
        """Raise Refused where an alarm stands; `of` was asked before."""
        if self.known(school):
            raise Refused((always("record.altered", _SAYS, who=("the person who looks after Doorstep",)),))

    def _look_how_far(self, school: str) -> None:
        found, now = self._store.sealed(school), self._elapsed()
        with self._lock:
            before = self._sealing.get(school)
            moves = before is None or found.sealed >= found.head or found.sealed > before.found.sealed
            self._sealing[school] = _Progress(found, now if before is None or moves else before.moved)

    def _keep(self, school: str, look: Callable[[str], tuple[Alarm, ...]]) -> tuple[Alarm, ...]:
        found, now = look(school), self._clock()
        with self._lock:
            before = {one.alarm: one.at for one in self._known.get(school, ())}
            self._known[school] = tuple(Since(alarm, before.get(alarm, now)) for alarm in found)
        for alarm in found:
            if alarm not in before:
                log.error("%s: planning and exports are stopped (%s): %s", school, alarm.kind, alarm.says)
        if before and not found:
            log.warning("%s: its log is again as it must be; planning and exports go on", school)
        return found
