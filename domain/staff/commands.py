"""What can be asked for about staff."""

from datetime import date
from typing import Annotated, ClassVar

from msgspec import Meta

from domain.command import Fact, Plan
from domain.ids import StaffId
from domain.roles import Role
from domain.trip.commands import Instant, Text

Mobile = Annotated[str, Meta(pattern=r"^[0-9+() -]{7,24}$")]


class AddStaff(Plan, frozen=True, kw_only=True):
    """Add somebody to the people who may visit, approve or watch."""

    NAME: ClassVar = "add-staff"
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    job: Text = ""
    kind: Annotated[str, Meta(pattern="^(staff|agency_professional)$")] = "staff"
    employer: Text = ""
    mobile: Mobile | None = None
    roles: tuple[Role, ...] = ()
    line_manager: StaffId | None = None


class RegisterNumber(Plan, frozen=True, kw_only=True):
    """Keep somebody's mobile number (SP-23)."""

    NAME: ClassVar = "register-number"
    staff: StaffId
    mobile: Mobile


class AssignRole(Plan, frozen=True, kw_only=True):
    """Give somebody a role, for ever or between two instants, perhaps as a deputy (DV-05)."""

    NAME: ClassVar = "assign-role"
    staff: StaffId
    role: Role
    starts: Instant | None = None
    ends: Instant | None = None
    deputising_for: StaffId | None = None


class EndRole(Plan, frozen=True, kw_only=True):
    """Take a role away."""

    NAME: ClassVar = "end-role"
    staff: StaffId
    role: Role


class NameLineManager(Plan, frozen=True, kw_only=True):
    """Say whom somebody answers to."""

    NAME: ClassVar = "name-line-manager"
    staff: StaffId
    manager: StaffId


class RecordStaffLeft(Plan, frozen=True, kw_only=True):
    """Record that somebody has left: every role of theirs ends. A rule that counts from leaving counts from then (DV-11)."""

    NAME: ClassVar = "record-staff-left"
    staff: StaffId
    on: date | None = None
    """The last day at the school; None means today."""


class BringInStaff(Plan, frozen=True, kw_only=True):
    """Bring a member of staff in as the school's own system tells of them: only what has changed is kept. A blank says nothing.

    Whoever is new may go on visits (the role of a teacher); every other role is given by a person.
    """

    NAME: ClassVar = "bring-in-staff"
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    code: Annotated[str, Meta(max_length=60)] = ""
    job: Text = ""
    mobile: Mobile | None = None


class MakeDesk(Plan, frozen=True, kw_only=True):
    """Make a front desk: a device that many people act at, each by their PIN. Sent by the page that gives out its link."""

    NAME: ClassVar = "make-desk"
    INTERNAL: ClassVar = True
    name: Annotated[str, Meta(min_length=1, max_length=80)]


class EndDesk(Fact, frozen=True, kw_only=True):
    """Sign a front desk out for good. Sent by the page that does so, and taken whatever else is wrong."""

    NAME: ClassVar = "end-desk"
    INTERNAL: ClassVar = True
    desk: StaffId | None = None


COMMANDS = (
    AddStaff,
    RegisterNumber,
    AssignRole,
    EndRole,
    NameLineManager,
    RecordStaffLeft,
    BringInStaff,
    MakeDesk,
    EndDesk,
)
