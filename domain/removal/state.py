"""Whether the school is to be removed, as its own stream tells it."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from domain.envelope import Recorded
from domain.ids import EventId, StaffId
from domain.removal.events import Ground, RemovalAsked, RemovalConfirmed, RemovalWithdrawn


class Removal(msgspec.Struct, frozen=True, kw_only=True):
    """A removal that was asked for and not withdrawn."""

    asked: EventId
    ground: Ground
    why: str
    by: StaffId
    at: datetime
    order: EventId | None = None
    """The event that confirmed it."""
    confirmed_by: StaffId | None = None
    not_before: datetime | None = None
    """From when on it may be carried out; None before it is confirmed."""


def standing(recorded: Iterable[Recorded]) -> Removal | None:
    """The removal that stands now, by the events of the school's stream; the last that was asked for counts."""
    found: Removal | None = None
    for envelope, event in recorded:
        if isinstance(event, RemovalAsked):
            found = Removal(
                asked=envelope.event_id,
                ground=event.ground,
                why=event.why,
                by=envelope.person,
                at=envelope.occurred_at,
            )
        elif found is None:
            continue
        elif isinstance(event, RemovalConfirmed) and event.asked == found.asked:
            found = msgspec.structs.replace(
                found, order=envelope.event_id, confirmed_by=envelope.person, not_before=event.not_before
            )
        elif isinstance(event, RemovalWithdrawn) and event.asked == found.asked:
            found = None
    return found
