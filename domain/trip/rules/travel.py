"""How they travel: whose car, and that it is insured for the journey; public transport only as the policy says.

Clauses: SP-31, NH-37, NH-45, SC-22, WL-50.
"""

import re
from collections.abc import Mapping
from typing import Final

from domain.ids import StaffId
from domain.need import need
from domain.policy import Policy
from domain.refusal import Requirement
from domain.staff.rules.vehicle import SETTING, insured, maintained, uninsured
from domain.staff.state import Person
from domain.times import day_of
from domain.trip.state import TripState

_NOT_THEIRS: Final = frozenset({"school", "hire", "hired", "taxi", "no"})
"""A car of the school's, or one that somebody else drives, is no member of staff's."""
_PUBLIC: Final = frozenset({"bus", "train", "tram", "metro", "tube", "public", "coach"})


def _words(travel: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+", travel.lower()))


def by_own_car(travel: str) -> bool:
    """Whether they go in a car of somebody who goes.

    >>> by_own_car("by car"), by_own_car("the school's car"), by_own_car("on foot")
    (True, False, False)
    """
    words = _words(travel)
    return "car" in words and not words & _NOT_THEIRS


def by_public_transport(travel: str) -> bool:
    """Whether they go by bus or train.

    >>> by_public_transport("by public transport"), by_public_transport("Bus 14"), by_public_transport("by car")
    (True, True, False)
    """
    return bool(_words(travel) & _PUBLIC)


def car_fit(policy: Policy, trip: TripState, people: Mapping[StaffId, Person]) -> tuple[Requirement, ...]:
    """The driver's car is on record and insured for the journey on the day; with no driver named, anybody's who goes."""
    if not by_own_car(trip.travel) or trip.leave_at is None:
        return ()
    drivers = [p for p in trip.team if p in people and trip.driver in (None, p)]
    cars = [(people[p].name, car) for p in drivers for car in people[p].record.vehicles]
    day = day_of(trip.leave_at)
    out = []
    faults = [(name, car, uninsured(policy, car, day)) for name, car in cars]
    if policy.value(SETTING).get("insurance") and not any(not why for _, _, why in faults):
        whose = f"{people[drivers[0]].name}'s car" if trip.driver in drivers else "the car of anybody who goes"
        told = "; ".join(f"{name}'s car {car.registration}: {why}" for name, car, why in faults)
        says = f"They go by car: {told}" if told else f"They go by car, and {whose} is not on record with its insurance"
        out.append(insured(policy, "travel.insurance", says))
    if policy.value(SETTING).get("maintained") and not any(car.maintained for _, car in cars):
        says = "They go by car, and nobody has said that it is serviced and roadworthy"
        out.append(maintained(policy, "travel.maintained", says))
    return tuple(out)


def public_transport_agreed(policy: Policy, trip: TripState) -> tuple[Requirement, ...]:
    """NH-45: bus or train only once SLT has agreed to it for this trip; where a policy rules it out, not at all."""
    rule = policy.value("public_transport")
    if rule == "allow" or not by_public_transport(trip.travel):
        return ()
    if rule == "never":
        says = "The policy rules out public transport: choose another way to travel"
        return (need(policy, "public_transport", "travel.public", says),)
    if trip.travel_agreed == trip.travel:
        return ()
    says = "They go by public transport, and nobody of SLT has agreed to it"
    return (need(policy, "public_transport", "travel.agreed", says, who=("SLT",), clauses=("NH-45",)),)
