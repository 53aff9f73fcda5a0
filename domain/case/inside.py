"""Who is inside a restricted case: worked out from its events and from who holds which role now (DV-08).

By role: whoever holds a role word of the first level that somebody is left for. A word is passed over where anybody whom
the case is about held it when it was raised, or holds it now: what is said of the headteacher goes to no headteacher,
also not to one who stands in. By name: whom a handler let in. Never: whom it is about, who was left out, who has left.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from domain.case.events import Levels
from domain.ids import StaffId
from domain.staff.state import Person

ABOUT_THE_HEAD: Final = "chair_of_governors"
"""Where all five policies are silent the setting's reason says who hears what is about the head (`case_routes`)."""
LAST: Final = "DSL|DDSL"
"""Where nobody holds that role either."""


class Circle(msgspec.Struct, frozen=True, kw_only=True):
    """What a case says of who is inside."""

    raised_at: datetime | None = None
    about: tuple[StaffId, ...] = ()
    to: Levels = (("headteacher",), (ABOUT_THE_HEAD,), (LAST,))
    let_in: tuple[StaffId, ...] = ()
    left_out: tuple[StaffId, ...] = ()


class Inside(msgspec.Struct, frozen=True):
    """Who is inside at one instant."""

    handlers: frozenset[StaffId]
    """They let in, leave out, name and close."""
    named: frozenset[StaffId]
    """They read, and write things down."""

    @property
    def everybody(self) -> frozenset[StaffId]:
        """All of them."""
        return self.handlers | self.named


def inside(circle: Circle, people: Mapping[StaffId, Person], now: datetime) -> Inside:
    """Who is inside. Where no role is left, those who were let in by name handle it."""
    never = {*circle.about, *circle.left_out}
    named = frozenset(one for one in circle.let_in if one not in never and one in people and people[one].here)
    by_role = _by_role(circle, people, now) - never
    return Inside(by_role, named - by_role) if by_role else Inside(named, frozenset())


def is_inside(circle: Circle, person: StaffId, people: Mapping[StaffId, Person], now: datetime) -> bool:
    """Whether somebody is."""
    return person in inside(circle, people, now).everybody


def may_be_let_in(person: Person, now: datetime) -> bool:
    """Whether somebody may be inside at all: not one whose roles show no child, and who proves themselves once only."""
    return person.here and (person.works_with_children(now) or person.fills(ABOUT_THE_HEAD, now) is not None)


def _by_role(circle: Circle, people: Mapping[StaffId, Person], now: datetime) -> frozenset[StaffId]:
    accused = [people[one] for one in circle.about if one in people]
    for level in circle.to:
        words = [word for word in level if not any(_held(one, word, circle, now) for one in accused)]
        found = {p.id for p in people.values() if may_be_let_in(p, now) and any(p.fills(word, now) for word in words)}
        if found - set(circle.left_out):
            return frozenset(found)
    return frozenset()


def _held(person: Person, word: str, circle: Circle, now: datetime) -> bool:
    then = circle.raised_at
    return person.fills(word, now) is not None or (then is not None and person.fills(word, then) is not None)
