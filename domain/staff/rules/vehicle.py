"""A car that is used for visits: what is written down about it, and that it is insured for the journey.

Clauses: SP-30, SP-31, WL-50, NH-37, SC-21, SC-22.
"""

from datetime import date
from typing import Final

from domain.need import need
from domain.policy import Force, Policy, Source
from domain.refusal import Requirement
from domain.staff.on_record import Insurance, Vehicle
from domain.staff.words import day_in_words

SETTING: Final = "vehicle_rule"
_DETAILS: Final = ("make", "model", "colour")
_HELD: Final = ("SP-30", "SC-21")
_COVER: Final = ("SP-31", "NH-37", "SC-22")


def holder(policy: Policy) -> str:
    """The role word of whoever holds the details of cars."""
    return str(policy.value(SETTING).get("holder") or "school_office")


def wants_details(policy: Policy) -> bool:
    """Whether the document says that make, model, registration and colour are held (SP-30, SC-21)."""
    rule = policy.setting(SETTING)
    return rule.source is not Source.DEFAULT and "holder" in rule.value and "holder" not in rule.silent


def described(policy: Policy, vehicle: Vehicle) -> tuple[Requirement, ...]:
    """What the school wants written down about a car and is not: one requirement each, so that all are told at once."""
    if not wants_details(policy):
        return ()
    return tuple(
        need(
            policy,
            SETTING,
            f"vehicle.{name}",
            f"The car's {name} is missing: the school holds make, model, registration and colour",
            who=(holder(policy),),
            clauses=_HELD,
            force=Force.MUST,
        )
        for name in _DETAILS
        if not getattr(vehicle, name).strip()
    )


def uninsured(policy: Policy, vehicle: Vehicle, day: date) -> str:
    """Why a car's insurance will not do on a day, as the end of a sentence; "" where it will."""
    wanted = policy.value(SETTING).get("insurance")
    if wanted is None:
        return ""
    if vehicle.insurance is None or vehicle.insured_until is None:
        return "its insurance is not on record"
    if vehicle.insured_until < day:
        return f"its insurance ended on {day_in_words(vehicle.insured_until)}"
    if wanted == "business_use" and vehicle.insurance is not Insurance.BUSINESS:
        return "its insurance does not cover journeys for work"
    return ""


def insured(policy: Policy, code: str, says: str) -> Requirement:
    """That a car of those who go is insured for the journey, unmet."""
    return need(policy, SETTING, code, says, who=(holder(policy),), clauses=_COVER, key="insurance")


def maintained(policy: Policy, code: str, says: str) -> Requirement:
    """That the car is kept maintained, not said yet: a control in the school's standing sheet (WL-50), which warns."""
    return need(policy, SETTING, code, says, clauses=("WL-50",), force=Force.ADVISE, key="maintained")
