"""What the governors are told of a term: plain answers, and counts that point at no child.

No names, no addresses, no text. Counts about children below `governor_min_count` are masked (see `masking`); counts
about how the school works (lone, unapproved, overdue) are not. Days are London days; a visit belongs to the day it
was asked for, a trip to the day it left. Clauses: SP-02, WL-02, WL-14, WL-15, SC-07, DV-07.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime

import msgspec

from domain.concern.state import ConcernState
from domain.envelope import Recorded
from domain.ids import StreamKind, VisitId
from domain.policy import Policy, Source
from domain.shared.corrections import effective
from domain.shared.events import DeviationNoted, EventCorrected
from domain.times import day_of
from domain.trip.state import TripState
from domain.visit.events import CancelReason
from domain.visit.rules.purpose import purposes_offered
from domain.visit.state import VisitState
from projections.directory import Directory
from projections.following import follow
from projections.governors_answers import Answer, Figures, answers
from projections.governors_process import Process, process_of
from projections.masking import Cell, masked, or_more, publish
from projections.projection import Projection
from projections.rows import Past, Rows
from projections.school_terms import Term, month_of, term_of
from projections.views import View

NAME = "governors"
OTHER = "other"


class Deviation(msgspec.Struct, frozen=True, kw_only=True):
    """Something was done otherwise than the policy says; its key is the event."""

    at: datetime
    source: Source


def fold(recorded: Recorded, rows: Rows, past: Past) -> None:
    """Visits, trips and concerns as they stand, and each deviation."""
    follow(recorded, rows, past)
    envelope, event = recorded
    if isinstance(event, DeviationNoted):
        rows.put("deviation", envelope.event_id, Deviation(at=envelope.occurred_at, source=event.source))
    elif isinstance(event, EventCorrected):
        stream = past.stream(envelope.stream, envelope.version)
        standing = {r.envelope.event_id: r.envelope.occurred_at for r in effective(stream)}
        for one in stream:
            if not isinstance(one.event, DeviationNoted):
                continue
            at = standing.get(one.envelope.event_id)
            if at is None:
                rows.delete("deviation", one.envelope.event_id)
            else:
                rows.put("deviation", one.envelope.event_id, Deviation(at=at, source=one.event.source))


PROJECTION = Projection(
    name=NAME,
    version=1,
    kinds=frozenset({StreamKind.VISIT, StreamKind.TRIP, StreamKind.CONCERN}),
    fold=fold,
)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a table, as published."""

    code: str
    """A purpose, an outcome of `OUTCOMES`, or a month such as `2026-09`."""
    count: Cell


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Visits counted in one way. Every table of a report adds up to the same total."""

    code: str
    """`purpose`, `outcome` or `month`."""
    rows: tuple[Row, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The report of one term: nothing in it says more than what may be published."""

    school: str
    policy: str
    """Whose policy the school runs on."""
    term: Term
    made_on: date
    """The London day it was made on; a term that is not over yet will still change."""
    minimum: int
    answers: tuple[Answer, ...]
    total: Cell
    """Visits asked for."""
    tables: tuple[Table, ...]
    masks: bool
    """Whether anything at all is masked."""


OUTCOMES = ("seen", "not_seen", "safety", "declined", "called_off", "not_approved", "open")
"""What became of a visit; each visit is counted under one."""


def outcome_of(visit: VisitState) -> str:  # noqa: PLR0911 - one return an outcome
    """What became of a visit, whatever else happened on the way."""
    off = visit.cancelled
    if visit.refused_at is not None:
        return "not_approved"
    if off is not None and off.safety:
        return "safety"
    if visit.not_seen:
        return "not_seen"
    if visit.pupils and all(p in visit.found for p in visit.pupils):
        return "seen"
    if off is not None and off.reason is CancelReason.DECLINED:
        return "declined"
    if off is not None:
        return "called_off"
    return "declined" if visit.declined_at is not None and visit.arrived_at is None else "open"


def report(view: View, known: Directory, term: Term, *, school: str, now: datetime) -> Report:
    """The report of a term. Raises LookupError before the school adopted any settings."""
    policy = known.policy_at(now)
    minimum = policy.value("governor_min_count")
    visits = view.all(NAME, "visit", VisitState)
    in_term = [(visit, day) for visit in visits if (day := _asked_on(visit)) and term.first <= day <= term.last]
    counts = publish(
        {
            "purpose": _by_purpose([v for v, _ in in_term], _purposes(known, term)),
            "outcome": _counted((outcome_of(v) for v, _ in in_term), OUTCOMES),
            "month": _counted((month_of(day) for _, day in in_term), term.months(day_of(now))),
        },
        minimum,
    )
    tables = tuple(
        Table(code=name, rows=tuple(Row(code=code, count=cell) for code, cell in table.items()))
        for name, table in counts.tables.items()
    )
    raised = _raised(view, term)
    figures = Figures(
        total=counts.total,
        not_seen=_children_not_seen([v for v, _ in in_term], counts.tables["outcome"]["not_seen"], minimum),
        undecided=any(visit.undecided for visit, _ in in_term),
        safety=counts.tables["outcome"]["safety"],
        concerns=masked(len(raised), minimum),
        concerns_open=any(concern.actioned_at is None for concern in raised),
    )
    process = _process(view, known, term, {v.id: v for v in visits})
    shown = [counts.total, figures.not_seen, figures.concerns, *(c for t in counts.tables.values() for c in t.values())]
    return Report(
        school=school,
        policy=policy.title,
        term=term,
        made_on=day_of(now),
        minimum=minimum,
        answers=answers(policy, figures, process, day_of(now)),
        total=counts.total,
        tables=tables,
        masks=any(cell.value is None for cell in shown),
    )


def terms(view: View, now: datetime) -> tuple[Term, ...]:
    """The terms that something happened in, and this one; newest first."""
    days = [day for visit in view.all(NAME, "visit", VisitState) if (day := _asked_on(visit))]
    found = {term_of(day) for day in (*days, day_of(now))}
    return tuple(sorted(found, key=lambda term: term.first, reverse=True))


def _asked_on(visit: VisitState) -> date | None:
    """The London day a visit was asked for; None for one that nobody asked for (its trip left without OK to go)."""
    return day_of(visit.requested_at) if visit.requested_at is not None else None


def _purposes(known: Directory, term: Term) -> tuple[str, ...]:
    """The purposes of every policy in force in the term: a list that does not depend on what happened."""
    policies = [p for p in known.policies if p.effective_from is None or day_of(p.effective_from) <= term.last]
    starts = [p.effective_from for p in policies if p.effective_from is not None]
    begun = max((start for start in starts if day_of(start) <= term.first), default=None)
    in_force = [p for p in policies if begun is None or p.effective_from is None or p.effective_from >= begun]
    named = [p for policy in in_force or known.policies[:1] for p in _named(policy)]
    # Last, and only where a list is open: a row that everybody knows to be empty would give the others away.
    return (*dict.fromkeys(p for p in named if p != OTHER), *((OTHER,) if OTHER in named else ()))


def _named(policy: Policy) -> tuple[str, ...]:
    return (*purposes_offered(policy), *policy.value("purposes").get("blocked", ()))


def _by_purpose(visits: Iterable[VisitState], purposes: tuple[str, ...]) -> dict[str, int]:
    codes = [v.purpose if v.purpose in purposes else OTHER for v in visits]
    return _counted(codes, (*purposes, OTHER) if OTHER in codes and OTHER not in purposes else purposes)


def _counted(codes: Iterable[str], every: Iterable[str]) -> dict[str, int]:
    found = Counter(codes)
    return {code: found[code] for code in every}


def _children_not_seen(visits: Iterable[VisitState], of_visits: Cell, minimum: int) -> Cell:
    """How many times a child was not seen; it must not say more about the visits than their own count does."""
    count = sum(len(visit.not_seen) for visit in visits)
    cell = masked(count, minimum)
    return cell if cell.value is None or of_visits.value is not None else or_more(minimum)


def _raised(view: View, term: Term) -> tuple[ConcernState, ...]:
    return tuple(
        concern
        for concern in view.all(NAME, "concern", ConcernState)
        if concern.raised_at is not None and term.first <= day_of(concern.raised_at) <= term.last
    )


def _process(view: View, known: Directory, term: Term, visits: Mapping[VisitId, VisitState]) -> Process:
    trips = view.all(NAME, "trip", TripState)
    deviations = [
        row.source for row in view.all(NAME, "deviation", Deviation) if term.first <= day_of(row.at) <= term.last
    ]
    return process_of(trips, visits, known, term, not_as_policy=sum(s is not Source.DEFAULT for s in deviations))
