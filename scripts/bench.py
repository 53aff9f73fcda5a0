"""`make bench`: measures, and writes var/bench.json and a table. Every figure stands beside a reference of the same run.

`scripts/bench.py 1000 20000` takes other numbers of events than 1,000 and 100,000, which need a quarter of an hour;
`scripts/bench.py pages` measures the pages only, `scripts/bench.py histories` recorded history pages for many at once,
`scripts/bench.py people` files of 2,000 pupils, `scripts/bench.py planning` what is still needed, and asking for visits.
"""

import asyncio
import platform
import sys
from pathlib import Path

import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from commands.bus import Bus
from commands.policy_files import clauses
from domain.catalogue import EVENTS
from eventlog.garbage import collect_seldom
from eventlog.migrate import add_school, migrate
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from projections.registry import PROJECTIONS
from projections.runner import Runner
from scripts.benchmarks import append, histories, http, neighbours, people, planning, reading, rebuild, sealing
from scripts.benchmarks.figure import Figure
from scripts.benchmarks.history import Place, lay_down
from scripts.benchmarks.slow_disk import NoCompiler, slow_disk
from tests.databases import fresh_database, server_for_tests

OUT = Path("var/bench.json")
console = Console(stderr=True)


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the benchmark."""

    at: str
    python: str
    machine: str
    figures: list[Figure]


def _say(text: str) -> None:
    console.print(f"[dim]{text}")


async def _lay_down(store: Store, urls: DatabaseUrls, sizes: tuple[int, ...]) -> list[Place]:
    bus = Bus(store, clauses())
    places = []
    for size in sizes:
        _say(f"laying down {size:,} events")
        places.append(await lay_down(store, bus, urls, f"bench_{size}", size))
        Runner(store, f"bench_{size}", PROJECTIONS).catch_up()
    return places


async def _measure_histories(urls: DatabaseUrls, size: int) -> list[Figure]:
    migrate(urls, "demonstration")
    with Store.open(urls, EVENTS) as store:
        (place,) = await _lay_down(store, urls, (size,))
        visits = await histories.lay_down(store, place)
    with http.served(urls) as address:
        return await histories.figures(address, urls, place, visits, _say)


async def _measure_people(urls: DatabaseUrls) -> list[Figure]:
    migrate(urls, "demonstration")
    with Store.open(urls, EVENTS) as store:
        return await people.figures(store, urls, _say)


async def _measure_planning(urls: DatabaseUrls, size: int) -> list[Figure]:
    migrate(urls, "demonstration")
    with Store.open(urls, EVENTS) as store:
        (place,) = await _lay_down(store, urls, (size,))
    with http.served(urls) as address:
        return [*planning.figures(_say), *await planning.request_figures(address, place, _say)]


async def _measure_pages(urls: DatabaseUrls, sizes: tuple[int, int]) -> list[Figure]:
    migrate(urls, "demonstration")
    figures: list[Figure] = []
    with Store.open(urls, EVENTS) as store:
        places = await _lay_down(store, urls, sizes)
    with http.served(urls) as address:
        for size, place in zip(sizes, places, strict=True):
            figures += await http.page_figures(address, place, size, _say)
    return figures


async def _measure(urls: DatabaseUrls, sizes: tuple[int, int]) -> list[Figure]:
    migrate(urls, "demonstration")
    figures: list[Figure] = []
    with Store.open(urls, EVENTS) as store:
        places = await _lay_down(store, urls, sizes)
    with http.served(urls) as address:
        # First of all: what the other measurements leave open or raise would stand on these pages.
        for size, place in zip(sizes, places, strict=True):
            figures += await http.page_figures(address, place, size, _say)
        figures += await http.command_figures(address, places[0], _say)
        figures += await http.board_figures(address, places[0], _say)
        figures += await neighbours.figures(address, places[0], places[1], _say)
    figures += await asyncio.to_thread(reading.figures, urls, places[0].slug, places[1].slug, _say)
    with Store.open(urls, EVENTS) as store:
        figures += await asyncio.to_thread(rebuild.figures, store, urls, places[1].slug, _say)
        figures += await sealing.figures(store, urls, places[1].slug, _say)
    return figures


async def _measure_appends(urls: DatabaseUrls, disk: str = "") -> list[Figure]:
    """In a database of their own: what they leave behind is not to be taken in while pages are measured."""
    migrate(urls, "demonstration")
    add_school(urls, "bench_append", "Append Primary", "norbury")
    with Store.open(urls, EVENTS) as store:
        return await append.figures(store, "bench_append", urls, _say, disk)


def _table(run: Run) -> Table:
    table = Table(title=f"Doorstep, measured {run.at}")
    for heading in ("what", "figure", "beside it", "reference", "ratio"):
        table.add_column(heading, justify="right" if heading in ("figure", "reference", "ratio") else "left")
    for f in run.figures:
        reference = "" if f.reference_value is None else f"{f.reference_value:,.1f}"
        ratio = "" if f.ratio is None else f"{f.ratio:.2f}"
        table.add_row(f.name, f"{f.value:,.1f} {f.unit}", f.reference, reference, ratio)
    return table


def main() -> None:
    """Measure, print the table, keep the JSON."""
    collect_seldom()
    asked = [int(size) for size in sys.argv[1:] if size.isdecimal()]
    sizes = (asked[0], asked[1]) if asked else (1_000, 100_000)
    if "histories" in sys.argv:
        with server_for_tests() as server, fresh_database(server) as urls:
            _tell(uvloop.run(_measure_histories(urls, sizes[0])))
        return
    if "people" in sys.argv:
        with server_for_tests() as server, fresh_database(server) as urls:
            _tell(uvloop.run(_measure_people(urls)))
        return
    if "planning" in sys.argv:
        with server_for_tests() as server, fresh_database(server) as urls:
            _tell(uvloop.run(_measure_planning(urls, sizes[0])))
        return
    if "pages" in sys.argv:
        with server_for_tests() as server, fresh_database(server) as urls:
            _tell(uvloop.run(_measure_pages(urls, sizes)))
        return
    with server_for_tests() as server:
        with fresh_database(server) as urls:
            figures = uvloop.run(_measure_appends(urls))
        with fresh_database(server) as urls:
            figures += uvloop.run(_measure(urls, sizes))
        with fresh_database(server) as urls:
            figures += uvloop.run(_measure_histories(urls, sizes[0]))
        with fresh_database(server) as urls:
            figures += uvloop.run(_measure_people(urls))
        with fresh_database(server) as urls:
            figures += uvloop.run(_measure_planning(urls, sizes[0]))
    try:
        with slow_disk(), server_for_tests() as server, fresh_database(server) as urls:
            figures += uvloop.run(_measure_appends(urls, ", syncs 1 ms longer"))
    except NoCompiler as reason:
        _say(f"{reason}.")
    _tell(figures)


def _tell(figures: list[Figure]) -> None:
    run = Run(at=http.stamp(), python=platform.python_version(), machine=platform.machine(), figures=figures)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=2))
    Console().print(_table(run))
    _say(f"kept in {OUT}")


if __name__ == "__main__":
    main()
