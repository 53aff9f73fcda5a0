"""Bringing a compared file in: a command for each row that changes something, any number of times until all is there.

A kill at any point leaves whole rows: each is one command, under an id made of the file and their place in it. Begun again with the same
file, what is there already is found unchanged and nothing is sent for it; a row whose reply was lost is answered as stored.
"""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Final, NamedTuple
from uuid import uuid5

from commands.bus import Bus, Sender
from commands.people.comparing import Comparison, Row
from domain.ids import NAMESPACE, CommandId
from domain.pupil import bringing_in as pupils
from domain.pupil.commands import BringInPupil
from domain.school.commands import RecordBroughtIn
from domain.staff import bringing_in as staff
from eventlog.seam import CommandReused
from projections.directory import Directory

_AT_ONCE: Final = 24
"""Rows on their way together: they share commits."""
_PURPOSE: Final = "a file of people"


class BroughtIn(NamedTuple):
    """What came of it."""

    new: int
    changed: int
    same: int
    position: int
    """The place in the log of the last event; 0 where nothing was to change."""


async def bring_in(
    bus: Bus,
    school: str,
    data: bytes,
    compared: Comparison,
    sender: Callable[[CommandId], Sender],
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> BroughtIn:
    """Send what the comparison found; `sender` says as whom. Raises as `Bus.send`; what was sent by then stands."""
    file = file_key(bus, school, data)
    rows = compared.to_send
    waiting = iter(rows)
    done, last = 0, 0

    async def some() -> None:
        nonlocal done, last
        for row in waiting:
            last = max(last, await _send(bus, school, file, row, sender))
            done += 1
            progress(done, len(rows))

    progress(0, len(rows))
    lanes = [asyncio.create_task(some()) for _ in range(_AT_ONCE)]
    try:
        await asyncio.gather(*lanes)
    finally:
        # Where one row is refused nothing goes on in the background.
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
    counts = (compared.number("new"), compared.number("changed"), len(compared.rows) - len(rows))
    if last:  # An event of this run and of no other: so is the summary's id.
        summary = RecordBroughtIn(
            what=compared.what, layout=compared.layout, file=file, new=counts[0], changed=counts[1], same=counts[2]
        )
        once = uuid5(NAMESPACE, f"people/{file}/{last}")
        last = (await bus.send(school, summary, sender(CommandId(once)))).last_index
    return BroughtIn(*counts, position=last)


async def _send(bus: Bus, school: str, file: str, row: Row, sender: Callable[[CommandId], Sender]) -> int:
    again = 0
    while True:
        # A file that was brought in before, and undone by hand or by another file since, has other ids the next time.
        once = CommandId(uuid5(NAMESPACE, f"people/{file}/{row.place}/{again}"))
        again += 1
        try:
            stored = await bus.send(school, row.said, sender(once))
        except CommandReused:
            continue  # The same file, brought in by somebody else or with other answers beside it.
        # After this line the row is durable; a crash loses nothing that the next run does not find.
        if not stored.duplicate:
            return stored.last_index
        if not _differs(row, await asyncio.to_thread(_known, bus, school)):
            return 0  # Stored before, by somebody who was faster or before this was cut short.


def _known(bus: Bus, school: str) -> Directory:
    return bus.knowledge(school).at_head()[1]


def _differs(row: Row, known: Directory) -> bool:
    said = row.said
    if isinstance(said, BringInPupil):
        return bool(pupils.told(pupils.the_same(known.pupils.values(), said), said))
    return bool(staff.told(staff.the_same(known.people.values(), said), said))


def file_key(bus: Bus, school: str, data: bytes) -> str:
    """Stands for the file's content. Made with a key of this installation: a bare hash of one child's file could be guessed."""
    return bus.store.log(school).keyed(_PURPOSE, hashlib.sha256(data).hexdigest()).hex()
