"""Opening a child's record: who may, and the reading kept before the answer leaves (DV-12)."""

from uuid import UUID

from api.identity import Acquainted
from api.pages.words import roles_in_words
from api.runtime import Runtime
from commands.bus import Sender
from commands.ids import new_command_id
from domain.access.commands import AccessCommand, KeepReading, KeepRefusal
from domain.access.events import RecordKind, WhyRefused
from domain.ids import ConcernId, PupilId, StaffId, TripId, VisitId
from domain.permissions import Question
from domain.refusal import NotPermitted

LOOKS = "who looked"
"""The page that says who looked: reading it is kept as well."""


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
    page: str,
    theirs: bool = False,
) -> int:
    """Keep that this person opens a record; the index that the projections asked next must have reached.

    Whoever wrote one may always open it. A person who may not is turned away, and that is kept as well, whether there
    is such a record or not: the answer is the same. Raises NotPermitted; Unknown for a record that this school does not
    have; LogUnavailable: then nothing is shown.
    """
    if theirs or me.may_any(question):
        return await keep_reading(runtime, me, record, kind=kind, page=page)
    await keep_refusal(runtime, me, record, kind=kind, page=page)
    who = roles_in_words(me.words_of(question))
    message = f"This record is read by {who}. That you asked for it is kept"
    raise NotPermitted(message)


async def open_looks(runtime: Runtime, me: Acquainted, record: UUID, *, kind: RecordKind) -> int:
    """Keep that this person asks who looked at a record; the index of that, which the answer must have reached.

    Raises NotPermitted, Unknown, LogUnavailable.
    """
    if not me.may(Question.WHO_LOOKED):
        await keep_refusal(runtime, me, record, kind=kind, page=LOOKS)
        who = roles_in_words(me.words_of(Question.WHO_LOOKED))
        message = f"Who looked is seen by {who}. That you asked for it is kept"
        raise NotPermitted(message)
    return await keep(runtime, me, _reading(record, kind, LOOKS))


async def keep_reading(runtime: Runtime, me: Acquainted, record: UUID, *, kind: RecordKind, page: str) -> int:
    """Keep that this person opened a record; the index that the projections asked next must have reached.

    Raises Unknown for a record that this school does not have; LogUnavailable: then nothing is shown.
    """
    await keep(runtime, me, _reading(record, kind, page))
    return runtime.changed(me.slug)


async def keep_refusal(
    runtime: Runtime,
    me: Acquainted,
    record: UUID | None,
    *,
    kind: RecordKind | None,
    page: str,
    why: WhyRefused = WhyRefused.ROLE,
) -> None:
    """Keep that this person was turned away. Raises LogUnavailable."""
    await keep(runtime, me, KeepRefusal(page=page, why=why, kind=kind, record=record))


async def keep(runtime: Runtime, me: Acquainted, command: AccessCommand) -> int:
    """Keep what this person did with records, before the answer leaves; its index. Raises Unknown, LogUnavailable."""
    stored = await runtime.bus.send(me.slug, command, Sender(me.id, new_command_id()))
    # It is durable here, and nothing has been answered yet.
    return stored.last_index


def _reading(record: UUID, kind: RecordKind, page: str) -> KeepReading:
    return KeepReading(
        page=page,
        visit=VisitId(record) if kind is RecordKind.VISIT else None,
        pupil=PupilId(record) if kind is RecordKind.PUPIL else None,
        concern=ConcernId(record) if kind is RecordKind.CONCERN else None,
        staff=StaffId(record) if kind is RecordKind.STAFF else None,
        trip=TripId(record) if kind is RecordKind.TRIP else None,
    )
