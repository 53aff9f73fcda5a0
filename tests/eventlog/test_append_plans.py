"""What an append costs does not grow with the log, also in a session that began while the log was empty."""

import asyncio
import time

import psycopg
from psycopg.sql import SQL

from domain.ids import SchoolSlug
from eventlog.migrate import log_schema
from eventlog.seam import Claims, Write
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.eventlog.examples import EVENTS, a_command, a_knock, a_trip

_STEPS = 60


def _read_whole(urls: DatabaseUrls, slug: str, appended: int) -> int:
    """How often somebody read a table of the log from end to end, once the server has counted so many events."""
    query = SQL(
        "SELECT (SELECT n_tup_ins FROM pg_stat_user_tables WHERE schemaname = {schema} AND relname = 'event'),"
        " (SELECT sum(seq_scan) FROM pg_stat_user_tables"
        " WHERE schemaname = {schema} AND relname IN ('event', 'command', 'claim', 'erased_key'))"
    ).format(schema=log_schema(SchoolSlug(slug)))
    give_up_at = time.monotonic() + 30
    with psycopg.connect(urls.migrate, autocommit=True) as connection:
        while True:
            counted, scans = connection.execute(query).fetchone() or (0, 0)
            if counted >= appended:
                return int(scans)
            assert time.monotonic() < give_up_at, "the server never counted the events"
            time.sleep(0.1)


def test_no_append_reads_a_table_of_the_log_from_end_to_end(urls: DatabaseUrls, slug: str) -> None:
    trip = a_trip()

    async def step(store: Store, version: int) -> None:
        claims = (
            Claims(trip, frozenset({"out:them"})) if version % 2 == 0 else Claims(trip, release=frozenset({"out:them"}))
        )
        await store.log(slug).append(a_command(), b"", [Write(trip, version, (a_knock(),))], claims)

    async def walk() -> None:
        with Store.open(urls, EVENTS) as store:
            async with store.committing():
                for version in range(_STEPS):
                    await step(store, version)

    before = _read_whole(urls, slug, 0)
    asyncio.run(walk())
    assert _read_whole(urls, slug, _STEPS) == before
