"""What the demonstration sends: commands with their senders and times, planned before anything is sent.

A command's id comes from the story's name and the command's place in it, and whatever a command makes is named
after the command's id. So a plan knows every id beforehand, and sending it twice stores it once.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from domain.command import Command
from domain.ids import CaseId, CommandId, ConcernId, EventId, PupilId, StaffId, TripId, VisitId

_SEED = UUID("7e0d0c5e-2f0b-5b0a-9c56-0d1a3f2b4c6d")
LATER = EventId(UUID(int=0))
"""Stands in a command for the id of an earlier event until that event is stored."""


class About(NamedTuple):
    """An event that an earlier step stored: the one that a confirmation or a correction speaks of."""

    step: CommandId
    topic: str
    place: int = 0
    """Which of the step's events with that topic, from 0."""


class Step(NamedTuple):
    """One command to be sent."""

    id: CommandId
    clock: datetime
    """When it reaches the server; kept as the time of recording."""
    actor: StaffId
    command: Command
    at: datetime | None = None
    """When it happened, where that is not when it was sent."""
    device_at: datetime | None = None
    said_by: StaffId | None = None
    about: tuple[About, ...] = ()
    """Where the command's `event` is `LATER`: which one. For an export, what its keys' `{0}`, `{1}`, ... stand for."""


class Script:
    """The steps of one story, in the order they are told."""

    def __init__(self, name: str) -> None:
        """`name` is the story's own within the trust: it seeds the ids."""
        self.name = name
        self.steps: list[Step] = []

    @property
    def next_id(self) -> CommandId:
        """The id of the step that is added next."""
        return CommandId(uuid5(_SEED, f"{self.name}/{len(self.steps)}"))

    def send(
        self,
        clock: datetime,
        actor: StaffId,
        command: Command,
        *,
        at: datetime | None = None,
        device_at: datetime | None = None,
        said_by: StaffId | None = None,
        about: tuple[About, ...] = (),
    ) -> CommandId:
        """Add a step; the id it will be sent under."""
        made = self.next_id
        self.steps.append(Step(made, clock, actor, command, at, device_at, said_by, about))
        return made


def in_order(scripts: Iterable[Script]) -> tuple[Step, ...]:
    """The steps of many stories by the time they reach the server; at one moment, as they were told."""
    return tuple(sorted((step for script in scripts for step in script.steps), key=lambda step: step.clock))


def visit_of(command: CommandId) -> VisitId:
    """The visit that a request makes."""
    return VisitId(uuid5(command, "visit"))


def trip_of(command: CommandId) -> TripId:
    """The trip that a request with times, or a plan, makes."""
    return TripId(uuid5(command, "trip"))


def concern_of(command: CommandId) -> ConcernId:
    """The concern that somebody raises."""
    return ConcernId(uuid5(command, "concern"))


def case_of(command: CommandId) -> CaseId:
    """The restricted case that somebody raises."""
    return CaseId(uuid5(command, "case"))


def staff_of(command: CommandId) -> StaffId:
    """The member of staff who is added."""
    return StaffId(uuid5(command, "staff"))


def pupil_of(command: CommandId) -> PupilId:
    """The pupil who is admitted."""
    return PupilId(uuid5(command, "pupil"))
