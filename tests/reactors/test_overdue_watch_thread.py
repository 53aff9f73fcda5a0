"""The watch in its thread: within a second, and silent only where it says so."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from commands.bus import Bus
from commands.policy_files import clauses
from domain.catalogue import EVENTS
from domain.ids import TripId
from domain.trip import commands as t
from domain.trip.events import OverdueRaised
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from reactors.overdue_watch import OverdueWatch
from tests.cut_off import line_to
from tests.scenarios.doors import Trip
from tests.scenarios.harness import World
from tests.scenarios.school import School


def raised(trip: Trip) -> list[OverdueRaised]:
    return [r.event for r in trip.school.events(trip) if isinstance(r.event, OverdueRaised)]


class Running:
    """A world that runs by the computer's own clock, its watch in its thread."""

    def __init__(self, urls: DatabaseUrls, school: School) -> None:
        """Open a store and a bus of its own."""
        self.school = school
        self.store = Store.open(urls, EVENTS)
        self.bus = Bus(self.store, clauses())
        self.watch = OverdueWatch(self.bus, self.store, lambda: [school.slug], lambda: datetime.now(UTC))


@contextmanager
def running(world: World, school: School, urls: DatabaseUrls | None = None) -> Iterator[Running]:
    world.clock.now = datetime.now(UTC)
    found = Running(urls or world.urls, school)
    found.watch.start()
    try:
        yield found
    finally:
        found.watch.stop()
        found.store.close()


def wait_until(met: Callable[[], object], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < ends, "it did not come about in time"
        time.sleep(0.02)


def test_in_its_thread_it_raises_within_a_second_of_the_time(world: World) -> None:
    school = world.school("william_lilley")
    with running(world, school) as live:
        due = datetime.now(UTC) + timedelta(seconds=1.5)
        sent = school.send(t.Depart(people=(school.teacher.id,), back_by=due), by=school.teacher)
        trip = Trip(school, TripId(sent.recorded[0].envelope.stream.id))
        wait_until(lambda: raised(trip), 6)
        (alarm,) = raised(trip)
        assert timedelta(0) < alarm.found_at - due < timedelta(seconds=1)
        tick = live.watch.last_tick
        assert tick is not None
        wait_until(lambda: live.watch.last_tick != tick, 3)


def test_while_the_database_is_away_the_tick_stands_still_and_what_passed_is_raised_when_it_is_back(
    world: World,
) -> None:
    school = world.school("william_lilley")
    with line_to(world.urls) as (line, urls), running(world, school, urls) as live:
        due = datetime.now(UTC) + timedelta(seconds=2)
        sent = school.send(t.Depart(people=(school.teacher.id,), back_by=due), by=school.teacher)
        trip = Trip(school, TripId(sent.recorded[0].envelope.stream.id))
        wait_until(lambda: live.watch.last_tick, 5)
        line.cut()
        time.sleep(1)
        stood = live.watch.last_tick
        time.sleep(3)
        assert live.watch.last_tick == stood
        assert raised(trip) == []
        line.mend()
        wait_until(lambda: raised(trip), 12)
        wait_until(lambda: live.watch.last_tick != stood, 12)
        assert len(raised(trip)) == 1


def test_stopping_ends_the_thread_at_once(world: World) -> None:
    school = world.school("william_lilley")
    with running(world, school) as live:
        wait_until(lambda: live.watch.last_tick, 5)
        began = time.monotonic()
        live.watch.stop()
        assert time.monotonic() - began < 1
