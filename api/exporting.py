"""What a person does with exports: read one record's text, make a file, fetch a lost file again.

Whoever reads a child's record leaves an `access.record_read.v1` first, and a file's export is stored before the file leaves.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final, NamedTuple

from api.export_csv import csv_file, file_name, headings, row_of
from api.export_text import Paste, paste
from api.identity import Acquainted
from api.records import PAGES, keep
from api.runtime import Runtime
from domain.access.commands import AccessCommand, KeepExport, KeepList, KeepReading
from domain.ids import CommandId, EventId
from domain.need import always
from domain.permissions import Question
from domain.refusal import NotPermitted, Refused, Unknown
from domain.school.commands import ExportRecords
from domain.school.events import RecordExported
from domain.times import day_of
from projections.export_shapes import ExportRecord, Kind
from projections.exports import KINDS, NAME, exported, how_many_pending, pending, standing
from projections.views import View

TEXT: Final = PAGES[Question.EXPORT_RECORD]
FILE: Final = "export file"
NOTHING_LEFT: Final = "export.nothing_left"
"""The code of the refusal to make a file of nothing."""


class ExportFile(NamedTuple):
    """A file, ready to leave."""

    name: str
    body: bytes
    keys: tuple[str, ...]
    """The records in it."""


def may_export(me: Acquainted) -> bool:
    """Whether the person may mark records as exported."""
    return me.may(ExportRecords)


def readable(me: Acquainted) -> tuple[Kind, ...]:
    """The records that a person may read: concerns the safeguarding leads and the head, others whoever exports."""
    concerns, others = me.may(Question.DSL), may_export(me)
    return tuple(kind for kind in KINDS if (concerns if kind == "concern" else others))


def may_read(me: Acquainted, record: ExportRecord) -> bool:
    """Whether the person may read a record."""
    return record.kind in readable(me)


async def read_record(runtime: Runtime, me: Acquainted, key: str) -> tuple[ExportRecord, Paste]:
    """One record and its text; the reading is kept before it leaves. Raises Unknown, NotPermitted."""
    record = (await _standing(runtime, me, (key,))).get(key)
    if record is None:
        raise Unknown("record")
    if not may_read(me, record):
        message = "Concerns are entered by the DSL, a deputy or the headteacher"
        raise NotPermitted(message)
    told = await asyncio.to_thread(paste, record, runtime.store.log(me.slug), me.directory)
    await keep(runtime, me, _opened(record))
    return record, told


async def make_file(
    runtime: Runtime, me: Acquainted, keys: Iterable[str] | None, changed: Mapping[str, str], command_id: CommandId
) -> ExportFile:
    """A file of pending records (of all that the person may read, without `keys`), each exported by it for ever.

    The same command id again gives the same records again. Raises Incomplete for headings that will not do, Refused
    where nothing is left to export, NotPermitted.
    """
    named = headings(changed)
    before = await asyncio.to_thread(runtime.store.log(me.slug).lookup, command_id)
    if before is not None:
        return await _file(runtime, me, [r.event for r in before.recorded], named)
    kinds = readable(me)
    waiting = await runtime.ask(
        me.slug, lambda view: pending(view, me.directory, kinds), NAME, at_least=_head(runtime, me)
    )
    wanted = None if keys is None else set(keys)
    chosen = [record for record in waiting if wanted is None or record.key in wanted]
    system = me.directory.policy_at(me.now).value("record_system")
    if not chosen:
        says = "None of these records is waiting: each goes out once. Open the lists again to see what is left"
        raise Refused((always(NOTHING_LEFT, says, who=("DSL|DDSL", "school_office")),))
    command = ExportRecords(
        system=system,
        how="csv",
        keys=tuple(record.key for record in chosen),
        pupils=tuple(dict.fromkeys(record.pupil for record in chosen if record.pupil is not None)),
    )
    # Written before it is marked: what cannot be read stays pending.
    rows = await _rows(runtime, me, chosen, system)
    appended = await runtime.bus.send(me.slug, command, me.sender(command_id))
    # After this line the export is durable; a crash loses only the file, which can be fetched again.
    gone = _exported([r.event for r in appended.recorded])
    await _taken_out(runtime, me, [record for record in chosen if record.key in gone.keys])
    return _written({key: row for key, row in rows.items() if key in gone.keys}, gone.system, me, named)


async def left_out(runtime: Runtime, me: Acquainted) -> int:
    """How many records wait that the person may not read."""
    kinds = [kind for kind in KINDS if kind not in readable(me)]
    question: Callable[[View], int] = lambda view: how_many_pending(view, me.directory, kinds)  # noqa: E731 - typed
    return await runtime.ask(me.slug, question, NAME, at_least=_head(runtime, me)) if kinds else 0


async def file_again(runtime: Runtime, me: Acquainted, export: EventId, changed: Mapping[str, str]) -> ExportFile:
    """A lost file once more: the records that the export took along and that still stand. Nothing is exported anew.

    Raises Unknown, NotPermitted, Incomplete; Refused while an alarm about the log stands.
    """
    named = headings(changed)
    runtime.bus.integrity.refuse(me.slug)
    batch = await runtime.ask(me.slug, lambda view: exported(view, export), NAME, at_least=_head(runtime, me))
    if batch is None:
        raise Unknown("export")
    found = await _standing(runtime, me, batch.keys)
    records = [found[key] for key in batch.keys if key in found and may_read(me, found[key])]
    rows = await _rows(runtime, me, records, batch.system)
    await _taken_out(runtime, me, records)
    return _written(rows, batch.system, me, named)


async def _file(runtime: Runtime, me: Acquainted, events: Iterable[object], named: Mapping[str, str]) -> ExportFile:
    gone = _exported(events)
    found = await _standing(runtime, me, gone.keys)
    records = [found[key] for key in gone.keys if key in found and may_read(me, found[key])]
    await _taken_out(runtime, me, records)
    return _written(await _rows(runtime, me, records, gone.system), gone.system, me, named)


def _exported(events: Iterable[object]) -> RecordExported:
    """The export among what was stored. Raises Refused where another one came first and took everything."""
    gone = next((event for event in events if isinstance(event, RecordExported)), None)
    if gone is None:
        says = "Somebody else exported these records a moment ago"
        raise Refused((always(NOTHING_LEFT, says, who=("DSL|DDSL", "school_office")),))
    return gone


def _written(
    rows: Mapping[str, Mapping[str, str]], system: str, me: Acquainted, named: Mapping[str, str]
) -> ExportFile:
    return ExportFile(file_name(system, day_of(me.now), len(rows)), csv_file(rows.values(), named), tuple(rows))


async def _rows(
    runtime: Runtime, me: Acquainted, records: Iterable[ExportRecord], system: str
) -> dict[str, dict[str, str]]:
    log = runtime.store.log(me.slug)
    pupils = me.directory.pupils

    def write() -> dict[str, dict[str, str]]:
        return {
            record.key: row_of(
                record,
                paste(record, log, me.directory),
                pupils.get(record.pupil) if record.pupil is not None else None,
                system,
            )
            for record in records
        }

    return await asyncio.to_thread(write)


async def _standing(runtime: Runtime, me: Acquainted, keys: Collection[str]) -> Mapping[str, ExportRecord]:
    question: Callable[[View], dict[str, ExportRecord]] = lambda view: standing(view, me.directory, keys)  # noqa: E731 - typed
    return await runtime.ask(me.slug, question, NAME, at_least=_head(runtime, me))


def _head(runtime: Runtime, me: Acquainted) -> int:
    return runtime.store.log(me.slug).head()


def _opened(record: ExportRecord) -> AccessCommand:
    """What is opened with a record's text: the concern, else the visit, else the trip that a call was made on."""
    if record.concern is not None:
        return KeepReading(concern=record.concern, page=TEXT)
    if record.visit is not None:
        return KeepReading(visit=record.visit, page=TEXT)
    if record.trip is not None:
        return KeepReading(trip=record.trip, page=TEXT)
    return KeepList(page=TEXT, shown=() if record.pupil is None else (record.pupil,))


async def _taken_out(runtime: Runtime, me: Acquainted, records: Iterable[ExportRecord]) -> None:
    """Keep who was given which records as a file, about which children."""
    records = tuple(records)
    pupils = tuple(dict.fromkeys(one.pupil for one in records if one.pupil is not None))
    await keep(runtime, me, KeepExport(page=FILE, keys=tuple(one.key for one in records), shown=pupils))
