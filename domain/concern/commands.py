"""What can be said about a worry for a child, and done about it."""

from typing import Annotated, ClassVar

from msgspec import Meta

from domain.command import Closing, Fact
from domain.ids import ConcernId, PupilId, TripId, VisitId
from domain.trip.commands import Text


class RaiseConcern(Fact, frozen=True, kw_only=True):
    """Say what the worry is. Every field may be missing, and there need be no visit (DV-14)."""

    NAME: ClassVar = "raise-concern"
    pupils: tuple[PupilId, ...] = ()
    visit: VisitId | None = None
    trip: TripId | None = None
    category: Text = ""
    text: Text = ""
    child_described: Text = ""
    on_roll: bool = True


class ActionConcern(Closing, frozen=True, kw_only=True):
    """Say what was done about a concern; `closes=false` keeps it open."""

    NAME: ClassVar = "action-concern"
    concern: ConcernId
    action: Annotated[str, Meta(min_length=1, max_length=4000)]
    why: Annotated[str, Meta(min_length=1, max_length=4000)]
    closes: bool = True


COMMANDS = (RaiseConcern, ActionConcern)
