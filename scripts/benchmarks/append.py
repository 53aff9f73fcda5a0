"""Appending to the log, against a raw single-row INSERT of the same bytes with the same durability and as many callers.

Everything is in the figure: encoding, encryption, the head row, the command id, the versions, NOTIFY. Beside it stands
eventsourcing's own recorder, unmodified, in a table of its own on the same server.
"""

import asyncio
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from commands.ids import new_command_id, new_event_id
from domain.envelope import Acting
from domain.ids import DOORSTEP, CommandId, Stream, TripId, VisitId, trip_stream, visit_stream
from domain.roles import Role
from domain.trip.events import CheckIn, CheckInMade
from domain.visit.events import StaffArrived
from eventlog.log import PostgresLog
from eventlog.migrate import log_schema
from eventlog.school_roles import as_school
from eventlog.seam import Claims, NewEvent, Write
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from scripts.benchmarks.figure import Figure, median, rate

_ROUNDS = 5
_CALLS = {1: 800, 8: 300, 64: 100}
_STEPS = 16
"""Events of a stream, as in the demonstration."""


class Walk:
    """One caller's steps: streams of sixteen events, each holding a claim from its first step to its last."""

    def __init__(self, log: PostgresLog) -> None:
        """Begin."""
        self._log = log
        self._version = _STEPS

    async def step(self) -> None:
        """Append the next event."""
        if self._version == _STEPS:
            self._stream, self._version = trip_stream(TripId(uuid4())), 0
        claims = Claims()
        if self._version == 0:
            claims = Claims(self._stream, take=frozenset({f"out/{self._stream.id}"}))
        elif self._version == _STEPS - 1:
            claims = Claims(self._stream, release=frozenset({f"out/{self._stream.id}"}))
        await self._log.append(*a_call(0, self._stream, self._version), claims)
        self._version += 1


def a_call(number: int, stream: Stream | None = None, version: int = 0) -> tuple[CommandId, bytes, tuple[Write, ...]]:
    """What one append is given: one event for one stream, a new one unless it is named."""
    command = new_command_id()
    acting = Acting(actor=DOORSTEP, role=Role.SYSTEM, command_id=command, occurred_at=datetime.now(UTC))
    note = f"caller {number} at the door of an invented family"
    event = StaffArrived(note=note) if stream is None else CheckInMade(when=CheckIn.LEFT_PROPERTY, note=note)
    new = NewEvent(new_event_id(), event, acting, 1)
    return (
        command,
        hashlib.sha256(command.bytes).digest(),
        (Write(stream or visit_stream(VisitId(uuid4())), version, (new,)),),
    )


async def figures(
    store: Store, school: str, urls: DatabaseUrls, say: Callable[[str], None], disk: str = ""
) -> list[Figure]:
    """For 1, 8 and 64 callers, rounds of all in turn. `disk` says what is special about the disk."""
    log = store.log(school)
    out = []
    await _prepare(urls)
    async with store.committing():
        size = await _row_bytes(log, urls)
        for callers, calls in _CALLS.items():
            say(f"append, {callers} callers{disk}")
            out += await _with(callers, calls, log, urls, size, disk)
    return out


async def _with(callers: int, calls: int, log: PostgresLog, urls: DatabaseUrls, size: int, disk: str) -> list[Figure]:
    connections = [await psycopg.AsyncConnection.connect(urls.migrate, autocommit=True) for _ in range(callers)]
    body = b"x" * size
    stock = _stock_recorder(urls, callers)
    loop = asyncio.get_running_loop()

    async def insert(number: int) -> None:
        query = "INSERT INTO bench.raw (id, body) VALUES (%s, %s)"
        await connections[number].execute(query, (uuid4(), body), prepare=True)

    walks = [Walk(log) for _ in range(callers)]

    async def append(number: int) -> None:
        await walks[number].step()

    async def begin(number: int) -> None:
        await log.append(*a_call(number))

    with ThreadPoolExecutor(callers) as threads:

        async def stock_insert(_: int) -> None:
            event = StoredEvent(uuid4(), 1, "visit.arrived.v1", body)
            await loop.run_in_executor(threads, stock.insert_events, [event])

        ours, beginning, raw, theirs = [], [], [], []
        for _ in range(_ROUNDS):
            raw.append(await rate(callers, calls, insert))
            ours.append(await rate(callers, calls, append))
            beginning.append(await rate(callers, calls, begin))
            theirs.append(await rate(callers, max(calls // 4, 10), stock_insert))
    for connection in connections:
        await connection.close()
    stock.datastore.close()
    return [
        Figure(
            name=f"{name}, {callers} callers{disk}",
            value=median(measured),
            unit="events/s",
            reference="raw single-row INSERT",
            reference_value=median(raw),
            ratio=median([one / beside for one, beside in zip(measured, raw, strict=True)]),
            spread=(min(measured), max(measured)),
        )
        for name, measured in (
            ("append", ours),
            ("append that begins a stream, with a new data key", beginning),
            ("eventsourcing's own recorder", theirs),
        )
    ]


def _stock_recorder(urls: DatabaseUrls, callers: int) -> PostgresApplicationRecorder:
    parts = {name: str(value) for name, value in conninfo_to_dict(urls.migrate).items()}
    datastore = PostgresDatastore(
        dbname=parts["dbname"],
        host=parts.get("host", ""),
        port=parts.get("port", "5432"),
        user=parts["user"],
        password=parts.get("password", ""),
        pool_size=callers,
        max_overflow=0,
        schema="bench",
    )
    recorder = PostgresApplicationRecorder(datastore, events_table_name="stock")
    recorder.create_table()
    return recorder


async def _row_bytes(log: PostgresLog, urls: DatabaseUrls) -> int:
    """What one of our events takes in its row, and its command in another, as the server measures them."""
    await log.append(*a_call(0))
    query = SQL(
        "SELECT (SELECT pg_column_size(event.*) FROM {schema}.event ORDER BY notification_id DESC LIMIT 1)"
        " + (SELECT pg_column_size(command.*) FROM {schema}.command LIMIT 1)"
    ).format(schema=Identifier(log_schema(log.school)))
    async with await psycopg.AsyncConnection.connect(as_school(urls.app, log.school)) as connection:
        row = await (await connection.execute(query)).fetchone()
    return int(row[0]) if row else 0


async def _prepare(urls: DatabaseUrls) -> None:
    async with await psycopg.AsyncConnection.connect(urls.migrate, autocommit=True) as connection:
        await connection.execute("CREATE SCHEMA IF NOT EXISTS bench")
        await connection.execute("CREATE TABLE IF NOT EXISTS bench.raw (id uuid PRIMARY KEY, body bytea NOT NULL)")
