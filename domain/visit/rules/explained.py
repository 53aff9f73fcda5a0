"""A visit that was asked for because a child was absent, once somebody has said why the child was (SC-27). Pure.

Doorstep's advice: no document says that the visit falls away, and whoever asked for it may know more.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from domain.ids import PupilId
from domain.need import advice
from domain.pupil.absence import Flag
from domain.pupil.state import Pupil
from domain.refusal import Requirement
from domain.times import day_of
from domain.visit.state import VisitState

_ANSWERS: Final = 3
"""Days after an absence for which a visit of the purpose that it proposed is taken for the answer to it."""


def absence_explained(visit: VisitState, pupils: Mapping[PupilId, Pupil]) -> tuple[Requirement, ...]:
    """That the visit may not be needed any more: every absence it was asked for has been explained since."""
    behind = [flag.closed for flag in _behind(visit, pupils)]
    if not behind or not all(behind):
        return ()
    says = "The absence has been explained since: withdraw the visit, or go all the same"
    return (advice("absence.explained", says, who=("attendance_officer", "school_office")),)


def _behind(visit: VisitState, pupils: Mapping[PupilId, Pupil]) -> Iterator[Flag]:
    """Of each child the newest absence that the visit answers."""
    asked = visit.requested_at
    if asked is None or visit.cancelled is not None or visit.refused_at is not None:
        return
    for child in visit.pupils:
        known = pupils.get(child)
        flags = [f for f in known.flags if f.purpose == visit.purpose and f.at <= asked] if known is not None else []
        if flags and (day_of(asked) - flags[-1].days[-1]).days <= _ANSWERS:
            yield flags[-1]
