"""When an outing of the demonstration happens, and the doors it comes to."""

from datetime import date, datetime
from typing import NamedTuple

from commands.demonstration.people import Child
from commands.demonstration.steps import visit_of
from domain.ids import DOORSTEP, CommandId, VisitId


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
        self.request = CommandId(DOORSTEP)
        self.approvals: list[CommandId] = []
        self.appointment: datetime | None = None
        self.moved_to: Child | None = None

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
