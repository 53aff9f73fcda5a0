"""The demonstration trust, small, served and live, as it is at 10:40 on a school day in November, whenever it is run.

The clock of the program and of every page is this computer's, moved by one and the same amount: no test depends on
the hour at which it is run, and nothing is planned across midnight.
"""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, TypeVar

from api.app import create_app
from api.runtime import Runtime
from commands.demonstration import SCHOOLS, DemonstrationSchool, load
from domain.ids import StreamKind, TripId
from domain.pupil.state import Pupil
from domain.roles import Role
from domain.staff.state import Person
from domain.trip import state as trip_state
from eventlog.migrate import migrate
from eventlog.seam import SchoolLog
from eventlog.settings import DatabaseUrls
from projections.directory import Directory
from tests.checks import check_log
from tests.journeys.served import Served, served

T = TypeVar("T")

BEGINS: Final = datetime(2026, 11, 20, 10, 40, tzinfo=UTC)
"""A Friday in term."""
SHOWN: Final = "copperbeck_infant"
"""The school whose pages are pictured: it has a history, and a trip that is overdue."""
_HISTORY: Final = 0.5 if os.environ.get("DOORSTEP_SCREENSHOTS") else 0.02
"""The share of two terms that the school shown has: figures that look like a school's need more of it."""
SHIFT: Final = """(() => {
    const ahead = %d, Real = Date;
    globalThis.Date = class extends Real {
        constructor(...given) { if (given.length) super(...given); else super(Real.now() + ahead); }
        static now() { return Real.now() + ahead; }
    };
})();"""
"""Moves a page's clock as the program's is moved."""


class MovedClock:
    """This computer's clock, set to `BEGINS` when it is made."""

    def __init__(self) -> None:
        """Remember by how much it is moved."""
        self._ahead = BEGINS - datetime.now(UTC)

    def __call__(self) -> datetime:
        """Now."""
        return datetime.now(UTC) + self._ahead

    @property
    def script(self) -> str:
        """What moves a page's clock as well; for `add_init_script`."""
        return SHIFT % round(self._ahead.total_seconds() * 1000)


class TrustSchool:
    """One school of the trust, and who is there."""

    def __init__(self, runtime: Runtime, school: DemonstrationSchool) -> None:
        """Made by `trust`."""
        self.runtime, self.slug, self.policy_key, self.name = runtime, school.slug, school.policy_key, school.name
        self._children = self._without_a_visit()

    @property
    def known(self) -> Directory:
        """Everybody and the settings, at the log's head."""
        return self.runtime.directory(self.slug)

    @property
    def log(self) -> SchoolLog:
        """The school's log."""
        return self.runtime.store.log(self.slug)

    def holder(self, role: Role) -> Person:
        """Somebody whose first role this is."""
        now = self.runtime.now()
        return next(p for p in self.known.people.values() if p.main_role(now) == role)

    def visitors(self) -> tuple[Person, Person]:
        """A teacher and a colleague who are on no trip that is planned or out."""
        now, busy = self.runtime.now(), self._busy()
        order = (Role.TEACHER, Role.ATTENDANCE_OFFICER, Role.SAFEGUARDING_TEAM)
        free = [
            p for role in order for p in self.known.people.values() if p.main_role(now) == role and p.id not in busy
        ]
        assert free[0].main_role(now) == Role.TEACHER, "every teacher is out"
        return free[0], free[1]

    def next_child(self) -> Pupil:
        """A child who was never visited, of another family each time."""
        return next(self._children)

    def caught_up(self) -> None:
        """Wait until the pages know all that the log holds."""
        assert self.runtime.runner(self.slug).wait_for(self.log.head(), timeout=20)

    def _busy(self) -> set[object]:
        trips = {r.envelope.stream for r in self.log.read_log() if r.envelope.stream.kind is StreamKind.TRIP}
        found = [trip_state.fold(TripId(stream.id), self.log.read(stream)) for stream in trips]
        going = [t for t in found if t.called_off_at is None and not t.everyone_back]
        return {person for t in going for person in (*t.team, *t.out)}

    def _without_a_visit(self) -> Iterator[Pupil]:
        seen = {pupil for r in self.log.read_log() for pupil in getattr(r.event, "pupils", ())}
        homes = {p.address for p in self.known.pupils.values() if p.id in seen}
        names = [p.name for p in self.known.pupils.values()]
        for pupil in self.known.pupils.values():
            if pupil.on_roll and pupil.address and pupil.address not in homes and names.count(pupil.name) == 1:
                homes.add(pupil.address)
                yield pupil


class Trust:
    """The five schools, and where they are served."""

    def __init__(self, runtime: Runtime, clock: MovedClock, server: Served) -> None:
        """Made by `trust`."""
        self.runtime, self.clock, self.server = runtime, clock, server
        self.port = int(server.url.rpartition(":")[2])
        self.schools = {school.policy_key: TrustSchool(runtime, school) for school in SCHOOLS}

    @property
    def shown(self) -> TrustSchool:
        """The school whose pages are pictured."""
        return next(school for school in self.schools.values() if school.slug == SHOWN)


def in_a_thread(act: Callable[[], T]) -> T:
    """Call something that wants an event loop of its own: a browser's test has one that runs already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(act).result()


def _load(urls: DatabaseUrls, now: datetime, share: float, schools: Sequence[DemonstrationSchool]) -> None:
    in_a_thread(lambda: asyncio.run(load(urls, now, schools=schools, share=share)))


@contextmanager
def trust(urls: DatabaseUrls) -> Iterator[Trust]:
    """Serve the trust over an empty database. Afterwards the log of each school is verified whole."""
    clock = MovedClock()
    migrate(urls, "demonstration")
    _load(urls, clock(), _HISTORY, [school for school in SCHOOLS if school.slug == SHOWN])
    _load(urls, clock(), 0, [school for school in SCHOOLS if school.slug != SHOWN])
    with Runtime.open(urls, "demonstration", clock=clock) as runtime:
        with served(create_app(runtime)) as server:
            yield Trust(runtime, clock, server)
            runtime.stopping.set()
        assert runtime.watch is not None
        runtime.watch.stop()
        for school in runtime.schools():
            check_log(runtime.store.log(school.slug))
