"""A loop of its own that shares commits, for tests that are not asynchronous themselves."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from domain.ids import CommandId
from eventlog.log import PostgresLog
from eventlog.seam import Appended, Claims, Write
from eventlog.store import Store


class Together:
    """A log whose `append` runs in the committing loop; all else is the log's own."""

    def __init__(self, log: PostgresLog, loop: asyncio.AbstractEventLoop) -> None:
        """Pass everything on."""
        self._log = log
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        """What the log has."""
        return getattr(self._log, name)

    async def append(
        self, command_id: CommandId, fingerprint: bytes, writes: Sequence[Write], claims: Claims = Claims()
    ) -> Appended:
        """Append in the committing loop."""
        done = asyncio.run_coroutine_threadsafe(self._log.append(command_id, fingerprint, writes, claims), self._loop)
        return await asyncio.wrap_future(done)


@contextmanager
def committing(store: Store) -> Iterator[Callable[[PostgresLog], PostgresLog]]:
    """A running loop that commits for the store; what it yields makes a log append there."""
    loop = asyncio.new_event_loop()
    ready, done = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with store.committing():
            ready.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield lambda log: cast("PostgresLog", Together(log, loop))
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()
