"""Callers of one loop share commits, and nobody pays for another's mistake."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import psycopg
import pytest

from domain.ids import Stream
from eventlog.appending import Request
from eventlog.codec import Codec
from eventlog.committer import SchoolQueue
from eventlog.errors import LogUnavailable, PayloadTooLarge
from eventlog.log import PostgresLog
from eventlog.pools import connect_for_appends
from eventlog.rows import payloads
from eventlog.sealing import Draft, Sealing
from eventlog.seam import Appended, Claims, ClaimTaken, CommandReused, VersionConflict, Write
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.checks import check_log
from tests.eventlog.examples import EVENTS, a_command, a_knock, a_trip, a_visit, knock


def _one(log: PostgresLog, stream: Stream | None = None, version: int | None = 0) -> "asyncio.Future[Appended]":
    return asyncio.ensure_future(log.append(a_command(), b"", [Write(stream or a_visit(), version, (a_knock(),))]))


def _at_once(store: Store, send: Callable[[], Iterable[Awaitable[Appended]]]) -> list[Appended | BaseException]:
    """What callers get who come at the same moment: answers and exceptions alike."""

    async def all_at_once() -> list[Appended | BaseException]:
        async with store.committing():
            return await asyncio.gather(*send(), return_exceptions=True)

    return asyncio.run(all_at_once())


def test_callers_who_come_together_share_commits(store: Store, log: PostgresLog) -> None:
    async def all_at_once() -> Sequence[Appended]:
        async with store.committing():
            await _one(log)
            return await asyncio.gather(*(_one(log) for _ in range(200)))

    appended = asyncio.run(all_at_once())
    assert sorted(one.first_index for one in appended) == list(range(2, 202))
    # One call of the append function takes one time of recording.
    moments = {one.recorded[0].envelope.recorded_at for one in appended}
    assert len(moments) < 20
    assert log.head() == 201


def test_a_member_that_is_refused_takes_nobody_down_with_it(store: Store, log: PostgresLog) -> None:
    trip, other, known = a_trip(), a_trip(), a_command()
    moved = a_visit()
    knock(log, moved)
    asyncio.run(log.append(known, b"one", [Write(trip, 0, (a_knock(),))], Claims(trip, frozenset({"out:them"}))))

    first, conflict, taken, reused, duplicate, going_on, last = _at_once(
        store,
        lambda: [
            _one(log),
            _one(log, moved, 0),
            log.append(a_command(), b"", [Write(other, 0, (a_knock(),))], Claims(other, frozenset({"out:them"}))),
            log.append(known, b"another", [Write(a_visit(), 0, (a_knock(),))]),
            log.append(known, b"one", [Write(a_visit(), 0, (a_knock(),))]),
            _one(log, moved, 1),
            _one(log),
        ],
    )
    assert isinstance(conflict, VersionConflict)
    assert conflict.stream == moved
    assert isinstance(taken, ClaimTaken)
    assert (taken.claim, taken.holder) == ("out:them", trip)
    assert isinstance(reused, CommandReused)
    assert isinstance(duplicate, Appended)
    assert (duplicate.duplicate, duplicate.first_index) == (True, 2)
    for stored in (first, going_on, last):
        assert isinstance(stored, Appended)
        assert not stored.duplicate
    assert log.head() == 5


def test_facts_for_one_stream_told_at_the_same_moment_are_all_stored_in_turn(store: Store, log: PostgresLog) -> None:
    trip = a_trip()
    told = _at_once(store, lambda: [_one(log, trip, None) for _ in range(30)])
    assert all(isinstance(one, Appended) for one in told)
    assert [one.envelope.version for one in log.read(trip)] == list(range(1, 31))


def test_two_decisions_on_one_version_get_one_yes(store: Store, log: PostgresLog) -> None:
    visit = a_visit()
    knock(log, visit)
    outcomes = _at_once(store, lambda: [_one(log, visit, 1) for _ in range(5)])
    assert sum(isinstance(one, VersionConflict) for one in outcomes) == 4
    assert log.head() == 2


def test_sessions_ended_under_load_lose_and_double_nothing(store: Store, log: PostgresLog, urls: DatabaseUrls) -> None:
    async def end_sessions() -> None:
        async with await psycopg.AsyncConnection.connect(urls.app, autocommit=True) as connection:
            for _ in range(6):
                await asyncio.sleep(0.03)
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'doorstep append' AND datname = current_database()"
                )

    async def write_on(count: int) -> list[Appended]:
        return [await _one(log, version=0) for _ in range(count)]

    async def under_load() -> list[Appended]:
        async with store.committing():
            ending = asyncio.ensure_future(end_sessions())
            written = await asyncio.gather(*(write_on(25) for _ in range(12)))
            await ending
            return [one for some in written for one in some]

    appended = asyncio.run(under_load())
    assert sorted(one.first_index for one in appended) == list(range(1, 301))
    assert not any(one.duplicate for one in appended)


def test_a_connection_lost_at_its_first_use_keeps_nobody_waiting(
    urls: DatabaseUrls, slug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_lose = [True, True]

    def connect(conninfo: str) -> psycopg.Connection[Any]:
        connection = connect_for_appends(conninfo)
        if to_lose:
            to_lose.pop()
            with psycopg.connect(conninfo, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 10000)", (connection.info.backend_pid,))
        return connection

    async def one_after_another_for_one_trip(log: PostgresLog, store: Store) -> list[Appended]:
        trip = a_trip()
        async with store.committing(), asyncio.timeout(60):
            return list(await asyncio.gather(*(_one(log, trip, None) for _ in range(5))))

    monkeypatch.setattr("eventlog.store.connect_for_appends", connect)
    with Store.open(urls, EVENTS) as store:
        log = store.log(slug)
        stored = asyncio.run(one_after_another_for_one_trip(log, store))
        assert sorted(one.first_index for one in stored) == [1, 2, 3, 4, 5]
    assert not to_lose


def test_what_is_on_its_way_comes_home_before_the_connections_close(urls: DatabaseUrls, slug: str) -> None:
    async def leave_at_once(log: PostgresLog, store: Store) -> list[Appended]:
        async with store.committing():
            sent = [_one(log) for _ in range(40)]
            await asyncio.sleep(0)
        return list(await asyncio.gather(*sent))

    with Store.open(urls, EVENTS) as store:
        log = store.log(slug)
        assert len(asyncio.run(leave_at_once(log, store))) == 40
        check_log(log)


def test_a_caller_who_goes_away_leaves_the_others_their_answers(store: Store, log: PostgresLog) -> None:
    async def one_leaves() -> Sequence[Appended]:
        async with store.committing():
            sent = [_one(log) for _ in range(10)]
            await asyncio.sleep(0)
            sent[3].cancel()
            return await asyncio.gather(*(one for place, one in enumerate(sent) if place != 3))

    assert len(asyncio.run(one_leaves())) == 9
    assert log.head() in (9, 10)


def test_a_payload_of_more_than_a_megabyte_is_refused_with_its_size(log: PostgresLog) -> None:
    long = a_knock("x" * (1024 * 1024))
    with pytest.raises(PayloadTooLarge, match=r"1,048,\d+ bytes"):
        log.append_now(a_command(), b"", [Write(a_visit(), 0, (long,))])
    largest = a_knock("x" * (1024 * 1024 - 200))
    log.append_now(a_command(), b"", [Write(a_visit(), 0, (largest,))])
    assert log.head() == 1


def test_too_many_waiting_are_told_so_rather_than_kept(
    store: Store, log: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventlog.committer._MOST_WAITING", 5)
    outcomes = _at_once(store, lambda: [_one(log) for _ in range(50)])
    assert any(isinstance(one, LogUnavailable) for one in outcomes)
    assert log.head() == sum(isinstance(one, Appended) for one in outcomes)


def test_a_batch_keeps_the_order_and_leaves_what_touches_the_same() -> None:
    a, b, c = a_visit(), a_visit(), a_visit()
    queue = SchoolQueue(call=None, clock=None, tell=lambda _head: None)  # type: ignore[arg-type]  # nothing is sent
    loop = asyncio.new_event_loop()
    for touches in ({a}, {a, b}, {b}, {c}):
        request = Request(a_command(), b"", (), (), (), frozenset(touches), 1)
        queue.waiting.append((request, loop.create_future()))
    loop.close()
    batches = [[request.touches for request, _ in queue.next_batch()] for _ in range(3)]
    assert batches == [[{a}, {c}], [{a, b}], [{b}]]


def test_who_looked_up_a_streams_end_earlier_and_comes_back_later_sets_nobody_back(log: PostgresLog) -> None:
    trip = a_trip()
    sealing, codec = Sealing(log._recorder, log._keyring), Codec(EVENTS)

    def draft() -> Draft:
        writes = [Write(trip, None, (a_knock(),))]
        return Draft(a_command(), b"", writes, payloads(codec, writes), Claims())

    first, second = draft(), draft()
    assert sealing.missing(first) == sealing.missing(second) == [trip]
    sealing.look_up([trip], {})
    (one,) = sealing.seal(first).events
    sealing.look_up([trip], {})
    (two,) = sealing.seal(second).events
    assert (one.canonical.version, two.canonical.version) == (1, 2)
    assert one.canonical.key_id == two.canonical.key_id
