"""Names for the things that have an identity. Never two bare UUIDs side by side."""

from datetime import date
from enum import StrEnum
from typing import NamedTuple, NewType
from uuid import UUID, uuid5

VisitId = NewType("VisitId", UUID)
TripId = NewType("TripId", UUID)
ConcernId = NewType("ConcernId", UUID)
CaseId = NewType("CaseId", UUID)
PupilId = NewType("PupilId", UUID)
StaffId = NewType("StaffId", UUID)
EventId = NewType("EventId", UUID)
CommandId = NewType("CommandId", UUID)
SchoolSlug = NewType("SchoolSlug", str)
"""A school's name in addresses and schema names: `[a-z][a-z0-9_]*`, 40 characters at most."""

NAMESPACE = UUID("5c1d2f0e-6a34-4f6b-9d2b-2f6f1f0d7a11")
DOORSTEP = StaffId(uuid5(NAMESPACE, "doorstep"))
"""The actor of what the program itself records: an overdue alarm, an adopted policy."""


class StreamKind(StrEnum):
    """The eight kinds of stream a school's log holds; each has a room of its own in `domain/`."""

    TRIP = "trip"
    VISIT = "visit"
    CONCERN = "concern"
    SCHOOL = "school"
    STAFF = "staff"
    PUPIL = "pupil"
    ACCESS = "access"
    """What one person read, searched for and took out on one day, and when they signed in."""
    CASE = "case"
    """A restricted case: to whoever is outside it is not there."""


class Stream(NamedTuple):
    """One stream of a school's log."""

    kind: StreamKind
    id: UUID


def trip_stream(trip: TripId) -> Stream:
    """The stream of a trip."""
    return Stream(StreamKind.TRIP, trip)


def visit_stream(visit: VisitId) -> Stream:
    """The stream of a visit."""
    return Stream(StreamKind.VISIT, visit)


def concern_stream(concern: ConcernId) -> Stream:
    """The stream of a concern."""
    return Stream(StreamKind.CONCERN, concern)


def case_stream(case: CaseId) -> Stream:
    """The stream of a restricted case."""
    return Stream(StreamKind.CASE, case)


def staff_stream(staff: StaffId) -> Stream:
    """The stream of a member of staff (or of an agency professional who comes along)."""
    return Stream(StreamKind.STAFF, staff)


def outsider_id(home: SchoolSlug, staff: StaffId) -> StaffId:
    """By which a school knows a member of another school's staff who read there in an emergency: always the same one."""
    return StaffId(uuid5(NAMESPACE, f"outsider/{home}/{staff}"))


def pupil_stream(pupil: PupilId) -> Stream:
    """The stream of a pupil."""
    return Stream(StreamKind.PUPIL, pupil)


def school_stream(school: SchoolSlug) -> Stream:
    """The one stream of the school itself."""
    return Stream(StreamKind.SCHOOL, uuid5(NAMESPACE, f"school/{school}"))


def access_stream(reader: StaffId, day: date) -> Stream:
    """The stream of what one person read on one day in London."""
    return Stream(StreamKind.ACCESS, uuid5(NAMESPACE, f"access/{reader}/{day.isoformat()}"))
