"""Group commit: callers of one event loop queue while a commit runs, and go together in the next.

One call of the append function carries whatever has queued for one school; a few connections serve all schools. The
more callers there are, the more of them share one sync of the disk. Nothing here is thread-safe: it lives in its loop.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

import psycopg
from psycopg import Connection, pq

from eventlog.appending import AppendCall, NotStored, Request, Stored, answers
from eventlog.errors import LogUnavailable

log = logging.getLogger(__name__)

LANES: Final = 3
"""Connections a process appends over, whatever the number of its schools."""
_MOST_REQUESTS: Final = 256
_MOST_BYTES: Final = 4 * 1024 * 1024
_MOST_WAITING: Final = 5_000

_Waiting = tuple[Request, asyncio.Future[Stored]]


class SchoolQueue:
    """What waits to be stored in one school's log."""

    def __init__(self, call: AppendCall, clock: Callable[[], datetime] | None, tell: Callable[[int], None]) -> None:
        """Append by `call`; `tell` hears the new last index after each commit."""
        self.call = call
        self.clock = clock
        self.tell = tell
        self.waiting: deque[_Waiting] = deque()
        self.running = False

    def next_batch(self) -> list[_Waiting]:
        """What may go together: in order, no two that touch the same stream or claim, of bounded size."""
        batch: list[_Waiting] = []
        touched: set[object] = set()
        left: list[_Waiting] = []
        size = 0
        while self.waiting and len(batch) < _MOST_REQUESTS:
            request, future = self.waiting.popleft()
            if future.cancelled():
                continue
            if not touched.isdisjoint(request.touches):
                # It goes with the next; so does whatever depends on it.
                touched |= request.touches
                left.append((request, future))
                continue
            if batch and size + request.size > _MOST_BYTES:
                left.append((request, future))
                break
            touched |= request.touches
            size += request.size
            batch.append((request, future))
        self.waiting.extendleft(reversed(left))
        return batch


class Committer:
    """Commits for one event loop."""

    def __init__(self, connect: Callable[[], Connection[Any]]) -> None:
        """Make connections by `connect`, in a thread, as they are needed."""
        self._connect = connect
        self._loop = asyncio.get_running_loop()
        self._ready: deque[SchoolQueue] = deque()
        self._free: list[Lane] = []
        self._lanes = 0
        self._opening = 0
        """Connections that are being made. One that is made counts no longer: it may be lost at its first use."""
        self._came_home = asyncio.Event()
        self.closed = False
        """Set when nothing more is taken: what comes later commits by itself."""

    def submit(self, queue: SchoolQueue, request: Request) -> asyncio.Future[Stored]:
        """Queue a request; the answer comes after its commit.

        It raises NotStored where the server refused this request, psycopg's OperationalError where the connection was
        lost and the outcome is unknown, LogUnavailable where too many wait.
        """
        if self.closed or len(queue.waiting) >= _MOST_WAITING:
            message = "Too many are waiting to be stored. Sending it again with the same id is safe."
            raise LogUnavailable(message)
        future: asyncio.Future[Stored] = self._loop.create_future()
        queue.waiting.append((request, future))
        if not queue.running:
            queue.running = True
            self._ready.append(queue)
            self._pump()
        return future

    async def close(self) -> None:
        """Let what is on its way come home, then close the connections. What comes later is refused."""
        self.closed = True
        while self._lanes > len(self._free):
            self._came_home.clear()
            await self._came_home.wait()
        for lane in self._free:
            lane.close()
        self._free.clear()

    def free(self, lane: "Lane") -> None:
        """Take a lane back after its answer."""
        if lane.broken:
            lane.close()
            self._lanes -= 1
        else:
            self._free.append(lane)
        self._pump()
        self._came_home.set()

    def drop(self, lane: "Lane") -> None:
        """Forget an idle lane whose connection was closed."""
        if lane in self._free:
            self._free.remove(lane)
            self._lanes -= 1
        lane.close()

    def again(self, queue: SchoolQueue) -> None:
        """Let a school's next batch go, if anything waits."""
        if queue.waiting:
            self._ready.append(queue)
        else:
            queue.running = False

    def _pump(self) -> None:
        while self._ready and self._free:
            queue = self._ready.popleft()
            lane = self._lane_for(queue)
            batch = queue.next_batch()
            if batch:
                lane.run(queue, batch)
            else:
                queue.running = False
                self._free.append(lane)
        if self._ready and self._lanes < LANES and self._opening < len(self._ready):
            self._lanes += 1
            self._opening += 1
            self._loop.run_in_executor(None, self._connect).add_done_callback(self._opened)

    def _lane_for(self, queue: SchoolQueue) -> "Lane":
        """A free lane; one that acts in the school's role already, where there is one."""
        lane = next((one for one in reversed(self._free) if one.role == queue.call.role), self._free[-1])
        self._free.remove(lane)
        return lane

    def _opened(self, made: asyncio.Future[Connection[Any]]) -> None:
        self._opening -= 1
        try:
            connection = made.result()
        except (psycopg.Error, asyncio.CancelledError) as error:
            self._lanes -= 1
            if self._lanes == 0:
                while self._ready:
                    self._fail(self._ready.popleft(), psycopg.OperationalError(str(error)))
            self._came_home.set()
            return
        self.free(Lane(self, connection, self._loop))

    def _fail(self, queue: SchoolQueue, error: Exception) -> None:
        queue.running = False
        while queue.waiting:
            _, future = queue.waiting.popleft()
            if not future.done():
                future.set_exception(error)


class Committers:
    """The committers of a process, each for one event loop. Thread-safe."""

    def __init__(self, connect: Callable[[], Connection[Any]]) -> None:
        """Each makes its connections by `connect`."""
        self._connect = connect
        self._by_loop: dict[asyncio.AbstractEventLoop, Committer] = {}

    def of(self, loop: asyncio.AbstractEventLoop) -> Committer | None:
        """The loop's committer, where one was opened."""
        return self._by_loop.get(loop)

    @asynccontextmanager
    async def here(self) -> AsyncIterator[None]:
        """Commit in the running loop for as long as the block lasts."""
        loop = asyncio.get_running_loop()
        committer = Committer(self._connect)
        self._by_loop[loop] = committer
        try:
            yield
        finally:
            del self._by_loop[loop]
            await committer.close()


class Lane:
    """A connection and the batch that is on its way over it."""

    def __init__(self, committer: Committer, connection: Connection[Any], loop: asyncio.AbstractEventLoop) -> None:
        """Watch the connection's socket."""
        self._committer = committer
        self._connection = connection
        self._pgconn = connection.pgconn
        self._loop = loop
        self._prepared: set[bytes] = set()
        self.role = ""
        """The school's role that its connection acts in; "" before the first call."""
        self._queue: SchoolQueue | None = None
        self._batch: list[_Waiting] = []
        self._one_by_one: deque[_Waiting] = deque()
        self._result: pq.abc.PGresult | None = None
        self.broken = False
        self._socket = self._pgconn.socket
        loop.add_reader(self._socket, self._readable)

    def run(self, queue: SchoolQueue, batch: list[_Waiting]) -> None:
        """Send a batch; its futures are answered when the server has answered."""
        self._queue, self._batch, self._result = queue, batch, None
        try:
            if queue.call.role != self.role:
                queue.call.take_role(self._pgconn)
                self.role = queue.call.role
            if queue.call.name not in self._prepared:
                # Once for each school and connection: this one waits for the server.
                queue.call.prepare(self._pgconn)
                self._prepared.add(queue.call.name)
            stated = queue.clock() if queue.clock else None
            queue.call.send(self._pgconn, queue.call.parameters([request for request, _ in batch], stated))
            self._flush()
        except (psycopg.Error, NotStored) as error:
            self._lost(error)

    def close(self) -> None:
        """Close the connection."""
        if self._socket >= 0:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._socket = -1
        self._connection.close()

    def _flush(self) -> None:
        if self._pgconn.flush():
            self._loop.add_writer(self._socket, self._writable)

    def _writable(self) -> None:
        try:
            if not self._pgconn.flush():
                self._loop.remove_writer(self._socket)
        except psycopg.Error as error:
            self._lost(error)

    def _readable(self) -> None:
        try:
            self._pgconn.consume_input()
            while not self._pgconn.is_busy():
                result = self._pgconn.get_result()
                if result is None:
                    self._answered()
                    return
                self._result = result
        except psycopg.Error as error:
            self._lost(error)

    def _answered(self) -> None:
        queue, batch, result = self._queue, self._batch, self._result
        if queue is None or result is None:
            return  # a notice between two calls
        self._queue, self._batch, self._result = None, [], None
        try:
            stored = answers(self._pgconn, result, [request for request, _ in batch])
        except NotStored as refusal:
            self._refused(queue, batch, refusal)
            return
        except psycopg.Error as error:
            self._queue, self._batch = queue, batch
            self._lost(error)
            return
        # The commit is confirmed and synced: from here a crash loses only the replies.
        for (_, future), one in zip(batch, stored, strict=True):
            if not future.done():
                future.set_result(one)
        if stored[-1].last_index >= stored[0].first_index:
            queue.tell(stored[-1].last_index)
        self._go_on(queue)

    def _refused(self, queue: SchoolQueue, batch: list[_Waiting], refusal: NotStored) -> None:
        if len(batch) == 1:
            _, future = batch[0]
            if not future.done():
                future.set_exception(refusal)
        else:
            # Nothing of it was stored. Each goes alone, so that only the one at fault hears of it.
            self._one_by_one.extend(batch)
        self._go_on(queue)

    def _go_on(self, queue: SchoolQueue) -> None:
        if self._one_by_one:
            self.run(queue, [self._one_by_one.popleft()])
            return
        self._committer.again(queue)
        self._committer.free(self)

    def _lost(self, error: Exception) -> None:
        """The connection is gone: nobody in the batch knows whether it was stored, and each will ask."""
        if self.broken:
            return
        self.broken = True
        queue = self._queue
        unknown = [*self._batch, *self._one_by_one]
        self._queue, self._batch = None, []
        self._one_by_one.clear()
        log.warning("appending was interrupted (%s)", type(error).__name__)
        for _, future in unknown:
            if not future.done():
                future.set_exception(psycopg.OperationalError(str(error)))
        if queue is None:
            # An idle connection was closed by the server.
            self._committer.drop(self)
            return
        self._committer.again(queue)
        self._committer.free(self)
