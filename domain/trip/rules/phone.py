"""A mobile number is held for everybody who goes: the overdue calls need it.

Clauses: SP-22, SP-23, LJ-52, WL-17, WL-41, NH-31, NH-32, SC-12.
"""

from collections.abc import Mapping

from domain.ids import StaffId
from domain.need import need
from domain.policy import Policy
from domain.refusal import Requirement
from domain.staff.state import Person
from domain.trip.state import TripState


def numbers_held(policy: Policy, trip: TripState, people: Mapping[StaffId, Person]) -> tuple[Requirement, ...]:
    """One requirement for each person going whose number is not held."""
    out = []
    for person in trip.team:
        known = people.get(person)
        if known is None or not known.mobile:
            says = f"No mobile number is held for {known.name if known else 'one of the people going'}"
            holder = policy.value("phone_rule").get("number_holder") or "school_office"
            out.append(need(policy, "phone_rule", f"phone.{person}", says, who=(holder,)))
    return tuple(out)
