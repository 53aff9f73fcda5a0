"""Trips and visits with what is still needed: what is planned, who must say yes, and what is to be written up.

`readiness` is asked at query time with the policy in force, so the pages and the gate show one list.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import LiteralString, Protocol
from uuid import UUID

import msgspec

from domain.ids import PupilId, StaffId, StreamKind, TripId, VisitId
from domain.readiness import door_needs, open_doors, readiness, trip_needs, visit_needs
from domain.refusal import Requirement
from domain.trip.state import TripState
from domain.visit.state import Cancelled, VisitState
from projections import taken
from projections.directory import Directory
from projections.projection import Projection
from projections.views import View
from projections.visit_stages import Listed, Stage, fold, skeleton

NAME = "visits"
PAGE = 25
"""Visits on one page of a list."""


PROJECTION = Projection(
    name=NAME,
    version=10,
    kinds=frozenset({StreamKind.TRIP, StreamKind.VISIT}),
    fold=fold,
    skeleton=skeleton,
    indexes=(
        "((body->>'stage'), ((body->>'asked')::bigint) DESC) WHERE kind = 'listed'",
        "(((body->>'asked')::bigint) DESC) WHERE kind = 'listed'",
        "USING gin ((body->'pupils')) WHERE kind = 'listed'",
        "USING gin ((body->'people')) WHERE kind = 'listed'",
        "((lower(body->>'address'))) WHERE kind = 'visit'",
    ),
)


class Ending(Protocol):
    """How a visit ended, or has not."""

    @property
    def recorded_at(self) -> datetime | None:
        """When it was written up."""

    @property
    def refused_at(self) -> datetime | None:
        """When it was refused."""

    @property
    def cancelled(self) -> Cancelled | None:
        """Why it was called off."""


class Filter(StrEnum):
    """Which visits a list shows."""

    OPEN = "open"
    MINE = "mine"
    APPROVAL = "approval"
    WRITE_UP = "write-up"
    ALL = "all"


class VisitLine(msgspec.Struct, frozen=True, kw_only=True):
    """A visit as a list shows it."""

    visit: VisitId
    trip: TripId | None
    stage: Stage
    pupils: tuple[str, ...]
    """Names."""
    street: str
    purpose: str
    """The purpose's code."""
    safeguarding: bool
    requested_at: datetime | None
    requested_by: str
    """A name."""
    requester: StaffId | None
    leave_at: datetime | None
    back_by: datetime | None
    people: tuple[str, ...]
    """Names of who's going, or went."""
    ending: str
    """`recorded`, `refused`, `cancelled`, `cancelled_for_safety`; "" where it has not ended."""
    waits_for: tuple[str, ...]
    """What still refuses clearance, in sentences; only while it is being planned."""
    waits_for_approval: bool


class VisitPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a list, newest first."""

    lines: tuple[VisitLine, ...]
    total: int
    page: int
    """From 1."""
    pages: int
    """At least 1."""


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A visit with the trip it is on and all that is still needed."""

    line: VisitLine
    visit: VisitState
    trip: TripState
    """An unplanned one that holds nothing (nil id) where the visit is on none."""
    needs: tuple[Requirement, ...]
    """What this door and the sign-out still need, by the policy in force: what refuses first, advice last.
    Empty once somebody left for it."""
    other_doors: tuple[VisitState, ...]
    """The trip's other visits, in order."""
    others_need: tuple[Requirement, ...]
    """What the other doors still need before the trip is OK to go."""
    trips: tuple[TripId, ...]
    """Every trip that it was ever on, the newest last: its history shows their events."""


_AHEAD = (Stage.PLANNING, Stage.CLEARED)
"""Nobody has left for it yet."""
_NONE = TripState(id=TripId(UUID(int=0)))
_ORDER: LiteralString = " ORDER BY (body->>'asked')::bigint DESC, key COLLATE \"C\" DESC LIMIT %(most)s OFFSET %(skip)s"
_WHICH: Mapping[Filter, LiteralString] = {
    # Named one by one: an index finds them among all that are closed.
    Filter.OPEN: "kind = 'listed' AND body->>'stage' IN ('planning', 'cleared', 'out', 'to_write_up')",
    Filter.MINE: "kind = 'listed' AND (body->>'requested_by' = %(person)s OR body->'people' ? %(person)s)",
    Filter.WRITE_UP: "kind = 'listed' AND body->>'stage' = 'to_write_up'",
    Filter.ALL: "kind = 'listed'",
}


def visit_list(view: View, known: Directory, now: datetime, which: Filter, person: StaffId, page: int = 1) -> VisitPage:
    """The visits of one filter, newest first. `mine` are those that the person asked for or goes on."""
    skip = (max(1, page) - 1) * PAGE
    if which is Filter.APPROVAL:
        found = [p.line for p in being_planned(view, known, now) if p.line.waits_for_approval]
        return _page(tuple(found[skip : skip + PAGE]), len(found), page)
    where = _WHICH[which]
    total = view.count(NAME, where, person=str(person))
    rows = view.where(NAME, Listed, where + _ORDER, person=str(person), most=PAGE, skip=skip)
    return _page(tuple(p.line for p in planned(view, known, now, rows)), total, page)


def _page(lines: tuple[VisitLine, ...], total: int, page: int) -> VisitPage:
    return VisitPage(lines=lines, total=total, page=max(1, page), pages=max(1, -(-total // PAGE)))


def one_visit(view: View, known: Directory, now: datetime, visit: VisitId) -> Planned | None:
    """A visit with its trip and what is still needed; None for one that this school does not know."""
    listed = view.one(NAME, "listed", visit, Listed)
    return next(iter(planned(view, known, now, (listed,))), None) if listed else None


def asked_about(view: View, pupils: Collection[PupilId]) -> tuple[Listed, ...]:
    """The visits that were ever asked for about any of these pupils, the oldest first, with how far each has come."""
    if not pupils:
        return ()
    where: LiteralString = (
        "kind = 'listed' AND body->'pupils' ?| %(pupils)s ORDER BY (body->>'asked')::bigint, key COLLATE \"C\""
    )
    return tuple(view.where(NAME, Listed, where, pupils=[str(p) for p in pupils]))


def asked_for_already(view: View, pupils: Collection[PupilId]) -> tuple[VisitState, ...]:
    """The visits about any of these pupils that nobody has left for yet, the oldest first."""
    ahead = [row.visit for row in asked_about(view, pupils) if row.stage in _AHEAD]
    found = states(view, ahead)
    return tuple(found[visit] for visit in ahead if visit in found)


def to_write_up(view: View, known: Directory, now: datetime, person: StaffId) -> tuple[VisitLine, ...]:
    """The visits that this person went on or asked for and that are not written up; the oldest first."""
    rows = view.where(
        NAME,
        Listed,
        "kind = 'listed' AND body->>'stage' = 'to_write_up' AND (body->>'requested_by' = %(person)s"
        " OR body->'people' ? %(person)s) ORDER BY (body->>'asked')::bigint, key COLLATE \"C\"",
        person=str(person),
    )
    return tuple(p.line for p in planned(view, known, now, rows))


def being_planned(view: View, known: Directory, now: datetime) -> tuple[Planned, ...]:
    """The visits that are not OK to go yet, newest first: on a trip or not."""
    where: LiteralString = "kind = 'listed' AND body->>'stage' = 'planning'"
    rows = view.where(NAME, Listed, where + " ORDER BY (body->>'asked')::bigint DESC, key COLLATE \"C\" DESC")
    return planned(view, known, now, rows)


def states(view: View, visits: Sequence[VisitId]) -> Mapping[VisitId, VisitState]:
    """The states of these visits; ones that are not known are left out."""
    keys = [str(v) for v in visits]
    rows = view.where(NAME, VisitState, "kind = 'visit' AND key = ANY(%(keys)s)", keys=keys) if keys else ()
    return {row.id: row for row in rows}


def planned(view: View, known: Directory, now: datetime, rows: Sequence[Listed]) -> tuple[Planned, ...]:
    """These visits with their trips and what is still needed, in the order of the rows."""
    keys = [str(row.trip) for row in rows if row.trip is not None]
    found = view.where(NAME, TripState, "kind = 'trip' AND key = ANY(%(keys)s)", keys=keys) if keys else ()
    trips = {trip.id: trip for trip in found}
    ahead = {row.trip for row in rows if row.stage in _AHEAD}
    held = taken.held_elsewhere(view, NAME, [trip for trip in found if trip.id in ahead])
    doors = states(view, [*(row.visit for row in rows), *(v for trip in found for v in trip.visits)])
    out = []
    for row in rows:
        trip = trips.get(row.trip, _NONE) if row.trip is not None else _NONE
        visit = doors.get(row.visit, VisitState(id=row.visit))
        others = tuple(doors[v] for v in trip.visits if v != row.visit and v in doors)
        out.append(_with_needs(row, visit, trip, others, known, now, held.get(trip.id, {})))
    return tuple(out)


def _with_needs(
    row: Listed,
    visit: VisitState,
    trip: TripState,
    others: tuple[VisitState, ...],
    known: Directory,
    now: datetime,
    held: Mapping[StaffId, TripState],
) -> Planned:
    needs: tuple[Requirement, ...] = ()
    others_need: tuple[Requirement, ...] = ()
    if row.stage in _AHEAD:
        policy = known.policy_of(trip, now)
        doors = tuple(sorted((visit, *others), key=lambda v: trip.visits.index(v.id) if v.id in trip.visits else 0))
        planned = trip.planned
        sign_out = (
            trip_needs(policy, trip, open_doors(doors) or doors, known.people, held)
            if planned
            else readiness(policy, trip, (), {}, {}, {})
        )
        needs = refusing_first((*visit_needs(policy, visit, trip, known.pupils), *sign_out))
        wanted = (n for other in others for n in door_needs(policy, other, trip, doors, known.pupils))
        others_need = tuple(n for n in wanted if n.refuses)
    return Planned(
        line=_line(row, visit, trip, needs, known),
        visit=visit,
        trip=trip,
        needs=needs,
        other_doors=others,
        others_need=others_need,
        trips=row.trips,
    )


def refusing_first(needs: Sequence[Requirement]) -> tuple[Requirement, ...]:
    """Each once: what refuses first, advice last."""
    unique = {(need.code, need.says): need for need in needs}
    return tuple(sorted(unique.values(), key=lambda need: not need.refuses))


def _line(row: Listed, visit: VisitState, trip: TripState, needs: Sequence[Requirement], known: Directory) -> VisitLine:
    waits = tuple(n for n in needs if n.refuses) if row.stage is Stage.PLANNING else ()
    return VisitLine(
        visit=visit.id,
        trip=row.trip,
        stage=row.stage,
        pupils=tuple(known.pupils[p].name if p in known.pupils else "a pupil" for p in visit.pupils),
        street=visit.street,
        purpose=visit.purpose,
        safeguarding=visit.safeguarding,
        requested_at=visit.requested_at,
        requested_by=_name(known, visit.requested_by),
        requester=visit.requested_by,
        leave_at=trip.leave_at,
        back_by=trip.back_by,
        people=tuple(_name(known, p) for p in row.people),
        ending=ending_of(visit),
        waits_for=tuple(n.says for n in waits),
        waits_for_approval=any(n.code.startswith("approval.") for n in waits),
    )


def ending_of(visit: Ending) -> str:
    """How a visit ended, as tags know it; "" where it has not."""
    if visit.recorded_at is not None:
        return "recorded"
    if visit.refused_at is not None:
        return "refused"
    if visit.cancelled is None:
        return ""
    return "cancelled_for_safety" if visit.cancelled.safety else "cancelled"


def _name(known: Directory, person: StaffId | None) -> str:
    found = known.people.get(person) if person is not None else None
    return found.name if found is not None else ""
