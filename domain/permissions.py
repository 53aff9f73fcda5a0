"""Who may do what: for each command and each question, which role words may, and how far that reaches.

One table, and nobody else decides by role. `docs/permissions.md` is made from it, and a test walks every route, command
and projection and fails for one that is not in it. A rule of the school's policy (who approves, who reads notes) adds
role words where a grant names its setting; what depends on more than a role, such as having a part in the trip, is
decided beside the question and named here by its scope.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

import domain.access.commands as ac
import domain.case.commands as ca
import domain.concern.commands as c
import domain.erasure.commands as er
import domain.glass.commands as gl
import domain.pupil.commands as p
import domain.removal.commands as rm
import domain.school.commands as sc
import domain.shared.commands as sh
import domain.staff.commands as st
import domain.trip.commands as t
import domain.visit.commands as v
from domain.command import Command
from domain.policy import Policy
from domain.roles import ANYBODY, HERE, STAFF, Role
from domain.staff.state import Person


class Scope(StrEnum):
    """How far a grant reaches."""

    OWN = "what they have a part in"
    """Trips and visits they asked for, go on, watch over or decide about; their own words."""
    SCHOOL = "their school"
    FIGURES = "figures of their school"
    """Counts without names, masked where they are small (DV-07)."""
    TRUST = "figures of the trust's schools"
    EMERGENCY = "another school of the trust in an emergency"
    """For an hour at most, told to that school at once (`domain.glass`)."""
    INSIDE = "restricted cases they are inside of"
    """Worked out for each case (`domain.case.inside`); to everybody else there is no such case (DV-08)."""
    PROGRAM = "the program itself"


class Reads(StrEnum):
    """What an answer shows of children, and so what is kept of a reading (DV-12)."""

    RECORD = "a record"
    """One child's, visit's or concern's: that it was read is kept on it before the answer leaves."""
    RECORDS = "records"
    """A list in which children are named."""
    OUT_NOW = "who is out"
    """The board and the contact card of a trip: shown at once, and kept as soon as possible."""
    CASE = "a restricted case"
    """Kept under the case alone: no child's and no visit's list of who looked shows it."""
    NO_CHILD = "no child"
    """Figures, settings, people on the staff, or what the person themselves is about to write."""


class Grant(NamedTuple):
    """Some role words and how far they reach."""

    words: tuple[str, ...]
    scope: Scope
    settings: tuple[str, ...] = ()
    """Settings of the school's policy whose role words are added; `setting.key` for a part of a map."""


Permission = tuple[Grant, ...]

OFFICE: Final = ("school_office", "school_business_manager")
"""Whom people mean by "the office"."""
SAFEGUARDING: Final = ("DSL|DDSL", "headteacher")
"""They may read every record, whatever the policy says of note readers."""
PLAN_FOR_THE_SCHOOL: Final = (
    *OFFICE,
    "attendance_officer",
    "attendance_assistant",
    "SLT",
    "safeguarding_team",
    "DSL|DDSL",
    "headteacher",
)
"""The role words that plan any visit, see every visit, and answer the telephone when one is out."""
ANSWER_FOR_THE_RECORD: Final = ("DSL|DDSL", "senior_staff", "school_office")
"""The role words that put right what others recorded (DV-01)."""
_REGISTER: Final = (
    "headteacher",
    "school_office",
    "DSL|DDSL",
    "attendance_officer",
    "attendance_assistant",
    "school_business_manager",
)
_PEOPLE: Final = ("headteacher", "office_manager", "school_business_manager", "school_office", "administrator")
_BRING_IN: Final = tuple(dict.fromkeys((*_REGISTER, *_PEOPLE)))
"""They bring in pupils, or staff, or both, from the school's own system."""

KEEP_STANDING: Final = (
    "headteacher",
    "office_manager",
    "school_business_manager",
    "school_office",
    "senior_staff",
    "DSL|DDSL",
)
"""The role words that put training, checks and cars on record: whoever a policy names for it, and the office (SP-30,
SP-33, LJ-15, SC-09, SC-21)."""

_ACCOUNTS: Final = ("headteacher", "school_business_manager", "administrator")
_DESK: Final = "front_desk"
"""The device itself, while nobody has said who they are."""
_MAKE_DESKS: Final = (*_ACCOUNTS, "office_manager")
AT_A_DESK: Final = (*OFFICE, *SAFEGUARDING)
"""The role words that act at a front desk, as the school office and as nothing more: all of them read at least as much."""


def _school(*words: str) -> Permission:
    return (Grant(words, Scope.SCHOOL),)


_PROGRAM: Final = (Grant((Role.SYSTEM,), Scope.PROGRAM),)
_FACT: Final = _school(ANYBODY)
"""Law 1: a fact is taken from anybody whom the school knows."""
_PLAN: Final = _school(STAFF)
_OWN_PLAN: Final = (Grant((STAFF,), Scope.OWN), Grant(PLAN_FOR_THE_SCHOOL, Scope.SCHOOL))
"""Their own visit or trip, and any for those who plan for the school (`domain.standing`)."""
_THROUGH_GLASS: Final = Grant((Role.OUTSIDER,), Scope.EMERGENCY)
"""Who broke the glass, while it is open. Of commands they have facts, which anybody has, and none that plans or closes."""
_KEEP_POLICY: Final = ("headteacher", "SLT", "DSL|DDSL", "school_business_manager")
"""They keep what is on record about the policy: the head, whom most documents name, and who does it for the head
(SP-70, LJ-14, LJ-71, SC-08, SC-43)."""
_KEEPERS_OF_ABSENCE: Final = PLAN_FOR_THE_SCHOOL
"""Who keeps the absences, and when the school is open."""
_INSIDE: Final = (Grant((HERE,), Scope.INSIDE),)
_MAY_BE_INSIDE: Final = (STAFF, "chair_of_governors")
"""Whom a restricted case may be open to (`domain.case.inside`): a governor, a trust reader or an administrator sees no page of
theirs. What they say of one is taken all the same: raising it is a fact."""
_OVERSIGHT: Final = (Grant((), Scope.SCHOOL, ("risk_rule.overseen_by",)),)
_APPROVAL: Final = (Grant((), Scope.SCHOOL, ("approval_roles", "approval_roles_safeguarding")),)
_SIGNS: Final = (Grant((), Scope.SCHOOL, ("visit_list_signer",)),)

COMMANDS: Final[Mapping[type[Command], Permission]] = {
    v.RequestVisit: _PLAN,
    v.CorrectRequest: _OWN_PLAN,
    v.MoveVisitToPupil: _OWN_PLAN,
    v.ApproveVisit: _APPROVAL,
    v.SignVisitList: _SIGNS,
    v.TakeBackApproval: _APPROVAL,
    v.RefuseVisit: _APPROVAL,
    v.OfferAppointments: _OWN_PLAN,
    v.ConfirmAppointment: _OWN_PLAN,
    v.SignAppointment: _OWN_PLAN,
    v.ChangeAppointment: _OWN_PLAN,
    v.KeepChildcareDays: _OWN_PLAN,
    v.AssessRisk: _OWN_PLAN,
    v.OverseeRisk: _OVERSIGHT,
    v.CheckBackground: _OWN_PLAN,
    v.RecordAgencyLiaison: _OWN_PLAN,
    v.ArrangeInterpreter: _OWN_PLAN,
    v.DecideForChild: _school("DSL|DDSL"),
    v.RecordVisit: _OWN_PLAN,
    v.FamilyDeclined: _FACT,
    v.ReportFamilyDelay: _FACT,
    v.ReportRunningLate: _FACT,
    v.Arrive: _FACT,
    v.NoAnswer: _FACT,
    v.ChildAlone: _FACT,
    v.ChildNotAlone: _FACT,
    v.AskAboutAnimal: _FACT,
    v.EnterHome: _FACT,
    v.RecordOutcome: _FACT,
    v.LeaveProperty: _FACT,
    v.CancelForSafety: _FACT,
    v.CancelVisit: _FACT,
    v.KeepNote: _FACT,
    t.PlanTrip: _OWN_PLAN,
    t.PlanTravel: _OWN_PLAN,
    t.AgreeTravel: _school("SLT"),
    t.AddVisitToTrip: _OWN_PLAN,
    t.NameTeam: _OWN_PLAN,
    t.NameWatcher: _OWN_PLAN,
    t.LodgeWhereabouts: _OWN_PLAN,
    t.ConfirmChecks: _OWN_PLAN,
    t.ClearTrip: _OWN_PLAN,
    t.CallOffTrip: _OWN_PLAN,
    t.Depart: _FACT,
    t.ReturnToSchool: _FACT,
    t.SafeByVoice: _FACT,
    t.KeepBackBy: _FACT,
    t.MoveBackBy: _FACT,
    t.MakeCheckIn: _FACT,
    t.StandDown: _FACT,
    t.ShutOutPhone: _OWN_PLAN,
    t.TakeAlarm: _FACT,
    t.AttemptContact: _FACT,
    t.InformSenior: _FACT,
    t.ReportDanger: _FACT,
    t.DangerIsOver: _FACT,
    t.CallEmergency: _FACT,
    t.RaiseOverdue: _PROGRAM,
    c.RaiseConcern: _FACT,
    c.ActionConcern: _school("DSL|DDSL", "senior_staff"),
    **dict.fromkeys(ca.RAISING, _FACT),
    **dict.fromkeys(ca.INSIDE, _INSIDE),
    # The head keeps the policy and changes it (SP-70, LJ-71, SC-43, SC-44); others prepare it (`POLICY_CHANGE`).
    sc.AdoptSettings: (Grant(("headteacher",), Scope.SCHOOL), *_PROGRAM),
    sc.RecordPolicyReview: _school(*_KEEP_POLICY),
    # Governors sign for themselves; whoever keeps the policy types what the chair signed on paper (SP-73, LJ-01).
    sc.AcknowledgePolicy: _school("governor", *_KEEP_POLICY),
    sc.ConfirmArrangements: _school("headteacher"),
    sc.SharePolicy: (Grant((*_KEEP_POLICY, "school_office"), Scope.SCHOOL), *_PROGRAM),
    sc.NamePolicyKeepers: _school(*_KEEP_POLICY),
    sc.RegisterLinkedPolicy: _school(*_KEEP_POLICY, "school_office"),
    sc.DecideAmendment: _school("headteacher", "SLT", "DSL|DDSL"),
    sc.ExportRecords: _school("DSL|DDSL", "school_office", "headteacher"),
    sc.TakeBackExport: _school("DSL|DDSL", "school_office", "headteacher"),
    sc.KeepReport: (Grant(("governor", "headteacher", "SLT", "DSL|DDSL", "trust_reader"), Scope.FIGURES),),
    sc.RecordRestore: _PROGRAM,
    sc.SetTermDates: _school(*_KEEPERS_OF_ABSENCE),
    sc.RecordBroughtIn: (Grant(_BRING_IN, Scope.SCHOOL), *_PROGRAM),
    st.AddStaff: (Grant(_PEOPLE, Scope.SCHOOL), *_PROGRAM),
    st.RegisterNumber: _PLAN,
    st.AssignRole: (Grant(("headteacher", "DSL", "school_business_manager", "administrator"), Scope.SCHOOL), *_PROGRAM),
    st.EndRole: (Grant(("headteacher", "DSL", "school_business_manager", "administrator"), Scope.SCHOOL), *_PROGRAM),
    st.NameLineManager: (Grant(_PEOPLE, Scope.SCHOOL), *_PROGRAM),
    st.BringInStaff: (Grant(_PEOPLE, Scope.SCHOOL), *_PROGRAM),
    st.MakeDesk: _school(*_MAKE_DESKS),
    st.EndDesk: _FACT,
    st.RecordStaffLeft: (Grant(("headteacher", "school_business_manager", "administrator"), Scope.SCHOOL), *_PROGRAM),
    st.RecordTraining: (Grant(KEEP_STANDING, Scope.SCHOOL), *_PROGRAM),
    st.RecordChecks: (Grant(KEEP_STANDING, Scope.SCHOOL), *_PROGRAM),
    st.AdmitAgencyProfessional: (Grant(KEEP_STANDING, Scope.SCHOOL), *_PROGRAM),
    st.RecordAttestation: (Grant(KEEP_STANDING, Scope.SCHOOL), *_PROGRAM),
    st.RecordVehicle: (Grant((STAFF,), Scope.OWN), Grant(KEEP_STANDING, Scope.SCHOOL), *_PROGRAM),
    st.GiveUpVehicle: (Grant((STAFF,), Scope.OWN), Grant(KEEP_STANDING, Scope.SCHOOL), *_PROGRAM),
    st.NameDesignatedVisitor: (Grant(("SLT", "DSL|DDSL"), Scope.SCHOOL), *_PROGRAM),
    st.EndDesignation: (Grant(("SLT", "DSL|DDSL"), Scope.SCHOOL), *_PROGRAM),
    p.AdmitPupil: (Grant(_REGISTER, Scope.SCHOOL), *_PROGRAM),
    p.RecordFamily: (Grant(_REGISTER, Scope.SCHOOL), *_PROGRAM),
    p.TakeOffRoll: (Grant(_REGISTER, Scope.SCHOOL), *_PROGRAM),
    p.ReportAbsence: _school(*_KEEPERS_OF_ABSENCE),
    p.ExplainAbsence: _school(*_KEEPERS_OF_ABSENCE),
    p.BringInPupil: (Grant(_REGISTER, Scope.SCHOOL), *_PROGRAM),
    sh.Undo: _FACT,
    sh.CorrectEvent: (Grant((STAFF,), Scope.OWN), Grant(ANSWER_FOR_THE_RECORD, Scope.SCHOOL)),
    sh.ConfirmSpokenWord: (Grant((STAFF,), Scope.OWN),),
    sh.DisownSpokenWord: (Grant((STAFF,), Scope.OWN),),
    sh.SettleSpokenWord: _school(*SAFEGUARDING),
    sh.SayTold: _school(*SAFEGUARDING, "SLT", *OFFICE),
    sh.ExplainDeviation: _OWN_PLAN,
    sh.ReviewHistory: _school(*SAFEGUARDING),
    sh.SignForDesk: _FACT,
    **dict.fromkeys(ac.COMMANDS, _FACT),
    gl.BreakGlass: (Grant(("DSL|DDSL",), Scope.EMERGENCY),),
    gl.EndGlass: (_THROUGH_GLASS, Grant(SAFEGUARDING, Scope.SCHOOL)),
    gl.ReviewGlass: _school("DSL|DDSL"),
    er.PlaceHold: _school(*SAFEGUARDING, "school_business_manager"),
    er.LiftHold: _school(*SAFEGUARDING),
    er.AskErasure: _school(*SAFEGUARDING, "school_business_manager"),
    er.ConfirmErasure: _school(*SAFEGUARDING, "SLT"),
    er.RecordErased: _PROGRAM,
    rm.KeepWholeExport: _school(*SAFEGUARDING),
    rm.AskRemoval: _school(*SAFEGUARDING, "school_business_manager"),
    rm.ConfirmRemoval: _school(*SAFEGUARDING),
    rm.WithdrawRemoval: _school(*SAFEGUARDING, "school_business_manager", "SLT"),
}
"""For each command, who may send it."""


class Question(StrEnum):
    """A question that somebody asks of Doorstep, by a page or the API."""

    SCHOOL = "school"
    COMMAND_FORM = "command_form"
    BOARD = "board"
    TRIP = "trip"
    TRIPS_TO_PLAN = "trips_to_plan"
    PLAN_A_TRIP = "plan_a_trip"
    MY_TRIPS = "my_trips"
    PHONE_TRIP = "phone_trip"
    ASK = "ask"
    ABSENCES = "absences"
    PUPIL_PICKER = "pupil_picker"
    ADMIT = "admit"
    FAMILY = "family"
    BRING_IN = "bring_in"
    BRING_IN_STAFF = "bring_in_staff"
    RAISE_CONCERN = "raise_concern"
    RAISE_CASE = "raise_case"
    CASES = "cases"
    CASE = "case"
    APPROVALS = "approvals"
    VISIT_LIST = "visit_list"
    VISIT_FORM = "visit_form"
    MY_WORD = "my_word"
    MY_VISITS = "my_visits"
    VISITS = "visits"
    VISIT = "visit"
    HISTORY = "history"
    CHRONOLOGY = "chronology"
    CONCERN = "concern"
    WHO_LOOKED = "who_looked"
    DSL = "dsl"
    BREAK_GLASS = "break_glass"
    GLASSES = "glasses"
    SUBJECT_ACCESS_CHOICE = "subject_access_choice"
    SUBJECT_ACCESS = "subject_access"
    ERASURE = "erasure"
    ERASURE_OF = "erasure_of"
    ERASURE_OF_A_CONCERN = "erasure_of_a_concern"
    ERASURE_OF_STAFF = "erasure_of_staff"
    RECORD_CHECK = "record_check"
    EXPORTS = "exports"
    EXPORT_RECORD = "export_record"
    EXPORT_FILE = "export_file"
    MY_NOTICES = "my_notices"
    NOTICES = "notices"
    GOVERNORS = "governors"
    TRUST = "trust"
    CHECKPOINT = "checkpoint"
    POLICY = "policy"
    POLICY_CALENDAR = "policy_calendar"
    POLICY_CHANGE = "policy_change"
    STANDING = "standing"
    PEOPLE = "people"
    ACCOUNTS = "accounts"
    ACCOUNT = "account"
    WALL = "wall"
    SCREENS = "screens"
    DESK = "desk"
    DESKS = "desks"
    TOKENS = "tokens"
    ONE_TOKEN = "one_token"  # noqa: S105 - a question, no secret
    ME = "me"
    HEARTBEAT = "heartbeat"


class Asked(NamedTuple):
    """A question's row in the table."""

    title: str
    """What it is called on screen."""
    says: str
    """The question, as somebody would ask it."""
    may: Permission
    reads: Reads
    projections: tuple[str, ...] = ()
    """The projections that answer it."""


_READERS: Final = Grant(SAFEGUARDING, Scope.SCHOOL, ("note_readers",))
_EVERY_VISIT: Final = Grant(PLAN_FOR_THE_SCHOOL, Scope.SCHOOL)
_OWN: Final = Grant((STAFF,), Scope.OWN)
_KEEPERS_OF_STAFF: Final = _school(*SAFEGUARDING, "school_business_manager", "SLT")
_REPORT: Final = (Grant(("headteacher", "SLT", "DSL|DDSL", "governor", "trust_reader"), Scope.FIGURES),)

QUESTIONS: Final[Mapping[Question, Asked]] = {
    Question.SCHOOL: Asked("The first page", "Where do I begin?", _school(ANYBODY), Reads.NO_CHILD),
    Question.COMMAND_FORM: Asked("Sending", "What came of what I sent?", _school(ANYBODY), Reads.NO_CHILD),
    Question.BOARD: Asked(
        "Board",
        "Who is out, and are they back?",
        (*_school(STAFF, _DESK), _THROUGH_GLASS),
        Reads.OUT_NOW,
        ("overdue_board",),
    ),
    Question.TRIP: Asked(
        "This trip", "What does this trip still need?", (_OWN, _EVERY_VISIT, _THROUGH_GLASS), Reads.RECORD, ("visits",)
    ),
    Question.TRIPS_TO_PLAN: Asked(
        "Visits on no trip yet", "Which visits are on no trip yet?", _PLAN, Reads.RECORDS, ("visits",)
    ),
    Question.PLAN_A_TRIP: Asked("Plan a trip", "Which doors does a trip go to?", _PLAN, Reads.RECORDS, ("visits",)),
    Question.MY_TRIPS: Asked("My trips", "Where do I go today?", (_OWN,), Reads.RECORDS, ("phone_trips", "visits")),
    Question.PHONE_TRIP: Asked("This trip", "What do I tap next?", (_OWN,), Reads.OUT_NOW, ("phone_trips", "visits")),
    Question.ASK: Asked("Ask for a visit", "How do I ask for a visit?", _PLAN, Reads.RECORDS, ("directory",)),
    Question.ABSENCES: Asked(
        "Absences",
        "Who is not in school, and what of it is to be looked into?",
        _school(*_KEEPERS_OF_ABSENCE),
        Reads.RECORDS,
        ("directory", "visits"),
    ),
    Question.PUPIL_PICKER: Asked(
        "Pupils to pick from", "Which pupil is it?", (*_PLAN, _THROUGH_GLASS), Reads.RECORDS, ("directory",)
    ),
    Question.ADMIT: Asked(
        "Put a pupil on the register", "How do I put a pupil on the register?", _school(*_REGISTER), Reads.NO_CHILD
    ),
    Question.FAMILY: Asked(
        "Family details",
        "Who is at home, whom do we ring, and whom never?",
        (*_school(*_REGISTER), _THROUGH_GLASS),
        Reads.RECORD,
        ("directory",),
    ),
    Question.BRING_IN: Asked(
        "Bring pupils in",
        "What would a file of the school's own system change?",
        _school(*_REGISTER),
        Reads.RECORDS,
        ("directory",),
    ),
    Question.BRING_IN_STAFF: Asked(
        "Bring staff in",
        "What would a file of the school's own system change among the staff?",
        _school(*_PEOPLE),
        Reads.NO_CHILD,
        ("directory",),
    ),
    Question.RAISE_CONCERN: Asked(
        "Raise a concern", "How do I raise a concern?", (*_PLAN, _THROUGH_GLASS), Reads.RECORDS, ("directory",)
    ),
    Question.RAISE_CASE: Asked(
        "Allegation, complaint or use of force",
        "How do I raise an allegation?",
        (*_school(*_MAY_BE_INSIDE, _DESK), _THROUGH_GLASS),
        Reads.NO_CHILD,
    ),
    Question.CASES: Asked(
        "Allegations and complaints",
        "Which restricted cases am I part of, and what did I raise?",
        (Grant(_MAY_BE_INSIDE, Scope.INSIDE),),
        Reads.CASE,
        ("restricted_cases",),
    ),
    Question.CASE: Asked(
        "This case",
        "What is this restricted case?",
        (Grant(_MAY_BE_INSIDE, Scope.INSIDE),),
        Reads.CASE,
        ("restricted_cases", "who_looked"),
    ),
    Question.APPROVALS: Asked(
        "Waiting for approval",
        "What waits for my yes, or for me to oversee it?",
        (Grant(OFFICE, Scope.SCHOOL, ("approval_roles", "approval_roles_safeguarding", "risk_rule.overseen_by")),),
        Reads.RECORDS,
        ("visits",),
    ),
    Question.VISIT_LIST: Asked(
        "Visit list",
        "Which visits does the headteacher sign?",
        (Grant(_REGISTER, Scope.SCHOOL, ("visit_list_signer",)),),
        Reads.RECORDS,
        ("visits", "directory"),
    ),
    Question.VISIT_FORM: Asked(
        "Home visit form",
        "Which visits stand on the office's form of a day?",
        _school(*_REGISTER),
        Reads.RECORDS,
        ("visits", "directory"),
    ),
    Question.MY_WORD: Asked("My word", "What did others type as my word?", (_OWN,), Reads.RECORDS, ("spoken_words",)),
    Question.MY_VISITS: Asked(
        "My visits", "Which visits are mine?", (_OWN, _THROUGH_GLASS), Reads.RECORDS, ("visits",)
    ),
    Question.VISITS: Asked(
        "Visits", "Which visits are there?", (_EVERY_VISIT, _THROUGH_GLASS), Reads.RECORDS, ("visits",)
    ),
    Question.VISIT: Asked(
        "This visit",
        "What does this visit still need?",
        (_OWN, _EVERY_VISIT, _THROUGH_GLASS),
        Reads.RECORD,
        ("visits",),
    ),
    Question.HISTORY: Asked(
        "This history", "What happened at this visit?", (_READERS, _THROUGH_GLASS), Reads.RECORD, ("dsl_history",)
    ),
    Question.CHRONOLOGY: Asked(
        "This chronology", "What happened about this child?", (_READERS, _THROUGH_GLASS), Reads.RECORD, ("dsl_history",)
    ),
    Question.CONCERN: Asked(
        "This concern", "What is this concern?", (_OWN, _READERS, _THROUGH_GLASS), Reads.RECORD, ("concerns",)
    ),
    Question.WHO_LOOKED: Asked(
        "Who looked", "Who looked at this?", (*_school(*SAFEGUARDING), _THROUGH_GLASS), Reads.RECORD, ("who_looked",)
    ),
    Question.DSL: Asked(
        "DSL",
        "Who was not seen, what worries are there, and what was not as policy?",
        (*_school(*SAFEGUARDING), _THROUGH_GLASS),
        Reads.RECORDS,
        ("children_not_seen", "children_alone", "concerns", "deviations", "spoken_words"),
    ),
    Question.BREAK_GLASS: Asked(
        "Open another school's records in an emergency",
        "How do I read at another school, where nobody can be reached?",
        _school("DSL|DDSL"),
        Reads.NO_CHILD,
    ),
    Question.GLASSES: Asked(
        "Opened from another school",
        "Who of another school read here in an emergency, why, and what?",
        _school(*SAFEGUARDING),
        Reads.RECORDS,
        ("who_looked",),
    ),
    Question.SUBJECT_ACCESS_CHOICE: Asked(
        "Subject access", "Whose data is asked for?", _school(*SAFEGUARDING), Reads.RECORDS, ("directory",)
    ),
    Question.SUBJECT_ACCESS: Asked(
        "A subject access export", "What is held about this person?", _school(*SAFEGUARDING), Reads.RECORD
    ),
    Question.ERASURE: Asked(
        "How long records are kept", "What may be erased, and what stands elsewhere?", _KEEPERS_OF_STAFF, Reads.RECORDS
    ),
    Question.ERASURE_OF: Asked(
        "How long this is kept",
        "May this be erased?",
        _school(*SAFEGUARDING, "school_business_manager"),
        Reads.RECORD,
    ),
    Question.ERASURE_OF_STAFF: Asked(
        "How long this is kept", "May this person's data be erased?", _KEEPERS_OF_STAFF, Reads.RECORD
    ),
    Question.ERASURE_OF_A_CONCERN: Asked(
        "How long this is kept", "May this concern be erased?", _school(*SAFEGUARDING), Reads.RECORD
    ),
    Question.RECORD_CHECK: Asked(
        "Is the record whole?",
        "Is the record whole?",
        _school(*SAFEGUARDING, "school_business_manager", "office_manager"),
        Reads.NO_CHILD,
    ),
    Question.EXPORTS: Asked(
        "Exports", "What must reach CPOMS or MyConcern?", _school(*SAFEGUARDING, *OFFICE), Reads.RECORDS, ("exports",)
    ),
    Question.EXPORT_RECORD: Asked(
        "A record to export",
        "What is written into the system?",
        _school(*SAFEGUARDING, *OFFICE),
        Reads.RECORD,
        ("exports",),
    ),
    Question.EXPORT_FILE: Asked(
        "A file of exports", "What goes out as a file?", COMMANDS[sc.ExportRecords], Reads.RECORDS, ("exports",)
    ),
    Question.MY_NOTICES: Asked("My notices", "What must I be told?", (_OWN,), Reads.RECORDS, ("notices",)),
    Question.NOTICES: Asked(
        "Notices",
        "Who must be told?",
        (*_school(*OFFICE, "SLT", *SAFEGUARDING), _THROUGH_GLASS),
        Reads.RECORDS,
        ("notices",),
    ),
    Question.GOVERNORS: Asked(
        "Governors' report", "What do governors need to know of a term?", _REPORT, Reads.NO_CHILD, ("governors",)
    ),
    Question.TRUST: Asked(
        "The trust's schools",
        "What do the figures of the trust's schools say?",
        (Grant(("trust_reader",), Scope.TRUST),),
        Reads.NO_CHILD,
        ("governors",),
    ),
    Question.CHECKPOINT: Asked("The checkpoint", "Which checkpoint covers the log?", _REPORT, Reads.NO_CHILD),
    Question.POLICY: Asked("Policy", "Which policy is in force?", _school(ANYBODY), Reads.NO_CHILD, ("directory",)),
    Question.POLICY_CALENDAR: Asked(
        "Reviews of the policy",
        "When is the policy reviewed, who was told, and what waits for its keeper?",
        _school(ANYBODY),
        Reads.NO_CHILD,
        ("policy_calendar", "directory"),
    ),
    Question.STANDING: Asked(
        "Who may go",
        "Who of the staff may go on a visit today, and why not?",
        (_OWN, Grant(tuple(dict.fromkeys((*PLAN_FOR_THE_SCHOOL, *KEEP_STANDING))), Scope.SCHOOL)),
        Reads.NO_CHILD,
        ("directory",),
    ),
    Question.PEOPLE: Asked(
        "People", "Who is at this school?", (*_PLAN, _THROUGH_GLASS), Reads.NO_CHILD, ("directory",)
    ),
    Question.POLICY_CHANGE: Asked(
        "Other settings",
        "What would other settings change?",
        _school("headteacher", "DSL|DDSL", "SLT"),
        Reads.RECORDS,
        ("directory", "visits"),
    ),
    Question.ACCOUNTS: Asked(
        "People and accounts",
        "Who may sign in, and who waits to get in again?",
        _school(*_ACCOUNTS, "DSL"),
        Reads.NO_CHILD,
        ("directory",),
    ),
    Question.ACCOUNT: Asked(
        "An account",
        "How does this person get in, or not any more?",
        _school(*_ACCOUNTS),
        Reads.NO_CHILD,
        ("directory",),
    ),
    Question.WALL: Asked(
        "The wall board",
        "Who is out, for everybody who passes by?",
        (Grant((Role.WALL_BOARD,), Scope.SCHOOL),),
        Reads.NO_CHILD,
        ("overdue_board",),
    ),
    Question.SCREENS: Asked(
        "Wall boards",
        "Which screens show who is out?",
        _school(*_ACCOUNTS, "school_office"),
        Reads.NO_CHILD,
        ("directory",),
    ),
    Question.DESK: Asked(
        "The front desk", "Who is at the desk?", _school(_DESK), Reads.NO_CHILD, ("directory", "desk_words")
    ),
    Question.DESKS: Asked(
        "Front desks", "Which devices are front desks?", _school(*_MAKE_DESKS), Reads.NO_CHILD, ("directory",)
    ),
    Question.TOKENS: Asked(
        "Programs that act for me",
        "Which programs act for me, and which may?",
        (Grant((STAFF, "administrator"), Scope.OWN), Grant(_ACCOUNTS, Scope.SCHOOL)),
        Reads.NO_CHILD,
        ("directory",),
    ),
    Question.ONE_TOKEN: Asked(
        "A token",
        "What may this program do, and until when?",
        (Grant((STAFF, "administrator"), Scope.OWN), Grant(_ACCOUNTS, Scope.SCHOOL)),
        Reads.NO_CHILD,
        ("directory",),
    ),
    Question.ME: Asked("Who am I", "Who am I?", _school(ANYBODY), Reads.NO_CHILD, ("directory",)),
    Question.HEARTBEAT: Asked("Heartbeat", "Is what I see up to date?", _school(ANYBODY), Reads.NO_CHILD),
}
"""For each question, who may ask it."""


REFUSED_ON_THE_RECORD: Final = frozenset(
    {
        Question.VISIT,
        Question.HISTORY,
        Question.CHRONOLOGY,
        Question.CONCERN,
        Question.WHO_LOOKED,
        Question.SUBJECT_ACCESS,
        Question.ERASURE_OF,
    }
)
"""Questions about one record: that somebody was turned away is kept on it, so it is decided where it is opened."""
NOT_AT_A_DESK: Final[frozenset[Question | type[Command]]] = frozenset(
    {
        Question.SCREENS,
        Question.DESKS,
        Question.TOKENS,
        Question.ONE_TOKEN,
        Question.ACCOUNTS,
        Question.ACCOUNT,
        Question.MY_TRIPS,
        Question.PHONE_TRIP,
        Question.CONCERN,
        Question.CASES,
        Question.CASE,
        Question.HISTORY,
        Question.CHRONOLOGY,
        Question.EXPORT_FILE,
        Question.BRING_IN,
        Question.BRING_IN_STAFF,
        *ca.INSIDE,
        st.AddStaff,
        st.BringInStaff,
        p.BringInPupil,
        sc.RecordBroughtIn,
    }
)
"""Shut to whoever showed nothing but a PIN, although the office may: who gets in, what comes or leaves as a file, histories
and one's own words in concerns; restricted cases; and a phone's own pages, which would give the desk what belongs to one phone."""
NOT_BY_A_TOKEN: Final[frozenset[Question | type[Command]]] = frozenset(
    {
        Question.SCHOOL,
        Question.COMMAND_FORM,
        Question.ACCOUNTS,
        Question.ACCOUNT,
        Question.TOKENS,
        Question.ONE_TOKEN,
        Question.CASES,
        Question.CASE,
        *ca.INSIDE,
    }
)
"""What no program is let do for anybody: accounts and tokens are a person's own doing, and so is what few may know. Who is
inside a restricted case depends on all roles that people hold, and a token has one. A program may raise one: a fact."""
WITHIN: Final = frozenset({Question.VISITS, Question.NOTICES, Question.ERASURE_OF_STAFF, Question.ERASURE_OF_A_CONCERN})
"""Questions that a route of another one turns to, by what was asked: all visits instead of one's own."""


def permission_of(what: Question | type[Command]) -> Permission:
    """The row of a question or a command."""
    return QUESTIONS[what].may if isinstance(what, Question) else COMMANDS[what]


def words_of(permission: Permission, policy: Policy | None = None) -> tuple[str, ...]:
    """Every role word that a permission names, with those that the school's settings add; each once."""
    words = [word for grant in permission for word in (*grant.words, *_added(grant.settings, policy))]
    return tuple(dict.fromkeys(words))


def _added(settings: Iterable[str], policy: Policy | None) -> list[str]:
    if policy is None:
        return []
    found: list[str] = []
    for name in settings:
        setting, _, key = name.partition(".")
        held = policy.value(setting)
        held = (held.get(key) or ()) if key else held
        for value in (held,) if isinstance(held, str) else held:
            found.extend((value,) if isinstance(value, str) else value)
    return found


def beyond_own(permission: Permission) -> Permission:
    """The grants that reach further than what somebody has a part in."""
    return tuple(grant for grant in permission if grant.scope is not Scope.OWN)


def may(person: Person, permission: Permission, at: datetime, policy: Policy | None = None) -> bool:
    """Whether any grant fits a role that the person holds at an instant, in whatever scope."""
    return any(fits(person, word, at) for word in words_of(permission, policy))


def fits(person: Person, word: str, at: datetime) -> bool:
    """Whether the person may act under a role word at an instant. Somebody who has left fits none."""
    if word == ANYBODY:
        return True
    if word == Role.OUTSIDER:
        return person.glass_at(at) is not None
    if word == HERE:
        return person.here
    if word == STAFF:
        return person.here and person.works_with_children(at)
    return person.fills(word, at) is not None
