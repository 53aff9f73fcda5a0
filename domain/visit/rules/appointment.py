"""Whether the family agreed a time, and whether that opens the home.

Clauses: SP-26, SP-43, LJ-36, NH-04, NH-06, SC-13, SC-15 to SC-17. Welfare visits always reach the door.
"""

from domain.need import need
from domain.policy import Policy
from domain.refusal import Requirement
from domain.visit.events import AppointmentHow
from domain.visit.state import VisitState


def reaches_the_door_unannounced(policy: Policy, visit: VisitState) -> bool:
    """Whether clearance asks for no appointment: a welfare purpose, or one the policy names (SC-30)."""
    return visit.safeguarding or visit.purpose in policy.value("unannounced_purposes")


def appointment_before_leaving(policy: Policy, visit: VisitState) -> tuple[Requirement, ...]:
    """Where the policy asks for an appointment without exception, a plan waits for it (NH-04)."""
    wanted = policy.value("appointment_rule") == "required"
    if not wanted or visit.appointment is not None or reaches_the_door_unannounced(policy, visit):
        return ()
    says = "No appointment has been agreed with the family"
    return (need(policy, "appointment_rule", "appointment.agreed", says, who=("attendance_officer", "school_office")),)


def family_has_not_declined(policy: Policy, visit: VisitState) -> tuple[Requirement, ...]:
    """A family's no stops the visit (NH-06); where the policy is silent a welfare check still reaches the door."""
    if visit.declined_at is None or not policy.value("family_may_decline"):
        return ()
    says = "The family has declined the visit"
    return (need(policy, "family_may_decline", "family.declined", says, who=("DSL|DDSL",)),)


def missing_for_entry(policy: Policy, visit: VisitState) -> str:
    """What the appointment lacks for going inside; "" where it opens the home or none is asked for."""
    rule, agreed = policy.value("appointment_rule"), visit.appointment
    if rule in ("none", "phone_if_suitable"):
        return ""
    if agreed is None:
        return "went inside without an appointment"
    if rule == "written_signed_for_entry":
        if agreed.how is not AppointmentHow.WRITTEN:
            return "went inside without an appointment confirmed in writing"
        if not agreed.signed:
            return "went inside on an appointment whose signatures are not kept"
    return ""
