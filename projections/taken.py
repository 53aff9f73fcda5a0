"""Who is held by which open trip: kept among the rows of `projections.visits`, for the list of what is still needed."""

from collections.abc import Mapping, Sequence

import msgspec

from domain.ids import StaffId, TripId
from domain.trip.claims import held_people
from domain.trip.state import TripState
from projections.rows import Rows
from projections.views import View

_KIND = "taken"


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is OK to go, or out. Key: the person."""

    person: StaffId
    trips: tuple[TripId, ...]
    """The trips, in the order they took the person: more than one where a fact said so."""


def note(before: TripState | None, after: TripState, rows: Rows) -> None:
    """Keep whom a trip holds after one more event."""
    had = held_people(before) if before is not None else frozenset()
    has = held_people(after)
    for person in sorted(had ^ has):
        known = rows.get(_KIND, person, Taken)
        others = tuple(t for t in (known.trips if known is not None else ()) if t != after.id)
        trips = (*others, after.id) if person in has else others
        if trips:
            rows.put(_KIND, person, Taken(person=person, trips=trips))
        elif known is not None:
            rows.delete(_KIND, person)


Held = Mapping[TripId, Mapping[StaffId, TripState]]
"""For each trip, those of its team whom another open trip holds, and that trip."""


def held_elsewhere(view: View, name: str, trips: Sequence[TripState]) -> Held:
    """Who of these trips' teams is held by another open trip. `name`: the projection whose rows these are."""
    people = sorted({str(person) for trip in trips for person in trip.team})
    rows = view.where(name, Taken, "kind = 'taken' AND key = ANY(%(keys)s)", keys=people) if people else ()
    by_person = {row.person: row.trips for row in rows}
    ids = sorted({str(trip) for row in rows for trip in row.trips})
    found = view.where(name, TripState, "kind = 'trip' AND key = ANY(%(keys)s)", keys=ids) if ids else ()
    states = {trip.id: trip for trip in found}
    out: dict[TripId, dict[StaffId, TripState]] = {}
    for trip in trips:
        for person in trip.team:
            other = next((t for t in by_person.get(person, ()) if t != trip.id and t in states), None)
            if other is not None:
                out.setdefault(trip.id, {})[person] = states[other]
    return out
