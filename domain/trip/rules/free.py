"""Everybody who goes is on one open trip at most: nobody can be missed on two at once (design section 4, claims).

The same is held by a claim when the trip is cleared; this rule says it beforehand.
"""

from collections.abc import Mapping
from datetime import datetime

from domain.ids import StaffId
from domain.need import always
from domain.refusal import Requirement
from domain.times import day_of, hm, london
from domain.trip.state import TripState


def free_to_go(
    trip: TripState, others: Mapping[StaffId, TripState], names: Mapping[StaffId, str]
) -> tuple[Requirement, ...]:
    """Nobody who goes is out, or OK to go, on another trip. `others`: the open trip that holds each person now."""
    taken = [p for p in trip.team if p in others and others[p].id != trip.id]
    if not taken:
        return ()
    said = "; ".join(f"{names.get(p, 'somebody who goes')} is already {_where(others[p], trip)}" for p in taken)
    out = any(p in others[p].out for p in taken)
    end = "say first that they are back" if out else "call that one off"
    says = f"{said}: {end}, or send another"
    return (always("person.on_another_trip", says, who=("senior_staff", "school_office")),)


def held_by_another(name: str) -> Requirement:
    """The same, where another clearance came first by a moment and its trip is not known."""
    says = f"{name} is already on another trip: end that one first, or send another"
    return always("person.on_another_trip", says, who=("senior_staff", "school_office"))


def _where(other: TripState, trip: TripState) -> str:
    if other.out:
        return f"out on another trip{f', due back {_when(other.back_by, trip)}' if other.back_by else ''}"
    return f"OK to go on another trip{f' {_when(other.leave_at, trip)}' if other.leave_at else ''}"


def _when(at: datetime, trip: TripState) -> str:
    """The time in words: "at 10:50"; with the day where that is not the trip's own."""
    own = trip.leave_at is not None and day_of(trip.leave_at) == day_of(at)
    return f"at {hm(at)}" if own else f"on {london(at):%A} at {hm(at)}"
