"""What can have happened about the removal of a whole school; on the school's own stream."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from domain.event import Event, Subject
from domain.ids import EventId


class Ground(StrEnum):
    """Why a school's records may go from here."""

    MOVED = "moved"
    """They went to a new home, which keeps them from now on."""
    KEPT_LONG_ENOUGH = "kept_long_enough"
    """The school's own retention rule keeps none of them any longer."""


class WholeExported(Event, frozen=True, kw_only=True):
    """Everything that the school has here was written into a folder; kept before the first byte of it is (DV-12)."""

    TOPIC: ClassVar = "school.whole_exported.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    PERSONAL: ClassVar = ("why",)
    why: str
    keys_for: str
    """Who can open the data keys in it: `a passphrase`, or the public key that they are sealed for."""


class RemovalAsked(Event, frozen=True, kw_only=True):
    """Somebody asked for the school to be removed from here; a second person has to confirm it (DV-11)."""

    TOPIC: ClassVar = "school.removal_asked.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    PERSONAL: ClassVar = ("why",)
    ground: Ground
    why: str
    """In their words; where the records moved, also to whom."""
    rule: str
    """The school's retention rule, as it stood."""


class RemovalConfirmed(Event, frozen=True, kw_only=True):
    """A second person confirmed the removal. It may be carried out after the waiting time, and withdrawn until then."""

    TOPIC: ClassVar = "school.removal_confirmed.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    asked: EventId
    not_before: datetime


class RemovalWithdrawn(Event, frozen=True, kw_only=True):
    """The school stays: what was asked for is not carried out."""

    TOPIC: ClassVar = "school.removal_withdrawn.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    PERSONAL: ClassVar = ("why",)
    asked: EventId
    why: str


RemovalEvent = WholeExported | RemovalAsked | RemovalConfirmed | RemovalWithdrawn

EVENTS: tuple[type[Event], ...] = (WholeExported, RemovalAsked, RemovalConfirmed, RemovalWithdrawn)
