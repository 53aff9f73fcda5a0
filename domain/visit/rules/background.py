"""What is looked up about the family before a visit, and the agencies that work with them already.

Clauses: SP-08, LJ-33, WL-18, WL-23, NH-10, NH-11, NH-23 to NH-25, NH-34, NH-35.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from domain.need import need
from domain.policy import Force, Policy
from domain.refusal import Requirement
from domain.visit.state import VisitState

AGENCIES: Final = "agencies"
WHERE_IT_APPLIES: Final = frozenset({AGENCIES, "line_manager_strategy"})
"""Look-ups that are wanted only where there is an agency, or where the family may be difficult to deal with."""
CONSIDERED: Final = "agency_considered"
"""Whether another agency should go instead of the school (SP-08): asked where the document says so."""
_SAYS: Final[Mapping[str, str]] = {
    "household": "who lives in the household",
    "safeguarding_info_dsl": "the safeguarding facts, from the DSL where needed",
    "pupil_details": "the pupil's details",
    "history": "the pupil's history",
    "current_circumstances": "how things are now",
    "home_situation": "the situation at home",
    "records": "the school's records",
    "previous_visits_hoy": "earlier visits, with the head of year",
    "previous_visits_system": "earlier visits, on the school's system and here",
    AGENCIES: "the agencies that work with the family",
    "line_manager_strategy": "how to deal with a family that may be difficult, with the line manager",
    CONSIDERED: "whether another agency should go instead of the school",
}
_CLAUSES: Final[Mapping[str, tuple[str, ...]]] = {
    "household": ("LJ-33",),
    "safeguarding_info_dsl": ("LJ-33",),
    "pupil_details": ("WL-18",),
    "history": ("WL-18",),
    "current_circumstances": ("WL-23",),
    "home_situation": ("WL-23",),
    "records": ("NH-23",),
    "previous_visits_hoy": ("NH-34",),
    "previous_visits_system": ("NH-34",),
    AGENCIES: ("NH-10", "NH-11", "NH-24", "NH-35"),
    "line_manager_strategy": ("NH-25",),
    CONSIDERED: ("SP-08",),
}
_WHO: Final = ("visiting_staff", "DSL")


class LookUp(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the school looks up."""

    code: str
    says: str
    """In words, without a capital: "who lives in the household"."""

    @property
    def may_not_apply(self) -> bool:
        """Whether "that does not apply to this family" is an answer."""
        return self.code in WHERE_IT_APPLIES


def what_is(code: str) -> str:
    """A look-up in words, without a capital; one of a school's own in its own word."""
    return _SAYS.get(code, code.replace("_", " "))


def asks_agencies(policy: Policy) -> bool:
    """Whether the school speaks to agencies that work with the family."""
    return AGENCIES in policy.value("background_checks")


def look_ups(policy: Policy) -> tuple[LookUp, ...]:
    """What the school looks up before a visit, in its order."""
    codes = list(policy.value("background_checks"))
    if "SP-08" in policy.setting("on_site_reason").clauses:
        codes.append(CONSIDERED)
    return tuple(LookUp(code=code, says=what_is(code)) for code in codes)


def all_of_it(policy: Policy) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All that is looked up, and what does not apply, for a family where no agency is known of and no trouble expected."""
    asked = look_ups(policy)
    return (
        tuple(one.code for one in asked if not one.may_not_apply),
        tuple(one.code for one in asked if one.may_not_apply),
    )


def background_known(policy: Policy, visit: VisitState) -> tuple[Requirement, ...]:
    """Everything the school looks up was looked up, or does not apply; an agency that there is was spoken to."""
    known = visit.background
    done = {*known.looked_up, *known.not_needed} if known is not None else set[str]()
    missing = [one for one in look_ups(policy) if one.code not in done]
    background = [one for one in missing if one.code not in (AGENCIES, CONSIDERED)]
    out = []
    if background:
        says = f"Not looked up: {'; '.join(one.says for one in background)}"
        clauses = _clauses(background)
        out.append(need(policy, "background_checks", "background.checked", says, who=_WHO, clauses=clauses))
    if any(one.code == CONSIDERED for one in missing):
        says = "It was not considered whether another agency should go instead of the school"
        out.append(
            need(policy, "on_site_reason", f"background.{CONSIDERED}", says, who=_WHO, clauses=_CLAUSES[CONSIDERED])
        )
    return (*out, *_agencies(policy, visit))


def _clauses(looked: Sequence[LookUp]) -> tuple[str, ...] | None:
    if any(one.code not in _CLAUSES for one in looked):
        return None
    return tuple(dict.fromkeys(clause for one in looked for clause in _CLAUSES[one.code]))


def _agencies(policy: Policy, visit: VisitState) -> tuple[Requirement, ...]:
    """NH-10, NH-11: an agency that works with the family is contacted, and what it does there is made clear.

    Whether there is one is part of that: what nobody has asked is not known to be none.
    """
    known = visit.background
    none = known is not None and AGENCIES in known.not_needed
    if none or visit.agencies or not asks_agencies(policy):
        return ()
    says = "An agency works with the family: whom the school spoke to there, and what they do, is not on record"
    if known is None or AGENCIES not in known.looked_up:
        says = "Nobody has said whether an agency works with the family; one that does is spoken to first"
    must = Force.MUST if {"NH-10", "NH-11"} & set(policy.setting("background_checks").clauses) else None
    clauses = _CLAUSES[AGENCIES]
    return (need(policy, "background_checks", "background.agency", says, who=_WHO, clauses=clauses, force=must),)
