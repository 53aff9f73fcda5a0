"""What can be asked for about keeping and erasing somebody's data."""

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from domain.command import Plan
from domain.ids import EventId, Stream, StreamKind
from domain.trip.commands import Text

_WHY = Annotated[str, Meta(min_length=1, max_length=4000)]


class About(StrEnum):
    """What may be held, or erased."""

    PUPIL = "pupil"
    STAFF = "staff"
    VISIT = "visit"
    TRIP = "trip"
    CONCERN = "concern"


class AboutSubject(Plan, frozen=True, kw_only=True):
    """What names a subject: a pupil or a member of staff, or one visit, trip or concern alone."""

    about: About
    subject: UUID

    @property
    def stream(self) -> Stream:
        """The subject's own stream."""
        return Stream(StreamKind(self.about), self.subject)


class PlaceHold(AboutSubject, frozen=True, kw_only=True):
    """Say that nothing of it may be erased: a court, the police or an inquiry may ask for it."""

    NAME: ClassVar = "place-hold"
    why: _WHY


class LiftHold(Plan, frozen=True, kw_only=True):
    """Say that a hold is over."""

    NAME: ClassVar = "lift-hold"
    event: EventId
    """The event that placed it."""
    why: _WHY


class AskErasure(AboutSubject, frozen=True, kw_only=True):
    """Ask for personal data to be erased, once the school's retention rule allows it."""

    NAME: ClassVar = "ask-erasure"
    why: Text = ""


class ConfirmErasure(Plan, frozen=True, kw_only=True):
    """Confirm, as a second person, that it is to be erased. It cannot be undone."""

    NAME: ClassVar = "confirm-erasure"
    event: EventId
    """The event that asked for it."""


class RecordErased(Plan, frozen=True, kw_only=True):
    """Record that the data keys are destroyed."""

    NAME: ClassVar = "record-erased"
    INTERNAL: ClassVar = True
    order: EventId
    keys: tuple[UUID, ...]


ErasureCommand = PlaceHold | LiftHold | AskErasure | ConfirmErasure | RecordErased

COMMANDS = (PlaceHold, LiftHold, AskErasure, ConfirmErasure, RecordErased)
