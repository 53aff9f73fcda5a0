"""Somebody who stays behind watches each trip. Doorstep's advice: no document speaks of it."""

from domain.need import advice
from domain.refusal import Requirement
from domain.trip.state import TripState


def watched(trip: TripState) -> tuple[Requirement, ...]:
    """A watcher is named who is not going."""
    if trip.watcher is None:
        return (advice("watcher.named", "No watcher is named who stays behind", who=("school_office",)),)
    if trip.watcher in trip.team:
        return (advice("watcher.stays", "The watcher is going on the visit: name somebody who stays behind"),)
    return ()
