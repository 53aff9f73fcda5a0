"""Who was told, by whom, when and how: as a person said, and never by Doorstep itself (law 4)."""

from datetime import datetime

import msgspec

from domain.envelope import Recorded
from domain.ids import EventId, StaffId
from domain.shared.events import PersonTold
from projections.rows import Rows


class SaidTold(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody said that they told one of those who must be told."""

    key: str
    """As `told_key` makes it."""
    by: StaffId
    at: datetime
    channel: str
    note: str


def told_key(event: EventId, about: str, person: StaffId | None, word: str) -> str:
    """One of those to be told of one thing: a member of staff, or whom a role word names."""
    return f"{event}.{about}.{person or word}"


def keep_told(recorded: Recorded, rows: Rows, standing: Recorded | None) -> None:
    """Keep what a person said, at the time that stands; taken back (`standing` is None), the notice waits again."""
    event = recorded.event
    if not isinstance(event, PersonTold):
        return
    key = told_key(event.target, event.about, event.person, event.word)
    if standing is None:
        rows.delete("told", key)
        return
    by, at = recorded.envelope.person, standing.envelope.occurred_at
    rows.put("told", key, SaidTold(key=key, by=by, at=at, channel=event.channel, note=event.note))
