"""What can have happened about a worry for a child."""

from typing import ClassVar

from domain.event import Event, Subject
from domain.ids import PupilId, TripId, VisitId


class ConcernRaised(Event, frozen=True, kw_only=True):
    """Somebody was worried about a child, and said so. Accepted in any state, with any field missing (DV-14)."""

    TOPIC: ClassVar = "concern.raised.v1"
    SUBJECT: ClassVar = Subject.CONCERN
    PERSONAL: ClassVar = ("category", "text", "child_described")
    pupils: tuple[PupilId, ...] = ()
    visit: VisitId | None = None
    trip: TripId | None = None
    category: str = ""
    """`child_alone`, `injury`, `disclosure`, `neglect`, `safety`, `other`; "" where not said."""
    text: str = ""
    child_described: str = ""
    """Who the child is, in words, where no pupil was picked."""
    on_roll: bool = True


class ConcernActioned(Event, frozen=True, kw_only=True):
    """The DSL, a deputy or senior staff said what was done about it."""

    TOPIC: ClassVar = "concern.actioned.v1"
    SUBJECT: ClassVar = Subject.CONCERN
    PERSONAL: ClassVar = ("action", "why")
    action: str
    why: str
    closes: bool = True


ConcernEvent = ConcernRaised | ConcernActioned

EVENTS: tuple[type[Event], ...] = (ConcernRaised, ConcernActioned)
