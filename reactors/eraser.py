"""Carries out what a second person has confirmed to be erased: soon after the confirmation, and at every start.

A crash anywhere loses nothing: the order lies in the log, and the next look goes on with it.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

from commands.erasure import Erasures

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 5.0
"""Seconds between two looks for confirmed erasures; a look reads the school's own stream."""
HELD_FOR: Final = 600.0
"""Seconds after which an erasure that a hold stands against is looked at again."""


class Eraser:
    """Looks after the erasures of every school, in a thread of its own."""

    def __init__(self, erasures: Erasures, schools: Callable[[], Iterable[str]]) -> None:
        """`schools` gives the short names of those to look at, asked anew at each look."""
        self._erasures = erasures
        self._schools = schools
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._ailing: set[str] = set()
        self._resting: dict[str, float] = {}

    def start(self) -> None:
        """Look, again and again, in a thread."""
        self._thread = threading.Thread(target=self._run, name="doorstep-eraser", daemon=True)
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Let the look at hand be the last one; returns at once."""
        self._stopping.set()

    def stop(self) -> None:
        """Look no more; returns when the erasure at hand is done."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join()

    async def look(self) -> None:
        """One look at every school. A school where it fails is logged once and tried at each look."""
        for school in tuple(self._schools()):
            if self._stopping.is_set():
                return
            if time.monotonic() < self._resting.get(school, 0.0):
                continue
            try:
                if await asyncio.to_thread(self._erasures.is_pending, school) and not await self._erasures.finish(
                    school
                ):
                    # A hold was placed after the confirmation. Finding that out reads the whole log: not every time.
                    self._resting[school] = time.monotonic() + HELD_FOR
            except Exception as error:  # noqa: BLE001 - what goes wrong at one school must not stop the others
                if school not in self._ailing:
                    self._ailing.add(school)
                    log.error("an erasure of %s is not finished and is tried again (%s)", school, type(error).__name__)  # noqa: TRY400 - the words may be somebody's
            else:
                self._ailing.discard(school)

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            while not self._stopping.is_set():
                runner.run(self.look())
                self._stopping.wait(LOOK_EVERY)
