"""The live feed of the overdue board: one rendering a school, however many screens look at it.

It wakes when the projections have moved on, when a line's urgency changes by the clock, and every minute; a beat
goes out every two seconds whatever happens. What the beat cannot find out it leaves empty: then every screen says
that it is not updating. A lost database never ends a feed.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from datetime import datetime, timedelta
from itertools import chain
from typing import Final, Literal, TypeVar

import msgspec
from fastapi.sse import format_sse_event

from api.pages.templating import iso
from api.runtime import Runtime
from domain.glass.state import Glass
from domain.staff.state import Person
from domain.times import later
from eventlog.errors import LogUnavailable
from projections import overdue_board
from projections.board_shapes import Board
from projections.outsiders import open_now

log = logging.getLogger(__name__)

BEAT = 2.0
"""Seconds between two beats."""
ASK_EVERY = 10.0
"""Seconds between two looks at whether somebody may still follow a feed: they may have left, or been signed out."""
_OLD = 2.5 * BEAT
"""Seconds after which what a beat knew is no longer said."""
_PAUSE = 1.0
_STOP_LOOK = 0.2
_JUST_AFTER = 5e-3 / 60
"""Minutes: a few milliseconds after a time has passed, it has."""
_THREADS = 4
T = TypeVar("T")
Look = Literal["guarding", "linked", "outside", "plain", "wall"]
"""How a board's rows are shown: with links to the trips' own pages and with who of another school reads here, with the links, with them to
somebody of another school who reads here, without, or on a wall where no child is named."""


class Shown(msgspec.Struct, frozen=True):
    """A board, and the place in the log that it shows."""

    board: Board
    position: int
    outsiders: tuple[tuple[Person, Glass], ...] = ()
    """Who of another school reads here in an emergency, and by what: said to those who guard the records."""


ENDED: Final = format_sse_event(event="ended", data_str="ended")
"""The last of a feed that counts no more: the page takes itself away, and asks who it is now."""


async def while_it_counts(
    feed: AsyncGenerator[bytes], counts: Callable[[], bool], every: float | None = None
) -> AsyncGenerator[bytes]:
    """The feed, for as long as whoever follows it may: asked in a thread, every ten seconds or `every` so many.

    The last that is sent says that it has ended: what the page shows is no longer for whoever stands before it. Where that cannot be asked the feed goes on: a board that somebody watches is not taken away by a database's hiccup,
    and says by itself that it is not updating.
    """
    loop = asyncio.get_running_loop()
    asked_at = loop.time()
    async with aclosing(feed):
        async for one in feed:
            if loop.time() - asked_at >= (ASK_EVERY if every is None else every):
                asked_at = loop.time()
                try:
                    if not await asyncio.to_thread(counts):
                        yield ENDED
                        return
                except LogUnavailable as error:
                    log.warning("whether a feed still counts cannot be asked (%s)", type(error).__name__)
            yield one


def shown_board(runtime: Runtime, school: str, at_least: int = 0) -> Shown:
    """The board now. Blocks. Raises UnknownSchool, StillSaving, LogUnavailable."""
    with runtime.view(school, overdue_board.NAME, at_least=at_least) as view:
        now = runtime.now()
        known = runtime.directory(school)
        try:
            board = overdue_board.board(view, known, now)
        except LookupError:
            board = Board(lines=(), as_at=now)  # no settings yet: nobody can have left
        return Shown(board, view.position(overdue_board.NAME), open_now(known, now))


def changes_next(board: Board) -> datetime:
    """When the board looks otherwise without anything happening: a time passes, or the next minute begins."""
    minute = board.as_at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    waits = (door.wait_until for line in board.lines for door in line.doors)
    times = chain((line.due_at for line in board.lines), waits)
    coming = (later(at, minutes=_JUST_AFTER) for at in times if at is not None and at >= board.as_at)
    return min(chain((minute,), coming))


class LiveBoard:
    """One school's board, kept current while anybody looks. For one event loop."""

    def __init__(
        self, runtime: Runtime, school: str, render: Callable[[Shown, Look], str], threads: ThreadPoolExecutor
    ) -> None:
        """`render(shown, look)` makes the HTML of the rows."""
        self._runtime = runtime
        self._school = school
        self._render = render
        self._threads = threads
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._news = asyncio.Event()
        self._screens = 0
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._shown: Shown | None = None
        self._version = 0
        self._rows: dict[Look, bytes] = {}
        self._head: int | None = None
        self._head_at = 0.0
        self._beat = b""
        self._beats = 0
        runtime.runner(school).on_progress(self._progress)

    async def follow(self, look: Look) -> AsyncGenerator[bytes]:
        """The feed of one screen, as server-sent events. Ends when the program is about to."""
        self._screens += 1
        self._start()
        version = beats = 0
        try:
            while not self._runtime.stopping.is_set():
                news = self._news
                if version != self._version:
                    version = self._version
                    yield self._rows_for(look)
                if beats != self._beats and self._beat:
                    beats = self._beats
                    yield self._beat
                if news is self._news:
                    await news.wait()
        finally:
            self._screens -= 1
            if not self._screens:
                self._end()

    def beat_now(self) -> None:
        """A beat goes out at once, at which each screen is asked whether it still counts. From any thread."""
        if self._tasks and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._beat_again)

    def _beat_again(self) -> None:
        self._beats += 1
        self._publish()

    def _start(self) -> None:
        if self._tasks:
            return
        # Nobody followed meanwhile: what was shown is old, and what was rendered of it.
        self._shown, self._version, self._rows = None, 0, {}
        work = (self._keep_current(), self._keep_beating(), self._notice_the_end())
        self._tasks = tuple(self._loop.create_task(one) for one in work)

    def _end(self) -> None:
        tasks, self._tasks = self._tasks, ()
        for task in tasks:
            task.cancel()

    def _progress(self, _index: int) -> None:
        """From the runner's thread."""
        if self._tasks and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def _publish(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def _keep_current(self) -> None:
        while True:
            self._wake.clear()
            pause = _PAUSE
            try:
                shown = await self._in_thread(shown_board, self._runtime, self._school)
            except Exception as error:  # noqa: BLE001 - the beat says that the board stands still; it is tried again
                log.warning("the board of %s cannot be read (%s); trying again", self._school, type(error).__name__)
            else:
                self._take(shown)
                pause = max((changes_next(shown.board) - self._runtime.now()).total_seconds(), 0.0)
            await self._woken(min(pause, 60.0))

    def _take(self, shown: Shown) -> None:
        before, self._shown = self._shown, shown
        same = before is not None and (before.board.lines, before.outsiders) == (shown.board.lines, shown.outsiders)
        same_minute = before is not None and _minute(before.board) == _minute(shown.board)
        if not (same and same_minute):
            self._version += 1
            self._rows = {}
            self._publish()

    async def _woken(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    def _rows_for(self, look: Look) -> bytes:
        if look not in self._rows and self._shown is not None:
            html = self._render(self._shown, look)
            self._rows[look] = format_sse_event(event="board", data_str=html)
        return self._rows[look]

    async def _keep_beating(self) -> None:
        asking: asyncio.Task[None] | None = None
        begins = self._loop.time()
        while True:
            if asking is None or asking.done():
                asking = self._loop.create_task(self._ask_head())
            # A database that answers at once is in this beat; one that does not, in a later one or in none.
            await asyncio.wait((asking,), timeout=BEAT / 4)
            self._beat = format_sse_event(event="beat", data_str=self._beat_now())
            self._beats += 1
            self._publish()
            begins = max(begins + BEAT, self._loop.time())
            await asyncio.sleep(begins - self._loop.time())

    async def _ask_head(self) -> None:
        try:
            beat = await self._in_thread(self._runtime.beat, self._school)
        except Exception as error:  # noqa: BLE001 - said by the beat, which then knows no head
            log.warning("the heartbeat of %s has no answer (%s)", self._school, type(error).__name__)
        else:
            self._head, self._head_at = beat.head, self._loop.time()

    def _beat_now(self) -> str:
        fresh = self._head is not None and self._loop.time() - self._head_at < _OLD
        watch = self._runtime.watch
        tick = watch.looked_at(self._school) if watch is not None else None
        told = {
            "log_head": self._head if fresh else None,
            "board_position": self._shown.position if self._shown is not None else 0,
            "watch_tick": iso(tick) if tick is not None else None,
            "now": iso(self._runtime.now()),
        }
        return msgspec.json.encode(told).decode()

    async def _notice_the_end(self) -> None:
        while not self._runtime.stopping.is_set():  # noqa: ASYNC110 - a signal handler sets it, in no event loop
            await asyncio.sleep(_STOP_LOOK)
        self._publish()

    async def _in_thread(self, work: Callable[..., T], *given: object) -> T:
        return await self._loop.run_in_executor(self._threads, lambda: work(*given))


def _minute(board: Board) -> datetime:
    return board.as_at.replace(second=0, microsecond=0)


class LiveBoards:
    """The live boards of all schools of one application."""

    def __init__(self, runtime: Runtime, render: Callable[[str], Callable[[Shown, Look], str]]) -> None:
        """`render(school)` gives what makes that school's HTML."""
        self._runtime = runtime
        self._render = render
        self._boards: dict[str, LiveBoard] = {}
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="doorstep-board")

    def of(self, school: str) -> LiveBoard:
        """The school's live board; made when somebody first looks. Raises UnknownSchool."""
        if school not in self._boards:
            self._boards[school] = LiveBoard(self._runtime, school, self._render(school), self._threads)
        return self._boards[school]

    def beat_now(self, school: str) -> None:
        """Whoever looks at this school's board is asked at once whether they still may. From any thread."""
        if school in self._boards:
            self._boards[school].beat_now()
