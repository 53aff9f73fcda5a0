"""Who must be told, how and how fast. Doorstep does not send or ring anyone yet (DV-19): told is whom a person told.

The people are those who held the named roles when it happened. One person in two roles gets one message (SP-59).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, LiteralString

import msgspec

from domain.ids import ConcernId, EventId, StaffId, StreamKind, TripId, VisitId
from domain.policy import Source
from domain.trip.state import TripState
from domain.visit.state import VisitState
from projections.directory import Directory
from projections.history_lines import who
from projections.notice_causes import Cause, fold
from projections.notice_people import OUTSIDE, Message
from projections.notice_rules import FAMILY, Speed
from projections.notices_told import SaidTold, told_key
from projections.projection import Projection
from projections.views import View
from projections.visit_stages import microseconds

NAME = "notices"


PROJECTION = Projection(
    name=NAME,
    version=6,
    kinds=frozenset(StreamKind) - {StreamKind.PUPIL},
    fold=fold,
    indexes=("(((body->>'since')::bigint)) WHERE kind = 'cause'",),
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
    people: tuple[str, ...]
    """Who is on the trip that it is about; empty where it is about one visit or concern."""
    street: str
    """Of the visit; of a trip, its doors."""
    setting: str
    source: Source
    clauses: tuple[str, ...]
    taken_back: bool
    notices: tuple[Notice, ...]


def notices(view: View, known: Directory, *, since: datetime, person: StaffId | None = None) -> tuple[Told, ...]:
    """What happened since an instant and who must be told, newest first; only one person's where `person` is given."""
    where: LiteralString = "kind = 'cause' AND (body->>'since')::bigint >= %(since)s"
    rows = view.where(NAME, Cause, where, since=microseconds(since))
    found = []
    for row in sorted(rows, key=lambda r: (r.at, r.index, r.about), reverse=True):
        messages = [m for m in row.messages if person is None or m.person == person]
        if messages:
            found.append((row, messages))
    outings = [str(row.trip) for row, _ in found if row.trip is not None and not row.pupils]
    of = view.where(NAME, TripState, "kind = 'trip' AND key = ANY(%(keys)s)", keys=outings) if outings else ()
    trips = {trip.id: trip for trip in of}
    doors = [str(row.visit) for row, _ in found if row.visit is not None]
    doors.extend(str(visit) for trip in of for visit in trip.visits)
    visits = view.where(NAME, VisitState, "kind = 'visit' AND key = ANY(%(keys)s)", keys=doors) if doors else ()
    streets = {visit.id: visit.street for visit in visits}
    keys = [_key(row, message) for row, messages in found for message in messages]
    told = view.where(NAME, SaidTold, "kind = 'told' AND key = ANY(%(keys)s)", keys=keys) if keys else ()
    said = {one.key: one for one in told}
    return tuple(
        _told(row, messages, trips.get(row.trip) if row.trip else None, streets, known, said) for row, messages in found
    )


def _key(row: Cause, message: Message) -> str:
    return told_key(row.event, row.about, message.person, message.words[0])


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
        people=tuple(known.people[p].name for p in going if p in known.people),
        street=", ".join(streets[door] for door in doors if streets.get(door)),
        setting=row.setting,
        source=row.source,
        clauses=row.clauses,
        taken_back=row.taken_back,
        notices=tuple(_notice(m, known, said.get(_key(row, m))) for m in messages),
    )


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
