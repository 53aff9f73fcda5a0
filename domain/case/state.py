"""What a restricted case's events add up to."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, assert_never

import msgspec
from msgspec.structs import replace

from domain.case import events as e
from domain.case.inside import Circle
from domain.envelope import Envelope, Recorded
from domain.erasure.events import AboutErasure
from domain.ids import CaseId
from domain.shared import events as shared

Kind = Literal["allegation", "complaint", "intervention", ""]
"""What a case is; "" where what was sent could not be read at all."""


class CaseState(msgspec.Struct, frozen=True, kw_only=True):
    """A case now."""

    id: CaseId
    version: int = 0
    kind: Kind = ""
    circle: Circle = Circle()
    route: str = ""
    why_last_resort: str = ""
    answered: bool = False
    closed_at: datetime | None = None

    @property
    def exists(self) -> bool:
        """Whether the stream holds anything."""
        return self.version > 0


def kind_of(event: e.Beginning) -> Kind:
    """What a case is, by how it began."""
    match event:
        case e.AllegationRouted():
            return "allegation"
        case e.ComplaintRouted():
            return "complaint"
        case e.PhysicalInterventionRecorded():
            return "intervention"
        case _:
            assert_never(event)


def evolve(state: CaseState, event: e.CaseEvent | shared.SharedEvent, envelope: Envelope) -> CaseState:
    """The case after one more event."""
    state = replace(state, version=envelope.version, circle=circle_after(state.circle, event, envelope.recorded_at))
    match event:
        case e.AllegationRouted() | e.ComplaintRouted():
            return replace(state, kind=kind_of(event), route=event.route)
        case e.PhysicalInterventionRecorded():
            return replace(state, kind=kind_of(event), why_last_resort=event.why_last_resort)
        case e.CaseNoted():
            return replace(state, answered=state.answered or event.answer)
        case e.CaseClosed():
            return replace(state, closed_at=envelope.occurred_at)
        case e.PersonLetIn() | e.PersonLeftOut() | e.PersonNamed():
            return state
        case _ if isinstance(event, shared.SharedEvent):
            return state
        case _:
            assert_never(event)


def circle_after(circle: Circle, event: e.CaseEvent | shared.SharedEvent, recorded_at: datetime) -> Circle:
    """What a case says of who is inside, after one more event."""
    match event:
        case e.PersonLetIn(person=person):
            out = tuple(one for one in circle.left_out if one != person)
            return replace(circle, let_in=tuple(dict.fromkeys((*circle.let_in, person))), left_out=out)
        case e.PersonLeftOut(person=person):
            kept = tuple(one for one in circle.let_in if one != person)
            return replace(circle, let_in=kept, left_out=tuple(dict.fromkeys((*circle.left_out, person))))
        case e.PersonNamed(person=person):
            return replace(circle, about=tuple(dict.fromkeys((*circle.about, person))))
        case _ if isinstance(event, e.Beginning):
            begun = replace(circle, about=event.about, raised_at=recorded_at)
            return replace(begun, to=event.to) if event.to else begun
        case _:
            return replace(circle, raised_at=circle.raised_at or recorded_at)


def fold(case: CaseId, recorded: Iterable[Recorded]) -> CaseState:
    """The case that a stream's events add up to. A beginning that was taken back stands: others may have acted on it."""
    events = tuple(recorded)
    state = CaseState(id=case)
    for envelope, event in events:
        if isinstance(event, AboutErasure):
            continue
        state = evolve(state, event, envelope)  # type: ignore[arg-type]  # the stream holds only its own kinds
    return replace(state, version=events[-1].envelope.version) if events else state
