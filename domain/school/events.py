"""What can have happened at the school itself."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Final

from domain.event import Event, Subject
from domain.ids import EventId, PupilId, StaffId
from domain.policy import Clause, Setting
from domain.school.calendar import Calendar, Term


class SettingsAdopted(Event, frozen=True, kw_only=True):
    """The school adopted its settings. All 63 are kept, so that a later release rewrites nothing (DV-03)."""

    TOPIC: ClassVar = "school.settings_adopted.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    version: int
    policy_key: str
    title: str
    effective_from: datetime
    settings: dict[str, Setting]
    why: str = ""
    own: dict[str, Clause] = {}
    """Clauses that came in the school's own file; those of the five documents come with Doorstep."""


class RecordExported(Event, frozen=True, kw_only=True):
    """Records went to an outside system's shape: as a file, or shown as text to paste."""

    TOPIC: ClassVar = "school.record_exported.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    system: str
    """`CPOMS`, `MyConcern`, `neutral_file`."""
    how: str
    """`pasted` or `csv`."""
    keys: tuple[str, ...]
    """Stable record keys; a key is exported once (DV-18)."""
    pupils: tuple[PupilId, ...] = ()
    reference: str = ""
    """The receiving system's reference, typed back."""


class ExportTakenBack(Event, frozen=True, kw_only=True):
    """A record that had gone to the wrong place was taken back there by a person."""

    TOPIC: ClassVar = "school.export_taken_back.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    PERSONAL: ClassVar = ("why",)
    key: str
    why: str


class ReportMade(Event, frozen=True, kw_only=True):
    """A governors' report was made as a file."""

    TOPIC: ClassVar = "school.report_made.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    term: str
    sha256: str


class TermDatesSet(Event, frozen=True, kw_only=True):
    """When the school is open, whole: what was set before no longer counts."""

    TOPIC: ClassVar = "school.term_dates.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    terms: tuple[Term, ...]
    closed: tuple[date, ...] = ()

    @property
    def calendar(self) -> Calendar:
        """The days that it makes school days."""
        return Calendar(terms=self.terms, closed=self.closed)


class PeopleBroughtIn(Event, frozen=True, kw_only=True):
    """A file from the school's own system was brought in, to its last row."""

    TOPIC: ClassVar = "school.people_brought_in.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    what: str
    """`pupils` or `staff`."""
    layout: str
    """How the file was read: `arbor`, `ctf`, or `own`."""
    file: str
    """Stands for the file's content; made with a key of this installation, so that it gives nothing away."""
    new: int
    changed: int
    same: int


EVERYBODY: Final = "all_parties"
"""The audience of everybody involved, families included."""
PEOPLE: Final = ("staff", "parents", "pupils")
"""The audiences that everybody is made of."""
WEBSITE: Final = "website"


class ReviewOutcome(StrEnum):
    """What came of a review."""

    KEPT = "kept"
    AMENDED = "amended"
    TO_BE_AMENDED = "to_be_amended"


class PolicyReviewRecorded(Event, frozen=True, kw_only=True):
    """The policy was reviewed, and whoever did so signed and dated it."""

    TOPIC: ClassVar = "school.policy_review_recorded.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    PERSONAL: ClassVar = ("signature", "why")
    reviewed_on: date
    signature: str
    outcome: ReviewOutcome
    due: date | None = None
    """The last day on which the next review is in time, where the reviewer said so."""
    safeguarding: bool = False
    """Whether the safeguarding arrangements were looked at with it."""
    version: int
    """Of the settings that were in force that day."""
    why: str = ""


class PolicyAcknowledged(Event, frozen=True, kw_only=True):
    """Governors did their part, and one of them, the chair as a rule, signed."""

    TOPIC: ClassVar = "school.policy_acknowledged.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    PERSONAL: ClassVar = ("signature",)
    on: date
    part: str
    """As the school's setting `governor_role` calls it."""
    signature: str
    version: int


class ArrangementsConfirmed(Event, frozen=True, kw_only=True):
    """The head made sure that safeguarding arrangements are in place."""

    TOPIC: ClassVar = "school.arrangements_confirmed.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    on: date
    version: int
    """Of the settings in force then."""


class PolicyShared(Event, frozen=True, kw_only=True):
    """Some were told of the policy, or it was published."""

    TOPIC: ClassVar = "school.policy_shared.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    on: date
    audience: tuple[str, ...]
    """`staff`, `parents`, `pupils`, `all_parties`, `website`, or another word of the school's setting."""
    where: str = ""
    version: int
    """Of the settings that were shared."""


class PolicyKeepersNamed(Event, frozen=True, kw_only=True):
    """It was said who keeps the text of the policy, and which committee of governors is responsible."""

    TOPIC: ClassVar = "school.policy_keepers_named.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    PERSONAL: ClassVar = ("owner_name",)
    owner: StaffId | None = None
    owner_name: str = ""
    committee: str = ""


class LinkedPolicyRegistered(Event, frozen=True, kw_only=True):
    """A document that the policy is read with: its title, and which edition."""

    TOPIC: ClassVar = "school.linked_policy_registered.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    title: str
    edition: str = ""
    on: date
    gone: bool = False
    """The policy is not read with it any more."""


class AmendmentDecided(Event, frozen=True, kw_only=True):
    """After an incident somebody decided whether the policy changes."""

    TOPIC: ClassVar = "school.amendment_decided.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    PERSONAL: ClassVar = ("why",)
    incident: EventId
    """The event that told of it."""
    on: date
    amend: bool
    why: str = ""


class StorageMigrated(Event, frozen=True, kw_only=True):
    """The tables that hold this record were made, or changed by a new release of Doorstep."""

    TOPIC: ClassVar = "school.storage_migrated.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    migrations: tuple[str, ...]
    """The numbered files that were applied since this log last spoke of any: `school/0003_append.sql`."""
    before: str
    """SHA-256, in hex, of the catalogue's manifest as this log spoke of it last; empty the first time."""
    after: str
    """SHA-256, in hex, of the catalogue's manifest as it was found after these."""


class LogRestored(Event, frozen=True, kw_only=True):
    """The log was restored from a backup that lacks events which were sealed: it goes on under another epoch."""

    TOPIC: ClassVar = "school.log_restored.v1"
    SUBJECT: ClassVar = Subject.SCHOOL
    epoch: int
    """Under which it goes on."""
    old_checkpoint: str
    """The last checkpoint of the epoch before, a signed note: it proves what was there."""
    restored: int
    """Events that were restored: those up to this index."""
    missing: int | None = None
    """Events that were sealed and are missing; none where nobody knows, because the ledger was lost too."""
    backup_made_at: datetime | None = None


SchoolEvent = (
    SettingsAdopted
    | RecordExported
    | ExportTakenBack
    | ReportMade
    | TermDatesSet
    | PeopleBroughtIn
    | PolicyReviewRecorded
    | PolicyAcknowledged
    | ArrangementsConfirmed
    | PolicyShared
    | PolicyKeepersNamed
    | LinkedPolicyRegistered
    | AmendmentDecided
    | StorageMigrated
    | LogRestored
)

EVENTS: tuple[type[Event], ...] = (
    SettingsAdopted,
    RecordExported,
    ExportTakenBack,
    ReportMade,
    TermDatesSet,
    PeopleBroughtIn,
    PolicyReviewRecorded,
    PolicyAcknowledged,
    ArrangementsConfirmed,
    PolicyShared,
    PolicyKeepersNamed,
    LinkedPolicyRegistered,
    AmendmentDecided,
    StorageMigrated,
    LogRestored,
)
