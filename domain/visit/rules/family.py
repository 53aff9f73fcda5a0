"""What the school's document wants known of a family before a visit: who interprets, and a number to ring.

Clauses: NH-08, NH-33. What St Patrick's, Leyland and Scargill want known stands in rules of its own: the visit list (SP-37), the
background (LJ-33), the appointment (LJ-38, SC-16).
"""

from collections.abc import Mapping
from typing import Final

from domain.ids import PupilId
from domain.need import need
from domain.policy import Force, Policy
from domain.pupil.family import unreachable
from domain.pupil.state import Pupil
from domain.refusal import Requirement
from domain.times import is_another_day
from domain.trip.state import TripState
from domain.visit.events import Support
from domain.visit.state import VisitState

_SETTING: Final = "family_profile"
_INTERPRETER: Final = "NH-08"
_TO_RING: Final = "NH-33"
_KEPT_ELSEWHERE: Final = frozenset({"SP-37", "LJ-33", "LJ-38", "SC-16"})
_ENGLISH: Final = frozenset({"english", "eng", "en", "believed to be english", "enb"})
"""Of schools' own systems, which write a language as a word or as a code."""
SUPPORT: Final[Mapping[Support, str]] = {
    Support.EAL_DEPARTMENT: "the EAL department",
    Support.BILINGUAL_SUPPORT: "bilingual support",
    Support.SOMEBODY_ELSE: "somebody else",
}
"""Whom one asks for an interpreter, in words."""
_WHO: Final = ("visiting_staff", "school_office")


def other_language(pupil: Pupil) -> str:
    """The language of the home where it is known to be another than English; "" otherwise."""
    return "" if pupil.language.strip().casefold() in _ENGLISH else pupil.language.strip()


def families_of(visit: VisitState, pupils: Mapping[PupilId, Pupil]) -> tuple[Pupil, ...]:
    """What is held of the pupils of a visit."""
    return tuple(pupils[one] for one in visit.pupils if one in pupils)


def names_departments(policy: Policy) -> bool:
    """Whether the school's document says whom to ask for an interpreter."""
    return _INTERPRETER in policy.setting(_SETTING).clauses


def known_to_need_one(visit: VisitState, pupils: Mapping[PupilId, Pupil]) -> bool:
    """Whether the school holds that a family at this door needs an interpreter."""
    return any(one.interpreter_needed for one in families_of(visit, pupils))


def calls_for_one(policy: Policy, visit: VisitState, pupils: Mapping[PupilId, Pupil]) -> bool:
    """Whether the school asks about an interpreter here: a family needs one, or speaks another language and literacy is not presumed."""
    asked = policy.value(_SETTING)
    return ("interpreter_needed" in asked and known_to_need_one(visit, pupils)) or (
        "language" in asked and any(other_language(one) for one in families_of(visit, pupils))
    )


def interpreter_asked(
    policy: Policy, visit: VisitState, trip: TripState, pupils: Mapping[PupilId, Pupil]
) -> tuple[Requirement, ...]:
    """NH-08: somebody who interprets is called in where that is useful, or it is on record that nobody is needed."""
    says = _still_open(policy, visit, trip, pupils) if calls_for_one(policy, visit, pupils) else ""
    if not says:
        return ()
    force = Force.SHOULD if names_departments(policy) else None
    return (need(policy, _SETTING, "interpreter.asked", says, who=_WHO, clauses=(_INTERPRETER,), force=force),)


def _still_open(policy: Policy, visit: VisitState, trip: TripState, pupils: Mapping[PupilId, Pupil]) -> str:
    """What is open about the interpreter, without the language: a reason given for it is kept for long."""
    known = visit.interpreting
    if known is None:
        whom = "the EAL department or bilingual support" if names_departments(policy) else "anybody"
        if known_to_need_one(visit, pupils):
            return f"The family needs an interpreter, and it is not on record that {whom} was asked"
        return f"The family speaks another language than English: say whether {whom} is asked to interpret"
    if not known.needed:
        return ""
    if not known.who:
        return f"No interpreter is named yet: {SUPPORT[known.asked_of]} was asked"
    if is_another_day(trip.leave_at, known.for_day):
        return "The interpreter was asked to come on another day"
    return ""


def family_can_be_rung(policy: Policy, visit: VisitState, pupils: Mapping[PupilId, Pupil]) -> tuple[Requirement, ...]:
    """NH-33: the number of the home is to hand; where there is none, it is written down why."""
    if "phone" not in policy.value(_SETTING) or _KEPT_ELSEWHERE & set(policy.setting(_SETTING).clauses):
        return ()
    if not any(unreachable(one.telephones, one.phone_none_reason) for one in families_of(visit, pupils)):
        return ()
    says = "No number of the family that may be rung is held, and nobody wrote down why"
    force = Force.SHOULD if _TO_RING in policy.setting(_SETTING).clauses else None
    return (need(policy, _SETTING, "family.phone", says, who=("school_office",), clauses=(_TO_RING,), force=force),)
