"""A program with four writers that share commits, to be killed. Each says which of its notes was acknowledged, and where.

Reads one line of JSON: the connections, the school, and for each writer its stream and the last note that was
acknowledged; it goes on from the next one, under the id that this note always has. Prints `writer number index`.
"""

import asyncio
import json
import sys
from uuid import UUID, uuid5

from domain.ids import CommandId, VisitId, visit_stream
from eventlog.errors import LogUnavailable
from eventlog.log import PostgresLog
from eventlog.seam import Write
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.eventlog.examples import EVENTS, a_knock


def command_id_of(stream: UUID, number: int) -> CommandId:
    """The same for a note, however often it is sent."""
    return CommandId(uuid5(stream, str(number)))


async def _write(log: PostgresLog, writer: int, stream: UUID, number: int) -> None:
    visit = visit_stream(VisitId(stream))
    while True:
        number += 1
        knocks = tuple(a_knock(f"{number}") for _ in range(1 + number % 3))
        while True:
            try:
                stored = await log.append(command_id_of(stream, number), b"", [Write(visit, None, knocks)])
            except LogUnavailable:
                await asyncio.sleep(0.05)  # Whether it was stored is not known: the same id again.
                continue
            break
        sys.stdout.write(f"{writer} {number} {stored.first_index}\n")
        sys.stdout.flush()


async def _write_all(store: Store, school: str, writers: list[tuple[str, int]]) -> None:
    log = store.log(school)
    async with store.committing(), asyncio.TaskGroup() as tasks:
        for writer, (stream, number) in enumerate(writers):
            tasks.create_task(_write(log, writer, UUID(stream), number))


def _main() -> None:
    order = json.loads(sys.stdin.readline())
    while True:
        try:
            store = Store.open(DatabaseUrls(**order["urls"]), EVENTS)
        except LogUnavailable:
            continue  # The database is coming up again; opening waits by itself.
        with store:
            asyncio.run(_write_all(store, order["school"], order["writers"]))


if __name__ == "__main__":
    _main()
