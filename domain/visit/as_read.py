"""A yes and a signature are about the request as it was read: one that was changed since then is read again first (DV-20)."""

from collections.abc import Mapping
from datetime import datetime

from domain.ids import PupilId
from domain.need import always
from domain.pupil.state import Pupil
from domain.refusal import Refused
from domain.visit.state import VisitState


def last_change(visit: VisitState, pupils: Mapping[PupilId, Pupil] | None = None) -> int:
    """The place in the log of the last change to what is read; with `pupils`, of what is held about the families too. 0: none."""
    held = [pupils[p].told for p in visit.pupils if p in pupils] if pupils else []
    return max(visit.changed[1] if visit.changed is not None else 0, *held, 0)


def as_it_was_read(
    visit: VisitState, seen: int | None, at: datetime, pupils: Mapping[PupilId, Pupil] | None = None
) -> None:
    """Raises Refused where it changed after it was read, or after the word was given at this instant by telephone.

    `seen` is the `last_change` that was shown with it; None where nobody said.
    """
    after = visit.changed is not None and at < visit.changed[0]
    if after or (seen is not None and last_change(visit, pupils) > seen):
        what = visit.what_changed or "what is held about the family changed"
        says = f"The visit is not as it was read: {what} since then. Read it as it is now, and decide again"
        raise Refused((always("visit.changed", says),))
