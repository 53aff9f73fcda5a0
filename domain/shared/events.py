"""Events that any stream may hold."""

from datetime import datetime
from typing import ClassVar

from domain.event import Event, Subject
from domain.ids import CommandId, EventId, StaffId
from domain.policy import Source


class DeviationNoted(Event, frozen=True, kw_only=True):
    """A fact differed from what the school wrote, or from Doorstep's advice where the school is silent."""

    TOPIC: ClassVar = "deviation.noted.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("says", "reason")
    rule: str
    says: str
    source: Source
    """DEFAULT means "Doorstep advice not followed": shown to the DSL, counted against nobody."""
    clauses: tuple[str, ...] = ()
    about_topic: str = ""
    """The topic of the fact, appended by the same command."""
    reason: str = ""


class DeviationExplained(Event, frozen=True, kw_only=True):
    """Somebody added why a deviation came about."""

    TOPIC: ClassVar = "deviation.explained.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("reason",)
    deviation: EventId
    reason: str


class EventCorrected(Event, frozen=True, kw_only=True):
    """An earlier event was put right; both stay visible (DV-01)."""

    TOPIC: ClassVar = "event.corrected.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("reason", "texts")
    target: EventId
    reason: str
    retracts: bool = False
    """True where the event never happened (a mistaken tap)."""
    occurred_at: datetime | None = None
    """The true time, where only the time was wrong."""
    texts: dict[str, str] = {}
    """Field of the earlier event -> what it ought to have said."""
    times: dict[str, datetime] = {}
    """Field of the earlier event -> the time that was meant: of the appointment, say."""


class SpokenWordConfirmed(Event, frozen=True, kw_only=True):
    """The person whose spoken word was typed by somebody else confirmed it."""

    TOPIC: ClassVar = "spoken_word.confirmed.v1"
    SUBJECT: ClassVar = Subject.VISIT
    target: EventId


class SpokenWordDisowned(Event, frozen=True, kw_only=True):
    """The person said that they never said it; the DSL is told."""

    TOPIC: ClassVar = "spoken_word.disowned.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("reason",)
    target: EventId
    reason: str = ""


class SpokenWordSettled(Event, frozen=True, kw_only=True):
    """Somebody who answers for safeguarding looked into a disowned word, and said what was done."""

    TOPIC: ClassVar = "spoken_word.settled.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("action",)
    target: EventId
    """What was said, or not: the event that was disowned."""
    action: str


class PersonTold(Event, frozen=True, kw_only=True):
    """A person says that they told somebody of something. Doorstep itself has sent nothing."""

    TOPIC: ClassVar = "notice.told.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("note",)
    target: EventId
    """What they were told of."""
    about: str
    """The notice's code: `concern`, `child_not_seen`."""
    person: StaffId | None = None
    """Who was told, on the staff."""
    word: str = ""
    """Who else was told: the notice's role word, such as `family`."""
    channel: str = ""
    """`telephone`, `in_person`, `email`, `message`, `record_system`, `other`."""
    note: str = ""


class RecordViewed(Event, frozen=True, kw_only=True):
    """Somebody opened a record (DV-12). Readings go to the reader's own stream since (`domain.access`)."""

    TOPIC: ClassVar = "record.viewed.v1"
    SUBJECT: ClassVar = Subject.VISIT
    what: str
    """Which page or file: `history`, `chronology`, `export`."""


class HistoryReviewed(Event, frozen=True, kw_only=True):
    """The DSL marked a history as reviewed; its flags stay."""

    TOPIC: ClassVar = "history.reviewed.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("note",)
    note: str = ""


class DeskWordSigned(Event, frozen=True, kw_only=True):
    """Somebody put their name to what was typed at the front desk by nobody who said who they were."""

    TOPIC: ClassVar = "desk_word.signed.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("name",)
    target: EventId
    """What was typed."""
    name: str = ""
    """The name as it was typed, where whoever typed it proved nothing; "" where the actor did, by their PIN or by signing in."""


class KeptAsSent(Event, frozen=True, kw_only=True):
    """A fact came with parts that could not be read, under a used id, or from somebody whose word calms nothing.

    It was kept, and this says how.
    """

    TOPIC: ClassVar = "fact.kept_as_sent.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("unreadable",)
    command: str
    unreadable: dict[str, str] = {}
    """Field name -> what was sent, as text; `sent` is a whole fact that had no effect."""
    reused_id: CommandId | None = None
    """The command id it came under, where that id was used before for other content."""
    says: str


Beside = (
    DeviationNoted
    | DeviationExplained
    | EventCorrected
    | SpokenWordSettled
    | PersonTold
    | RecordViewed
    | HistoryReviewed
    | DeskWordSigned
    | KeptAsSent
)
"""What is said about a stream's facts and changes none: no state moves by it. Corrections are read by `effective`."""
SpokenWord = SpokenWordConfirmed | SpokenWordDisowned
SharedEvent = Beside | SpokenWord

EVENTS: tuple[type[Event], ...] = (
    DeviationNoted,
    DeviationExplained,
    EventCorrected,
    SpokenWordConfirmed,
    SpokenWordDisowned,
    SpokenWordSettled,
    PersonTold,
    RecordViewed,
    HistoryReviewed,
    DeskWordSigned,
    KeptAsSent,
)
