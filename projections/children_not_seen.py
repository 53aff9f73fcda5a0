"""Which children were not seen, and what has the DSL decided, on the same day?

Opened by an outcome that says "not seen"; and at a safeguarding door (setting `safeguarding_purposes`, as it stood
when the visit was asked for) also by a refusal, a cancellation, or by leaving with nothing said about the child.
Silence is never "all clear".
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from domain.envelope import Envelope, Recorded
from domain.ids import PupilId, StaffId, StreamKind, VisitId
from domain.shared.corrections import effective
from domain.shared.events import EventCorrected
from domain.times import end_of_day
from domain.visit.events import DecisionForChildMade, NotSeenDecision, Outcome, VisitMovedToPupil, VisitRefused
from domain.visit.rules.seen import Because, why_not_seen
from domain.visit.state import VisitState
from projections.directory import Directory
from projections.following import follow
from projections.projection import Projection
from projections.rows import Past, Rows
from projections.views import View

NAME = "children_not_seen"


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided for a child."""

    decision: NotSeenDecision
    why: str
    by: StaffId
    at: datetime
    """As stated."""
    recorded_at: datetime


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The school's last no to a visit; its key is the visit."""

    by: StaffId
    why: str
    instead: str


class NotSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A child who was not seen on a visit; its key is visit and pupil."""

    visit: VisitId
    pupil: PupilId
    because: Because
    outcome: Outcome | None = None
    since: datetime
    """When it happened, as stated: the decision is due by the end of that London day."""
    purpose: str
    street: str
    safeguarding: bool
    decided: Decided | None = None
    refusal: Refusal | None = None
    """Where the school said no to the visit."""
    open: bool = True


class Decisions(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided for the children of a visit; its key is the visit."""

    by_pupil: dict[PupilId, Decided]


def fold(recorded: Recorded, rows: Rows, past: Past) -> None:
    """The visit's state, and one row for each of its children who was not seen."""
    envelope, event = recorded
    before = None if envelope.version == 1 else rows.get("visit", envelope.stream.id, VisitState)
    visit = follow(recorded, rows, past)
    if not isinstance(visit, VisitState):
        return
    if isinstance(event, DecisionForChildMade | VisitMovedToPupil | EventCorrected):
        rows.put("decisions", visit.id, Decisions(by_pupil=_decisions(past.stream(envelope.stream, envelope.version))))
    if isinstance(event, VisitRefused):
        rows.put("refusal", visit.id, _refusal(envelope, event))
    elif isinstance(event, EventCorrected) and visit.refused_at is not None:
        for one in effective(past.stream(envelope.stream, envelope.version)):
            if isinstance(one.event, VisitRefused):
                rows.put("refusal", visit.id, _refusal(one.envelope, one.event))
    for pupil in dict.fromkeys((*(before.pupils if before is not None else ()), *visit.pupils)):
        if _missed(before, pupil) or _missed(visit, pupil):
            _relist(visit, pupil, rows)


def _refusal(envelope: Envelope, event: VisitRefused) -> Refusal:
    return Refusal(by=envelope.person, why=event.reason, instead=event.instead)


def _missed(visit: VisitState | None, pupil: PupilId) -> bool:
    return visit is not None and pupil in visit.pupils and why_not_seen(visit, pupil) is not None


def _decisions(events: Iterable[Recorded]) -> dict[PupilId, Decided]:
    """The last decision for each child; what was decided for a child picked by mistake goes with the visit."""
    out: dict[PupilId, Decided] = {}
    for envelope, event in effective(events):
        if isinstance(event, DecisionForChildMade):
            out[event.pupil] = Decided(
                decision=event.decision,
                why=event.why,
                by=envelope.person,
                at=envelope.occurred_at,
                recorded_at=envelope.recorded_at,
            )
        elif isinstance(event, VisitMovedToPupil) and event.wrong in out:
            out[event.right] = out.pop(event.wrong)
    return out


def _relist(visit: VisitState, pupil: PupilId, rows: Rows) -> None:
    key = _key(visit.id, pupil)
    known = rows.get("child", key, NotSeen)
    found = why_not_seen(visit, pupil) if pupil in visit.pupils else None
    if found is None:
        if known is not None:
            rows.delete("child", key)
        return
    because, since = found
    decisions = rows.get("decisions", visit.id, Decisions)
    decided = decisions.by_pupil.get(pupil) if decisions is not None else None
    row = NotSeen(
        visit=visit.id,
        pupil=pupil,
        because=because,
        outcome=visit.found[pupil].outcome if pupil in visit.found else None,
        since=since,
        purpose=visit.purpose,
        street=visit.street,
        safeguarding=visit.safeguarding,
        decided=decided,
        refusal=rows.get("refusal", visit.id, Refusal) if because is Because.NOT_APPROVED else None,
        open=decided is None,
    )
    if row != known:
        rows.put("child", key, row)


def _key(visit: VisitId, pupil: PupilId) -> str:
    return f"{visit}:{pupil}"


PROJECTION = Projection(
    name=NAME,
    version=6,
    kinds=frozenset({StreamKind.VISIT}),
    fold=fold,
    indexes=("((body->>'open'), (body->>'since')) WHERE kind = 'child'", "((body->>'visit')) WHERE kind = 'child'"),
)


class ChildNotSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A child who was not seen, as the DSL's list shows it."""

    visit: VisitId
    pupil: PupilId
    pupil_name: str
    street: str
    purpose: str
    """The purpose's code."""
    safeguarding: bool
    because: Because
    outcome: Outcome | None
    """What the visitors recorded; None where they recorded nothing for this child."""
    since: datetime
    due_by: datetime
    """The end of the London day: the decision is made the same day."""
    overdue: bool
    """Still undecided after that."""
    decision: NotSeenDecision | None
    why: str
    decided_by: StaffId | None
    decided_by_name: str
    decided_at: datetime | None
    refused_why: str
    """Why the school said no to the visit, where that is the cause; else ""."""
    refused_instead: str
    """What is done instead: `telephone`, `police_welfare_check`, ...; "" where nothing was named."""
    refused_by_name: str
    same_day: bool | None
    """Whether the decision was made within the day; None while there is none."""


class ChildrenNotSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The children not seen: undecided ones oldest first, decided ones newest first."""

    undecided: tuple[ChildNotSeen, ...]
    decided: tuple[ChildNotSeen, ...]
    """The last ones decided, 100 at most."""


def children_not_seen(view: View, directory: Directory, now: datetime) -> ChildrenNotSeen:
    """Who waits for a decision, and what was decided last."""
    waiting = view.where(
        NAME, NotSeen, "kind = 'child' AND body->>'open' = 'true' ORDER BY (body->>'since'), key COLLATE \"C\""
    )
    done = view.where(
        NAME,
        NotSeen,
        "kind = 'child' AND body->>'open' = 'false' ORDER BY (body->>'since') DESC, key COLLATE \"C\" LIMIT 100",
    )
    return ChildrenNotSeen(undecided=_shown(waiting, directory, now), decided=_shown(done, directory, now))


def of_visit(view: View, directory: Directory, visit: VisitId, now: datetime) -> tuple[ChildNotSeen, ...]:
    """The children of one visit who were not seen, decided or not."""
    rows = view.where(NAME, NotSeen, "kind = 'child' AND body->>'visit' = %(visit)s ORDER BY key", visit=str(visit))
    return _shown(rows, directory, now)


def how_many_undecided(view: View) -> int:
    """How many children wait for a decision."""
    return view.count(NAME, "kind = 'child' AND body->>'open' = 'true'")


def _shown(rows: Sequence[NotSeen], directory: Directory, now: datetime) -> tuple[ChildNotSeen, ...]:
    return tuple(_show(row, directory, now) for row in rows)


def _show(row: NotSeen, directory: Directory, now: datetime) -> ChildNotSeen:
    pupil, decided, due = directory.pupils.get(row.pupil), row.decided, end_of_day(row.since)
    refusal = row.refusal
    refuser = directory.people.get(refusal.by) if refusal is not None else None
    decider = directory.people.get(decided.by) if decided is not None else None
    return ChildNotSeen(
        visit=row.visit,
        pupil=row.pupil,
        pupil_name=pupil.name if pupil is not None else "a pupil",
        street=row.street,
        purpose=row.purpose,
        safeguarding=row.safeguarding,
        because=row.because,
        outcome=row.outcome,
        since=row.since,
        due_by=due,
        overdue=decided is None and now >= due,
        decision=None if decided is None else decided.decision,
        why="" if decided is None else decided.why,
        decided_by=None if decided is None else decided.by,
        decided_by_name="" if decider is None else decider.name,
        decided_at=None if decided is None else decided.at,
        refused_why=refusal.why if refusal is not None else "",
        refused_instead=refusal.instead if refusal is not None else "",
        refused_by_name=refuser.name if refuser is not None else "",
        same_day=None if decided is None else decided.recorded_at < due,
    )
