"""What bringing a file in would change, in words, as the page shows it."""

import base64
from collections.abc import Iterator
from typing import Final

import msgspec

from api.identity import Acquainted
from api.pages.leaving_school import leaving_form
from api.pages.parts import Action
from api.pages.templating import day
from api.people_words import MISSING, in_numbers
from commands.people.comparing import Comparison, Row
from commands.people.layouts import layouts
from domain.ids import pupil_stream, staff_stream
from domain.pupil import events as pupil
from domain.pupil.state import Pupil
from domain.staff import events as staff
from domain.staff.state import Person

MOST_SHOWN: Final = 200


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A person."""

    name: str
    line: int
    """Of the file; 0 for somebody who is here and not in it."""
    says: str
    pupil: str = ""
    """The id of the child it is about; "" for a new one, and for staff."""
    leaving: Action | None = None
    """To say that somebody who is not in the file has left, where that is so."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Some lines under a heading."""

    title: str
    says: str = ""
    lines: tuple[Line, ...]
    more: int = 0


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at the file found."""

    says: str
    read_as: str
    parts: tuple[Part, ...]
    unread: tuple[str, ...]
    changes: bool
    kept: str
    """The file itself, for the form that brings it in."""
    shown: str
    """Stands for what it would change, as it is shown here."""


def found_of(me: Acquainted, compared: Comparison, data: bytes, back: str) -> Found:
    """The page's words for a comparison; `back` is where saying that somebody has left leads to."""
    title = {name: layout.title for name, layout in layouts().items()} | {"ctf": "a Common Transfer File"}
    return Found(
        says=in_numbers(compared, dry_run=False),
        read_as=title.get(compared.layout, "your header map"),
        parts=tuple(part for part in _parts(me, compared, back) if part.lines),
        unread=compared.unread,
        changes=bool(compared.to_send),
        kept=base64.b64encode(data).decode(),
        shown=compared.mark,
    )


def _parts(me: Acquainted, compared: Comparison, back: str) -> Iterator[Part]:
    rows = compared.rows
    yield _part("Look at these first", "The name and date of birth of a child with another UPN.", _of(rows, "twin"))
    yield _part("New", "", _of(rows, "new"))
    yield _part("Changed", "", _of(rows, "changed"))
    yield _part(
        "The file says that they have left",
        "They stay as they are, unless you tick the box about the roll.",
        _of(rows, "left"),
    )
    yield _part(
        "In the file, and off roll here",
        "They stay off roll, unless you tick the box about the roll.",
        _of(rows, "off roll"),
    )
    yield _part("In the file, and have left the staff here", "Nobody comes back by a file.", _of(rows, "gone"))
    missing = tuple(_missing(me, one, back) for one in compared.missing)
    yield _part("Not in the file", f"They {MISSING[compared.what]}.", missing)


def _part(title: str, says: str, lines: tuple[Line, ...]) -> Part:
    return Part(
        title=f"{title}: {len(lines)}", says=says, lines=lines[:MOST_SHOWN], more=max(0, len(lines) - MOST_SHOWN)
    )


def _of(rows: tuple[Row, ...], state: str) -> tuple[Line, ...]:
    return tuple(
        Line(
            name=row.name,
            line=row.line,
            says="; ".join(_says(row)) if row.known is not None else "",
            pupil=str(row.known) if isinstance(row.before, Pupil) else "",
        )
        for row in rows
        if row.state == state or (state == "twin" and row.namesake)
    )


def _missing(me: Acquainted, one: Pupil | Person, back: str) -> Line:
    if isinstance(one, Pupil):
        says = f"{one.year_group} {one.class_name}".strip()
        leaving = leaving_form(me, pupil_stream(one.id), back)
        return Line(line=0, name=one.name, says=says, pupil=str(one.id), leaving=leaving)
    return Line(line=0, name=one.name, says=one.job, leaving=leaving_form(me, staff_stream(one.id), back))


def _says(row: Row) -> Iterator[str]:  # noqa: C901, PLR0912 - one arm an event
    for event in row.events:
        match event:
            case pupil.PupilRenamed():
                yield f"name: {row.before.name if row.before else ''} becomes {event.given_name} {event.family_name}"
            case pupil.BirthDateStated():
                yield f"born on {day(event.born)}"
            case pupil.UpnGiven():
                yield f"UPN {event.upn}"
            case pupil.PupilMovedClass():
                yield f"{event.year_group} {event.class_name}".strip()
            case pupil.PupilBackOnRoll():
                yield "back on roll"
            case pupil.PupilLeftRoll():
                yield f"off roll, last day {day(event.on)}"
            case pupil.FamilyProfileRecorded() if isinstance(row.before, Pupil):
                yield from _family(row.before, event)
            case staff.StaffRenamed():
                yield f"name: {row.before.name if row.before else ''} becomes {event.name}"
            case staff.StaffJobStated():
                yield event.job
            case staff.StaffCodeGiven():
                yield f"code {event.code}"
            case staff.ContactNumberRegistered():
                yield f"mobile {event.mobile}"
            case _:
                pass  # Who is new is shown as new.


def _family(before: Pupil, after: pupil.FamilyProfileRecorded) -> Iterator[str]:
    if after.address != before.address:
        yield f"home: {after.address}"
    if after.phone != before.phone:
        yield f"telephone {after.phone}"
    if after.language != before.language:
        yield f"language: {after.language}"
    held = {carer.name: carer for carer in before.carers}
    for carer in after.carers:
        if held.get(carer.name) != carer:
            numbers = ", ".join(one.number for one in carer.telephones if not one.do_not_ring)
            yield f"{carer.name}{f' ({carer.relation})' if carer.relation else ''}{f': {numbers}' if numbers else ''}"
