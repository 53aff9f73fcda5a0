"""What a trip holds while it is open: each visit on one open trip at most, each person too."""

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
    people = (*trip.cleared_people, *trip.out)
    return frozenset({*(visit_claim(v) for v in trip.visits), *(person_claim(p) for p in people)})
