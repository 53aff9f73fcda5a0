"""How the school kept to its own procedure in a term: counts about trips and staff, which are never masked. Pure.

Whether a yes came before they left is judged by what nobody can write: a yes counts from the moment it was put in
(`recorded_at`), however early it is dated; people left when it is said that they did, and no later than that was put
in. What is dated before they left and was put in afterwards is counted apart, for it may be an honest word by
telephone (see `docs/adr/0006-a-yes-counts-from-when-it-was-put-in.md`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.ids import EventId, VisitId
from domain.policy import Policy
from domain.times import day_of
from domain.trip.events import AlarmAbout, TripCleared
from domain.trip.state import TripState
from domain.visit.rules.approval import approved
from domain.visit.state import VisitState
from projections.directory import Directory
from projections.school_terms import Term

_MINUTE = 60


class PutIn(msgspec.Struct, frozen=True, kw_only=True):
    """A departure, an OK to go or an approval that stands: when it is said to have been, and when it was put in."""

    event: EventId
    topic: str
    of: UUID
    """The trip or visit."""
    at: datetime
    recorded_at: datetime


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
    put_in_later: int
    """Trips counted as not cleared or unapproved for which a yes dated before they left was put in afterwards."""
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


class _Yes(NamedTuple):
    """Whether a trip had its OK to go and its approvals when it left."""

    cleared: bool
    approved: bool


def process_of(
    trips: Iterable[TripState],
    visits: Mapping[VisitId, VisitState],
    steps: Iterable[PutIn],
    known: Directory,
    term: Term,
    *,
    not_as_policy: int,
) -> Process:
    """The counts of a term; a trip belongs to the London day on which the first person left."""
    put_in = {step.event: step for step in steps}
    in_order = sorted(put_in.values(), key=lambda step: (step.recorded_at, step.event))
    cleared = {step.of: step for step in in_order if step.topic == TripCleared.TOPIC}
    left = [t for t in trips if t.departed and term.first <= day_of(min(t.departed.values())) <= term.last]
    lone = [t for t in left if len(t.departed) == 1]
    late = [[a for a in t.alarms if a.about is AlarmAbout.RETURN] for t in left]
    lengths = [(a.resolved_at - a.due_at).total_seconds() for alarms in late for a in alarms if a.resolved_at]
    policies = {t.id: known.policy_at(min(t.departed.values())) for t in left}
    had = {t.id: _yes(t, visits, policies[t.id], put_in, cleared) for t in left}
    stated = {t.id: _stated(t, visits, policies[t.id]) for t in left}
    return Process(
        left=bool(left),
        lone=len(lone),
        lone_cleared=sum(had[t.id].cleared for t in lone),
        not_cleared=sum(not had[t.id].cleared for t in left),
        unapproved=sum(not had[t.id].approved for t in left),
        put_in_later=sum(had[t.id] != stated[t.id] for t in left),
        overdue=sum(bool(alarms) for alarms in late),
        overdue_open=sum(any(a.resolved_at is None for a in alarms) for alarms in late),
        longest_late=max((int(seconds) // _MINUTE for seconds in lengths), default=0),
        calls_missed=sum(any(a.about is not AlarmAbout.RETURN for a in t.alarms) for t in left),
        not_back=sum(len(t.out) for t in left),
        not_as_policy=not_as_policy,
    )


def _yes(
    trip: TripState,
    visits: Mapping[VisitId, VisitState],
    policy: Policy,
    put_in: Mapping[EventId, PutIn],
    cleared: Mapping[UUID, PutIn],
) -> _Yes:
    """As the log can vouch for it."""
    taps = [put_in[event] for event in trip.departure_events if event in put_in]
    left = min((*trip.departed.values(), *(min(tap.at, tap.recorded_at) for tap in taps)))
    ok = cleared.get(trip.id)
    in_time = trip.cleared_at is not None and ok is not None and max(ok.at, ok.recorded_at) <= left
    by_then = {
        a.event
        for visit in _doors(trip, visits)
        for a in visit.approvals
        if a.event in put_in and max(a.at, put_in[a.event].recorded_at) <= left
    }
    return _Yes(in_time and _for_those_who_left(trip), _approved(trip, visits, policy, by_then))


def _stated(trip: TripState, visits: Mapping[VisitId, VisitState], policy: Policy) -> _Yes:
    """As it is dated."""
    left = min(trip.departed.values())
    in_time = trip.cleared_at is not None and trip.cleared_at <= left
    by_then = {a.event for visit in _doors(trip, visits) for a in visit.approvals if a.at <= left}
    return _Yes(in_time and _for_those_who_left(trip), _approved(trip, visits, policy, by_then))


def _for_those_who_left(trip: TripState) -> bool:
    return set(trip.departed) == set(trip.cleared_people)


def _doors(trip: TripState, visits: Mapping[VisitId, VisitState]) -> tuple[VisitState, ...]:
    return tuple(visits[v] for v in trip.visits if v in visits)


def _approved(trip: TripState, visits: Mapping[VisitId, VisitState], policy: Policy, by_then: set[EventId]) -> bool:
    """Whether these approvals are all that the trip's visits needed; a trip to no known door had none."""
    for visit in _doors(trip, visits):
        then = replace(visit, approvals=tuple(a for a in visit.approvals if a.event in by_then))
        if approved(policy, then, trip.team):
            return False
    return bool(trip.visits)
