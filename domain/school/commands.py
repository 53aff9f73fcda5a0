"""What can be asked for at the school itself."""

from datetime import date
from typing import Annotated, ClassVar

from msgspec import Meta

from domain.command import Fact, Plan
from domain.ids import EventId, PupilId, StaffId
from domain.policy import Clause, Setting
from domain.school.calendar import Term
from domain.school.events import ReviewOutcome
from domain.trip.commands import Instant, Text


class AdoptSettings(Plan, frozen=True, kw_only=True):
    """Adopt a version of the school's settings, from an instant on."""

    NAME: ClassVar = "adopt-settings"
    INTERNAL: ClassVar = True
    policy_key: str
    title: str
    version: int
    """The school's own count: one more than the newest there is, whether in force or coming."""
    effective_from: Instant | None = None
    """None: from now on."""
    settings: dict[str, Setting]
    own: dict[str, Clause] = {}
    """Clauses that came in the school's own file."""
    why: Text = ""


RecordKey = Annotated[str, Meta(pattern=r"^[a-z_]+\.[0-9a-f-]{36}\.[0-9a-z-]{1,36}$", max_length=120)]
"""A record's key, as the list of exports gives it: kind, what it is about, pupil."""


class ExportRecords(Plan, frozen=True, kw_only=True):
    """Mark records as exported: as text pasted with the reference typed back, or as a file."""

    NAME: ClassVar = "export-records"
    system: Annotated[str, Meta(max_length=60)]
    how: Annotated[str, Meta(pattern="^(pasted|csv)$")]
    keys: Annotated[tuple[RecordKey, ...], Meta(min_length=1, max_length=10_000)]
    pupils: tuple[PupilId, ...] = ()
    reference: Text = ""


class TakeBackExport(Plan, frozen=True, kw_only=True):
    """A record that had gone to the wrong place was taken back there by a person."""

    NAME: ClassVar = "take-back-export"
    key: RecordKey
    why: Annotated[str, Meta(min_length=1, max_length=4000)]


class KeepReport(Plan, frozen=True, kw_only=True):
    """A governors' report was made as a file."""

    NAME: ClassVar = "keep-report"
    INTERNAL: ClassVar = True
    term: str
    sha256: str


class SetTermDates(Plan, frozen=True, kw_only=True):
    """Say when the school is open: its terms, half terms apart, and the days in them on which it is closed."""

    NAME: ClassVar = "set-term-dates"
    terms: Annotated[tuple[Term, ...], Meta(min_length=1, max_length=30)]
    closed: Annotated[tuple[date, ...], Meta(max_length=100)] = ()


class RecordBroughtIn(Plan, frozen=True, kw_only=True):
    """A file from the school's own system was brought in, to its last row."""

    NAME: ClassVar = "record-brought-in"
    INTERNAL: ClassVar = True
    what: str
    layout: str
    file: str
    new: int
    changed: int
    same: int


Signature = Annotated[str, Meta(min_length=1, max_length=200)]
"""A name as it stands under a document, whoever types it."""
Audience = Annotated[str, Meta(pattern=r"^[a-z_]{1,40}$")]
Line = Annotated[str, Meta(max_length=200)]


class RecordPolicyReview(Plan, frozen=True, kw_only=True):
    """Keep that the policy was reviewed: when, signed by whom, what came of it, and when next (SP-72)."""

    NAME: ClassVar = "record-policy-review"
    reviewed_on: date
    signature: Signature
    outcome: ReviewOutcome
    next_due: Line = ""
    """A month, `2027-03`, or a season, `Spring 2027`; empty where the cycle says it."""
    safeguarding: bool = False
    why: Text = ""


class AcknowledgePolicy(Plan, frozen=True, kw_only=True):
    """Keep that governors did their part: acknowledged it, approved it, or made sure of it (SP-73, LJ-01, SC-07)."""

    NAME: ClassVar = "acknowledge-policy"
    on: date
    signature: Signature


class ConfirmArrangements(Plan, frozen=True, kw_only=True):
    """Keep that whoever sends it, the head, made sure that safeguarding arrangements are in place (SC-10)."""

    NAME: ClassVar = "confirm-arrangements"
    on: date


class SharePolicy(Plan, frozen=True, kw_only=True):
    """Keep who was told of the policy, or where it was published (SP-05, LJ-14, SC-04)."""

    NAME: ClassVar = "share-policy"
    on: date
    audience: Annotated[tuple[Audience, ...], Meta(min_length=1, max_length=10)]
    where: Line = ""
    version: Annotated[int, Meta(ge=1)] | None = None
    """Of the settings; none: the one in force that day."""


class NamePolicyKeepers(Plan, frozen=True, kw_only=True):
    """Say who keeps the text of the policy, and which committee of governors is responsible (WL-02, WL-03, NH-02)."""

    NAME: ClassVar = "name-policy-keepers"
    owner: StaffId | None = None
    owner_name: Line = ""
    committee: Line = ""


class RegisterLinkedPolicy(Plan, frozen=True, kw_only=True):
    """Say which edition of another document the policy is read with, or that it is not any more."""

    NAME: ClassVar = "register-linked-policy"
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    edition: Line = ""
    gone: bool = False


class DecideAmendment(Plan, frozen=True, kw_only=True):
    """Say whether the policy is changed after an incident (SP-70, SC-44)."""

    NAME: ClassVar = "decide-amendment"
    event: EventId
    """That told of the incident: danger, 999, or a visit called off for safety."""
    amend: bool
    why: Text = ""


class RecordRestore(Fact, frozen=True, kw_only=True):
    """The log was restored without all that was sealed, and goes on under another epoch."""

    NAME: ClassVar = "record-restore"
    INTERNAL: ClassVar = True
    epoch: int = 0
    old_checkpoint: str = ""
    restored: int = 0
    missing: int | None = None
    backup_made_at: Instant | None = None


COMMANDS = (
    AdoptSettings,
    SetTermDates,
    RecordPolicyReview,
    AcknowledgePolicy,
    ConfirmArrangements,
    SharePolicy,
    NamePolicyKeepers,
    RegisterLinkedPolicy,
    DecideAmendment,
    ExportRecords,
    TakeBackExport,
    KeepReport,
    RecordBroughtIn,
    RecordRestore,
)
