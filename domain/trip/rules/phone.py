"""A mobile number is held for everybody who goes: the overdue calls need it.

Clauses: SP-22, SP-23, LJ-52, WL-17, WL-41, NH-31, NH-32, SC-12.
"""

from collections.abc import Mapping

from domain.ids import StaffId
from domain.need import need
from domain.policy import Force, Policy
from domain.refusal import Requirement
from domain.roles import who_counts_as
from domain.staff.state import Person
from domain.trip.rules.whereabouts import same_holder
from domain.trip.state import TripState


def numbers_held(policy: Policy, trip: TripState, people: Mapping[StaffId, Person]) -> tuple[Requirement, ...]:
    """One requirement for each person going whose number is not held."""
    out = []
    kept_by = policy.value("phone_rule").get("number_holder") or "school_office"
    who = same_holder(kept_by)
    if not who_counts_as(who):
        who = "school_office"  # Leyland's numbers are kept on the visit form, which the office fills in
    key = "number_holder"
    force = Force.MUST if key in policy.setting("phone_rule").silent else None  # one of the four defaults that refuse
    for person in trip.team:
        known = people.get(person)
        if known is None or not known.mobile:
            says = f"No mobile number is held for {known.name if known else 'one of the people going'}"
            out.append(need(policy, "phone_rule", f"phone.{person}", says, who=(who,), force=force, key=key))
    return tuple(out)
