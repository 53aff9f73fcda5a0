"""Commands and pages over HTTP, and how long a commit takes to reach a board."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime

import httpx2

from commands.ids import new_command_id
from eventlog.settings import DatabaseUrls
from scripts.benchmarks.figure import Figure, median, rate
from scripts.benchmarks.history import Place

_ROUNDS = 3
_CALLS = {1: 150, 8: 40}
_TAPS = 25
_PAGE_LOADS = 25
_WARMING = 3


@contextmanager
def served(urls: DatabaseUrls) -> Iterator[str]:
    """The address of the application over this database."""
    environment = {**os.environ, "DOORSTEP_BENCH_URLS": json.dumps(asdict(urls)), "PYTHONPATH": "."}
    command = [sys.executable, "-m", "scripts.benchmarks.server"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - asked for with PIPE; tells mypy
            yield f"http://localhost:{int(process.stdout.readline())}"
        finally:
            process.terminate()


async def command_figures(address: str, place: Place, say: Callable[[str], None]) -> list[Figure]:
    """A command against the route that does nothing, same body."""
    out = []
    headers = {"Doorstep-Demo-Person": str(place.visitors[0])}
    route = f"/api/v1/schools/{place.slug}/commands/raise-concern"
    body = {"text": "A worry, in a sentence of the usual length.", "category": "other"}
    async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=30) as client:

        async def command(_: int) -> None:
            answer = await client.post(route, json=body, headers={"Idempotency-Key": str(new_command_id())})
            answer.raise_for_status()

        async def nothing(_: int) -> None:
            (await client.post("/api/v1/nothing", json=body)).raise_for_status()

        for callers, calls in _CALLS.items():
            say(f"HTTP command, {callers} callers")
            ours, reference = [], []
            for _ in range(_ROUNDS):
                reference.append(await rate(callers, calls, nothing))
                ours.append(await rate(callers, calls, command))
            out.append(
                Figure(
                    name=f"HTTP command, {callers} callers",
                    value=median(ours),
                    unit="requests/s",
                    reference="a route that does nothing",
                    reference_value=median(reference),
                    ratio=median(ours) / median(reference),
                    spread=(min(ours), max(ours)),
                )
            )
    return out


async def board_figures(address: str, place: Place, say: Callable[[str], None]) -> list[Figure]:
    """From the answer of a command to the board's line, over a live feed."""
    say("commit to board")
    cookies = {"doorstep_demo_person": str(place.office)}
    headers = {"Doorstep-Demo-Person": str(place.visitors[0])}
    lags, answers = [], []
    async with (
        httpx2.AsyncClient(base_url=address, timeout=30) as client,
        client.stream("GET", f"/schools/{place.slug}/board/stream", cookies=cookies) as feed,
    ):
        feed.raise_for_status()
        events = _events(feed)
        await anext(events)
        for tap in range(_TAPS):
            name = "depart" if tap % 2 == 0 else "return-to-school"
            body = {"trip": str(place.trip), "people": [str(place.visitors[0])]}
            begun = time.perf_counter()
            answer = await client.post(
                f"/api/v1/schools/{place.slug}/commands/{name}", json=body,
                headers={**headers, "Idempotency-Key": str(new_command_id())},
            )  # fmt: skip
            answer.raise_for_status()
            answered = time.perf_counter()
            while await anext(events) != "board":
                pass
            lags.append((time.perf_counter() - begun) * 1000)
            answers.append((answered - begun) * 1000)
            await asyncio.sleep(0.05)
    return [
        Figure(
            name="tap to board line over the live feed",
            value=median(lags),
            unit="ms",
            reference="the command's own answer",
            reference_value=median(answers),
            ratio=median(lags) / median(answers),
            spread=(min(lags), max(lags)),
        )
    ]


async def _events(feed: httpx2.Response) -> AsyncIterator[str]:
    async for line in feed.aiter_lines():
        if line.startswith("event:"):
            yield line.removeprefix("event:").strip()


async def page_figures(address: str, place: Place, events: int, say: Callable[[str], None]) -> list[Figure]:
    """Pages by turns, so that what else the machine does hits all: the board against health, others against the board.

    Fifty visits take turns: whoever opens one makes its history longer.
    """
    say(f"pages with {events:,} events")
    base = f"/schools/{place.slug}"
    ways = {
        "health": "/health",
        "board": f"{base}/board",
        "visit": f"{base}/visits/{{visit}}",
        "history": f"{base}/visits/{{visit}}/history",
        "visits": f"{base}/visits",
        "DSL": f"{base}/dsl",
        "notices": f"{base}/notices",
        "exports": f"{base}/exports",
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    async with httpx2.AsyncClient(
        base_url=address, timeout=60, cookies={"doorstep_demo_person": str(place.dsl)}
    ) as client:
        for turn in range(_WARMING + _PAGE_LOADS):
            for at, (name, path) in enumerate(ways.items()):
                visit = place.finished[(turn * len(ways) + at) % len(place.finished)]
                begun = time.perf_counter()
                answer = await client.get(path.format(visit=visit))
                answer.raise_for_status()
                if turn >= _WARMING:
                    took[name].append((time.perf_counter() - begun) * 1000)
    out = []
    for name in list(ways)[1:]:
        reference = "health" if name == "board" else "board"
        out.append(
            Figure(
                name=f"{name} page, {events:,} events",
                value=median(took[name]),
                unit="ms",
                reference=f"the {reference} page",
                reference_value=median(took[reference]),
                ratio=median(took[name]) / median(took[reference]),
                spread=(min(took[name]), max(took[name])),
            )
        )
    return out


def stamp() -> str:
    """When a run was made."""
    return datetime.now(UTC).isoformat(timespec="seconds")
