"""What must reach the school's record system (CPOMS, MyConcern, a neutral file), and what has.

The settings `record_system` and `record_scope` decide, in the version in force when it happened (DV-03). Each record
is about one pupil and has a key that never changes, so it goes out once (DV-18); the texts are written elsewhere.
Clauses: SP-48, SP-52, SP-58, WL-40, NH-19, NH-42, SC-34, SC-40, LJ-65.
"""

from datetime import datetime

import msgspec

from domain.concern.events import ConcernRaised
from domain.concern.state import ConcernState
from domain.envelope import Recorded
from domain.ids import ConcernId, EventId, PupilId, StaffId, StreamKind, TripId, VisitId
from domain.pupil.state import ERASED
from domain.school.events import ExportTakenBack, RecordExported
from domain.shared.corrections import effective
from domain.shared.events import EventCorrected
from domain.trip.events import ContactAttempted, ContactResult
from domain.trip.state import TripState
from domain.visit.events import AppointmentConfirmed, FamilyDeclinedVisit, FamilyDelayReported
from domain.visit.state import VisitState
from projections.directory import Directory
from projections.doors import DOOR, Door, follow_doors
from projections.export_records import Contact, ExportRecord, Raised, Sent, pupil_in, records
from projections.following import follow
from projections.projection import Projection
from projections.rows import Past, Rows
from projections.views import View

NAME = "exports"
_PLACES = 12
"""Digits of a place in the log, so that rows sort as the log does."""


def fold(recorded: Recorded, rows: Rows, past: Past) -> None:
    """Visits, trips and concerns as they stand; contacts with a family one by one; what was exported."""
    envelope, event = recorded
    kind = envelope.stream.kind
    if kind is StreamKind.SCHOOL:
        _sent(recorded, rows, past)
        return
    follow(recorded, rows, past)
    follow_doors(recorded, rows, past)
    if isinstance(event, ConcernRaised):
        concern = ConcernId(envelope.stream.id)
        rows.put("raised", concern, Raised(concern=concern, index=envelope.index))
    if isinstance(event, EventCorrected):
        events = past.stream(envelope.stream, envelope.version)
        standing = {r.envelope.event_id: r for r in effective(events)}
        for one in events:
            found = _contact(standing.get(one.envelope.event_id, one))
            if found is not None and one.envelope.event_id in standing:
                rows.put("contact", one.envelope.event_id, found)
            elif found is not None:
                rows.delete("contact", one.envelope.event_id)
    else:
        contact = _contact(recorded)
        if contact is not None:
            rows.put("contact", envelope.event_id, contact)


def _contact(recorded: Recorded) -> Contact | None:
    envelope, event = recorded
    visit = VisitId(envelope.stream.id) if envelope.stream.kind is StreamKind.VISIT else None
    trip = None
    match event:
        case AppointmentConfirmed() | FamilyDeclinedVisit() | FamilyDelayReported():
            pass
        case ContactAttempted(step="pupil_home", result=result) if result not in _NOBODY:
            trip = TripId(envelope.stream.id)
        case _:
            return None  # nobody of the family was spoken to
    return Contact(
        event=envelope.event_id,
        what=envelope.topic,
        visit=visit,
        trip=trip,
        at=envelope.occurred_at,
        index=envelope.index,
    )


_NOBODY = (ContactResult.NO_ANSWER, ContactResult.WRONG_NUMBER)


def _sent(recorded: Recorded, rows: Rows, past: Past) -> None:
    envelope, event = recorded
    match event:
        case RecordExported():
            _went(recorded, event, rows)
        case ExportTakenBack():
            found = rows.get("sent", event.key, Sent)
            if found is not None:
                rows.put("sent", event.key, msgspec.structs.replace(found, taken_back=True))
        case EventCorrected():
            # An export that was undone never went: read the school's exports again.
            events = past.stream(envelope.stream, envelope.version)
            for one in events:
                if isinstance(one.event, RecordExported):
                    for key in one.event.keys:
                        rows.delete("sent", key)
                    rows.delete("batch", f"{one.envelope.index:0{_PLACES}d}")
            for one in effective(events):
                if not isinstance(one.event, EventCorrected):
                    _sent(one, rows, past)
        case _:
            pass  # settings and reports are no exports


def _went(recorded: Recorded, event: RecordExported, rows: Rows) -> None:
    envelope = recorded.envelope
    fresh = []
    for key in event.keys:
        before = rows.get("sent", key, Sent)
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
        rows.put("sent", key, row)
    batch = Batch(
        export=envelope.event_id,
        system=event.system,
        how=event.how,
        keys=tuple(fresh),
        by=envelope.person,
        at=envelope.occurred_at,
    )
    rows.put("batch", f"{envelope.index:0{_PLACES}d}", batch)


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """One export: a file, or one text entered by hand."""

    export: EventId
    system: str
    how: str
    """`csv` or `pasted`."""
    keys: tuple[str, ...]
    by: StaffId
    at: datetime


PROJECTION = Projection(
    name=NAME,
    version=2,
    kinds=frozenset({StreamKind.VISIT, StreamKind.TRIP, StreamKind.CONCERN, StreamKind.SCHOOL}),
    fold=fold,
    indexes=("((body->>'export')) WHERE kind = 'batch'",),
)


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """A record that was exported, as the lists show it."""

    key: str
    system: str
    how: str
    reference: str
    """The receiving system's reference, typed back; empty where none was."""
    by: str
    """The name of the person who entered or exported it."""
    at: datetime
    export: EventId
    record: ExportRecord | None
    """What it is about now; None where it stands no longer."""


class TakeBack(msgspec.Struct, frozen=True, kw_only=True):
    """A record that went out and must be taken back by hand in the receiving system."""

    gone: Gone
    pupil: PupilId | None
    name: str
    """The pupil in whose record it wrongly lies."""
    why: str


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """A stream whose records cannot be listed, because an event in it cannot be read."""

    stream_kind: StreamKind
    index: int


class Exports(msgspec.Struct, frozen=True, kw_only=True):
    """What must reach the record system, and what has. All instants UTC-aware."""

    system: str
    """`CPOMS`, `MyConcern` or `neutral_file`: the setting now."""
    scope: tuple[str, ...]
    """The setting `record_scope` now."""
    clauses: tuple[str, ...]
    """Clause ids behind the scope; empty where it is Doorstep's default."""
    pending: tuple[ExportRecord, ...]
    """Not exported yet, oldest first."""
    sent: tuple[Gone, ...]
    """Exported, the newest first (of one file, what happened last), as many as asked for."""
    sent_count: int
    take_back: tuple[TakeBack, ...]
    """Exported for a pupil whom it is not about, or since taken back here."""
    unreadable: tuple[Unreadable, ...]


def standing(view: View, known: Directory) -> dict[str, ExportRecord]:
    """Every record that the settings ask for, by key, exported or not, oldest first."""
    found = records(
        visits=view.all(NAME, "visit", VisitState),
        trips=view.all(NAME, "trip", TripState),
        concerns=view.all(NAME, "concern", ConcernState),
        contacts=view.all(NAME, "contact", Contact),
        raised=view.all(NAME, "raised", Raised),
        doors=view.all(NAME, DOOR, Door),
        known=known,
    )
    return {record.key: record for record in found}


def exports(view: View, known: Directory, now: datetime, *, most: int = 100, skip: int = 0) -> Exports:
    """The lists of the exports page: of the exported records, `most` after the first `skip`."""
    policy = known.policy_at(now)
    stand = standing(view, known)
    sent = [row for row in view.all(NAME, "sent", Sent) if not row.taken_back]
    out = {row.key for row in sent}
    newest = sorted(sent, key=lambda row: (row.index, stand[row.key].at if row.key in stand else row.at, row.key))[::-1]
    gone = {row.key: _gone(row, stand.get(row.key), known) for row in newest}
    scope = policy.setting("record_scope")
    return Exports(
        system=policy.value("record_system"),
        scope=tuple(scope.value),
        clauses=scope.clauses,
        pending=tuple(record for record in stand.values() if record.key not in out),
        sent=tuple(gone[row.key] for row in newest if row.key in stand)[skip : skip + most],
        sent_count=sum(row.key in stand for row in sent),
        take_back=tuple(_wrongly_there(gone[row.key], known) for row in newest if row.key not in stand),
        unreadable=tuple(Unreadable(stream_kind=row.stream_kind, index=row.index) for row in view.quarantined(NAME)),
    )


def exported(view: View, export: EventId) -> Batch | None:
    """What one export took along, so that a lost file can be written again; None for an unknown one."""
    found = view.where(NAME, Batch, "kind = 'batch' AND body->>'export' = %(export)s", export=str(export))
    return found[0] if found else None


def batches(view: View, most: int = 20) -> tuple[Batch, ...]:
    """The newest files, newest first."""
    condition = "kind = 'batch' AND body->>'how' = 'csv' ORDER BY key COLLATE \"C\" DESC LIMIT %(most)s"
    return view.where(NAME, Batch, condition, most=most)


def _gone(row: Sent, record: ExportRecord | None, known: Directory) -> Gone:
    person = known.people.get(row.by)
    return Gone(
        key=row.key,
        system=row.system,
        how=row.how,
        reference=row.reference,
        by=person.name if person is not None else "somebody",
        at=row.at,
        export=row.export,
        record=record,
    )


def _wrongly_there(gone: Gone, known: Directory) -> TakeBack:
    pupil = pupil_in(gone.key)
    child = known.pupils.get(pupil) if pupil is not None else None
    erased = child is not None and child.given_name == ERASED
    return TakeBack(
        gone=gone,
        pupil=pupil,
        name=child.name if child is not None else "",
        why=_ERASED_HERE if erased else _NOT_THEIRS,
    )


_ERASED_HERE = "It was erased here under the school's rule: somebody must have it erased there as well"
_NOT_THEIRS = "It is not about this child, or was taken back here: somebody must take it back there by hand"
