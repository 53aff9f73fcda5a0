"""A measured figure, and the small tools for measuring."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement beside its reference."""

    name: str
    value: float
    unit: str
    reference: str = ""
    """What it is compared with."""
    reference_value: float | None = None
    ratio: float | None = None
    """Value over reference, in the sense that the name says."""
    spread: tuple[float, float] | None = None
    """Smallest and largest of the runs behind `value`."""


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


@contextmanager
def timed() -> Iterator[Callable[[], float]]:
    """Seconds since the block began, or that it took."""
    begun = time.perf_counter()
    ended: list[float] = []
    yield lambda: (ended[0] if ended else time.perf_counter()) - begun
    ended.append(time.perf_counter())


async def rate(callers: int, each: int, call: Callable[[int], Awaitable[object]]) -> float:
    """Calls a second, by `callers` at once, each calling `each` times; `call` is given the caller's number."""

    async def one(number: int) -> None:
        for _ in range(each):
            await call(number)

    with timed() as took:
        await asyncio.gather(*(one(number) for number in range(callers)))
    return callers * each / took()


async def paced(a_second: float, count: int, call: Callable[[int], Awaitable[object]]) -> list[float]:
    """How long each of so many calls took, in ms, begun at a rate whatever the answers take."""

    async def one(number: int) -> float:
        with timed() as took:
            await call(number)
        return took() * 1000

    begun = time.perf_counter()
    sent = []
    for number in range(count):
        await asyncio.sleep(max(0.0, begun + number / a_second - time.perf_counter()))
        sent.append(asyncio.create_task(one(number)))
    return list(await asyncio.gather(*sent))


def slowest(took: Sequence[float]) -> float:
    """The 99th percentile."""
    return sorted(took)[int(len(took) * 0.99) - 1]
