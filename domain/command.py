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


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all commands. Who sends it, when, and under which id travels in `Acting`."""

    NAME: ClassVar[str]
    """As in the address of its API route: `request-visit`."""
    KIND: ClassVar[CommandKind]
    ALLOWED: ClassVar[tuple[str, ...]] = ()
    """Role words (`domain.roles.who_counts_as`) that may send it; empty means any member of staff."""
