"""Which worries for a child are open, what was done about the others, and how long did that take?

With a visit or without one.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from domain.concern.events import ConcernActioned, ConcernRaised
from domain.envelope import Envelope, Recorded
from domain.ids import ConcernId, PupilId, StaffId, StreamKind, TripId, VisitId
from domain.roles import Role
from domain.shared.corrections import effective
from domain.shared.events import EventCorrected
from projections.directory import Directory
from projections.doors import Child, Door, children, follow_doors
from projections.history_lines import Who, is_late, who
from projections.projection import Projection
from projections.rows import Past, Rows
from projections.views import View

NAME = "concerns"


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did about a concern."""

    action: str
    why: str
    closes: bool
    by: StaffId
    role: Role
    at: datetime
    """As stated."""


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """A concern; its key is the concern."""

    concern: ConcernId
    pupils: tuple[PupilId, ...]
    """As it was raised; moves of its visit are applied by the queries."""
    visit: VisitId | None
    trip: TripId | None
    category: str
    text: str
    child_described: str
    on_roll: bool
    raised_at: datetime
    recorded_at: datetime
    late: bool
    by: StaffId
    """Whose word it is."""
    role: Role
    typed_by: StaffId
    index: int
    actions: tuple[Action, ...] = ()
    open: bool = True
    taken_back: bool = False
    """Somebody said that it was a mistaken entry; it stays in the histories."""


def fold(recorded: Recorded, rows: Rows, past: Past) -> None:
    """Concerns with what was done about them, and which child a visit is about."""
    envelope, event = recorded
    if envelope.stream.kind is StreamKind.CONCERN:
        concern = ConcernId(envelope.stream.id)
        if isinstance(event, EventCorrected):
            _again(concern, past.stream(envelope.stream, envelope.version), rows)
        else:
            _evolve(concern, recorded, rows)
        return
    follow_doors(recorded, rows, past)


def _evolve(concern: ConcernId, recorded: Recorded, rows: Rows) -> None:
    envelope, event = recorded
    if isinstance(event, ConcernRaised):
        rows.put("concern", concern, _raised(concern, event, envelope))
    elif isinstance(event, ConcernActioned):
        known = rows.get("concern", concern, Raised)
        if known is not None:
            rows.put("concern", concern, _actioned(known, event, envelope))


def _raised(concern: ConcernId, event: ConcernRaised, envelope: Envelope) -> Raised:
    return Raised(
        concern=concern,
        pupils=event.pupils,
        visit=event.visit,
        trip=event.trip,
        category=event.category,
        text=event.text,
        child_described=event.child_described,
        on_roll=event.on_roll,
        raised_at=envelope.occurred_at,
        recorded_at=envelope.recorded_at,
        late=is_late(envelope),
        by=envelope.person,
        role=envelope.role,
        typed_by=envelope.actor,
        index=envelope.index,
    )


def _actioned(known: Raised, event: ConcernActioned, envelope: Envelope) -> Raised:
    action = Action(
        action=event.action,
        why=event.why,
        closes=event.closes,
        by=envelope.person,
        role=envelope.role,
        at=envelope.occurred_at,
    )
    return replace(known, actions=(*known.actions, action), open=known.open and not event.closes)


def _again(concern: ConcernId, events: Sequence[Recorded], rows: Rows) -> None:
    """A correction: the concern as its events stand; one that was taken back stays, and waits for nobody."""
    standing = effective(events)
    for recorded in events:
        if isinstance(recorded.event, ConcernRaised):
            rows.put("concern", concern, _raised(concern, recorded.event, recorded.envelope))
    for recorded in standing:
        _evolve(concern, recorded, rows)
    known = rows.get("concern", concern, Raised)
    if known is not None and not any(isinstance(r.event, ConcernRaised) for r in standing):
        rows.put("concern", concern, replace(known, taken_back=True, open=False))


PROJECTION = Projection(
    name=NAME,
    version=2,
    kinds=frozenset({StreamKind.CONCERN, StreamKind.VISIT}),
    fold=fold,
    indexes=("((body->>'open'), (body->>'raised_at')) WHERE kind = 'concern'",),
)


class ActionShown(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did about a concern."""

    action: str
    why: str
    closes: bool
    by: Who
    at: datetime


class Concern(msgspec.Struct, frozen=True, kw_only=True):
    """A worry for a child."""

    concern: ConcernId
    pupils: tuple[Child, ...]
    """The children it is about, moved as its visit was; none where nobody picked one."""
    child_described: str
    """Who the child is, in words."""
    category: str
    """The code; "" where it was not said."""
    text: str
    on_roll: bool
    visit: VisitId | None
    trip: TripId | None
    street: str
    """The visit's street; "" without a visit."""
    raised_at: datetime
    recorded_at: datetime
    late: bool
    raised_by: Who
    typed_by: Who | None
    """Who typed it, where it was said by telephone."""
    open: bool
    taken_back: bool
    actions: tuple[ActionShown, ...]
    actioned_at: datetime | None
    """When an action closed it."""
    lag_seconds: int | None
    """From raising to the first action, as stated; None while nothing was done."""


class Concerns(msgspec.Struct, frozen=True, kw_only=True):
    """Open concerns, oldest first; actioned ones, newest first."""

    open: tuple[Concern, ...]
    actioned: tuple[Concern, ...]
    """The last 100 at most."""


def concerns(view: View, directory: Directory) -> Concerns:
    """All that is open, and what was done last."""
    waiting = view.where(
        NAME, Raised, "kind = 'concern' AND body->>'open' = 'true' ORDER BY (body->>'raised_at'), key COLLATE \"C\""
    )
    done = view.where(
        NAME,
        Raised,
        "kind = 'concern' AND body->>'open' = 'false' ORDER BY (body->>'raised_at') DESC, key COLLATE \"C\" LIMIT 100",
    )
    return Concerns(
        open=_shown(view, directory, waiting),
        actioned=_shown(view, directory, done),
    )


def one_concern(view: View, directory: Directory, concern: ConcernId) -> Concern | None:
    """One concern; None for one that this school does not know."""
    row = view.one(NAME, "concern", concern, Raised)
    return None if row is None else _shown(view, directory, (row,))[0]


def how_many_open(view: View) -> int:
    """How many concerns wait for somebody to act."""
    return view.count(NAME, "kind = 'concern' AND body->>'open' = 'true'")


def _shown(view: View, directory: Directory, rows: Sequence[Raised]) -> tuple[Concern, ...]:
    wanted = [str(row.visit) for row in rows if row.visit is not None]
    found = view.where(NAME, Door, "kind = 'door' AND key = ANY(%(visits)s)", visits=wanted) if wanted else ()
    doors = {door.visit: door for door in found}
    return tuple(_show(directory, row, doors.get(row.visit) if row.visit is not None else None) for row in rows)


def _show(directory: Directory, row: Raised, door: Door | None) -> Concern:
    pupils = row.pupils if door is None else door.rightly(row.pupils, row.index)
    first = min((action.at for action in row.actions), default=None)
    closed = next((action.at for action in row.actions if action.closes), None)
    return Concern(
        concern=row.concern,
        pupils=children(directory, pupils),
        child_described=row.child_described,
        category=row.category,
        text=row.text,
        on_roll=row.on_roll,
        visit=row.visit,
        trip=row.trip,
        street="" if door is None else door.street,
        raised_at=row.raised_at,
        recorded_at=row.recorded_at,
        late=row.late,
        raised_by=who(directory.people, row.by, row.role),
        typed_by=who(directory.people, row.typed_by) if row.typed_by != row.by else None,
        open=row.open,
        taken_back=row.taken_back,
        actions=tuple(
            ActionShown(action=a.action, why=a.why, closes=a.closes, by=who(directory.people, a.by, a.role), at=a.at)
            for a in row.actions
        ),
        actioned_at=closed,
        lag_seconds=None if first is None else max(0, int((first - row.raised_at).total_seconds())),
    )
