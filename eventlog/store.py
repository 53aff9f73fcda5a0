"""The door to storage: opens the connections that all schools share and hands out each school's log and views."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from types import TracebackType
from typing import Final, Self, TypeVar
from uuid import UUID

import psycopg
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.sql import SQL, Identifier

from domain.event import Event
from domain.ids import SchoolSlug
from eventlog.appending import BlockingAppends, read_types
from eventlog.codec import Codec, Upcast
from eventlog.committer import Committers
from eventlog.errors import SchoolSlugUnusable, UnknownSchool
from eventlog.integrity import (
    Alarm,
    ClockStep,
    Sealed,
    SealingIncident,
    alarms,
    clock_steps,
    incidents,
    key_alarms,
    passing_alarms,
    sealed,
)
from eventlog.keys.keyrings import Keyrings
from eventlog.ledger.postgres import checkpoint_over
from eventlog.log import PostgresLog, Shared
from eventlog.manifest import Manifest, applied_migrations, describe
from eventlog.migrate import (
    InstallationKind,
    School,
    find_school,
    installation_id,
    installation_kind_of,
    list_removed,
    list_schools,
    log_schema,
    refuse_unmigrated,
    valid_slug,
    views_schema,
)
from eventlog.pools import Pool, SchoolPool, SharedDatastore, begun, connect_for_appends, open_pool, patiently
from eventlog.recorder import SchoolRecorder
from eventlog.school_roles import acting_role
from eventlog.settings import DatabaseUrls
from eventlog.tail import Listener

T = TypeVar("T")

APP_CONNECTIONS: Final = 8
"""Those that act in the role of a school."""
OWN_CONNECTIONS: Final = 3
"""Those that ask what concerns all schools."""
PROJECTOR_CONNECTIONS: Final = 4
_APPENDING_THREADS: Final = 16
_STUCK_AFTER: Final = 10


class Store:
    """All schools of an installation. Thread-safe; close it when done, or use it as a context manager."""

    def __init__(self, urls: DatabaseUrls, codec: Codec, clock: Callable[[], datetime] | None) -> None:
        """Use `Store.open`."""
        self._codec = codec
        self._clock = clock
        self._keyrings: Keyrings | None = None
        self._app: Pool = open_pool(urls.app, name="doorstep app", size=OWN_CONNECTIONS, stuck_after=_STUCK_AFTER)
        try:
            pool = open_pool(urls.app, name="doorstep schools", size=APP_CONNECTIONS, stuck_after=_STUCK_AFTER)
        except BaseException:
            self._app.close()
            raise
        self._schools = SchoolPool(pool)
        self._projector_url = urls.projector
        self._projector: Pool | None = None
        self._listener = Listener(urls.app)
        self._committers = Committers(lambda: connect_for_appends(urls.app))
        self._appends = BlockingAppends()
        self._threads = ThreadPoolExecutor(_APPENDING_THREADS, thread_name_prefix="doorstep-append")
        self._lock = threading.Lock()
        self._logs: dict[SchoolSlug, PostgresLog] = {}

    @classmethod
    def open(
        cls,
        urls: DatabaseUrls,
        events: Mapping[str, type[Event]],
        *,
        upcasts: Mapping[str, Upcast] | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> Self:
        """Connect to a migrated database.

        `events` and `upcasts` are those of `domain.catalogue`. With a `clock`, its instants are stored as
        `recorded_at` instead of the server's: for seeded histories and tests only.
        Raises LogUnavailable, NotMigrated, MigrationChanged; KeyFileUnusable where the key file is missing or another.
        """
        store = cls(urls, Codec(events, upcasts), clock)
        try:
            store._ask(refuse_unmigrated)
            store._keyrings = Keyrings.open(urls)
        except BaseException:
            store.close()
            raise
        return store

    @property
    def keyrings(self) -> Keyrings:
        """All schools' data keys."""
        if self._keyrings is None:
            message = "The store is not open."
            raise RuntimeError(message)
        return self._keyrings

    @property
    def pool(self) -> Pool:
        """The app role's connections, for what lies beside the logs (`accounts`). They go when the store is closed."""
        return self._app

    def kind(self) -> InstallationKind:
        """The database's mark."""
        return self._ask(installation_kind_of)

    def removed_schools(self) -> frozenset[str]:
        """The short names of the schools that were removed from here."""
        return self._ask(list_removed)

    def forget(self, slug: str) -> None:
        """A school was removed: whoever asks for its log from now on is told that there is none."""
        with self._lock:
            self._logs.pop(SchoolSlug(slug), None)
        self.keyrings.forget(slug)

    def installation(self) -> UUID:
        """What names this installation in the origin of every checkpoint."""
        return self._ask(installation_id)

    def schools(self) -> tuple[School, ...]:
        """All schools, by short name, as registered at this moment."""
        return self._ask(list_schools)

    def log(self, slug: str) -> PostgresLog:
        """A school's log. Raises UnknownSchool."""
        with self._lock:
            known = self._logs.get(SchoolSlug(slug))
        if known is not None:
            return known
        school = self._school(slug)
        types = self._ask(read_types)
        datastore = SharedDatastore(log_schema(school.slug), school.slug, self._schools)
        recorder = SchoolRecorder(datastore, school.slug, types, self._appends, self._clock)
        shared = Shared(self._codec, self._schools.pool, self._listener, self._threads, self._committers)
        made = PostgresLog(recorder, self.keyrings.of(school.slug), shared)
        with self._lock:
            # Two threads may have come here at once: both get the same log, because appends take turns in it.
            return self._logs.setdefault(school.slug, made)

    def manifest(self, slug: str) -> Manifest:
        """What the database's catalogue says now of what holds a school's log. Raises UnknownSchool, LogUnavailable."""
        school = self.log(slug).school
        return self._ask(lambda connection: describe(connection, school))

    def migrations(self, slug: str) -> tuple[str, ...]:
        """What was applied to what holds a school's log, in order: `school/0001_event.sql`. Raises as `manifest`."""
        school = self.log(slug).school
        return self._ask(lambda connection: applied_migrations(connection, school))

    def alarms(self, slug: str, *, whole: bool = True) -> tuple[Alarm, ...]:
        """What is wrong with a school's log, as far as its database can tell; empty where all is well.

        Without `whole` the events themselves are not gone through, nor is the key database asked. Raises UnknownSchool, LogUnavailable.
        """
        school = self.log(slug).school
        found = self._ask_of(school, lambda connection: alarms(connection, school, whole=whole))
        if not whole:
            return found
        kind = self.kind()
        return (*found, *self.keyrings.database.ask(lambda connection: key_alarms(connection, kind)))

    def passing_alarms(self, slug: str) -> tuple[Alarm, ...]:
        """Those of `alarms` that come and go, and are quick to ask. Raises as `alarms`."""
        school = self.log(slug).school
        return self._ask_of(school, lambda connection: passing_alarms(connection, school))

    def sealed(self, slug: str) -> Sealed:
        """How far the school's log is sealed. Raises as `alarms`."""
        school = self.log(slug).school
        return self._ask_of(school, lambda connection: sealed(connection, school))

    def sealing_incidents(self, slug: str) -> tuple[SealingIncident, ...]:
        """What the sealer refused, and when the log held again, the newest first. Raises as `alarms`."""
        school = self.log(slug).school
        return self._ask_of(school, lambda connection: incidents(connection, school))

    def checkpoint_over(self, slug: str, index: int) -> bytes | None:
        """The first checkpoint released over the event with an index; None before there is one. Raises as `manifest`."""
        school = self.log(slug).school
        return self._ask_of(school, lambda connection: checkpoint_over(connection, school, index))

    def clock_steps(self, slug: str) -> tuple[ClockStep, ...]:
        """Where the server's clock was put back while the school's log was written. Raises as `alarms`."""
        school = self.log(slug).school
        return self._ask_of(school, lambda connection: clock_steps(connection, school))

    @contextmanager
    def views(self, slug: str) -> Iterator[Connection[DictRow]]:
        """A connection for queries: the school's views as search path, read-only, one snapshot. Rows are dicts.

        There are few connections for all: ask and let go; never hold one while a feed is open.
        Raises UnknownSchool, LogUnavailable.
        """
        schema = self._views_schema(slug)
        begin = SQL(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL ROLE {}; SET LOCAL search_path TO {};"
            " SET LOCAL idle_in_transaction_session_timeout TO '5min'"
        )
        with begun(self._schools.pool, begin.format(Identifier(acting_role(slug)), Identifier(schema))) as connection:
            yield connection

    @contextmanager
    def projector(self, slug: str) -> Iterator[Connection[DictRow]]:
        """A transaction as the owner of the school's views, with them as search path; commits at the end.

        An exception rolls everything back. Rows are dicts. Raises UnknownSchool, LogUnavailable; psycopg's errors
        for a connection lost on the way: whether the commit happened, the stored position tells.
        """
        schema = self._views_schema(slug)
        begin = SQL("BEGIN; SET LOCAL search_path TO {}")
        with begun(self._projectors(), begin.format(Identifier(schema))) as connection:
            yield connection
            # After this line the rows and the position that they stand for are durable together.
            if connection.execute("COMMIT").statusmessage != "COMMIT":
                message = "An error inside the projector's transaction was passed over: nothing of it was stored."
                raise psycopg.InternalError(message)

    @asynccontextmanager
    async def committing(self) -> AsyncIterator[None]:
        """While the block lasts, appends from the running loop share commits: for a program that serves many."""
        async with self._committers.here():
            yield

    def close(self) -> None:
        """Finish running appends, stop listening and give all connections back."""
        self._threads.shutdown(wait=True)
        self._listener.close()
        self._app.close()
        self._schools.pool.close()
        if self._keyrings is not None:
            self._keyrings.close()
        with self._lock:
            projector, self._projector = self._projector, None
        if projector is not None:
            projector.close()

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _school(self, slug: str) -> School:
        try:
            valid = valid_slug(slug)
        except SchoolSlugUnusable:
            raise UnknownSchool(slug) from None
        return self._ask(lambda connection: find_school(connection, valid))

    def _ask(self, question: Callable[[Connection[DictRow]], T]) -> T:
        def ask() -> T:
            with self._app.connection() as connection:
                return question(connection)

        return patiently(self._app, ask)

    def _ask_of(self, school: SchoolSlug, question: Callable[[Connection[DictRow]], T]) -> T:
        def ask() -> T:
            with self._schools.acting(acting_role(school)) as connection:
                return question(connection)

        return patiently(self._schools.pool, ask)

    def _views_schema(self, slug: str) -> str:
        return views_schema(self.log(slug).school)

    def _projectors(self) -> Pool:
        # Made when first needed: a process that only asks never connects as the projector.
        with self._lock:
            if self._projector is None:
                self._projector = open_pool(
                    self._projector_url, name="doorstep projector", size=PROJECTOR_CONNECTIONS, stuck_after=0
                )
            return self._projector
