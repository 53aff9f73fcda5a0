"""What can have happened on a trip. `ls` of the events reads as the vocabulary."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from domain.event import Event, Subject
from domain.ids import EventId, StaffId, VisitId


class CheckIn(StrEnum):
    """Calls to school that start or stop timers."""

    BEFORE_ENTRY = "before_entry"
    LEFT_PROPERTY = "left_property"
    AFTER_VISIT = "after_visit"
    AGREED_TIME = "agreed_time"
    OTHER = "other"


class AlarmAbout(StrEnum):
    """What somebody did not do in time."""

    RETURN = "return"
    AGREED_CALL = "agreed_call"
    CALL_ON_LEAVING = "call_on_leaving"


class ContactResult(StrEnum):
    """What came of ringing. Only SPOKE_SAFE settles anything, and only for that person."""

    SPOKE_SAFE = "spoke_safe"
    SOMEONE_ELSE = "someone_else_answered"
    SOUNDED_WRONG = "sounded_wrong"
    WRONG_NUMBER = "wrong_number"
    NO_ANSWER = "no_answer"


class TripPlanned(Event, frozen=True, kw_only=True):
    """One sign-out was planned: when to leave, when to be back, how, and to which doors in which order."""

    TOPIC: ClassVar = "trip.planned.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("travel",)
    visits: tuple[VisitId, ...]
    leave_at: datetime
    back_by: datetime
    travel: str = ""
    driver: StaffId | None = None
    """Whose car they go in; None where nobody said."""


class TravelPlanned(Event, frozen=True, kw_only=True):
    """How they travel was settled anew, and whose car they go in (SP-31, NH-37, SC-22)."""

    TOPIC: ClassVar = "trip.travel.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("travel",)
    travel: str
    driver: StaffId | None = None


class TravelAgreed(Event, frozen=True, kw_only=True):
    """A member of SLT agreed to how they travel (NH-45)."""

    TOPIC: ClassVar = "trip.travel_agreed.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("way",)
    way: str
    """How they travel, as it was planned then: another way needs another yes, and no correction makes it one."""


class VisitAddedToTrip(Event, frozen=True, kw_only=True):
    """One more door was added to the trip."""

    TOPIC: ClassVar = "trip.visit_added.v1"
    SUBJECT: ClassVar = Subject.TRIP
    visit: VisitId


class TeamNamed(Event, frozen=True, kw_only=True):
    """Who's going was settled, or changed."""

    TOPIC: ClassVar = "trip.team_named.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("lone_reason",)
    people: tuple[StaffId, ...]
    lone_reason: str = ""
    """Why two cannot go, where one goes alone."""


class WatcherNamed(Event, frozen=True, kw_only=True):
    """Who stays behind and watches was named, with a deputy."""

    TOPIC: ClassVar = "trip.watcher_named.v1"
    SUBJECT: ClassVar = Subject.TRIP
    watcher: StaffId
    deputy: StaffId | None = None
    tested: bool = False
    """Whether their mobiles were tried."""


class WhereaboutsLodged(Event, frozen=True, kw_only=True):
    """Destination, mobile and expected return were left with somebody."""

    TOPIC: ClassVar = "trip.whereabouts_lodged.v1"
    SUBJECT: ClassVar = Subject.TRIP
    holder: str
    """The holder as the policy says it: `school_office`, `line_manager`, `safeguarding_team`."""
    told: StaffId | None = None
    agreed_call_at: datetime | None = None


class ChecksConfirmed(Event, frozen=True, kw_only=True):
    """The school's own list was gone through before leaving: all as the policy says, or what is not."""

    TOPIC: ClassVar = "trip.checks_confirmed.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("exceptions",)
    points: tuple[str, ...]
    """The points that were asked, as the policy codes them: `mobile`, `contact_card`, `id_badge`."""
    exceptions: dict[str, str] = {}
    """What is not as the policy says, by point, each with a word about it."""


class TripCleared(Event, frozen=True, kw_only=True):
    """The policy was met and the trip is OK to go."""

    TOPIC: ClassVar = "trip.cleared.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("reasons",)
    people: tuple[StaffId, ...]
    visits: tuple[VisitId, ...]
    log_index: int
    """The place in the log that the facts were read at."""
    reasons: dict[str, str] = {}
    """Reasons given for each `should` that was not met, by requirement code."""
    advised: tuple[str, ...] = ()
    """Codes of the advice that was not followed."""


class ClearanceVoided(Event, frozen=True, kw_only=True):
    """Something changed after the trip was cleared; it must be cleared again (DV-20)."""

    TOPIC: ClassVar = "trip.clearance_voided.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("why",)
    why: str


class TripCalledOff(Event, frozen=True, kw_only=True):
    """The trip was called off before anybody left."""

    TOPIC: ClassVar = "trip.called_off.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("why",)
    why: str = ""


class StaffDeparted(Event, frozen=True, kw_only=True):
    """One person left school."""

    TOPIC: ClassVar = "trip.departed.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("note",)
    person: StaffId
    note: str = ""


class StaffReturned(Event, frozen=True, kw_only=True):
    """One person is back at school."""

    TOPIC: ClassVar = "trip.returned.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("note",)
    person: StaffId
    note: str = ""


class PersonSafeByVoice(Event, frozen=True, kw_only=True):
    """One person said by voice that they are safe and going straight home."""

    TOPIC: ClassVar = "trip.safe_by_voice.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("note",)
    person: StaffId
    note: str = ""


class BackByConfirmed(Event, frozen=True, kw_only=True):
    """Asked shortly before, they said that the back-by time still holds."""

    TOPIC: ClassVar = "trip.back_by_confirmed.v1"
    SUBJECT: ClassVar = Subject.TRIP
    back_by: datetime


class BackByMoved(Event, frozen=True, kw_only=True):
    """The back-by time was moved; the first one stays in the history."""

    TOPIC: ClassVar = "trip.back_by_moved.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("why",)
    was: datetime | None
    back_by: datetime
    why: str = ""
    agreed: bool = True
    """False where it is later and nobody who is out said so: the alarm still comes at the earlier time."""


class CheckInMade(Event, frozen=True, kw_only=True):
    """They rang school, as the policy asks."""

    TOPIC: ClassVar = "trip.check_in.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("note",)
    when: CheckIn
    visit: VisitId | None = None
    note: str = ""


class StandDownCalled(Event, frozen=True, kw_only=True):
    """The need fell away while staff were out; somebody must reach them."""

    TOPIC: ClassVar = "trip.stand_down.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("why",)
    why: str = ""


class PhoneShutOut(Event, frozen=True, kw_only=True):
    """The office took away what let this person's phone report on the trip without signing in: it is lost, say."""

    TOPIC: ClassVar = "trip.phone_shut_out.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("why",)
    person: StaffId
    why: str = ""


class OverdueRaised(Event, frozen=True, kw_only=True):
    """A time passed without the return or the call it was set for."""

    TOPIC: ClassVar = "trip.overdue_raised.v1"
    SUBJECT: ClassVar = Subject.TRIP
    about: AlarmAbout
    due_at: datetime
    found_at: datetime
    """When the watch found it: later than due where the program was off."""
    visit: VisitId | None = None


class AlarmTaken(Event, frozen=True, kw_only=True):
    """Somebody said "I'm dealing with it", by name; the sound stops, the red stays."""

    TOPIC: ClassVar = "trip.alarm_taken.v1"
    SUBJECT: ClassVar = Subject.TRIP
    person: StaffId


class ContactAttempted(Event, frozen=True, kw_only=True):
    """Somebody rang, and this is what came of it."""

    TOPIC: ClassVar = "trip.contact_attempted.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("note",)
    step: str
    """The step of the school's order: `staff_mobile`, `pupil_home`, or another."""
    person: StaffId | None = None
    """The visitor whom it was about."""
    result: ContactResult
    note: str = ""
    visit: VisitId | None = None
    """The door whose home was rung."""


class SeniorStaffInformed(Event, frozen=True, kw_only=True):
    """A senior member of staff was told, and now acts."""

    TOPIC: ClassVar = "trip.senior_informed.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("note",)
    told: StaffId | None = None
    note: str = ""


class OverdueResolved(Event, frozen=True, kw_only=True):
    """The alarm ended: everybody it was about is accounted for, or a new time is set."""

    TOPIC: ClassVar = "trip.overdue_resolved.v1"
    SUBJECT: ClassVar = Subject.TRIP
    about: AlarmAbout
    how: str
    """`returned`, `safe_by_voice`, `new_time`, `call_made`, `spoke_safe`."""
    late_seconds: int = 0
    visit: VisitId | None = None
    """The door, for a call on leaving it."""


class DangerReported(Event, frozen=True, kw_only=True):
    """Somebody is, or may be, in danger."""

    TOPIC: ClassVar = "trip.danger_reported.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("text",)
    visit: VisitId | None = None
    text: str = ""


class DangerOver(Event, frozen=True, kw_only=True):
    """The people concerned said that the danger has passed."""

    TOPIC: ClassVar = "trip.danger_over.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("text",)
    text: str = ""


class EmergencyServicesCalled(Event, frozen=True, kw_only=True):
    """999 was really dialled, by the visitor or by the office."""

    TOPIC: ClassVar = "trip.emergency_called.v1"
    SUBJECT: ClassVar = Subject.TRIP
    PERSONAL: ClassVar = ("text",)
    visit: VisitId | None = None
    service: str = ""
    text: str = ""


class FactCameLoose(Event, frozen=True, kw_only=True):
    """A fact came with no trip, or with one that this school does not know; a trip was opened to hold it."""

    TOPIC: ClassVar = "trip.fact_came_loose.v1"
    SUBJECT: ClassVar = Subject.TRIP
    about: str
    target: EventId | None = None


TripEvent = (
    TripPlanned
    | TravelPlanned
    | TravelAgreed
    | VisitAddedToTrip
    | TeamNamed
    | WatcherNamed
    | WhereaboutsLodged
    | ChecksConfirmed
    | TripCleared
    | ClearanceVoided
    | TripCalledOff
    | StaffDeparted
    | StaffReturned
    | PersonSafeByVoice
    | BackByConfirmed
    | BackByMoved
    | CheckInMade
    | StandDownCalled
    | PhoneShutOut
    | OverdueRaised
    | AlarmTaken
    | ContactAttempted
    | SeniorStaffInformed
    | OverdueResolved
    | DangerReported
    | DangerOver
    | EmergencyServicesCalled
    | FactCameLoose
)

EVENTS: tuple[type[Event], ...] = (
    TripPlanned,
    TravelPlanned,
    TravelAgreed,
    VisitAddedToTrip,
    TeamNamed,
    WatcherNamed,
    WhereaboutsLodged,
    ChecksConfirmed,
    TripCleared,
    ClearanceVoided,
    TripCalledOff,
    StaffDeparted,
    StaffReturned,
    PersonSafeByVoice,
    BackByConfirmed,
    BackByMoved,
    CheckInMade,
    StandDownCalled,
    PhoneShutOut,
    OverdueRaised,
    AlarmTaken,
    ContactAttempted,
    SeniorStaffInformed,
    OverdueResolved,
    DangerReported,
    DangerOver,
    EmergencyServicesCalled,
    FactCameLoose,
)
