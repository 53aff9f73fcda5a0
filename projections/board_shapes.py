"""What the overdue board shows, as its page, its JSON and its feed read it. All instants UTC-aware."""

from datetime import datetime
from typing import Literal

import msgspec

LineState = Literal["planned", "cleared", "out", "soon", "amber", "overdue", "danger", "child_alone", "unreadable"]

URGENCY: tuple[LineState, ...] = (
    "danger",
    "child_alone",
    "overdue",
    "unreadable",
    "amber",
    "soon",
    "out",
    "cleared",
    "planned",
)
"""Most urgent first: the order of the board."""


class BoardPerson(msgspec.Struct, frozen=True, kw_only=True):
    """One person on a trip."""

    id: str
    name: str
    role: str = ""
    mobile: str = ""
    state: str
    """`not left`, `out`, `back`, `safe by voice`; `said so` for somebody whose word came with no trip."""


class BoardWatcher(msgspec.Struct, frozen=True, kw_only=True):
    """Who stays behind and watches."""

    name: str
    role: str = ""
    mobile: str = ""


class BoardDoor(msgspec.Struct, frozen=True, kw_only=True):
    """One door of a trip."""

    visit: str
    street: str
    pupils: str
    """Names as one line: "Ava and Noah Brook"."""
    state: str
    """In words: "at the door", "inside", "left the house", "not reached yet"."""
    since: datetime | None = None
    since_words: str = ""
    """The same after `state`: "since 10:31" for what goes on, "at 10:31" for what happened."""
    wait_until: datetime | None = None
    """Shown as a wait clock where somebody waits at a door that nobody answers."""
    at: Literal["ahead", "door", "no_answer", "inside", "left", "off", "alone"] = "ahead"
    """The same as `state`, for programs."""


class BoardAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that somebody must take. Also set for danger and for a child alone."""

    about: str
    """In words: "not back", "agreed call not made"."""
    due_at: datetime
    found_at: datetime
    late_found: bool = False
    """True where it was found long after it was due: the program was off, or the facts came late."""
    taken_by: str = ""
    """Name of the person who said "I'm dealing with it"; "" while nobody has, and the sound goes on."""
    taken_at: datetime | None = None


class BoardStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of "what to do now", in the school's order."""

    code: str
    """The policy's word (`staff_mobile`, `pupil_home`, `inform_SLT`), or `tell_dsl`."""
    says: str
    whom: str = ""
    number: str = ""
    state: Literal["done", "due", "later", "skipped"]
    result: str = ""
    """What came of it, in words: "no answer, 14:58"."""
    person: str = ""
    """The visitor whom the call is about, or the senior person to be told; "" for a home."""
    visit: str = ""
    """The door whose home is rung."""


class BoardLine(msgspec.Struct, frozen=True, kw_only=True):
    """One trip on the board."""

    trip: str
    """The trip's id; for a visit that is on no trip, `visit-` and the visit's id."""
    state: LineState
    headline: str
    """One sentence: "Due back at 14:50, not back"."""
    people: tuple[BoardPerson, ...]
    doors: tuple[BoardDoor, ...] = ()
    left_at: datetime | None = None
    back_by: datetime | None = None
    due_at: datetime | None = None
    """The instant after which it is overdue; the page turns the line red by itself when it passes."""
    back_by_words: str = ""
    """London time, with BST or GMT where that hour comes twice, and the day where it is not today."""
    watcher: BoardWatcher | None = None
    alarm: BoardAlarm | None = None
    steps: tuple[BoardStep, ...] = ()
    was_due_words: str = ""
    """When they were due back, where an alarm about that stands: as `back_by_words`, which may be a time given since."""
    ask_still: bool = False
    agreed_call_at: datetime | None = None
    """When they ring to say that the visit is over; None once they have, and where no call is agreed."""
    agreed_call_words: str = ""
    """The same as `back_by_words`."""
    notes: tuple[str, ...] = ()
    danger: bool = False
    """Whether danger was reported, or 999 called, and is not over."""
    stand_down: bool = False


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """The whole board, most urgent line first."""

    lines: tuple[BoardLine, ...]
    as_at: datetime
    """The server's instant when this was made."""
