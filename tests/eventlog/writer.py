"""A process that writes to a log until its work is done or it is killed; it prints each index once acknowledged.

Reads one line of JSON: the connections, the school, how many threads and how many appends each.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from eventlog.log import PostgresLog
from eventlog.seam import VersionConflict, Write
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.eventlog.examples import EVENTS, a_command, a_knock, a_visit


def main() -> None:
    """Write as told."""
    order = json.loads(sys.stdin.readline())
    with Store.open(DatabaseUrls(**order["urls"]), EVENTS) as store:
        log = store.log(order["school"])
        with ThreadPoolExecutor(order["threads"]) as threads:
            for done in [threads.submit(_write, log, order) for _ in range(order["threads"])]:
                done.result()


def _write(log: PostgresLog, order: dict[str, Any]) -> None:
    for number in range(order["appends"]):
        visit = a_visit()
        events = tuple(a_knock() for _ in range(1 + number % 3))
        appended = log.append_now(a_command(), b"", [Write(visit, 0, events)])
        # One write call a line: lines of several threads never mix.
        sys.stdout.write("".join(f"{one.envelope.index} {one.envelope.event_id}\n" for one in appended.recorded))
        sys.stdout.flush()
        try:
            log.append_now(a_command(), b"", [Write(visit, 0, events)])
        except VersionConflict:
            continue  # Expected: what is refused must leave no gap in the index.


if __name__ == "__main__":
    main()
