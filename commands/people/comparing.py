"""A file beside the register: what bringing it in would change, whom it misses, and what a person should look at first."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal, TypeVar

import msgspec

from commands.people.csv_file import read_csv
from commands.people.ctf_file import is_ctf, read_ctf
from commands.people.file import FileFault, FileRefused, Told, What
from commands.people.layouts import Layout
from commands.people.rows import Asked, PupilRow, StaffRow, pupil_rows, staff_rows
from domain.event import Event
from domain.ids import PupilId, StaffId
from domain.marks import mark
from domain.pupil import bringing_in as pupils
from domain.pupil.bringing_in import namesake
from domain.pupil.state import Pupil
from domain.staff import bringing_in as staff
from domain.staff.state import Person
from projections.directory import Directory

R = TypeVar("R", PupilRow, StaffRow)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One person of the file, and what it would change about them."""

    line: int
    place: int = 0
    """Among the people of the file, from 1: a line may hold several."""
    said: Any
    """The command: BringInPupil or BringInStaff."""
    name: str
    state: Literal["new", "changed", "same", "left", "off roll", "gone"]
    """`left`: the file says so, and it is not asked to decide that; `off roll`: here they are; `gone`: left the staff here."""
    events: tuple[Event, ...] = ()
    known: PupilId | StaffId | None = None
    before: Pupil | Person | None = None
    namesake: bool = False
    """Somebody of this name and date of birth is here already, under another permanent UPN."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What bringing a file in would change."""

    what: What
    layout: str
    rows: tuple[Row, ...]
    missing: tuple[Pupil | Person, ...] = ()
    """On the register and not in the file. Nobody leaves by silence: they are listed."""
    unread: tuple[str, ...] = ()
    """Columns that were not read."""

    def number(self, *states: str) -> int:
        """How many rows are in one of these states."""
        return sum(row.state in states for row in self.rows)

    @property
    def mark(self) -> str:
        """Stands for what would change: another one where the register, or the file, says something else by now."""
        return mark([(row.place, row.known, repr(row.events)) for row in self.rows if row.events])

    @property
    def to_send(self) -> tuple[Row, ...]:
        """The rows that change something."""
        return tuple(row for row in self.rows if row.events)


def read_file(data: bytes, what: What, layouts: Mapping[str, Layout], encoding: str = "") -> Told:
    """What a file says: a Common Transfer File, or CSV by one of these header maps. Raises FileRefused."""
    if what is What.PUPILS and is_ctf(data):
        return read_ctf(data)
    return read_csv(data, what, layouts, encoding)


def compare(told: Told, what: What, asked: Asked, known: Directory, today: date) -> Comparison:
    """What the file would change. Raises FileRefused with everything that is wrong with it."""
    if what is What.PUPILS:
        rows = _all(pupil_rows(told.people, asked, today), lambda row: _pupil(row, known))
        there = {row.known for row in rows}
        missing = tuple(p for p in known.pupils.values() if p.on_roll and p.id not in there) if told.whole else ()
        by_name = sorted(missing, key=lambda p: (p.family_name.casefold(), p.given_name.casefold(), str(p.id)))
        return Comparison(what=what, layout=told.layout, rows=rows, missing=tuple(by_name), unread=told.unread)
    rows = _all(staff_rows(told.people, today), lambda row: _member(row, known))
    there = {row.known for row in rows}
    gone = [p for p in known.people.values() if p.here and p.id not in there]
    by_name_too = tuple(sorted(gone, key=lambda p: (p.name.casefold(), str(p.id))))
    return Comparison(what=what, layout=told.layout, rows=rows, missing=by_name_too, unread=told.unread)


def _all(rows: tuple[R, ...], row_of: Callable[[R], Row]) -> tuple[Row, ...]:
    """Each row beside the register. Two rows that mean one person, and a row that may mean several, are faults."""
    faults: list[FileFault] = []
    out: list[Row] = []
    lines: dict[PupilId | StaffId, int] = {}
    for place, row in enumerate(rows, start=1):
        try:
            found = msgspec.structs.replace(row_of(row), place=place)
        except pupils.SeveralFit:
            faults.append(FileFault(line=row.line, expected=f"one pupil. {pupils.SEVERAL_FIT}"))
            continue
        except staff.SeveralFit:
            faults.append(FileFault(line=row.line, expected=f"one person. {staff.SEVERAL_FIT}"))
            continue
        if found.known is not None and found.known in lines:
            wanted = f"one row a person: line {lines[found.known]} is about the same one"
            faults.append(FileFault(line=row.line, expected=wanted))
        elif found.known is not None:
            lines[found.known] = row.line
        out.append(found)
    if faults:
        raise FileRefused(faults)
    return tuple(out)


def _pupil(row: PupilRow, known: Directory) -> Row:
    held = pupils.the_same(known.pupils.values(), row.said)
    events = pupils.told(held, row.said)
    state: Literal["new", "changed", "same", "left", "off roll"] = "same"
    if row.left and not events:
        state = "left" if held is None or held.on_roll else "same"
    elif events:
        state = "new" if held is None else "changed"
    elif held is not None and not held.on_roll:
        state = "off roll"
    return Row(
        line=row.line,
        said=row.said,
        name=f"{row.said.given_name} {row.said.family_name}",
        state=state,
        events=events,
        known=held.id if held is not None else None,
        before=held,
        namesake=held is None and bool(events) and namesake(known.pupils.values(), row.said) is not None,
    )


def _member(row: StaffRow, known: Directory) -> Row:
    held = staff.the_same(known.people.values(), row.said)
    events = () if row.left else staff.told(held, row.said)
    state: Literal["new", "changed", "same", "left", "gone"] = "same"
    if row.left and (held is None or held.here):
        state = "left"
    elif events:
        state = "new" if held is None else "changed"
    elif held is not None and not held.here:
        state = "gone"
    known_as = held.id if held is not None else None
    return Row(
        line=row.line, said=row.said, name=row.said.name, state=state, events=events, known=known_as, before=held
    )
