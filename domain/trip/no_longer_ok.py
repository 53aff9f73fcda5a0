"""What takes an "OK to go" back: something that it rested on is not so any more."""

from domain.envelope import Decision, Entry
from domain.ids import trip_stream
from domain.trip.events import ClearanceVoided
from domain.trip.state import TripState


def is_ok_to_go(trip: TripState | None) -> bool:
    """Whether there is an "OK to go" that can still be taken back: once somebody has left, they are called back instead."""
    return trip is not None and trip.cleared_at is not None and not trip.departed


def no_longer_ok(trip: TripState | None, why: str) -> Decision:
    """The "OK to go" falls, and why; nothing where there is none, or where somebody has left."""
    if trip is None or not is_ok_to_go(trip):
        return ()
    return (Entry(trip_stream(trip.id), ClearanceVoided(why=why)),)
