"""One school's data keys: a fresh one for each new subject, the right one for each event, none for what is erased.

Rules
- A fresh key is durable in the key database, and then in the second place, before it is handed out.
- A key that is neither there nor erased is lost: that is said, and never is another made in its place.
- An erasure is durable in the key database first, then in the second place, then in memory. A crash between these
  steps is finished when the school's keyring is next opened (`Keyrings.of`), which compares the two places.
"""

import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg.errors import InsufficientPrivilege

from eventlog.keys.errors import KeyAltered, KeyLost
from eventlog.keys.keks import Keks
from eventlog.keys.key_database import KeyDatabase, Tombstone, WrappedKey
from eventlog.keys.remembered import Remembered
from eventlog.keys.second_place import SecondPlace
from eventlog.keys.wrapping import cipher_of, new_key, unwrap, wrap

BATCH: Final = 64
"""Keys made at a time, with one commit and one sync for all of them, while few are used."""
LARGEST_BATCH: Final = 1024
"""Keys made at a time where they are used up within `_QUICKLY`: each batch is then twice the last."""
_QUICKLY: Final = 1.0
"""Seconds between two batches."""
RESTORE: Final = (
    "Restore the key database from a backup that is newer than the key, or bring it up from the second place of the"
    " keys (`doorstep keys restore`)."
)


class DataKey(NamedTuple):
    """A data key, ready for use."""

    id: UUID
    cipher: AESGCM


class Keyring:
    """One school's keys. Thread-safe. Made by `Keyrings.of`. Every method that asks raises KeyUnavailable."""

    def __init__(
        self, school: str, keks: Keks, database: KeyDatabase, second_place: SecondPlace, secret: bytes
    ) -> None:
        """All but the second place and the secret are shared by the schools of the process."""
        self.school = school
        self._keks = keks
        self._database = database
        self._second_place = second_place
        self._secret = secret
        self._spares: deque[DataKey] = deque()
        self._minting = threading.Lock()
        self._batch = BATCH
        self._minted_at = -_QUICKLY
        self._known: Remembered[DataKey | None] = Remembered()
        self._stones: dict[UUID, Tombstone] = {}

    def fresh(self) -> DataKey:
        """A key that was never used before, durable in both places. Instant, while there are spares.

        Raises SecondPlaceUnusable where it cannot be kept twice, KeyFileUnusable where it cannot be wrapped.
        """
        while True:
            try:
                made = self._spares.popleft()
            except IndexError:
                self.refill()
            else:
                self._known.put(made.id, made, self._known.era)
                return made

    def low(self) -> bool:
        """Whether it is time to `refill`, in a thread, ahead of need."""
        return len(self._spares) < self._batch // 2

    def lacks(self, count: int) -> bool:
        """Whether so many fresh keys cannot be had at once."""
        return len(self._spares) < count

    def refill(self, count: int = BATCH) -> None:
        """Have at least `count` spares. Blocks for a commit and a sync. Raises as `fresh`."""
        with self._minting:
            # Whoever waited here finds the spares that another thread has made meanwhile.
            if len(self._spares) < max(count, self._batch // 2):
                quickly = time.monotonic() - self._minted_at < _QUICKLY
                self._batch = min(self._batch * 2, LARGEST_BATCH) if quickly else BATCH
                self._spares.extend(self._mint(max(count - len(self._spares), self._batch)))
                self._minted_at = time.monotonic()

    def get(self, key_id: UUID) -> DataKey | None:
        """The key; None where it was erased.

        Raises KeyLost where there is neither key nor tombstone, KeyAltered where it does not open.
        """
        try:
            return self._known[key_id]
        except KeyError:
            return self._asked(key_id)

    def load(self, key_ids: Iterable[UUID]) -> None:
        """Fetch many in one query, so that `get` need not ask; `get` tells of those that are lost or altered."""
        wanted = [key_id for key_id in set(key_ids) if key_id not in self._known]
        if wanted:
            self._fetch(wanted)

    def tombstone(self, key_id: UUID) -> Tombstone | None:
        """When and under which rule a key was erased; None where it was not. Raises as `get`."""
        return None if self.get(key_id) is not None else self.tombstone_of(key_id)

    def tombstone_of(self, key_id: UUID) -> Tombstone:
        """When and under which rule a key that is known to be erased was. Raises KeyLost where no tombstone stands."""
        if key_id not in self._stones:
            self._fetch([key_id])
        if key_id not in self._stones:
            raise KeyLost(self.school, key_id, RESTORE)
        return self._stones[key_id]

    def secret(self) -> bytes:
        """32 bytes for keyed hashes (command fingerprints, claims); no erasure of a subject touches it."""
        return self._secret

    def destroy(self, key_ids: Sequence[UUID], rule: str, event_id: UUID, erased_at: datetime | None = None) -> None:
        """Erase keys, for good, everywhere. Doing it again changes nothing.

        `rule` is the retention rule, `event_id` the event that tells of it; both stay in the tombstones.
        `erased_at` is now unless it is given. Raises SecondPlaceUnusable: then the next opening finishes it.
        """
        if "\n" in rule:
            message = "A rule is one line."
            raise ValueError(message)
        at = erased_at or datetime.now(UTC)
        stones = [Tombstone(key_id, at, rule, event_id) for key_id in dict.fromkeys(key_ids)]
        self._database.destroy(self.school, stones)
        # After this line nobody is given the keys any more; a crash leaves them, wrapped, in the second place until
        # this school's keyring is next opened.
        self.forget(key_ids)
        self._second_place.erase(stones)

    def forget(self, key_ids: Iterable[UUID]) -> None:
        """Drop keys from memory, on news that another process erased them.

        Where that was on another machine, this one's second place lets go of them when its keyring is next opened.
        """
        self._known.drop(key_ids)

    def _mint(self, count: int) -> list[DataKey]:
        plain = {uuid4(): new_key() for _ in range(count)}
        wrapped = self._wrapped(plain)
        try:
            self._database.add(self.school, wrapped)
        except InsufficientPrivilege:
            # Our key-encryption key was retired by a rotation since we read the file.
            self._keks.read_again()
            wrapped = self._wrapped(plain)
            self._database.add(self.school, wrapped)
        # After this line they are durable once; a crash leaves keys that nobody used, and the next opening writes
        # them to the second place.
        self._second_place.add(wrapped)
        return [DataKey(key_id, cipher_of(key)) for key_id, key in plain.items()]

    def _wrapped(self, plain: dict[UUID, bytes]) -> list[WrappedKey]:
        kek = self._keks.current
        return [WrappedKey(key_id, wrap(kek, self.school, key_id, key), kek.id) for key_id, key in plain.items()]

    def _asked(self, key_id: UUID) -> DataKey | None:
        found = self._fetch([key_id])
        if key_id not in found:
            raise KeyLost(self.school, key_id, RESTORE)
        key = found[key_id]
        if isinstance(key, KeyAltered):
            raise key
        return key

    def _fetch(self, key_ids: Sequence[UUID]) -> dict[UUID, DataKey | KeyAltered | None]:
        """What the key database says of each; what it does not know is left out."""
        era = self._known.era
        keys, stones = self._database.find(self.school, key_ids)
        found: dict[UUID, DataKey | KeyAltered | None] = {}
        for wrapped in keys:
            try:
                plain = unwrap(self._keks.named(wrapped.kek_id), self.school, wrapped.key_id, wrapped.wrapped)
            except KeyAltered as altered:
                found[wrapped.key_id] = altered
                continue
            made = found[wrapped.key_id] = DataKey(wrapped.key_id, cipher_of(plain))
            self._known.put(made.id, made, era)
        for stone in stones:
            # Where a restore left both, the tombstone wins.
            found[stone.key_id] = None
            self._stones[stone.key_id] = stone
            self._known.put(stone.key_id, None, era)
        return found
