"""What a visit may be for, and which purposes are welfare ones.

Clauses: SP-09, SP-10, SP-12, SP-13, LJ-07 to LJ-09, LJ-23 to LJ-29, LJ-81, WL-05 to WL-10, SC-25.
"""

from domain.need import need
from domain.policy import Force, Policy
from domain.refusal import Requirement
from domain.visit.state import VisitState


def in_words(purpose: str) -> str:
    """A purpose code as people read it."""
    return purpose.replace("_", " ")


def is_welfare(policy: Policy, purpose: str, *, marked: bool = False) -> bool:
    """Whether a purpose counts as a safeguarding or welfare one (SP-10, LJ-12, LJ-26, WL-06, SC-29)."""
    return marked or purpose in policy.value("safeguarding_purposes")


def is_early_years(visit: VisitState) -> bool:
    """Whether it is an early-years visit, before the child starts (LJ-37, LJ-58, LJ-59)."""
    return visit.purpose == "pre_start"


def purposes_offered(policy: Policy) -> tuple[str, ...]:
    """The purposes a person may pick from, "other" last where the list is open."""
    rule = policy.value("purposes")
    named = tuple(p for p in rule["allow"] if p != "other")
    return (*named, "other") if rule.get("open") or "other" in rule["allow"] else named


def purpose_allowed(policy: Policy, purpose: str, *, slt_override: bool) -> tuple[Requirement, ...]:
    """A purpose the school's policy does not know is turned down, naming those it does (SC-25).

    One that the policy keeps on site passes with an SLT member's written reason (SP-09).
    """
    offered = purposes_offered(policy)
    if purpose in policy.value("purposes").get("blocked", ()):
        if slt_override:
            return ()
        says = (
            f"{in_words(purpose).capitalize()} is dealt with in school, unless a member of SLT gives a written reason"
        )
        # Nobody else's reason will do, however softly the list itself is worded.
        force = Force.MUST
        return (need(policy, "purposes", "purpose.blocked", says, who=("SLT",), clauses=("SP-09",), force=force),)
    if purpose in offered:
        return ()
    listed = ", ".join(in_words(p) for p in offered)
    says = f"“{in_words(purpose)}” is not a reason for a visit at this school: choose from {listed}"
    return (need(policy, "purposes", "purpose.not_listed", says, who=("SLT",)),)
