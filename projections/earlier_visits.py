"""Which earlier visits to these pupils or this address are in this log? Asked of the rows of `projections.visits`."""

from datetime import datetime

import msgspec

from domain.ids import VisitId
from domain.visit.state import VisitState
from projections.views import View
from projections.visit_stages import microseconds
from projections.visits import NAME, asked_about, ending_of, states


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
    found = dict(states(view, tuple(pupils)))
    where = "kind = 'visit' AND lower(body->>'address') = lower(%(address)s)"
    same_home = view.where(NAME, VisitState, where, address=visit.address) if visit.address else ()
    found |= {v.id: v for v in same_home if v.id != visit.id and microseconds(v.requested_at) < asked}
    newest = sorted(found.values(), key=lambda v: (microseconds(v.requested_at), v.id), reverse=True)
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
