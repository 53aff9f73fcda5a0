"""Bringing 2,000 pupils in, from CSV and from a Common Transfer File, beside as many bare appends by as many callers."""

import asyncio
from collections.abc import Callable
from datetime import date
from functools import partial

from commands.bus import Bus, Sender
from commands.opening import open_school
from commands.people.bringing_in import bring_in
from commands.people.comparing import compare, read_file
from commands.people.file import What
from commands.people.layouts import layouts
from commands.people.rows import Asked
from commands.policy_files import clauses, load_policy
from domain.ids import DOORSTEP
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from scripts.benchmarks.append import Walk
from scripts.benchmarks.figure import Figure, rate, timed
from tests.people_files import a_csv, a_ctf

_PUPILS = 2_000
_CALLERS = 24


async def figures(store: Store, urls: DatabaseUrls, say: Callable[[str], None]) -> list[Figure]:
    """Each file into a school of its own; then the CSV again, with another class for everybody, and once more."""
    bus = Bus(store, clauses())
    out = []
    async with store.committing():
        for kind, data in (("CSV", a_csv(_PUPILS)), ("CTF", a_ctf(_PUPILS))):
            school = f"bench_people_{kind.lower()}"
            await open_school(bus, urls, school, f"{kind} Primary", load_policy("norbury"), bus.now())
            say(f"bringing {_PUPILS:,} pupils in from {kind}")
            out.append(await _measure(bus, school, data, f"{_PUPILS:,} pupils brought in from {kind}", _PUPILS))
        again = a_csv(_PUPILS, form="5A")
        out.append(await _measure(bus, "bench_people_csv", again, "the CSV again, with a new class for each", _PUPILS))
        out.append(await _measure(bus, "bench_people_csv", again, "the CSV once more, with nothing new", 0))
    return out


async def _measure(bus: Bus, school: str, data: bytes, name: str, appends: int) -> Figure:
    with timed() as took:
        known = (await asyncio.to_thread(bus.knowledge(school).at_head))[1]
        told = read_file(data, What.PUPILS, layouts())
        compared = compare(told, What.PUPILS, Asked(), known, date(2026, 11, 20))
        await bring_in(bus, school, data, compared, partial(Sender, DOORSTEP))
    if len(compared.to_send) != appends:
        message = f"{name}: {len(compared.to_send)} rows changed something"
        raise AssertionError(message)
    if not appends:
        return Figure(name=name, value=took(), unit="s")
    walks = [Walk(bus.store.log(school)) for _ in range(_CALLERS)]
    bare = appends / await rate(_CALLERS, appends // _CALLERS, lambda caller: walks[caller].step())
    return Figure(
        name=name,
        value=took(),
        unit="s",
        reference=f"s for {appends:,} bare appends by {_CALLERS} callers",
        reference_value=bare,
        ratio=took() / bare,
    )
