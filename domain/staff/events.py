"""What can have happened to a member of staff, or an agency professional who comes along."""

from datetime import date, datetime
from typing import ClassVar

from domain.event import Event, Subject
from domain.ids import StaffId
from domain.roles import Role


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
)
