"""What a material change overtakes: the yes of everybody who approved, and the signature on the visit list (DV-20)."""

from collections.abc import Iterator
from datetime import date

from domain.envelope import Entry
from domain.ids import visit_stream
from domain.visit.events import ApprovalWithdrawn, VisitListUnsigned
from domain.visit.state import VisitState


def overtaken(visit: VisitState, why: str) -> Iterator[Entry]:
    """What no longer counts of this visit, and why; nothing where nothing was given yet."""
    stream = visit_stream(visit.id)
    if visit.approvals:
        yield Entry(stream, ApprovalWithdrawn(why=why))
    if visit.signature is not None:
        yield Entry(stream, VisitListUnsigned(why=why))


def given_for_another_day(visit: VisitState, day: date) -> bool:
    """Whether a yes, or the signature, was given for another day than this."""
    given = [a.for_day for a in visit.approvals]
    if visit.signature is not None:
        given.append(visit.signature.for_day)
    return any(one not in (None, day) for one in given)
