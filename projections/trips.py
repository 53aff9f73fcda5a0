"""One trip: its doors in order, and what the sign-out still needs. Asked of the rows of `projections.visits`."""

from datetime import datetime

import msgspec

from domain.ids import TripId
from domain.readiness import door_needs, left_out, open_doors, readiness, trip_needs
from domain.refusal import Requirement
from domain.trip.state import TripState
from domain.visit.state import VisitState
from projections.directory import Directory
from projections.taken import held_elsewhere
from projections.views import View
from projections.visit_stages import Stage, stage_of
from projections.visits import NAME, VisitLine, being_planned, refusing_first, states


class DoorNeeds(msgspec.Struct, frozen=True, kw_only=True):
    """One door of a trip."""

    visit: VisitState
    stage: Stage
    needs: tuple[Requirement, ...]


class PlannedTrip(msgspec.Struct, frozen=True, kw_only=True):
    """A trip with its doors in order and all that is still needed."""

    trip: TripState
    doors: tuple[DoorNeeds, ...]
    needs: tuple[Requirement, ...]
    """What the sign-out itself still needs, the doors apart."""


def one_trip(view: View, known: Directory, now: datetime, trip: TripId) -> PlannedTrip | None:
    """A trip with its doors in order and what is still needed; None for one that this school does not know."""
    state = view.one(NAME, "trip", trip, TripState)
    if state is None:
        return None
    policy, visits = known.policy_of(state, now), states(view, state.visits)
    open_ = state.planned and state.called_off_at is None
    behind = tuple(visits[key] for key in state.visits if key in visits)
    doors = tuple(
        DoorNeeds(
            visit=v,
            stage=stage_of(v, state),
            needs=door_needs(policy, v, state, behind, known.pupils) if open_ else (),
        )
        for v in behind
    )
    held = held_elsewhere(view, NAME, (state,)).get(state.id, {})
    needs = (
        (*left_out(behind), *trip_needs(policy, state, open_doors(behind) or behind, known.people, held))
        if open_
        else readiness(policy, state, behind, known.people, held, known.pupils)
    )
    return PlannedTrip(trip=state, doors=doors, needs=refusing_first(needs))


def without_trip(view: View, known: Directory, now: datetime) -> tuple[VisitLine, ...]:
    """Visits that are on no trip yet, the oldest first: from these a trip is planned."""
    return tuple(p.line for p in reversed(being_planned(view, known, now)) if p.line.trip is None)
