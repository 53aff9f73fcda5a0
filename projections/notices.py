"""Who must be told, how and how fast. Doorstep does not send or ring anyone yet (DV-19): told is whom a person told.

The people are those who held the named roles when it happened. One person in two roles gets one message (SP-59).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, LiteralString

import msgspec

from domain.glass.state import Glass
from domain.ids import ConcernId, EventId, PupilId, StaffId, StreamKind, TripId, VisitId
from domain.policy import Source
from domain.times import end_of_day
from domain.trip.state import TripState
from domain.visit.state import VisitState
from projections.directory import Directory
from projections.history_lines import who
from projections.notice_causes import Cause, fold
from projections.notice_people import OUTSIDE, Message
from projections.notice_rules import FAMILY, Speed
from projections.notices_told import SaidTold
from projections.projection import Projection
from projections.views import View
from projections.visit_stages import microseconds

NAME = "notices"
DAYS: Final = 7
"""Days that the list goes back where nobody asks for more."""
GRAVE: Final = ("danger", "emergency")
"""What the DSL sees until they say that they know."""
SAFEGUARDING: Final = frozenset({"DSL", "DDSL", "DSL|DDSL", "safeguarding_team"})
"""Role words under which the DSL or a deputy is told."""
_WAITS: Final[LiteralString] = "kind = 'cause' AND body->>'waiting' = 'true' AND body->>'taken_back' = 'false'"

PROJECTION = Projection(
    name=NAME,
    version=12,
    kinds=frozenset(StreamKind) - {StreamKind.CASE},
    fold=fold,
    indexes=(
        "(((body->>'since')::bigint)) WHERE kind = 'cause'",
        "(((body->>'since')::bigint)) WHERE " + _WAITS,
        "((body->>'about')) WHERE " + _WAITS,
    ),
)


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One message that is still to be passed on, by a person."""

    person: StaffId | None
    name: str
    """Who is to be told; for a role that nobody holds, the role word."""
    kind: Literal["person", "family", "outside", "nobody"]
    """`nobody`: nobody at school held the role."""
    words: tuple[str, ...]
    channels: tuple[str, ...]
    speed: Speed
    number: str
    """The person's mobile, where the school holds one."""
    status: Literal["pending", "told"] = "pending"
    """`told` only where a person says that they told them: Doorstep does not send or ring anyone yet."""
    told_by: str = ""
    """The name of whoever says so."""
    told_at: datetime | None = None
    told_how: str = ""
    """`telephone`, `in_person`, `email`, `message`, `record_system`, `other`."""
    told_note: str = ""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """Who of another school opened this one's records in an emergency, and why."""

    name: str
    glass: Glass


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, and who must be told of it."""

    event: EventId
    about: str
    at: datetime
    visit: VisitId | None
    trip: TripId | None
    concern: ConcernId | None
    pupils: tuple[str, ...]
    """Names of the children it is about."""
    pupil_ids: tuple[PupilId, ...]
    people: tuple[str, ...]
    """Who is on the trip that it is about; empty where it is about one visit or concern."""
    street: str
    """Of the visit; of a trip, its doors."""
    opened: Opened | None
    """Where it is that somebody of another school opened this one's records."""
    setting: str
    source: Source
    clauses: tuple[str, ...]
    taken_back: bool
    notices: tuple[Notice, ...]


class Danger(msgspec.Struct, frozen=True, kw_only=True):
    """A danger, or a call to 999, that the DSL has not ticked off."""

    told: Told
    over_at: datetime | None
    """When they said that it was over; None while they have not."""


def notices(view: View, known: Directory, *, since: datetime, person: StaffId | None = None) -> tuple[Told, ...]:
    """What happened since an instant and who must be told, newest first; only one person's where `person` is given."""
    where: LiteralString = "kind = 'cause' AND (body->>'since')::bigint >= %(since)s"
    rows = view.where(NAME, Cause, where, since=microseconds(since))
    found = []
    for row in sorted(rows, key=lambda r: (r.at, r.index, r.about), reverse=True):
        messages = [m for m in row.messages if person is None or m.person == person]
        if messages:
            found.append((row, messages))
    return _answer(view, known, found)


def lately(now: datetime, days: int = DAYS) -> datetime:
    """From when on what happened counts as of the last days: the beginning of a London day, so many days ago."""
    return end_of_day(now - timedelta(days=days + 1))


def how_many_wait(view: View, since: datetime) -> int:
    """How many things happened since an instant of which somebody has still to be told. Counts in an index."""
    where: LiteralString = _WAITS + " AND (body->>'since')::bigint >= %(since)s"
    return view.count(NAME, where, since=microseconds(since))


def how_many_dangers(view: View) -> int:
    """How many dangers wait as `dangers` lists them."""
    return len(_dangers(view))


def dangers(view: View, known: Directory) -> tuple[Danger, ...]:
    """Danger and 999, whenever it was, newest first, until the DSL says that they know, or everybody was told."""
    rows = _dangers(view)
    told = _answer(view, known, [(row, row.messages) for row in rows])
    keys = [str(row.trip) for row in rows if row.trip is not None]
    of = view.where(NAME, TripState, "kind = 'trip' AND key = ANY(%(keys)s)", keys=keys) if keys else ()
    over = {trip.id: trip.calm_at for trip in of if trip.danger is None and trip.calm_at is not None}
    return tuple(Danger(told=one, over_at=_after(over.get(one.trip) if one.trip else None, one.at)) for one in told)


def _after(over: datetime | None, at: datetime) -> datetime | None:
    return over if over is not None and over >= at else None


def _dangers(view: View) -> list[Cause]:
    rows = view.where(NAME, Cause, _WAITS + " AND body->>'about' = ANY(%(abouts)s)", abouts=list(GRAVE))
    said = _said(view, [row.key_of(m) for row in rows for m in row.messages])
    waits = [row for row in rows if not any(row.key_of(m) in said for m in row.messages if SAFEGUARDING & set(m.words))]
    return sorted(waits, key=lambda r: (r.at, r.index, r.about), reverse=True)


def _said(view: View, keys: list[str]) -> dict[str, SaidTold]:
    told = view.where(NAME, SaidTold, "kind = 'told' AND key = ANY(%(keys)s)", keys=keys) if keys else ()
    return {one.key: one for one in told}


def _answer(view: View, known: Directory, found: Sequence[tuple[Cause, Sequence[Message]]]) -> tuple[Told, ...]:
    outings = [str(row.trip) for row, _ in found if row.trip is not None and not row.pupils]
    of = view.where(NAME, TripState, "kind = 'trip' AND key = ANY(%(keys)s)", keys=outings) if outings else ()
    trips = {trip.id: trip for trip in of}
    doors = [str(row.visit) for row, _ in found if row.visit is not None]
    doors.extend(str(visit) for trip in of for visit in trip.visits)
    visits = view.where(NAME, VisitState, "kind = 'visit' AND key = ANY(%(keys)s)", keys=doors) if doors else ()
    streets = {visit.id: visit.street for visit in visits}
    said = _said(view, [row.key_of(message) for row, messages in found for message in messages])
    return tuple(
        _told(row, messages, trips.get(row.trip) if row.trip else None, streets, known, said) for row, messages in found
    )


def _told(
    row: Cause,
    messages: Iterable[Message],
    trip: TripState | None,
    streets: Mapping[VisitId, str],
    known: Directory,
    said: Mapping[str, SaidTold],
) -> Told:
    doors = (row.visit,) if row.visit is not None else trip.visits if trip is not None else ()
    going = dict.fromkeys((*trip.team, *trip.departed)) if trip is not None else ()
    return Told(
        event=row.event,
        about=row.about,
        at=row.at,
        visit=row.visit,
        trip=row.trip,
        concern=row.concern,
        pupils=tuple(known.pupils[p].name for p in row.pupils if p in known.pupils),
        pupil_ids=row.pupils,
        people=tuple(known.people[p].name for p in going if p in known.people),
        street=", ".join(streets[door] for door in doors if streets.get(door)),
        opened=_opened(row, known),
        setting=row.setting,
        source=row.source,
        clauses=row.clauses,
        taken_back=row.taken_back,
        notices=tuple(_notice(m, known, said.get(row.key_of(m))) for m in messages),
    )


def _opened(row: Cause, known: Directory) -> Opened | None:
    outsider = known.people.get(row.outsider) if row.outsider is not None else None
    glass = next((one for one in outsider.glasses if one.id == row.event), None) if outsider is not None else None
    return None if outsider is None or glass is None else Opened(name=outsider.name, glass=glass)


def _notice(message: Message, known: Directory, said: SaidTold | None) -> Notice:
    found = known.people.get(message.person) if message.person is not None else None
    kind: Literal["person", "family", "outside", "nobody"] = "person"
    if message.person is None:
        kind = "family" if FAMILY in message.words else "outside" if OUTSIDE & set(message.words) else "nobody"
    return Notice(
        person=message.person,
        name=(found.name if found is not None else "somebody") if message.person is not None else message.words[0],
        kind=kind,
        words=message.words,
        channels=message.channels,
        speed=message.speed,
        number=found.mobile if found is not None else "",
        status="pending" if said is None else "told",
        told_by=who(known.people, said.by).name if said is not None else "",
        told_at=said.at if said is not None else None,
        told_how=said.channel if said is not None else "",
        told_note=said.note if said is not None else "",
    )
