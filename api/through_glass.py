"""Somebody of another school, who broke the glass of this one in an emergency: whether it is open to them now.

What they are at their own school is asked in that school's database role, and is all that is asked of it (ADR 12, ADR 14):
a DSL, or a deputy, at this moment. Only such a person comes as far as being looked for at the school that they ask about,
so nobody else learns from words or time whether there is such a school.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from api.runtime import Runtime
from commands.bus import Sender
from commands.ids import new_command_id
from domain.glass.commands import EndGlass
from domain.glass.state import Glass
from domain.ids import SchoolSlug, StaffId, outsider_id
from domain.staff.state import Person
from eventlog.errors import UnknownSchool
from eventlog.migrate import School
from eventlog.school_roles import acting_for
from projections.directory import Directory


class Through(NamedTuple):
    """Who reads, where, and by which broken glass."""

    school: School
    directory: Directory
    person: Person
    """As the school that they read at knows them."""
    glass: Glass


def through_glass(
    runtime: Runtime,
    slug: str,
    at_home: Mapping[SchoolSlug, StaffId],
    session: UUID | None,
    go_on: Callable[[str, Person], None],
) -> Through | None:
    """The glass that is open at school `slug` to whoever this is `at_home`, and to this `session` of theirs; else None.

    `go_on` sees whether the session still counts for somebody who is this person at home, and raises where it does not. Blocks.
    """
    for home, staff in at_home.items():
        if home == slug:
            continue
        with acting_for(home):
            person = dsl_at(runtime, home, staff, runtime.now())
            if person is None:
                continue
            go_on(home, person)
        try:
            school, directory = runtime.school(slug), runtime.directory(slug)
        except UnknownSchool:
            return None
        outsider = directory.people.get(outsider_id(home, staff))
        glass = None if outsider is None else outsider.glass_at(runtime.now())
        if outsider is not None and glass is not None and glass.session == session:
            return Through(school, directory, outsider, glass)
    return None


def dsl_at(runtime: Runtime, school: str, staff: StaffId, now: datetime) -> Person | None:
    """Who this is at a school, where they are its DSL or a deputy now; else None. Ask it in that school's role. Blocks."""
    try:
        person = runtime.directory(school).people.get(staff)
    except UnknownSchool:
        return None
    return person if person is not None and person.here and person.fills("DSL|DDSL", now) is not None else None


def end_at_sign_out(runtime: Runtime, at_home: Mapping[SchoolSlug, StaffId], session: UUID | None) -> None:
    """Somebody signed out: what was open to this `session` elsewhere is ended there (None: whatever is open to them). Blocks.

    The session has ended before: a crash right here leaves the glass on the board until its time, and opens nothing.
    """
    for home, staff in at_home.items():
        for school in runtime.schools():
            outsider = runtime.directory(school.slug).people.get(outsider_id(home, staff))
            glass = None if outsider is None else outsider.glass_at(runtime.now())
            if outsider is not None and glass is not None and session in {None, glass.session}:
                sender = Sender(outsider.id, new_command_id(), glass=glass.id)
                command = EndGlass(event=glass.id, how="signed out")
                asyncio.run(runtime.bus.send(school.slug, command, sender))
