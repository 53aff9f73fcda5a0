"""Which records go together: the trips of a visit, the concerns of a door, the children behind them.

The rows are those of `dsl_history`; each question is asked of all their kinds at once.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from domain.envelope import Recorded
from domain.ids import ConcernId, PupilId, Stream, StreamKind, TripId, VisitId, trip_stream, visit_stream
from projections.doors import DOOR, ROUTE, Door, Route
from projections.event_rows import EVENT, decode_row, name_of, recorded_of
from projections.rows import UNREADABLE, Quarantined
from projections.views import View

HISTORY: Final = "dsl_history"
"""The projection whose rows these are."""


class Worry(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a concern is about, as it was raised; its key is the concern."""

    concern: ConcernId
    pupils: tuple[PupilId, ...]
    visit: VisitId | None
    trip: TripId | None
    index: int


_DOOR: Final = msgspec.json.Decoder(Door)
_ROUTE: Final = msgspec.json.Decoder(Route)
_WORRY: Final = msgspec.json.Decoder(Worry)
_LOST: Final = msgspec.json.Decoder(Quarantined)


class Beside(NamedTuple):
    """What rows say of a visit beside its events: each kind of them in one question."""

    trips: tuple[TripId, ...]
    """Trips that may be its own."""
    worries: tuple[Worry, ...]
    """Raised at its door."""
    lost: tuple[Quarantined, ...]


class Told(NamedTuple):
    """Events of a visit and of its trips, in log order, as known then; and concerns that name a trip and no door."""

    events: dict[Stream, list[Recorded]]
    nameless: tuple[Worry, ...]


def beside(view: View, visit: VisitId) -> Beside:
    """The trips, concerns and lost streams of a visit, in one question."""
    found = view.several(
        HISTORY,
        "(kind = 'door' AND key = %(visit)s) OR (kind = 'route' AND body->'visits' ? %(visit)s)"
        " OR (kind = 'worry' AND body->>'visit' = %(visit)s) OR kind = 'unreadable'",
        visit=str(visit),
    )
    routes = [_ROUTE.decode(body) for body in found.get(ROUTE, ())]
    doors = [_DOOR.decode(body) for body in found.get(DOOR, ())]
    return Beside(
        trips=tuple(dict.fromkeys((*(route.trip for route in routes), *(t for door in doors for t in door.trips)))),
        worries=tuple(_WORRY.decode(body) for body in found.get("worry", ())),
        lost=tuple(_LOST.decode(body) for body in found.get(UNREADABLE, ())),
    )


def told(view: View, visit: VisitId, trips: Sequence[TripId], known_at: datetime | None) -> Told:
    """The events of a visit and of these trips, as known at an instant, in one question."""
    found = view.several(
        HISTORY,
        "(kind = 'event' AND body->>'stream' = ANY(%(streams)s))"
        " OR (kind = 'worry' AND body->>'visit' IS NULL AND body->>'trip' = ANY(%(trips)s))",
        streams=[name_of(stream) for stream in (visit_stream(visit), *map(trip_stream, trips))],
        trips=[str(trip) for trip in trips],
    )
    events: dict[Stream, list[Recorded]] = {}
    for row in map(decode_row, found.get(EVENT, ())):
        if known_at is None or row.recorded_at <= known_at:
            recorded = recorded_of(row)
            events.setdefault(recorded.envelope.stream, []).append(recorded)
    return Told(events, tuple(_WORRY.decode(body) for body in found.get("worry", ())))


def records_beside(view: View, visit: VisitId) -> tuple[UUID, ...]:
    """The trips that a visit was ever on, and the concerns raised at its door."""
    routes = view.where(HISTORY, Route, "kind = 'route' AND body->'visits' ? %(visit)s ORDER BY key", visit=str(visit))
    door = view.one(HISTORY, DOOR, visit, Door) or Door(visit=visit)
    worries = view.where(HISTORY, Worry, "kind = 'worry' AND body->>'visit' = %(visit)s ORDER BY key", visit=str(visit))
    return tuple(dict.fromkeys((*(route.trip for route in routes), *door.trips, *(w.concern for w in worries))))


def children_behind(view: View, ids: Iterable[UUID]) -> frozenset[PupilId]:
    """The children whom these visits, trips and concerns are about now; an id of anything else says nothing."""
    keys = [str(one) for one in ids]
    routes = view.where(HISTORY, Route, "kind = 'route' AND key = ANY(%(keys)s)", keys=keys)
    worries = view.where(HISTORY, Worry, "kind = 'worry' AND key = ANY(%(keys)s)", keys=keys)
    named = {str(visit) for route in routes for visit in route.visits}
    named |= {str(worry.visit) for worry in worries if worry.visit is not None}
    doors = view.where(HISTORY, Door, "kind = 'door' AND key = ANY(%(keys)s)", keys=[*keys, *named])
    return frozenset((*(p for door in doors for p in door.pupils), *(p for worry in worries for p in worry.pupils)))


def visits_of(view: View, stream: Stream) -> tuple[VisitId, ...]:
    """The visits whose history shows a stream: itself, a trip's doors, a concern's visit."""
    if stream.kind is StreamKind.VISIT:
        return (VisitId(stream.id),)
    if stream.kind is StreamKind.CONCERN:
        worry = view.one(HISTORY, "worry", stream.id, Worry)
        return () if worry is None or worry.visit is None else (worry.visit,)
    route = view.one(HISTORY, ROUTE, stream.id, Route) if stream.kind is StreamKind.TRIP else None
    return () if route is None else route.visits
