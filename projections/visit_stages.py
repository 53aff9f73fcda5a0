"""How far each visit has come, and on which trip: the rows that `projections.visits` is asked of."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from domain.envelope import Recorded
from domain.ids import PupilId, StaffId, StreamKind, TripId, VisitId
from domain.trip.state import TripState
from domain.visit.state import VisitState
from projections import taken
from projections.following import follow
from projections.rows import Past, Rows


class Stage(StrEnum):
    """How far a visit has come."""

    PLANNING = "planning"
    """Asked for, not yet OK to go."""
    CLEARED = "cleared"
    """OK to go, nobody has left."""
    OUT = "out"
    """Somebody has left for it."""
    TO_WRITE_UP = "to_write_up"
    """The door is done with, and the record is not written."""
    CLOSED = "closed"
    """Written up, not approved, or called off before anybody came to the door."""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A visit as lists look for it."""

    visit: VisitId
    trips: tuple[TripId, ...] = ()
    """Every trip that it was ever on, the newest last."""
    trip: TripId | None = None
    """The trip that it is on: the newest one, unless that was called off."""
    stage: Stage = Stage.PLANNING
    asked: int = 0
    """When it was asked for, in microseconds since 1970: lists go by it."""
    requested_by: StaffId | None = None
    people: tuple[StaffId, ...] = ()
    """Who's going, or went."""
    pupils: tuple[PupilId, ...] = ()


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """A visit that was erased: lists leave it out, though its trip names it (DV-11)."""

    visit: VisitId


def skeleton(recorded: Recorded, rows: Rows) -> None:
    """What is left of an erased visit: that there was one."""
    visit = VisitId(recorded.envelope.stream.id)
    if rows.get("gone", visit, Gone) is None:
        rows.put("gone", visit, Gone(visit=visit))


def fold(recorded: Recorded, rows: Rows, past: Past) -> None:
    """Trip and visit states, and how far each visit has come."""
    stream = recorded.envelope.stream
    before = rows.get("trip", stream.id, TripState) if stream.kind is StreamKind.TRIP else None
    state = follow(recorded, rows, past)
    if isinstance(state, TripState):
        taken.note(before, state, rows)
        _relist_trip(before.visits if before else (), state, rows)
    elif isinstance(state, VisitState):
        _list(rows, rows.get("listed", state.id, Listed) or Listed(visit=state.id))


def _relist_trip(before: Sequence[VisitId], trip: TripState, rows: Rows) -> None:
    for visit in dict.fromkeys((*before, *trip.visits)):
        listed = rows.get("listed", visit, Listed) or Listed(visit=visit)
        if visit in trip.visits and visit not in before:
            listed = replace(listed, trips=(*(t for t in listed.trips if t != trip.id), trip.id))
        elif visit not in trip.visits:
            listed = replace(listed, trips=tuple(t for t in listed.trips if t != trip.id))
        _list(rows, listed)


def _list(rows: Rows, listed: Listed) -> None:
    known = rows.get("visit", listed.visit, VisitState)
    if known is None and rows.get("gone", listed.visit, Gone) is not None:
        return
    visit = known or VisitState(id=listed.visit)
    newest = rows.get("trip", listed.trips[-1], TripState) if listed.trips else None
    trip = None if newest is None or (newest.called_off_at is not None and not newest.departed) else newest
    asked = visit.requested_at or visit.arrived_at
    rows.put(
        "listed",
        listed.visit,
        replace(
            listed,
            trip=trip.id if trip else None,
            stage=stage_of(visit, trip),
            asked=microseconds(asked),
            requested_by=visit.requested_by,
            people=tuple(dict.fromkeys((*trip.team, *trip.departed))) if trip else (),
            pupils=visit.pupils,
        ),
    )


def stage_of(visit: VisitState, trip: TripState | None) -> Stage:
    """How far a visit has come, seen with the trip it is on."""
    if visit.closed:
        return Stage.CLOSED
    if visit.left_at or visit.cancelled or (trip is not None and trip.everyone_back):
        return Stage.TO_WRITE_UP
    if visit.arrived_at or (trip is not None and trip.out):
        return Stage.OUT
    if trip is not None and trip.cleared_at is not None:
        return Stage.CLEARED
    return Stage.PLANNING


def microseconds(at: datetime | None) -> int:
    """An instant as rows keep it to be sorted by; 0 for none."""
    return 0 if at is None else round(at.timestamp() * 1_000_000)
