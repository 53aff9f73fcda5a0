"""What can have happened at the school itself."""

from datetime import date, datetime
from typing import ClassVar

from domain.event import Event, Subject
from domain.ids import PupilId
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
    StorageMigrated,
    LogRestored,
)
