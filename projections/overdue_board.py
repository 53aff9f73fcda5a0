"""Who is out now, when are they due back, and what is to be done? The overdue board."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from domain.envelope import Recorded
from domain.ids import StaffId, StreamKind, TripId, VisitId
from domain.policy import Policy
from domain.shared.corrections import effective
from domain.shared.events import EventCorrected
from domain.trip.claims import held_people
from domain.trip.events import DangerOver, DangerReported, TripPlanned, VisitAddedToTrip
from domain.trip.state import TripState
from domain.visit.state import VisitState
from projections.board_lines import Scene, is_shown, lost_visit_line, trip_line, unreadable_line
from projections.board_shapes import URGENCY, Board, BoardLine
from projections.board_words import DangerPast
from projections.directory import Directory
from projections.following import follow
from projections.projection import Projection
from projections.rows import Past, Quarantined, Rows
from projections.views import View

__all__ = ["NAME", "PROJECTION", "Board", "Found", "board", "fold", "line_of", "open_trips", "people_out"]

log = logging.getLogger(__name__)

NAME = "overdue_board"


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """A trip that is not over: planned, out, or with an alarm or danger that nobody ended. Key: the trip."""

    trip: TripId


class OnTrip(msgspec.Struct, frozen=True, kw_only=True):
    """The last trip that a visit was put on. Key: the visit."""

    trip: TripId


class Alone(msgspec.Struct, frozen=True, kw_only=True):
    """A door with a child and no adult, whether or not its trip is still open. Key: the visit."""

    visit: VisitId
    trip: TripId | None


class Dangers(msgspec.Struct, frozen=True, kw_only=True):
    """Dangers of a trip that they said are over; they stay in sight until the trip is. Key: the trip."""

    trip: TripId
    past: tuple[DangerPast, ...]


def _past(events: Iterable[Recorded]) -> tuple[DangerPast, ...]:
    """Each danger with its end, as the entries stand corrected."""
    out: list[DangerPast] = []
    first: Recorded | None = None
    for one in effective(events):
        if isinstance(one.event, DangerReported):
            first = first or one
        elif isinstance(one.event, DangerOver) and first is not None:
            said = first.envelope
            out.append(DangerPast(by=said.person, at=said.occurred_at, over_at=one.envelope.occurred_at))
            first = None
    return tuple(out)


def fold(recorded: Recorded, rows: Rows, past: Past) -> None:
    """Keep the states of trips and visits, which trips are open, dangers past, and which children are alone."""
    state = follow(recorded, rows, past)
    if isinstance(state, TripState):
        if state.over:
            rows.delete("open", state.id)
        else:
            rows.put("open", state.id, Open(trip=state.id))
        if isinstance(recorded.event, TripPlanned | VisitAddedToTrip):
            for visit in state.visits:
                rows.put("on_trip", visit, OnTrip(trip=state.id))
        if isinstance(recorded.event, DangerOver | EventCorrected):
            stream = past.stream(recorded.envelope.stream, recorded.envelope.version)
            dangers = Dangers(trip=state.id, past=_past(stream))
            if dangers.past or rows.get("dangers", state.id, Dangers) is not None:
                rows.put("dangers", state.id, dangers)
    elif isinstance(state, VisitState):
        if state.child_alone_at is None:
            if rows.get("alone", state.id, Alone) is not None:
                rows.delete("alone", state.id)
        else:
            on = rows.get("on_trip", state.id, OnTrip)
            rows.put("alone", state.id, Alone(visit=state.id, trip=on.trip if on is not None else None))


PROJECTION = Projection(name=NAME, version=6, kinds=frozenset({StreamKind.TRIP, StreamKind.VISIT}), fold=fold)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The board's rows: open trips, the visits on them, and the streams that cannot be read."""

    trips: tuple[TripState, ...]
    visits: Mapping[VisitId, VisitState]
    lost: tuple[Quarantined, ...]
    alone: tuple[Alone, ...]
    dangers: Mapping[TripId, tuple[DangerPast, ...]]
    """Of the trips: dangers that they said are over."""


def open_trips(view: View) -> Found:
    """Every trip that is not over (or whose door has a child alone), as far as the projection has come."""
    alone = view.all(NAME, "alone", Alone)
    lost = view.quarantined(NAME)
    ids = {str(row.trip) for row in view.all(NAME, "open", Open)}
    ids |= {str(row.trip) for row in alone if row.trip is not None}
    ids |= {q.stream_id for q in lost if q.stream_kind is StreamKind.TRIP}
    trips = view.where(NAME, TripState, "kind = 'trip' AND key = ANY(%(keys)s)", keys=sorted(ids))
    doors = {str(v) for trip in trips for v in trip.visits} | {str(row.visit) for row in alone}
    doors |= {q.stream_id for q in lost if q.stream_kind is StreamKind.VISIT}
    visits = view.where(NAME, VisitState, "kind = 'visit' AND key = ANY(%(keys)s)", keys=sorted(doors))
    past = view.where(NAME, Dangers, "kind = 'dangers' AND key = ANY(%(keys)s)", keys=sorted(ids))
    dangers = {row.trip: row.past for row in past}
    return Found(trips=trips, visits={v.id: v for v in visits}, lost=lost, alone=alone, dangers=dangers)


def people_out(trips: Iterable[TripState]) -> frozenset[StaffId]:
    """Everybody who is out on any of these trips: never asked to act."""
    return frozenset(person for trip in trips for person in trip.out)


def board(view: View, known: Directory, now: datetime) -> Board:
    """The board at an instant, each trip by the policy it left under; most urgent line first.

    Raises LookupError where the school has adopted no settings.
    """
    found = open_trips(view)
    lines = [*_trip_lines(found, known, now), *_loose_doors(found, known.policy_at(now), known, now)]
    order = {state: place for place, state in enumerate(URGENCY)}

    def urgency(line: BoardLine) -> tuple[int, bool, datetime, str]:
        when = line.due_at or line.back_by
        return order[line.state], when is None, when or now, line.trip

    return Board(lines=tuple(sorted(lines, key=urgency)), as_at=now)


def line_of(view: View, known: Directory, now: datetime, trip: TripId) -> BoardLine | None:
    """The board's line of one trip; None where the trip has no place on the board now. Raises as `board`."""
    found = open_trips(view)
    return next(iter(_trip_lines(found, known, now, only=trip)), None)


def _trip_lines(found: Found, known: Directory, now: datetime, *, only: TripId | None = None) -> Iterable[BoardLine]:
    elsewhere = people_out(found.trips)
    lost_trips = {UUID(q.stream_id) for q in found.lost if q.stream_kind is StreamKind.TRIP}
    lost_visits = frozenset(VisitId(UUID(q.stream_id)) for q in found.lost if q.stream_kind is StreamKind.VISIT)
    readable = {trip.id: trip for trip in found.trips}
    nothing_known = [TripState(id=TripId(lost)) for lost in sorted(lost_trips) if lost not in readable]
    for trip in (*found.trips, *nothing_known):
        if only is not None and trip.id != only:
            continue
        visits = tuple(found.visits[v] for v in trip.visits if v in found.visits)
        scene = Scene(
            policy=known.policy_of(trip, now),
            known=known,
            now=now,
            elsewhere=elsewhere,
            held=_held_elsewhere(trip, found.trips),
            trip=trip,
            visits=visits,
            dangers=found.dangers.get(trip.id, ()),
            lost=trip.id in lost_trips,
            lost_visits=lost_visits & set(trip.visits),
        )
        line = _line(scene)
        if line is not None:
            yield line


def _held_elsewhere(trip: TripState, trips: Iterable[TripState]) -> Mapping[StaffId, TripState]:
    """Who of the team is OK to go, or out, on another of the open trips."""
    out: dict[StaffId, TripState] = {}
    for other in trips:
        if other.id != trip.id:
            for person in held_people(other) & set(trip.team):
                out.setdefault(person, other)
    return out


def _line(scene: Scene) -> BoardLine | None:
    """The trip's line, None where it has none. A trip that no line can be made of is a red row, and the others stand."""
    try:
        return trip_line(scene) if is_shown(scene) else None
    except Exception:
        log.exception("no line can be made of trip %s", scene.trip.id)
        return unreadable_line(scene)


def _loose_doors(found: Found, policy: Policy, known: Directory, now: datetime) -> Iterable[BoardLine]:
    """Doors that no line speaks of: their own record cannot be read, or a child is alone there and no trip is known."""
    spoken_of = {visit for trip in found.trips for visit in trip.visits}
    lost = [VisitId(UUID(q.stream_id)) for q in found.lost if q.stream_kind is StreamKind.VISIT]
    alone = [row.visit for row in found.alone if row.trip is None]
    for visit in dict.fromkeys((*lost, *alone)):
        if visit not in spoken_of:
            state = found.visits.get(visit) or VisitState(id=visit)
            yield lost_visit_line(policy, known, now, state, lost=visit in lost)
