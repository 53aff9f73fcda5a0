"""Which children a visit is about, and on which trips it was: what several questions of the DSL share.

A visit that was asked for by mistake still shows in the history of its child, so a request counts here even where
it was taken back. A move to another child counts as it stands corrected.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from domain.envelope import Envelope, Recorded
from domain.event import Event
from domain.ids import PupilId, StaffId, StreamKind, TripId, VisitId
from domain.shared.corrections import effective
from domain.shared.events import EventCorrected
from domain.trip.events import TripPlanned, VisitAddedToTrip
from domain.visit.events import RequestCorrected, StaffArrived, VisitMovedToPupil, VisitRequested
from projections.directory import Directory
from projections.rows import Past, Rows

DOOR = "door"
"""The kind of a `Door` row; its key is the visit."""
ROUTE = "route"
"""The kind of a `Route` row; its key is the trip."""


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """One move of a visit from a child picked by mistake to the right one."""

    wrong: PupilId
    right: PupilId
    index: int
    """Where in the log the move lies: what came before it was said of `wrong` by mistake."""
    recorded_at: datetime
    by: StaffId


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """A visit's children and trips."""

    visit: VisitId
    pupils: tuple[PupilId, ...] = ()
    moves: tuple[Moved, ...] = ()
    trips: tuple[TripId, ...] = ()
    """Trips whose staff arrived here; planned ones are in `Route`."""
    purpose: str = ""
    street: str = ""
    safeguarding: bool = False
    requested_at: datetime | None = None

    @property
    def wrong(self) -> tuple[PupilId, ...]:
        """Children it was put down to by mistake, and is not about."""
        return tuple(dict.fromkeys(m.wrong for m in self.moves if m.wrong not in self.pupils))

    def rightly(self, pupils: Iterable[PupilId], index: int) -> tuple[PupilId, ...]:
        """The children meant by what was said here at a place in the log: moves after it are applied."""
        out = tuple(pupils)
        for move in self.moves:
            if move.index > index:
                out = tuple(dict.fromkeys(move.right if p == move.wrong else p for p in out))
        return out


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """A pupil by id and name."""

    id: PupilId
    name: str


def children(directory: Directory, pupils: Iterable[PupilId]) -> tuple[Child, ...]:
    """Pupils with their names."""
    known = directory.pupils
    return tuple(Child(id=p, name=known[p].name if p in known else "a pupil") for p in pupils)


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A trip's doors, in order."""

    trip: TripId
    visits: tuple[VisitId, ...] = ()


def _after(door: Door, event: Event, envelope: Envelope) -> Door:
    match event:
        case VisitRequested():
            return replace(
                door,
                pupils=event.pupils,
                purpose=event.purpose,
                street=event.address.split(",", 1)[0].strip(),
                safeguarding=event.safeguarding,
                requested_at=envelope.occurred_at,
            )
        case RequestCorrected():
            street = event.address.split(",", 1)[0].strip()
            return replace(door, purpose=event.purpose, street=street, safeguarding=event.safeguarding)
        case VisitMovedToPupil():
            moved = Moved(
                wrong=event.wrong,
                right=event.right,
                index=envelope.index,
                recorded_at=envelope.recorded_at,
                by=envelope.person,
            )
            street = event.address.split(",", 1)[0].strip() or door.street
            pupils = tuple(dict.fromkeys(event.right if p == event.wrong else p for p in door.pupils))
            return replace(door, pupils=pupils, moves=(*door.moves, moved), street=street)
        case StaffArrived(trip=trip) if trip is not None and trip not in door.trips:
            return replace(door, trips=(*door.trips, trip))
        case _:
            return door  # everything else says nothing about children or trips


def door_of(visit: VisitId, recorded: Iterable[Recorded]) -> Door:
    """What a visit's events say about its children and trips."""
    events = tuple(recorded)
    standing = {r.envelope.event_id for r in effective(events)}
    door = Door(visit=visit)
    for envelope, event in events:
        if envelope.event_id in standing or isinstance(event, VisitRequested):
            door = _after(door, event, envelope)
    return door


def route_of(trip: TripId, recorded: Iterable[Recorded]) -> Route:
    """The doors that a trip's events name; a plan that was taken back still shows in its doors' history."""
    route = Route(trip=trip)
    for _, event in recorded:
        route = _further(route, event)
    return route


def _further(route: Route, event: Event) -> Route:
    match event:
        case TripPlanned(visits=visits):
            return replace(route, visits=tuple(dict.fromkeys((*route.visits, *visits))))
        case VisitAddedToTrip(visit=visit):
            return replace(route, visits=tuple(dict.fromkeys((*route.visits, visit))))
        case _:
            return route  # everything else names no door


def follow_doors(recorded: Recorded, rows: Rows, past: Past) -> None:
    """Keep the `Door` and `Route` rows; other kinds of stream have none."""
    envelope, event = recorded
    if envelope.stream.kind is StreamKind.VISIT:
        visit = VisitId(envelope.stream.id)
        before = None if envelope.version == 1 else rows.get(DOOR, visit, Door)
        if isinstance(event, EventCorrected):
            after = door_of(visit, past.stream(envelope.stream, envelope.version))
        else:
            after = _after(before or Door(visit=visit), event, envelope)
        if after != before:
            rows.put(DOOR, visit, after)
    elif envelope.stream.kind is StreamKind.TRIP:
        trip = TripId(envelope.stream.id)
        known = None if envelope.version == 1 else rows.get(ROUTE, trip, Route)
        route = _further(known or Route(trip=trip), event)
        if route != known:
            rows.put(ROUTE, trip, route)
