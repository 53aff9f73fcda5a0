import os
import signal
import time

from eventlog.log import PostgresLog
from eventlog.settings import DatabaseUrls
from tests.checks import check_log
from tests.eventlog.examples import indices, knock
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
