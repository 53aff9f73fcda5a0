"""Which records a visit, a contact or a concern gives rise to: one about each pupil, with a key that never changes. Pure.

A visit's record begins once the visit is over, so that it goes out whole; a concern's at once. What a school's scope
leaves out stays out, except that at a school which names purposes a visit enters when a concern arises (WL-40).
Nothing here looks at the settings: each record says which parts of a scope ask for it, and `export_scopes` decides.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.concern.state import ConcernState
from domain.ids import ConcernId, EventId, PupilId, TripId
from domain.trip.state import TripState
from domain.visit.events import CancelReason, SafetyKind
from domain.visit.state import VisitState
from projections.export_shapes import Contact, Due, Kind, key_of
from projections.visit_stages import microseconds

CONCERN_AROSE: Final = "concern_arose"
"""Asked for where the scope names purposes, and concerns: then a concern about its child brings a visit in (WL-40)."""
_BY_THE_FAMILY = (CancelReason.NO_ANSWER, CancelReason.FAMILY_LATE, CancelReason.DECLINED, CancelReason.NO_ADULT)

Pupils = tuple[PupilId, ...]


def of_visit(visit: VisitState, trip: TripState | None, worries: Iterable[Pupils]) -> Iterator[Due]:
    """A visit's records, or those of its cancellation for safety. `worries`: whom each concern raised there is about."""
    off = visit.cancelled if visit.cancelled is not None and visit.cancelled.safety else None
    about = tuple(worries)
    happened = _happened(visit)
    at = happened or (off.at if off else None) or (visit.requested_at if about else None)
    if at is None or not _over(visit, trip):
        return
    for pupil in visit.pupils or (None,):
        arose = any(not pupils or pupil in pupils for pupils in about)
        asks = (*(_scope_of(visit) if happened is not None else ()), *((CONCERN_AROSE,) if arose else ()))
        if asks:
            yield _due("visit", visit.id, pupil, at, asks, visit, trip)
        if off is not None:
            kind: Kind = "animal_cancellation" if off.kind is SafetyKind.ANIMAL else "safety_cancellation"
            yield _due(kind, visit.id, pupil, off.at, (f"{kind}s",), visit, trip, judged=at, unless=asks)


def of_contact(contact: Contact, visit: VisitState | None, on: TripState | None) -> Iterator[Due]:
    """The records of a contact with a family. `visit`: the door it is about, where that is known; `on`: its trip."""
    for pupil in (visit.pupils if visit is not None else ()) or (None,):
        yield _due(
            "contact",
            contact.event,
            pupil,
            contact.at,
            ("all_contacts",),
            visit,
            on,
            named_trip=contact.trip,
            event=contact.event,
            what=contact.what,
        )


def of_concern(concern: ConcernState, pupils: Pupils, visit: VisitState | None, on: TripState | None) -> Iterator[Due]:
    """The records of a concern about these pupils. `visit`: the one that it names; `on`: that one's trip."""
    if concern.raised_at is None:
        return
    for pupil in pupils or (None,):
        yield _due(
            "concern",
            concern.id,
            pupil,
            concern.raised_at,
            ("concerns", "all_contacts"),
            visit,
            on,
            concern=concern.id,
            what=concern.category,
        )


def weight_of(visit: VisitState | None) -> Sequence[object]:
    """All that records take from a visit: while it is the same, they are."""
    if visit is None:
        return ()
    v = visit
    times = (v.requested_at, v.arrived_at, v.left_at, v.recorded_at)
    return (*times, v.cancelled, v.pupils, v.purpose, v.safeguarding, v.street)


def _happened(visit: VisitState) -> datetime | None:
    """When the visit took place or failed; None for one that never came to a contact."""
    if visit.arrived_at is not None:
        return visit.arrived_at
    off = visit.cancelled
    return off.at if off is not None and off.reason in _BY_THE_FAMILY else None


def _over(visit: VisitState, trip: TripState | None) -> bool:
    """Whether nothing more is expected to happen at the door."""
    ended = visit.recorded_at or visit.left_at or visit.cancelled
    return ended is not None or (trip is not None and trip.everyone_back)


def _scope_of(visit: VisitState) -> tuple[str, ...]:
    """The parts of a scope that ask for a visit which took place."""
    safeguarding = ("purpose:safeguarding",) if visit.safeguarding else ()
    return tuple(dict.fromkeys(("all_visits", "all_contacts", f"purpose:{visit.purpose}", *safeguarding)))


def _due(  # noqa: PLR0913 - the facts of one record, by name
    kind: Kind,
    source: UUID,
    pupil: PupilId | None,
    at: datetime,
    asks: tuple[str, ...],
    visit: VisitState | None,
    on: TripState | None,
    *,
    judged: datetime | None = None,
    unless: tuple[str, ...] = (),
    named_trip: TripId | None = None,
    concern: ConcernId | None = None,
    event: EventId | None = None,
    what: str = "",
) -> Due:
    written = visit is None or visit.recorded_at is not None or visit.cancelled is not None
    return Due(
        key=key_of(kind, source, pupil),
        kind=kind,
        pupil=pupil,
        visit=visit.id if visit is not None else None,
        trip=named_trip or (on.id if on is not None else None),
        concern=concern,
        event=event,
        what=what,
        purpose=visit.purpose if visit is not None else "",
        street=visit.street if visit is not None else "",
        at=at,
        complete=written if kind == "visit" else True,
        asks=asks,
        unless=unless,
        judged=microseconds(judged or at),
        order=microseconds(at),
    )
