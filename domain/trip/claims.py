"""What a trip holds while it is open: each visit on one open trip at most, each person too."""

from domain.ids import StaffId
from domain.trip.state import TripState


def visit_claim(visit: object) -> str:
    """The claim on a visit."""
    return f"visit:{visit}"


def person_claim(person: object) -> str:
    """The claim on a person who is cleared to go, or out."""
    return f"person:{person}"


def held(trip: TripState) -> frozenset[str]:
    """What the trip holds now: nothing once it is over."""
    if not trip.exists or trip.over:
        return frozenset()
    return frozenset({*(visit_claim(v) for v in trip.visits), *(person_claim(p) for p in held_people(trip))})


def held_people(trip: TripState) -> frozenset[StaffId]:
    """Who cannot be cleared for another trip: those who are cleared for this one, or out, until it is over."""
    return frozenset() if not trip.exists or trip.over else frozenset({*trip.cleared_people, *trip.out})
