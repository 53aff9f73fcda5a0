"""An alarm about a school's log stops planning and exports, and never a fact (design law 1).

Before the first plan of a process its school's log is looked at; `reactors.integrity_watch` looks again from time to time.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Final

from domain.command import Command, CommandKind
from domain.erasure.commands import PlaceHold, RecordErased
from domain.need import always
from domain.refusal import Refused
from domain.school.commands import TakeBackExport
from domain.shared.commands import ConfirmSpokenWord, CorrectEvent, DisownSpokenWord, ExplainDeviation, ReviewHistory
from domain.staff.commands import EndRole, RegisterNumber
from domain.trip.commands import CallOffTrip, LodgeWhereabouts, NameWatcher
from domain.visit.commands import MoveVisitToPupil, RefuseVisit
from eventlog.integrity import Alarm
from eventlog.store import Store

log = logging.getLogger(__name__)

GOES_ON: Final[frozenset[type[Command]]] = frozenset({
    # takes back, or puts right, what stands
    *(CorrectEvent, ConfirmSpokenWord, DisownSpokenWord, ExplainDeviation, ReviewHistory, MoveVisitToPupil),
    *(RefuseVisit, CallOffTrip, TakeBackExport, EndRole, PlaceHold),
    # looks after those who are out already
    *(NameWatcher, LodgeWhereabouts, RegisterNumber),
    # has happened: the keys are gone
    RecordErased,
})  # fmt: skip
"""Plans that nobody is helped by stopping."""
_SAYS: Final = (
    "How this school's record is kept is not as Doorstep left it, so nothing new is planned and nothing is exported until"
    " the person who looks after Doorstep has found out why. Show them this. Whatever happens is still taken down:"
    " leaving, arriving, concerns, coming back"
)


def stops(command: type[Command]) -> bool:
    """Whether an alarm stops such a command."""
    return command.KIND is CommandKind.PLAN and command not in GOES_ON


class Integrity:
    """What is known to be wrong with each school's log. Thread-safe."""

    def __init__(self, store: Store) -> None:
        """Nothing is looked at yet."""
        self._store = store
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Alarm, ...]] = {}

    def of(self, school: str) -> tuple[Alarm, ...]:
        """What is wrong, as seen last; looked for quickly where nobody has looked yet. Blocks. Raises LogUnavailable."""
        known = self.known(school)
        return self._keep(school, lambda slug: self._store.alarms(slug, whole=False)) if known is None else known

    def known(self, school: str) -> tuple[Alarm, ...] | None:
        """What was wrong when somebody looked last; None where nobody has."""
        with self._lock:
            return self._known.get(school)

    def raised(self) -> Mapping[str, tuple[Alarm, ...]]:
        """The schools whose alarms stand."""
        with self._lock:
            return {school: found for school, found in self._known.items() if found}

    def look(self, school: str) -> tuple[Alarm, ...]:
        """Look at everything now. Blocks. Raises UnknownSchool, LogUnavailable: what was known stands then."""
        return self._keep(school, self._store.alarms)

    def look_at_the_sealer(self, school: str) -> tuple[Alarm, ...]:
        """Look whether the sealer refuses, and leave what else is known as it is. Blocks; raises as `look`."""
        rest = tuple(alarm for alarm in self.of(school) if alarm.kind != "sealer")
        return self._keep(school, lambda slug: (*rest, *self._store.sealer_alarms(slug)))

    def refuse(self, school: str) -> None:
        """Raise Refused where an alarm stands; `of` was asked before."""
        if self.known(school):
            raise Refused((always("record.altered", _SAYS, who=("the person who looks after Doorstep",)),))

    def _keep(self, school: str, look: Callable[[str], tuple[Alarm, ...]]) -> tuple[Alarm, ...]:
        found = look(school)
        with self._lock:
            before = self._known.get(school, ())
            self._known[school] = found
        for alarm in found:
            if alarm not in before:
                log.error("%s: planning and exports are stopped (%s): %s", school, alarm.kind, alarm.says)
        if before and not found:
            log.warning("%s: its log is again as it must be; planning and exports go on", school)
        return found
