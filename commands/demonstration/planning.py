"""An outing before anybody leaves: asked for, approved, appointed, left with the office, OK to go."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from msgspec.structs import replace

from commands.demonstration import wording
from commands.demonstration.door import Door
from commands.demonstration.people import Child
from commands.demonstration.steps import Script, trip_of
from commands.demonstration.teller import Circumstances, Teller
from commands.demonstration.terms import at
from domain.ids import DOORSTEP, CommandId, StaffId
from domain.policy import Force
from domain.trip import commands as trip
from domain.trip.events import CheckIn
from domain.visit import commands as visit
from domain.visit.events import AppointmentConfirmed, AppointmentHow, ChildcareDay, VisitApproved, VisitListSigned
from domain.visit.rules.attest import points_asked
from domain.visit.rules.background import all_of_it
from domain.visit.rules.childcare import asks_childcare_days, weekday_of
from domain.visit.rules.family import names_departments
from domain.visit.rules.purpose import is_welfare, purposes_offered
from domain.visit.rules.risk import assessors, overseers
from domain.visit.rules.risk_form import VIOLENCE, columns
from domain.visit.rules.signed_list import signer
from domain.visit.state import VisitState


class Planning(Teller):
    """What leads up to one outing, to one door or several."""

    def __init__(
        self,
        scene: Circumstances,
        script: Script,
        rng: Random,
        homes: Sequence[tuple[Child, ...]],
        *,
        purpose: str = "",
        slack: int = 12,
    ) -> None:
        """`homes` are the doors in order; without a `purpose` each gets one that is not a welfare one if there is any.

        `slack` is how many minutes the back-by time leaves beyond travel and talk.
        """
        super().__init__(scene, script, rng)
        self.doors = tuple(self._door(children, purpose) for children in homes)
        self.travel = rng.randint(7, 13)
        self.stay = rng.randint(14, 28)
        talk = self.travel * len(homes) + (self.stay + 6) * len(homes)
        self.back_by = _five(self.day.leaves + timedelta(minutes=talk + self.travel + slack))
        self.call_at = _five(self.day.leaves + timedelta(minutes=talk + slack // 2))
        self.departed = CommandId(DOORSTEP)
        self.lone_reason = ""
        self.place, self.elsewhere = "home", ""

    @property
    def door(self) -> Door:
        """The only door, or the first."""
        return self.doors[0]

    # Before leaving

    def request(self) -> None:
        """Ask for each visit; with one door its trip is planned at once."""
        eve = self.day.eve if not self.door.welfare and self.rng.random() < _ASKED_THE_DAY_BEFORE else None
        if eve is not None:
            self.now = at(eve, self.rng.choice((10, 11, 13, 14)), self.rng.randint(5, 40))
        else:
            self.now = self.day.leaves - timedelta(minutes=self.rng.randint(75, 100))
        plan = trip.PlanTrip(
            visits=(),
            leave_at=self.day.leaves,
            back_by=self.back_by,
            travel=self.rng.choice(("car", "car", "on foot", "the school's car")),
            people=self.team,
            lone_reason=self.lone_reason,
            watcher=self.office,
            deputy=self.cast.id("manager"),
        )
        if len(self.doors) == 1:
            times = {name: getattr(plan, name) for name in _PLANNED_AT_ONCE}
            self.door.request = self.send(replace(self._request(self.door), **times))
            self.trip = trip_of(self.door.request)
        else:
            for door in self.doors:
                self.ask_for(door)
                self.later(1, 3)
            self.trip = trip_of(self.send(replace(plan, visits=tuple(door.visit for door in self.doors))))

    def ask_for(self, door: Door) -> None:
        """Ask for one visit whose trip is planned apart."""
        door.request = self.send(self._request(door))

    def approve(self, *, spoken: bool = False, acting_dsl: StaffId | None = None) -> None:
        """Everybody whom the policy asks says yes to each door; `spoken`: by telephone, typed by the office."""
        for door in self.doors:
            for who in self.approvers(door, acting_dsl):
                self.later(3, 9)
                command = visit.ApproveVisit(visit=door.visit, attested=points_asked(self.policy, door.purpose))
                sent = self.by_phone(command, VisitApproved.TOPIC, 1, who) if spoken else self.send(command, who)
                door.approvals.append(sent)
        self.sign(spoken=spoken)

    def sign(self, *, spoken: bool = False) -> None:
        """Whoever the policy names signs each door's row of the visit list, where there is one."""
        word = signer(self.policy)
        for door in self.doors if word else ():
            self.later(1, 3)
            head = next(p for p in self.cast.who_may(word) if p not in self.team)
            command = visit.SignVisitList(visit=door.visit)
            if spoken:
                self.by_phone(command, VisitListSigned.TOPIC, 1, head)
            else:
                self.send(command, head)

    def approvers(self, door: Door, acting_dsl: StaffId | None = None) -> tuple[StaffId, ...]:
        """One person for each slot of the policy, none of them going; `acting_dsl` wherever a DSL may."""
        setting = "approval_roles_safeguarding" if door.welfare else "approval_roles"
        used: list[StaffId] = []
        for slot in self.policy.value(setting):
            if acting_dsl is not None and "DSL" in slot:
                used.append(acting_dsl)
                continue
            able = [p for word in slot for p in self.cast.who_may(word) if p not in self.team and p not in used]
            used.append(self.rng.choice(list(dict.fromkeys(able))))
        return tuple(used)

    def appoint(self, *, needed: bool = False) -> None:
        """Agree a time with each family, where the policy or the story wants it."""
        for place, door in enumerate(self.doors):
            if not needed and not self._appointed(door):
                continue
            door.appointment = _five(self.arrival(place))
            offers = max(1, self.policy.value("appointment_offers_min"))
            written = self.appoints_by is AppointmentHow.WRITTEN
            self.later(2, 6)
            command = visit.ConfirmAppointment(
                visit=door.visit,
                appointment_at=door.appointment,
                how=self.appoints_by,
                signed=written,
                with_whom=door.first.carer,
                offers=offers,
                planned_minutes=self.stay,
                address_settled=True,
                questions_invited=True,
                childcare_days=self._childcare(door),
            )
            by = self.rng.choice((self.lead, self.office))
            self.contact(command, AppointmentConfirmed.TOPIC, door, by)

    def _childcare(self, door: Door) -> tuple[ChildcareDay, ...]:
        """Two days after that of the visit, where the policy keeps it off the days on which the child is at childcare."""
        if door.appointment is None or not asks_childcare_days(
            self.policy, VisitState(id=door.visit, purpose=door.purpose)
        ):
            return ()
        return tuple(weekday_of(door.appointment + timedelta(days=days)) for days in (1, 2))

    @property
    def appoints_by(self) -> AppointmentHow:
        """How this school agrees a time: in writing where its policy asks for that."""
        written = self.policy.value("appointment_rule") == "written_signed_for_entry"
        return AppointmentHow.WRITTEN if written else AppointmentHow.PHONE

    def arrival(self, place: int) -> datetime:
        """About when the team stands at a door."""
        return self.day.leaves + timedelta(minutes=self.travel * (place + 1) + (self.stay + 6) * place)

    def assess(self) -> None:
        """The standing sheet for each door, on most outings."""
        for door in self.doors:
            self.later(0.5, 2)
            different = self.rng.choice(("", "", "", "Roadworks on the main road.", "A new baby in the house."))
            self.assess_door(door, different)

    def assess_door(self, door: Door, different: str = "") -> None:
        """The school's own form, by whom its policy asks for it; overseen where somebody senior must."""
        by = self.cast.id("deputy") if "SLT" in assessors(self.policy) else self.lead
        rows = ({VIOLENCE: "none_known", "measures": "Two go."},) if VIOLENCE in columns(self.policy) else ()
        self.send(visit.AssessRisk(visit=door.visit, different_today=different, sheet=rows), by)
        seniors = [p for word in overseers(self.policy) for p in self.cast.who_may(word) if p != by]
        if self.must_be_assessed and seniors:
            self.later(0.5, 2)
            self.send(visit.OverseeRisk(visit=door.visit), seniors[-1])

    @property
    def must_be_assessed(self) -> bool:
        """Whether nobody goes here before the risk was assessed."""
        rule = self.policy.setting("risk_rule")
        return rule.force is not Force.ADVISE and rule.value["need"] != "standing_sheet"

    def lodge(self) -> None:
        """Leave destination and back-by time with those whom the policy names."""
        rule = self.policy.value("whereabouts")
        holders = list(rule["holders"][: rule["min"]])
        if rule.get("tell_safeguarding_team"):
            holders.append("safeguarding_team")
        told = {"line_manager": self.cast.id("deputy"), "safeguarding_team": self.cast.id("dsl")}
        call_at = self.call_at if self.asks(CheckIn.AGREED_TIME) else None
        for holder in holders:
            self.later(0.4, 1)
            person = told.get(holder, self.office)
            by = self.lead if person in self.team else person
            self.send(trip.LodgeWhereabouts(trip=self.trip, holder=holder, told=person, agreed_call_at=call_at), by)

    def clear(self) -> None:
        """OK to go: a few minutes before leaving."""
        self.now = max(self.now, self.day.leaves - timedelta(minutes=self.rng.randint(14, 18)))
        self.ok_to_go()

    def ok_to_go(self) -> None:
        """Assess the risk and leave word as the policy asks for it, and ask for “OK to go”."""
        if self.must_be_assessed:
            self.assess()
        self.lodge()
        if self.rng.random() < _WATCHER_TESTED:
            self.later(0.3, 1)
            watcher, deputy = self.office, self.cast.id("manager")
            self.send(trip.NameWatcher(trip=self.trip, watcher=watcher, deputy=deputy, tested=True), self.office)
        self.later(0.3, 1)
        known, spared = all_of_it(self.policy)
        for door in self.doors:
            self.send(visit.CheckBackground(visit=door.visit, looked_up=known, not_needed=spared))
            self.interpret(door)
        self.send(trip.ConfirmChecks(trip=self.trip))
        self.later(0.5, 2)
        self.send(trip.ClearTrip(trip=self.trip))

    def interpret(self, door: Door) -> None:
        """Ask for an interpreter where the family needs one; say that nobody is needed where it speaks English as well."""
        if not names_departments(self.policy) or not door.first.language:
            return
        who = "Farida Rahman" if door.first.interpreter else ""
        self.send(visit.ArrangeInterpreter(visit=door.visit, needed=door.first.interpreter, who=who))

    def plan(self, *, appointed: bool = False) -> None:
        """Everything before leaving, as it should be; `appointed`: with a time agreed whether or not it must be."""
        self.request()
        self.approve()
        self.appoint(needed=appointed)
        if not self.must_be_assessed and self.rng.random() < _ASSESSED:
            self.assess()
        self.clear()

    def _door(self, children: tuple[Child, ...], purpose: str) -> Door:
        offered = [p for p in purposes_offered(self.policy) if p != "other"]
        plain = [p for p in offered if not is_welfare(self.policy, p) and p not in _SPECIAL]
        chosen = purpose or self.rng.choice(plain or offered)
        return Door(children, chosen, welfare=is_welfare(self.policy, chosen))

    def _request(self, door: Door) -> visit.RequestVisit:
        first = door.first
        return visit.RequestVisit(
            pupils=tuple(child.id for child in door.children),
            purpose=door.purpose,
            purpose_text=wording.why(door.purpose, self.rng, first.given_name, first.carer),
            place=self.place,
            address=self.elsewhere,
            contacts_tried="Both numbers rung twice this morning, no answer." if door.welfare else "",
            on_site_reason="" if door.welfare else "The family finds it hard to come in.",
        )

    def _appointed(self, door: Door) -> bool:
        rule = self.policy.value("appointment_rule")
        if door.welfare:
            return False
        return rule == "required" or self.rng.random() < _APPOINTED


_ASKED_THE_DAY_BEFORE, _WATCHER_TESTED, _ASSESSED, _APPOINTED = 0.5, 0.35, 0.6, 0.85
_PLANNED_AT_ONCE = ("leave_at", "back_by", "travel", "people", "lone_reason", "watcher", "deputy")
_SPECIAL = ("pre_start", "late_for_exam", "transition", "no_engagement")


def _five(moment: datetime) -> datetime:
    """The next full five minutes, as people say times."""
    return moment + timedelta(minutes=-moment.minute % 5)
