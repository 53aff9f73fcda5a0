"""Many writers at once: no follower misses or reorders an event, and no acknowledged one is lost."""

import os
import signal
import time
from collections.abc import Sequence

import psycopg

from eventlog.log import PostgresLog
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.checks import check_log
from tests.cut_off import line_to
from tests.eventlog.examples import EVENTS, indices, knock
from tests.eventlog.processes import start_writer

THREE_PROCESSES = 3


def test_while_several_processes_write_a_follower_sees_every_event_once_in_order(
    urls: DatabaseUrls, slug: str, log: PostgresLog
) -> None:
    threads, appends = 3, 30
    events = THREE_PROCESSES * threads * sum(1 + number % 3 for number in range(appends))
    tail = log.subscribe()
    writers = [start_writer(urls, slug, threads=threads, appends=appends) for _ in range(THREE_PROCESSES)]
    seen: list[int] = []
    give_up_at = time.monotonic() + 60
    while len(seen) < events and time.monotonic() < give_up_at:
        seen.extend(indices(tail.next_batch(timeout=1, limit=7)))
    acknowledged = [line.split() for writer in writers for line in writer.communicate()[0].splitlines()]
    tail.close()

    assert [writer.returncode for writer in writers] == [0] * THREE_PROCESSES
    assert seen == list(range(1, events + 1))
    stored = {str(one.envelope.index): str(one.envelope.event_id) for one in log.read_log()}
    assert stored == dict(acknowledged)


def test_thousands_of_events_by_many_writers_are_seen_once_each_in_order_though_listening_is_cut_again_and_again(
    urls: DatabaseUrls, slug: str
) -> None:
    threads, appends = 8, 84
    events = THREE_PROCESSES * threads * sum(1 + number % 3 for number in range(appends))
    assert events >= 4_000
    cuts = [events * part // 6 for part in range(1, 5)]
    seen: list[int] = []
    with line_to(urls) as (line, by_line), Store.open(by_line, EVENTS) as follower:
        tail = follower.log(slug).subscribe()
        listeners = [_listener(urls)]
        writers = [start_writer(urls, slug, threads=threads, appends=appends) for _ in range(THREE_PROCESSES)]
        give_up_at = time.monotonic() + 60
        while len(seen) < events and time.monotonic() < give_up_at:
            seen.extend(indices(tail.next_batch(timeout=1, limit=97)))
            if cuts and len(seen) >= cuts[0]:
                cuts.pop(0)
                if len(cuts) % 2:
                    line.cut()  # Nothing comes through: neither what LISTEN tells nor the events.
                    assert tail.next_batch(timeout=0.1, limit=97) == ()
                    line.mend()
                else:
                    _end(urls, listeners[-1])  # Only LISTEN is gone.
                listeners.append(_listener(urls, listeners))
        tail.close()
        acknowledged = [line.split() for writer in writers for line in writer.communicate()[0].splitlines()]

        assert [writer.returncode for writer in writers] == [0] * THREE_PROCESSES
        assert seen == list(range(1, events + 1))
        assert len(set(listeners)) == 5, "each time it was another session that listened"
        stored = {str(one.envelope.index): str(one.envelope.event_id) for one in follower.log(slug).read_log()}
    assert stored == dict(acknowledged)


def _listener(urls: DatabaseUrls, gone: Sequence[int] = ()) -> int:
    """The session that listens, once there is one that is none of these."""
    query = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'doorstep listen' AND query LIKE 'LISTEN%%' AND pid <> ALL(%s)"
    )
    with psycopg.connect(urls.app, autocommit=True) as connection:
        while True:  # one that never comes runs into the test's own limit
            found = connection.execute(query, (list(gone),)).fetchone()
            if found is not None:
                return int(found[0])
            time.sleep(0.02)


def _end(urls: DatabaseUrls, session: int) -> None:
    with psycopg.connect(urls.app, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (session,))


def test_a_writing_process_that_is_killed_loses_no_acknowledged_event(
    urls: DatabaseUrls, slug: str, log: PostgresLog
) -> None:
    for wait in (0.0, 0.05, 0.12):
        writer = start_writer(urls, slug, threads=2, appends=100_000)
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline()]
        time.sleep(wait)
        os.kill(writer.pid, signal.SIGKILL)
        # What is left in the pipe; the last line may be cut off by the kill.
        acknowledged.extend(line for line in writer.communicate()[0].splitlines(keepends=True) if line.endswith("\n"))
        assert writer.returncode == -signal.SIGKILL

        # Somebody else writes on at once: the killed session's lock goes with it.
        knock(log)
        stored = {(one.envelope.index, str(one.envelope.event_id)) for one in check_log(log)}
        for line in acknowledged:
            index, event_id = line.split()
            assert (int(index), event_id) in stored
