"""The yeses to a visit, and the signature on its row of the visit list, as the events of a visit add them up."""

from datetime import date, datetime

import msgspec

from domain.envelope import Envelope
from domain.ids import EventId, StaffId
from domain.roles import Role
from domain.visit import events as e


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """One approver's yes."""

    event: EventId
    person: StaffId
    role: str
    held: Role
    at: datetime
    typed_by: StaffId
    """Another than `person` where it was said by telephone."""
    confirmed: bool = False
    for_day: date | None = None
    """The day that it was given for; None where no day was planned yet."""


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """The row of the visit list, signed."""

    event: EventId
    person: StaffId
    at: datetime
    typed_by: StaffId
    """Another than `person` where it was said by telephone."""
    log_index: int
    """The place in the log that the row was read at."""
    for_day: date | None = None


def approved(event: e.VisitApproved, envelope: Envelope) -> Approval:
    """The yes that was said."""
    return Approval(
        event=envelope.event_id,
        person=envelope.person,
        role=event.role,
        held=envelope.role,
        at=envelope.occurred_at,
        typed_by=envelope.actor,
        for_day=event.for_day,
    )


def row_signed(event: e.VisitListSigned, envelope: Envelope) -> Signature:
    """The signature that was given."""
    return Signature(
        event=envelope.event_id,
        person=envelope.person,
        at=envelope.occurred_at,
        typed_by=envelope.actor,
        log_index=event.log_index,
        for_day=event.for_day,
    )
