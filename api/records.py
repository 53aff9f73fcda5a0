"""Opening a child's record: who may, and the reading kept before the answer leaves (DV-12)."""

from typing import Literal
from uuid import UUID

from api.identity import Acquainted
from api.pages.words import roles_in_words
from api.runtime import Runtime
from commands.bus import Sender
from commands.ids import new_command_id
from domain.ids import ConcernId, PupilId, StaffId, TripId, VisitId
from domain.permissions import Question
from domain.refusal import NotPermitted
from domain.shared.commands import ViewRecord

Kind = Literal["visit", "pupil", "concern", "staff", "trip"]


def may_read(me: Acquainted) -> bool:
    """Whether the person may open histories, chronologies and concerns (setting `note_readers`; LJ-54, LJ-67, WL-32)."""
    return me.may(Question.HISTORY)


async def open_record(
    runtime: Runtime,
    me: Acquainted,
    question: Question,
    record: UUID,
    *,
    kind: Kind,
    what: str,
    theirs: bool = False,
) -> int:
    """Keep that this person opens a record; the index that the projections asked next must have reached.

    Whoever wrote one may always open it. A person who may not is turned away, and that is kept on the record as well.
    Raises NotPermitted; Unknown for a record that this school does not have; LogUnavailable: then nothing is shown.
    """
    may = theirs or me.may_any(question)
    index = await keep_reading(runtime, me, record, kind=kind, what=what if may else f"refused {what}")
    # The reading is durable here, and nothing has been answered yet.
    if may:
        return index
    who = roles_in_words(me.words_of(question))
    message = f"This record is read by {who}. That you asked for it is kept on it"
    raise NotPermitted(message)


async def keep_reading(runtime: Runtime, me: Acquainted, record: UUID, *, kind: Kind, what: str) -> int:
    """Keep on a record that this person opened it, or tried to; the index of that.

    Raises Unknown for a record that this school does not have; LogUnavailable: then nothing is shown.
    """
    command = ViewRecord(
        visit=VisitId(record) if kind == "visit" else None,
        pupil=PupilId(record) if kind == "pupil" else None,
        concern=ConcernId(record) if kind == "concern" else None,
        staff=StaffId(record) if kind == "staff" else None,
        trip=TripId(record) if kind == "trip" else None,
        what=what,
    )
    stored = await runtime.bus.send(me.slug, command, Sender(me.id, new_command_id()))
    return stored.last_index
