"""What a screen on a wall shows: who is out, where and until when, in words of its own and without a child's name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from projections.board_shapes import Board, BoardLine, LineState

WALL_ROWS: Final = "_wall_rows.html"
_SAYS: Final[Mapping[LineState, str]] = {
    "planned": "Planned",
    "cleared": "OK to go, not left yet",
    "out": "Out",
    "soon": "Due back soon",
    "amber": "The office is looking into it",
    "overdue": "Not back",
    "danger": "Go to the office",
    "child_alone": "Go to the office",
    "unreadable": "Go to the office",
}
"""Never the line's own sentence, which may speak of a child."""
_SHOWN_AS: Final[Mapping[LineState, LineState]] = {"child_alone": "danger"}
"""Whoever passes by learns that help is needed, and not what was found at a door."""


class WallLine(msgspec.Struct, frozen=True, kw_only=True):
    """One trip."""

    trip: str
    state: LineState
    says: str
    people: tuple[str, ...]
    streets: tuple[str, ...]
    back_by_words: str
    due_at: datetime | None
    urgent: bool
    taken_by: str


class WallBoard(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, the most urgent first."""

    lines: tuple[WallLine, ...]
    as_at: datetime
    out: int
    """How many people are out."""


def on_the_wall(board: Board) -> WallBoard:
    """The board for everybody who passes by."""
    out = sum(person.state == "out" for line in board.lines for person in line.people)
    return WallBoard(lines=tuple(_line(one) for one in board.lines), as_at=board.as_at, out=out)


def _line(line: BoardLine) -> WallLine:
    return WallLine(
        trip=line.trip,
        state=_SHOWN_AS.get(line.state, line.state),
        says=_SAYS[line.state],
        people=tuple(person.name for person in line.people),
        streets=tuple(dict.fromkeys(door.street for door in line.doors if door.street)),
        back_by_words=line.was_due_words or line.back_by_words,
        due_at=line.due_at,
        urgent=line.alarm is not None or line.state in ("overdue", "danger", "child_alone", "unreadable"),
        taken_by=line.alarm.taken_by if line.alarm is not None else "",
    )
