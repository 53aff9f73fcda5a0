"""What a school holds about one pupil or one member of staff, to be given out: complete, in words, and marked.

Nothing is left out for the sake of others: a person decides what of the marked parts goes out (UK GDPR, article 15;
Data Protection Act 2018, schedule 2, part 3). That it was made is kept before it leaves.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from api.identity import Acquainted
from api.pages.wording import describe_event
from api.pages.words import role_in_words, roles_in_words
from api.records import PAGES, keep
from api.runtime import Runtime
from api.subject_access_fields import Field, Piece, Telling
from commands.subject_access import SPEAKS_OF, Everything, everything_about, is_act_of, names
from domain.access.commands import KeepExport
from domain.access.events import RecordKind
from domain.envelope import Recorded
from domain.event import Erased
from domain.ids import EventId, PupilId, StaffId, Stream, StreamKind, pupil_stream, staff_stream
from domain.permissions import Question
from domain.refusal import NotPermitted, Unknown
from projections import restricted_cases
from projections.directory import Directory

Kind = Literal["pupil", "staff"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One event."""

    number: int
    """Its place in the school's log: entries speak of each other by it."""
    title: str
    part_of: Piece
    happened_at: datetime
    """As it was stated."""
    recorded_at: datetime
    device_at: datetime | None
    """When a phone queued it, by the phone's clock."""
    by: Piece
    """Whose word it is."""
    role: str
    typed_by: Piece | None
    """Who typed it, where it was said by telephone."""
    deputising_for: Piece | None
    says: tuple[Field, ...]
    speaks_of: tuple[int, ...]
    """Earlier entries that this one corrects, explains, confirms or disowns."""
    see_also: tuple[int, ...]
    """Later entries that do so to this one."""
    check: str
    """Why the whole entry must be looked at before it is given out; "" where there is no need."""


class SubjectAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one person."""

    about: str
    kind: Kind
    school: str
    made_at: datetime
    made_by: str
    index: int
    """It holds what had been stored up to this entry of the school's log."""
    marks: int
    """How many places a person has to look at."""
    erased: int
    """Entries of which only the time and the actor are left."""
    notes: tuple[str, ...]
    entries: tuple[Entry, ...]


NOTES: Final = (
    "Everything that Doorstep holds about this person is here, in the order it happened; of restricted cases see below.",
    "Look at each marked place, and take out what is about somebody else unless they agree or it is reasonable to give it.",
    "The DSL decides whether a concern may be given out at all: not where that could put a child at risk.",
    "A restricted case is here where whoever made this is part of it. Ask the headteacher, the DSL and the chair for others.",
    "What the school holds elsewhere (CPOMS or MyConcern, paper, email) is not in here.",
)


async def subject_access(runtime: Runtime, me: Acquainted, kind: Kind, subject: UUID) -> SubjectAccess:
    """Everything about one person; that it was asked for is kept on their record before anything leaves.

    Raises NotPermitted (kept on the record too), Unknown, LogUnavailable; Refused while an alarm about the log stands.
    """
    if not me.may(Question.SUBJECT_ACCESS):
        who = roles_in_words(me.words_of(Question.SUBJECT_ACCESS))
        message = f"A subject access export is made by {who}. That you asked for it is kept"
        raise NotPermitted(message)
    stream = pupil_stream(PupilId(subject)) if kind == "pupil" else staff_stream(StaffId(subject))
    _name(stream, me.directory)
    about = (PupilId(subject),) if kind == "pupil" else ()
    page = PAGES[Question.SUBJECT_ACCESS]
    await keep(runtime, me, KeepExport(page=page, kind=RecordKind(kind), record=subject, shown=about))
    # It is durable here that it was asked for, and nothing has been answered yet.
    await asyncio.to_thread(runtime.bus.integrity.of, me.slug)
    runtime.bus.integrity.refuse(me.slug)  # What somebody altered is given out to nobody.
    inside = await runtime.ask(
        me.slug, lambda view: restricted_cases.ids_inside(view, me.directory, me.person, me.now), restricted_cases.NAME
    )
    found = await asyncio.to_thread(everything_about, runtime.store.log(me.slug), stream, inside)
    return told(found, me)


def told(found: Everything, me: Acquainted) -> SubjectAccess:
    """What was found, in words. Raises Unknown for somebody whom the school does not know."""
    telling = Telling(found, me.directory)
    back, forth = _references(found.entries)
    entries = tuple(
        _entry(one, found, me.directory, telling, (back[one.envelope.event_id], forth[one.envelope.event_id]))
        for one in found.entries
    )
    return SubjectAccess(
        about=_name(found.subject, me.directory),
        kind="pupil" if found.subject.kind is StreamKind.PUPIL else "staff",
        school=me.school.name,
        made_at=me.now,
        made_by=me.person.name,
        index=found.index,
        marks=sum(_marks(one) for one in entries),
        erased=sum(isinstance(one.event, Erased) for one in found.entries),
        notes=NOTES,
        entries=entries,
    )


def _name(subject: Stream, known: Directory) -> str:
    person = (
        known.pupils.get(PupilId(subject.id))
        if subject.kind is StreamKind.PUPIL
        else known.people.get(StaffId(subject.id))
    )
    if person is None:
        raise Unknown("record")
    return person.name


def _entry(
    recorded: Recorded,
    found: Everything,
    known: Directory,
    telling: Telling,
    references: tuple[tuple[int, ...], tuple[int, ...]],
) -> Entry:
    envelope, event = recorded
    role = role_in_words(envelope.role)
    for article in ("the ", "a member of ", "a "):
        role = role.removeprefix(article)
    return Entry(
        number=envelope.index,
        title=describe_event(recorded, known).title,
        part_of=telling.place(envelope.stream),
        happened_at=envelope.occurred_at,
        recorded_at=envelope.recorded_at,
        device_at=envelope.device_at,
        by=telling.person(envelope.person),
        role="" if role == "doorstep" else role,
        typed_by=telling.person(envelope.actor) if envelope.said_by is not None else None,
        deputising_for=telling.person(envelope.deputising_for) if envelope.deputising_for is not None else None,
        says=telling.fields(event, envelope.stream),
        speaks_of=references[0],
        see_also=references[1],
        check=_of_others(recorded, found),
    )


def _of_others(recorded: Recorded, found: Everything) -> str:
    """Why a whole entry may be about somebody else."""
    (envelope, event), subject = recorded, found.subject
    if envelope.stream.kind is StreamKind.CASE:
        return "it stands in a restricted case: those who handle it decide whether it is given out"
    named = envelope.stream == subject or names(event, subject.id)
    if subject.kind is StreamKind.STAFF:
        if envelope.stream.kind in (StreamKind.VISIT, StreamKind.CONCERN, StreamKind.PUPIL):
            return "it is about a family"
        others = not named and not is_act_of(envelope, subject.id)
        return "it does not name this person, and may be about others only" if others else ""
    return "" if named else _of_other_children(recorded, found)


def _of_other_children(recorded: Recorded, found: Everything) -> str:
    envelope, event = recorded
    if envelope.stream.id in found.mistaken:
        return "this visit is about another child: it had been put down to this one by mistake"
    if isinstance(getattr(event, "pupil", None), UUID):
        return "it is about another child"
    door = getattr(event, "visit", None)
    if isinstance(door, UUID) and door not in found.visits:
        return "it is about another door on the same trip"
    return ""


def _references(
    entries: tuple[Recorded, ...],
) -> tuple[Mapping[EventId, tuple[int, ...]], Mapping[EventId, tuple[int, ...]]]:
    """Which entries each one speaks of, and which ones speak of it."""
    places = {r.envelope.event_id: r.envelope.index for r in entries}
    back: dict[EventId, tuple[int, ...]] = defaultdict(tuple)
    forth: dict[EventId, tuple[int, ...]] = defaultdict(tuple)
    for one in sorted(entries, key=lambda r: r.envelope.index):
        for target in dict.fromkeys(_targets(one)):
            if target in places:
                back[one.envelope.event_id] += (places[target],)
                forth[target] += (one.envelope.index,)
    return back, forth


def _targets(recorded: Recorded) -> Iterator[EventId]:
    envelope, event = recorded
    if envelope.corrects is not None:
        yield envelope.corrects
    for field in SPEAKS_OF:
        target = getattr(event, field, None)
        if isinstance(target, UUID):
            yield EventId(target)


def _marks(entry: Entry) -> int:
    pieces = [entry.part_of, entry.by, entry.typed_by, entry.deputising_for, *(p for f in entry.says for p in f.pieces)]
    return bool(entry.check) + sum(bool(piece.check) for piece in pieces if piece is not None)
