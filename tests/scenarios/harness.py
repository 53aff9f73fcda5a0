"""Given, when, then: a world of schools on real PostgreSQL, entered by the door that HTTP uses, with a clock to set.

    school = world.school("william_lilley")
    trip = school.ready_trip(back_by="15:00")     # given
    trip.depart(at="13:00")
    school.at("15:00:01")                         # when
    school.watch()
    assert trip.state.open_alarm(AlarmAbout.RETURN)  # then

Everything goes through `commands.bus.Bus`. After each scenario the whole log of each school is verified.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Self, TypeVar

from psycopg import Connection

from commands.bus import Bus
from commands.policy_files import clauses
from domain.catalogue import EVENTS
from domain.times import LONDON
from eventlog.migrate import migrate
from eventlog.migrating import connected
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.checks import check_log
from tests.scenarios.cast import POLICY_OF, Cast
from tests.scenarios.school import School

T = TypeVar("T")

MONDAY: Final = datetime(2026, 9, 14, 8, 0, tzinfo=LONDON).astimezone(UTC)
"""When every scenario begins: eight in the morning."""


class Clock:
    """The time of the whole world; it moves only when a scenario says so."""

    def __init__(self) -> None:
        """Eight on a Monday morning."""
        self.now = MONDAY

    def __call__(self) -> datetime:
        """Now."""
        return self.now


class Waiting(NamedTuple):
    """A school that is open in the database, and not known to the installation until somebody asks for one."""

    slug: str
    policy: str
    cast: Cast
    verified: int
    """The head of its log, verified whole up to there."""


class World:
    """Schools in one database, for the scenarios of one file."""

    def __init__(self, urls: DatabaseUrls, waiting: Sequence[Waiting] = ()) -> None:
        """Migrate an empty database and open it; or open one where schools wait to be asked for."""
        if not waiting:
            migrate(urls, "demonstration")
        self.urls = urls
        self.clock = Clock()
        self.store = Store.open(urls, EVENTS, clock=self.clock)
        self.bus = Bus(self.store, clauses(), self.clock)
        self.schools: list[School] = []
        self._loop = asyncio.new_event_loop()
        self._register: Connection[Any] | None = None
        self._opened = len(waiting)
        self._waiting: dict[str, list[Waiting]] = defaultdict(list)
        for one in reversed(waiting):
            self._waiting[one.policy].append(one)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Wait for something asynchronous."""
        return self._loop.run_until_complete(coroutine)

    def school(self, policy: str) -> School:
        """A new school with all its people, on one of the five policies: by its key, or by the clauses' letters."""
        key = POLICY_OF.get(policy, policy)
        # One that waits was opened at the beginning of time.
        if self.clock.now == MONDAY and self._waiting[key]:
            waited = self._waiting[key].pop()
            school = School(self, waited.slug, key, waited.cast)
            self._make_known(waited.slug, school.name, key)
            school.verified = waited.verified
        else:
            self._opened += 1
            school = School(self, f"school_{self._opened}", key)
        self.schools.append(school)
        return school

    def _make_known(self, slug: str, name: str, policy: str) -> None:
        """All of a school that waits is there already, but for the installation's own line about it."""
        if self._register is None:
            self._register = connected(self.urls.migrate)
            self._register.execute("SET ROLE doorstep_owner")
        line = "INSERT INTO doorstep.school (slug, name, policy_key) VALUES (%s, %s, %s)"
        self._register.execute(line, (slug, name, policy))

    def together(self, *sends: Callable[[], Coroutine[Any, Any, T]]) -> tuple[T | BaseException, ...]:
        """Several people at the same moment: what each one got, answers and exceptions alike."""

        async def all_at_once() -> list[T | BaseException]:
            return await asyncio.gather(*(send() for send in sends), return_exceptions=True)

        return tuple(self.run(all_at_once()))

    def end_scenario(self) -> None:
        """Verify every log that the scenario wrote, and set the clock back for the next one."""
        schools, self.schools = self.schools, []
        self.clock.now = MONDAY
        for school in schools:
            if not school.poisoned:
                check_log(school.log, school.verified)

    def close(self) -> None:
        """Give everything back."""
        self.store.close()
        if self._register is not None:
            self._register.close()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
