"""One outing of a demonstration school, from the request to the write-up, told step by step in its policy's way.

An `Outing` keeps a clock of its own (`now`): each method sends what somebody does and moves the clock on a little.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from msgspec.structs import replace

from commands.demonstration import wording
from commands.demonstration.door import Day, Door
from commands.demonstration.people import Cast, Child
from commands.demonstration.steps import LATER, About, Script, concern_of, trip_of
from commands.demonstration.terms import at
from domain.command import Command
from domain.concern.commands import RaiseConcern
from domain.ids import DOORSTEP, CommandId, ConcernId, StaffId, TripId
from domain.policy import Policy
from domain.shared.commands import ConfirmSpokenWord
from domain.times import hm
from domain.trip import commands as trip
from domain.trip.events import AlarmAbout, CheckIn, CheckInMade, StaffDeparted, StaffReturned
from domain.visit import commands as visit
from domain.visit.events import AppointmentHow, NotSeenDecision, Outcome, VisitApproved
from domain.visit.rules.purpose import is_welfare, purposes_offered

NOT_SENT = CommandId(UUID(int=0))
"""Given for a tap that waits in a phone without signal."""
FOUND_AFTER = timedelta(milliseconds=600)
"""How soon after a time has passed the watch finds it."""


class Outing:
    """Tells one outing. The team's first person is the one who taps."""

    def __init__(  # noqa: PLR0913 - what an outing is made of
        self,
        cast: Cast,
        policy: Policy,
        script: Script,
        rng: Random,
        day: Day,
        *,
        team: Sequence[StaffId],
        homes: Sequence[tuple[Child, ...]],
        next_child: Child,
        purpose: str = "",
        slack: int = 12,
    ) -> None:
        """`homes` are the doors in order; without a `purpose` each gets one that is not a welfare one if there is any.

        `next_child` is another one with nearly the same name. `slack` is how many minutes the back-by time leaves
        beyond travel and talk.
        """
        self.cast, self.policy, self.script, self.rng, self.day = cast, policy, script, rng, day
        self.team = tuple(team)
        self.next_child = next_child
        self.doors = tuple(self._door(children, purpose) for children in homes)
        self.travel = rng.randint(7, 13)
        self.stay = rng.randint(14, 28)
        minutes = self.travel * (len(homes) + 1) + (self.stay + 6) * len(homes) + slack
        self.back_by = _five(day.leaves + timedelta(minutes=minutes))
        talk = self.travel * len(homes) + (self.stay + 6) * len(homes) + slack // 2
        self.call_at = _five(day.leaves + timedelta(minutes=talk))
        self.now = day.leaves
        self.trip = TripId(DOORSTEP)
        self.departed = CommandId(DOORSTEP)
        self.lone_reason = ""
        self.place, self.elsewhere = "home", ""
        self._waiting: list[tuple[datetime, Command]] | None = None
        self.unconfirmed: list[tuple[CommandId, str, int, StaffId]] = []
        """What the office typed for somebody: the command, the topic and number of its events, whose word."""

    @property
    def lead(self) -> StaffId:
        """Who taps and writes."""
        return self.team[0]

    @property
    def door(self) -> Door:
        """The only door, or the first."""
        return self.doors[0]

    @property
    def office(self) -> StaffId:
        """The school secretary."""
        return self.cast.id("office")

    def asks(self, check_in: CheckIn) -> bool:
        """Whether the policy, or Doorstep's advice, has this call."""
        return check_in.value in self.policy.value("check_ins")

    def later(self, low: float, high: float | None = None) -> datetime:
        """Let some minutes pass; the new time."""
        minutes = low if high is None else self.rng.uniform(low, high)
        self.now += timedelta(seconds=int(minutes * 60))
        return self.now

    def send(self, command: Command, by: StaffId | None = None, *, said_by: StaffId | None = None) -> CommandId:
        """Send something now: by the lead unless said otherwise. Without signal the lead's taps wait."""
        if self._waiting is None or by is not None:
            return self.script.send(self.now, by or self.lead, command, said_by=said_by)
        if isinstance(command, trip.MakeCheckIn):
            return self.by_phone(command, CheckInMade.TOPIC)
        self._waiting.append((self.now, command))
        return NOT_SENT

    def lose_signal(self) -> None:
        """From now on the lead's taps wait in the phone; calls are made from the family's telephone."""
        self._waiting = []

    def find_signal(self) -> None:
        """What waited is sent, one tap after another, with the phone's own times."""
        waiting, self._waiting = self._waiting or [], None
        for tapped_at, command in waiting:
            self.later(0.01)
            self.script.send(self.now, self.lead, command, at=tapped_at, device_at=tapped_at)

    def concern(self, command: RaiseConcern) -> ConcernId:
        """Raise a concern; its id."""
        return concern_of(self.send(command))

    def by_phone(self, command: Command, topic: str, events: int = 1, said_by: StaffId | None = None) -> CommandId:
        """Somebody (the lead) says it by telephone and the office types it; `confirm` follows by the end of the day."""
        who = said_by or self.lead
        sent = self.send(command, self.office, said_by=who)
        self.unconfirmed.append((sent, topic, events, who))
        return sent

    def confirm(self) -> None:
        """“Yes, I said that”, by each whose word the office typed."""
        for sent, topic, events, who in self.unconfirmed:
            for place in range(events):
                self.later(0.2, 1)
                self.about(ConfirmSpokenWord(event=LATER), sent, topic, who, place)
        self.unconfirmed.clear()

    def about(self, command: Command, step: CommandId, topic: str, by: StaffId, place: int = 0) -> CommandId:
        """Send something that speaks of an earlier event."""
        return self.script.send(self.now, by, command, about=About(step, topic, place))

    # Before leaving

    def request(self) -> None:
        """Ask for each visit; with one door its trip is planned at once."""
        eve = self.day.eve if not self.door.welfare and self.rng.random() < _ASKED_THE_DAY_BEFORE else None
        if eve is not None:
            self.now = at(eve, 13, self.rng.randint(5, 40))
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
                door.request = self.send(self._request(door))
                self.later(1, 3)
            self.trip = trip_of(self.send(replace(plan, visits=tuple(door.visit for door in self.doors))))

    def approve(self, *, spoken: bool = False, acting_dsl: StaffId | None = None) -> None:
        """Everybody whom the policy asks says yes to each door; `spoken`: by telephone, typed by the office."""
        for door in self.doors:
            for who in self.approvers(door, acting_dsl):
                self.later(3, 9)
                command = visit.ApproveVisit(visit=door.visit, attested=tuple(self.policy.value("approval_attest")))
                sent = self.by_phone(command, VisitApproved.TOPIC, 1, who) if spoken else self.send(command, who)
                door.approvals.append(sent)

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
            written = self.policy.value("appointment_rule") == "written_signed_for_entry"
            self.later(2, 6)
            command = visit.ConfirmAppointment(
                visit=door.visit,
                appointment_at=door.appointment,
                how=AppointmentHow.WRITTEN if written else AppointmentHow.PHONE,
                signed=written,
                with_whom=door.first.carer,
                offers=offers,
            )
            self.send(command, self.rng.choice((self.lead, self.office)))

    def arrival(self, place: int) -> datetime:
        """About when the team stands at a door."""
        return self.day.leaves + timedelta(minutes=self.travel * (place + 1) + (self.stay + 6) * place)

    def assess(self) -> None:
        """The standing sheet for each door, on most outings."""
        for door in self.doors:
            self.later(0.5, 2)
            different = self.rng.choice(("", "", "", "Roadworks on the main road.", "A new baby in the house."))
            by = self.cast.id("deputy") if self.policy.value("risk_rule").get("by") == ["SLT"] else self.lead
            self.send(visit.AssessRisk(visit=door.visit, different_today=different), by)

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
        self.lodge()
        if self.rng.random() < _WATCHER_TESTED:
            self.later(0.3, 1)
            watcher, deputy = self.office, self.cast.id("manager")
            self.send(trip.NameWatcher(trip=self.trip, watcher=watcher, deputy=deputy, tested=True), self.office)
        self.later(0.5, 2)
        self.send(trip.ClearTrip(trip=self.trip))

    def plan(self, *, appointed: bool = False) -> None:
        """Everything before leaving, as it should be; `appointed`: with a time agreed whether or not it must be."""
        self.request()
        self.approve()
        self.appoint(needed=appointed)
        if self.rng.random() < _ASSESSED:
            self.assess()
        self.clear()

    # On the way and at the door

    def depart(self, *, by_phone: bool = False) -> None:
        """The whole team leaves."""
        self.now = max(self.now, self.day.leaves + timedelta(seconds=self.rng.randint(0, 150)))
        command = trip.Depart(trip=self.trip, people=self.team)
        typed = (command, StaffDeparted.TOPIC, len(self.team))
        self.departed = self.by_phone(*typed) if by_phone else self.send(command)

    def arrive(self, door: Door | None = None) -> CommandId:
        """They stand at the door."""
        self.later(self.travel - 1, self.travel + 1)
        return self.send(visit.Arrive(visit=(door or self.door).visit, trip=self.trip))

    def go_in(self, door: Door | None = None, adult: str = "") -> CommandId:
        """Ring school where that is asked, and go inside."""
        door = door or self.door
        if self.asks(CheckIn.BEFORE_ENTRY):
            self.later(0.3, 1)
            self.send(trip.MakeCheckIn(trip=self.trip, visit=door.visit, when=CheckIn.BEFORE_ENTRY))
        self.later(0.3, 1)
        wanted = self.policy.value("entry_adult")
        name = door.first.carer if not adult else ""
        return self.send(visit.EnterHome(visit=door.visit, adult=adult or wanted, adult_name=name, invited=True))

    def see(self, door: Door | None = None, outcome: Outcome = Outcome.SEEN_SPOKEN, note: str = "") -> None:
        """What was found, for all the children of the door."""
        door = door or self.door
        self.send(visit.RecordOutcome(visit=door.visit, outcome=outcome, note=note))

    def leave(self, door: Door | None = None) -> None:
        """They leave the house."""
        self.later(0.5, 1.5)
        self.send(visit.LeaveProperty(visit=(door or self.door).visit))

    def ring(self, door: Door | None = None, *, last: bool = True) -> None:
        """The call that the policy asks for when a door is left."""
        door = door or self.door
        for kind in (CheckIn.LEFT_PROPERTY, CheckIn.AFTER_VISIT):
            if self.asks(kind):
                self.later(0.5, 3)
                self.send(trip.MakeCheckIn(trip=self.trip, visit=door.visit, when=kind))
        if last and self.asks(CheckIn.AGREED_TIME):
            self.later(0.5, 2)
            self.send(trip.MakeCheckIn(trip=self.trip, visit=door.visit, when=CheckIn.AGREED_TIME))

    def call_on(self, door: Door | None = None, outcome: Outcome = Outcome.SEEN_SPOKEN) -> None:
        """A whole call at one door: inside where the appointment opens it, else on the step."""
        door = door or self.door
        self.arrive(door)
        if self.may_enter(door):
            self.go_in(door)
            self.later(self.stay - 4, self.stay)
        else:
            self.later(3, 8)
        self.see(door, outcome)
        self.leave(door)
        self.ring(door, last=door is self.doors[-1])

    def may_enter(self, door: Door) -> bool:
        """Whether the policy's appointment rule opens the home."""
        return self.policy.value("appointment_rule") in ("none", "phone_if_suitable") or door.appointment is not None

    # Back again, and after

    def back(self, *, by_phone: bool = False) -> None:
        """Everybody is back, in good time."""
        self.later(self.travel - 2, self.travel)
        command = trip.ReturnToSchool(trip=self.trip, people=self.team)
        if by_phone:
            self.by_phone(command, StaffReturned.TOPIC, len(self.team))
        else:
            self.send(command)

    def write_up(self) -> None:
        """Each visit is written up, a while later."""
        for door in self.doors:
            self.later(15, 50)
            fields = {name: self._field(name, door) for name in self.policy.value("visit_record_fields")}
            self.send(visit.RecordVisit(visit=door.visit, fields=fields))

    def decide(self, decision: NotSeenDecision, door: Door | None = None, *, late: bool = False) -> None:
        """The DSL decides for each child who was not seen: the same day, or `late`, the next school day."""
        door = door or self.door
        self.now = at(self.day.morrow, 9, self.rng.randint(5, 55)) if late else self.later(10, 40)
        for child in door.everybody:
            why = wording.say(self.rng, wording.DECIDED[decision.value], child.given_name, child.carer)
            command = visit.DecideForChild(visit=door.visit, pupil=child.id, decision=decision, why=why)
            self.send(command, self.cast.id("dsl"))
            self.later(0.5, 1)

    def alarm(self, about: AlarmAbout, due: datetime, door: Door | None = None) -> None:
        """The watch finds that a time has passed."""
        self.now = due + FOUND_AFTER
        of = door.visit if door is not None else None
        self.send(trip.RaiseOverdue(trip=self.trip, about=about, due_at=due, visit=of), DOORSTEP)

    def text(self, choices: tuple[str, ...], door: Door | None = None) -> str:
        """A sentence about the door's first child."""
        first = (door or self.door).first
        return wording.say(self.rng, choices, first.given_name, first.carer)

    # Inside

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

    def _field(self, name: str, door: Door) -> str:
        times = {"started_at": hm(self.arrival(0)), "ended_at": hm(self.arrival(0) + timedelta(minutes=self.stay))}
        return times.get(name) or wording.wrote(name, self.rng, door.first.given_name, door.first.carer)


_ASKED_THE_DAY_BEFORE, _WATCHER_TESTED, _ASSESSED, _APPOINTED = 0.5, 0.35, 0.6, 0.85
_PLANNED_AT_ONCE = ("leave_at", "back_by", "travel", "people", "lone_reason", "watcher", "deputy")
_SPECIAL = ("pre_start", "late_for_exam", "transition", "no_engagement")


def _five(moment: datetime) -> datetime:
    """The next full five minutes, as people say times."""
    return moment + timedelta(minutes=-moment.minute % 5)
