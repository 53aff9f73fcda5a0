"""Whether the family agreed a time, in the way that the policy asks for, and whether that opens the home.

Clauses: SP-26, SP-43, LJ-36, LJ-38, NH-04 to NH-06, SC-13, SC-15 to SC-17. Welfare visits always reach the door.
"""

from typing import Final

from domain.need import advice, always_on, need
from domain.policy import Force, Policy
from domain.refusal import Requirement
from domain.staff.words import listed
from domain.trip.state import TripState
from domain.visit.appointment import Appointment
from domain.visit.events import AppointmentHow, KeptAt
from domain.visit.state import VisitState

OFFICER: Final = "attendance_officer"
"""Whose signature is kept beside the parents' (SC-17)."""
_WHO: Final = (OFFICER, "school_office")


def reaches_the_door_unannounced(policy: Policy, visit: VisitState) -> bool:
    """Whether clearance asks for no appointment: a welfare purpose, or one the policy names (SC-30)."""
    return visit.safeguarding or visit.purpose in policy.value("unannounced_purposes")


def appointment_needs(policy: Policy, visit: VisitState, trip: TripState) -> tuple[Requirement, ...]:
    """All that an appointment, or that there is none, asks for before anybody leaves."""
    agreed = visit.appointment
    if agreed is None:
        return (*appointment_before_leaving(policy, visit), *stays_at_the_door(policy, visit))
    return (
        *a_choice(policy, agreed.offers, family_named_it=agreed.family_named_it),
        *settled_in_the_call(policy, agreed),
        *stays_at_the_door(policy, visit),
        *can_be_kept(policy, agreed, trip),
    )


def appointment_before_leaving(policy: Policy, visit: VisitState) -> tuple[Requirement, ...]:
    """Where the policy asks for an appointment without exception, a plan waits for it (NH-04).

    By telephone "where suitable" (LJ-36) is a person's judgement: it is shown, and keeps nobody.
    """
    rule = policy.value("appointment_rule")
    if visit.appointment is not None or reaches_the_door_unannounced(policy, visit):
        return ()
    if rule == "required":
        says = "No appointment has been agreed with the family"
        return (need(policy, "appointment_rule", "appointment.agreed", says, who=_WHO, clauses=("NH-04",)),)
    if rule == "phone_if_suitable":
        says = "No time is agreed with the family: a first visit is fixed by telephone where that is suitable"
        clauses, force = ("LJ-36",), Force.ADVISE
        return (need(policy, "appointment_rule", "appointment.call", says, who=_WHO, clauses=clauses, force=force),)
    return ()


def a_choice(policy: Policy, offers: int, *, family_named_it: bool) -> tuple[Requirement, ...]:
    """The family gets a choice: as many times offered as the policy asks for, or a time that they named (NH-05)."""
    least = policy.value("appointment_offers_min")
    if family_named_it or offers >= least:
        return ()
    times = "time" if least == 1 else "times"
    was = "was" if offers == 1 else "were"
    says = f"The family chooses among at least {least} {times}, or names one: {offers} {was} offered"
    return (need(policy, "appointment_offers_min", "appointment.offers", says, who=_WHO),)


def settled_in_the_call(policy: Policy, agreed: Appointment) -> tuple[Requirement, ...]:
    """What a call that fixes the visit settles: the address, how long it lasts, what the family wants to know (LJ-38)."""
    if policy.value("appointment_rule") != "phone_if_suitable" or agreed.how is not AppointmentHow.PHONE:
        return ()
    missing = [
        words
        for words, settled in (
            ("the address was gone through", agreed.address_settled),
            ("how long the visit lasts", agreed.planned_minutes is not None),
            ("the family was asked for questions", agreed.questions_invited),
        )
        if not settled
    ]
    if not missing:
        return ()
    says = f"The call to the family settles more: not kept yet is {listed(missing)}"
    force = Force.MUST if "LJ-38" in policy.setting("appointment_rule").clauses else None
    return (need(policy, "appointment_rule", "appointment.settled", says, who=_WHO, clauses=("LJ-38",), force=force),)


def can_be_kept(policy: Policy, agreed: Appointment, trip: TripState) -> tuple[Requirement, ...]:
    """An agreed time outside the trip cannot be kept (SP-43; elsewhere Doorstep's advice). It warns."""
    if trip.leave_at is None or trip.back_by is None or trip.leave_at <= agreed.at <= trip.back_by:
        return ()
    says = "The agreed time lies outside the trip: plan the trip round it, or change the appointment"
    clauses = always_on(policy, "SP-43")
    if not clauses:
        return (advice("appointment.outside_trip", says, who=_WHO, setting="appointment_rule"),)
    code, force = "appointment.outside_trip", Force.ADVISE
    return (need(policy, "appointment_rule", code, says, who=_WHO, clauses=clauses, force=force),)


def family_has_not_declined(policy: Policy, visit: VisitState) -> tuple[Requirement, ...]:
    """A family's no stops the visit (NH-06); where the policy is silent a welfare check still reaches the door."""
    if visit.declined_at is None or not policy.value("family_may_decline"):
        return ()
    says = "The family has declined the visit"
    return (need(policy, "family_may_decline", "family.declined", says, who=("DSL|DDSL",)),)


def stays_at_the_door(policy: Policy, visit: VisitState) -> tuple[Requirement, ...]:
    """That nobody goes inside as things stand, said beforehand; it keeps nobody from the door (SP-26, SC-13, SC-15)."""
    rule = policy.value("appointment_rule")
    lacking = _lacking(policy, visit)
    if rule == "required" or not lacking or reaches_the_door_unannounced(policy, visit):
        return ()
    says = f"As it stands this visit stays at the door: nobody goes inside {lacking}"
    code, clauses, force = "appointment.entry", ("SP-26", "SC-13", "SC-15", "SC-17"), Force.ADVISE
    return (need(policy, "appointment_rule", code, says, who=_WHO, clauses=clauses, force=force),)


def missing_for_entry(policy: Policy, visit: VisitState) -> str:
    """What the appointment lacks for going inside; "" where it opens the home or none is asked for."""
    lacking = _lacking(policy, visit)
    return f"went inside {lacking}" if lacking else ""


def _lacking(policy: Policy, visit: VisitState) -> str:
    rule, agreed = policy.value("appointment_rule"), visit.appointment
    if rule in ("none", "phone_if_suitable"):
        return ""
    if agreed is None:
        return "without an appointment"
    if rule == "written_signed_for_entry":
        if agreed.how is not AppointmentHow.WRITTEN:
            return "without an appointment confirmed in writing"
        if agreed.kept_at is KeptAt.ELSEWHERE:
            return "on an appointment that is not kept at the school office"
        if not agreed.signed:
            return "on an appointment whose signatures are not kept"
    return ""


def minutes_after(visit: VisitState) -> int | None:
    """How many minutes after the agreed time they stood at the door, negative before it; None where nothing compares (SP-43)."""
    if visit.appointment is None or visit.arrived_at is None:
        return None
    return int((visit.arrived_at - visit.appointment.at).total_seconds() // 60)
