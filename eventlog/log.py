"""One school's log: the seam's `SchoolLog` over the recorder."""

import asyncio
import hmac
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Final, NamedTuple
from uuid import UUID

import psycopg
from eventsourcing.persistence import InterfaceError, InternalError, OperationalError

from domain.envelope import Recorded
from domain.ids import CommandId, EventId, SchoolSlug, Stream
from eventlog import pools
from eventlog.appending import NotStored, Stored
from eventlog.codec import Codec
from eventlog.committer import Committers, SchoolQueue
from eventlog.errors import LogUnavailable
from eventlog.keys.errors import KeyFileUnusable, KeyUnavailable, SecondPlaceUnusable
from eventlog.keys.keyring import Keyring
from eventlog.pools import UNKNOWN_OUTCOME, Pool, patiently
from eventlog.recorder import Range, SchoolRecorder
from eventlog.refusals import judge
from eventlog.rows import Reader, payloads
from eventlog.school_roles import acts_for_another
from eventlog.sealing import Draft, Ready, Sealing
from eventlog.seam import Appended, Claims, Write
from eventlog.tail import Listener, Tail

log = logging.getLogger(__name__)

BATCH: Final = 250
"""Events fetched at a time by `read_log`."""
_LOST: Final = (OperationalError, InterfaceError, InternalError, psycopg.OperationalError, psycopg.InterfaceError)


class Shared(NamedTuple):
    """What the logs of all schools of a process share."""

    codec: Codec
    pool: Pool
    listener: Listener
    threads: ThreadPoolExecutor
    committers: Committers


class PostgresLog:
    """One school's log in PostgreSQL; it satisfies `seam.SchoolLog`. Thread-safe."""

    def __init__(self, recorder: SchoolRecorder, keyring: Keyring, shared: Shared) -> None:
        """Made by `Store.log`."""
        self.school: SchoolSlug = recorder.school
        self._recorder = recorder
        self._keyring = keyring
        self._codec, self._pool, self._listener, self._threads, self._committers = shared
        self._reader = Reader(recorder.school, self._codec, keyring)
        self._sealing = Sealing(recorder, keyring)
        self._queue = SchoolQueue(recorder.call, recorder.clock, self._tell)
        # Callers outside the committing loop wait here, without a connection, rather than each in a server's session.
        self._turn = threading.Lock()
        self._refilling = threading.Lock()
        self._calls: list[Callable[[int], None]] = []

    async def append(
        self, command_id: CommandId, fingerprint: bytes, writes: Sequence[Write], claims: Claims = Claims()
    ) -> Appended:
        """Append atomically over streams, once per command id, and answer after the commit.

        In the loop that the store commits in, callers share commits; elsewhere each has its own.
        Raises VersionConflict, ClaimTaken, CommandReused; UnknownTopic, PayloadTooLarge, EventIdReused and ValueError
        for events that cannot be stored; LogUnavailable when the outcome is unknown: the same id may be sent again.
        """
        loop = asyncio.get_running_loop()
        committer = self._committers.of(loop)
        # In the school's role that is acted in here, in whatever thread.
        alone = partial(copy_context().run, self.append_now, command_id, fingerprint, writes, claims)
        if committer is None or acts_for_another(self.school):
            return await loop.run_in_executor(self._threads, alone)
        draft = self._draft(command_id, fingerprint, writes, claims)
        lost = False
        give_up_at = time.monotonic() + pools.PATIENCE
        while True:
            if self._sealing.missing(draft) or self._keyring.lacks(len(writes)):
                await loop.run_in_executor(self._threads, self._prepare, draft)
            self._keep_spares()
            if committer.closed:
                return await loop.run_in_executor(self._threads, alone)
            ready = self._sealing.seal(draft)
            try:
                return self._stored(ready, await committer.submit(self._queue, ready.request))
            except NotStored as refusal:
                answer = await loop.run_in_executor(self._threads, self._judge, draft, ready, refusal, lost)
            except psycopg.OperationalError as error:
                lost = True
                answer = await loop.run_in_executor(self._threads, self._ask_after, draft, ready, error)
            if answer is not None:
                return answer
            _give_up(after=give_up_at)

    def append_now(
        self, command_id: CommandId, fingerprint: bytes, writes: Sequence[Write], claims: Claims = Claims()
    ) -> Appended:
        """The same as `append`, for callers outside an event loop; it blocks until the commit."""
        draft = self._draft(command_id, fingerprint, writes, claims)
        lost = False
        give_up_at = time.monotonic() + pools.PATIENCE
        while True:
            self._prepare(draft)
            self._keep_spares()
            ready = self._sealing.seal(draft)
            try:
                stored = self._stored(ready, self._in_turn(ready))
            except NotStored as refusal:
                answer = self._judge(draft, ready, refusal, lost)
            except _LOST as error:
                lost = True
                answer = self._ask_after(draft, ready, error)
            else:
                self._tell_of(stored)
                return stored
            if answer is not None:
                return answer
            _give_up(after=give_up_at)

    def lookup(self, command_id: CommandId, fingerprint: bytes | None = None) -> Appended | None:
        """What this command id stored, or None: the truth after a lost connection.

        Raises CommandReused where it stored other content than what `fingerprint` stands for.
        """
        keyed = None if fingerprint is None else self._sealing.fingerprint(fingerprint)
        found = patiently(self._pool, lambda: self._recorder.find(command_id, keyed))
        return None if found is None else self._duplicate(found)

    def read(self, stream: Stream, up_to_version: int | None = None) -> tuple[Recorded, ...]:
        """A stream's events in order; empty for a stream that does not exist.

        Raises UnreadableEvent (UnknownTopic): nothing is decided on a stream that cannot be read whole.
        """
        rows = patiently(self._pool, lambda: self._recorder.of_stream(stream, up_to_version))
        return self._reader.read(rows)

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
        return None if row is None else self._reader.show([row])[0]

    def head(self) -> int:
        """The index of the last event; 0 for an empty log."""
        return patiently(self._pool, self._recorder.head)

    def last_besides(self, topics: Collection[str], kind: str, up_to: int) -> int:
        """The index of the last event, not after one, of any other topic than these and any other kind of stream; 0 for none."""
        return patiently(self._pool, lambda: self._recorder.last_besides(topics, kind, up_to))

    def holder_of(self, claim: str) -> Stream | None:
        """The stream that holds a claim now."""
        keyed = self._sealing.claim(claim)
        return patiently(self._pool, lambda: self._recorder.holders([keyed])).get(keyed)

    def subscribe(self, from_index: int = 1) -> Tail:
        """A tail of the log from an index on; sees every event once, in order, however many write.

        An event that cannot be read is there as `codec.Unreadable`.
        """
        return Tail(self._listener, self._recorder.channel_name, self._show_fresh, from_index)

    def on_append(self, call: Callable[[int], None]) -> None:
        """Call back (from any thread, quickly) with the new head after each append by this process."""
        self._calls.append(call)

    def keyed(self, purpose: str, text: str) -> bytes:
        """A hash of the text that only this installation can make, for one purpose; no erasure of a subject changes it."""
        return hmac.digest(hmac.digest(self._keyring.secret(), purpose.encode(), "sha256"), text.encode(), "sha256")

    def forget(self, keys: Iterable[UUID], streams: Sequence[Stream]) -> None:
        """News of an erasure: drop the destroyed keys from memory, and what these streams would be written under."""
        self._keyring.forget(keys)
        self._sealing.forget(streams)

    def _draft(self, command_id: CommandId, fingerprint: bytes, writes: Sequence[Write], claims: Claims) -> Draft:
        if claims.holder is None and (claims.take or claims.release):
            message = "Claims are taken and released by a holder: name the stream."
            raise ValueError(message)
        return Draft(command_id, fingerprint, writes, payloads(self._codec, writes), claims)

    def _prepare(self, draft: Draft) -> None:
        """Look up what sealing needs to know, from the log and from the key database."""
        if missing := self._sealing.missing(draft):
            patiently(self._pool, lambda: self._sealing.look_up(missing, draft.readers()))
        if self._keyring.lacks(len(draft.writes)):
            self._keyring.refill(len(draft.writes))

    def _keep_spares(self) -> None:
        """Have more data keys made in the background, ahead of need; nobody waits for them while there are some."""
        if self._keyring.low() and self._refilling.acquire(blocking=False):
            try:
                self._threads.submit(self._refill)
            except RuntimeError:  # the store is being closed
                self._refilling.release()

    def _refill(self) -> None:
        try:
            self._keyring.refill()
        except (KeyUnavailable, SecondPlaceUnusable, KeyFileUnusable) as error:
            # Whoever finds no spare asks again, and is told.
            log.warning("no data keys could be made ahead of need (%s)", type(error).__name__)
        finally:
            self._refilling.release()

    def _in_turn(self, ready: Ready) -> Stored:
        if not self._turn.acquire(timeout=pools.PATIENCE):
            message = "Too many are waiting to be stored. Sending it again with the same id is safe."
            raise LogUnavailable(message)
        try:
            return self._recorder.append(ready.request)
        finally:
            self._turn.release()

    def _stored(self, ready: Ready, stored: Stored) -> Appended:
        return Appended(stored.first_index, stored.last_index, duplicate=False, recorded=ready.recorded(stored))

    def _judge(self, draft: Draft, ready: Ready, refusal: NotStored, lost: bool) -> Appended | None:  # noqa: FBT001 - passed on by run_in_executor
        """What the log says to a refused request: a known command's answer, a reason raised, or None to try again."""
        self._sealing.forget(draft.streams())
        found = patiently(self._pool, lambda: self._find(draft))
        if found is not None:
            return self._known(found, ready, lost=lost)
        patiently(self._pool, lambda: judge(draft, refusal, self._recorder, self._sealing))
        self._keyring.forget({one.canonical.key_id for one in ready.events} if refusal.sqlstate == "DS002" else ())
        return None

    def _ask_after(self, draft: Draft, ready: Ready, error: Exception) -> Appended | None:
        """After a lost connection: what was stored, or None where nothing was and it may be sent again."""
        self._sealing.forget(draft.streams())
        if self._pool.closed:
            raise LogUnavailable(UNKNOWN_OUTCOME) from error
        self._pool.check()
        found = patiently(self._pool, lambda: self._find(draft), UNKNOWN_OUTCOME)
        return None if found is None else self._known(found, ready, lost=True)

    def _find(self, draft: Draft) -> Range | None:
        return self._recorder.find(draft.command_id, self._sealing.fingerprint(draft.fingerprint))

    def _known(self, found: Range, ready: Ready, *, lost: bool) -> Appended:
        appended = self._duplicate(found)
        # A lost attempt of this very call may have been committed: then this is no duplicate.
        ours = [one.canonical.event_id for one in ready.events]
        stored = [one.envelope.event_id for one in appended.recorded]
        answer = appended._replace(duplicate=not lost or ours != stored)
        self._tell_of(answer)
        return answer

    def _duplicate(self, found: Range) -> Appended:
        recorded = tuple(self._show(found.first_index, found.last_index))
        return Appended(found.first_index, found.last_index, duplicate=True, recorded=recorded)

    def _show(self, first: int, last: int) -> list[Recorded]:
        return self._reader.show(self._recorder.between(first, last))

    def _show_fresh(self, first: int, last: int) -> list[Recorded]:
        """The same for a tail, which itself comes back: one more try after the dead connections are cleared out."""
        try:
            return self._show(first, last)
        except (OperationalError, InterfaceError, InternalError):
            if self._pool.closed:
                return []
            self._pool.check()
            return self._show(first, last)

    def _tell_of(self, appended: Appended) -> None:
        if not appended.duplicate and appended.recorded:
            self._tell(appended.last_index)

    def _tell(self, head: int) -> None:
        self._listener.wake(self._recorder.channel_name)
        for call in self._calls:
            try:
                call(head)
            except Exception:  # The events are stored, whatever a listener makes of it.
                log.exception("a listener to appends failed")


def _give_up(*, after: float) -> None:
    if time.monotonic() > after:
        raise LogUnavailable(UNKNOWN_OUTCOME)
