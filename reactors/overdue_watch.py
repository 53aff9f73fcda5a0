"""The overdue watch: raises an alarm within a second of the time that passed, whatever happened meanwhile.

Times are instants and are worked out anew at each look, so midnight, clock changes and restarts change nothing; what
fell due while the program was off is found at the first look. Any number of watches may run: the decision is made on
the trip's own stream, so each time is raised once. A crash anywhere here loses nothing: the next look finds it again.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from commands.bus import Bus, Sender
from domain.ids import DOORSTEP, NAMESPACE, CommandId, TripId
from domain.trip.commands import RaiseOverdue
from domain.trip.rules.overdue import Due, dues, past_due
from domain.trip.state import TripState
from eventlog.errors import LogUnavailable
from eventlog.store import Store
from reactors.open_trips import OpenTrips

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5
"""Seconds between two looks at every school; one to which something is appended, or whose time comes, is looked at then."""
_BREATH = 0.05
"""Seconds that lie between two looks at least, however much is being appended."""
_JUST_AFTER = timedelta(milliseconds=2)


class OverdueWatch:
    """Watches every school's open trips, each by itself, in one thread with an event loop of its own."""

    def __init__(
        self, bus: Bus, store: Store, schools: Callable[[], Iterable[str]], clock: Callable[[], datetime]
    ) -> None:
        """`schools` gives the short names of those to watch, asked anew at each look; `clock` is the bus's own."""
        self._bus = bus
        self._store = store
        self._schools = schools
        self._clock = clock
        self._open: dict[str, OpenTrips] = {}
        self._looked: dict[str, datetime] = {}
        self._coming: dict[str, datetime | None] = {}
        self._round: datetime | None = None
        self._known: frozenset[str] = frozenset()
        self._ailing: set[str] = set()
        self._broken: set[TripId] = set()
        self._appended: deque[str] = deque()
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def last_tick(self) -> datetime | None:
        """When every school had last been looked at; None before that, and while one of them never was."""
        looked, known = dict(self._looked), self._known
        if not known:
            return self._round
        return min(looked[one] for one in known) if looked.keys() >= known else None

    def looked_at(self, school: str) -> datetime | None:
        """When this school was last looked at whole, and what had passed was raised; None before."""
        return self._looked.get(school)

    def start(self) -> None:
        """Look, again and again, in a thread."""
        self._thread = threading.Thread(target=self._run, name="doorstep-overdue-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more; returns when the look at hand is done."""
        self._stopping.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join()

    async def look(self) -> None:
        """One look at every school. A school that cannot be looked at is logged once and tried at each look."""
        slugs = self._slugs()
        self._known = frozenset(slugs)
        await self._look_at_each(slugs)
        self._round = self._clock() if "" not in self._ailing else self._round

    async def _look_at_each(self, schools: Iterable[str]) -> None:
        for school in schools:
            if self._stopping.is_set():
                return
            try:
                coming = await self._look_at(school)
            except Exception as error:  # noqa: BLE001 - the watch must outlive whatever happens to one school
                self._failed(school, error)
            else:
                self._coming[school] = coming
                self._looked[school] = self._clock()
                self._well(school)

    def _called_for(self) -> set[str]:
        """The schools to which something was appended since, and those of which a time has come."""
        now = self._clock()
        called = {school for school, at in self._coming.items() if at is not None and at < now}
        while self._appended:
            called.add(self._appended.popleft())
        return called & self._known

    def _slugs(self) -> tuple[str, ...]:
        try:
            slugs = tuple(self._schools())
        except Exception as error:  # noqa: BLE001 - as above: those known already are looked at
            self._failed("", error)
            return tuple(self._known)
        self._well("")
        return slugs

    async def _look_at(self, school: str) -> datetime | None:
        if school not in self._open:
            self._open[school] = OpenTrips(self._store, school)
            self._store.log(school).on_append(lambda _head: self._wake_for(school))
        trips = self._open[school]
        trips.catch_up()
        if not trips.out:
            return None
        _, known = self._bus.knowledge(school).at_head()
        now = self._clock()
        coming: list[datetime] = []
        for trip in trips.out:
            try:
                policy, visits = known.policy_of(trip, now), trips.visits(trip)
                for due in past_due(policy, trip, visits, now):
                    await self._raise(school, trip, due)
                coming.extend(due.at for due in dues(policy, trip, visits) if due.at >= now)
            except LogUnavailable:
                raise  # Then nothing was looked at, and the heartbeat says so.
            except Exception:  # one trip must not hold up the others; the board turns it red by itself
                if trip.id not in self._broken:
                    self._broken.add(trip.id)
                    log.exception("the watch of %s cannot raise trip %s; it keeps trying", school, trip.id)
        return min(coming, default=None)

    def _wake_for(self, school: str) -> None:
        self._appended.append(school)
        self._woken.set()

    async def _raise(self, school: str, trip: TripState, due: Due) -> None:
        command = RaiseOverdue(trip=trip.id, about=due.about, due_at=due.at, visit=due.visit)
        await self._bus.send(school, command, Sender(DOORSTEP, command_id_for(trip, due)))
        # After this line the alarm is durable; before it, the next look raises it under the same command id.

    def _failed(self, school: str, error: Exception) -> None:
        if school not in self._ailing:
            self._ailing.add(school)
            name = type(error).__name__
            if isinstance(error, LogUnavailable):
                log.warning("the watch of %s waits for the database (%s)", school or "all schools", name)
            else:
                log.error("the watch cannot look at %s; it keeps trying", school or "the schools", exc_info=error)

    def _well(self, school: str) -> None:
        if school in self._ailing:
            self._ailing.discard(school)
            log.info("the watch looks at %s again", school)

    def _run(self) -> None:
        everyone_at = 0.0
        with asyncio.Runner() as runner:
            while not self._stopping.is_set():
                if time.monotonic() >= everyone_at:
                    everyone_at = time.monotonic() + LOOK_EVERY
                    runner.run(self.look())
                else:
                    runner.run(self._look_at_each(self._called_for()))
                self._stopping.wait(_BREATH)
                self._woken.wait(min(self._pause(), max(everyone_at - time.monotonic(), 0.0)))
                self._woken.clear()

    def _pause(self) -> float:
        """Seconds to the next time that comes. The wait is short, so that a clock that was put right is noticed."""
        known: Mapping[str, datetime | None] = self._coming
        soonest = min((at for at in known.values() if at is not None), default=None)
        if soonest is None:
            return LOOK_EVERY
        left = (soonest + _JUST_AFTER - self._clock()).total_seconds()
        return min(max(left, 0.0), LOOK_EVERY)


def command_id_for(trip: TripState, due: Due) -> CommandId:
    """The same for every watch that sees this trip at this version: sent twice is raised once (DV-09).

    The version is part of it, so that an alarm somebody wrongly took back, or a time that passes again after people
    left again, is raised anew.
    """
    door: UUID | str = due.visit or ""
    return CommandId(uuid5(NAMESPACE, f"overdue/{trip.id}/{trip.version}/{due.about}/{door}/{due.at.isoformat()}"))
