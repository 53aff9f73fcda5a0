"""Somebody who stays behind watches each trip. Doorstep's advice: no document speaks of it."""

from collections.abc import Iterable, Mapping

from domain.ids import StaffId
from domain.need import advice
from domain.refusal import Requirement
from domain.staff.state import Person
from domain.trip.state import TripState


def watched(trip: TripState, people: Mapping[StaffId, Person]) -> tuple[Requirement, ...]:
    """A watcher is named, and perhaps a deputy: two people, neither of them going, whose mobile numbers are held."""
    if trip.watcher is None:
        return (advice("watcher.named", "No watcher is named who stays behind", who=("school_office",)),)
    return (*_stay_behind(trip), *_can_be_rung(trip, people))


def _stay_behind(trip: TripState) -> Iterable[Requirement]:
    if trip.watcher in trip.team:
        yield advice("watcher.stays", "The watcher is going on the visit: name somebody who stays behind")
    if trip.deputy in trip.team:
        says = "The watcher's deputy is going on the visit: name somebody who stays behind"
        yield advice("watcher.deputy_stays", says)
    elif trip.deputy is not None and trip.deputy == trip.watcher:
        yield advice("watcher.deputy", "The watcher is named as the deputy as well: name two people, or one alone")


def _can_be_rung(trip: TripState, people: Mapping[StaffId, Person]) -> Iterable[Requirement]:
    known = (people.get(one) for one in dict.fromkeys((trip.watcher, trip.deputy)) if one is not None)
    for person in known:
        if person is not None and not person.mobile:
            says = f"{person.name} watches over the trip, and no mobile number is held for them"
            yield advice(f"watcher.phone.{person.id}", says, who=("school_office",))
