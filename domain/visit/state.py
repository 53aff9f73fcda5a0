"""What a visit's events add up to. `evolve` takes every event of the stream, in log order."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

import msgspec
from msgspec.structs import replace

from domain.envelope import Envelope, Recorded
from domain.ids import EventId, PupilId, StaffId, VisitId
from domain.shared import corrections
from domain.shared import events as shared
from domain.visit import events as e
from domain.visit.appointment import Appointment, agreed, altered, on_another_day, signed
from domain.visit.approval import Approval, Signature, approved, row_signed
from domain.visit.assessment import Assessment, assessed, overseen
from domain.visit.background import Agency, Background, Interpreting, interpreting, looked_up, spoken_to
from domain.visit.events import CancelReason, NotSeenDecision, Outcome, SafetyKind
from domain.visit.rules.seen import why_not_seen


class Cancelled(msgspec.Struct, frozen=True, kw_only=True):
    """How the visit was called off."""

    at: datetime
    safety: bool
    kind: SafetyKind | None = None
    reason: CancelReason | None = None
    text: str = ""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What was found for one pupil."""

    outcome: Outcome
    at: datetime


class VisitState(msgspec.Struct, frozen=True, kw_only=True):
    """A visit now. Times are as stated (`occurred_at`), UTC-aware."""

    id: VisitId
    version: int = 0
    requested_at: datetime | None = None
    requested_by: StaffId | None = None
    pupils: tuple[PupilId, ...] = ()
    wrong_pupils: tuple[PupilId, ...] = ()
    purpose: str = ""
    purpose_text: str = ""
    place: str = ""
    address: str = ""
    safeguarding: bool = False
    approvals: tuple[Approval, ...] = ()
    ever_approved: bool = False
    withdrawn: str = ""
    signature: Signature | None = None
    unsigned: str = ""
    """Why an earlier signature on the visit list counts no more."""
    refused_at: datetime | None = None
    offered: tuple[datetime, ...] = ()
    """The times that were offered to the family, each once."""
    appointment: Appointment | None = None
    childcare_days: tuple[e.ChildcareDay, ...] = ()
    """On which the child is at childcare, `none` alone for no day; empty while nobody has asked about this child."""
    declined_at: datetime | None = None
    """When the family said no; a time agreed with them afterwards overtakes it."""
    assessments: tuple[Assessment, ...] = ()
    background: Background | None = None
    """What was looked up so far; nothing once the visit is about another child."""
    agencies: tuple[Agency, ...] = ()
    """Those of this family that were spoken to; nothing either once it is about another child."""
    interpreting: Interpreting | None = None
    """Who interprets at the door, or that nobody is needed; None where nobody said, and once it is about another child."""
    changed: tuple[datetime, int] | None = None
    """When, and where in the log, the address or the day changed or a warning came up: assessments from before are stale."""
    what_changed: str = ""
    """Which of them it was, in words that follow "before" and "because": "the address changed"."""
    family_delay_until: datetime | None = None
    family_delayed: bool = False
    arrived_at: datetime | None = None
    no_answer_at: datetime | None = None
    child_alone_at: datetime | None = None
    child_was_alone: bool = False
    """Whether a child was ever found alone here: then nobody waited for the family any more."""
    animal_asked: bool = False
    animal_refused: bool = False
    entered_at: datetime | None = None
    left_at: datetime | None = None
    """When the last of them had left."""
    arrived_by: tuple[StaffId, ...] = ()
    """Who came, where they were named; empty where all who went are meant."""
    entered_by: tuple[StaffId, ...] = ()
    """Who went inside, in the same way."""
    gone: tuple[StaffId, ...] = ()
    """Who was said by name to have left the house."""
    still_there: tuple[StaffId, ...] = ()
    """Who is there still, where only some have left."""
    cancelled: Cancelled | None = None
    found: dict[PupilId, Found] = {}
    decided: dict[PupilId, NotSeenDecision] = {}
    recorded_at: datetime | None = None

    @property
    def exists(self) -> bool:
        """Whether the stream holds anything."""
        return self.version > 0

    @property
    def street(self) -> str:
        """The first line of the address, as confirmations repeat it."""
        return self.address.split(",", 1)[0].strip()

    @property
    def closed(self) -> bool:
        """Written up, refused, or called off before anybody came to the door."""
        before_door = self.cancelled is not None and self.arrived_at is None
        return self.recorded_at is not None or self.refused_at is not None or before_door

    @property
    def not_to_be_visited(self) -> bool:
        """Refused, and nobody came to the door all the same: the trip goes to its other doors only."""
        return self.refused_at is not None and self.arrived_at is None

    @property
    def at_the_door(self) -> bool:
        """Arrived, not left and not called off."""
        return self.arrived_at is not None and self.left_at is None and self.cancelled is None

    @property
    def nobody_answered(self) -> bool:
        """Nobody came to the door, as far as anybody said: no child was seen here."""
        return self.no_answer_at is not None and self.entered_at is None and not self.child_was_alone

    @property
    def unanswered(self) -> tuple[PupilId, ...]:
        """Pupils of whom nothing was said but that nobody answered the door: they were not seen."""
        told = self.nobody_answered and self.cancelled is None
        return tuple(p for p in self.pupils if p not in self.found) if told else ()

    @property
    def not_said(self) -> tuple[PupilId, ...]:
        """Pupils of whom nobody has said whether they were seen, and nothing else tells."""
        told = self.nobody_answered or self.cancelled is not None or self.not_to_be_visited
        return () if told else tuple(p for p in self.pupils if p not in self.found)

    @property
    def not_seen(self) -> tuple[PupilId, ...]:
        """Pupils whom somebody looked for, or was to look for, and who were not seen, whatever was decided since."""
        return tuple(p for p in self.pupils if why_not_seen(self, p) is not None)

    @property
    def undecided(self) -> tuple[PupilId, ...]:
        """Pupils not seen for whom the DSL has not decided yet."""
        return tuple(p for p in self.not_seen if p not in self.decided)


def _requested(state: VisitState, event: e.VisitRequested, envelope: Envelope) -> VisitState:
    return replace(
        state,
        requested_at=envelope.occurred_at,
        requested_by=envelope.person,
        pupils=event.pupils,
        purpose=event.purpose,
        purpose_text=event.purpose_text,
        place=event.place,
        address=event.address,
        safeguarding=event.safeguarding,
    )


def _changed(state: VisitState, at: datetime, index: int, what: str) -> VisitState:
    """What was given before counts no more from this time and place in the log on (DV-20); `what` follows "because"."""
    return replace(state, changed=(at, index), what_changed=what)


def _corrected(state: VisitState, event: e.RequestCorrected, envelope: Envelope) -> VisitState:
    """The request as it is now. What a call to the family settled about the address was about the one before."""
    agreed = state.appointment
    elsewhere = agreed is not None and event.address != state.address
    return replace(
        _changed(state, envelope.occurred_at, envelope.index, event.what),
        purpose=event.purpose,
        purpose_text=event.purpose_text,
        place=event.place,
        address=event.address,
        safeguarding=event.safeguarding,
        appointment=replace(agreed, address_settled=False) if agreed is not None and elsewhere else agreed,
    )


def _moved(state: VisitState, event: e.VisitMovedToPupil, envelope: Envelope) -> VisitState:
    pupils = tuple(dict.fromkeys(event.right if p == event.wrong else p for p in state.pupils))
    found = {event.right if p == event.wrong else p: f for p, f in state.found.items()}
    decided = {event.right if p == event.wrong else p: d for p, d in state.decided.items()}
    wrong = (*state.wrong_pupils, event.wrong)
    address = event.address or state.address
    return replace(
        _changed(state, envelope.occurred_at, envelope.index, "the pupil changed"),
        pupils=pupils,
        found=found,
        decided=decided,
        wrong_pupils=wrong,
        address=address,
        background=None,
        agencies=(),
        childcare_days=(),
        interpreting=None,
    )


def _on_day_of(state: VisitState, new: datetime, envelope: Envelope) -> VisitState:
    """An appointment that moves to another London day makes assessments from before stale (DV-20)."""
    if not on_another_day(state.appointment, new):
        return state
    why = "the appointment moved to another day"
    return _changed(state, envelope.occurred_at, envelope.index, why)


def _assessed(state: VisitState, event: e.RiskAssessed, envelope: Envelope) -> VisitState:
    made = assessed(
        state.assessments,
        event,
        by=envelope.person,
        role=envelope.role,
        at=envelope.occurred_at,
        index=envelope.index,
    )
    return with_assessment(state, made)


def with_assessment(state: VisitState, made: Assessment) -> VisitState:
    """The visit once this assessment is made; a high risk is a new warning."""
    more = replace(state, assessments=(*state.assessments, made))
    if made.level != "high":
        return more
    return _changed(more, made.at, made.index, "a new warning came up")


def evolve(  # noqa: C901, PLR0911, PLR0912 - one arm an event, so that none can be forgotten
    state: VisitState, event: e.VisitEvent | shared.SharedEvent, envelope: Envelope
) -> VisitState:
    """The visit after one more event."""
    at = envelope.occurred_at
    state = replace(state, version=envelope.version)
    match event:
        case e.VisitRequested():
            return _requested(state, event, envelope)
        case e.RequestCorrected():
            return _corrected(state, event, envelope)
        case e.VisitMovedToPupil():
            return _moved(state, event, envelope)
        case e.VisitApproved():
            yeses = (*state.approvals, approved(event, envelope))
            return replace(state, approvals=yeses, ever_approved=True, withdrawn="")
        case e.VisitRefused():
            return replace(state, refused_at=at)
        case e.ApprovalWithdrawn():
            return replace(state, approvals=(), withdrawn=event.why)
        case e.VisitListSigned():
            return replace(state, signature=row_signed(event, envelope), unsigned="")
        case e.VisitListUnsigned():
            return replace(state, signature=None, unsigned=event.why)
        case e.ApprovalTakenBack():
            left = tuple(a for a in state.approvals if a.person != envelope.person)
            return replace(state, approvals=left, withdrawn="a yes was taken back")
        case e.AppointmentConfirmed():
            return replace(_on_day_of(state, event.at, envelope), appointment=agreed(event), declined_at=None)
        case e.AppointmentOffered():
            return replace(state, offered=tuple(dict.fromkeys((*state.offered, *event.times))))
        case e.AppointmentSigned():
            return replace(state, appointment=signed(state.appointment, event))
        case e.AppointmentChanged():
            return replace(_on_day_of(state, event.at, envelope), appointment=altered(state.appointment, event))
        case e.ChildcareDaysKept():
            return replace(state, childcare_days=event.days)
        case e.FamilyDeclinedVisit():
            return replace(state, declined_at=at)
        case e.RiskAssessed():
            return _assessed(state, event, envelope)
        case e.RiskOverseen():
            return replace(state, assessments=overseen(state.assessments, event, envelope))
        case e.BackgroundChecked():
            return replace(state, background=looked_up(state.background, event, envelope))
        case e.AgencyLiaisonRecorded():
            return replace(state, agencies=(*state.agencies, spoken_to(event)))
        case e.InterpreterArranged():
            return replace(state, interpreting=interpreting(event, envelope))
        case e.FamilyDelayReported():
            return replace(state, family_delayed=True, family_delay_until=event.expected_at)
        case e.RunningLateReported() | e.NoteKept():
            return state
        case e.StaffArrived():
            by = _all_of(state.arrived_at, state.arrived_by, event.people)
            return replace(state, arrived_at=state.arrived_at or at, arrived_by=by)
        case e.NoAnswerAtDoor():
            return replace(state, no_answer_at=state.no_answer_at or at, arrived_at=state.arrived_at or at)
        case e.ChildAloneFound():
            return replace(state, child_alone_at=at, child_was_alone=True, arrived_at=state.arrived_at or at)
        case e.ChildNoLongerAlone():
            return replace(state, child_alone_at=None)
        case e.AnimalRequestMade():
            return replace(state, animal_asked=True, animal_refused=event.moved is False)
        case e.HomeEntered():
            by = _all_of(state.entered_at, state.entered_by, event.people)
            return replace(state, entered_at=state.entered_at or at, arrived_at=state.arrived_at or at, entered_by=by)
        case e.PupilOutcomeRecorded():
            if event.outcome is None:
                return state
            pupils = (event.pupil,) if event.pupil is not None else state.pupils
            return replace(state, found={**state.found, **{p: Found(outcome=event.outcome, at=at) for p in pupils}})
        case e.PropertyLeft():
            return _left(state, event, at)
        case e.VisitCancelledForSafety():
            return replace(state, cancelled=Cancelled(at=at, safety=True, kind=event.kind, text=event.reason))
        case e.VisitCancelled():
            return replace(state, cancelled=Cancelled(at=at, safety=False, reason=event.reason, text=event.text))
        case e.DecisionForChildMade():
            return replace(state, decided={**state.decided, event.pupil: event.decision})
        case e.VisitRecorded():
            return replace(state, recorded_at=at)
        case shared.SpokenWordConfirmed():
            return _spoken(state, event.target, keep=True)
        case shared.SpokenWordDisowned():
            return _spoken(state, event.target, keep=False)
        case _ if isinstance(event, shared.Beside):
            return state
        case _:
            assert_never(event)


def _all_of(since: datetime | None, known: tuple[StaffId, ...], said: tuple[StaffId, ...]) -> tuple[StaffId, ...]:
    """Those named so far and now; nobody by name once all are meant."""
    if since is None:
        return said
    return tuple(dict.fromkeys((*known, *said))) if known and said else ()


def _left(state: VisitState, event: e.PropertyLeft, at: datetime) -> VisitState:
    """The house is left when the last of them has: who is there still is not lost sight of (law 4)."""
    if not event.people:
        return replace(state, left_at=at, gone=(), still_there=())
    gone = tuple(dict.fromkeys((*state.gone, *event.people)))
    still = tuple(p for p in event.there if p not in gone)
    return replace(state, left_at=state.left_at if still else at, gone=gone, still_there=still)


def _spoken(state: VisitState, target: EventId, *, keep: bool) -> VisitState:
    approvals = tuple(
        replace(a, confirmed=True) if a.event == target else a for a in state.approvals if keep or a.event != target
    )
    if not keep and state.signature is not None and state.signature.event == target:
        return replace(state, approvals=approvals, signature=None, unsigned="it was never given")
    return replace(state, approvals=approvals)


def fold(visit: VisitId, recorded: Iterable[Recorded]) -> VisitState:
    """The visit that a stream's events, as they stand corrected, add up to."""
    return corrections.fold(VisitState(id=visit), evolve, recorded)
