"""What was said by telephone and typed by somebody else: what waits for a yes, and what was disowned."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.envelope import Recorded
from domain.ids import CommandId, EventId, StaffId, StreamKind
from domain.shared.corrections import effective
from domain.shared.events import (
    DeviationNoted,
    EventCorrected,
    KeptAsSent,
    SpokenWordConfirmed,
    SpokenWordDisowned,
    SpokenWordSettled,
)
from domain.times import end_of_day
from domain.trip.events import ClearanceVoided, FactCameLoose, OverdueResolved
from domain.visit.events import ApprovalWithdrawn, VisitListUnsigned
from projections.projection import Projection
from projections.rows import Past, Rows
from projections.views import View

NAME = "spoken_words"


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """Something said by telephone and typed by another: it counts at once, and waits for a yes or a no."""

    event: EventId
    topic: str
    command: CommandId
    stream_kind: StreamKind
    stream: UUID
    said_by: StaffId
    typed_by: StaffId
    at: datetime
    """When it happened, as stated."""
    answer: str = ""
    """`confirmed`, `disowned`; "" while it waits."""
    answered_at: datetime | None = None
    settled: str = ""
    """What was done about a disowned word; "" while it waits."""
    settled_by: StaffId | None = None
    settled_at: datetime | None = None


class SpokenOf(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing said by one command in one stream: the one that is confirmed for all."""

    event: EventId


_FOLLOWS_FROM_IT = (
    DeviationNoted,
    KeptAsSent,
    FactCameLoose,
    ApprovalWithdrawn,
    VisitListUnsigned,
    ClearanceVoided,
    OverdueResolved,
    EventCorrected,
    SpokenWordConfirmed,
    SpokenWordDisowned,
    SpokenWordSettled,
)
"""Doorstep's own conclusions beside what was said: nobody has to confirm them."""


def fold(recorded: Recorded, rows: Rows, past: Past) -> None:
    """What was said for somebody and has no answer yet, and the answers."""
    if isinstance(recorded.event, EventCorrected):
        _hear_again(past.stream(recorded.envelope.stream, recorded.envelope.version), rows)
    else:
        _hear(recorded, rows)


def _hear(recorded: Recorded, rows: Rows) -> None:
    envelope, event = recorded
    if isinstance(event, SpokenWordConfirmed | SpokenWordDisowned):
        found = rows.get("spoken", event.target, Spoken)
        if found is not None:
            answer = "confirmed" if isinstance(event, SpokenWordConfirmed) else "disowned"
            rows.put("spoken", event.target, replace(found, answer=answer, answered_at=envelope.occurred_at))
        return
    if isinstance(event, SpokenWordSettled):
        found = rows.get("spoken", event.target, Spoken)
        if found is not None:
            done = {"settled": event.action, "settled_by": envelope.person, "settled_at": envelope.occurred_at}
            rows.put("spoken", event.target, replace(found, **done))
        return
    spoken = _spoken(recorded)
    if spoken is None:
        return
    of = f"{envelope.command_id}:{envelope.stream.id}"
    if rows.get("spoken_of", of, SpokenOf) is None:
        rows.put("spoken_of", of, SpokenOf(event=envelope.event_id))
        rows.put("spoken", envelope.event_id, spoken)


def _hear_again(events: Iterable[Recorded], rows: Rows) -> None:
    """A correction: what never happened needs no yes, and what stands again does."""
    whole = tuple(events)
    for envelope, _ in whole:
        if rows.get("spoken", envelope.event_id, Spoken) is not None:
            rows.delete("spoken", envelope.event_id)
            rows.delete("spoken_of", f"{envelope.command_id}:{envelope.stream.id}")
    for recorded in effective(whole):
        if not isinstance(recorded.event, EventCorrected):
            _hear(recorded, rows)


def _spoken(recorded: Recorded) -> Spoken | None:
    envelope, event = recorded
    if envelope.said_by is None or envelope.said_by == envelope.actor or isinstance(event, _FOLLOWS_FROM_IT):
        return None
    return Spoken(
        event=envelope.event_id,
        topic=envelope.topic,
        command=envelope.command_id,
        stream_kind=envelope.stream.kind,
        stream=envelope.stream.id,
        said_by=envelope.said_by,
        typed_by=envelope.actor,
        at=envelope.occurred_at,
    )


PROJECTION = Projection(
    name=NAME,
    version=2,
    kinds=frozenset(StreamKind) - {StreamKind.CASE},
    fold=fold,
    indexes=("((body->>'said_by')) WHERE kind = 'spoken' AND body->>'answer' = ''",),
)


def awaiting_my_word(view: View, person: StaffId) -> tuple[Spoken, ...]:
    """What others typed as this person's word and they have not answered yet; the oldest first."""
    rows = view.where(
        NAME,
        Spoken,
        "kind = 'spoken' AND body->>'answer' = '' AND body->>'said_by' = %(person)s",
        person=str(person),
    )
    return _in_order(rows)


def unanswered_past_their_day(view: View, now: datetime) -> tuple[Spoken, ...]:
    """Words not answered by the end of the day they were said on: for the DSL; the oldest first."""
    rows = view.where(NAME, Spoken, "kind = 'spoken' AND body->>'answer' = ''")
    return _in_order(s for s in rows if end_of_day(s.at) <= now)


def disowned(view: View) -> tuple[Spoken, ...]:
    """Words that the person says they never said, until somebody says what was done: for the DSL; the oldest first."""
    return tuple(one for one in _disowned(view) if not one.settled)


def settled(view: View) -> tuple[Spoken, ...]:
    """Disowned words that somebody looked into; the last one first, 100 at most."""
    done = [one for one in _disowned(view) if one.settled]
    return tuple(sorted(done, key=lambda one: (one.settled_at or one.at, one.event), reverse=True))[:100]


def _disowned(view: View) -> tuple[Spoken, ...]:
    return _in_order(view.where(NAME, Spoken, "kind = 'spoken' AND body->>'answer' = 'disowned'"))


def _in_order(rows: Iterable[Spoken]) -> tuple[Spoken, ...]:
    return tuple(sorted(rows, key=lambda s: (s.at, s.event)))
