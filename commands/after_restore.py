"""What a restored log says of itself: that it was restored, up to where, and what is missing."""

from datetime import datetime
from typing import Final
from uuid import uuid5

from commands.bus import Bus, Sender
from domain.ids import DOORSTEP, NAMESPACE, CommandId
from domain.school.commands import RecordRestore
from domain.school.events import LogRestored
from eventlog.backup.epochs import Lost

TOPIC: Final = LogRestored.TOPIC
"""The event that tells of it, one for each epoch after the first."""


async def tell_in_the_log(bus: Bus, lost: Lost, backup_made_at: datetime | None) -> None:
    """Append `LogRestored`, once an epoch however often this is called. Raises as `Bus.send`."""
    command = RecordRestore(
        epoch=lost.epoch,
        old_checkpoint=lost.old_checkpoint,
        restored=lost.restored,
        missing=lost.missing,
        backup_made_at=backup_made_at,
    )
    command_id = CommandId(uuid5(NAMESPACE, f"restored/{lost.school}/{lost.epoch}"))
    await bus.send(lost.school, command, Sender(DOORSTEP, command_id))


def in_words(lost: Lost) -> str:
    """What is missing and how it goes on, for the person at the terminal."""
    if lost.missing is None:
        what = (
            "Its ledger outside the database is lost, so nobody here knows whether anything was stored and sealed after"
            " the backup was made. Checkpoints and receipts that were given away may tell"
        )
    elif lost.missing == 0:
        what = "Nothing that was sealed is missing"
    else:
        events = "1 event is" if lost.missing == 1 else f"{lost.missing} events are"
        what = (
            f"{events} MISSING that had been stored and sealed after it. Ask everybody what they wrote down since, and enter it"
            " again; phones send what they still hold by themselves"
        )
    return (
        f"{lost.school}: restored up to event {lost.restored}. {what}. The log goes on under epoch {lost.epoch}, and"
        " carries the old checkpoint as an event of its own."
    )
