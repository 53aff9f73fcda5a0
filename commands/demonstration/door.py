"""When an outing of the demonstration happens, and the doors it comes to."""

from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from commands.demonstration.people import Child
from commands.demonstration.steps import About, visit_of
from domain.ids import CommandId, ConcernId, VisitId
from domain.visit.events import SafetyKind

NOBODY_ASKED: Final = CommandId(UUID(int=0))
"""Stands for a request that was never sent."""


class Day(NamedTuple):
    """When a story happens."""

    leaves: datetime
    eve: date | None
    """The school day before, where something may be asked for then."""
    morrow: date
    """The school day after."""


class Door:
    """One visit of an outing."""

    def __init__(self, children: tuple[Child, ...], purpose: str, *, welfare: bool) -> None:
        """Nothing is asked for before `Outing.request`."""
        self.children = children
        self.purpose = purpose
        self.welfare = welfare
        self.request = NOBODY_ASKED
        self.approvals: list[CommandId] = []
        self.appointment: datetime | None = None
        self.moved_to: Child | None = None
        self.reached = False
        """Whether anything passed between school and family: the visit goes on record."""
        self.unsafe: SafetyKind | None = None
        self.concerns: list[ConcernId] = []
        self.contacts: list[About] = []
        """What the family said apart from the visit: an appointment, a delay, a no, an answered call."""

    @property
    def asked_for(self) -> bool:
        """Whether there is a visit; not where they left with nothing planned."""
        return self.request != NOBODY_ASKED

    @property
    def visit(self) -> VisitId:
        """The visit's id, once it is asked for."""
        return visit_of(self.request)

    @property
    def first(self) -> Child:
        """The child whom the texts speak of."""
        return self.moved_to or self.children[0]

    @property
    def everybody(self) -> tuple[Child, ...]:
        """The children whom the visit is about now."""
        return (self.moved_to, *self.children[1:]) if self.moved_to else self.children
