"""Somebody at a demonstration school says something, at the time that the story has come to."""

from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

from commands.demonstration import wording
from commands.demonstration.door import Day, Door
from commands.demonstration.people import Cast, Child
from commands.demonstration.steps import LATER, About, Script, concern_of
from domain.command import Command
from domain.concern.commands import RaiseConcern
from domain.ids import DOORSTEP, CommandId, ConcernId, StaffId, TripId
from domain.policy import Policy
from domain.shared.commands import ConfirmSpokenWord
from domain.trip import commands as trip
from domain.trip.events import AlarmAbout, CheckIn, CheckInMade

FOUND_AFTER = timedelta(milliseconds=600)
"""How soon after a time has passed the watch finds it."""
NOT_SENT = CommandId(UUID(int=0))
"""Given for a tap that waits in a phone without signal."""


class Spoken(NamedTuple):
    """What the office typed for somebody, to be confirmed."""

    command: CommandId
    topic: str
    events: int
    """How many events with that topic the command made."""
    who: StaffId
    """Whose word it was."""


class Circumstances(NamedTuple):
    """Where and when an outing happens, and who goes. The team's first person is the one who taps."""

    cast: Cast
    policy: Policy
    day: Day
    team: tuple[StaffId, ...]
    next_child: Child
    """Another child with nearly the same name."""


class Teller:
    """Keeps the story's clock, `now`: what is sent goes into the script at that time."""

    def __init__(self, scene: Circumstances, script: Script, rng: Random) -> None:
        """Nothing is said yet."""
        self.cast, self.policy, self.day = scene.cast, scene.policy, scene.day
        self.team, self.next_child = scene.team, scene.next_child
        self.script, self.rng = script, rng
        self.now = scene.day.leaves
        self.trip = TripId(DOORSTEP)
        self.unconfirmed: list[Spoken] = []
        self._waiting: list[tuple[datetime, Command]] | None = None

    @property
    def lead(self) -> StaffId:
        """Who taps and writes."""
        return self.team[0]

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

    def concern(self, command: RaiseConcern, door: Door) -> ConcernId:
        """Raise a concern about a door; its id."""
        door.concerns.append(concern_of(self.send(command)))
        return door.concerns[-1]

    def by_phone(self, command: Command, topic: str, events: int = 1, said_by: StaffId | None = None) -> CommandId:
        """Somebody (the lead) says it by telephone and the office types it; `confirm` follows by the end of the day."""
        who = said_by or self.lead
        sent = self.send(command, self.office, said_by=who)
        self.unconfirmed.append(Spoken(sent, topic, events, who))
        return sent

    def confirm(self) -> None:
        """“Yes, I said that”, by each whose word the office typed."""
        for spoken in self.unconfirmed:
            for place in range(spoken.events):
                self.later(0.2, 1)
                self.about(ConfirmSpokenWord(event=LATER), spoken.command, spoken.topic, spoken.who, place)
        self.unconfirmed.clear()

    def about(self, command: Command, step: CommandId, topic: str, by: StaffId, place: int = 0) -> CommandId:
        """Send something that speaks of an earlier event."""
        return self.script.send(self.now, by, command, about=(About(step, topic, place),))

    def alarm(self, about: AlarmAbout, due: datetime, door: Door | None = None) -> None:
        """The watch finds that a time has passed."""
        self.now = due + FOUND_AFTER
        of = door.visit if door is not None else None
        self.send(trip.RaiseOverdue(trip=self.trip, about=about, due_at=due, visit=of), DOORSTEP)

    def contact(self, command: Command, topic: str, door: Door, by: StaffId) -> CommandId:
        """Send something that the family said, apart from the visit itself."""
        sent = self.send(command, by)
        door.contacts.append(About(sent, topic))
        return sent

    def text(self, choices: tuple[str, ...], door: Door) -> str:
        """A sentence about the door's first child."""
        first = door.first
        return wording.say(self.rng, choices, first.given_name, first.carer)
