"""When is the policy reviewed, who was told of it, and what waits for its keeper?

What is on record about the policy itself lies in the directory, because the rules ask for it too. The rows here are the
incidents and worries after which somebody says whether the policy changes: their kind, when, and by whom (of a worry not even
that), and no word of what happened.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.concern.events import ConcernRaised
from domain.envelope import Recorded
from domain.erasure.events import PersonalDataErased
from domain.ids import EventId, StaffId, StreamKind
from domain.policy import Policy
from domain.refusal import Requirement
from domain.roles import in_words
from domain.school.incidents import Incident, incident, names_worries
from domain.school.keeping import UNNAMED, keeping, owner
from domain.school.record import Answered, Keepers, PolicyRecord
from domain.school.review import Review, review
from domain.shared.corrections import effective
from domain.shared.events import EventCorrected
from domain.staff.state import Person
from domain.times import day_of
from domain.trip.events import DangerReported, EmergencyServicesCalled
from domain.visit.events import VisitCancelledForSafety
from projections.directory import Directory
from projections.history_lines import Who, who
from projections.projection import Projection
from projections.rows import Past, Rows
from projections.views import View

NAME: Final = "policy_calendar"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An incident was told of."""

    event: EventId
    kind: Incident
    at: datetime
    by: StaffId


class Incidents(msgspec.Struct, frozen=True, kw_only=True):
    """The incidents of one trip or one visit, as they stand corrected; its key is the stream's id."""

    stream: UUID
    told: tuple[Told, ...]


def fold(recorded: Recorded, rows: Rows, past: Past) -> None:
    """The incidents of each trip and visit."""
    envelope, event = recorded
    if isinstance(event, PersonalDataErased):
        rows.delete("incidents", envelope.stream.id)
        return
    if isinstance(event, EventCorrected) and rows.get("incidents", envelope.stream.id, Incidents) is None:
        return
    found = tuple(
        Told(event=e.event_id, kind=kind, at=e.occurred_at, by=e.person)
        for e, one in effective(past.stream(envelope.stream, envelope.version))
        if (kind := incident(one)) is not None
    )
    # A row without any stays: what was taken back may come back.
    rows.put("incidents", envelope.stream.id, Incidents(stream=envelope.stream.id, told=found))


PROJECTION = Projection(
    name=NAME,
    version=2,
    kinds=frozenset({StreamKind.TRIP, StreamKind.VISIT, StreamKind.CONCERN}),
    fold=fold,
    topics=frozenset(
        {
            DangerReported.TOPIC,
            EmergencyServicesCalled.TOPIC,
            VisitCancelledForSafety.TOPIC,
            ConcernRaised.TOPIC,
            EventCorrected.TOPIC,
            PersonalDataErased.TOPIC,
        }
    ),
)


class AfterIncident(msgspec.Struct, frozen=True, kw_only=True):
    """What was told on one trip, or at one door, and whether the policy changes for it."""

    event: EventId
    """The last that was told: to answer by."""
    kinds: tuple[Incident, ...]
    at: datetime
    """When the first of it happened."""
    by: Who | None
    """None for a worry: who was worried is between them and the DSL."""
    answer: Answered | None = None


class PolicyCalendar(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about the policy as a document."""

    policy: str
    version: int
    """In force."""
    review: Review
    owner: str
    """Who keeps the policy, by role, in words."""
    keeper: str
    """The person's name, where one is on record."""
    committee: str
    waits: tuple[Requirement, ...]
    """What waits for the keeper; blocks nothing."""
    incidents: tuple[AfterIncident, ...]
    """Those without an answer first, then the newest first; empty for whoever does not answer."""
    record: PolicyRecord
    """Its reviews, what governors signed, who was told, and what it is read with."""


def policy_calendar(view: View, known: Directory, now: datetime, *, answers: bool) -> PolicyCalendar:
    """The calendar of the policy in force. `answers`: whether whoever asks answers for incidents. Raises LookupError."""
    policy, record = known.policy_at(now), known.record
    found = incidents(view, known, policy)
    keepers = record.keepers
    return PolicyCalendar(
        policy=policy.title,
        version=policy.version,
        review=review(policy, day_of(now), record),
        owner=in_words(owner(policy)),
        keeper=_name(keepers, known) if keepers is not None else "",
        committee=keepers.committee if keepers is not None else "",
        waits=keeping(policy, record, day_of(now), _open(found) if answers else 0),
        incidents=found if answers else (),
        record=record if answers else replace(record, answered=()),
    )


def _name(keepers: Keepers, known: Directory) -> str:
    return who(known.people, keepers.owner).name if keepers.owner is not None else keepers.owner_name


def incidents(view: View, known: Directory, policy: Policy) -> tuple[AfterIncident, ...]:
    """Every incident, one for each trip or door, and each worry where the document names them: those without an answer first, then the newest first."""
    worries = names_worries(policy)
    rows = view.all(NAME, "incidents", Incidents)
    told = (tuple(one for one in row.told if worries or one.kind is not Incident.WORRY) for row in rows)
    found = [one for of_row in told for one in _after(of_row, known.record.answered, known)]
    return tuple(sorted(found, key=lambda one: (one.answer is None, one.at, one.event), reverse=True))


def _after(told: Sequence[Told], answered: Sequence[Answered], known: Directory) -> list[AfterIncident]:
    """What was told up to an answer is one incident, and what came after the last answer another."""
    by_event = {one.incident: one for one in answered}
    out, since = [], list[Told]()
    for one in told:
        since.append(one)
        if one.event in by_event:
            out.append(_shown(since, by_event[one.event], known))
            since = []
    if since:
        out.append(_shown(since, None, known))
    return out


def _shown(told: Sequence[Told], answer: Answered | None, known: Directory) -> AfterIncident:
    return AfterIncident(
        event=told[-1].event,
        kinds=tuple(dict.fromkeys(one.kind for one in told)),
        at=told[0].at,
        by=None if told[0].kind is Incident.WORRY else who(known.people, told[0].by),
        answer=answer,
    )


def _open(found: Sequence[AfterIncident]) -> int:
    return sum(one.answer is None for one in found)


def how_many_wait(view: View, known: Directory, person: Person, now: datetime) -> int:
    """How many incidents, and a late review, wait for somebody who keeps the policy; 0 for anybody else, and before any."""
    try:
        policy = known.policy_at(now)
    except LookupError:
        return 0
    if not keeps(policy, known.record, person, now):
        return 0
    return _open(incidents(view, known, policy)) + review(policy, day_of(now), known.record).overdue


def keeps(policy: Policy, record: PolicyRecord, person: Person, now: datetime) -> bool:
    """Whether somebody keeps the policy: whoever is named, else who holds the role that it names, else the head."""
    if record.keepers is not None and record.keepers.owner is not None:
        return person.id == record.keepers.owner
    word = owner(policy)
    return person.fills(word, now) is not None or (word in UNNAMED and person.fills("headteacher", now) is not None)
