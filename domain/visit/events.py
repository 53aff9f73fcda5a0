"""What can have happened about one door, from the request to the record."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from domain.event import Event, Subject
from domain.ids import PupilId, StaffId, TripId


class Support(StrEnum):
    """Whom one asks for an interpreter."""

    EAL_DEPARTMENT = "eal_department"
    BILINGUAL_SUPPORT = "bilingual_support"
    SOMEBODY_ELSE = "somebody_else"


class Outcome(StrEnum):
    """What a visit found, for each pupil."""

    SEEN_SPOKEN = "seen_and_spoken_to"
    SEEN = "seen"
    ADULT_ONLY = "adult_seen_child_not"
    NO_ANSWER = "no_answer_card_left"
    MOVED = "moved"
    REFUSED = "refused"

    @property
    def child_seen(self) -> bool:
        """Whether the child was seen by the visitors."""
        return self in (Outcome.SEEN_SPOKEN, Outcome.SEEN)


class CancelReason(StrEnum):
    """Why a visit did not go on."""

    NO_ANSWER = "no_answer"
    FAMILY_LATE = "family_late"
    DECLINED = "declined"
    NO_ADULT = "no_adult"
    NO_LONGER_NEEDED = "no_longer_needed"
    OTHER = "other"


class SafetyKind(StrEnum):
    """What made it unsafe."""

    PEOPLE = "people"
    ANIMAL = "animal"
    PLACE = "place"
    FEELING = "feeling"
    OTHER = "other"


class AppointmentHow(StrEnum):
    """How an appointment was confirmed."""

    PHONE = "phone"
    WRITTEN = "written"
    IN_PERSON = "in_person"


class KeptAt(StrEnum):
    """Where a written appointment is kept."""

    SCHOOL_OFFICE = "school_office"
    ELSEWHERE = "elsewhere"


class ChildcareDay(StrEnum):
    """A day of the week, Monday first, on which a child is at childcare."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
    NONE = "none"
    """At childcare on no day: an answer, and never one among others."""


class NotSeenDecision(StrEnum):
    """What the DSL decides, the same day, for a child who was not seen."""

    TRY_AGAIN = "try_again"
    POLICE_WELFARE_CHECK = "police_welfare_check"
    SOCIAL_CARE = "social_care"
    NO_FURTHER_ACTION = "no_further_action"


class VisitRequested(Event, frozen=True, kw_only=True):
    """Somebody asked for a visit to one door."""

    TOPIC: ClassVar = "visit.requested.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = (
        "purpose",
        "purpose_text",
        "address",
        "on_site_reason",
        "contacts_tried",
        "override_reason",
        "reasons",
    )
    pupils: tuple[PupilId, ...]
    purpose: str
    purpose_text: str
    place: str
    address: str
    safeguarding: bool
    """Whether the purpose is a safeguarding or welfare one, or was marked so by the person who asked."""
    on_site_reason: str = ""
    contacts_tried: str = ""
    override_reason: str = ""
    """An SLT member's written reason for a purpose that the policy keeps on site."""
    reasons: dict[str, str] = {}
    """Reasons given for each `should` that was not met, by requirement code."""


class RequestCorrected(Event, frozen=True, kw_only=True):
    """What the visit was asked for was put right before anybody stood at the door: the whole request, as it is from now on."""

    TOPIC: ClassVar = "visit.request_corrected.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("purpose", "purpose_text", "address", "on_site_reason", "override_reason", "reasons", "why")
    purpose: str
    purpose_text: str
    place: str
    address: str
    safeguarding: bool
    """Whether the purpose is a safeguarding or welfare one, or was marked so by the person who asked or decides."""
    on_site_reason: str = ""
    override_reason: str = ""
    reasons: dict[str, str] = {}
    """Reasons given for each `should` that was not met, by requirement code."""
    what: str = ""
    """What changed, in words that follow "because": "the address changed"."""
    why: str


class VisitMovedToPupil(Event, frozen=True, kw_only=True):
    """The wrong child had been picked; the visit belongs to another one."""

    TOPIC: ClassVar = "visit.moved_to_pupil.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("why", "address")
    wrong: PupilId
    right: PupilId
    address: str = ""
    why: str


class VisitApproved(Event, frozen=True, kw_only=True):
    """An approver said yes, in a role that the policy asks for."""

    TOPIC: ClassVar = "visit.approved.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("reason", "police_check")
    role: str
    """The policy's role word that this approval fills: `SLT`, `headteacher`, `DSL`."""
    attested: tuple[str, ...] = ()
    reason: str = ""
    police_check: str = ""
    """What was weighed about a police welfare check: `considered`, `asked`, `not_relevant`."""
    for_day: date | None = None
    """The London day that the visit was planned for when it was approved; another day needs a new yes (DV-20)."""


class VisitRefused(Event, frozen=True, kw_only=True):
    """An approver said no, and why."""

    TOPIC: ClassVar = "visit.refused.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("reason", "instead")
    reason: str
    instead: str = ""
    """What is done instead: `telephone`, `invite_to_school`, `police_welfare_check`, ..."""


class ApprovalWithdrawn(Event, frozen=True, kw_only=True):
    """Approvals so far no longer count, because something material changed (DV-20)."""

    TOPIC: ClassVar = "visit.approval_withdrawn.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("why",)
    why: str


class VisitListSigned(Event, frozen=True, kw_only=True):
    """Whom the policy names signed this visit's row of the visit list (SP-38)."""

    TOPIC: ClassVar = "visit.list_signed.v1"
    SUBJECT: ClassVar = Subject.VISIT
    role: str
    """The policy's role word: `headteacher`."""
    log_index: int
    """The place in the log that the row was read at: what changes later is not signed."""
    for_day: date | None = None
    """The London day that the visit was planned for when it was signed."""


class VisitListUnsigned(Event, frozen=True, kw_only=True):
    """The signature no longer counts, because the row is another one now (DV-20)."""

    TOPIC: ClassVar = "visit.list_unsigned.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("why",)
    why: str


class ApprovalTakenBack(Event, frozen=True, kw_only=True):
    """An approver took back their own yes, and why; the others' stand."""

    TOPIC: ClassVar = "visit.approval_taken_back.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("why",)
    why: str


class AppointmentOffered(Event, frozen=True, kw_only=True):
    """Times were offered to the family, who choose among them or name another."""

    TOPIC: ClassVar = "visit.appointment_offered.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("with_whom",)
    times: tuple[datetime, ...]
    how: AppointmentHow = AppointmentHow.PHONE
    with_whom: str = ""


class AppointmentConfirmed(Event, frozen=True, kw_only=True):
    """The family agreed a time."""

    TOPIC: ClassVar = "visit.appointment_confirmed.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("with_whom",)
    at: datetime
    how: AppointmentHow
    signed: bool = False
    """Whether the signatures of parents and attendance officer are kept with it (SC-17)."""
    with_whom: str = ""
    offers: int = 1
    """How many times were offered to the family."""
    family_named_it: bool = False
    planned_minutes: int | None = None
    """How long the visit is to last, as it was said to the family."""
    address_settled: bool = False
    """Whether the address was gone through with the family (LJ-38)."""
    questions_invited: bool = False
    """Whether the family was asked what they want to know (LJ-38)."""
    kept_at: KeptAt | None = None
    """Where a written confirmation is kept (SC-15); None where nobody said."""


class AppointmentSigned(Event, frozen=True, kw_only=True):
    """The written appointment was signed: by parents, by the attendance officer, or by both (SC-17)."""

    TOPIC: ClassVar = "visit.appointment_signed.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("parents",)
    parents: str = ""
    """Which of them signed, by name; "" where none did now."""
    officer: StaffId | None = None
    """The attendance officer who signed; None where none did now."""


class AppointmentChanged(Event, frozen=True, kw_only=True):
    """The agreed time was altered."""

    TOPIC: ClassVar = "visit.appointment_changed.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("why",)
    was: datetime | None
    at: datetime
    why: str = ""
    how: AppointmentHow | None = None
    """How the other time was agreed. None, as it used to be kept: what was written and signed before still counts."""


class ChildcareDaysKept(Event, frozen=True, kw_only=True):
    """The family said on which days the child is at childcare (LJ-37); it takes the place of what they said before."""

    TOPIC: ClassVar = "visit.childcare_days.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("days",)
    days: tuple[ChildcareDay, ...]
    """In the week's order; `none` alone where the child is at no childcare."""


class FamilyDeclinedVisit(Event, frozen=True, kw_only=True):
    """The family said that they do not want to be visited."""

    TOPIC: ClassVar = "visit.family_declined.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("who", "text")
    who: str = ""
    text: str = ""


class RiskAssessed(Event, frozen=True, kw_only=True):
    """The risk was assessed in the school's own form, or somebody reported what is new."""

    TOPIC: ClassVar = "visit.risk_assessed.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("different_today", "sheet")
    kind: str
    """`home_visit` or `lone_worker`."""
    different_today: str = ""
    sheet: tuple[dict[str, str], ...] = ()
    """Rows of the school's form, by column name."""
    level: str = "acceptable"
    """`acceptable` or `high`, as a person judged it."""
    version: int = 0
    """Which assessment of this kind it is for this visit, from 1; 0 where that was not kept yet."""
    as_sheet: bool = False
    """Every row is as the school's standing sheet has it."""
    for_day: date | None = None
    """The day that was planned then; None where none was."""


class RiskOverseen(Event, frozen=True, kw_only=True):
    """Somebody senior looked at the risk assessment as it stood, and let it stand."""

    TOPIC: ClassVar = "visit.risk_overseen.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("note",)
    version: int
    """Which assessment it was."""
    note: str = ""


class BackgroundChecked(Event, frozen=True, kw_only=True):
    """What the school knows of the family was looked up before the visit."""

    TOPIC: ClassVar = "visit.background_checked.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("note",)
    looked_up: tuple[str, ...]
    """The look-ups that were made, as the policy codes them: `household`, `previous_visits_system`."""
    not_needed: tuple[str, ...] = ()
    """Those that do not apply to this family: `agencies` where none works with it."""
    note: str = ""


class AgencyLiaisonRecorded(Event, frozen=True, kw_only=True):
    """Another agency that works with the family was spoken to, and what it does there."""

    TOPIC: ClassVar = "visit.agency_liaison.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("agency", "worker", "agency_role", "shared_aim")
    agency: str
    worker: str
    agency_role: str
    """What the agency does with the family, so that work is not done twice or at odds."""
    contacted_at: datetime
    shared_aim: str = ""
    joint: bool = False
    """Whether somebody of the agency comes along."""


class InterpreterArranged(Event, frozen=True, kw_only=True):
    """Somebody was asked to interpret at the door, or it was said that nobody is needed (NH-08)."""

    TOPIC: ClassVar = "visit.interpreter.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("who", "note")
    needed: bool = True
    asked_of: Support = Support.EAL_DEPARTMENT
    """Means nothing where nobody is needed."""
    who: str = ""
    """Who comes; "" while nobody is named."""
    note: str = ""
    for_day: date | None = None
    """The day that was planned then; None where none was."""


class FamilyDelayReported(Event, frozen=True, kw_only=True):
    """The family warned that they will be late."""

    TOPIC: ClassVar = "visit.family_delay.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("text",)
    expected_at: datetime | None = None
    text: str = ""


class RunningLateReported(Event, frozen=True, kw_only=True):
    """The visitors will be late at this door."""

    TOPIC: ClassVar = "visit.running_late.v1"
    SUBJECT: ClassVar = Subject.VISIT
    minutes: int | None = None
    family_told: bool = False


class StaffArrived(Event, frozen=True, kw_only=True):
    """The visitors said that they stood at the door."""

    TOPIC: ClassVar = "visit.arrived.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("note",)
    trip: TripId | None = None
    people: tuple[StaffId, ...] = ()
    """Who of them; empty where all who went are meant."""
    note: str = ""


class NoAnswerAtDoor(Event, frozen=True, kw_only=True):
    """Nobody answered."""

    TOPIC: ClassVar = "visit.no_answer.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("note",)
    trip: TripId | None = None
    note: str = ""


class ChildAloneFound(Event, frozen=True, kw_only=True):
    """A child is here and no adult is. Outranks every rule about waiting or leaving."""

    TOPIC: ClassVar = "visit.child_alone.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("text",)
    trip: TripId | None = None
    text: str = ""


class ChildNoLongerAlone(Event, frozen=True, kw_only=True):
    """An adult who is responsible for the child is there now, or the child is in safe hands."""

    TOPIC: ClassVar = "visit.child_no_longer_alone.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("text",)
    text: str = ""


class AnimalRequestMade(Event, frozen=True, kw_only=True):
    """The family was asked to shut an animal in another room."""

    TOPIC: ClassVar = "visit.animal_request.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("text",)
    moved: bool | None = None
    """None while no answer is known."""
    text: str = ""


class HomeEntered(Event, frozen=True, kw_only=True):
    """The visitors went inside."""

    TOPIC: ClassVar = "visit.home_entered.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("adult", "adult_name", "note")
    trip: TripId | None = None
    adult: str = ""
    """Who is there: `parent`, `parental_responsibility`, `responsible_adult`, `other_adult`, `none`; "" not said."""
    adult_name: str = ""
    invited: bool | None = None
    people: tuple[StaffId, ...] = ()
    """Who of them; empty where all who went are meant."""
    note: str = ""


class PupilOutcomeRecorded(Event, frozen=True, kw_only=True):
    """What the visit found, for one pupil."""

    TOPIC: ClassVar = "visit.pupil_outcome.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("note",)
    pupil: PupilId | None = None
    outcome: Outcome | None = None
    note: str = ""


class PropertyLeft(Event, frozen=True, kw_only=True):
    """The visitors left the house."""

    TOPIC: ClassVar = "visit.property_left.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("note",)
    people: tuple[StaffId, ...] = ()
    """Who of them; empty where all who were there are meant."""
    there: tuple[StaffId, ...] = ()
    """Where only some are named: everybody who had been there, as far as the school knew."""
    note: str = ""


class VisitCancelledForSafety(Event, frozen=True, kw_only=True):
    """The visit was called off because it was not safe."""

    TOPIC: ClassVar = "visit.cancelled_for_safety.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("reason",)
    kind: SafetyKind | None = None
    reason: str = ""


class VisitCancelled(Event, frozen=True, kw_only=True):
    """The visit was called off for another reason."""

    TOPIC: ClassVar = "visit.cancelled.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("text",)
    reason: CancelReason
    text: str = ""
    waited_seconds: int | None = None
    """How long the visitors waited, where nobody answered or the family was late."""


class DecisionForChildMade(Event, frozen=True, kw_only=True):
    """The DSL decided what to do about a child who was not seen."""

    TOPIC: ClassVar = "visit.decision_for_child.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("why",)
    pupil: PupilId
    decision: NotSeenDecision
    why: str


class VisitRecorded(Event, frozen=True, kw_only=True):
    """The visit was written up."""

    TOPIC: ClassVar = "visit.recorded.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("fields",)
    fields: dict[str, str]
    """The write-up, by field name; "none" is an answer."""


class NoteKept(Event, frozen=True, kw_only=True):
    """Something worth keeping was written down, in any state of the visit."""

    TOPIC: ClassVar = "visit.note_kept.v1"
    SUBJECT: ClassVar = Subject.VISIT
    PERSONAL: ClassVar = ("text",)
    text: str


VisitEvent = (
    VisitRequested
    | RequestCorrected
    | VisitMovedToPupil
    | VisitApproved
    | VisitRefused
    | ApprovalWithdrawn
    | VisitListSigned
    | VisitListUnsigned
    | ApprovalTakenBack
    | AppointmentOffered
    | AppointmentConfirmed
    | AppointmentSigned
    | AppointmentChanged
    | ChildcareDaysKept
    | FamilyDeclinedVisit
    | RiskAssessed
    | RiskOverseen
    | BackgroundChecked
    | AgencyLiaisonRecorded
    | InterpreterArranged
    | FamilyDelayReported
    | RunningLateReported
    | StaffArrived
    | NoAnswerAtDoor
    | ChildAloneFound
    | ChildNoLongerAlone
    | AnimalRequestMade
    | HomeEntered
    | PupilOutcomeRecorded
    | PropertyLeft
    | VisitCancelledForSafety
    | VisitCancelled
    | DecisionForChildMade
    | VisitRecorded
    | NoteKept
)

EVENTS: tuple[type[Event], ...] = (
    VisitRequested,
    RequestCorrected,
    VisitMovedToPupil,
    VisitApproved,
    VisitRefused,
    ApprovalWithdrawn,
    VisitListSigned,
    VisitListUnsigned,
    ApprovalTakenBack,
    AppointmentOffered,
    AppointmentConfirmed,
    AppointmentSigned,
    AppointmentChanged,
    ChildcareDaysKept,
    FamilyDeclinedVisit,
    RiskAssessed,
    RiskOverseen,
    BackgroundChecked,
    AgencyLiaisonRecorded,
    InterpreterArranged,
    FamilyDelayReported,
    RunningLateReported,
    StaffArrived,
    NoAnswerAtDoor,
    ChildAloneFound,
    ChildNoLongerAlone,
    AnimalRequestMade,
    HomeEntered,
    PupilOutcomeRecorded,
    PropertyLeft,
    VisitCancelledForSafety,
    VisitCancelled,
    DecisionForChildMade,
    VisitRecorded,
    NoteKept,
)
