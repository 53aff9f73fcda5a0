"""What can be asked for about the removal of a whole school."""

from typing import Annotated, ClassVar

from msgspec import Meta

from domain.command import Plan
from domain.ids import EventId
from domain.removal.events import Ground

_WHY = Annotated[str, Meta(min_length=1, max_length=4000)]


class KeepWholeExport(Plan, frozen=True, kw_only=True):
    """Record that everything the school has here is about to be written into a folder."""

    NAME: ClassVar = "keep-whole-export"
    INTERNAL: ClassVar = True
    why: _WHY
    keys_for: str


class AskRemoval(Plan, frozen=True, kw_only=True):
    """Ask for the whole school to be removed from here."""

    NAME: ClassVar = "ask-removal"
    ground: Ground
    why: _WHY


class ConfirmRemoval(Plan, frozen=True, kw_only=True):
    """Confirm, as a second person, that the school is to be removed. After the waiting time it cannot be undone."""

    NAME: ClassVar = "confirm-removal"
    event: EventId
    """The event that asked for it."""


class WithdrawRemoval(Plan, frozen=True, kw_only=True):
    """Say that the school stays."""

    NAME: ClassVar = "withdraw-removal"
    event: EventId
    """The event that asked for the removal."""
    why: _WHY


RemovalCommand = KeepWholeExport | AskRemoval | ConfirmRemoval | WithdrawRemoval

COMMANDS = (KeepWholeExport, AskRemoval, ConfirmRemoval, WithdrawRemoval)
