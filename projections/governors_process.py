"""How the school kept to its own procedure in a term: counts about trips and staff, which are never masked. Pure."""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from domain.ids import VisitId
from domain.policy import Policy
from domain.times import day_of
from domain.trip.events import AlarmAbout
from domain.trip.state import TripState
from domain.visit.rules.approval import approved
from domain.visit.state import VisitState
from projections.directory import Directory
from projections.school_terms import Term

_MINUTE = 60


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """Trips that left in the term."""

    left: bool
    """Whether anybody left at all."""
    lone: int
    """Trips on which one person left alone."""
    lone_cleared: int
    """Of these, the ones that had their OK to go as one person."""
    not_cleared: int
    """Trips that left without OK to go."""
    unapproved: int
    """Trips that left for a visit which nobody, or not everybody needed, had approved by then."""
    overdue: int
    """Trips whose return was overdue."""
    overdue_open: int
    """Of these, the ones not settled yet."""
    longest_late: int
    """Whole minutes from the due time to the end of the longest overdue; 0 without one."""
    calls_missed: int
    """Trips on which a call to school was missed."""
    not_back: int
    """People who left and are not confirmed back or safe by voice."""
    not_as_policy: int
    """Times that something was done otherwise than the policy says."""


def process_of(
    trips: Iterable[TripState],
    visits: Mapping[VisitId, VisitState],
    known: Directory,
    term: Term,
    *,
    not_as_policy: int,
) -> Process:
    """The counts of a term; a trip belongs to the London day on which the first person left."""
    left = [t for t in trips if t.departed and term.first <= day_of(min(t.departed.values())) <= term.last]
    lone = [t for t in left if len(t.departed) == 1]
    late = [[a for a in t.alarms if a.about is AlarmAbout.RETURN] for t in left]
    lengths = [(a.resolved_at - a.due_at).total_seconds() for alarms in late for a in alarms if a.resolved_at]
    return Process(
        left=bool(left),
        lone=len(lone),
        lone_cleared=sum(_cleared(t) for t in lone),
        not_cleared=sum(not _cleared(t) for t in left),
        unapproved=sum(_unapproved(t, visits, known.policy_at(min(t.departed.values()))) for t in left),
        overdue=sum(bool(alarms) for alarms in late),
        overdue_open=sum(any(a.resolved_at is None for a in alarms) for alarms in late),
        longest_late=max((int(seconds) // _MINUTE for seconds in lengths), default=0),
        calls_missed=sum(any(a.about is not AlarmAbout.RETURN for a in t.alarms) for t in left),
        not_back=sum(len(t.out) for t in left),
        not_as_policy=not_as_policy,
    )


def _cleared(trip: TripState) -> bool:
    """Cleared before the first person left, and for the people who did."""
    first = min(trip.departed.values())
    in_time = trip.cleared_at is not None and trip.cleared_at <= first
    return in_time and set(trip.departed) == set(trip.cleared_people)


def _unapproved(trip: TripState, visits: Mapping[VisitId, VisitState], policy: Policy) -> bool:
    first = min(trip.departed.values())
    for visit_id in trip.visits:
        visit = visits.get(visit_id)
        if visit is None:
            continue
        then = replace(visit, approvals=tuple(a for a in visit.approvals if a.at <= first))
        if approved(policy, then, trip.team):
            return True
    return not trip.visits
