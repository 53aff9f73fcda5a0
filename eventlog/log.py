"""One school's log: the seam's `SchoolLog` over the recorder."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import Final

from eventsourcing.persistence import InterfaceError, InternalError, OperationalError

from domain.envelope import Recorded
from domain.ids import CommandId, EventId, SchoolSlug, Stream
from eventlog.codec import Codec
from eventlog.errors import LogUnavailable
from eventlog.pools import PATIENCE, UNKNOWN_OUTCOME, Pool, patiently
from eventlog.recorder import Range, Request, SchoolRecorder
from eventlog.rows import payloads, read_event, show_event
from eventlog.seam import Appended, Claims, Write
from eventlog.tail import Listener, Tail

log = logging.getLogger(__name__)

BATCH: Final = 5_000
"""Events fetched at a time by `read_log`."""


class PostgresLog:
    """One school's log in PostgreSQL; it satisfies `seam.SchoolLog`. Thread-safe."""

    def __init__(
        self, recorder: SchoolRecorder, codec: Codec, pool: Pool, listener: Listener, threads: ThreadPoolExecutor
    ) -> None:
        """Made by `Store.log`; all but the recorder are shared by the schools of the store."""
        self.school: SchoolSlug = recorder.school
        self._recorder = recorder
        self._codec = codec
        self._pool = pool
        self._listener = listener
        self._threads = threads
        # Appends of this process wait here, without a connection, rather than each in a session of the server.
        self._turn = threading.Lock()
        self._calls: list[Callable[[int], None]] = []

    async def append(
        self, command_id: CommandId, fingerprint: bytes, writes: Sequence[Write], claims: Claims = Claims()
    ) -> Appended:
        """Append atomically over streams, once per command id, and answer after the commit.

        Raises VersionConflict, ClaimTaken, CommandReused; UnknownTopic, EventIdReused and ValueError for events that
        cannot be stored; LogUnavailable when the outcome is unknown: the same id may be sent again.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self.append_now, command_id, fingerprint, writes, claims)

    def append_now(
        self, command_id: CommandId, fingerprint: bytes, writes: Sequence[Write], claims: Claims = Claims()
    ) -> Appended:
        """The same as `append`, for callers outside an event loop; it blocks until the commit."""
        if claims.holder is None and (claims.take or claims.release):
            message = "Claims are taken and released by a holder: name the stream."
            raise ValueError(message)
        request = Request(command_id, fingerprint, writes, payloads(self._codec, writes), claims)
        attempts = count()
        appended = patiently(self._pool, lambda: self._in_turn(request, again=next(attempts) > 0), UNKNOWN_OUTCOME)
        if not appended.duplicate and appended.recorded:
            self._tell(appended.last_index)
        return appended

    def lookup(self, command_id: CommandId, fingerprint: bytes | None = None) -> Appended | None:
        """What this command id stored, or None: the truth after a lost connection.

        Raises CommandReused where it stored other content than what `fingerprint` stands for.
        """
        found = patiently(self._pool, lambda: self._recorder.find(command_id, fingerprint))
        return None if found is None else self._duplicate(found)

    def read(self, stream: Stream, up_to_version: int | None = None) -> tuple[Recorded, ...]:
        """A stream's events in order; empty for a stream that does not exist.

        Raises UnreadableEvent (UnknownTopic): nothing is decided on a stream that cannot be read whole.
        """
        rows = patiently(self._pool, lambda: self._recorder.of_stream(stream, up_to_version))
        return tuple(read_event(row, self.school, self._codec) for row in rows)

    def read_log(self, from_index: int = 1, limit: int | None = None) -> Iterator[Recorded]:
        """The school's events from an index on, in order, fetched in batches of bounded memory.

        An event that cannot be read is there as `codec.Unreadable`. Ends at the log's head of this moment.
        """
        first = max(from_index, 1)
        last = self.head() if limit is None else min(self.head(), first + limit - 1)
        while first <= last:
            until = min(first + BATCH - 1, last)
            yield from patiently(self._pool, partial(self._show, first, until))
            first = until + 1

    def event(self, event_id: EventId) -> Recorded | None:
        """One event by its id; as `codec.Unreadable` where it cannot be read."""
        row = patiently(self._pool, lambda: self._recorder.one(event_id))
        return None if row is None else show_event(row, self.school, self._codec)

    def head(self) -> int:
        """The index of the last event; 0 for an empty log."""
        return patiently(self._pool, self._recorder.head)

    def holder_of(self, claim: str) -> Stream | None:
        """The stream that holds a claim now."""
        return patiently(self._pool, lambda: self._recorder.holder(claim))

    def subscribe(self, from_index: int = 1) -> Tail:
        """A tail of the log from an index on; sees every event once, in order, however many write.

        An event that cannot be read is there as `codec.Unreadable`.
        """
        return Tail(self._listener, self._recorder.channel_name, self._show_fresh, from_index)

    def on_append(self, call: Callable[[int], None]) -> None:
        """Call back (from any thread, quickly) with the new head after each append by this process."""
        self._calls.append(call)

    def _in_turn(self, request: Request, *, again: bool) -> Appended:
        if not self._turn.acquire(timeout=PATIENCE):
            message = "Too many are waiting to be stored. Sending it again with the same id is safe."
            raise LogUnavailable(message)
        try:
            outcome = self._recorder.append(request)
        finally:
            self._turn.release()
        if isinstance(outcome, Range):
            appended = self._duplicate(outcome)
            # An earlier attempt may have been committed as its connection was lost: then this is no duplicate.
            ours = [payload.new.event_id for payload in request.payloads]
            stored = [one.envelope.event_id for one in appended.recorded]
            return appended._replace(duplicate=not again or ours != stored)
        recorded = outcome.placing.recorded(self.school, request.command_id, outcome.recorded_at)
        return Appended(outcome.placing.first_index, outcome.placing.last_index, duplicate=False, recorded=recorded)

    def _duplicate(self, found: Range) -> Appended:
        recorded = tuple(self._show(found.first_index, found.last_index))
        return Appended(found.first_index, found.last_index, duplicate=True, recorded=recorded)

    def _show(self, first: int, last: int) -> list[Recorded]:
        return [show_event(row, self.school, self._codec) for row in self._recorder.between(first, last)]

    def _show_fresh(self, first: int, last: int) -> list[Recorded]:
        """The same for a tail, which itself comes back: one more try after the dead connections are cleared out."""
        try:
            return self._show(first, last)
        except (OperationalError, InterfaceError, InternalError):
            if self._pool.closed:
                return []
            self._pool.check()
            return self._show(first, last)

    def _tell(self, head: int) -> None:
        self._listener.wake(self._recorder.channel_name)
        for call in self._calls:
            try:
                call(head)
            except Exception:  # The events are stored, whatever a listener makes of it.
                log.exception("a listener to appends failed")
