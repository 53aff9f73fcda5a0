"""What every event is: a frozen fact in the past tense, with a topic that never changes."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import msgspec


class Subject(StrEnum):
    """Whose data key encrypts the payload, and so whose erasure makes it unreadable."""

    PUPIL = "pupil"
    STAFF = "staff"
    VISIT = "visit"
    TRIP = "trip"
    CONCERN = "concern"
    SCHOOL = "school"
    CASE = "case"


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The base of all events, free of cycles (hence `gc=False`: reading is a quarter faster). The field types are the storage format: published ones never change.

    A new shape is a new topic version with an upcast; a correction is an `EventCorrected`.
    """

    TOPIC: ClassVar[str]
    SUBJECT: ClassVar[Subject]
    PERSONAL: ClassVar[tuple[str, ...]] = ()
    """Names of the fields that hold personal data or free text."""


class Erased(Event, frozen=True, kw_only=True):
    """Stands in the log where an event's data key was destroyed: its envelope is all that is left of it (DV-11)."""

    TOPIC: ClassVar = "doorstep.erased"
    SUBJECT: ClassVar = Subject.SCHOOL
    topic: str
    """Of the event that was erased."""
    erased_at: datetime
    rule: str
    """The retention rule that it was erased under."""
