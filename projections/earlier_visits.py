"""Which earlier visits to these pupils or this address are in this log? Asked of the rows of `projections.visits`."""

from datetime import datetime

import msgspec

from domain.ids import VisitId
from domain.visit.state import Cancelled, VisitState
from projections.views import View
from projections.visit_stages import microseconds
from projections.visits import NAME, asked_about, ending_of


class _Before(msgspec.Struct, frozen=True):
    """As much of a visit's state as is told of an earlier one; the rest of the row is not read."""

    id: VisitId
    requested_at: datetime | None = None
    purpose: str = ""
    recorded_at: datetime | None = None
    refused_at: datetime | None = None
    cancelled: Cancelled | None = None


class EarlierVisit(msgspec.Struct, frozen=True, kw_only=True):
    """A visit that was asked for before."""

    visit: VisitId
    asked_at: datetime | None
    purpose: str
    same_pupil: bool
    """False where only the address is the same."""
    ending: str
    """As tags know it; "" where it has not ended."""


def earlier_visits_here(view: View, visit: VisitState) -> tuple[EarlierVisit, ...]:
    """The visits to any of these pupils, or to this address, that were asked for before this one; the newest first."""
    asked = microseconds(visit.requested_at)
    pupils = {row.visit for row in asked_about(view, visit.pupils) if row.asked < asked and row.visit != visit.id}
    where = "kind = 'visit' AND (key = ANY(%(keys)s) OR lower(body->>'address') = lower(%(address)s))"
    # Nobody lives at an empty address; NULL is no visit's.
    found = view.where(NAME, _Before, where, keys=[str(one) for one in pupils], address=visit.address or None)
    before = [v for v in found if v.id != visit.id and microseconds(v.requested_at) < asked]
    newest = sorted(before, key=lambda v: (microseconds(v.requested_at), v.id), reverse=True)
    return tuple(
        EarlierVisit(
            visit=v.id,
            asked_at=v.requested_at,
            purpose=v.purpose,
            same_pupil=v.id in pupils,
            ending=ending_of(v),
        )
        for v in newest
    )
