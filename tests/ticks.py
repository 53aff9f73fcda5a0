"""A yes with everything ticked that any of the five policies wants its approver to confirm."""

from typing import Final

from domain.ids import VisitId
from domain.visit.commands import ApproveVisit

EVERY_POINT: Final = ("necessary", "staff_safety", "child_safety", "no_undue_staff_risk")


def yes_to(visit: VisitId, police_check: str = "considered") -> ApproveVisit:
    """Yes to this visit, with every tick, and a word about a police welfare check."""
    return ApproveVisit(visit=visit, attested=EVERY_POINT, police_check=police_check)
