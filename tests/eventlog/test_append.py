import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest

from domain.envelope import Acting
from domain.event import Event
from domain.ids import EventId, StaffId, Stream, StreamKind
from domain.roles import Role
from eventlog.errors import EventIdReused, UnknownTopic
from eventlog.log import PostgresLog
from eventlog.seam import Claims, ClaimTaken, CommandReused, NewEvent, SchoolLog, VersionConflict, Write
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.checks import check_log
from tests.eventlog.committing import committing
from tests.eventlog.examples import EVENTS, NOON, Knocked, a_command, a_knock, a_trip, a_visit, indices, knock
from tests.eventlog.examples import store as append


@pytest.fixture(params=["each alone", "together"])
def log(store: Store, slug: str, request: pytest.FixtureRequest) -> Iterator[PostgresLog]:
    """A new school's log, appended to from a thread or from a loop that shares commits; verified after the test."""
    opened = store.log(slug)
    if request.param == "each alone":
        yield opened
    else:
        with committing(store) as together:
            yield together(opened)
    check_log(opened)


def test_an_event_is_read_back_as_it_was_stored_with_its_whole_envelope(log: PostgresLog) -> None:
    visit, command_id = a_visit(), a_command()
    said_by, absent, cause, corrected = (uuid4() for _ in range(4))
    acting = Acting(
        actor=StaffId(uuid4()),
        role=Role.SCHOOL_OFFICE,
        said_by=StaffId(said_by),
        deputising_for=StaffId(absent),
        command_id=command_id,
        occurred_at=datetime(2026, 3, 2, 9, 30, 0, 7, tzinfo=timezone(timedelta(hours=1))),
        device_at=NOON,
        correlation_id=EventId(cause),
        causation_id=EventId(cause),
    )
    new = NewEvent(EventId(uuid4()), Knocked(note="Zoë's door 🚪"), acting, 3, corrects=EventId(corrected))
    before = datetime.now(UTC)
    appended = append(log, Write(visit, 0, (new,)), command_id=command_id)

    (recorded,) = log.read(visit)
    assert appended.recorded == (recorded,)
    assert recorded.event == new.event
    envelope = recorded.envelope
    assert (envelope.event_id, envelope.school, envelope.stream) == (new.event_id, log.school, visit)
    assert (envelope.version, envelope.index, envelope.topic) == (1, 1, Knocked.TOPIC)
    assert (envelope.occurred_at, envelope.device_at) == (datetime(2026, 3, 2, 8, 30, 0, 7, tzinfo=UTC), NOON)
    assert before - timedelta(minutes=1) < envelope.recorded_at < datetime.now(UTC) + timedelta(minutes=1)
    assert (envelope.actor, envelope.role, envelope.said_by) == (acting.actor, Role.SCHOOL_OFFICE, said_by)
    assert (envelope.deputising_for, envelope.command_id) == (absent, command_id)
    assert (envelope.correlation_id, envelope.causation_id, envelope.corrects) == (cause, cause, corrected)
    assert (envelope.policy_version, envelope.key_id is None) == (3, False)
    assert envelope.recorded_at.utcoffset() == timedelta()
    assert log.event(new.event_id) == recorded


def test_a_log_is_a_log_to_the_type_checker_too(log: PostgresLog) -> None:
    as_seen_by_other_rooms: SchoolLog = log
    assert as_seen_by_other_rooms.head() == 0


def test_one_append_writes_to_several_streams_under_one_range(log: PostgresLog) -> None:
    trip, visit = a_trip(), a_visit()
    appended = append(log, Write(trip, 0, (a_knock(), a_knock())), Write(visit, 0, (a_knock(),)))
    assert (appended.first_index, appended.last_index, appended.duplicate) == (1, 3, False)
    assert [one.envelope.version for one in appended.recorded] == [1, 2, 1]
    assert len({one.envelope.recorded_at for one in appended.recorded}) == 1
    assert len(log.read(trip)) == 2
    assert len(log.read(visit)) == 1


def test_two_writes_for_one_stream_are_judged_by_the_version_before_both(log: PostgresLog) -> None:
    visit = a_visit()
    knock(log, visit)
    append(log, Write(visit, 1, (a_knock(),)), Write(visit, 1, (a_knock(),)))
    assert [one.envelope.version for one in log.read(visit)] == [1, 2, 3]


def test_a_stream_that_has_moved_on_refuses_the_whole_append(log: PostgresLog) -> None:
    visit, other = a_visit(), a_visit()
    knock(log, visit, 0)
    with pytest.raises(VersionConflict) as refused:
        append(log, Write(other, 0, (a_knock(),)), Write(visit, 0, (a_knock(),)))
    assert refused.value.stream == visit
    assert log.read(other) == ()
    assert log.head() == 1


def test_a_version_that_the_stream_has_not_reached_is_a_conflict(log: PostgresLog) -> None:
    with pytest.raises(VersionConflict):
        knock(log, a_visit(), 5)


def test_a_fact_is_appended_at_the_end_wherever_that_is(log: PostgresLog) -> None:
    visit = a_visit()
    for _ in range(3):
        knock(log, visit, None)
    assert [one.envelope.version for one in log.read(visit)] == [1, 2, 3]


def test_one_id_may_name_a_trip_and_a_visit_and_they_stay_apart(log: PostgresLog) -> None:
    trip = a_trip()
    visit = Stream(StreamKind.VISIT, trip.id)
    knock(log, trip, 0)
    knock(log, visit, 0)
    assert indices(log.read(trip)) == [1]
    assert indices(log.read(visit)) == [2]


def test_a_stream_can_be_read_up_to_a_version(log: PostgresLog) -> None:
    visit = a_visit()
    append(log, Write(visit, 0, (a_knock("first"), a_knock("second"), a_knock("third"))))
    assert [one.event for one in log.read(visit, up_to_version=2)] == [Knocked(note="first"), Knocked(note="second")]
    assert log.read(a_visit()) == ()


def test_the_log_is_read_from_an_index_with_a_limit(log: PostgresLog) -> None:
    append(log, Write(a_visit(), 0, tuple(a_knock() for _ in range(10))))
    assert indices(tuple(log.read_log(4))) == [4, 5, 6, 7, 8, 9, 10]
    assert indices(tuple(log.read_log(4, limit=2))) == [4, 5]
    assert tuple(log.read_log(11)) == ()
    assert log.event(EventId(uuid4())) is None


def test_a_log_longer_than_a_batch_is_read_whole(log: PostgresLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventlog.log.BATCH", 3)
    append(log, Write(a_visit(), 0, tuple(a_knock() for _ in range(10))))
    assert indices(tuple(log.read_log())) == list(range(1, 11))


def test_a_command_sent_twice_is_stored_once_and_answered_the_same(log: PostgresLog) -> None:
    command_id, visit = a_command(), a_visit()
    first = append(log, Write(visit, 0, (a_knock(), a_knock())), command_id=command_id)
    knock(log)
    again = append(log, Write(visit, 0, (a_knock(), a_knock())), command_id=command_id)
    assert again == first._replace(duplicate=True)
    assert log.lookup(command_id) == again
    assert log.lookup(a_command()) is None
    assert log.head() == 3


def test_a_command_sent_twice_at_the_same_moment_is_stored_once(log: PostgresLog) -> None:
    async def both() -> list[bool]:
        command_id, visit = a_command(), a_visit()
        sent = [log.append(command_id, b"same", [Write(visit, 0, (a_knock(),))]) for _ in range(8)]
        return sorted(one.duplicate for one in await asyncio.gather(*sent))

    assert asyncio.run(both()) == [False] + [True] * 7
    assert log.head() == 1


def test_a_command_id_used_again_for_other_content_is_refused_and_stores_nothing(log: PostgresLog) -> None:
    command_id = a_command()
    append(log, Write(a_visit(), 0, (a_knock(),)), command_id=command_id, fingerprint=b"one")
    with pytest.raises(CommandReused) as refused:
        append(log, Write(a_visit(), 0, (a_knock(),)), command_id=command_id, fingerprint=b"another")
    assert refused.value.command_id == command_id
    assert log.head() == 1


def test_a_known_command_is_answered_even_where_its_stream_has_moved_on(log: PostgresLog) -> None:
    command_id, visit = a_command(), a_visit()
    append(log, Write(visit, 0, (a_knock(),)), command_id=command_id)
    knock(log, visit, 1)
    assert append(log, Write(visit, 0, (a_knock(),)), command_id=command_id).duplicate


def test_a_command_that_stores_nothing_is_remembered(log: PostgresLog) -> None:
    command_id = a_command()
    knock(log)
    first = append(log, command_id=command_id)
    assert (first.first_index, first.last_index, first.recorded) == (2, 1, ())
    again = append(log, command_id=command_id)
    assert again.duplicate
    assert again.recorded == ()


def test_a_claim_is_held_by_one_stream_until_it_lets_go(log: PostgresLog) -> None:
    mine, theirs, claim = a_trip(), a_trip(), f"out:{uuid4()}"
    append(log, Write(mine, 0, (a_knock(),)), claims=Claims(mine, take=frozenset({claim})))
    assert log.holder_of(claim) == mine
    with pytest.raises(ClaimTaken) as refused:
        append(log, Write(theirs, 0, (a_knock(),)), claims=Claims(theirs, take=frozenset({claim, "free"})))
    assert (refused.value.claim, refused.value.holder) == (claim, mine)
    assert log.holder_of("free") is None
    assert log.read(theirs) == ()
    append(log, Write(theirs, 0, (a_knock(),)), claims=Claims(theirs, release=frozenset({claim})))
    assert log.holder_of(claim) == mine, "only its holder releases a claim"
    append(log, Write(mine, 1, (a_knock(),)), claims=Claims(mine, release=frozenset({claim, "never held"})))
    assert log.holder_of(claim) is None
    append(log, Write(theirs, 1, (a_knock(),)), claims=Claims(theirs, take=frozenset({claim})))
    assert log.holder_of(claim) == theirs


def test_a_holder_may_take_again_what_it_holds(log: PostgresLog) -> None:
    trip, claim = a_trip(), "out:somebody"
    for _ in range(2):
        append(log, Write(trip, None, (a_knock(),)), claims=Claims(trip, take=frozenset({claim})))
    assert log.holder_of(claim) == trip


def test_claims_without_a_holder_are_refused(log: PostgresLog) -> None:
    with pytest.raises(ValueError, match="name the stream"):
        append(log, Write(a_visit(), 0, (a_knock(),)), claims=Claims(take=frozenset({"out"})))


def test_two_trips_claiming_one_person_at_the_same_moment_get_one_yes(log: PostgresLog) -> None:
    async def race() -> list[object]:
        trips = [a_trip() for _ in range(6)]
        sent = [
            log.append(a_command(), b"", [Write(trip, 0, (a_knock(),))], Claims(trip, frozenset({"out:them"})))
            for trip in trips
        ]
        return await asyncio.gather(*sent, return_exceptions=True)

    outcomes = asyncio.run(race())
    assert sum(isinstance(one, ClaimTaken) for one in outcomes) == 5
    assert log.head() == 1


def test_an_event_id_is_stored_once(log: PostgresLog) -> None:
    event = a_knock()
    append(log, Write(a_visit(), 0, (event,)))
    with pytest.raises(EventIdReused):
        append(log, Write(a_visit(), 0, (event,)))
    knock(log)
    assert log.head() == 2


def test_an_event_that_is_not_registered_is_refused_before_anything_is_stored(log: PostgresLog) -> None:
    class Whispered(Event, frozen=True, kw_only=True):
        TOPIC = "example.whispered.v1"

    new = a_knock()._replace(event=Whispered())
    with pytest.raises(UnknownTopic):
        append(log, Write(a_visit(), 0, (a_knock(), new)))
    assert log.head() == 0


@pytest.mark.parametrize(
    "instant",
    [
        pytest.param(datetime(2026, 3, 2, 12, 0), id="without a zone"),  # noqa: DTZ001 - what is refused
        pytest.param(datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), id="before the year 1 in UTC"),
        pytest.param(datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))), id="after the year 9999 in UTC"),
    ],
)
def test_an_instant_that_could_not_be_read_back_is_refused(log: PostgresLog, instant: datetime) -> None:
    knocked = a_knock()
    acting = Acting(actor=knocked.acting.actor, role=Role.TEACHER, command_id=a_command(), occurred_at=instant)
    with pytest.raises(ValueError, match="cannot be stored"):
        append(log, Write(a_visit(), 0, (knocked._replace(acting=acting),)))
    assert log.head() == 0


def test_the_earliest_and_latest_instants_come_back_exactly(log: PostgresLog) -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    acting = Acting(
        actor=StaffId(uuid4()), role=Role.TEACHER, command_id=a_command(), occurred_at=first, device_at=last
    )
    visit = a_visit()
    append(log, Write(visit, 0, (a_knock()._replace(acting=acting),)))
    (recorded,) = log.read(visit)
    assert (recorded.envelope.occurred_at, recorded.envelope.device_at) == (first, last)


def test_an_injected_clock_is_stored_as_the_time_of_recording(urls: DatabaseUrls, slug: str) -> None:
    with Store.open(urls, EVENTS, clock=lambda: NOON) as seeded:
        appended = knock(seeded.log(slug))
        assert appended.recorded[0].envelope.recorded_at == NOON
        assert next(seeded.log(slug).read_log()).envelope.recorded_at == NOON


def test_callers_hear_of_each_append_by_this_process_once(log: PostgresLog) -> None:
    heads: list[int] = []

    def fail(_head: int) -> None:
        message = "a careless listener"
        raise RuntimeError(message)

    log.on_append(fail)
    log.on_append(heads.append)
    command_id, visit = a_command(), a_visit()
    for _ in range(2):
        append(log, Write(visit, 0, (a_knock(), a_knock())), command_id=command_id)
    assert heads == [2]
