"""Opening a child's record: who may, and the reading kept before the answer leaves (DV-12)."""

from collections.abc import Hashable, Mapping
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from api.identity import Acquainted
from api.pages.words import roles_in_words
from api.runtime import Runtime
from commands.ids import new_command_id
from domain.access.commands import AccessCommand, KeepList, KeepReading, KeepSearch
from domain.access.events import RecordKind
from domain.ids import CaseId, ConcernId, PupilId, StaffId, TripId, VisitId
from domain.permissions import Question
from domain.refusal import NotPermitted
from domain.times import day_of

RECORDS: Final = (RecordKind.CONCERN, RecordKind.VISIT, RecordKind.TRIP, RecordKind.PUPIL)
"""What an address may name, the narrowest first."""
PAGES: Final[Mapping[Question, str]] = {
    Question.TRIP: "trip",
    Question.PHONE_TRIP: "contact card",
    Question.VISIT: "visit",
    Question.HISTORY: "history",
    Question.CHRONOLOGY: "chronology",
    Question.FAMILY: "family details",
    Question.CONCERN: "concern",
    Question.WHO_LOOKED: "who looked",
    Question.SUBJECT_ACCESS: "subject access export",
    Question.ERASURE_OF: "how long it is kept",
    Question.CASES: "cases",
    Question.CASE: "restricted case",
    Question.EXPORT_RECORD: "export text",
}
"""What a page about one record is called on record. A list is called as its address is."""


def may_read(me: Acquainted) -> bool:
    """Whether the person may open histories, chronologies and concerns (setting `note_readers`; LJ-54, LJ-67, WL-32)."""
    return me.may(Question.HISTORY)


async def open_record(
    runtime: Runtime,
    me: Acquainted,
    question: Question,
    record: UUID,
    *,
    kind: RecordKind,
    theirs: bool = False,
) -> int:
    """Keep that this person opens a record; the index that the projections asked next must have reached.

    Whoever wrote one may always open it. A person who may not is turned away, and that is kept as well
    (`api.on_record`), whether there is such a record or not: the answer is the same. Raises NotPermitted; Unknown for a
    record that this school does not have; LogUnavailable: then nothing is shown.
    """
    refuse_unless_opens(me, question, theirs=theirs)
    await keep(runtime, me, command_of(record, kind, PAGES[question]))
    return runtime.changed(me.slug)


def refuse_unless_opens(me: Acquainted, question: Question, *, theirs: bool = False) -> None:
    """Raises NotPermitted, naming who may read such a record, unless this person may open it."""
    if theirs or me.may_any(question):
        return
    who = roles_in_words(me.words_of(question))
    message = f"This record is read by {who}. That you asked for it is kept"
    raise NotPermitted(message)


async def keep_shown(
    runtime: Runtime, me: Acquainted, question: Question, kind: RecordKind, record: UUID, pupils: tuple[PupilId, ...]
) -> None:
    """Keep that this person is about to be shown a record which the answer was made of. Raises LogUnavailable."""
    await keep(runtime, me, KeepReading(page=PAGES[question], kind=kind, record=record, shown=pupils))


async def keep_case_shown(runtime: Runtime, me: Acquainted, question: Question, case: CaseId) -> int:
    """Keep that somebody inside is about to be shown a case, under the case and no child. Raises LogUnavailable."""
    return await keep(runtime, me, KeepReading(page=PAGES[question], kind=RecordKind.CASE, record=case))


async def open_looks(runtime: Runtime, me: Acquainted, record: UUID, *, kind: RecordKind) -> int:
    """Keep that this person asks who looked at a record; the index of that, which the answer must have reached.

    Raises NotPermitted, Unknown, LogUnavailable.
    """
    if me.may(Question.WHO_LOOKED):
        return await keep(runtime, me, command_of(record, kind, PAGES[Question.WHO_LOOKED]))
    who = roles_in_words(me.words_of(Question.WHO_LOOKED))
    message = f"Who looked is seen by {who}. That you asked for it is kept"
    raise NotPermitted(message)


async def keep(runtime: Runtime, me: Acquainted, command: AccessCommand) -> int:
    """Keep what this person did with records, before the answer leaves; its index, or that of the same a moment ago.

    Raises Unknown for a record that this school does not have; LogUnavailable: then nothing is shown.
    """
    look = _with_device(me, command)
    same = (*_whose(me), look) if isinstance(look, _OFTEN) else None
    me.looks.kept = True
    known = None if same is None else runtime.recent.index_of(same, me.now)
    if known is not None:
        return known
    stored = await runtime.bus.send(me.slug, look, me.sender(new_command_id()))
    # It is durable here, and nothing has been answered yet.
    if same is not None:
        runtime.recent.note(same, me.now, stored.last_index)
    return stored.last_index


def keep_later(runtime: Runtime, me: Acquainted, command: AccessCommand) -> None:
    """Keep it as soon as possible: what is shown at once, and what shows nothing."""
    look = _with_device(me, command)
    same = (*_whose(me), look)
    if not isinstance(look, _OFTEN) or runtime.recent.index_of(same, me.now) is None:
        runtime.later.put(me.slug, look, me.sender(new_command_id()))
        runtime.recent.note(same, me.now, 0)


_OFTEN: Final = (KeepReading, KeepList, KeepSearch)
"""What a page that refreshes itself does again and again."""


def _whose(me: Acquainted) -> tuple[Hashable, ...]:
    return me.slug, me.id, me.roles, me.glass_id, day_of(me.now)


def _with_device(me: Acquainted, command: AccessCommand) -> AccessCommand:
    return command if command.device else replace(command, device=me.device)


def command_of(record: UUID, kind: RecordKind, page: str) -> KeepReading:
    """That somebody opens a record."""
    return KeepReading(
        page=page,
        visit=VisitId(record) if kind is RecordKind.VISIT else None,
        pupil=PupilId(record) if kind is RecordKind.PUPIL else None,
        concern=ConcernId(record) if kind is RecordKind.CONCERN else None,
        staff=StaffId(record) if kind is RecordKind.STAFF else None,
        trip=TripId(record) if kind is RecordKind.TRIP else None,
    )
