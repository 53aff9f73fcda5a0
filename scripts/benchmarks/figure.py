"""A measured figure, and the small tools for measuring."""

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
    import asyncio  # noqa: PLC0415 - measured modules import little

    async def one(number: int) -> None:
        for _ in range(each):
            await call(number)

    with timed() as took:
        await asyncio.gather(*(one(number) for number in range(callers)))
    return callers * each / took()
