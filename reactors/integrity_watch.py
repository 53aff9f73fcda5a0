"""Looks, again and again, whether each school's log is as it was made and as it was sealed.

At start and daily the catalogue is held against the manifest, each school at a time of its own; once a minute the
sealer's refusals and the server's settings are read. While an alarm stands everything is looked at every minute, so that what was put right is
noticed soon. What is found stops planning and exports (`commands.integrity`).
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from random import SystemRandom
from typing import Final

from commands.integrity import Integrity

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 60.0
"""Seconds between two looks at the sealer's refusals and the settings, and at everything while an alarm stands."""
_DAY: Final = 86_400.0
_SPREAD: Final = 0.2
"""Up to so much earlier than after a day, by chance: schools are not all looked at together, nor at a known moment."""


class IntegrityWatch:
    """Looks at all schools of a database in one thread."""

    def __init__(
        self, integrity: Integrity, schools: Callable[[], Sequence[str]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` gives seconds that never go back; tests bring their own."""
        self._integrity = integrity
        self._schools = schools
        self._clock = clock
        self._chance = SystemRandom()
        self._next: dict[str, float] = {}
        self._ailing: set[str] = set()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look, again and again, in a thread."""
        self._thread = threading.Thread(target=self._run, name="doorstep-integrity-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more; returns when the look at hand is done."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def look(self) -> None:
        """One look at every school. One that cannot be looked at is logged once and tried at the next look."""
        for school in self._schools():
            if self._stopping.is_set():
                return
            try:
                self._look_at(school)
            except Exception as error:  # noqa: BLE001 - the watch must outlive whatever happens to one school
                if school not in self._ailing:
                    log.warning("whether the log of %s is whole cannot be seen (%s)", school, type(error).__name__)
                self._ailing.add(school)
            else:
                self._ailing.discard(school)

    def _look_at(self, school: str) -> None:
        if self._clock() < self._next.get(school, 0.0) and not self._integrity.known(school):
            self._integrity.look_again(school)
            return
        self._integrity.look(school)
        self._next[school] = self._clock() + _DAY * (1 - self._chance.uniform(0, _SPREAD))

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.look()
            self._stopping.wait(LOOK_EVERY)
