"""What can have happened to a member of staff, or an agency professional who comes along."""

from datetime import date, datetime
from typing import ClassVar

from domain.event import Event, Subject
from domain.ids import StaffId
from domain.roles import Role
from domain.staff.on_record import Insurance


class StaffJoined(Event, frozen=True, kw_only=True):
    """Somebody joined the people who may visit, approve or watch."""

    TOPIC: ClassVar = "staff.joined.v1"
    SUBJECT: ClassVar = Subject.STAFF
    PERSONAL: ClassVar = ("name", "job", "employer", "code")
    name: str
    job: str = ""
    kind: str = "staff"
    """`staff` or `agency_professional`."""
    employer: str = ""
    """Where it is not the school: `local authority`, say (SP-35)."""
    code: str = ""
    """What the school's own system knows them by: a staff code or number."""


class StaffRenamed(Event, frozen=True, kw_only=True):
    """Somebody goes by another name from now on, or it was put right."""

    TOPIC: ClassVar = "staff.renamed.v1"
    SUBJECT: ClassVar = Subject.STAFF
    PERSONAL: ClassVar = ("name",)
    name: str


class StaffJobStated(Event, frozen=True, kw_only=True):
    """What somebody does at the school became known, or changed."""

    TOPIC: ClassVar = "staff.job.v1"
    SUBJECT: ClassVar = Subject.STAFF
    PERSONAL: ClassVar = ("job",)
    job: str


class StaffCodeGiven(Event, frozen=True, kw_only=True):
    """What the school's own system knows somebody by became known."""

    TOPIC: ClassVar = "staff.code.v1"
    SUBJECT: ClassVar = Subject.STAFF
    PERSONAL: ClassVar = ("code",)
    code: str


class ContactNumberRegistered(Event, frozen=True, kw_only=True):
    """The mobile number that the school holds for somebody (SP-23)."""

    TOPIC: ClassVar = "staff.contact_number.v1"
    SUBJECT: ClassVar = Subject.STAFF
    PERSONAL: ClassVar = ("mobile",)
    mobile: str


class RoleAssigned(Event, frozen=True, kw_only=True):
    """Somebody holds a role, for ever or between two instants, perhaps as a deputy (DV-05)."""

    TOPIC: ClassVar = "staff.role_assigned.v1"
    SUBJECT: ClassVar = Subject.STAFF
    role: Role
    starts: datetime | None = None
    ends: datetime | None = None
    deputising_for: StaffId | None = None


class RoleEnded(Event, frozen=True, kw_only=True):
    """Somebody no longer holds a role."""

    TOPIC: ClassVar = "staff.role_ended.v1"
    SUBJECT: ClassVar = Subject.STAFF
    role: Role


class LineManagerNamed(Event, frozen=True, kw_only=True):
    """Whom somebody answers to."""

    TOPIC: ClassVar = "staff.line_manager.v1"
    SUBJECT: ClassVar = Subject.STAFF
    manager: StaffId


class StaffLeft(Event, frozen=True, kw_only=True):
    """Somebody left, and holds no role any more; the record stays."""

    TOPIC: ClassVar = "staff.left.v1"
    SUBJECT: ClassVar = Subject.STAFF
    on: date | None = None
    """The last day at the school; None where it was not said."""


class DeskMade(Event, frozen=True, kw_only=True):
    """A device became a front desk of the school: what is typed there by nobody who says who they are stands under it."""

    TOPIC: ClassVar = "staff.desk_made.v1"
    SUBJECT: ClassVar = Subject.STAFF
    PERSONAL: ClassVar = ("name",)
    name: str
    """Where it stands: "Front desk, Main office"."""


class DeskEnded(Event, frozen=True, kw_only=True):
    """A front desk was signed out for good: it shows nothing, and nobody acts at it any more."""

    TOPIC: ClassVar = "staff.desk_ended.v1"
    SUBJECT: ClassVar = Subject.STAFF


class TrainingRecorded(Event, frozen=True, kw_only=True):
    """Somebody finished a course (SP-32, SP-34, LJ-15, SC-23, SC-24)."""

    TOPIC: ClassVar = "staff.training.v1"
    SUBJECT: ClassVar = Subject.STAFF
    PERSONAL: ClassVar = ("organiser",)
    course: str
    """A code: `first_aid`."""
    done_on: date
    valid_until: date | None = None
    """The last day on which it counts; None where it does not lapse."""
    organiser: str = ""
    """Who gave it, as it was typed (SP-35)."""


class CheckRecorded(Event, frozen=True, kw_only=True):
    """The school saw that a vetting check was made of somebody (SP-61)."""

    TOPIC: ClassVar = "staff.check.v1"
    SUBJECT: ClassVar = Subject.STAFF
    check: str
    """A code: `enhanced_dbs`."""
    made_on: date
    valid_until: date | None = None
    """The last day on which it counts; None where it does not lapse."""


class EmployerAttested(Event, frozen=True, kw_only=True):
    """The employer of somebody from an agency gave its word that they are checked (WL-16)."""

    TOPIC: ClassVar = "staff.employer_attested.v1"
    SUBJECT: ClassVar = Subject.STAFF
    PERSONAL: ClassVar = ("employer", "attested_by")
    employer: str
    attested_by: str
    """Who at the employer gave it."""
    on: date
    checks: tuple[str, ...] = ()
    """Codes of the checks that it covers."""
    valid_until: date | None = None


class VehicleRegistered(Event, frozen=True, kw_only=True):
    """A car that somebody may use for visits, as it is from now on (SP-30, SP-31, NH-37, SC-21, SC-22)."""

    TOPIC: ClassVar = "staff.vehicle.v1"
    SUBJECT: ClassVar = Subject.STAFF
    PERSONAL: ClassVar = ("registration", "make", "model", "colour")
    registration: str
    make: str = ""
    model: str = ""
    colour: str = ""
    insurance: Insurance | None = None
    insured_until: date | None = None
    """The last day of the cover."""
    maintained: bool = False
    """They say that it is serviced and roadworthy (WL-50)."""


class VehicleGivenUp(Event, frozen=True, kw_only=True):
    """A car is no longer used for visits."""

    TOPIC: ClassVar = "staff.vehicle_given_up.v1"
    SUBJECT: ClassVar = Subject.STAFF
    PERSONAL: ClassVar = ("registration",)
    registration: str


class DesignatedVisitorNamed(Event, frozen=True, kw_only=True):
    """Somebody is a designated visitor from one day to another (WL-04)."""

    TOPIC: ClassVar = "staff.designated.v1"
    SUBJECT: ClassVar = Subject.STAFF
    since: date
    until: date | None = None
    """The last day; None for until it is ended."""


class DesignationEnded(Event, frozen=True, kw_only=True):
    """Somebody is no longer a designated visitor after a day."""

    TOPIC: ClassVar = "staff.designation_ended.v1"
    SUBJECT: ClassVar = Subject.STAFF
    on: date
    """The last day."""


OnRecordEvent = (
    TrainingRecorded
    | CheckRecorded
    | EmployerAttested
    | VehicleRegistered
    | VehicleGivenUp
    | DesignatedVisitorNamed
    | DesignationEnded
)
StaffEvent = (
    StaffJoined
    | StaffRenamed
    | StaffJobStated
    | StaffCodeGiven
    | ContactNumberRegistered
    | RoleAssigned
    | RoleEnded
    | LineManagerNamed
    | StaffLeft
    | DeskMade
    | DeskEnded
    | OnRecordEvent
)

EVENTS: tuple[type[Event], ...] = (
    StaffJoined,
    StaffRenamed,
    StaffJobStated,
    StaffCodeGiven,
    ContactNumberRegistered,
    RoleAssigned,
    RoleEnded,
    LineManagerNamed,
    StaffLeft,
    DeskMade,
    DeskEnded,
    TrainingRecorded,
    CheckRecorded,
    EmployerAttested,
    VehicleRegistered,
    VehicleGivenUp,
    DesignatedVisitorNamed,
    DesignationEnded,
)
