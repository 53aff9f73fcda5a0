"""What can be said about any earlier event."""

from typing import Annotated, ClassVar

from msgspec import Meta

from domain.command import Closing, Fact, Plan
from domain.ids import CommandId, EventId, StaffId, TripId, VisitId
from domain.trip.commands import Instant, Text


class Undo(Fact, frozen=True, kw_only=True):
    """Take back one's own mistaken tap, by the command id it was sent under."""

    NAME: ClassVar = "undo"
    command: CommandId | None = None


class CorrectEvent(Plan, frozen=True, kw_only=True):
    """Put an earlier event right: it never happened, happened at another time, or says the wrong thing (DV-01)."""

    NAME: ClassVar = "correct-event"
    event: EventId
    reason: Annotated[str, Meta(min_length=1, max_length=4000)]
    retracts: bool = False
    true_time: Instant | None = None
    texts: dict[str, Text] = {}
    """Field of the event -> what it ought to have said."""
    times: dict[str, Instant] = {}
    """Field of the event -> the time that was meant."""


class ConfirmSpokenWord(Plan, frozen=True, kw_only=True):
    """“Yes, I said that”: by the person whose word somebody else typed."""

    NAME: ClassVar = "confirm-spoken-word"
    event: EventId


class DisownSpokenWord(Plan, frozen=True, kw_only=True):
    """“I never said that”; the DSL is told."""

    NAME: ClassVar = "disown-spoken-word"
    event: EventId
    reason: Text = ""


class SettleSpokenWord(Closing, frozen=True, kw_only=True):
    """Say what was done about a word that somebody says they never said: it waits no more."""

    NAME: ClassVar = "settle-spoken-word"
    event: EventId
    action: Annotated[str, Meta(min_length=1, max_length=4000)]


class SayTold(Closing, frozen=True, kw_only=True):
    """Say that you told somebody who must be told: a member of staff, or whom the notice names by a role word."""

    NAME: ClassVar = "say-told"
    event: EventId
    about: Annotated[str, Meta(pattern="^[a-z_]{1,40}$")]
    person: StaffId | None = None
    word: Annotated[str, Meta(max_length=60)] = ""
    channel: Annotated[str, Meta(pattern="^(telephone|in_person|email|message|record_system|other)$")] = "telephone"
    note: Text = ""


class ExplainDeviation(Plan, frozen=True, kw_only=True):
    """Add why something was done otherwise than the policy says."""

    NAME: ClassVar = "explain-deviation"
    event: EventId
    reason: Annotated[str, Meta(min_length=1, max_length=4000)]


class ReviewHistory(Plan, frozen=True, kw_only=True):
    """Mark the history of a visit, or of a trip that no visit belongs to, as reviewed; its flags stay."""

    NAME: ClassVar = "review-history"
    visit: VisitId | None = None
    trip: TripId | None = None
    note: Text = ""


class SignForDesk(Fact, frozen=True, kw_only=True):
    """“I typed that”: somebody puts their name to what was typed at the front desk by nobody who said who they were."""

    NAME: ClassVar = "sign-for-desk"
    command: CommandId | None = None
    """The command id that it was sent under."""
    name: Annotated[str, Meta(max_length=200)] = ""
    """The name as it was typed, where whoever typed it proved nothing."""


COMMANDS = (
    Undo,
    CorrectEvent,
    ConfirmSpokenWord,
    DisownSpokenWord,
    SettleSpokenWord,
    SayTold,
    ExplainDeviation,
    ReviewHistory,
    SignForDesk,
)
