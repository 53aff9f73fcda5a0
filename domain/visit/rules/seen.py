"""Which children were not seen: looked for and not found, or nothing was said. Silence is never "all clear".

An outcome that says "not seen" counts on every visit; at a safeguarding door (`safeguarding_purposes`: SP-10, LJ-12,
LJ-26, WL-06, SC-29) a refusal by the family or by the school, a cancellation and leaving without a word count as
well. Each asks the DSL for a decision on the same day.
"""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from domain.ids import PupilId
from domain.visit.events import CancelReason, Outcome

if TYPE_CHECKING:
    from domain.visit.state import Cancelled, VisitState  # the state asks this rule, so only the type is wanted here


class Because(StrEnum):
    """What leaves a child not seen."""

    OUTCOME = "outcome"
    """The visitors said so."""
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    CANCELLED_FOR_SAFETY = "cancelled_for_safety"
    NOT_APPROVED = "not_approved"
    """The school said no to the visit: nobody will go and see the child."""
    NOT_SAID = "not_said"
    """They left the house, and nobody has said whether the child was seen."""


_OF_A_DOOR = {
    CancelReason.NO_ANSWER: Because.NO_ANSWER,
    CancelReason.DECLINED: Because.REFUSED,
    CancelReason.FAMILY_LATE: Because.CANCELLED,
    CancelReason.NO_ADULT: Because.CANCELLED,
}
"""Reasons that speak of a door, also where nobody tapped "at the door" first."""
_OF_AN_OUTCOME = {Outcome.REFUSED: Because.REFUSED, Outcome.NO_ANSWER: Because.NO_ANSWER}


def why_not_seen(visit: "VisitState", pupil: PupilId) -> tuple[Because, datetime] | None:
    """Why a child of a visit counts as not seen, and since when; None for one who was seen or not looked for."""
    found = visit.found.get(pupil)
    if found is not None:
        return None if found.outcome.child_seen else (_OF_AN_OUTCOME.get(found.outcome, Because.OUTCOME), found.at)
    if not visit.safeguarding:
        return None
    if visit.cancelled is not None or (visit.refused_at is not None and visit.arrived_at is None):
        return _stopped(visit)
    if visit.declined_at is not None and visit.entered_at is None:
        return Because.REFUSED, visit.declined_at
    if visit.no_answer_at is not None and visit.entered_at is None:
        return Because.NO_ANSWER, visit.no_answer_at
    return None if visit.left_at is None else (Because.NOT_SAID, visit.left_at)


def _stopped(visit: "VisitState") -> tuple[Because, datetime] | None:
    """By the school's no before anybody came, else by calling it off."""
    if visit.refused_at is not None and visit.arrived_at is None:
        return Because.NOT_APPROVED, visit.refused_at
    if visit.cancelled is None:
        return None
    because = _called_off(visit.cancelled, arrived=visit.arrived_at is not None)
    return None if because is None else (because, visit.cancelled.at)


def _called_off(cancelled: "Cancelled", *, arrived: bool) -> Because | None:
    if cancelled.safety:
        return Because.CANCELLED_FOR_SAFETY
    of_a_door = _OF_A_DOOR.get(cancelled.reason) if cancelled.reason is not None else None
    no_longer_needed = cancelled.reason is CancelReason.NO_LONGER_NEEDED
    return of_a_door or (Because.CANCELLED if arrived or not no_longer_needed else None)
