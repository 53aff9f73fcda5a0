"""Sending a command for somebody, from wherever it came: the API, a form, the phone. The one call that decides."""

from datetime import datetime

import msgspec

from accounts.errors import WhoIsAtTheDeskError
from api.identity import Acquainted
from api.runtime import Runtime
from commands.reading import Read
from domain.command import Command, CommandKind
from domain.ids import CommandId, Stream
from domain.refusal import NotPermitted
from domain.shared.events import KeptAsSent
from domain.trip.events import FactCameLoose
from eventlog.seam import Appended


class StreamName(msgspec.Struct, frozen=True, kw_only=True):
    """What a command was about: a trip, visit, concern, member of staff, pupil or the school."""

    kind: str
    id: str


class Stored(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of a command. Once this is answered, the events are durable."""

    status: str
    """`stored`; `already stored` where the id was known with the same content; `nothing to do` where there was none."""
    command_id: str
    """The id it was sent under."""
    index: int
    """The place of its last event in the school's log; ask with `at_least` to see it."""
    received_at: datetime
    """When the school's log received it, by the server's clock."""
    stream: StreamName | None = None
    events: tuple[str, ...] = ()
    """The topics of the events, in order."""
    kept_as_text: tuple[str, ...] = ()
    """The fields of a fact that could not be read: kept as they came, and flagged for the DSL."""
    without_effect: str = ""
    """Why a fact that was kept whole changed nothing on the board; "" where it acted."""
    stored_as: str = ""
    """For a fact whose id had been used before for something else: the id it has now."""


def refuse_at_desk(me: Acquainted, kind: type[Command]) -> None:
    """Raises WhoIsAtTheDeskError for what nobody may plan unnamed, NotPermitted for what a PIN does not open."""
    if me.nobody_yet and kind.KIND is not CommandKind.FACT:
        raise WhoIsAtTheDeskError
    if me.shut_here(kind):
        message = "This is not done at a front desk: sign in by yourself, on a device of your own"
        raise NotPermitted(message)


async def send(runtime: Runtime, me: Acquainted, read: Read, command_id: CommandId) -> Appended:
    """Send what was read, as this person. Raises as `Bus.send`; WhoIsAtTheDeskError for what nobody may plan unnamed."""
    refuse_at_desk(me, type(read.command))
    said_by, unreadable = read.said_by, dict(read.unreadable)
    if read.command.KIND is CommandKind.FACT and said_by is not None and said_by not in me.directory.people:
        # Whose word it was is not known here: kept as text, so that it is not lost (law 1).
        said_by, unreadable["said_by"] = None, str(said_by)
    sender = me.sender(command_id)._replace(
        at=read.at,
        device_at=read.device_at,
        said_by=said_by,
        unreadable=unreadable,
    )
    return await runtime.bus.send(me.slug, read.command, sender)


def stored(appended: Appended, command_id: CommandId, now: datetime) -> Stored:
    """The answer about what was appended."""
    if not appended.recorded:
        return Stored(status="nothing to do", command_id=str(command_id), index=0, received_at=now)
    first = appended.recorded[0].envelope
    kept = [r.event for r in appended.recorded if isinstance(r.event, KeptAsSent)]
    alone = all(isinstance(r.event, KeptAsSent | FactCameLoose) for r in appended.recorded)
    without_effect = "; ".join(event.says for event in kept if "sent" in event.unreadable) if alone else ""
    return Stored(
        status="already stored" if appended.duplicate else "stored",
        command_id=str(command_id),
        index=appended.last_index,
        received_at=first.recorded_at,
        stream=_name(first.stream),
        events=tuple(r.envelope.topic for r in appended.recorded),
        kept_as_text=() if without_effect else tuple(name for event in kept for name in event.unreadable),
        without_effect=without_effect,
        stored_as="" if first.command_id == command_id else str(first.command_id),
    )


def _name(stream: Stream) -> StreamName:
    return StreamName(kind=stream.kind.value, id=str(stream.id))
