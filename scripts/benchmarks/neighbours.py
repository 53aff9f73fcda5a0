"""Whether a school is slowed by another one that is busy on the same machine: the slowest of its commands, quiet and beside it."""

import asyncio
from collections.abc import Callable

import httpx2

from commands.ids import new_command_id
from scripts.benchmarks.figure import Figure, median, paced, slowest
from scripts.benchmarks.history import Place

_ASKED: float = 20
"""Commands a second of the school that is measured."""
_BUSY: float = 50
"""Commands a second of its neighbour."""
_COMMANDS = 200
_ROUNDS = 3


async def figures(address: str, quiet: Place, busy: Place, say: Callable[[str], None]) -> list[Figure]:
    """The 99th percentile of a school's commands beside a neighbour that sends fifty a second, against its own when alone."""
    say("a school beside a busy one")
    alone, beside = [], []
    async with httpx2.AsyncClient(base_url=address, timeout=30) as client:
        for _ in range(_ROUNDS):
            alone.append(slowest(await _paced(client, quiet, _ASKED, _COMMANDS)))
            neighbour = asyncio.create_task(_paced(client, busy, _BUSY, round(_COMMANDS / _ASKED * _BUSY)))
            beside.append(slowest(await _paced(client, quiet, _ASKED, _COMMANDS)))
            await neighbour
    return [
        Figure(
            name=f"a command beside a school with {_BUSY:.0f} a second, p99",
            value=median(beside),
            unit="ms",
            reference="the same while the other school is quiet",
            reference_value=median(alone),
            ratio=median([one / other for one, other in zip(beside, alone, strict=True)]),
            spread=(min(beside), max(beside)),
        )
    ]


async def _paced(client: httpx2.AsyncClient, place: Place, rate: float, count: int) -> list[float]:
    return await paced(rate, count, lambda _: _one(client, place))


async def _one(client: httpx2.AsyncClient, place: Place) -> None:
    answer = await client.post(
        f"/api/v1/schools/{place.slug}/commands/raise-concern",
        json={"text": "A worry, in a sentence of the usual length.", "category": "other"},
        headers={"Doorstep-Demo-Person": str(place.visitors[0]), "Idempotency-Key": str(new_command_id())},
    )
    answer.raise_for_status()
