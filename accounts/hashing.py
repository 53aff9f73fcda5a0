"""Argon2id. Only a few run at once, and only a few may wait: a flood of sign-ins takes neither all memory nor all threads."""

import threading
from typing import Final

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from accounts.errors import TooBusyError
from accounts.password_rules import normal

AT_ONCE: Final = 2
"""Of 64 MiB each."""
WAITING: Final = 8
_BUSY: Final = "Many people are signing in at this moment. Try again in a few seconds"


class Hasher:
    """Hashes and checks passwords. Thread-safe; blocks for about a fifth of a second."""

    def __init__(self, parameters: Parameters = RFC_9106_LOW_MEMORY) -> None:
        """The parameters are RFC 9106's second recommended ones; cheaper ones are for tests only."""
        self._argon2 = PasswordHasher.from_parameters(parameters)
        self._running = threading.Semaphore(AT_ONCE)
        self._places = threading.BoundedSemaphore(AT_ONCE + WAITING)
        self._of_nobody = self._argon2.hash("the password of nobody at all")

    def hash(self, password: str) -> str:
        """The hash to keep. Raises TooBusyError."""
        with _Place(self):
            return self._argon2.hash(normal(password))

    def fits(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one that was hashed; without a kept hash the same work is done for nothing.

        Raises TooBusyError.
        """
        with _Place(self):
            try:
                self._argon2.verify(kept or self._of_nobody, normal(password))
            except (VerificationError, InvalidHashError):
                return False
            return kept is not None

    def is_old(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._argon2.check_needs_rehash(kept)


class _Place:
    """One of the few places, for as long as the block lasts. Raises TooBusyError."""

    def __init__(self, hasher: Hasher) -> None:
        self._hasher = hasher

    def __enter__(self) -> None:
        if not self._hasher._places.acquire(blocking=False):  # noqa: SLF001 - a part of it
            raise TooBusyError(_BUSY)
        self._hasher._running.acquire()  # noqa: SLF001 - as above

    def __exit__(self, *_: object) -> None:
        self._hasher._running.release()  # noqa: SLF001 - as above
        self._hasher._places.release()  # noqa: SLF001 - as above
