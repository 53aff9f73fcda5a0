import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from commands.bus import Bus, Sender
from commands.ids import new_command_id
from commands.opening import open_school
from commands.policy_files import clauses, load_policy
from commands.recent_streams import RecentStreams
from domain.catalogue import EVENTS
from domain.command import Command
from domain.envelope import Recorded
from domain.ids import DOORSTEP, StaffId, Stream, TripId, staff_stream
from domain.staff.commands import AddStaff, RegisterNumber
from domain.trip.commands import Depart, MakeCheckIn
from domain.trip.events import CheckInMade
from eventlog.log import PostgresLog
from eventlog.migrate import migrate
from eventlog.seam import Appended
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.checks import check_log

SLUG = "quiet"


class _School:
    """A school with one member of staff whose number changes, and the log read as the bus reads it."""

    def __init__(self, urls: DatabaseUrls, store: Store) -> None:
        self.store, self.bus = store, Bus(store, clauses())
        migrate(urls, "demonstration")
        start = datetime.now(UTC) - timedelta(days=2)
        asyncio.run(open_school(self.bus, urls, SLUG, "Quiet School", load_policy("norbury"), start))
        self.ann = StaffId(self.send(AddStaff(name="Ann", mobile="07700 900000")).recorded[0].envelope.stream.id)
        self.stream = staff_stream(self.ann)
        self.log: PostgresLog = store.log(SLUG)

    def send(self, command: Command, bus: Bus | None = None) -> Appended:
        return asyncio.run((bus or self.bus).send(SLUG, command, Sender(DOORSTEP, new_command_id())))

    def new_number(self, number: int) -> Recorded:
        """The number changes; the event of it."""
        by = Sender(self.ann, new_command_id())
        command = RegisterNumber(staff=self.ann, mobile=f"07700 900{number:03d}")
        return asyncio.run(self.bus.send(SLUG, command, by)).recorded[-1]


@pytest.fixture
def school(database_urls: DatabaseUrls) -> Iterator[_School]:
    migrate(database_urls, "demonstration")
    with Store.open(database_urls, EVENTS) as store:
        yield _School(database_urls, store)


def _followed(school: _School) -> RecentStreams:
    streams = RecentStreams(school.log)
    for recorded in school.log.read_log():
        streams.follow(recorded)
    return streams


def test_what_is_kept_is_what_the_log_says(school: _School) -> None:
    streams = _followed(school)
    for number in range(3):
        streams.follow(school.new_number(number))
        assert streams.read(school.stream) == school.log.read(school.stream)


def test_a_stream_that_was_read_is_not_read_again_but_followed(school: _School) -> None:
    streams = _followed(school)
    before = streams.read(school.stream)
    event = school.new_number(1)
    assert streams.read(school.stream) == before, "nobody has told it yet"
    streams.follow(event)
    assert streams.read(school.stream) == (*before, event)


def test_an_event_that_was_read_already_is_not_kept_twice(school: _School) -> None:
    streams = RecentStreams(school.log)
    event = school.new_number(1)
    whole = streams.read(school.stream)
    assert whole[-1] == event
    streams.follow(event)
    assert streams.read(school.stream) == whole


def test_an_event_that_comes_while_a_stream_is_read_is_not_missed_afterwards(school: _School) -> None:
    class Interrupted(PostgresLog):
        """The school's log, where somebody else's event arrives and is followed just after a reading."""

        def __init__(self) -> None:
            vars(self).update(vars(school.log))

        def read(self, stream: Stream, up_to_version: int | None = None) -> tuple[Recorded, ...]:
            found = super().read(stream, up_to_version)
            if not arrived:
                arrived.append(school.new_number(1))
                streams.follow(arrived[0])
            return found

    arrived: list[Recorded] = []
    streams = RecentStreams(Interrupted())
    assert arrived == []
    streams.read(school.stream)
    assert streams.read(school.stream) == school.log.read(school.stream)
    assert streams.read(school.stream)[-1] == arrived[0]


def test_a_gap_is_never_bridged(school: _School) -> None:
    streams = _followed(school)
    streams.read(school.stream)
    school.new_number(1)
    streams.follow(school.new_number(2))
    assert streams.read(school.stream) == school.log.read(school.stream)


def test_two_processes_at_once_decide_on_the_same_stream_and_nothing_is_lost(
    school: _School, database_urls: DatabaseUrls
) -> None:
    left = asyncio.run(school.bus.send(SLUG, Depart(), Sender(school.ann, new_command_id())))
    stream = left.recorded[0].envelope.stream
    trip = TripId(stream.id)

    async def both() -> None:
        async def one(bus: Bus) -> None:
            for _ in range(15):
                await bus.send(SLUG, MakeCheckIn(trip=trip), Sender(school.ann, new_command_id()))

        with Store.open(database_urls, EVENTS) as other:
            await asyncio.gather(one(school.bus), one(Bus(other, clauses())))

    asyncio.run(both())
    calls = [one for one in school.log.read(stream) if isinstance(one.event, CheckInMade)]
    assert len(calls) == 30
    check_log(school.log)
