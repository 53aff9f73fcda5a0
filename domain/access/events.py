"""What somebody did with the records of a school: read, searched, took out, was refused, signed in, let in.

Who, in which role and when stands in the envelope. The data key is the reader's own: erasing a member of staff erases
what they read, and erasing a child leaves here nothing but an id that names nobody any more.
"""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from domain.event import Event, Subject
from domain.ids import EventId, PupilId, SchoolSlug, StaffId
from domain.roles import Role


class RecordKind(StrEnum):
    """What a record is about."""

    PUPIL = "pupil"
    VISIT = "visit"
    TRIP = "trip"
    CONCERN = "concern"
    STAFF = "staff"
    CASE = "case"


class WhyRefused(StrEnum):
    """Why somebody was shown nothing."""

    ROLE = "role"
    """Their roles do not open it."""
    NOT_THEIRS = "not_theirs"
    """Their roles open it for their own visits and trips, and this is none of them."""
    RESTRICTED = "restricted"
    """It is kept to a few people who are named."""


class WhyNotSignedIn(StrEnum):
    """Why a sign-in to a known account failed."""

    SECRET = "secret"  # noqa: S105 - a code, no password
    """The password, the PIN or the passkey was not theirs."""
    SECOND_FACTOR = "second_factor"
    TOO_MANY_TRIES = "too_many_tries"
    NO_ACCESS = "no_access"
    """The account is closed, or the person has left."""


class RecordRead(Event, frozen=True, kw_only=True):
    """Somebody opened a record; kept before the answer left."""

    TOPIC: ClassVar = "access.record_read.v1"
    SUBJECT: ClassVar = Subject.STAFF
    kind: RecordKind
    record: UUID
    page: str
    """Which page or file: `history`, `chronology`, `export text`."""
    pupils: tuple[PupilId, ...] = ()
    """The children it was about then."""
    device: str = ""
    """What they read it on: "Firefox on Windows", "front desk"."""


class Searched(Event, frozen=True, kw_only=True):
    """Somebody looked for a child. What they typed is not kept: it would be a name that no erasure finds."""

    TOPIC: ClassVar = "access.searched.v1"
    SUBJECT: ClassVar = Subject.STAFF
    page: str
    """Where."""
    pupils: tuple[PupilId, ...] = ()
    """The children whom they were shown."""
    found: int = 0
    """How many there were, also of those who were not shown."""
    device: str = ""


class ListRead(Event, frozen=True, kw_only=True):
    """Somebody opened a page that shows children's records without being one of them."""

    TOPIC: ClassVar = "access.list_read.v1"
    SUBJECT: ClassVar = Subject.STAFF
    page: str
    pupils: tuple[PupilId, ...] = ()
    """The children on it."""
    device: str = ""


class Exported(Event, frozen=True, kw_only=True):
    """Records left Doorstep as a file, or as text to paste."""

    TOPIC: ClassVar = "access.exported.v1"
    SUBJECT: ClassVar = Subject.STAFF
    page: str
    """What: `export file`, `subject access export`."""
    kind: RecordKind | None = None
    record: UUID | None = None
    """What it is about, where it is one record."""
    keys: tuple[str, ...] = ()
    """The records in it, by their keys (`<kind>.<visit, concern or event>.<pupil>`)."""
    pupils: tuple[PupilId, ...] = ()
    device: str = ""


class Printed(Event, frozen=True, kw_only=True):
    """A record, or evidence about one, was made for paper."""

    TOPIC: ClassVar = "access.printed.v1"
    SUBJECT: ClassVar = Subject.STAFF
    page: str
    kind: RecordKind | None = None
    record: UUID | None = None
    pupils: tuple[PupilId, ...] = ()
    device: str = ""


class AccessRefused(Event, frozen=True, kw_only=True):
    """Somebody asked for what is not theirs to see, and was shown nothing."""

    TOPIC: ClassVar = "access.refused.v1"
    SUBJECT: ClassVar = Subject.STAFF
    page: str
    why: WhyRefused
    kind: RecordKind | None = None
    record: UUID | None = None
    """What they asked for, where it was one record; whether there is such a one was not looked up."""
    device: str = ""


class SignedIn(Event, frozen=True, kw_only=True):
    """Somebody signed in."""

    TOPIC: ClassVar = "access.signed_in.v1"
    SUBJECT: ClassVar = Subject.STAFF
    how: str
    """`password`, `passkey`, `pin`, ..."""
    device: str = ""


class SignedOut(Event, frozen=True, kw_only=True):
    """Somebody signed out, or was signed out."""

    TOPIC: ClassVar = "access.signed_out.v1"
    SUBJECT: ClassVar = Subject.STAFF
    how: str
    """`asked`, `idle`, `everywhere`, ..."""
    device: str = ""


class SignInRefused(Event, frozen=True, kw_only=True):
    """Somebody tried to sign in to this person's account and could not; who it was is not known."""

    TOPIC: ClassVar = "access.sign_in_refused.v1"
    SUBJECT: ClassVar = Subject.STAFF
    why: WhyNotSignedIn
    device: str = ""


class Invited(Event, frozen=True, kw_only=True):
    """Somebody gave a member of staff a link by which they make their account."""

    TOPIC: ClassVar = "access.invited.v1"
    SUBJECT: ClassVar = Subject.STAFF
    staff: StaffId
    device: str = ""


class InvitationUsed(Event, frozen=True, kw_only=True):
    """Somebody used their link: they have an account at this school, or access to it again."""

    TOPIC: ClassVar = "access.invitation_used.v1"
    SUBJECT: ClassVar = Subject.STAFF
    purpose: str
    """`set-up`, `invite`, `restore`."""
    device: str = ""


class RestoringAsked(Event, frozen=True, kw_only=True):
    """Somebody asked that a member of staff gets access, for the first time or again after a lost device."""

    TOPIC: ClassVar = "access.restoring_asked.v1"
    SUBJECT: ClassVar = Subject.STAFF
    staff: StaffId
    device: str = ""


class RestoringConfirmed(Event, frozen=True, kw_only=True):
    """A second person confirmed it, and was given the link to hand over."""

    TOPIC: ClassVar = "access.restoring_confirmed.v1"
    SUBJECT: ClassVar = Subject.STAFF
    staff: StaffId
    asked_by: StaffId
    device: str = ""


class ProofChanged(Event, frozen=True, kw_only=True):
    """Somebody changed what they sign in by."""

    TOPIC: ClassVar = "access.proof_changed.v1"
    SUBJECT: ClassVar = Subject.STAFF
    what: str
    """`password`, `passkey added`, `recovery codes`."""
    device: str = ""


class SessionsEnded(Event, frozen=True, kw_only=True):
    """Somebody signed a member of staff out everywhere."""

    TOPIC: ClassVar = "access.sessions_ended.v1"
    SUBJECT: ClassVar = Subject.STAFF
    staff: StaffId
    device: str = ""


class TokenMade(Event, frozen=True, kw_only=True):
    """Somebody made a token by which a program acts for them."""

    TOPIC: ClassVar = "access.token_made.v1"
    SUBJECT: ClassVar = Subject.STAFF
    token: UUID
    role: Role
    """The one of their roles that it acts in."""
    allows: tuple[str, ...]
    """Names of commands and questions."""
    until: datetime
    device: str = ""


class TokenEnded(Event, frozen=True, kw_only=True):
    """A token was taken back: it opens nothing any more."""

    TOPIC: ClassVar = "access.token_ended.v1"
    SUBJECT: ClassVar = Subject.STAFF
    token: UUID
    staff: StaffId
    """For whom a program acted by it."""
    device: str = ""


class ScreenMade(Event, frozen=True, kw_only=True):
    """Somebody made a link by which a screen becomes a wall board."""

    TOPIC: ClassVar = "access.screen_made.v1"
    SUBJECT: ClassVar = Subject.STAFF
    screen: UUID
    device: str = ""


class ScreenEnded(Event, frozen=True, kw_only=True):
    """Somebody signed a wall board out: it shows nothing any more."""

    TOPIC: ClassVar = "access.screen_ended.v1"
    SUBJECT: ClassVar = Subject.STAFF
    screen: UUID
    device: str = ""


class OpenedElsewhere(Event, frozen=True, kw_only=True):
    """Somebody opened the records of another school of the trust in an emergency (`domain.glass`); why stands in that one's log."""

    TOPIC: ClassVar = "access.opened_elsewhere.v1"
    SUBJECT: ClassVar = Subject.STAFF
    school: SchoolSlug
    glass: EventId
    """The event there."""
    until: datetime
    device: str = ""


AccessEvent = (
    RecordRead
    | Searched
    | ListRead
    | Exported
    | Printed
    | AccessRefused
    | SignedIn
    | SignedOut
    | SignInRefused
    | Invited
    | InvitationUsed
    | RestoringAsked
    | RestoringConfirmed
    | SessionsEnded
    | ProofChanged
    | TokenMade
    | TokenEnded
    | ScreenMade
    | ScreenEnded
    | OpenedElsewhere
)

EVENTS: tuple[type[Event], ...] = (
    RecordRead,
    Searched,
    ListRead,
    Exported,
    Printed,
    AccessRefused,
    SignedIn,
    SignedOut,
    SignInRefused,
    Invited,
    InvitationUsed,
    RestoringAsked,
    RestoringConfirmed,
    SessionsEnded,
    ProofChanged,
    TokenMade,
    TokenEnded,
    ScreenMade,
    ScreenEnded,
    OpenedElsewhere,
)
