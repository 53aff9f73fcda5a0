"""Keeping what people read: what was kept a moment ago, and what is kept as soon as possible.

One of each a process. The same person who opens the same page of the same record again within a minute, from the same
device and in the same roles, is on record already: a page that refreshes itself leaves one event a minute.
"""

import asyncio
import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from commands.bus import Bus, Sender
from domain.access.commands import AccessCommand
from domain.refusal import NotPermitted, Unknown

log = logging.getLogger(__name__)

AGAIN: Final = timedelta(seconds=60)
"""How long a reading stands for the same one again."""
OVERDUE: Final = timedelta(seconds=60)
"""What could not be kept for so long is told to monitors and to the DSL."""
_REMEMBERED: Final = 20_000
_MOST_WAITING: Final = 10_000
_PAUSE: Final = 0.5


class Recent:
    """What was kept within the last minute. Thread-safe."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[datetime, int]] = OrderedDict()

    def index_of(self, look: Hashable, now: datetime) -> int | None:
        """The index of the same look, where it was kept less than a minute ago."""
        with self._lock:
            at, index = self._kept.get(look, (None, 0))
            return index if at is not None and timedelta() <= now - at < AGAIN else None

    def note(self, look: Hashable, now: datetime, index: int) -> None:
        """It is durable."""
        with self._lock:
            self._kept[look] = (now, index)
            self._kept.move_to_end(look)
            while len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)


class Waiting(NamedTuple):
    """A look that was shown and is not on record yet."""

    school: str
    command: AccessCommand
    sender: Sender
    since: datetime


class Later:
    """Keeps what is shown at once, the board and the contact card, as soon as the log takes it. Thread-safe.

    In a thread of its own, which lives only while something waits. A crash loses what waits here: at most what was shown
    while the log could not be reached.
    """

    def __init__(self, bus: Bus) -> None:
        """Nothing waits."""
        self._bus = bus
        self._lock = threading.Lock()
        self._waiting: deque[Waiting] = deque()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._lost = 0

    def put(self, school: str, command: AccessCommand, sender: Sender) -> None:
        """Keep it as soon as possible; returns at once."""
        with self._lock:
            if len(self._waiting) >= _MOST_WAITING:
                self._waiting.popleft()
                self._lost += 1
            self._waiting.append(Waiting(school, command, sender, self._bus.now()))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="doorstep-keep-looks", daemon=True)
                self._thread.start()

    def overdue(self, school: str = "") -> int:
        """How many looks (of one school, or of all) are not on record although they were shown over a minute ago."""
        now = self._bus.now()
        with self._lock:
            late = sum(now - one.since > OVERDUE for one in self._waiting if school in {"", one.school})
            return late + self._lost

    def settle(self, timeout: float = 10) -> bool:
        """Wait until nothing waits; whether that came."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return not self._waiting

    def stop(self) -> None:
        """Try what waits once more, and give up."""
        self._stopping.set()
        if not self.settle():
            log.warning("%d looks that were shown are not on record", len(self._waiting))

    def _run(self) -> None:
        asyncio.run(self._keep_all())

    async def _keep_all(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._thread = None
                    return
                one = self._waiting[0]
            if not await self._kept(one):
                if self._stopping.is_set():
                    return
                await asyncio.sleep(_PAUSE)
                continue
            # It is durable, or about nothing: the next one.
            with self._lock:
                if self._waiting and self._waiting[0] is one:
                    self._waiting.popleft()

    async def _kept(self, one: Waiting) -> bool:
        try:
            await self._bus.send(one.school, one.command, one.sender)
        except (Unknown, NotPermitted) as error:
            log.warning("a look is not kept: what was looked at is not there (%s)", type(error).__name__)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again, and told by `overdue`
            log.warning("a look waits to be kept (%s)", type(error).__name__)
            return False
        return True
