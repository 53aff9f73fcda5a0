"""Broken glasses of one outsider: until when each opens this school's records, and whether it was looked at afterwards."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.envelope import Envelope
from domain.glass import events as e
from domain.ids import EventId, SchoolSlug, StaffId
from domain.roles import Role


class Glass(msgspec.Struct, frozen=True, kw_only=True):
    """One broken glass."""

    id: EventId
    """The event by which it was broken."""
    home: SchoolSlug
    home_name: str
    role: Role
    reason: str
    begins: datetime
    until: datetime
    confirmed_by: str
    session: UUID | None = None
    device: str = ""
    ended_at: datetime | None = None
    ended_by: StaffId | None = None
    """None while it lasts, and where it ended by itself."""
    reviewed_at: datetime | None = None
    reviewed_by: StaffId | None = None
    proper: bool | None = None
    review: str = ""

    @property
    def over_at(self) -> datetime:
        """From when on it opens nothing."""
        return self.until if self.ended_at is None else min(self.until, self.ended_at)

    def open_at(self, when: datetime) -> bool:
        """Whether it opens anything at an instant; the end is not included."""
        return self.begins <= when < self.over_at

    def waits_for_review(self, when: datetime) -> bool:
        """Whether it is over and nobody has said yet whether it was proper."""
        return self.reviewed_at is None and when >= self.over_at


def open_one(glasses: Iterable[Glass], when: datetime) -> Glass | None:
    """The one that is open at an instant: another one takes its place, and ends it."""
    return next((one for one in glasses if one.open_at(when)), None)


def evolve(glasses: tuple[Glass, ...], event: e.GlassEvent, envelope: Envelope) -> tuple[Glass, ...]:
    """The glasses after one more event."""
    at, by = envelope.occurred_at, envelope.person
    match event:
        case e.GlassBroken():
            broken = Glass(
                id=envelope.event_id,
                home=event.home,
                home_name=event.home_name,
                role=event.role,
                reason=event.reason,
                begins=at,
                until=event.until,
                confirmed_by=event.confirmed_by,
                session=event.session,
                device=event.device,
            )
            return (*glasses, broken)
        case e.GlassEnded():
            return tuple(
                replace(one, ended_at=at, ended_by=by) if one.id == event.glass and one.ended_at is None else one
                for one in glasses
            )
        case e.GlassReviewed():
            said = {"reviewed_at": at, "reviewed_by": by, "proper": event.proper, "review": event.note}
            return tuple(
                replace(one, **said) if one.id == event.glass and one.reviewed_at is None else one for one in glasses
            )
        case _:
            assert_never(event)
