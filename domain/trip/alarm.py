"""What a trip's alarms are made of: alarms that a time raised, danger that somebody reported, and who rang whom."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from domain.ids import StaffId, VisitId
from domain.trip.events import AlarmAbout, ContactResult


class Attempt(msgspec.Struct, frozen=True):
    """One try at reaching somebody."""

    step: str
    person: StaffId | None
    result: ContactResult
    at: datetime
    by: StaffId
    visit: VisitId | None = None
    """The door whose home was rung."""


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm, open until resolved."""

    about: AlarmAbout
    due_at: datetime
    found_at: datetime
    visit: VisitId | None = None
    taken_by: StaffId | None = None
    taken_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    senior: StaffId | None = None
    senior_informed_at: datetime | None = None
    resolved_at: datetime | None = None

    @property
    def spoken_to(self) -> frozenset[StaffId]:
        """Whom somebody spoke to and heard that they are safe; nothing else settles anything.

        A later call in which something sounded wrong takes it back.
        """
        safe: set[StaffId] = set()
        for attempt in self.attempts:
            if attempt.result is ContactResult.SPOKE_SAFE and attempt.person is not None:
                safe.add(attempt.person)
            elif attempt.result is ContactResult.SOUNDED_WRONG:
                safe -= {attempt.person} if attempt.person is not None else safe
        return frozenset(safe)


class Danger(msgspec.Struct, frozen=True, kw_only=True):
    """Danger reported, until the people say that it is over."""

    at: datetime
    visit: VisitId | None
    text: str
    taken_by: StaffId | None = None
    taken_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
    senior: StaffId | None = None
    senior_informed_at: datetime | None = None

    @property
    def as_alarm(self) -> Alarm:
        """The same as an alarm about the return, for "what to do now"."""
        return Alarm(
            about=AlarmAbout.RETURN,
            due_at=self.at,
            found_at=self.at,
            taken_by=self.taken_by,
            taken_at=self.taken_at,
            attempts=self.attempts,
            senior=self.senior,
            senior_informed_at=self.senior_informed_at,
        )


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """Something calming that was typed on a visitor's word and may be disowned: then it no longer calms."""

    topic: str
    said_by: StaffId
    typed_by: StaffId
    at: datetime
    person: StaffId | None = None
    """Who was said to be back, or safe."""
    was: datetime | None = None
    """The back-by time before it was moved."""
    back_by: datetime | None = None
    """The back-by time that it was moved to."""


def resolved(alarms: tuple[Alarm, ...], about: AlarmAbout, visit: VisitId | None, at: datetime) -> tuple[Alarm, ...]:
    """The alarms, with the open one of this kind (and door) resolved."""
    return tuple(
        replace(a, resolved_at=at) if a.resolved_at is None and a.about is about and a.visit == visit else a
        for a in alarms
    )


def attempted(alarms: tuple[Alarm, ...], attempt: Attempt) -> tuple[Alarm, ...]:
    """The alarms after somebody rang: one call counts for all that are open."""
    return tuple(replace(a, attempts=(*a.attempts, attempt)) if a.resolved_at is None else a for a in alarms)
