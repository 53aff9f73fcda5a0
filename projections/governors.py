"""What the governors are told of a term: plain answers, and counts that point at no child.

No names, no addresses, no text. Counts about children below `governor_min_count` are masked (see `masking`); counts
about how the school works (lone, unapproved, overdue) are not. Days are London days; a visit belongs to the day it
was asked for, a trip to the day it left. Clauses: SP-02, WL-02, WL-14, WL-15, NH-12, SC-07, DV-07.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

import msgspec

from domain.concern.state import ConcernState
from domain.envelope import Recorded
from domain.ids import StreamKind, VisitId
from domain.policy import Force, Policy, Source
from domain.shared.corrections import effective
from domain.shared.events import DeviationNoted, EventCorrected
from domain.times import day_of
from domain.trip.events import StaffDeparted, TripCleared
from domain.trip.state import TripState
from domain.visit.events import CancelReason, VisitApproved
from domain.visit.rules.purpose import purposes_offered
from domain.visit.state import VisitState
from projections.directory import Directory
from projections.following import follow
from projections.governors_answers import Figures, answers, asks_together
from projections.governors_policy import Answer, Governing
from projections.governors_process import Process, PutIn, process_of
from projections.masking import Cell, masked, part, publish
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
    """Visits, trips and concerns as they stand, each deviation, and when each yes and each departure was put in."""
    follow(recorded, rows, past)
    envelope, event = recorded
    if isinstance(event, EventCorrected):
        stream = past.stream(envelope.stream, envelope.version)
        standing = {r.envelope.event_id: r for r in effective(stream)}
        for one in stream:
            _keep(standing.get(one.envelope.event_id), one, rows)
    else:
        _keep(recorded, recorded, rows)


def _keep(standing: Recorded | None, as_put_in: Recorded, rows: Rows) -> None:
    """What is kept of one event by itself, at the time that stands; nothing where it was taken back."""
    envelope, event = as_put_in
    row: msgspec.Struct
    kind, at = "", standing.envelope.occurred_at if standing is not None else envelope.occurred_at
    if isinstance(event, DeviationNoted):
        kind, row = "deviation", Deviation(at=at, source=event.source)
    elif isinstance(event, StaffDeparted | TripCleared | VisitApproved):
        of = envelope.stream.id
        step = PutIn(event=envelope.event_id, topic=envelope.topic, of=of, at=at, recorded_at=envelope.recorded_at)
        kind, row = "put_in", step
    if kind and standing is not None:
        rows.put(kind, envelope.event_id, row)
    elif kind:
        rows.delete(kind, envelope.event_id)


PROJECTION = Projection(
    name=NAME,
    version=4,
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
        not_seen=counts.tables["outcome"]["not_seen"],
        together=part(sum(_together(v) for v, _ in in_term), counts.total, minimum),
        safety=counts.tables["outcome"]["safety"],
        concerns=masked(len(raised), minimum),
        # Together: which of them is open would say of one masked count that it is not nought.
        open=any(v.undecided for v, _ in in_term) or any(concern.actioned_at is None for concern in raised),
    )
    process = _process(view, known, term, {v.id: v for v in visits})
    asked = (figures.together,) if asks_together(policy) else ()
    shown = [counts.total, figures.concerns, *asked, *(c for t in counts.tables.values() for c in t.values())]
    return Report(
        school=school,
        policy=policy.title,
        term=term,
        made_on=day_of(now),
        minimum=minimum,
        answers=answers(policy, figures, process, Governing.of(known, now)),
        total=counts.total,
        tables=tables,
        masks=any(cell.value is None for cell in shown),
    )


def terms(known: Directory, now: datetime) -> tuple[Term, ...]:
    """The terms since the school adopted settings, and this one; newest first. A quiet term is offered like any other."""
    days = [day_of(p.effective_from) for p in known.policies if p.effective_from is not None]
    last = term_of(day_of(now))
    found, first = [last], min((term_of(day).first for day in days), default=last.first)
    while found[-1].first > first:
        found.append(term_of(found[-1].first - timedelta(days=1)))
    return tuple(found)


def _asked_on(visit: VisitState) -> date | None:
    """The London day a visit was asked for; None for one that nobody asked for (its trip left without OK to go)."""
    return day_of(visit.requested_at) if visit.requested_at is not None else None


def _together(visit: VisitState) -> bool:
    """Whether somebody of another agency was to come along, whatever became of the visit (NH-12)."""
    return any(agency.joint for agency in visit.agencies)


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
    """What may be asked for. A list that only warns takes another reason too, whether or not anybody gave one."""
    listed = (*purposes_offered(policy), *policy.value("purposes").get("blocked", ()))
    return listed if policy.setting("purposes").force is Force.MUST else (*listed, OTHER)


def _by_purpose(visits: Iterable[VisitState], purposes: tuple[str, ...]) -> dict[str, int]:
    codes = [v.purpose if v.purpose in purposes else OTHER for v in visits]
    return _counted(codes, (*purposes, OTHER) if OTHER in codes and OTHER not in purposes else purposes)


def _counted(codes: Iterable[str], every: Iterable[str]) -> dict[str, int]:
    found = Counter(codes)
    return {code: found[code] for code in every}


def _raised(view: View, term: Term) -> tuple[ConcernState, ...]:
    return tuple(
        concern
        for concern in view.all(NAME, "concern", ConcernState)
        if concern.raised_at is not None and term.first <= day_of(concern.raised_at) <= term.last
    )


def _process(view: View, known: Directory, term: Term, visits: Mapping[VisitId, VisitState]) -> Process:
    trips = view.all(NAME, "trip", TripState)
    steps = view.all(NAME, "put_in", PutIn)
    deviations = [
        row.source for row in view.all(NAME, "deviation", Deviation) if term.first <= day_of(row.at) <= term.last
    ]
    noted = sum(s is not Source.DEFAULT for s in deviations)
    return process_of(trips, visits, steps, known, term, not_as_policy=noted)
