"""What the doors say of every reading, before they answer. None of it has a route: nobody says it of themselves."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from domain.access.events import RecordKind, WhyNotSignedIn, WhyRefused
from domain.command import Fact
from domain.ids import DOORSTEP, ConcernId, EventId, PupilId, SchoolSlug, StaffId, TripId, VisitId
from domain.roles import Role

Page = Annotated[str, Meta(max_length=80)]
"""A page or a file in a few plain words, always the same for the same page."""
Label = Annotated[str, Meta(max_length=120)]
"""A device, as `api.identity` names it."""


class AccessCommand(Fact, frozen=True, kw_only=True):
    """Whatever somebody did with records."""

    INTERNAL: ClassVar = True
    page: Page = ""
    device: Label = ""

    @property
    def looks_up(self) -> bool:
        """Whether anything has to be looked up to keep it."""
        return False


class KeepReading(AccessCommand, frozen=True, kw_only=True):
    """Somebody opens a record: one of these, which is looked up; or `record`, where the answer is made of it already."""

    NAME: ClassVar = "keep-reading"
    kind: RecordKind | None = None
    record: UUID | None = None
    shown: tuple[PupilId, ...] = ()
    """The children that `record` is about."""
    visit: VisitId | None = None
    pupil: PupilId | None = None
    concern: ConcernId | None = None
    staff: StaffId | None = None
    trip: TripId | None = None

    @property
    def looks_up(self) -> bool:
        """Whether there is such a record, and whom it is about, is not known yet."""
        return self.record is None


class KeepSearch(AccessCommand, frozen=True, kw_only=True):
    """Somebody looks for a child, and is shown some."""

    NAME: ClassVar = "keep-search"
    shown: tuple[PupilId, ...] = ()
    found: int = 0


class KeepList(AccessCommand, frozen=True, kw_only=True):
    """Somebody opens a page with children on it that is no record."""

    NAME: ClassVar = "keep-list"
    shown: tuple[PupilId, ...] = ()


class KeepExport(AccessCommand, frozen=True, kw_only=True):
    """Somebody is given records to take away."""

    NAME: ClassVar = "keep-export"
    kind: RecordKind | None = None
    record: UUID | None = None
    keys: tuple[str, ...] = ()
    shown: tuple[PupilId, ...] = ()


class KeepPrint(AccessCommand, frozen=True, kw_only=True):
    """Somebody is given something for paper."""

    NAME: ClassVar = "keep-print"
    kind: RecordKind | None = None
    record: UUID | None = None
    shown: tuple[PupilId, ...] = ()


class KeepRefusal(AccessCommand, frozen=True, kw_only=True):
    """Somebody is turned away."""

    NAME: ClassVar = "keep-refusal"
    why: WhyRefused = WhyRefused.ROLE
    kind: RecordKind | None = None
    record: UUID | None = None


class KeepSignIn(AccessCommand, frozen=True, kw_only=True):
    """Somebody signs in."""

    NAME: ClassVar = "keep-sign-in"
    how: Page = ""


class KeepSignOut(AccessCommand, frozen=True, kw_only=True):
    """Somebody signs out, or is signed out."""

    NAME: ClassVar = "keep-sign-out"
    how: Page = ""


class KeepSignInRefused(AccessCommand, frozen=True, kw_only=True):
    """A sign-in to a known account fails."""

    NAME: ClassVar = "keep-sign-in-refused"
    why: WhyNotSignedIn = WhyNotSignedIn.SECRET


class KeepInvitation(AccessCommand, frozen=True, kw_only=True):
    """Somebody gives a member of staff a link to make their account by."""

    NAME: ClassVar = "keep-invitation"
    staff: StaffId = DOORSTEP


class KeepInvitationUsed(AccessCommand, frozen=True, kw_only=True):
    """Somebody uses their link."""

    NAME: ClassVar = "keep-invitation-used"
    purpose: Page = ""


class KeepRestoringAsked(AccessCommand, frozen=True, kw_only=True):
    """Somebody asks that another one gets access."""

    NAME: ClassVar = "keep-restoring-asked"
    staff: StaffId = DOORSTEP


class KeepRestoringConfirmed(AccessCommand, frozen=True, kw_only=True):
    """A second person confirms that somebody gets access."""

    NAME: ClassVar = "keep-restoring-confirmed"
    staff: StaffId = DOORSTEP
    asked_by: StaffId = DOORSTEP


class KeepSessionsEnded(AccessCommand, frozen=True, kw_only=True):
    """Somebody signs another one out everywhere."""

    NAME: ClassVar = "keep-sessions-ended"
    staff: StaffId = DOORSTEP


class KeepProofChanged(AccessCommand, frozen=True, kw_only=True):
    """Somebody changes what they sign in by."""

    NAME: ClassVar = "keep-proof-changed"
    what: Page = ""


class KeepTokenMade(AccessCommand, frozen=True, kw_only=True):
    """Somebody makes a token for a program."""

    NAME: ClassVar = "keep-token-made"
    token: UUID = DOORSTEP
    role: Role = Role.SYSTEM
    allows: tuple[str, ...] = ()
    until: Annotated[datetime, Meta(tz=True)] | None = None


class KeepTokenEnded(AccessCommand, frozen=True, kw_only=True):
    """Somebody takes a token back."""

    NAME: ClassVar = "keep-token-ended"
    token: UUID = DOORSTEP
    staff: StaffId = DOORSTEP


class KeepScreenMade(AccessCommand, frozen=True, kw_only=True):
    """Somebody makes a link for a wall board."""

    NAME: ClassVar = "keep-screen-made"
    screen: UUID = DOORSTEP


class KeepScreenEnded(AccessCommand, frozen=True, kw_only=True):
    """Somebody signs a wall board out."""

    NAME: ClassVar = "keep-screen-ended"
    screen: UUID = DOORSTEP


class KeepOpenedElsewhere(AccessCommand, frozen=True, kw_only=True):
    """Somebody opened another school's records in an emergency: kept at their own, after it was there."""

    NAME: ClassVar = "keep-opened-elsewhere"
    school: SchoolSlug = SchoolSlug("")
    glass: EventId = EventId(DOORSTEP)
    until: Annotated[datetime, Meta(tz=True)] | None = None


COMMANDS = (
    KeepReading,
    KeepSearch,
    KeepList,
    KeepExport,
    KeepPrint,
    KeepRefusal,
    KeepSignIn,
    KeepSignOut,
    KeepSignInRefused,
    KeepInvitation,
    KeepInvitationUsed,
    KeepRestoringAsked,
    KeepRestoringConfirmed,
    KeepSessionsEnded,
    KeepProofChanged,
    KeepTokenMade,
    KeepTokenEnded,
    KeepScreenMade,
    KeepScreenEnded,
    KeepOpenedElsewhere,
)
