"""What can be said about a restricted case. To raise one is a fact: it is taken from anybody, with any field missing."""

from typing import Annotated, ClassVar

from msgspec import Meta

from domain.command import Closing, Fact, Plan
from domain.ids import CaseId, EventId, StaffId, TripId, VisitId
from domain.trip.commands import Text

_SAID = Annotated[str, Meta(min_length=1, max_length=4000)]


class RaiseCase(Fact, frozen=True, kw_only=True):
    """What every case may begin with."""

    about: tuple[StaffId, ...] = ()
    about_headteacher: bool = False
    """It is about whoever is headteacher: then it does not go to them."""
    about_described: Text = ""
    visit: VisitId | None = None
    trip: TripId | None = None
    child_described: Text = ""
    text: Text = ""


class RaiseAllegation(RaiseCase, frozen=True, kw_only=True):
    """Say that a member of staff did wrong. There need be no visit; nobody outside is shown that you did."""

    NAME: ClassVar = "raise-allegation"


class RaiseComplaint(RaiseCase, frozen=True, kw_only=True):
    """Say that somebody complains of how a visit went, or complain yourself."""

    NAME: ClassVar = "raise-complaint"
    from_whom: Text = ""


class RecordIntervention(RaiseCase, frozen=True, kw_only=True):
    """Say that force was used to keep somebody from harm. `about` are those who used it."""

    NAME: ClassVar = "record-intervention"
    why_last_resort: Text = ""
    force_used: Text = ""
    injury_prevented: Text = ""
    harm: bool | None = None
    """Whether the child was hurt or distressed."""


class NoteCase(Plan, frozen=True, kw_only=True):
    """Write something down in a case, or (`answer`) what whoever complained was answered."""

    NAME: ClassVar = "note-case"
    case: CaseId
    text: _SAID
    answer: bool = False


class LetIntoCase(Plan, frozen=True, kw_only=True):
    """Let somebody in by name."""

    NAME: ClassVar = "let-into-case"
    case: CaseId
    person: StaffId
    why: Text = ""


class LeaveOutOfCase(Plan, frozen=True, kw_only=True):
    """Close a case to somebody who is inside."""

    NAME: ClassVar = "leave-out-of-case"
    case: CaseId
    person: StaffId
    why: Text = ""


class NameInCase(Plan, frozen=True, kw_only=True):
    """Say whom a case is about: from then on they are outside, whatever their role."""

    NAME: ClassVar = "name-in-case"
    case: CaseId
    person: StaffId


class CloseCase(Closing, frozen=True, kw_only=True):
    """Say what came of a case; “none” is an answer."""

    NAME: ClassVar = "close-case"
    case: CaseId
    outcome: _SAID
    why_last_resort: Text = ""


class AboutCase(Plan, frozen=True, kw_only=True):
    """About how long a case is kept: decided like every erasure, by those inside alone."""

    case: CaseId


class HoldCase(AboutCase, frozen=True, kw_only=True):
    """Say that a case is not erased: a court, the police or an inquiry may ask for it."""

    NAME: ClassVar = "hold-case"
    why: _SAID


class ReleaseCase(AboutCase, frozen=True, kw_only=True):
    """Say that a hold on a case is over."""

    NAME: ClassVar = "release-case"
    event: EventId
    """The event that placed it."""
    why: _SAID


class AskCaseErasure(AboutCase, frozen=True, kw_only=True):
    """Ask for a case to be erased, once the school's retention rule allows it."""

    NAME: ClassVar = "ask-case-erasure"
    why: Text = ""


class ConfirmCaseErasure(AboutCase, frozen=True, kw_only=True):
    """Confirm, as a second person inside, that it is to be erased. It cannot be undone."""

    NAME: ClassVar = "confirm-case-erasure"
    event: EventId
    """The event that asked for it."""


RAISING = (RaiseAllegation, RaiseComplaint, RecordIntervention)
KEEPING = (HoldCase, ReleaseCase, AskCaseErasure, ConfirmCaseErasure)
INSIDE = (NoteCase, LetIntoCase, LeaveOutOfCase, NameInCase, CloseCase, *KEEPING)
"""Only from somebody inside: to everybody else there is no such case."""
COMMANDS = (*RAISING, *INSIDE)
