"""A bounded memory of what was asked lately, quick to ask: no lock on the way that is taken for every event."""

import threading
from collections.abc import Iterable
from typing import Final, Generic, TypeVar
from uuid import UUID

T = TypeVar("T")

_GENERATION: Final = 25_000


class Remembered(Generic[T]):
    """The last tens of thousands of values by id, the longest unused dropped first. Thread-safe.

    Two generations: what is used moves into the young one; when that is full, it becomes the old one, and the old one
    is dropped. So a hit in the young one is one look into a dict.
    """

    def __init__(self, generation: int = _GENERATION) -> None:
        """Remember at most two generations of this size."""
        self._generation = generation
        self._young: dict[UUID, T] = {}
        self._old: dict[UUID, T] = {}
        self._lock = threading.Lock()
        self.era = 0
        """Raised by every `drop`: what was asked for before it is not put in after it."""

    def __getitem__(self, key_id: UUID) -> T:
        """The value. Raises KeyError where it is not remembered."""
        try:
            return self._young[key_id]
        except KeyError:
            with self._lock:
                value = self._old[key_id] if key_id in self._old else self._young[key_id]
                self._put(key_id, value)
                return value

    def __contains__(self, key_id: UUID) -> bool:
        """Whether it is remembered."""
        return key_id in self._young or key_id in self._old

    def put(self, key_id: UUID, value: T, era: int) -> None:
        """Remember a value that was asked for in `era`; one from before the last drop is not."""
        with self._lock:
            if era == self.era:
                self._put(key_id, value)

    def drop(self, key_ids: Iterable[UUID]) -> None:
        """Forget these."""
        with self._lock:
            self.era += 1
            for key_id in key_ids:
                self._young.pop(key_id, None)
                self._old.pop(key_id, None)

    def _put(self, key_id: UUID, value: T) -> None:
        if len(self._young) >= self._generation:
            self._young, self._old = {}, self._young
        self._young[key_id] = value
