"""What was exported, key by key and file by file: the rows that `projections.exports` is asked of."""

from datetime import datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from domain.envelope import Recorded
from domain.ids import EventId, StaffId
from domain.school.events import ExportTakenBack, RecordExported
from domain.shared.corrections import effective
from domain.shared.events import EventCorrected
from projections.export_shapes import DUE, SENT, Due, Sent
from projections.rows import Past, Rows

BATCH: Final = "batch"
_PLACES: Final = 12
"""Digits of a place in the log, so that rows sort as the log does."""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """One export: a file, or one text entered by hand."""

    export: EventId
    system: str
    how: str
    """`csv` or `pasted`."""
    keys: tuple[str, ...]
    by: StaffId
    at: datetime


def follow_exports(recorded: Recorded, rows: Rows, past: Past) -> None:
    """Keep what one more event of the school's own says of exports; a key goes out once (DV-18)."""
    envelope, event = recorded
    match event:
        case RecordExported():
            _went(recorded, event, rows)
        case ExportTakenBack():
            found = rows.get(SENT, event.key, Sent)
            if found is not None:
                _keep(replace(found, taken_back=True), event.key, rows)
        case EventCorrected():
            # An export that was undone never went: read the school's exports again.
            events = past.stream(envelope.stream, envelope.version)
            for one in events:
                if isinstance(one.event, RecordExported):
                    for key in one.event.keys:
                        _keep(None, key, rows)
                    rows.delete(BATCH, f"{one.envelope.index:0{_PLACES}d}")
            for one in effective(events):
                if not isinstance(one.event, EventCorrected):
                    follow_exports(one, rows, past)
        case _:
            pass  # settings and reports are no exports


def _went(recorded: Recorded, event: RecordExported, rows: Rows) -> None:
    envelope = recorded.envelope
    fresh = []
    for key in event.keys:
        before = rows.get(SENT, key, Sent)
        if before is not None and not before.taken_back:
            continue  # the first export counts
        fresh.append(key)
        row = Sent(
            key=key,
            export=envelope.event_id,
            system=event.system,
            how=event.how,
            reference=event.reference,
            by=envelope.person,
            at=envelope.occurred_at,
            index=envelope.index,
        )
        _keep(row, key, rows)
    batch = Batch(
        export=envelope.event_id,
        system=event.system,
        how=event.how,
        keys=tuple(fresh),
        by=envelope.person,
        at=envelope.occurred_at,
    )
    rows.put(BATCH, f"{envelope.index:0{_PLACES}d}", batch)


def _keep(sent: Sent | None, key: str, rows: Rows) -> None:
    """That a key was exported, taken back, or (None) never went after all."""
    due = rows.get(DUE, key, Due)
    if due is not None:
        rows.put(DUE, key, replace(due, sent=None if sent is None or sent.taken_back else sent.index))
    if sent is None:
        rows.delete(SENT, key)
    else:
        rows.put(SENT, key, replace(sent, loose=due is None))
