"""What the overdue board shows, as `board.html` and `_board_rows.html` read it.

Any objects with these names will do (a projection's rows need not be made of these classes).
"""

from datetime import datetime
from typing import Literal

import msgspec

from api.pages.parts import Action, PersonLine

LineState = Literal[
    "planned", "cleared", "out", "soon", "amber", "overdue", "danger", "child_alone", "unreadable", "back"
]


class BoardPerson(msgspec.Struct, frozen=True, kw_only=True):
    """One person on a trip."""

    id: str
    name: str
    role: str = ""
    mobile: str = ""
    state: str
    """A state of the `tag` macro: `not left`, `out`, `back`, `safe by voice`."""


class BoardDoor(msgspec.Struct, frozen=True, kw_only=True):
    """One door of a trip."""

    visit: str
    street: str
    pupils: str
    """Names as one line: "Ava and Noah Brook"."""
    state: str
    """In words: "at the door", "inside", "left the house", "not reached yet"."""
    since: datetime | None = None
    wait_until: datetime | None = None
    """Shown as a wait clock where somebody waits at a door that nobody answers."""


class BoardAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that somebody must take. Also set for danger and for a child alone."""

    about: str
    """In words: "not back", "agreed call not made"."""
    due_at: datetime
    found_at: datetime
    late_found: bool = False
    """True where the watch found it long after it was due: the program was off."""
    taken_by: str = ""
    """Name of the person who said "I'm dealing with it"; "" while nobody has, and the sound goes on."""
    taken_at: datetime | None = None


class BoardStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of "what to do now", in the school's order."""

    code: str
    says: str
    whom: str = ""
    number: str = ""
    state: Literal["done", "due", "later", "skipped"]
    result: str = ""
    """What came of it, in words: "no answer, 14:58"."""


class BoardLine(msgspec.Struct, frozen=True, kw_only=True):
    """One trip on the board. All instants UTC-aware."""

    trip: str
    state: LineState
    headline: str
    """One sentence: "Due back at 14:50, not back"."""
    people: tuple[BoardPerson, ...]
    doors: tuple[BoardDoor, ...] = ()
    left_at: datetime | None = None
    back_by: datetime | None = None
    due_at: datetime | None = None
    """The instant at which it is overdue; the page turns the line red by itself when it passes."""
    back_by_words: str = ""
    """London time, with BST or GMT where that hour comes twice."""
    watcher: PersonLine | None = None
    alarm: BoardAlarm | None = None
    steps: tuple[BoardStep, ...] = ()
    ask_still: bool = False
    actions: tuple[Action, ...] = ()
    notes: tuple[str, ...] = ()
    href: str = ""
    """The trip's own page; "" shows no link."""


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """The whole board, most urgent line first."""

    lines: tuple[BoardLine, ...]
    as_at: datetime
    """The server's instant when this was made."""
