"""What can be asked for, and said, about a visit."""

from typing import Annotated, ClassVar

from msgspec import Meta

from domain.command import Closing, Fact, Plan
from domain.ids import PupilId, StaffId, TripId, VisitId
from domain.trip.commands import Instant, Text
from domain.visit.events import (
    AppointmentHow,
    CancelReason,
    ChildcareDay,
    KeptAt,
    NotSeenDecision,
    Outcome,
    SafetyKind,
    Support,
)

Seen = Annotated[int, Meta(ge=0)]


class RequestVisit(Plan, frozen=True, kw_only=True):
    """Ask for a visit to one door. With times, its trip is planned at once."""

    NAME: ClassVar = "request-visit"
    BY_PHONE: ClassVar = True
    pupils: Annotated[tuple[PupilId, ...], Meta(min_length=1, max_length=12)]
    purpose: Annotated[str, Meta(max_length=60)]
    purpose_text: Text
    place: Annotated[str, Meta(max_length=60)] = "home"
    address: Text = ""
    """Left out, the first pupil's address."""
    safeguarding: bool = False
    """Marks a safeguarding focus beyond what the purpose says."""
    on_site_reason: Text = ""
    """Why meeting in school, a call, a letter or another agency will not do; a welfare visit needs none."""
    contacts_tried: Text = ""
    override_reason: Text = ""
    reasons: dict[str, Text] = {}
    leave_at: Instant | None = None
    back_by: Instant | None = None
    travel: Text = ""
    people: tuple[StaffId, ...] = ()
    lone_reason: Text = ""
    watcher: StaffId | None = None
    deputy: StaffId | None = None


class CorrectRequest(Plan, frozen=True, kw_only=True):
    """Put right what a visit was asked for, before anybody stands at the door. What is left out stays as it is."""

    NAME: ClassVar = "correct-request"
    visit: VisitId
    purpose: Annotated[str, Meta(max_length=60)] = ""
    purpose_text: Text = ""
    place: Annotated[str, Meta(max_length=60)] = ""
    address: Text = ""
    safeguarding: bool | None = None
    """Whether it has a safeguarding focus, as the person who asked or decides sees it; a welfare purpose always has."""
    on_site_reason: Text = ""
    """Why meeting in school will not do, where the purpose that it gets now asks for it."""
    override_reason: Text = ""
    reasons: dict[str, Text] = {}
    why: Annotated[str, Meta(min_length=1, max_length=4000)]


class MoveVisitToPupil(Plan, frozen=True, kw_only=True):
    """The wrong child was picked: move the visit to the right one."""

    NAME: ClassVar = "move-visit-to-pupil"
    visit: VisitId
    wrong: PupilId
    right: PupilId
    why: Annotated[str, Meta(min_length=1, max_length=4000)]


class ApproveVisit(Plan, frozen=True, kw_only=True):
    """Say yes, in a role that the policy asks for."""

    NAME: ClassVar = "approve-visit"
    BY_PHONE: ClassVar = True
    visit: VisitId
    attested: tuple[Annotated[str, Meta(max_length=60)], ...] = ()
    """The points ticked, of those that the policy's `approval_attest` asks for: `necessary`, `staff_safety`, ..."""
    reason: Text = ""
    police_check: Text = ""
    """What was weighed about a police welfare check, where it is asked for: `considered`, `asked`, `not_relevant`."""
    seen: Seen | None = None
    """The last change of the request that was shown when it was read (`domain.visit.as_read`): after another one it is read again."""


class SignVisitList(Plan, frozen=True, kw_only=True):
    """Sign this visit's row of the visit list, where the policy has one."""

    NAME: ClassVar = "sign-visit-list"
    BY_PHONE: ClassVar = True
    visit: VisitId
    seen: Seen | None = None
    """The last change of the request that was shown when it was read (`domain.visit.as_read`): after another one it is read again."""


class TakeBackApproval(Plan, frozen=True, kw_only=True):
    """Take back one's own yes, before anybody has left."""

    NAME: ClassVar = "take-back-approval"
    BY_PHONE: ClassVar = True
    visit: VisitId
    why: Annotated[str, Meta(min_length=1, max_length=4000)]


class RefuseVisit(Plan, frozen=True, kw_only=True):
    """Say no, and why."""

    NAME: ClassVar = "refuse-visit"
    BY_PHONE: ClassVar = True
    visit: VisitId
    reason: Annotated[str, Meta(min_length=1, max_length=4000)]
    instead: Text = ""


class OfferAppointments(Plan, frozen=True, kw_only=True):
    """Offer the family times to choose from."""

    NAME: ClassVar = "offer-appointments"
    visit: VisitId
    times: Annotated[tuple[Instant, ...], Meta(min_length=1, max_length=10)]
    how: AppointmentHow = AppointmentHow.PHONE
    with_whom: Text = ""


class ConfirmAppointment(Plan, frozen=True, kw_only=True):
    """The family agreed a time."""

    NAME: ClassVar = "confirm-appointment"
    visit: VisitId
    appointment_at: Instant
    how: AppointmentHow = AppointmentHow.PHONE
    signed: bool = False
    with_whom: Text = ""
    offers: Annotated[int, Meta(ge=1, le=50)] = 1
    family_named_it: bool = False
    planned_minutes: Annotated[int, Meta(ge=1, le=1440)] | None = None
    address_settled: bool = False
    questions_invited: bool = False
    kept_at: KeptAt | None = None
    """Where a written confirmation is kept; not said, it is the school office."""
    childcare_days: Annotated[tuple[ChildcareDay, ...], Meta(max_length=7)] = ()
    """On which days the child is at childcare, `none` for no day; left out, what was kept before stands."""


class SignAppointment(Plan, frozen=True, kw_only=True):
    """Keep that the written appointment is signed: by parents, the attendance officer, or both."""

    NAME: ClassVar = "sign-appointment"
    visit: VisitId
    parents: Text = ""
    """Which of them signed, by name."""
    officer: StaffId | None = None


class ChangeAppointment(Plan, frozen=True, kw_only=True):
    """The agreed time was altered."""

    NAME: ClassVar = "change-appointment"
    visit: VisitId
    appointment_at: Instant
    why: Text = ""
    how: AppointmentHow = AppointmentHow.PHONE
    """How the other time was agreed: what was written and signed said the time before."""


class KeepChildcareDays(Plan, frozen=True, kw_only=True):
    """Keep on which days of the week the child is at childcare, as the family said."""

    NAME: ClassVar = "keep-childcare-days"
    visit: VisitId
    days: Annotated[tuple[ChildcareDay, ...], Meta(min_length=1, max_length=7)]
    """`none` for no day."""


class AssessRisk(Plan, frozen=True, kw_only=True):
    """Go through the school's form: all as on its sheet, or the rows that are not; and anything different today?"""

    NAME: ClassVar = "assess-risk"
    visit: VisitId
    kind: Annotated[str, Meta(pattern="^(home_visit|lone_worker)$")] = "home_visit"
    different_today: Text = ""
    sheet: Annotated[tuple[dict[str, Text], ...], Meta(max_length=40)] = ()
    """Rows by column name: those that are not as the version before, or the school's sheet, has them; and new hazards."""
    level: Annotated[str, Meta(pattern="^(acceptable|high)$")] = "acceptable"


class OverseeRisk(Plan, frozen=True, kw_only=True):
    """Let the risk assessment stand as it is, as somebody senior who oversees it."""

    NAME: ClassVar = "oversee-risk"
    visit: VisitId
    version: Annotated[int, Meta(ge=0)] = 0
    """Which version was read; 0 for the one that is there now. One that was amended since is refused."""
    note: Text = ""


class FamilyDeclined(Fact, frozen=True, kw_only=True):
    """The family said that they do not want to be visited."""

    NAME: ClassVar = "family-declined"
    visit: VisitId | None = None
    who: Text = ""
    text: Text = ""


class ReportFamilyDelay(Fact, frozen=True, kw_only=True):
    """The family warned that they will be late."""

    NAME: ClassVar = "family-delay"
    visit: VisitId | None = None
    expected_at: Instant | None = None
    text: Text = ""


class ReportRunningLate(Fact, frozen=True, kw_only=True):
    """The visitors will be late at this door."""

    NAME: ClassVar = "running-late"
    visit: VisitId | None = None
    minutes: int | None = None
    family_told: bool = False


class Arrive(Fact, frozen=True, kw_only=True):
    """They stand at the door."""

    NAME: ClassVar = "arrive"
    visit: VisitId | None = None
    trip: TripId | None = None
    people: tuple[StaffId, ...] = ()
    """Who of them; empty where all who went are meant."""
    note: Text = ""


class NoAnswer(Fact, frozen=True, kw_only=True):
    """Nobody answered."""

    NAME: ClassVar = "no-answer"
    visit: VisitId | None = None
    note: Text = ""


class ChildAlone(Fact, frozen=True, kw_only=True):
    """A child is here and no adult is."""

    NAME: ClassVar = "child-alone"
    visit: VisitId | None = None
    trip: TripId | None = None
    text: Text = ""


class ChildNotAlone(Fact, frozen=True, kw_only=True):
    """A responsible adult is there now, or the child is in safe hands."""

    NAME: ClassVar = "child-not-alone"
    visit: VisitId | None = None
    text: Text = ""


class AskAboutAnimal(Fact, frozen=True, kw_only=True):
    """The family was asked to shut an animal away; `moved` says what came of it."""

    NAME: ClassVar = "animal-request"
    visit: VisitId | None = None
    moved: bool | None = None
    text: Text = ""


class EnterHome(Fact, frozen=True, kw_only=True):
    """They went inside."""

    NAME: ClassVar = "enter-home"
    visit: VisitId | None = None
    people: tuple[StaffId, ...] = ()
    """Who of them; empty where all who went are meant."""
    adult: Text = ""
    adult_name: Text = ""
    invited: bool | None = None
    note: Text = ""


class RecordOutcome(Fact, frozen=True, kw_only=True):
    """What the visit found, for one pupil; without one, for all."""

    NAME: ClassVar = "record-outcome"
    visit: VisitId | None = None
    pupil: PupilId | None = None
    outcome: Outcome | None = None
    note: Text = ""


class LeaveProperty(Fact, frozen=True, kw_only=True):
    """They left the house."""

    NAME: ClassVar = "leave-property"
    visit: VisitId | None = None
    people: tuple[StaffId, ...] = ()
    """Who of them; empty where all who went are meant."""
    note: Text = ""


class CancelForSafety(Fact, frozen=True, kw_only=True):
    """Called off because it was not safe."""

    NAME: ClassVar = "cancel-for-safety"
    visit: VisitId | None = None
    kind: SafetyKind | None = None
    reason: Text = ""


class CancelVisit(Fact, frozen=True, kw_only=True):
    """Called off for another reason."""

    NAME: ClassVar = "cancel-visit"
    visit: VisitId | None = None
    reason: CancelReason = CancelReason.OTHER
    text: Text = ""


class KeepNote(Fact, frozen=True, kw_only=True):
    """Write something down about the visit."""

    NAME: ClassVar = "keep-note"
    visit: VisitId | None = None
    text: Text = ""


class CheckBackground(Plan, frozen=True, kw_only=True):
    """Say what was looked up about the family before the visit."""

    NAME: ClassVar = "check-background"
    visit: VisitId
    looked_up: tuple[Annotated[str, Meta(max_length=60)], ...] = ()
    not_needed: tuple[Annotated[str, Meta(max_length=60)], ...] = ()
    """Look-ups that do not apply to this family: `agencies`, `line_manager_strategy`."""
    note: Text = ""


class RecordAgencyLiaison(Plan, frozen=True, kw_only=True):
    """Keep whom the school spoke to at another agency, and what that agency does with the family."""

    NAME: ClassVar = "record-agency-liaison"
    visit: VisitId
    agency: Annotated[str, Meta(min_length=1, max_length=200)]
    worker: Annotated[str, Meta(min_length=1, max_length=200)]
    agency_role: Annotated[str, Meta(min_length=1, max_length=1000)]
    contacted_at: Instant | None = None
    """Left out: now."""
    shared_aim: Text = ""
    joint: bool = False


class ArrangeInterpreter(Plan, frozen=True, kw_only=True):
    """Say who was asked to interpret at the door and who comes, or that nobody is needed."""

    NAME: ClassVar = "arrange-interpreter"
    visit: VisitId
    needed: bool = True
    asked_of: Support = Support.EAL_DEPARTMENT
    who: Annotated[str, Meta(max_length=200)] = ""
    """Who comes; "" while nobody is named. Nobody, where none is needed."""
    note: Text = ""


class DecideForChild(Closing, frozen=True, kw_only=True):
    """Decide, the same day, what is done about a child who was not seen."""

    NAME: ClassVar = "decide-for-child"
    visit: VisitId
    pupil: PupilId
    decision: NotSeenDecision
    why: Annotated[str, Meta(min_length=1, max_length=4000)]


class RecordVisit(Closing, frozen=True, kw_only=True):
    """Write the visit up and close it. "none" is an answer."""

    NAME: ClassVar = "record-visit"
    visit: VisitId
    fields: dict[str, Text]


COMMANDS = (
    RequestVisit,
    CorrectRequest,
    MoveVisitToPupil,
    ApproveVisit,
    SignVisitList,
    TakeBackApproval,
    RefuseVisit,
    OfferAppointments,
    ConfirmAppointment,
    SignAppointment,
    ChangeAppointment,
    KeepChildcareDays,
    AssessRisk,
    OverseeRisk,
    CheckBackground,
    RecordAgencyLiaison,
    ArrangeInterpreter,
    FamilyDeclined,
    ReportFamilyDelay,
    ReportRunningLate,
    Arrive,
    NoAnswer,
    ChildAlone,
    ChildNotAlone,
    AskAboutAnimal,
    EnterHome,
    RecordOutcome,
    LeaveProperty,
    CancelForSafety,
    CancelVisit,
    KeepNote,
    DecideForChild,
    RecordVisit,
)
