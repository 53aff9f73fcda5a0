"""What the overdue board's page shows: the lines that the projection answers with, and what a person may do there."""

from datetime import datetime

import msgspec

from api.pages.parts import Action
from projections import board_shapes
from projections.board_shapes import BoardAlarm, BoardDoor, BoardPerson, BoardStep, BoardWatcher, LineState

__all__ = [
    "ActionGroup",
    "Board",
    "BoardAlarm",
    "BoardDoor",
    "BoardLine",
    "BoardPerson",
    "BoardStep",
    "BoardWatcher",
    "LineState",
    "OutsiderHere",
]


class ActionGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Actions that belong together, under a heading: "At 12 Mill Lane"."""

    title: str
    actions: tuple[Action, ...]


class BoardLine(board_shapes.BoardLine, frozen=True, kw_only=True):
    """One trip, with the buttons for it."""

    actions: tuple[Action, ...] = ()
    """What is wanted now: shown at once."""
    groups: tuple[ActionGroup, ...] = ()
    """Everything else that may be told by telephone: shown on demand."""
    href: str = ""
    """The trip's own page; "" shows no link."""


class OutsiderHere(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of another school reads this one's records now, in an emergency."""

    id: str
    who: str
    """“Dora Deane, DSL of Beckside Primary, until 15:20”."""
    reason: str
    end: Action
    """To end it at once."""


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """The whole board, most urgent line first."""

    lines: tuple[BoardLine, ...]
    as_at: datetime
    """The server's instant when this was made."""
    outsiders: tuple[OutsiderHere, ...] = ()
    """Shown to those who guard the records, and to nobody else."""
