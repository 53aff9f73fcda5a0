"""Names and times as the sentences about events need them."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from api.pages.templating import short_day
from api.pages.words import listed
from domain.envelope import Envelope
from domain.ids import DOORSTEP, PupilId, StaffId, VisitId
from domain.times import day_of, hm
from projections.board_words import name_of
from projections.directory import Directory


class EventWords(msgspec.Struct, frozen=True, kw_only=True):
    """An event in school words."""

    title: str
    """Two or three words: "Left the house"."""
    body: str = ""
    """One sentence; names people and streets, quotes nothing that somebody typed about a child or family."""
    note: str = ""
    """What somebody typed, for those who may read notes."""
    tag: str = ""
    """A state of the `tag` macro; "" shows none."""

    @property
    def whole(self) -> str:
        """The sentence and what was typed, for a page or file that only note readers see."""
        return f"{self.body} “{self.note}”" if self.body and self.note else self.body or self.note


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What an envelope (or a history's line) says that the words need."""

    author: StaffId
    """Whose word the event is."""
    stream: UUID
    occurred_at: datetime


def beside(envelope: Envelope) -> Beside:
    """What an envelope says that the words need."""
    return Beside(author=envelope.person, stream=envelope.stream.id, occurred_at=envelope.occurred_at)


class Names:
    """Who, where and when, beside one event."""

    def __init__(self, known: Directory, about: Beside, streets: Mapping[VisitId, str]) -> None:
        """`streets` names doors by visit id."""
        self._known = known
        self._about = about
        self._streets = streets

    @property
    def author(self) -> str:
        """Whose word the event is."""
        return self.person(self._about.author)

    @property
    def me(self) -> str:
        """The person whose stream this is."""
        return self.person(StaffId(self._about.stream))

    def person(self, person: StaffId | None) -> str:
        """A person's name; "somebody" where it is not known, "Doorstep" for the program."""
        if person == DOORSTEP:
            return "Doorstep"
        return name_of(self._known, person)

    def people(self, people: tuple[StaffId, ...]) -> str:
        """Names as a sentence lists them."""
        return listed([self.person(p) for p in people]) or "nobody"

    def pupil(self, pupil: PupilId | None) -> str:
        """A pupil's name."""
        found = self._known.pupils.get(pupil) if pupil is not None else None
        return found.name if found is not None and found.name else "a pupil"

    def at_door(self, visit: VisitId | None) -> str:
        """Where, with a space before it (" at 12 Mill Lane"); nothing where the door is not known."""
        street = self._streets.get(visit, "") if visit is not None else ""
        return f" at {street}" if street else ""

    def when(self, instant: datetime) -> str:
        """The time in London; with the day where it is not the event's own day."""
        same = day_of(instant) == day_of(self._about.occurred_at)
        return hm(instant) if same else f"{hm(instant)} on {short_day(instant)}"

    def spell(self, starts: datetime | None, ends: datetime | None) -> str:
        """How long, with a comma before it (", from 09:00 until 15:00"); nothing where it is for ever."""
        parts = [f"from {self.when(starts)}" if starts else "", f"until {self.when(ends)}" if ends else ""]
        words = " ".join(part for part in parts if part)
        return f", {words}" if words else ""


def said(*texts: str) -> str:
    """What was typed, joined."""
    return " · ".join(text.strip() for text in texts if text and text.strip())
