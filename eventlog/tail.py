"""Following a school's log: one LISTEN connection a process, and subscriptions that it wakes.

A notification is only a hint to look. Each subscription also looks as soon as LISTEN is active, when the connection
was made again, when this process appended, and once a second whatever happens: a lost hint costs a second, never an
event. Events become visible in index order, so a subscription that reads on from its index misses none.
"""

import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import psycopg
from eventsourcing.persistence import PersistenceError
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from domain.envelope import Recorded
from eventlog.errors import GapInLog

log = logging.getLogger(__name__)

POLL: Final = 1.0
"""Seconds after which a subscription looks without being told."""
_ALIVE: Final = 30.0
"""Seconds of silence after which the connection is asked whether it still lives."""
_LONGEST_PAUSE: Final = 2.0


class Listener:
    """Hears of appends by all processes and wakes whoever follows the school's log. Thread-safe."""

    def __init__(self, conninfo: str) -> None:
        """Connect when somebody first listens."""
        self._conninfo = conninfo
        self._lock = threading.Lock()
        self._followers: dict[str, set[threading.Event]] = {}
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)  # noqa: FBT003 - the socket's own signature
        self._ringer.setblocking(False)  # noqa: FBT003 - the socket's own signature

    def follow(self, channel: str, woken: threading.Event) -> None:
        """Set `woken` from now on whenever the channel has news."""
        with self._lock:
            self._followers.setdefault(channel, set()).add(woken)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="doorstep-listen", daemon=True)
                self._thread.start()
        self._ring()

    def leave(self, channel: str, woken: threading.Event) -> None:
        """Set it no more."""
        with self._lock:
            self._followers.get(channel, set()).discard(woken)

    def wake(self, channel: str) -> None:
        """Wake the followers of a channel: this process has appended to it."""
        with self._lock:
            followers = tuple(self._followers.get(channel, ()))
        for woken in followers:
            woken.set()

    def close(self) -> None:
        """Stop listening and wake everybody."""
        self._stopping.set()
        self._ring()
        if self._thread is not None:
            self._thread.join()
        self._wake_all()
        self._bell.close()
        self._ringer.close()

    def _ring(self) -> None:
        try:
            self._ringer.send(b"\0")
        except BlockingIOError:
            return  # It is ringing already.

    def _wake_all(self) -> None:
        for channel in self._channels():
            self.wake(channel)

    def _channels(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(self._followers)

    def _run(self) -> None:
        pause = 0.05
        while not self._stopping.is_set():
            try:
                with psycopg.connect(self._conninfo, autocommit=True, application_name="doorstep listen") as connection:
                    pause = 0.05
                    self._listen(connection)
            except psycopg.Error as error:
                log.warning("listening was interrupted (%s); trying again", type(error).__name__)
                self._wake_all()
                self._stopping.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _listen(self, connection: Connection) -> None:
        listening: set[str] = set()
        with selectors.DefaultSelector() as selector:
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(self._bell, selectors.EVENT_READ)
            while not self._stopping.is_set():
                for channel in set(self._channels()) - listening:
                    connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
                    listening.add(channel)
                    # What was appended before LISTEN became active is announced by nobody else.
                    self.wake(channel)
                for notice in connection.notifies(timeout=0):
                    self.wake(notice.channel)
                ready = selector.select(timeout=_ALIVE)
                if not ready:
                    connection.execute("SELECT 1")
                if any(key.fileobj is self._bell for key, _ in ready):
                    self._bell.recv(4096)


class Tail:
    """One follower's place in a school's log; it satisfies `seam.Subscription`. For one thread at a time."""

    def __init__(
        self,
        listener: Listener,
        channel: str,
        read: Callable[[int, int], Sequence[Recorded]],
        from_index: int,
    ) -> None:
        """Follow from an index on; `read(first, last)` reads the log and may raise eventsourcing's errors."""
        self._listener = listener
        self._channel = channel
        self._read = read
        self._next = max(from_index, 1)
        self._woken = threading.Event()
        self._closed = False
        self._reachable = True
        listener.follow(channel, self._woken)

    def next_batch(self, timeout: float, limit: int = 10_000) -> Sequence[Recorded]:
        """Events after the last batch, in index order without gaps; empty after `timeout` seconds of none.

        A lost connection is made again and nothing is missed. While the database cannot be reached there are no
        events: ask the log's `head` to tell that from silence. Raises GapInLog where the log itself has a gap.
        """
        give_up_at = time.monotonic() + timeout
        while True:
            self._woken.clear()
            if self._closed:  # asked after the line above: from here on `close` ends the wait
                break
            batch = self._look(limit)
            if batch:
                self._next = batch[-1].envelope.index + 1
                return batch
            remaining = give_up_at - time.monotonic()
            if remaining <= 0:
                break
            self._woken.wait(min(remaining, POLL))
        return ()

    def close(self) -> None:
        """Let go; a waiting `next_batch` returns empty."""
        self._closed = True
        self._listener.leave(self._channel, self._woken)
        self._woken.set()

    def _look(self, limit: int) -> Sequence[Recorded]:
        try:
            batch = self._read(self._next, self._next + limit - 1)
        except PersistenceError as error:
            if self._reachable:
                log.warning("following %s was interrupted (%s); trying again", self._channel, type(error).__name__)
            self._reachable = False
            return ()
        self._reachable = True
        if batch and batch[-1].envelope.index != self._next + len(batch) - 1:
            # What lies before the gap is delivered; the next look stops at it.
            sound = [one for place, one in enumerate(batch) if one.envelope.index == self._next + place]
            if not sound:
                raise GapInLog(self._channel, self._next)
            return sound
        return batch
