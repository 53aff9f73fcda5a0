"""Sealing, in a process of its own: catching up with a long log, and how far it trails behind while people append."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.sql import SQL, Identifier

from eventlog.log import PostgresLog
from eventlog.migrate import log_schema
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from reactors.sealing import Sealing
from scripts.benchmarks.append import Walk
from scripts.benchmarks.figure import Figure, rate, timed

_PACE = 20
"""Events a second of a trust's busy morning."""
_SECONDS = 15
_PATIENCE = 300
_CALLERS = 8
_EACH = 1_000


async def figures(store: Store, urls: DatabaseUrls, school: str, say: Callable[[str], None]) -> list[Figure]:
    """Events a second while catching up beside COPY of the same events; milliseconds from recording to release."""
    log = store.log(school)
    copied = _copied(urls, log)
    with _sealing(urls.sealer):
        say(f"sealing {log.head():,} events")
        caught_up = await asyncio.to_thread(_caught_up, urls, log)
        async with store.committing():
            say("sealing behind people who append")
            calm = await _lag(urls, log, _calmly)
            busy = await _lag(urls, log, _flat_out)
    return [
        Figure(
            name="sealing, catching up",
            value=caught_up,
            unit="events/s",
            reference="COPY out of the table",
            reference_value=copied,
            ratio=caught_up / copied,
        ),
        *(
            Figure(
                name=f"from recorded to sealed, {how}, p99 (spread: p50 to the longest)",
                value=p99,
                unit="ms",
                spread=(p50, longest),
            )
            for how, (p50, p99, longest) in ((f"{_PACE} events/s", calm), (f"{_CALLERS} callers flat out", busy))
        ),
    ]


async def _calmly(log: PostgresLog) -> None:
    walk = Walk(log)
    for _ in range(_PACE * _SECONDS):
        await walk.step()
        await asyncio.sleep(1 / _PACE)


async def _flat_out(log: PostgresLog) -> None:
    walks = [Walk(log) for _ in range(_CALLERS)]
    await rate(_CALLERS, _EACH, lambda number: walks[number].step())


async def _lag(
    urls: DatabaseUrls, log: PostgresLog, work: Callable[[PostgresLog], Awaitable[None]]
) -> tuple[float, float, float]:
    """By the server's clock: half, 99 in 100, and all of the events were sealed within so many milliseconds."""
    first = log.head() + 1
    await work(log)
    await asyncio.to_thread(_wait_until_sealed, urls, log)
    query = SQL(
        "SELECT percentile_disc(ARRAY[0.5, 0.99, 1.0]) WITHIN GROUP (ORDER BY extract(epoch FROM released - recorded_at))"
        " FROM (SELECT recorded_at, (SELECT released_at FROM {s}.checkpoint WHERE size >= notification_id"
        " ORDER BY size LIMIT 1) AS released FROM {s}.event WHERE notification_id >= %s) AS sealed"
    ).format(s=Identifier(log_schema(log.school)))
    with psycopg.connect(urls.sealer) as connection:
        row = connection.execute(query, (first,)).fetchone()
    p50, p99, longest = (float(seconds) * 1000 for seconds in (row[0] if row else ()))
    return p50, p99, longest


def _caught_up(urls: DatabaseUrls, log: PostgresLog) -> float:
    """Events a second from the first release to the last, so that starting the process is not in it."""
    _wait_until_sealed(urls, log)
    query = SQL(
        "SELECT (max(size) - min(size)) / extract(epoch FROM max(released_at) - min(released_at)) FROM {s}.checkpoint"
    ).format(s=Identifier(log_schema(log.school)))
    with psycopg.connect(urls.sealer) as connection:
        row = connection.execute(query).fetchone()
    return float(row[0]) if row else 0.0


def _wait_until_sealed(urls: DatabaseUrls, log: PostgresLog) -> None:
    query = SQL("SELECT coalesce(max(size), 0) FROM {s}.checkpoint").format(s=Identifier(log_schema(log.school)))
    give_up_at = time.monotonic() + _PATIENCE
    head = log.head()
    with psycopg.connect(urls.sealer, autocommit=True) as connection:
        while (connection.execute(query).fetchone() or (0,))[0] < head:
            if time.monotonic() > give_up_at:
                message = "The sealer did not catch up."
                raise RuntimeError(message)
            time.sleep(0.1)


def _copied(urls: DatabaseUrls, log: PostgresLog) -> float:
    query = SQL("COPY {}.event TO STDOUT (FORMAT binary)").format(Identifier(log_schema(log.school)))
    with psycopg.connect(urls.migrate) as connection, timed() as took, connection.cursor().copy(query) as copy:
        for _ in copy:
            pass
    return log.head() / took()


@contextmanager
def _sealing(conninfo: str) -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="doorstep-bench-ledger-") as folder:
        command = [sys.executable, "-m", "scripts.benchmarks.sealing", folder]
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
            if process.stdin is not None:
                process.stdin.write(f"{conninfo}\n")
                process.stdin.flush()
            try:
                yield
            finally:
                process.terminate()


def main() -> None:
    """Seal until terminated; the connection is the first line of the input, so that it stands in no command line."""
    conninfo = sys.stdin.readline().strip()
    key = Ed25519PrivateKey.generate()
    Sealing(conninfo, Path(sys.argv[1]), key, lambda: datetime.now(UTC)).run()


if __name__ == "__main__":
    main()
