"""Every command there is, and the decision that answers it. Routes and documents are built from here."""

from collections.abc import Callable, Mapping
from typing import Any

import domain.access.commands as access
import domain.case.commands as case
import domain.concern.commands as concern
import domain.erasure.commands as erasure
import domain.glass.commands as glass
import domain.pupil.commands as pupil
import domain.removal.commands as removal
import domain.school.commands as school
import domain.shared.commands as shared
import domain.staff.commands as staff
import domain.trip.commands as trip
import domain.visit.commands as visit
from domain.access import decide as access_decisions
from domain.case import decide as case_decisions
from domain.case import erasing as case_erasing
from domain.command import Command
from domain.concern import decide as concern_decisions
from domain.envelope import Decision
from domain.erasure import decide as erasure_decisions
from domain.glass import decide as glass_decisions
from domain.pupil import decide as pupil_decisions
from domain.removal import decide as removal_decisions
from domain.school import decide as school_decisions
from domain.school import governing
from domain.shared import decide as shared_decisions
from domain.situation import Situation
from domain.staff import decide as staff_decisions
from domain.staff import keep as staff_record
from domain.standing import refuse_outsiders
from domain.trip import facts as trip_facts
from domain.trip import plans as trip_plans
from domain.trip.calming import kept_without_effect, why_it_calms_nothing
from domain.visit import appointing, correcting, looking_up, signing
from domain.visit import assessing as visit_assessing
from domain.visit import facts as visit_facts
from domain.visit import plans as visit_plans

DECISIONS: Mapping[type[Command], Callable[[Any, Situation], Decision]] = {
    visit.RequestVisit: visit_plans.request_visit,
    visit.CorrectRequest: correcting.correct_request,
    visit.MoveVisitToPupil: visit_plans.move_visit_to_pupil,
    visit.ApproveVisit: visit_plans.approve_visit,
    visit.SignVisitList: signing.sign_visit_list,
    visit.TakeBackApproval: visit_plans.take_back_approval,
    visit.RefuseVisit: visit_plans.refuse_visit,
    visit.OfferAppointments: appointing.offer_appointments,
    visit.ConfirmAppointment: appointing.confirm_appointment,
    visit.SignAppointment: appointing.sign_appointment,
    visit.ChangeAppointment: appointing.change_appointment,
    visit.KeepChildcareDays: appointing.keep_childcare_days,
    visit.AssessRisk: visit_assessing.assess_risk,
    visit.OverseeRisk: visit_assessing.oversee_risk,
    visit.CheckBackground: looking_up.check_background,
    visit.RecordAgencyLiaison: looking_up.record_agency_liaison,
    visit.ArrangeInterpreter: looking_up.arrange_interpreter,
    visit.DecideForChild: visit_plans.decide_for_child,
    visit.RecordVisit: visit_plans.record_visit,
    visit.FamilyDeclined: visit_facts.family_declined,
    visit.ReportFamilyDelay: visit_facts.report_family_delay,
    visit.ReportRunningLate: visit_facts.report_running_late,
    visit.Arrive: visit_facts.arrive,
    visit.NoAnswer: visit_facts.no_answer,
    visit.ChildAlone: visit_facts.child_alone,
    visit.ChildNotAlone: visit_facts.child_not_alone,
    visit.AskAboutAnimal: visit_facts.ask_about_animal,
    visit.EnterHome: visit_facts.enter_home,
    visit.RecordOutcome: visit_facts.record_outcome,
    visit.LeaveProperty: visit_facts.leave_property,
    visit.CancelForSafety: visit_facts.cancel_for_safety,
    visit.CancelVisit: visit_facts.cancel_visit,
    visit.KeepNote: visit_facts.keep_note,
    trip.PlanTrip: trip_plans.plan_trip,
    trip.PlanTravel: trip_plans.plan_travel,
    trip.AgreeTravel: trip_plans.agree_travel,
    trip.AddVisitToTrip: trip_plans.add_visit_to_trip,
    trip.NameTeam: trip_plans.name_team,
    trip.NameWatcher: trip_plans.name_watcher,
    trip.LodgeWhereabouts: trip_plans.lodge_whereabouts,
    trip.ConfirmChecks: trip_plans.confirm_checks,
    trip.ClearTrip: trip_plans.clear_trip,
    trip.CallOffTrip: trip_plans.call_off_trip,
    trip.Depart: trip_facts.depart,
    trip.ReturnToSchool: trip_facts.return_to_school,
    trip.SafeByVoice: trip_facts.safe_by_voice,
    trip.KeepBackBy: trip_facts.keep_back_by,
    trip.MoveBackBy: trip_facts.move_back_by,
    trip.MakeCheckIn: trip_facts.make_check_in,
    trip.StandDown: trip_facts.stand_down,
    trip.ShutOutPhone: trip_plans.shut_out_phone,
    trip.TakeAlarm: trip_facts.take_alarm,
    trip.AttemptContact: trip_facts.attempt_contact,
    trip.InformSenior: trip_facts.inform_senior,
    trip.ReportDanger: trip_facts.report_danger,
    trip.DangerIsOver: trip_facts.danger_is_over,
    trip.CallEmergency: trip_facts.call_emergency,
    trip.RaiseOverdue: trip_facts.raise_overdue,
    concern.RaiseConcern: concern_decisions.raise_concern,
    concern.ActionConcern: concern_decisions.action_concern,
    case.RaiseAllegation: case_decisions.raise_allegation,
    case.RaiseComplaint: case_decisions.raise_complaint,
    case.RecordIntervention: case_decisions.record_intervention,
    case.NoteCase: case_decisions.note_case,
    case.LetIntoCase: case_decisions.let_into_case,
    case.LeaveOutOfCase: case_decisions.leave_out_of_case,
    case.NameInCase: case_decisions.name_in_case,
    case.CloseCase: case_decisions.close_case,
    case.HoldCase: case_erasing.hold_case,
    case.ReleaseCase: case_erasing.release_case,
    case.AskCaseErasure: case_erasing.ask_case_erasure,
    case.ConfirmCaseErasure: case_erasing.confirm_case_erasure,
    school.AdoptSettings: school_decisions.adopt_settings,
    school.ExportRecords: school_decisions.export_records,
    school.TakeBackExport: school_decisions.take_back_export,
    school.SetTermDates: school_decisions.set_term_dates,
    school.RecordPolicyReview: governing.record_policy_review,
    school.AcknowledgePolicy: governing.acknowledge_policy,
    school.ConfirmArrangements: governing.confirm_arrangements,
    school.SharePolicy: governing.share_policy,
    school.NamePolicyKeepers: governing.name_policy_keepers,
    school.RegisterLinkedPolicy: governing.register_linked_policy,
    school.DecideAmendment: governing.decide_amendment,
    school.KeepReport: school_decisions.keep_report,
    school.RecordBroughtIn: school_decisions.record_brought_in,
    school.RecordRestore: school_decisions.record_restore,
    staff.AddStaff: staff_decisions.add_staff,
    staff.RegisterNumber: staff_decisions.register_number,
    staff.AssignRole: staff_decisions.assign_role,
    staff.EndRole: staff_decisions.end_role,
    staff.NameLineManager: staff_decisions.name_line_manager,
    staff.RecordStaffLeft: staff_decisions.record_staff_left,
    staff.BringInStaff: staff_decisions.bring_in_staff,
    staff.MakeDesk: staff_decisions.make_desk,
    staff.EndDesk: staff_decisions.end_desk,
    staff.RecordTraining: staff_record.record_training,
    staff.RecordChecks: staff_record.record_checks,
    staff.AdmitAgencyProfessional: staff_record.admit_agency_professional,
    staff.RecordAttestation: staff_record.record_attestation,
    staff.RecordVehicle: staff_record.record_vehicle,
    staff.GiveUpVehicle: staff_record.give_up_vehicle,
    staff.NameDesignatedVisitor: staff_record.name_designated_visitor,
    staff.EndDesignation: staff_record.end_designation,
    pupil.AdmitPupil: pupil_decisions.admit_pupil,
    pupil.RecordFamily: pupil_decisions.record_family,
    pupil.TakeOffRoll: pupil_decisions.take_off_roll,
    pupil.BringInPupil: pupil_decisions.bring_in_pupil,
    pupil.ReportAbsence: pupil_decisions.report_absence,
    pupil.ExplainAbsence: pupil_decisions.explain_absence,
    shared.Undo: shared_decisions.undo,
    shared.CorrectEvent: shared_decisions.correct_event,
    shared.ConfirmSpokenWord: shared_decisions.confirm_spoken_word,
    shared.DisownSpokenWord: shared_decisions.disown_spoken_word,
    shared.SettleSpokenWord: shared_decisions.settle_spoken_word,
    shared.SayTold: shared_decisions.say_told,
    shared.ExplainDeviation: shared_decisions.explain_deviation,
    shared.ReviewHistory: shared_decisions.review_history,
    shared.SignForDesk: shared_decisions.sign_for_desk,
    access.KeepReading: access_decisions.keep_reading,
    access.KeepSearch: access_decisions.keep_search,
    access.KeepList: access_decisions.keep_list,
    access.KeepExport: access_decisions.keep_export,
    access.KeepPrint: access_decisions.keep_print,
    access.KeepRefusal: access_decisions.keep_refusal,
    access.KeepSignIn: access_decisions.keep_sign_in,
    access.KeepSignOut: access_decisions.keep_sign_out,
    access.KeepSignInRefused: access_decisions.keep_sign_in_refused,
    access.KeepInvitation: access_decisions.keep_invitation,
    access.KeepInvitationUsed: access_decisions.keep_invitation_used,
    access.KeepRestoringAsked: access_decisions.keep_restoring_asked,
    access.KeepRestoringConfirmed: access_decisions.keep_restoring_confirmed,
    access.KeepSessionsEnded: access_decisions.keep_sessions_ended,
    access.KeepProofChanged: access_decisions.keep_proof_changed,
    access.KeepTokenMade: access_decisions.keep_token_made,
    access.KeepTokenEnded: access_decisions.keep_token_ended,
    access.KeepScreenMade: access_decisions.keep_screen_made,
    access.KeepScreenEnded: access_decisions.keep_screen_ended,
    access.KeepOpenedElsewhere: access_decisions.keep_opened_elsewhere,
    glass.BreakGlass: glass_decisions.break_glass,
    glass.EndGlass: glass_decisions.end_glass,
    glass.ReviewGlass: glass_decisions.review_glass,
    erasure.PlaceHold: erasure_decisions.place_hold,
    erasure.LiftHold: erasure_decisions.lift_hold,
    erasure.AskErasure: erasure_decisions.ask_erasure,
    erasure.ConfirmErasure: erasure_decisions.confirm_erasure,
    erasure.RecordErased: erasure_decisions.record_erased,
    removal.KeepWholeExport: removal_decisions.keep_whole_export,
    removal.AskRemoval: removal_decisions.ask_removal,
    removal.ConfirmRemoval: removal_decisions.confirm_removal,
    removal.WithdrawRemoval: removal_decisions.withdraw_removal,
}

COMMANDS: Mapping[str, type[Command]] = {command.NAME: command for command in DECISIONS}
"""By name, as in the address of its route."""


def decide(command: Command, situation: Situation) -> Decision:
    """The events that answer a command. Raises Refused, Incomplete, NotPermitted or Unknown; never for a fact."""
    refuse_outsiders(command, situation)
    why = why_it_calms_nothing(command, situation)
    return kept_without_effect(command, situation, why) if why else DECISIONS[type(command)](command, situation)
