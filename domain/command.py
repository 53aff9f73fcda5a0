"""What every command is: what somebody asks for (a plan), says happened (a fact), or closes."""

from enum import StrEnum
from typing import ClassVar

import msgspec


class CommandKind(StrEnum):
    """How a command may be answered (design law 1)."""

    PLAN = "plan"
    """Refused until the school's policy is met, with everything that is still needed."""
    FACT = "fact"
    """Always accepted: in any state, late, out of order, with fields missing."""
    CLOSING = "closing"
    """May be refused until complete; "none" is an answer."""


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of all commands. Who sends it, when, and under which id travels in `Acting`.

    Who may send it stands in one table, `domain.permissions`. Every field of a fact has a default: a fact is accepted with fields missing.
    """

    NAME: ClassVar[str]
    """As in the address of its API route: `request-visit`."""
    KIND: ClassVar[CommandKind]
    BY_PHONE: ClassVar[bool] = False
    """Whether somebody may type it on another's spoken word, who then confirms or disowns it. Any fact may be."""
    INTERNAL: ClassVar[bool] = False
    """Sent by the program itself, and so without a route."""


class Plan(Command, frozen=True, kw_only=True):
    """A command that plans something."""

    KIND: ClassVar = CommandKind.PLAN


class Fact(Command, frozen=True, kw_only=True):
    """A command that says what already happened."""

    KIND: ClassVar = CommandKind.FACT


class Closing(Command, frozen=True, kw_only=True):
    """A command that closes something."""

    KIND: ClassVar = CommandKind.CLOSING
