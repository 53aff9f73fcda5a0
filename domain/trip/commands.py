"""What can be asked for, and said, about a trip."""

from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from domain.command import Fact, Plan
from domain.ids import StaffId, TripId, VisitId
from domain.trip.events import AlarmAbout, CheckIn, ContactResult

Text = Annotated[str, Meta(max_length=4000)]
Instant = Annotated[datetime, Meta(tz=True)]


class PlanTrip(Plan, frozen=True, kw_only=True):
    """Plan one sign-out to one or more doors, in order."""

    NAME: ClassVar = "plan-trip"
    visits: Annotated[tuple[VisitId, ...], Meta(min_length=1, max_length=20)]
    leave_at: Instant
    back_by: Instant
    travel: Text = ""
    people: tuple[StaffId, ...] = ()
    lone_reason: Text = ""
    watcher: StaffId | None = None
    deputy: StaffId | None = None
    driver: StaffId | None = None
    """Whose car they go in."""


class PlanTravel(Plan, frozen=True, kw_only=True):
    """Say how they travel, and whose car they go in. After clearance this voids it."""

    NAME: ClassVar = "plan-travel"
    trip: TripId
    travel: Annotated[str, Meta(min_length=1, max_length=200)]
    driver: StaffId | None = None


class AgreeTravel(Plan, frozen=True, kw_only=True):
    """Agree to how they travel, as SLT does for bus or train (NH-45)."""

    NAME: ClassVar = "agree-travel"
    trip: TripId


class AddVisitToTrip(Plan, frozen=True, kw_only=True):
    """Add one more door to a planned trip. After clearance this voids it."""

    NAME: ClassVar = "add-visit-to-trip"
    trip: TripId
    visit: VisitId


class NameTeam(Plan, frozen=True, kw_only=True):
    """Say who's going. After clearance this voids it, and approvals with it."""

    NAME: ClassVar = "name-team"
    trip: TripId
    people: tuple[StaffId, ...]
    lone_reason: Text = ""


class NameWatcher(Plan, frozen=True, kw_only=True):
    """Say who stays behind and watches."""

    NAME: ClassVar = "name-watcher"
    trip: TripId
    watcher: StaffId
    deputy: StaffId | None = None
    tested: bool = False


class LodgeWhereabouts(Plan, frozen=True, kw_only=True):
    """Leave destination, mobile and expected return with somebody."""

    NAME: ClassVar = "lodge-whereabouts"
    trip: TripId
    holder: Annotated[str, Meta(max_length=60)]
    told: StaffId | None = None
    agreed_call_at: Instant | None = None


class ConfirmChecks(Plan, frozen=True, kw_only=True):
    """Say that all is as the school's own list says before leaving, or what is not."""

    NAME: ClassVar = "confirm-checks"
    trip: TripId
    exceptions: dict[str, Annotated[str, Meta(max_length=400)]] = {}
    """What is not so, by point of the list, each with a word about it. Left out: all is as the policy says."""
    points: tuple[Annotated[str, Meta(max_length=60)], ...] = ()
    """The points that were shown; left out, the list as it stands."""


class ClearTrip(Plan, frozen=True, kw_only=True):
    """Ask for "OK to go". `reasons` answers requirements of the `should` kind, by code."""

    NAME: ClassVar = "clear-trip"
    trip: TripId
    reasons: dict[str, Text] = {}


class CallOffTrip(Plan, frozen=True, kw_only=True):
    """Call a trip off before anybody has left."""

    NAME: ClassVar = "call-off-trip"
    trip: TripId
    why: Text = ""


class Depart(Fact, frozen=True, kw_only=True):
    """These people left school; without names, the one whose word it is."""

    NAME: ClassVar = "depart"
    trip: TripId | None = None
    people: tuple[StaffId, ...] = ()
    back_by: Instant | None = None
    note: Text = ""


class ReturnToSchool(Fact, frozen=True, kw_only=True):
    """These people are back; without names, the one whose word it is."""

    NAME: ClassVar = "return-to-school"
    trip: TripId | None = None
    people: tuple[StaffId, ...] = ()
    note: Text = ""


class SafeByVoice(Fact, frozen=True, kw_only=True):
    """These people said by voice that they are safe and going straight home."""

    NAME: ClassVar = "safe-by-voice"
    trip: TripId | None = None
    people: tuple[StaffId, ...] = ()
    note: Text = ""


class KeepBackBy(Fact, frozen=True, kw_only=True):
    """Asked "still 10:50?", they said yes."""

    NAME: ClassVar = "keep-back-by"
    trip: TripId | None = None


class MoveBackBy(Fact, frozen=True, kw_only=True):
    """The back-by time moves: to an instant, or by minutes."""

    NAME: ClassVar = "move-back-by"
    trip: TripId | None = None
    back_by: Instant | None = None
    minutes: int | None = None
    why: Text = ""


class MakeCheckIn(Fact, frozen=True, kw_only=True):
    """They rang school, as the policy asks."""

    NAME: ClassVar = "check-in"
    trip: TripId | None = None
    visit: VisitId | None = None
    when: CheckIn = CheckIn.OTHER
    note: Text = ""


class StandDown(Fact, frozen=True, kw_only=True):
    """The need fell away while they are out: somebody must reach them."""

    NAME: ClassVar = "stand-down"
    trip: TripId | None = None
    why: Text = ""


class TakeAlarm(Fact, frozen=True, kw_only=True):
    """“I'm dealing with it”, by name."""

    NAME: ClassVar = "take-alarm"
    trip: TripId | None = None


class ShutOutPhone(Plan, frozen=True, kw_only=True):
    """Let somebody's phone report on this trip no longer without signing in: it is lost, or in other hands."""

    NAME: ClassVar = "shut-out-phone"
    trip: TripId
    person: StaffId
    why: Text = ""


class AttemptContact(Fact, frozen=True, kw_only=True):
    """Somebody rang, and this is what came of it."""

    NAME: ClassVar = "attempt-contact"
    trip: TripId | None = None
    step: Text = ""
    person: StaffId | None = None
    result: ContactResult = ContactResult.NO_ANSWER
    back_by: Instant | None = None
    """The new time, where they are safe and gave one."""
    note: Text = ""
    visit: VisitId | None = None
    """The door whose home was rung."""


class InformSenior(Fact, frozen=True, kw_only=True):
    """A senior member of staff was told."""

    NAME: ClassVar = "inform-senior"
    trip: TripId | None = None
    told: StaffId | None = None
    note: Text = ""


class ReportDanger(Fact, frozen=True, kw_only=True):
    """Somebody is, or may be, in danger."""

    NAME: ClassVar = "report-danger"
    trip: TripId | None = None
    visit: VisitId | None = None
    text: Text = ""


class DangerIsOver(Fact, frozen=True, kw_only=True):
    """The people concerned say that it is over."""

    NAME: ClassVar = "danger-over"
    trip: TripId | None = None
    text: Text = ""


class CallEmergency(Fact, frozen=True, kw_only=True):
    """999 was dialled."""

    NAME: ClassVar = "emergency-call"
    trip: TripId | None = None
    visit: VisitId | None = None
    service: Text = ""
    text: Text = ""


class RaiseOverdue(Fact, frozen=True, kw_only=True):
    """The watch found a time that passed. Nothing is recorded where it no longer holds."""

    NAME: ClassVar = "raise-overdue"
    INTERNAL: ClassVar = True
    trip: TripId | None = None
    about: AlarmAbout = AlarmAbout.RETURN
    due_at: Instant | None = None
    visit: VisitId | None = None


COMMANDS = (
    PlanTrip,
    PlanTravel,
    AgreeTravel,
    AddVisitToTrip,
    NameTeam,
    NameWatcher,
    LodgeWhereabouts,
    ConfirmChecks,
    ClearTrip,
    CallOffTrip,
    Depart,
    ReturnToSchool,
    SafeByVoice,
    KeepBackBy,
    MoveBackBy,
    MakeCheckIn,
    StandDown,
    ShutOutPhone,
    TakeAlarm,
    AttemptContact,
    InformSenior,
    ReportDanger,
    DangerIsOver,
    CallEmergency,
    RaiseOverdue,
)
