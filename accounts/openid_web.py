"""What is asked of a provider's servers: few at once, not for long, not much, and never where they point elsewhere.

However slow a provider is, it holds up a few of the threads that answer people and no more: who reports a fact is never
kept waiting by who signs in.
"""

import threading
import time
from collections.abc import Mapping
from typing import Any, Final

import httpx2
import msgspec

from accounts.errors import TooBusyError
from accounts.openid_settings import is_safe

AT_ONCE: Final = 4
WAITING: Final = 6
_PATIENCE: Final = 5.0
"""Seconds for each of connecting, sending and reading."""
LONGEST: Final = 15.0
"""Seconds until an answer is there whole, however it trickles in."""
_LARGEST: Final = 512 * 1024
_BUSY: Final = "Many people are signing in at this moment. Try again in a few seconds"
_DONE: Final = 200


class AwayError(Exception):
    """Nothing that can be used was answered; the message is in words of ours."""


class Web:
    """Asks, and reads JSON. Thread-safe; blocks."""

    def __init__(self, longest: float = LONGEST) -> None:
        """Nothing is opened before it is needed. An answer that has not come whole in `longest` seconds is none."""
        self._longest = longest
        self._client: httpx2.Client | None = None
        self._lock = threading.Lock()
        self._running = threading.Semaphore(AT_ONCE)
        self._places = threading.BoundedSemaphore(AT_ONCE + WAITING)

    def read(self, address: str) -> dict[str, Any]:
        """A document. Raises AwayError, TooBusyError."""
        return self._ask("GET", address)

    def send(self, address: str, form: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """What a form is answered with. Raises AwayError, TooBusyError."""
        return self._ask("POST", address, data=dict(form), headers=dict(headers))

    def _ask(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        if not is_safe(address):
            message = "an address without TLS"
            raise AwayError(message)
        if not self._places.acquire(blocking=False):
            raise TooBusyError(_BUSY)
        try:
            with self._running:
                return self._answer(method, address, **more)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            message = f"no answer ({type(error).__name__})"
            raise AwayError(message) from None
        finally:
            self._places.release()

    def _answer(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        body, until = bytearray(), time.monotonic() + self._longest
        with self._opened().stream(method, address, **more) as response:
            for part in response.iter_bytes():
                body += part
                if time.monotonic() > until:
                    message = "an answer that does not end"
                    raise AwayError(message)
                if len(body) > _LARGEST:
                    message = "an answer that is too large"
                    raise AwayError(message)
        if response.status_code != _DONE:
            message = f"status {response.status_code}"
            raise AwayError(message)
        try:
            return msgspec.json.decode(bytes(body), type=dict[str, Any])
        except msgspec.MsgspecError:
            message = "an answer that is no JSON object"
            raise AwayError(message) from None

    def _opened(self) -> httpx2.Client:
        with self._lock:
            if self._client is None:
                self._client = httpx2.Client(
                    timeout=_PATIENCE,
                    follow_redirects=False,
                    headers={"Accept": "application/json"},
                    limits=httpx2.Limits(max_keepalive_connections=0),  # nothing stays open between two sign-ins
                )
            return self._client
