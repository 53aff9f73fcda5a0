"""What can be asked for about a broken glass."""

from typing import Annotated, ClassVar, Final
from uuid import UUID

from msgspec import Meta

from domain.command import Closing, Plan
from domain.ids import EventId, SchoolSlug
from domain.roles import Role

MINUTES: Final = (15, 30, 60)
"""How long it may be open."""
Words = Annotated[str, Meta(min_length=1, max_length=4000)]


class BreakGlass(Plan, frozen=True, kw_only=True):
    """Open this school's records to a DSL of another school, who is nobody here. Sent by the door that knows them there."""

    NAME: ClassVar = "break-glass"
    INTERNAL: ClassVar = True
    name: str
    home: SchoolSlug
    home_name: str
    role: Role
    reason: Annotated[str, Meta(max_length=4000)]
    minutes: int
    confirmed_by: str
    session: UUID | None = None
    device: str = ""


class EndGlass(Closing, frozen=True, kw_only=True):
    """End it now: from then on it opens nothing."""

    NAME: ClassVar = "end-glass"
    event: EventId
    """The event by which it was broken."""
    how: Annotated[str, Meta(pattern="^(asked|signed out)$")] = "asked"


class ReviewGlass(Closing, frozen=True, kw_only=True):
    """Say, once it is over, whether it was proper that somebody of another school read here."""

    NAME: ClassVar = "review-glass"
    event: EventId
    """The event by which it was broken."""
    proper: Annotated[str, Meta(pattern="^(yes|no)$")]
    note: Words


COMMANDS = (BreakGlass, EndGlass, ReviewGlass)
