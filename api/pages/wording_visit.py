"""The words of what happened about one door."""

from typing import assert_never

from api.pages.wording_appointment import appointment_words
from api.pages.wording_names import EventWords, Names, said
from api.pages.words import (
    ADULTS,
    CANCEL_REASONS,
    INSTEAD,
    NOT_SEEN_DECISIONS,
    OUTCOMES,
    POLICE_CHECK,
    SAFETY_KINDS,
    in_words,
    listed,
    risk_answer,
    role_in_words,
    sentence,
)
from domain.visit import events as e
from domain.visit.assessment import LONE_WORKER
from domain.visit.rules.attest import point_in_words
from domain.visit.rules.background import what_is
from domain.visit.rules.family import SUPPORT

_MINUTE = 60


def visit_words(event: e.VisitEvent, names: Names) -> EventWords:  # noqa: C901, PLR0911, PLR0912 - one arm an event
    """A visit's event in school words."""
    match event:
        case (
            e.VisitRequested()
            | e.RequestCorrected()
            | e.VisitMovedToPupil()
            | e.VisitApproved()
            | e.VisitRefused()
            | e.ApprovalWithdrawn()
            | e.VisitListSigned()
            | e.VisitListUnsigned()
            | e.ApprovalTakenBack()
            | e.AppointmentOffered()
            | e.AppointmentConfirmed()
            | e.AppointmentSigned()
            | e.AppointmentChanged()
            | e.ChildcareDaysKept()
            | e.RiskAssessed()
            | e.RiskOverseen()
        ):
            return _planned(event, names)
        case e.BackgroundChecked():
            looked = [what_is(code) for code in event.looked_up]
            spared = [what_is(code) for code in event.not_needed]
            body = " ".join(
                f"{how}: {'; '.join(words)}."
                for how, words in (("Looked up", looked), ("Does not apply", spared))
                if words
            )
            return EventWords(title="Background looked up", body=body or "Nothing was named.", note=event.note)
        case e.AgencyLiaisonRecorded():
            body = "Another agency that works with the family was spoken to."
            note = said(event.agency, event.worker, event.agency_role, event.shared_aim)
            return EventWords(title="Agency spoken to", body=body, note=note)
        case e.InterpreterArranged():
            return EventWords(title="Interpreter", body=_interpreter(event), note=said(event.who, event.note))
        case e.FamilyDeclinedVisit():
            who = event.who or "The family"
            return EventWords(title="Family declined", body=sentence(f"{who} said no to the visit"), note=event.text)
        case e.FamilyDelayReported():
            until = f" They expect to be there at {names.when(event.expected_at)}." if event.expected_at else ""
            return EventWords(
                title="Family running late", body=f"The family warned of a delay.{until}", note=event.text
            )
        case e.RunningLateReported():
            late = f"{event.minutes} minutes late" if event.minutes else "late"
            told = "The family knows." if event.family_told else "The family was not told."
            return EventWords(title="Running late", body=f"The visitors will be {late}. {told}")
        case e.StaffArrived():
            return EventWords(title="At the door", body=f"{_who(event, names)} stood at the door.", note=event.note)
        case e.NoAnswerAtDoor():
            return EventWords(title="No answer", body="Nobody answered the door.", note=event.note)
        case e.ChildAloneFound():
            body = "A child is here and no adult is."
            return EventWords(title="Child here, no adult", body=body, note=event.text, tag="child_alone")
        case e.ChildNoLongerAlone():
            body = "A responsible adult is there now, or the child is in safe hands."
            return EventWords(title="Child no longer alone", body=body, note=event.text)
        case e.AnimalRequestMade():
            moved = {True: "It was.", False: "It was not.", None: "No answer is known yet."}[event.moved]
            body = f"The family was asked to shut an animal away. {moved}"
            return EventWords(title="Asked about an animal", body=body, note=event.text)
        case e.HomeEntered():
            return _entered(event, names)
        case e.PupilOutcomeRecorded():
            who = names.pupil(event.pupil) if event.pupil else "Every pupil of this visit"
            body = f"{who}: {OUTCOMES[event.outcome] if event.outcome else 'not said whether seen'}."
            seen = event.outcome is not None and event.outcome.child_seen
            title = "Child seen" if seen else "Child not seen"
            return EventWords(title=title, body=body, note=event.note, tag="" if seen else "not_seen")
        case e.PropertyLeft():
            return _left(event, names)
        case e.VisitCancelledForSafety() | e.VisitCancelled():
            return _called_off(event)
        case e.DecisionForChildMade():
            body = f"{names.pupil(event.pupil)} was not seen. Decided: {NOT_SEEN_DECISIONS[event.decision]}."
            return EventWords(title="Decision for a child not seen", body=body, note=event.why)
        case e.VisitRecorded():
            written = [f"{in_words(name).capitalize()}: {text}" for name, text in event.fields.items()]
            return EventWords(
                title="Visit written up",
                body="The record is complete.",
                note=said(*written),
            )
        case e.NoteKept():
            return EventWords(title="Note", body=f"{names.author} wrote something down.", note=event.text)
        case _:
            assert_never(event)


_Planned = (
    e.VisitRequested
    | e.RequestCorrected
    | e.VisitMovedToPupil
    | e.VisitApproved
    | e.VisitRefused
    | e.ApprovalWithdrawn
    | e.VisitListSigned
    | e.VisitListUnsigned
    | e.ApprovalTakenBack
    | e.AppointmentOffered
    | e.AppointmentConfirmed
    | e.AppointmentSigned
    | e.AppointmentChanged
    | e.ChildcareDaysKept
    | e.RiskAssessed
    | e.RiskOverseen
)


def _what_for(event: e.VisitRequested | e.RequestCorrected) -> str:
    street = event.address.split(",", 1)[0].strip()
    welfare = " A safeguarding visit." if event.safeguarding else ""
    return f"{in_words(event.purpose)}, {street}.{welfare}"


def _why_not_in_school(event: e.VisitRequested | e.RequestCorrected) -> str:
    return f"Why not in school: {event.on_site_reason}" if event.on_site_reason else ""


def _reason_of_slt(event: e.VisitRequested | e.RequestCorrected) -> str:
    return f"SLT's reason: {event.override_reason}" if event.override_reason else ""


def _planned(event: _Planned, names: Names) -> EventWords:  # noqa: C901, PLR0911, PLR0912 - one arm an event
    match event:
        case e.VisitRequested():
            pupils = listed([names.pupil(p) for p in event.pupils])
            body = f"{pupils}, {_what_for(event)}"
            note = said(
                event.purpose_text,
                _why_not_in_school(event),
                f"Contacts tried: {event.contacts_tried}" if event.contacts_tried else "",
                _reason_of_slt(event),
                *event.reasons.values(),
            )
            return EventWords(title="Visit asked for", body=body, note=note)
        case e.RequestCorrected():
            body = f"{sentence(event.what)} It is for {_what_for(event)}"
            note = said(
                event.purpose_text,
                _why_not_in_school(event),
                _reason_of_slt(event),
                *event.reasons.values(),
                event.why,
            )
            return EventWords(title="Request put right", body=body, note=note, tag="corrected")
        case e.VisitMovedToPupil():
            body = f"It had been asked for {names.pupil(event.wrong)}; it is about {names.pupil(event.right)}."
            return EventWords(title="Moved to the right pupil", body=body, note=event.why, tag="corrected")
        case e.VisitApproved():
            check = POLICE_CHECK.get(event.police_check, event.police_check)
            police = f" Police welfare check: {check}." if check else ""
            attested = f" Confirmed: {listed([point_in_words(a) for a in event.attested])}." if event.attested else ""
            body = f"{names.author} said yes as {role_in_words(event.role)}.{attested}{police}"
            return EventWords(title="Approved", body=body, note=event.reason)
        case e.VisitRefused():
            instead = (
                f" Instead: {INSTEAD.get(event.instead, event.instead.replace('_', ' '))}." if event.instead else ""
            )
            body = f"{names.author} said no.{instead}"
            return EventWords(title="Not approved", body=body, note=event.reason, tag="refused")
        case e.ApprovalWithdrawn():
            return EventWords(title="Approval no longer counts", body=f"Because {event.why}.")
        case e.VisitListSigned():
            body = f"{names.author} signed this visit's row of the visit list as {role_in_words(event.role)}."
            return EventWords(title="Visit list signed", body=body)
        case e.VisitListUnsigned():
            return EventWords(title="Visit list not signed any more", body=f"Because {event.why}.")
        case e.ApprovalTakenBack():
            return EventWords(title="Approval taken back", body=f"{names.author} took back their yes.", note=event.why)
        case (
            e.AppointmentOffered()
            | e.AppointmentConfirmed()
            | e.AppointmentSigned()
            | e.AppointmentChanged()
            | e.ChildcareDaysKept()
        ):
            return appointment_words(event, names)
        case e.RiskAssessed():
            sheet = "Lone-worker assessment" if event.kind == LONE_WORKER else "Risk assessment"
            level = "high" if event.level == "high" else "acceptable"
            different = "Nothing different today." if not event.different_today else "Something is different today."
            rows = [
                ", ".join(f"{in_words(k)}: {risk_answer(k, v)}" for k, v in row.items() if v)
                for row in event.sheet
                if not event.as_sheet
            ]
            same = " All as the school's sheet." if event.as_sheet else ""
            title = f"{sheet}, version {event.version}" if event.version > 1 else sheet
            body = f"Risk judged {level} by {names.author}.{same} {different}"
            return EventWords(title=title, body=body, note=said(event.different_today, *rows))
        case e.RiskOverseen():
            which = f", version {event.version}," if event.version > 1 else ""
            body = f"{names.author} read the risk assessment{which} and let it stand."
            return EventWords(title="Risk assessment overseen", body=body, note=event.note)
        case _:
            assert_never(event)


def _entered(event: e.HomeEntered, names: Names) -> EventWords:
    adult = ADULTS.get(event.adult, event.adult.replace("_", " ")) if event.adult else "nobody said which adult"
    name = f" ({event.adult_name})" if event.adult_name else ""
    invited = {True: ", asked in", False: ", not asked in", None: ""}[event.invited]
    body = f"{_who(event, names)} went inside{invited}. There: {adult}{name}."
    return EventWords(title="Went inside", body=body, note=event.note)


def _who(event: e.StaffArrived | e.HomeEntered | e.PropertyLeft, names: Names) -> str:
    """Those it is said of by name; else whose word it is, who speaks for all who went."""
    return names.people(event.people) if event.people else names.author


def _interpreter(event: e.InterpreterArranged) -> str:
    if not event.needed:
        return "No interpreter is needed."
    named = "" if event.who.strip() else " Nobody is named yet."
    return f"{SUPPORT[event.asked_of][:1].upper()}{SUPPORT[event.asked_of][1:]} was asked for an interpreter.{named}"


def _left(event: e.PropertyLeft, names: Names) -> EventWords:
    still = tuple(p for p in event.there if p not in event.people)
    there = f" {names.people(still)} {'was' if len(still) == 1 else 'were'} not said to have left." if still else ""
    return EventWords(title="Left the house", body=f"{_who(event, names)} left the house.{there}", note=event.note)


def _called_off(event: e.VisitCancelledForSafety | e.VisitCancelled) -> EventWords:
    if isinstance(event, e.VisitCancelledForSafety):
        why = f" {SAFETY_KINDS[event.kind]}" if event.kind else ""
        body = f"The visit was called off{why}."
        return EventWords(title="Called off for safety", body=body, note=event.reason, tag="cancelled_for_safety")
    waited = f" They had waited {event.waited_seconds // _MINUTE} min." if event.waited_seconds else ""
    body = f"The visit was called off: {CANCEL_REASONS[event.reason]}.{waited}"
    return EventWords(title="Called off", body=body, note=event.text)
