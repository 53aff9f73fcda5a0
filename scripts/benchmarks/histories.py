"""History pages a second: forty events each, opened by eight at once over HTTP, and every one of them on record."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final

import httpx2

from domain.access.events import RecordRead
from domain.catalogue import EVENTS as EVENTS_BY_TOPIC
from domain.ids import VisitId
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from projections.registry import PROJECTIONS
from projections.runner import Runner
from scripts.benchmarks.figure import Figure, median, rate
from scripts.benchmarks.history import Place, lay_down_long

CALLERS: Final = 8
EACH: Final = 40
ROUNDS: Final = 3
EVENTS: Final = 40
_WARMING: Final = 40


async def lay_down(store: Store, place: Place) -> tuple[VisitId, ...]:
    """As many visits as pages will be opened, so that none is opened twice in a minute: that would leave no event."""
    visits = await lay_down_long(store, place, CALLERS * EACH * ROUNDS + _WARMING)
    Runner(store, place.slug, PROJECTIONS).catch_up()
    return visits


async def figures(
    address: str, urls: DatabaseUrls, place: Place, visits: tuple[VisitId, ...], say: Callable[[str], None]
) -> list[Figure]:
    """Pages a second beside a route that does nothing, asked by as many at once, by turns.

    Raises AssertionError where a page shows other than forty events, or left no event of its reading.
    """
    say(f"history pages, {CALLERS} callers")
    left: Iterator[VisitId] = iter(visits)
    opened = count()
    async with httpx2.AsyncClient(
        base_url=address,
        timeout=60,
        cookies={"doorstep_demo_person": str(place.dsl)},
        limits=httpx2.Limits(max_connections=CALLERS, max_keepalive_connections=CALLERS),
    ) as client:

        async def page(_: int) -> None:
            answer = await client.get(f"/schools/{place.slug}/visits/{next(left)}/history")
            answer.raise_for_status()
            shown = answer.text.count('id="event-')
            assert shown == EVENTS, shown  # noqa: S101 - else something else would be measured
            next(opened)

        async def nothing(_: int) -> None:
            (await client.post("/api/v1/nothing", json={})).raise_for_status()

        for _ in range(_WARMING // CALLERS):
            await asyncio.gather(*(page(number) for number in range(CALLERS)))
        ours, reference = list[float](), list[float]()
        for _ in range(ROUNDS):
            reference.append(await rate(CALLERS, EACH, nothing))
            ours.append(await rate(CALLERS, EACH, page))
    kept, wanted = await asyncio.to_thread(_kept, urls, place), next(opened)
    assert kept == wanted, (kept, wanted)  # noqa: S101 - a page that is not on record must not count
    return [
        Figure(
            name=f"history pages of {EVENTS} events, each on record, {CALLERS} callers",
            value=median(ours),
            unit="pages/s",
            reference="a route that does nothing",
            reference_value=median(reference),
            ratio=median(ours) / median(reference),
            spread=(min(ours), max(ours)),
        )
    ]


def _kept(urls: DatabaseUrls, place: Place) -> int:
    """How many readings of histories the log holds."""
    with Store.open(urls, EVENTS_BY_TOPIC) as store:
        return sum(isinstance(one.event, RecordRead) for one in store.log(place.slug).read_log())
