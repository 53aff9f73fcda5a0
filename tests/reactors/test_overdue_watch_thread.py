"""The watch in its thread: within a second, and silent only where it says so."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from commands.bus import Bus
from commands.policy_files import clauses
from domain.catalogue import EVENTS
from domain.ids import TripId
from domain.trip import commands as t
from domain.trip.events import OverdueRaised
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from reactors import overdue_watch
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


def wait_until(met: Callable[[], object]) -> None:
    """Wait for what comes by itself. The limit is for what never comes; it says nothing of how fast things are."""
    ends = time.monotonic() + 30
    while not met():
        assert time.monotonic() < ends, "it never came about"
        time.sleep(0.02)


@pytest.fixture
def never_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """The watch looks when something happens or a time comes, and else not for an hour."""
    monkeypatch.setattr(overdue_watch, "LOOK_EVERY", 3600)


def test_it_looks_more_than_once_a_second_whatever_happens(world: World) -> None:
    assert overdue_watch.LOOK_EVERY < 1
    with running(world, world.school("william_lilley")) as live:
        wait_until(lambda: live.watch.last_tick)
        tick = live.watch.last_tick
        wait_until(lambda: live.watch.last_tick != tick)


@pytest.mark.usefixtures("never_by_itself")
def test_in_its_thread_it_raises_when_the_time_comes(world: World) -> None:
    school = world.school("william_lilley")
    world.clock.now = datetime.now(UTC)
    due = datetime.now(UTC) + timedelta(seconds=2)
    sent = school.send(t.Depart(people=(school.teacher.id,), back_by=due), by=school.teacher)
    trip = Trip(school, TripId(sent.recorded[0].envelope.stream.id))
    with running(world, school):
        wait_until(lambda: raised(trip))
        (alarm,) = raised(trip)
        assert alarm.found_at > due


def test_while_the_database_is_away_the_tick_stands_still_and_what_passed_is_raised_when_it_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("eventlog.pools.PATIENCE", 0.5)
    school = world.school("william_lilley")
    with line_to(world.urls) as (line, urls), running(world, school, urls) as live:
        due = datetime.now(UTC) + timedelta(seconds=2)
        sent = school.send(t.Depart(people=(school.teacher.id,), back_by=due), by=school.teacher)
        trip = Trip(school, TripId(sent.recorded[0].envelope.stream.id))
        wait_until(lambda: live.watch.last_tick)
        line.cut()
        wait_until(lambda: "waits for the database" in caplog.text)
        stood = live.watch.last_tick
        wait_until(lambda: datetime.now(UTC) > due + timedelta(seconds=1))
        assert live.watch.last_tick == stood
        assert raised(trip) == []
        line.mend()
        wait_until(lambda: raised(trip))
        wait_until(lambda: live.watch.last_tick != stood)
        assert len(raised(trip)) == 1


@pytest.mark.usefixtures("never_by_itself")
def test_stopping_does_not_wait_for_the_next_look(world: World) -> None:
    with running(world, world.school("william_lilley")) as live:
        wait_until(lambda: live.watch.last_tick)
        live.watch.stop()  # returns once the thread has ended; the next look is an hour away
        assert live.watch._thread is not None
        assert not live.watch._thread.is_alive()
