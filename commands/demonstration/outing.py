"""One outing of a demonstration school, told step by step in its policy's way.

Each method sends what somebody does, and moves the story's clock on a little.
"""

from datetime import timedelta

from commands.demonstration import wording
from commands.demonstration.door import Door
from commands.demonstration.planning import Planning
from commands.demonstration.terms import at
from domain.ids import CommandId
from domain.policy import Source
from domain.times import hm
from domain.trip import commands as trip
from domain.trip.events import CheckIn, StaffDeparted, StaffReturned
from domain.visit import commands as visit
from domain.visit.events import NotSeenDecision, Outcome
from domain.visit.rules.record import fields_asked
from domain.visit.state import VisitState


class Outing(Planning):
    """Tells one outing, to one door or several: from the request to the write-up."""

    # On the way and at the door

    def depart(self, *, by_phone: bool = False) -> None:
        """The whole team leaves."""
        self.now = max(self.now, self.day.leaves + timedelta(seconds=self.rng.randint(0, 150)))
        command = trip.Depart(trip=self.trip, people=self.team)
        typed = (command, StaffDeparted.TOPIC, len(self.team))
        self.departed = self.by_phone(*typed) if by_phone else self.send(command)

    def arrive(self, door: Door | None = None) -> CommandId:
        """They stand at the door; where the policy wants school rung before each visit, they have."""
        door = door or self.door
        self.later(self.travel - 1, self.travel + 1)
        door.reached = True
        if self.policy.setting("check_ins").source is not Source.DEFAULT:
            self._ring_before(door)
        return self.send(visit.Arrive(visit=door.visit, trip=self.trip))

    def go_in(self, door: Door | None = None, adult: str = "") -> CommandId:
        """Ring school where that is asked, and go inside."""
        door = door or self.door
        if self.policy.setting("check_ins").source is Source.DEFAULT:
            self._ring_before(door)
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
            asked = fields_asked(self.policy, VisitState(id=door.visit, purpose=door.purpose))
            fields = {name: self._field(name, door) for name in asked}
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

    # Inside

    def _ring_before(self, door: Door) -> None:
        if self.asks(CheckIn.BEFORE_ENTRY):
            self.send(trip.MakeCheckIn(trip=self.trip, visit=door.visit, when=CheckIn.BEFORE_ENTRY))
            self.later(0.3, 1)

    def _field(self, name: str, door: Door) -> str:
        times = {"started_at": hm(self.arrival(0)), "ended_at": hm(self.arrival(0) + timedelta(minutes=self.stay))}
        return times.get(name) or wording.wrote(name, self.rng, door.first.given_name, door.first.carer)
