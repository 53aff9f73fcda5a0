"""What can be asked for about staff."""

from datetime import date
from typing import Annotated, ClassVar

from msgspec import Meta

from domain.command import Fact, Plan
from domain.ids import StaffId
from domain.roles import Role
from domain.staff.on_record import Insurance
from domain.trip.commands import Instant, Text

Mobile = Annotated[str, Meta(pattern=r"^[0-9+() -]{7,24}$")]


Code = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,59}$")]
Short = Annotated[str, Meta(max_length=60)]
Said = Annotated[str, Meta(min_length=1, max_length=200)]
People = Annotated[tuple[StaffId, ...], Meta(min_length=1, max_length=300)]
Codes = Annotated[tuple[Code, ...], Meta(min_length=1, max_length=30)]


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


class RecordTraining(Plan, frozen=True, kw_only=True):
    """Keep on record that people finished courses on a day (SP-32, SP-34, LJ-15, SC-23, SC-24): a training day is one."""

    NAME: ClassVar = "record-training"
    staff: People
    courses: Codes
    done_on: date
    valid_until: date | None = None
    """The last day on which it counts; None where it does not lapse."""
    organiser: Text = ""


class RecordChecks(Plan, frozen=True, kw_only=True):
    """Keep on record that vetting checks were made, and when (SP-61)."""

    NAME: ClassVar = "record-checks"
    staff: People
    checks: Codes
    made_on: date
    valid_until: date | None = None


class AdmitAgencyProfessional(Plan, frozen=True, kw_only=True):
    """Let somebody from an agency come along, on their employer's word that they are checked (WL-16)."""

    NAME: ClassVar = "admit-agency-professional"
    name: Said
    job: Text = ""
    mobile: Mobile | None = None
    employer: Said
    attested_by: Said
    attested_on: date
    checks: Codes
    valid_until: date | None = None


class RecordAttestation(Plan, frozen=True, kw_only=True):
    """Keep an employer's word about somebody from an agency who comes along already (WL-16)."""

    NAME: ClassVar = "record-attestation"
    staff: StaffId
    employer: Text = ""
    """Empty where it is the employer on record."""
    attested_by: Said
    attested_on: date
    checks: Codes
    valid_until: date | None = None


class RecordVehicle(Plan, frozen=True, kw_only=True):
    """Keep the car that somebody uses for visits, or what has changed about it (SP-30, SP-31, NH-37, SC-21, SC-22)."""

    NAME: ClassVar = "record-vehicle"
    staff: StaffId
    registration: Annotated[str, Meta(min_length=1, max_length=15)]
    make: Short = ""
    model: Short = ""
    colour: Short = ""
    insurance: Insurance | None = None
    insured_until: date | None = None
    maintained: bool = False


class GiveUpVehicle(Plan, frozen=True, kw_only=True):
    """Take a car off the record: it is not used for visits any more."""

    NAME: ClassVar = "give-up-vehicle"
    staff: StaffId
    registration: Annotated[str, Meta(min_length=1, max_length=15)]


class NameDesignatedVisitor(Plan, frozen=True, kw_only=True):
    """Name somebody a designated visitor, for ever or until a day (WL-04)."""

    NAME: ClassVar = "name-designated-visitor"
    staff: StaffId
    since: date | None = None
    """None means from today."""
    until: date | None = None


class EndDesignation(Plan, frozen=True, kw_only=True):
    """End that somebody is a designated visitor: from now on they are not."""

    NAME: ClassVar = "end-designation"
    staff: StaffId


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
    RecordTraining,
    RecordChecks,
    AdmitAgencyProfessional,
    RecordAttestation,
    RecordVehicle,
    GiveUpVehicle,
    NameDesignatedVisitor,
    EndDesignation,
    BringInStaff,
)
