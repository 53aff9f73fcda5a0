"""Codes of events and commands as people in schools say them. Tested: every code of an enum has its words."""

from collections.abc import Collection, Mapping

from commands.policy_definitions import definitions
from domain import roles
from domain.school.events import EVERYBODY, WEBSITE, ReviewOutcome
from domain.school.incidents import Incident
from domain.trip.events import AlarmAbout, CheckIn, ContactResult
from domain.visit.events import AppointmentHow, CancelReason, ChildcareDay, KeptAt, NotSeenDecision, Outcome, SafetyKind
from domain.visit.rules.risk_form import CHOICES, HAZARD

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.SEEN_SPOKEN: "seen and spoken to",
    Outcome.SEEN: "seen",
    Outcome.ADULT_ONLY: "not seen: only an adult was",
    Outcome.NO_ANSWER: "not seen: nobody answered",
    Outcome.MOVED: "not seen: the family has moved",
    Outcome.REFUSED: "not seen: the family refused",
}
CANCEL_REASONS: Mapping[CancelReason, str] = {
    CancelReason.NO_ANSWER: "nobody answered",
    CancelReason.FAMILY_LATE: "the family was late",
    CancelReason.DECLINED: "the family declined",
    CancelReason.NO_ADULT: "no adult was there",
    CancelReason.NO_LONGER_NEEDED: "no longer needed",
    CancelReason.OTHER: "another reason",
}
SAFETY_KINDS: Mapping[SafetyKind, str] = {
    SafetyKind.PEOPLE: "because of people there",
    SafetyKind.ANIMAL: "because of an animal",
    SafetyKind.PLACE: "because of the place",
    SafetyKind.FEELING: "because it did not feel safe",
    SafetyKind.OTHER: "for another reason",
}
REVIEW_OUTCOMES: Mapping[ReviewOutcome, str] = {
    ReviewOutcome.KEPT: "it stays as it is",
    ReviewOutcome.AMENDED: "it was amended",
    ReviewOutcome.TO_BE_AMENDED: "it is to be amended",
}
GOVERNORS_PARTS: Mapping[str, str] = {
    "acknowledge": "acknowledged it",
    "approve": "approved it",
    "ensure_procedures": "made sure that suitable procedures exist",
}
INCIDENTS: Mapping[Incident, str] = {
    Incident.DANGER: "danger reported",
    Incident.EMERGENCY: "999 called",
    Incident.SAFETY: "a visit called off for safety",
    Incident.WORRY: "a worry about a child",
}
AUDIENCES: Mapping[str, str] = {
    EVERYBODY: "everybody involved, families included",
    "staff": "staff",
    "parents": "parents",
    "pupils": "pupils",
    WEBSITE: "the school website",
}
APPOINTMENT_HOW: Mapping[AppointmentHow, str] = {
    AppointmentHow.PHONE: "by telephone",
    AppointmentHow.WRITTEN: "in writing",
    AppointmentHow.IN_PERSON: "face to face",
}
KEPT_AT: Mapping[KeptAt, str] = {
    KeptAt.SCHOOL_OFFICE: "at the school office",
    KeptAt.ELSEWHERE: "somewhere else",
}
CHILDCARE_DAYS: Mapping[ChildcareDay, str] = {
    **{day: day.value.capitalize() for day in ChildcareDay},
    ChildcareDay.NONE: "no day",
}
NOT_SEEN_DECISIONS: Mapping[NotSeenDecision, str] = {
    NotSeenDecision.TRY_AGAIN: "try again",
    NotSeenDecision.POLICE_WELFARE_CHECK: "ask the police for a welfare check",
    NotSeenDecision.SOCIAL_CARE: "refer to social care",
    NotSeenDecision.NO_FURTHER_ACTION: "no further action",
}
CHECK_INS: Mapping[CheckIn, str] = {
    CheckIn.BEFORE_ENTRY: "before going in",
    CheckIn.LEFT_PROPERTY: "on leaving the house",
    CheckIn.AFTER_VISIT: "when the visit was over",
    CheckIn.AGREED_TIME: "at the agreed time",
    CheckIn.OTHER: "to say how things are",
}
CONTACT_RESULTS: Mapping[ContactResult, str] = {
    ContactResult.SPOKE_SAFE: "spoke to them: safe",
    ContactResult.SOMEONE_ELSE: "somebody else answered",
    ContactResult.SOUNDED_WRONG: "something sounded wrong",
    ContactResult.WRONG_NUMBER: "wrong number",
    ContactResult.NO_ANSWER: "no answer",
}
ALARMS: Mapping[AlarmAbout, str] = {
    AlarmAbout.RETURN: "not back",
    AlarmAbout.AGREED_CALL: "agreed call not made",
    AlarmAbout.CALL_ON_LEAVING: "no call on leaving the house",
}
CALLS: Mapping[AlarmAbout, str] = {
    AlarmAbout.AGREED_CALL: "the agreed call",
    AlarmAbout.CALL_ON_LEAVING: "the call on leaving the house",
}
"""The alarms that are about a call, and which call that is."""
ADULTS: Mapping[str, str] = {
    "parent": "a parent",
    "parental_responsibility": "an adult with parental responsibility",
    "responsible_adult": "a responsible adult",
    "other_adult": "another adult",
    "none": "no adult",
}
CONCERNS: Mapping[str, str] = {
    "child_alone": "a child alone",
    "injury": "an injury",
    "disclosure": "something the child said",
    "neglect": "neglect",
    "safety": "safety at home",
    "other": "something else",
}
TOLD_BY: Mapping[str, str] = {
    "telephone": "by telephone",
    "in_person": "face to face",
    "email": "by email",
    "message": "by a message",
    "record_system": "in the record system",
    "other": "in another way",
}
"""How somebody was told."""
STEPS: Mapping[str, str] = {
    "staff_mobile": "the visitor's mobile",
    "pupil_home": "the home visited",
    "own_word": "the visitor gave a new time",
    "inform_SLT": "a member of SLT",
}
HOW_RESOLVED: Mapping[str, str] = {
    "returned": "everybody is back",
    "safe_by_voice": "everybody said by voice that they are safe",
    "new_time": "spoken to, and a new time is set",
    "call_made": "the call was made",
    "spoke_safe": "spoken to, and safe",
}
POLICE_CHECK: Mapping[str, str] = {
    "considered": "considered; the school goes first",
    "asked": "the police have been asked",
    "not_relevant": "not called for here",
}
INSTEAD: Mapping[str, str] = {
    "telephone": "telephone the family",
    "invite_to_school": "invite the family to school",
    "letter": "write to the family",
    "police_welfare_check": "ask the police for a welfare check",
    "social_care": "speak to social care",
}


def risk_answer(column: str, said: str) -> str:
    """What a row of a risk assessment says in a column: a code as people say it, and what was typed as it was typed.

    >>> risk_answer("violence_risk", "none_known"), risk_answer("controls", "key_box by the door")
    ('none known', 'key_box by the door')
    """
    return in_words(said) if column in CHOICES or column == HAZARD else said


def in_words(code: str) -> str:
    """A policy's code (a purpose, a place, a field of the write-up) as people say it.

    >>> in_words("safeguarding_unseen"), in_words("parent_views")
    ('safeguarding (child not seen)', 'parent views')
    """
    return definitions().words.get(code) or code.replace("_", " ")


def role_in_words(word: str) -> str:
    """A policy's role word as people say it."""
    return definitions().role_words.get(word) or roles.in_words(word)


def roles_in_words(words: Collection[str]) -> str:
    """Any of these role words, each role said once.

    >>> roles_in_words(("DSL|DDSL", "headteacher", "DSL", "DDSL"))
    'the DSL or a deputy or the headteacher'
    """
    return roles.any_of(words, role_in_words)


def listed(words: tuple[str, ...] | list[str], last: str = "and") -> str:
    """Words as a sentence lists them.

    >>> listed(["Ann", "Ben", "Cy"])
    'Ann, Ben and Cy'
    """
    return f" {last} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def sentence(text: str) -> str:
    """The text with a capital at its head and a full stop at its end.

    >>> sentence("went inside"), sentence("Why?"), sentence("")
    ('Went inside.', 'Why?', '')
    """
    text = text.strip()
    return f"{text[0].upper()}{text[1:]}{'' if text[-1] in '.?!…' else '.'}" if text else ""


def audiences(codes: Collection[str]) -> str:
    """Who was told, or where it stands: "staff, parents and the school website"."""
    return listed([AUDIENCES.get(code, code.replace("_", " ")) for code in codes])
