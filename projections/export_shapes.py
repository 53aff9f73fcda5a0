"""What the questions about exports keep and answer with: a record's key and facts, and where it went."""

import hashlib
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from domain.ids import ConcernId, EventId, PupilId, StaffId, TripId, VisitId

Kind = Literal["visit", "safety_cancellation", "animal_cancellation", "concern", "contact"]

DUE: Final = "due"
"""The kind of a `Due` row; its key is the record's."""
SENT: Final = "sent"
"""The kind of a `Sent` row; its key is the record's."""
NO_PUPIL = "unnamed"
"""Stands in a key where nobody said which pupil it is about."""


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the school spoke with a family, apart from the visit itself (NH-19, NH-42)."""

    event: EventId
    what: str
    """The event's topic."""
    visit: VisitId | None
    trip: TripId | None
    """For a call during a trip, which does not say which of the homes was rung."""
    at: datetime
    index: int


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the log a concern was raised."""

    concern: ConcernId
    index: int


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A key that was exported."""

    key: str
    export: EventId
    system: str
    how: str
    reference: str
    by: StaffId
    at: datetime
    index: int
    taken_back: bool = False
    loose: bool = False
    """Whether nothing stands any more that this key could be the record of, whatever the settings ask for."""


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a record may be about: settings whose scope names one of `asks` want it. Its key: the record's."""

    key: str
    kind: Kind
    pupil: PupilId | None
    visit: VisitId | None
    trip: TripId | None
    concern: ConcernId | None
    event: EventId | None
    what: str
    purpose: str
    street: str
    at: datetime
    complete: bool
    asks: tuple[str, ...]
    """The parts of a scope that ask for it, `CONCERN_AROSE` among them."""
    unless: tuple[str, ...] = ()
    """The parts that ask for the whole visit's record: then that goes out instead of this one."""
    judged: int
    """When it happened, in microseconds since 1970: the settings in force then decide (DV-03)."""
    order: int
    """`at` likewise: lists go by it."""
    sent: int | None = None
    """Where in the log it was exported; None while it waits."""


class ExportRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Something about one pupil that must reach the record system."""

    key: str
    """`<kind>.<visit, concern or event>.<pupil>`: the same for ever, so that it is exported once (DV-18)."""
    kind: Kind
    pupil: PupilId | None
    """None where nobody said which child: say so in the record system."""
    name: str
    """The pupil's name; empty without one."""
    year_group: str
    class_name: str
    visit: VisitId | None
    trip: TripId | None
    """The visit's trip, or the one that a call was made on."""
    concern: ConcernId | None
    event: EventId | None
    """The one event a contact is about."""
    what: str
    """For a contact its topic, for a concern its category."""
    purpose: str
    street: str
    at: datetime
    """When it happened, as stated: at the door, or when it was called off, or when the concern was raised."""
    complete: bool
    """False for a visit that is over and not written up: what is exported now stays as it stands."""
    why: str
    """The part of the scope that asks for it: `all_visits`, `purpose:attendance`, `concerns`, ..."""


def key_of(kind: Kind, source: UUID, pupil: PupilId | None) -> str:
    """The record's stable key."""
    return f"{kind}.{source}.{pupil or NO_PUPIL}"


def reference_of(key: str) -> str:
    """A record's key as people copy it out: short, and the same for ever.

    >>> reference_of("visit.0190a000-0000-7000-8000-000000000001.unnamed")
    'D-E225-9C6F'
    """
    short = hashlib.sha256(key.encode()).hexdigest()[:8].upper()
    return f"D-{short[:4]}-{short[4:]}"


def pupil_in(key: str) -> PupilId | None:
    """The pupil that a key is about; None where it names none, or where somebody typed a key of their own."""
    last = key.rpartition(".")[2]
    try:
        return None if last == NO_PUPIL else PupilId(UUID(last))
    except ValueError:
        return None
