"""From a policy's role words to one message for each person who held them at an instant. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from domain.ids import StaffId
from domain.staff.state import Person
from domain.trip.state import TripState
from projections.notice_rules import FAMILY, WATCHER, Speed, Wanted


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one person; to an outside body or the family there is no person."""

    person: StaffId | None
    words: tuple[str, ...]
    """The role words under which they are told."""
    channels: tuple[str, ...]
    """As the policy asks; empty where it names none."""
    speed: Speed


class Circle(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody who may be meant, when something happened."""

    people: Mapping[StaffId, Person]
    trip: TripState | None
    speaker: StaffId
    """Whose word the event is."""
    at: datetime


OUTSIDE = frozenset({"relevant_local_authority", "local_authority"})
"""Role words that mean somebody who is not at the school."""
_TEAM = frozenset({"team", "visiting_staff", "relevant_staff"})
_NOT_STAFF = OUTSIDE | {FAMILY}


def holders(word: str, circle: Circle) -> tuple[StaffId, ...]:
    """The people meant by a role word, by name; empty for the family, an outside body, or a role nobody holds."""
    if word in _NOT_STAFF:
        return ()
    if word == WATCHER:
        return _watchers(circle)
    if word in _TEAM:
        return _team(circle)
    if word == "line_manager":
        return _line_managers(circle) or _in_role(word, circle)
    if word == "DSL|DDSL":
        return _in_role("DSL", circle) or _in_role("DDSL", circle)
    return _in_role(word, circle)


def _in_role(word: str, circle: Circle) -> tuple[StaffId, ...]:
    """Who holds it; somebody who is stood in for is away, and the deputy is told (DV-05)."""
    found = [(p, p.fills(word, circle.at)) for p in circle.people.values() if p.here]
    held = [(p, role) for p, role in found if role is not None]
    away = {role.deputising_for for _, role in held if role.deputising_for is not None}
    return _by_name((p for p, _ in held if p.id not in away))


def _by_name(people: Iterable[Person]) -> tuple[StaffId, ...]:
    return tuple(p.id for p in sorted(people, key=lambda p: (p.name, p.id)))


def _team(circle: Circle) -> tuple[StaffId, ...]:
    trip = circle.trip
    if trip is None:
        return (circle.speaker,) if circle.speaker in circle.people else ()
    return tuple(dict.fromkeys((*trip.departed, *trip.team)))


def _watchers(circle: Circle) -> tuple[StaffId, ...]:
    """The watcher and the deputy; where none is named, the school office."""
    trip = circle.trip
    named = [p for p in (trip.watcher, trip.deputy) if p is not None] if trip is not None else []
    return tuple(dict.fromkeys(named)) or _in_role("school_office", circle)


def _line_managers(circle: Circle) -> tuple[StaffId, ...]:
    known = (circle.people.get(p) for p in _team(circle))
    managers = {p.line_manager for p in known if p is not None and p.line_manager is not None}
    return _by_name(circle.people[m] for m in managers if m in circle.people and circle.people[m].here)


def glass_broken(circle: Circle) -> Wanted:
    """The DSL, every deputy and the headteacher, at once: somebody of another school reads here. Nobody stands in for anybody."""
    held = tuple(word for word in ("DSL", "DDSL", "headteacher") if holders(word, circle))
    return Wanted(about="glass_broken", words=held or ("DSL",), speed="immediate")


def messages_for(want: Wanted, circle: Circle, earlier: tuple[Message, ...]) -> tuple[Message, ...]:
    """One message a person, whatever they are told as; a role that nobody holds shows as such."""
    found = {(m.person, m.words if m.person is None else ()): m for m in earlier}
    for word in want.words:
        channel = want.channels.get(word, want.channels.get("", ""))
        channels = (channel,) if channel else ()
        people = holders(word, circle)
        for person in people or (None,):
            key = (person, (word,) if person is None else ())
            old = found.get(key)
            found[key] = Message(
                person=person,
                words=tuple(dict.fromkeys((*(old.words if old else ()), word))),
                channels=tuple(dict.fromkeys((*(old.channels if old else ()), *channels))),
                speed=want.speed,
            )
    return tuple(found.values())
