import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from eventlog.codec import Unreadable
from eventlog.log import PostgresLog
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.eventlog.examples import EVENTS, Answered, Knocked, indices, knock

LIMIT = 30.0
"""Seconds after which what should have come by itself never comes."""


@pytest.fixture
def elsewhere(urls: DatabaseUrls, slug: str) -> Iterator[PostgresLog]:
    """The same log in another store, which shares nothing with the first but the database."""
    with Store.open(urls, EVENTS) as other:
        yield other.log(slug)


def test_a_follower_first_gets_what_is_there_and_then_what_comes(log: PostgresLog) -> None:
    knock(log)
    knock(log)
    tail = log.subscribe()
    assert indices(tail.next_batch(timeout=LIMIT)) == [1, 2]
    assert tail.next_batch(timeout=0) == ()
    knock(log)
    assert indices(tail.next_batch(timeout=LIMIT)) == [3]
    tail.close()


def test_a_follower_may_begin_anywhere_and_take_a_few_at_a_time(log: PostgresLog) -> None:
    for _ in range(5):
        knock(log)
    tail = log.subscribe(from_index=3)
    assert indices(tail.next_batch(timeout=LIMIT, limit=2)) == [3, 4]
    assert indices(tail.next_batch(timeout=LIMIT, limit=2)) == [5]
    tail.close()


def test_a_follower_beyond_the_head_waits_for_its_index(log: PostgresLog) -> None:
    tail = log.subscribe(from_index=3)
    knock(log)
    knock(log)
    assert tail.next_batch(timeout=0.05) == ()
    knock(log)
    assert indices(tail.next_batch(timeout=LIMIT)) == [3]
    tail.close()


@pytest.fixture
def never_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A follower that nobody wakes would look after an hour."""
    monkeypatch.setattr("eventlog.tail.POLL", 3600)


@pytest.mark.usefixtures("never_by_itself")
def test_an_append_by_this_process_wakes_a_follower(log: PostgresLog) -> None:
    _wakes(log, log)


@pytest.mark.usefixtures("never_by_itself")
def test_an_append_by_another_process_wakes_a_follower(log: PostgresLog, elsewhere: PostgresLog) -> None:
    _wakes(log, elsewhere)


def _wakes(follows: PostgresLog, writes: PostgresLog) -> None:
    """A follower who waits has every event as it is written. How fast that is, `make bench` tells."""
    tail = follows.subscribe()
    knock(writes)
    assert tail.next_batch(timeout=LIMIT)
    for _ in range(5):
        with ThreadPoolExecutor(1) as thread:
            waiting = thread.submit(tail.next_batch, timeout=LIMIT)
            time.sleep(0.05)  # it waits by now, or finds what is there: either is well
            knock(writes)
            assert waiting.result()
    tail.close()


def test_closing_a_subscription_ends_a_wait(log: PostgresLog) -> None:
    tail = log.subscribe()
    threading.Timer(0.1, tail.close).start()
    assert tail.next_batch(timeout=3600) == ()  # the test would run into its own limit


def test_a_follower_survives_the_loss_of_every_connection_and_misses_nothing(
    urls: DatabaseUrls, log: PostgresLog, elsewhere: PostgresLog
) -> None:
    tail = log.subscribe()
    knock(elsewhere)
    assert indices(tail.next_batch(timeout=LIMIT)) == [1]
    for expected in (2, 3, 4):
        _end_all_sessions(urls)
        knock(elsewhere)
        assert indices(tail.next_batch(timeout=LIMIT)) == [expected]
    tail.close()


@pytest.mark.usefixtures("never_by_itself")
def test_listening_is_taken_up_again_after_a_lost_connection(
    urls: DatabaseUrls, log: PostgresLog, elsewhere: PostgresLog
) -> None:
    tail = log.subscribe()
    knock(elsewhere)
    tail.next_batch(timeout=LIMIT)
    _end_all_sessions(urls)
    while not _somebody_listens(urls):
        time.sleep(0.02)  # one that never comes runs into the test's own limit
    tail.close()
    _wakes(log, elsewhere)


def test_an_event_that_cannot_be_read_stands_in_its_place_and_the_rest_goes_on(
    urls: DatabaseUrls, slug: str, log: PostgresLog
) -> None:
    knock(log)
    knock(log)
    with Store.open(urls, {Answered.TOPIC: Answered}) as older:
        old_log = older.log(slug)
        batch = old_log.subscribe().next_batch(timeout=LIMIT)
        assert [type(one.event) for one in batch] == [Unreadable, Unreadable]
        assert isinstance(batch[0].event, Unreadable)
        assert batch[0].event.topic == batch[0].envelope.topic == Knocked.TOPIC
        assert indices(tuple(old_log.read_log())) == [1, 2]


def _end_all_sessions(urls: DatabaseUrls) -> None:
    with psycopg.connect(urls.app, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )


def _somebody_listens(urls: DatabaseUrls) -> bool:
    with psycopg.connect(urls.app) as connection:
        query = (
            "SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'doorstep listen' AND query LIKE 'LISTEN%'"
        )
        return connection.execute(query).fetchone() is not None
