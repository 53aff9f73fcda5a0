"""A visit and a trip as a scenario holds them: what people do and say, and what can be seen of it."""

from typing import TYPE_CHECKING, Any

from domain.ids import PupilId, StaffId, TripId, VisitId, trip_stream, visit_stream
from domain.readiness import readiness
from domain.refusal import Requirement
from domain.trip import commands as t
from domain.trip import state as trip_state
from domain.trip.alarm import Alarm
from domain.trip.claims import person_claim
from domain.trip.events import CheckIn, ContactResult
from domain.trip.rules import overdue
from domain.trip.rules.overdue import Step
from domain.trip.state import TripState
from domain.visit import commands as v
from domain.visit import state as visit_state
from domain.visit.events import AppointmentHow, CancelReason, ChildcareDay, Outcome, SafetyKind
from domain.visit.rules.background import all_of_it
from domain.visit.rules.record import fields_asked
from domain.visit.rules.risk_form import columns
from domain.visit.state import VisitState
from eventlog.seam import Appended
from tests.domain.story import SETTLED
from tests.scenarios.cast import Child, Someone
from tests.ticks import yes_to

if TYPE_CHECKING:
    from tests.scenarios.school import School


class Visit:
    """One door. Whoever is not named as `by` is the teacher."""

    def __init__(self, school: "School", visit: VisitId) -> None:
        """A visit that exists, or (for bad input) one that does not."""
        self.school = school
        self.id = visit

    @property
    def state(self) -> VisitState:
        """What its events add up to."""
        return visit_state.fold(self.id, self.school.log.read(visit_stream(self.id)))

    def _say(self, command: Any, by: Someone | None, **how: Any) -> Appended:
        return self.school.send(command, by=by or self.school.teacher, **how)

    def approve(self, by: Someone, **how: Any) -> Appended:
        """Somebody says yes."""
        return self._say(yes_to(self.id), by, **how)

    def sign(self, by: Someone, **how: Any) -> Appended:
        """Whoever the policy names signs this visit's row of the visit list."""
        return self._say(v.SignVisitList(visit=self.id), by, **how)

    def refuse(self, by: Someone, reason: str = "not safe enough") -> Appended:
        """Somebody says no."""
        return self._say(v.RefuseVisit(visit=self.id, reason=reason), by)

    def appointment(self, at: str, *, how: AppointmentHow = AppointmentHow.PHONE, signed: bool = False) -> Appended:
        """The family agrees a time."""
        when = self.school.time(at)
        return self._say(
            v.ConfirmAppointment(visit=self.id, appointment_at=when, how=how, signed=signed, **SETTLED), None
        )

    def assess(self, by: Someone | None = None, **how: Any) -> Appended:
        """The risk assessment is made; at a school that asks for violence, none is known unless `sheet` says so."""
        if "violence_risk" in columns(self.school.policy):
            how.setdefault("sheet", ({"violence_risk": "none_known", "measures": "two go"},))
        return self._say(v.AssessRisk(visit=self.id, **how), by)

    def oversee(self, by: Someone) -> Appended:
        """Somebody senior lets the assessment stand."""
        return self._say(v.OverseeRisk(visit=self.id), by)

    def background_looked_up(self, by: Someone | None = None) -> Appended:
        """All that the school looks up; no agency is known of, and no trouble expected."""
        looked_up, spared = all_of_it(self.school.policy)
        return self._say(v.CheckBackground(visit=self.id, looked_up=looked_up, not_needed=spared), by)

    def childcare_on(self, *days: ChildcareDay, by: Someone | None = None) -> Appended:
        """The days on which the child is at childcare; none named: no day."""
        return self._say(v.KeepChildcareDays(visit=self.id, days=days or (ChildcareDay.NONE,)), by)

    def interpreter(self, by: Someone | None = None, **how: Any) -> Appended:
        """Who was asked to interpret and who comes (`who`), or that nobody is needed (`needed=False`)."""
        return self._say(v.ArrangeInterpreter(visit=self.id, **how), by)

    def assess_alone(self, by: Someone) -> Appended:
        """A lone-worker assessment is made."""
        return self._say(v.AssessRisk(visit=self.id, kind="lone_worker"), by)

    def arrive(self, by: Someone | None = None, **how: Any) -> Appended:
        """They stand at the door."""
        return self._say(v.Arrive(visit=self.id), by, **how)

    def no_answer(self, by: Someone | None = None, **how: Any) -> Appended:
        """Nobody answers."""
        return self._say(v.NoAnswer(visit=self.id), by, **how)

    def child_alone(self, by: Someone | None = None, **how: Any) -> Appended:
        """A child is there and no adult."""
        return self._say(v.ChildAlone(visit=self.id), by, **how)

    def family_late(self, by: Someone | None = None, **how: Any) -> Appended:
        """The family warns that it will be late."""
        return self._say(v.ReportFamilyDelay(visit=self.id), by, **how)

    def family_declines(self, by: Someone | None = None, **how: Any) -> Appended:
        """The family does not want to be visited."""
        return self._say(v.FamilyDeclined(visit=self.id), by, **how)

    def animal(self, *, moved: bool | None, text: str = "", by: Someone | None = None) -> Appended:
        """An animal was asked to be shut away, and this came of it."""
        return self._say(v.AskAboutAnimal(visit=self.id, moved=moved, text=text), by)

    def enter(self, adult: str = "parent", *, invited: bool | None = True, by: Someone | None = None) -> Appended:
        """They go inside."""
        return self._say(v.EnterHome(visit=self.id, adult=adult, invited=invited), by)

    def outcome(self, outcome: Outcome = Outcome.SEEN_SPOKEN, child: Child | None = None) -> Appended:
        """What was found, for one child or for all."""
        pupil = PupilId(child.id) if child is not None else None
        return self._say(v.RecordOutcome(visit=self.id, pupil=pupil, outcome=outcome), None)

    def left(self, by: Someone | None = None, **how: Any) -> Appended:
        """They leave the house."""
        return self._say(v.LeaveProperty(visit=self.id), by, **how)

    def cancel(self, reason: CancelReason = CancelReason.OTHER, **how: Any) -> Appended:
        """Called off, not for safety."""
        return self._say(v.CancelVisit(visit=self.id, reason=reason), None, **how)

    def cancel_for_safety(
        self, kind: SafetyKind | None = None, reason: str = "", by: Someone | None = None
    ) -> Appended:
        """Called off because it was not safe."""
        return self._say(v.CancelForSafety(visit=self.id, kind=kind, reason=reason), by)

    def write_up(self, by: Someone | None = None, **fields: str) -> Appended:
        """Written up: every field that the school asks for answered, "none" where not given."""
        asked = fields_asked(self.school.policy, self.state)
        return self._say(v.RecordVisit(visit=self.id, fields=dict.fromkeys(asked, "none") | fields), by)


class Trip:
    """One sign-out. Whoever is not named as `by` is the first of those going."""

    def __init__(self, school: "School", trip: TripId) -> None:
        """A trip that exists, or (for bad input) one that does not."""
        self.school = school
        self.id = trip

    @property
    def state(self) -> TripState:
        """What its events add up to."""
        return trip_state.fold(self.id, self.school.log.read(trip_stream(self.id)))

    @property
    def visits(self) -> tuple[Visit, ...]:
        """Its doors, in order."""
        return tuple(Visit(self.school, visit) for visit in self.state.visits)

    @property
    def visit(self) -> Visit:
        """Its only door."""
        (only,) = self.visits
        return only

    @property
    def team(self) -> tuple[Someone, ...]:
        """Who's going."""
        return tuple(self.school.person(p) for p in self.state.team)

    @property
    def still_needed(self) -> tuple[Requirement, ...]:
        """What the gate, the pages and the board say is still needed."""
        school, state = self.school, self.state
        held = {p: school.log.holder_of(person_claim(p)) for p in state.team}
        others = {p: Trip(school, TripId(h.id)).state for p, h in held.items() if h is not None and h.id != self.id}
        known, doors = school.known, [one.state for one in self.visits]
        return readiness(school.policy, state, doors, known.people, others, known.pupils)

    def _say(self, command: Any, by: Someone | None, **how: Any) -> Appended:
        return self.school.send(command, by=by or next(iter(self.team), self.school.teacher), **how)

    def name_team(self, *people: Someone, lone_reason: str = "", by: Someone | None = None) -> Appended:
        """Say who's going."""
        command = t.NameTeam(trip=self.id, people=tuple(p.id for p in people), lone_reason=lone_reason)
        return self._say(command, by or self.school.office)

    def watcher(self, watcher: Someone, deputy: Someone | None = None) -> Appended:
        """Say who stays behind and watches."""
        command = t.NameWatcher(trip=self.id, watcher=watcher.id, deputy=deputy.id if deputy else None)
        return self._say(command, self.school.office)

    def lodge(self, holder: str, *, told: Someone | None = None, agreed_call: str = "") -> Appended:
        """Leave destination and back-by time with somebody; perhaps agree when to call."""
        call = self.school.time(agreed_call) if agreed_call else None
        told_id: StaffId | None = told.id if told else None
        return self._say(t.LodgeWhereabouts(trip=self.id, holder=holder, told=told_id, agreed_call_at=call), None)

    def all_as_policy(self) -> None:
        """The background is looked up at every door, and the school's list gone through."""
        for visit in self.visits:
            visit.background_looked_up()
        self.list_gone_through()

    def list_gone_through(self, by: Someone | None = None, **exceptions: str) -> Appended:
        """The school's list is gone through; what is not so is named with a word."""
        return self._say(t.ConfirmChecks(trip=self.id, exceptions=exceptions), by)

    def clear(self, by: Someone | None = None, **reasons: str) -> Appended:
        """Ask for "OK to go". Reasons by code, dots written as double underscores."""
        given = {code.replace("__", "."): reason for code, reason in reasons.items()}
        return self._say(t.ClearTrip(trip=self.id, reasons=given), by)

    def call_off(self, by: Someone | None = None) -> Appended:
        """Called off before anybody left."""
        return self._say(t.CallOffTrip(trip=self.id), by)

    def depart(self, *people: Someone, by: Someone | None = None, back_by: str = "", **how: Any) -> Appended:
        """These people leave school; without names, everybody going."""
        going = people or self.team
        new = self.school.time(back_by) if back_by else None
        command = t.Depart(trip=self.id, people=tuple(p.id for p in going), back_by=new)
        return self._say(command, by or next(iter(going), None), **how)

    def back(self, *people: Someone, by: Someone | None = None, **how: Any) -> Appended:
        """These people are back; without names, everybody who is out."""
        who = tuple(p.id for p in people) or self.state.out
        return self._say(t.ReturnToSchool(trip=self.id, people=who), by, **how)

    def safe_by_voice(self, *people: Someone, by: Someone | None = None, **how: Any) -> Appended:
        """These people said that they are safe and going straight home."""
        return self._say(t.SafeByVoice(trip=self.id, people=tuple(p.id for p in people)), by, **how)

    def move_back_by(self, back_by: str = "", *, minutes: int | None = None, by: Someone | None = None) -> Appended:
        """They will be later."""
        new = self.school.time(back_by) if back_by else None
        return self._say(t.MoveBackBy(trip=self.id, back_by=new, minutes=minutes), by)

    def check_in(self, when: CheckIn, visit: Visit | None = None, by: Someone | None = None, **how: Any) -> Appended:
        """They ring school."""
        return self._say(t.MakeCheckIn(trip=self.id, when=when, visit=visit.id if visit else None), by, **how)

    def rang(
        self,
        step: str,
        person: Someone | None = None,
        result: ContactResult = ContactResult.NO_ANSWER,
        *,
        by: Someone | None = None,
        new_time: str = "",
    ) -> Appended:
        """The office (or `by`) rings, and this comes of it."""
        back_by = self.school.time(new_time) if new_time else None
        about = person.id if person else None
        command = t.AttemptContact(trip=self.id, step=step, person=about, result=result, back_by=back_by)
        return self._say(command, by or self.school.office)

    def tell_senior(self, told: Someone, by: Someone | None = None) -> Appended:
        """A senior member of staff is told."""
        return self._say(t.InformSenior(trip=self.id, told=told.id), by or self.school.office)

    def danger(self, text: str = "", by: Someone | None = None) -> Appended:
        """Not safe."""
        return self._say(t.ReportDanger(trip=self.id, text=text), by)

    @property
    def alarm(self) -> Alarm:
        """The only open alarm."""
        (only,) = self.state.open_alarms
        return only

    def what_to_do_now(self) -> tuple[Step, ...]:
        """The steps for the open alarm, as the board lists them."""
        school = self.school
        return overdue.what_to_do_now(
            school.policy,
            self.state,
            [one.state for one in self.visits],
            self.alarm,
            people=school.known.people,
            pupils=school.known.pupils,
            elsewhere=frozenset(),
            now=school.now,
        )
