"""What an event says, field by field, in words; other people's data in it marked for a person to check.

Every field that holds anything is told. Left out are only ids and codes that a sentence beside them says better.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

import msgspec

from api.pages.templating import day, hms
from api.pages.words import (
    ADULTS,
    ALARMS,
    APPOINTMENT_HOW,
    CANCEL_REASONS,
    CHECK_INS,
    CONCERNS,
    CONTACT_RESULTS,
    HOW_RESOLVED,
    INSTEAD,
    NOT_SEEN_DECISIONS,
    OUTCOMES,
    POLICE_CHECK,
    SAFETY_KINDS,
    STEPS,
    TOLD_BY,
    in_words,
    role_in_words,
)
from commands.subject_access import Everything
from domain.erasure.events import PersonalDataErased
from domain.event import Event
from domain.ids import DOORSTEP, EventId, PupilId, StaffId, Stream, StreamKind
from domain.policy import Source
from domain.school.events import ExportTakenBack, RecordExported
from projections.board_words import name_of
from projections.directory import Directory
from projections.export_shapes import reference_of

A_NAME: Final = "another person's name"
A_CHILD: Final = "another child's name"
A_NUMBER: Final = "a telephone number, which may be another person's"
AN_ADDRESS: Final = "an address, which may be another family's"
WRITTEN: Final = "free text, which may name others"

_LEFT_OUT: Final = frozenset(
    {
        *("about_topic", "topic", "trip", "sha256", "log_index", "command", "reused_id", "clauses", "settings"),
        *("before", "after", "migrations", "old_checkpoint", "streams", "exports", "policy_key", "to", "route"),
    }
)
"""Codes and ids for the program: the entry's title and its other fields say in words what they mean."""
_OWN_PUPIL: Final = frozenset(
    {"given_name", "family_name", "born", "upn", "year_group", "class_name", "language", "moved_to"}
)
_OWN_STAFF: Final = frozenset({"name", "job", "employer", "mobile", "code", "registration", "make", "model", "colour"})
_NAMES: Final = frozenset(
    {"with_whom", "adult_name", "who", "name", "given_name", "family_name", "carers", "attested_by"}
)
_NUMBERS: Final = frozenset({"mobile", "phone"})
_ROLES: Final = frozenset({"role", "word", "holder"})
_CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "category": CONCERNS,
    "adult": ADULTS,
    "police_check": POLICE_CHECK,
    "instead": INSTEAD,
    "purpose": {},
    "step": STEPS,
    "channel": TOLD_BY,
    "how": HOW_RESOLVED,
}
"""Fields that hold a code, also where they count as personal, with the words that are not the policies'."""
_SOURCES: Final[Mapping[Source, str]] = {
    Source.DEFAULT: "Doorstep's advice",
    Source.CLAUSE: "a clause of the policy",
    Source.READING: "our reading of the policy",
}
_ENUMS: Final[Mapping[tuple[type, str], str]] = {
    (type(code), str(code)): words
    for table in (
        *(OUTCOMES, CANCEL_REASONS, SAFETY_KINDS, APPOINTMENT_HOW, NOT_SEEN_DECISIONS),
        *(CHECK_INS, CONTACT_RESULTS, ALARMS, _SOURCES),
    )
    for code, words in table.items()
}
"""By type as well: several of them have an "other", each with its own words."""
_LABELS: Final[Mapping[str, str]] = {
    "upn": "UPN",
    "on": "last day",
    "at": "time agreed",
    "says": "what was noted",
    "text": "what was written",
    "fields": "write-up",
    "keys": "records",
    "key": "record",
    "what": "which record",
    "page": "what was opened",
    "record": "which one",
    "told": "who was told",
    "texts": "what it ought to have said",
    "times": "time that was meant",
    "retracts": "taken back",
    "target": "about",
    "occurred_at": "true time",
}
_A_CODE: Final = re.compile(r"[A-Za-z][a-z0-9]*([_.][A-Za-z0-9]+)*")


class Piece(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of what is told."""

    text: str
    check: str = ""
    """Why a person must look at it before it is given out; "" where there is no need."""

    @property
    def marked(self) -> str:
        """The text with its mark."""
        return f"{self.text} [check before giving out: {self.check}]" if self.check else self.text


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that an entry says."""

    label: str
    pieces: tuple[Piece, ...]


class Telling:
    """Tells events of one person's export in words."""

    def __init__(self, found: Everything, known: Directory) -> None:
        """`known` has the names."""
        self._subject: Stream = found.subject
        self._known = known
        self._visits = found.visits - found.mistaken
        self._streets = found.streets
        self._places = {r.envelope.event_id: r.envelope.index for r in found.entries}
        own = (r.event for r in found.entries if r.envelope.stream == found.subject)
        self._homes = {home for event in own if (home := getattr(event, "address", ""))}

    def fields(self, event: Event, stream: Stream) -> tuple[Field, ...]:
        """Everything that an event says."""
        told = []
        for name in event.__struct_fields__:
            value = getattr(event, name)
            if name in _LEFT_OUT or value in (None, "", (), {}):
                continue
            pieces = tuple(self._pieces(event, stream, name, value))
            if pieces:
                told.append(Field(label=_label(name), pieces=pieces))
        return tuple(told)

    def person(self, person: UUID) -> Piece:
        """A member of staff by name; marked unless it is the export's own."""
        if person == DOORSTEP:
            return Piece(text="Doorstep")
        name = name_of(self._known, StaffId(person))
        return Piece(text=name, check="" if person == self._subject.id else A_NAME)

    def place(self, stream: Stream) -> Piece:
        """What an entry is part of: "the visit to 12 Mill Lane"."""
        if stream.kind is StreamKind.VISIT:
            return self._visit(stream.id)
        words = {
            StreamKind.TRIP: "a trip",
            StreamKind.CONCERN: "a concern",
            StreamKind.CASE: "a restricted case",
            StreamKind.SCHOOL: "the school's own record",
            StreamKind.PUPIL: "a pupil's record",
            StreamKind.STAFF: "a staff record",
            StreamKind.ACCESS: "the record of who read what",
        }[stream.kind]
        return Piece(text=words)

    def _visit(self, visit: UUID) -> Piece:
        street = self._streets.get(visit, "")
        own = self._subject.kind is StreamKind.PUPIL and visit in self._visits
        return Piece(
            text=f"the visit to {street}" if street else "a visit", check="" if own or not street else AN_ADDRESS
        )

    def _pieces(self, event: Event, stream: Stream, name: str, value: Any) -> Iterator[Piece]:
        """One field. Texts are marked by what the event declares as personal; ids by whom they mean."""
        if isinstance(event, RecordExported | ExportTakenBack | PersonalDataErased) and name in ("keys", "key"):
            yield from self._records([value] if isinstance(value, str) else [str(one) for one in value])
        elif isinstance(value, UUID):
            yield self._meant(value)
        elif isinstance(value, str) and not isinstance(value, Enum):
            yield self._text(event, stream, name, value)
        elif isinstance(value, dict):
            for key, one in value.items():
                label = "" if "." in key else f"{in_words(key)}: "
                check = WRITTEN if name in event.PERSONAL and isinstance(one, str) else ""
                yield Piece(text=f"{label}{_plain(one)}", check=check)
        elif isinstance(value, tuple | list):
            for one in value:
                yield from self._pieces(event, stream, name, one)
        elif isinstance(value, msgspec.Struct):
            yield Piece(text=_struct(value), check=A_NAME if name in _NAMES else "")
        else:
            yield Piece(text=_plain(value))

    def _text(self, event: Event, stream: Stream, name: str, text: str) -> Piece:
        if name in _ROLES:
            return Piece(text=role_in_words(text))
        personal = name in event.PERSONAL
        if (not personal or name in _CODES) and _A_CODE.fullmatch(text):
            return Piece(text=_CODES.get(name, {}).get(text) or in_words(text).replace(".", " "))
        own = _OWN_PUPIL if self._subject.kind is StreamKind.PUPIL else _OWN_STAFF
        mine = stream == self._subject and name in own
        mine = mine or (name == "address" and self._subject.kind is StreamKind.PUPIL and text in self._homes)
        return Piece(text=text, check=_why(name) if personal and not mine else "")

    def _meant(self, one: UUID) -> Piece:
        """Whom or what an id means."""
        if one in self._known.people or one == DOORSTEP:
            return self.person(one)
        child = self._known.pupils.get(PupilId(one))
        if child is not None:
            return Piece(text=child.name or "a pupil", check="" if one == self._subject.id else A_CHILD)
        if one in self._streets:
            return self._visit(one)
        found = self._places.get(EventId(one))
        return Piece(text=f"entry {found}" if found is not None else "another entry of the school's log")

    def _records(self, keys: Sequence[str]) -> Iterator[Piece]:
        """Exported records by their reference: those about this person; how many others went along."""
        mine = {str(self._subject.id), *map(str, self._visits)}
        about = [key for key in keys if mine & set(key.split("."))]
        yield from (Piece(text=reference_of(key)) for key in about)
        others = len(keys) - len(about)
        if others:
            yield Piece(text=f"and {others} about others")


def _why(name: str) -> str:
    if name in _NAMES:
        return A_NAME
    if name in _NUMBERS:
        return A_NUMBER
    return AN_ADDRESS if name == "address" else WRITTEN


def _label(name: str) -> str:
    words = _LABELS.get(name) or in_words(name)
    return words[:1].upper() + words[1:]


def _plain(value: Any) -> str:
    """A value that is nobody's name: a time, a day, a number, yes or no, a code of ours, a row of a sheet."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{hms(value)} on {day(value)}"
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Enum):
        return _ENUMS.get((type(value), str(value.value))) or role_in_words(str(value.value))
    return str(value)


def _struct(value: msgspec.Struct) -> str:
    parts = []
    for name in value.__struct_fields__:
        one = getattr(value, name)
        if one not in (None, "", (), {}):
            told = ", ".join(_struct(inner) for inner in one) if isinstance(one, tuple) else _plain(one)
            parts.append(f"{in_words(name)}: {told}")
    return "; ".join(parts)
