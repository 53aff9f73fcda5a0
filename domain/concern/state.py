"""What a concern's events add up to."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

import msgspec
from msgspec.structs import replace

from domain.concern import events as e
from domain.envelope import Envelope, Recorded
from domain.ids import ConcernId, PupilId, StaffId, TripId, VisitId
from domain.shared import corrections
from domain.shared import events as shared


class ConcernState(msgspec.Struct, frozen=True, kw_only=True):
    """A concern now."""

    id: ConcernId
    version: int = 0
    raised_at: datetime | None = None
    raised_by: StaffId | None = None
    pupils: tuple[PupilId, ...] = ()
    visit: VisitId | None = None
    trip: TripId | None = None
    category: str = ""
    text: str = ""
    child_described: str = ""
    on_roll: bool = True
    actions: tuple[str, ...] = ()
    actioned_at: datetime | None = None
    """When an action closed it; None while it is open."""

    @property
    def exists(self) -> bool:
        """Whether the stream holds anything."""
        return self.version > 0


def evolve(state: ConcernState, event: e.ConcernEvent | shared.SharedEvent, envelope: Envelope) -> ConcernState:
    """The concern after one more event."""
    state = replace(state, version=envelope.version)
    match event:
        case e.ConcernRaised():
            return replace(
                state,
                raised_at=envelope.occurred_at,
                raised_by=envelope.person,
                pupils=event.pupils,
                visit=event.visit,
                trip=event.trip,
                category=event.category,
                text=event.text,
                child_described=event.child_described,
                on_roll=event.on_roll,
            )
        case e.ConcernActioned():
            done = envelope.occurred_at if event.closes else state.actioned_at
            return replace(state, actions=(*state.actions, event.action), actioned_at=done)
        case _ if isinstance(event, shared.SharedEvent):
            return state
        case _:
            assert_never(event)


def fold(concern: ConcernId, recorded: Iterable[Recorded]) -> ConcernState:
    """The concern that a stream's events add up to."""
    return corrections.fold(ConcernState(id=concern), evolve, recorded)
