"""What can have happened about keeping and erasing somebody's data; on the stream of whom or what it is about.

All but the last are encrypted under the keys that the erasure destroys: of them the envelopes stay.
"""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from domain.event import Event, Subject
from domain.ids import EventId, StaffId, Stream, StreamKind


class RetentionHoldPlaced(Event, frozen=True, kw_only=True):
    """Somebody said that nothing here may be erased: a court, the police or an inquiry may ask for it (DV-11)."""

    TOPIC: ClassVar = "retention.hold_placed.v1"
    SUBJECT: ClassVar = Subject.PUPIL
    PERSONAL: ClassVar = ("why",)
    why: str


class RetentionHoldLifted(Event, frozen=True, kw_only=True):
    """A hold is over."""

    TOPIC: ClassVar = "retention.hold_lifted.v1"
    SUBJECT: ClassVar = Subject.PUPIL
    PERSONAL: ClassVar = ("why",)
    hold: EventId
    why: str


class ErasureAsked(Event, frozen=True, kw_only=True):
    """Somebody asked for the data to be erased; a second person has to confirm it."""

    TOPIC: ClassVar = "erasure.asked.v1"
    SUBJECT: ClassVar = Subject.PUPIL
    PERSONAL: ClassVar = ("why",)
    rule: str
    """The school's retention rule, as it stood."""
    kept_until: date
    """The day from which that rule allows it."""
    why: str = ""


class ErasureConfirmed(Event, frozen=True, kw_only=True):
    """A second person confirmed the erasure; from here on it is carried out."""

    TOPIC: ClassVar = "erasure.confirmed.v1"
    SUBJECT: ClassVar = Subject.PUPIL
    asked: EventId


class StreamErased(msgspec.Struct, frozen=True, kw_only=True):
    """A stream whose data keys are destroyed."""

    kind: StreamKind
    id: UUID

    @property
    def stream(self) -> Stream:
        """The same as a stream."""
        return Stream(self.kind, self.id)


class ToChase(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was exported and stands in an outside system: a person has it erased there."""

    key: str
    system: str
    how: str
    exported_at: datetime


class PersonalDataErased(Event, frozen=True, kw_only=True):
    """The data keys are destroyed: what was personal here cannot be read by anybody any more (DV-11).

    It names ids only, under a key of its own, and stays readable.
    """

    TOPIC: ClassVar = "erasure.done.v1"
    SUBJECT: ClassVar = Subject.PUPIL
    rule: str
    ordered: EventId
    """The order on the school's stream, which the tombstones name."""
    asked_by: StaffId
    confirmed_by: StaffId
    streams: tuple[StreamErased, ...]
    keys: tuple[UUID, ...]
    exports: tuple[ToChase, ...] = ()


class ErasureOrdered(Event, frozen=True, kw_only=True):
    """An erasure was confirmed, and these streams are to be erased. On the school's stream, so that it stays readable.

    Until `PersonalDataErased` follows on the subject's stream it is not finished, and every start goes on with it.
    """

    TOPIC: ClassVar = "school.erasure_ordered.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    subject: StreamErased
    rule: str
    asked_by: StaffId
    confirmed_by: StaffId
    streams: tuple[StreamErased, ...]


AboutErasure = RetentionHoldPlaced | RetentionHoldLifted | ErasureAsked | ErasureConfirmed | PersonalDataErased
"""Held by the stream of a pupil, a member of staff, a visit, a trip or a concern. No state moves by the first four."""

ErasureEvent = AboutErasure | ErasureOrdered

EVENTS: tuple[type[Event], ...] = (
    RetentionHoldPlaced,
    RetentionHoldLifted,
    ErasureAsked,
    ErasureConfirmed,
    PersonalDataErased,
    ErasureOrdered,
)
