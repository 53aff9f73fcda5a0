"""Appending to the log, against a raw single-row INSERT of the same bytes with the same durability."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import psycopg

from commands.ids import new_command_id, new_event_id
from domain.envelope import Acting
from domain.ids import DOORSTEP, VisitId, visit_stream
from domain.roles import Role
from domain.visit.events import StaffArrived
from eventlog.log import PostgresLog
from eventlog.seam import NewEvent, Write
from eventlog.settings import DatabaseUrls
from scripts.benchmarks.figure import Figure, median, rate

_ROUNDS = 3
_CALLS = {1: 600, 8: 150, 64: 30}
_ENVELOPE_BYTES = 330
"""About what the envelope's columns hold beside the payload."""


def _one(number: int) -> tuple[object, bytes, tuple[Write, ...]]:
    command = new_command_id()
    acting = Acting(actor=DOORSTEP, role=Role.SYSTEM, command_id=command, occurred_at=datetime.now(UTC))
    event = NewEvent(new_event_id(), StaffArrived(note=f"caller {number} at the door of an invented family"), acting, 1)
    return command, hashlib.sha256(command.bytes).digest(), (Write(visit_stream(VisitId(uuid4())), 0, (event,)),)


async def figures(log: PostgresLog, urls: DatabaseUrls, say: Callable[[str], None]) -> list[Figure]:
    """One figure for 1, 8 and 64 callers, rounds of both in turn."""
    out = []
    await _prepare(urls)
    for callers, calls in _CALLS.items():
        say(f"append, {callers} callers")
        ours, raw = [], []
        connections = [await psycopg.AsyncConnection.connect(urls.migrate, autocommit=True) for _ in range(callers)]
        body = b"x" * (_ENVELOPE_BYTES + 80)

        async def insert(number: int, *, on: list[psycopg.AsyncConnection] = connections, body: bytes = body) -> None:
            await on[number].execute("INSERT INTO bench.raw (id, body) VALUES (%s, %s)", (uuid4(), body), prepare=True)

        async def append(number: int) -> None:
            command, fingerprint, writes = _one(number)
            await log.append(command, fingerprint, writes)  # type: ignore[arg-type]  # a command id

        for _ in range(_ROUNDS):
            raw.append(await rate(callers, calls, insert))
            ours.append(await rate(callers, calls, append))
        for connection in connections:
            await connection.close()
        out.append(
            Figure(
                name=f"append, {callers} callers",
                value=median(ours),
                unit="events/s",
                reference="raw single-row INSERT",
                reference_value=median(raw),
                ratio=median(ours) / median(raw),
                spread=(min(ours), max(ours)),
            )
        )
    return out


async def _prepare(urls: DatabaseUrls) -> None:
    async with await psycopg.AsyncConnection.connect(urls.migrate, autocommit=True) as connection:
        await connection.execute("CREATE SCHEMA IF NOT EXISTS bench")
        await connection.execute("CREATE TABLE IF NOT EXISTS bench.raw (id uuid PRIMARY KEY, body bytea NOT NULL)")
