"""What an approver confirms by tick. Clauses: SP-11, SP-14, SP-15, LJ-18."""

from collections.abc import Collection, Mapping
from typing import Final

from domain.need import need
from domain.policy import Policy
from domain.refusal import Requirement

POLICE: Final = "police_check_considered"
"""Answered in words: considered, asked, or not called for; never by a tick alone."""
_UNSEEN: Final = "safeguarding_unseen"
"""The purpose of a visit to a child whom nobody has seen: only then is a police welfare check weighed (SP-11)."""
_WORDS: Final[Mapping[str, str]] = {
    "necessary": "the visit is necessary",
    "staff_safety": "the safety of those who go comes first",
    "child_safety": "the safety of the child comes first",
    "no_undue_staff_risk": "those who go run no undue risk",
    POLICE: "a police welfare check was weighed",
}
_CLAUSES: Final[Mapping[str, tuple[str, ...]]] = {
    POLICE: ("SP-11",),
    "necessary": ("SP-14",),
    "staff_safety": ("SP-15",),
    "child_safety": ("SP-15",),
    "no_undue_staff_risk": ("LJ-18",),
}


def point_in_words(point: str) -> str:
    """A point as people read it, to follow "confirmed:"."""
    return _WORDS.get(point, point.replace("_", " "))


def points_asked(policy: Policy, purpose: str) -> tuple[str, ...]:
    """The points that whoever approves a visit for this purpose confirms, in the policy's order."""
    return tuple(p for p in policy.value("approval_attest") if p != POLICE or purpose == _UNSEEN)


def not_confirmed(
    policy: Policy, purpose: str, ticked: Collection[str], police_check: str = ""
) -> tuple[Requirement, ...]:
    """The points that were neither ticked nor, for the police check, answered in words: a yes without them is none."""
    said = {*ticked, *((POLICE,) if police_check.strip() else ())}
    return tuple(_need(policy, point) for point in points_asked(policy, purpose) if point not in said)


def cited(policy: Policy, points: Collection[str]) -> tuple[str, ...]:
    """The clauses that ask for these points, each once."""
    return tuple(dict.fromkeys(clause for point in points for clause in _need(policy, point).clauses))


def _need(policy: Policy, point: str) -> Requirement:
    says = f"Whoever approves has not confirmed that {point_in_words(point)}"
    return need(policy, "approval_attest", f"attest.{point}", says, clauses=_CLAUSES.get(point))
