"""What can have happened with a broken glass. It lies in the stream of the outsider, whom this school knows by it alone.

The data key is the outsider's own, as that of a member of staff: it goes with them where they are erased (DV-11).
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from domain.event import Event, Subject
from domain.ids import EventId, SchoolSlug
from domain.roles import Role


class GlassBroken(Event, frozen=True, kw_only=True):
    """A DSL of another school of the trust opened this school's records, saying why; nothing was open before it was kept."""

    TOPIC: ClassVar = "glass.broken.v1"
    SUBJECT: ClassVar = Subject.STAFF
    PERSONAL: ClassVar = ("name", "reason")
    name: str
    """As their own school knows them."""
    home: SchoolSlug
    """Their own school."""
    home_name: str
    role: Role
    """What they are there."""
    reason: str
    """Why it cannot wait, in their own words."""
    until: datetime
    """When it ends by itself."""
    confirmed_by: str
    """The second step that they took for it: `passkey`, `code`, `printed code`; `plain` in the demonstration."""
    session: UUID | None = None
    """The one session that it opens anything for; None in the demonstration."""
    device: str = ""


class GlassEnded(Event, frozen=True, kw_only=True):
    """It was ended before its time: by whoever broke it, or by this school."""

    TOPIC: ClassVar = "glass.ended.v1"
    SUBJECT: ClassVar = Subject.STAFF
    glass: EventId
    how: str = "asked"
    """`asked`; `signed out`; `opened again`, where another one took its place."""


class GlassReviewed(Event, frozen=True, kw_only=True):
    """This school's DSL looked at why it was broken and what was read, and said whether that was proper."""

    TOPIC: ClassVar = "glass.reviewed.v1"
    SUBJECT: ClassVar = Subject.STAFF
    PERSONAL: ClassVar = ("note",)
    glass: EventId
    proper: bool
    note: str


GlassEvent = GlassBroken | GlassEnded | GlassReviewed

EVENTS: tuple[type[Event], ...] = (GlassBroken, GlassEnded, GlassReviewed)
