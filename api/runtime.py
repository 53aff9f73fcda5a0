"""Everything a running Doorstep holds: the store, the one way in, the projections' runners and the overdue watch.

`doorstep demo`, `doorstep serve` and the tests all run this one class:

    with Runtime.open(urls, "demonstration") as runtime:
        app = create_app(runtime)
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self, TypeVar

import msgspec

from accounts.accounts import Accounts
from api.keeping import Later, Recent
from commands.bus import Bus
from commands.erasure import Erasures
from commands.policy_files import clauses
from domain.catalogue import EVENTS
from eventlog.errors import LogUnavailable, WrongInstallation
from eventlog.keys.errors import SecondPlaceUnusable
from eventlog.migrate import InstallationKind, School
from eventlog.removal import finish
from eventlog.school_roles import acting_for
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from projections.directory import Directory
from projections.registry import PROJECTIONS
from projections.runner import Runner
from projections.views import PATIENCE, View, reading
from reactors.eraser import Eraser
from reactors.integrity_watch import IntegrityWatch
from reactors.overdue_watch import OverdueWatch

log = logging.getLogger(__name__)
T = TypeVar("T")
Clock = Callable[[], datetime]


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """One heartbeat of a live feed: by it a page knows that it is not looking at an old board (law 4)."""

    head: int
    """The index of the last event in the school's log."""
    position: int
    """How far the projections have come; trails `head` while they work."""
    tick: datetime | None
    """When the overdue watch last looked at this school whole; None before it first did."""
    now: datetime
    """The server's instant."""


LOOK_EVERY: Final = 1.0
"""Seconds for which a school may still be taken to be there after it was removed."""


def utc_now() -> datetime:
    """Now, UTC-aware."""
    return datetime.now(UTC)


def _in_a_loop() -> bool:
    """Whether everybody would wait for an answer of the database here."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _refuse_other(found: InstallationKind, wanted: InstallationKind) -> None:
    if found != wanted:
        raise WrongInstallation(found, wanted)


class Runtime:
    """One running installation. Thread-safe; start it before serving and stop it afterwards (or use `with`)."""

    def __init__(self, store: Store, urls: DatabaseUrls, clock: Clock) -> None:
        """Use `Runtime.open`."""
        self.store = store
        self.urls = urls
        self.kind: InstallationKind = store.kind()
        self.clock = clock
        self.bus = Bus(store, clauses(), clock)
        self.recent, self.later = Recent(), Later(self.bus)
        """What was kept a moment ago of what people read, and what could not be kept yet."""
        self.stopping = threading.Event()
        """Set when the program is about to end: live feeds finish on it."""
        self.watch: OverdueWatch | None = None
        self._integrity_watch = IntegrityWatch(self.bus.integrity, lambda: tuple(self._schools))
        self.eraser: Eraser | None = None
        self._lock = threading.Lock()
        self._schools: dict[str, School] = {}
        self._runners: dict[str, Runner] = {}
        self._behind: dict[str, tuple[float, int]] = {}
        self._accounts: Accounts | None = None
        self.aside = ThreadPoolExecutor(1, thread_name_prefix="doorstep-aside")
        """What must not take the time of an answer."""
        self._started = False
        self._looked_at = time.monotonic()

    @classmethod
    def open(cls, urls: DatabaseUrls, kind: InstallationKind, clock: Clock | None = None) -> Self:
        """Connect to a migrated database of this kind; nothing runs yet.

        With a `clock` its instants are also stored as the time of recording: for tests and seeded histories.
        Raises LogUnavailable, NotMigrated, MigrationChanged; WrongInstallation for a database of the other kind.
        """
        store = Store.open(urls, EVENTS, clock=clock)
        try:
            _refuse_other(store.kind(), kind)
            return cls(store, urls, clock or utc_now)
        except BaseException:
            store.close()
            raise

    def start(self) -> None:
        """Follow every school's log, and begin to watch."""
        self._started = True
        self._finish_removals()
        for school in self.store.schools():
            self._take_up(school)
        self.watch = OverdueWatch(self.bus, self.store, lambda: tuple(self._schools), self.clock)
        self.watch.start()
        self._integrity_watch.start()
        self.eraser = Eraser(Erasures(self.store, self.bus, self.urls), self.present)
        self.eraser.start()

    def _finish_removals(self) -> None:
        """What a kill cut short. Where it cannot be finished now, people come first: it is told, and the next start tries again."""
        try:
            finish(self.urls)
        except (LogUnavailable, SecondPlaceUnusable) as error:
            says = "a school's removal is not finished and is tried again at the next start (%s)"
            log.warning(says, type(error).__name__)

    def stop(self) -> None:
        """Stop watching and following, and close the store. Calling it again is harmless."""
        self.stopping.set()
        if self.eraser is not None:
            self.eraser.ask_to_stop()
        if self.watch is not None:
            self.watch.stop()
        if self.eraser is not None:
            self.eraser.stop()
        with self._lock:
            runners, self._runners = list(self._runners.values()), {}
        self.later.stop()
        for runner in runners:
            runner.ask_to_stop()
        for runner in runners:
            runner.stop()
        self.aside.shutdown()
        self.store.close()

    def __enter__(self) -> Self:
        """Start."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def now(self) -> datetime:
        """The runtime's instant, UTC-aware."""
        return self.clock()

    @property
    def accounts(self) -> Accounts:
        """Who may sign in. Raises KeyFileUnusable, LogUnavailable."""
        with self._lock:
            if self._accounts is None:
                self._accounts = Accounts.open(self.store.pool, self.store.keyrings.keks)
            return self._accounts

    def schools(self) -> tuple[School, ...]:
        """The schools of this installation, by short name; one that was added meanwhile is taken up."""
        found = self.store.schools()
        for school in found:
            self._take_up(school)
        return found

    def present(self) -> tuple[str, ...]:
        """The short names of the schools that are taken up; one that was removed meanwhile is let go. Blocks."""
        try:
            found = {school.slug for school in self.store.schools()}
        except LogUnavailable:
            return tuple(self._schools)  # Those known are looked after until the database says otherwise.
        for slug in set(self._schools) - found:
            self._let_go(slug)
        return tuple(self._schools)

    def school(self, slug: str) -> School:
        """A school by its short name; one that was removed is none, a second later at most. Raises UnknownSchool."""
        if time.monotonic() > self._looked_at + LOOK_EVERY and not _in_a_loop():
            self._looked_at = time.monotonic()
            self.present()
        with self._lock:
            known = self._schools.get(slug)
        if known is None:
            self.store.log(slug)  # Raises UnknownSchool before anything is asked of all schools.
            known = next(school for school in self.schools() if school.slug == slug)
        return known

    def directory(self, slug: str) -> Directory:
        """Everybody at the school and its settings, at the log's head. Raises UnknownSchool."""
        return self.bus.knowledge(slug).at_head()[1]

    def changed(self, slug: str) -> int:
        """The place of the last event known here that changed what a page shows: readings do not. Raises UnknownSchool."""
        return self.bus.knowledge(slug).changed

    @contextmanager
    def view(self, slug: str, *names: str, at_least: int = 0) -> Iterator[View]:
        """One snapshot of the school's projections, each of `names` at `at_least` or later.

        Blocks: for handlers that run in a thread. Raises UnknownSchool, StillSaving, LogUnavailable.
        """
        # Woken as soon as this process has folded it; asking the database again and again would slow that down.
        late = self._started and at_least > 0 and not self.runner(slug).wait_for(at_least, PATIENCE)
        with reading(self.store, slug, *names, at_least=at_least, patience=0 if late else PATIENCE) as view:
            yield view

    async def ask(self, slug: str, question: Callable[[View], T], *names: str, at_least: int = 0) -> T:
        """The answer of `question` on one snapshot, asked in a thread: for async handlers. Raises as `view`."""

        def answer() -> T:
            with self.view(slug, *names, at_least=at_least) as view:
                return question(view)

        return await asyncio.to_thread(answer)

    def runner(self, slug: str) -> Runner:
        """The school's runner: its position, and callbacks after each batch. Raises UnknownSchool."""
        self.school(slug)
        with self._lock:
            return self._runners[slug]

    def beat(self, slug: str) -> Beat:
        """The school's heartbeat at this moment. Blocks for one short query. Raises UnknownSchool, LogUnavailable."""
        position = self.runner(slug).position
        head = self.store.log(slug).head()
        self._note(slug, position, head)
        tick = self.watch.looked_at(slug) if self.watch is not None else None
        return Beat(head=head, position=position, tick=tick, now=self.now())

    def trailing(self, slug: str) -> float:
        """Seconds for which the school's projections have trailed its log, as far as beats have shown; 0 for none."""
        with self._lock:
            since, _ = self._behind.get(slug, (time.monotonic(), 0))
        return time.monotonic() - since

    def _note(self, slug: str, position: int, head: int) -> None:
        with self._lock:
            _, wanted = self._behind.get(slug, (0.0, 0))
            if position >= wanted:
                self._behind.pop(slug, None)
            if position < head:
                self._behind.setdefault(slug, (time.monotonic(), head))

    def _let_go(self, slug: str) -> None:
        with self._lock:
            self._schools.pop(slug, None)
            runner = self._runners.pop(slug, None)
            self._behind.pop(slug, None)
        if runner is not None:
            runner.ask_to_stop()
        self.bus.forget(slug)
        self.store.forget(slug)

    def _take_up(self, school: School) -> None:
        with self._lock:
            if school.slug in self._schools or self.stopping.is_set():
                return
            with acting_for(None):  # a school that was added is taken up while another one's page is answered
                runner = Runner(self.store, school.slug, PROJECTIONS)
                if self._started:
                    runner.start()
            self._schools[school.slug] = school
            self._runners[school.slug] = runner
