"""What must reach the school's record system (CPOMS, MyConcern, a neutral file), and what has.

The settings `record_system` and `record_scope` decide, in the version in force when it happened (DV-03). Each record
is about one pupil and has a key that never changes, so it goes out once (DV-18); the texts are written elsewhere.
Clauses: SP-48, SP-52, SP-58, WL-40, NH-19, NH-42, SC-34, SC-40, LJ-65.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, Final, LiteralString, get_args

import msgspec

from domain.envelope import Recorded
from domain.ids import EventId, PupilId, StreamKind
from domain.pupil.state import ERASED
from projections.directory import Directory
from projections.export_rows import keep_due
from projections.export_scopes import Scope, scopes_of, why
from projections.export_sent import Batch, follow_exports
from projections.export_shapes import SENT, Due, ExportRecord, Kind, Sent, pupil_in
from projections.projection import Projection
from projections.rows import Past, Rows
from projections.views import View
from projections.visit_stages import microseconds

NAME = "exports"
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


def fold(recorded: Recorded, rows: Rows, past: Past) -> None:
    """The records that come of visits, trips and concerns, and what was exported of them."""
    if recorded.envelope.stream.kind is StreamKind.SCHOOL:
        follow_exports(recorded, rows, past)
    else:
        keep_due(recorded, rows, past)


PROJECTION = Projection(
    name=NAME,
    version=4,
    kinds=frozenset({StreamKind.VISIT, StreamKind.TRIP, StreamKind.CONCERN, StreamKind.SCHOOL}),
    fold=fold,
    indexes=(
        "((body->>'export')) WHERE kind = 'batch'",
        # What waits, by what asks for it: found without looking at all that no scope asks for.
        "USING gin ((body->'asks')) WHERE kind = 'due' AND body->>'sent' IS NULL",
        "(((body->>'order')::bigint), key COLLATE \"C\") WHERE kind = 'due' AND body->>'sent' IS NULL",
        "(((body->>'sent')::bigint), ((body->>'order')::bigint), key COLLATE \"C\")"  # noqa: ISC004 - one index
        " WHERE kind = 'due' AND body->>'sent' IS NOT NULL",
        "(key) WHERE kind = 'sent' AND body->>'loose' = 'true' AND body->>'taken_back' = 'false'",
    ),
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
    """Not exported yet, oldest first, as many as asked for."""
    pending_count: int
    """How many wait in all, whoever may read them."""
    sent: tuple[Gone, ...]
    """Exported, the newest first (of one file, what happened last), as many as asked for."""
    sent_count: int
    """How many are in that list in all."""
    take_back: tuple[TakeBack, ...]
    """Exported for a pupil whom it is not about, or since taken back here."""
    unreadable: tuple[Unreadable, ...]


_UNDER: LiteralString = " AND (body->>'judged')::bigint >= %(begins)s AND (body->>'judged')::bigint < %(ends)s"
_WANTED: LiteralString = "((body->'asks') ?| %(parts)s AND NOT (body->'unless') ?| %(parts)s)"
_OF_KINDS: LiteralString = " AND body->>'kind' = ANY(%(kinds)s)"
_WAITS: LiteralString = "kind = 'due' AND body->>'sent' IS NULL"
_OUT: LiteralString = "kind = 'due' AND body->>'sent' IS NOT NULL"


def how_many_pending(view: View, known: Directory, kinds: Collection[Kind] = KINDS) -> int:
    """How many records of these kinds wait; none before settings are adopted. Counts in an index of what waits."""
    return _count(view, scopes_of(known), _WAITS, kinds)


def pending(
    view: View,
    known: Directory,
    kinds: Collection[Kind] = KINDS,
    *,
    most: int | None = None,
    skip: int = 0,
    after: tuple[datetime, str] | None = None,
) -> tuple[ExportRecord, ...]:
    """The records of these kinds that wait, oldest first: all, or `most` after the first `skip`.

    `after`: only those that come after this time and key.
    """
    scopes = scopes_of(known)
    later: LiteralString = " AND ((body->>'order')::bigint, key COLLATE \"C\") > (%(order)s, %(key)s)"
    order: LiteralString = " ORDER BY (body->>'order')::bigint, key COLLATE \"C\" LIMIT %(limit)s"
    end = (later if after is not None else "") + order
    limit = None if most is None else skip + most
    begin = {} if after is None else {"order": microseconds(after[0]), "key": after[1]}
    asked = _each(view, scopes, _WAITS, kinds, end, limit=limit, **begin)
    found = sorted(asked, key=lambda due: (due.order, due.key))[skip:limit]
    return tuple(_record(due, scopes, known) for due in found)


def standing(view: View, known: Directory, keys: Collection[str]) -> dict[str, ExportRecord]:
    """Those of these records that the settings ask for, exported or not, by key."""
    scopes = scopes_of(known)
    rows = view.where(NAME, Due, "kind = 'due' AND key = ANY(%(keys)s)", keys=list(keys)) if keys else ()
    return {due.key: _record(due, scopes, known) for due in rows if why(scopes, due)}


def gone_to(view: View, known: Directory, key: str) -> Gone | None:
    """Where a record went; None for one that waits, or was taken back."""
    row = view.one(NAME, SENT, key, Sent)
    return None if row is None or row.taken_back else _gone(row, standing(view, known, (key,)).get(key), known)


def exports(
    view: View,
    known: Directory,
    now: datetime,
    *,
    kinds: Collection[Kind] = KINDS,
    most: int = 100,
    skip: int = 0,
    waiting: int | None = None,
    passed: int = 0,
) -> Exports:
    """The lists of the exports page, records of these kinds only.

    Of the exported ones `most` after the first `skip`; of those that wait all, or `waiting` after the first `passed`.
    Raises LookupError before settings are adopted.
    """
    policy, scopes = known.policy_at(now), scopes_of(known)
    scope = policy.setting("record_scope")
    newest = _newest(view, scopes, kinds, skip + most)[skip:]
    out = _sent_of(view, [due.key for due in newest])
    return Exports(
        system=policy.value("record_system"),
        scope=tuple(scope.value),
        clauses=scope.clauses,
        pending=pending(view, known, kinds, most=waiting, skip=passed),
        pending_count=how_many_pending(view, known),
        sent=tuple(_gone(out[due.key], _record(due, scopes, known), known) for due in newest),
        sent_count=_count(view, scopes, _OUT, kinds),
        take_back=tuple(_wrongly_there(_gone(row, None, known), known) for row in _no_longer_standing(view, scopes)),
        unreadable=tuple(Unreadable(stream_kind=row.stream_kind, index=row.index) for row in view.quarantined(NAME)),
    )


def _no_longer_standing(view: View, scopes: Iterable[Scope]) -> list[Sent]:
    """What was exported and is no record any more, the newest first."""
    loose: LiteralString = "kind = 'sent' AND body->>'loose' = 'true' AND body->>'taken_back' = 'false'"
    unasked = _OUT + " AND NOT " + _WANTED + _UNDER
    out = [due.key for scope in scopes for due in view.where(NAME, Due, unasked, **_of(scope, KINDS))]
    found = (*view.where(NAME, Sent, loose), *_sent_of(view, out).values())
    return sorted(found, key=lambda row: (row.index, row.at, row.key), reverse=True)


def _sent_of(view: View, keys: Collection[str]) -> dict[str, Sent]:
    rows = view.where(NAME, Sent, "kind = 'sent' AND key = ANY(%(keys)s)", keys=list(keys)) if keys else ()
    return {row.key: row for row in rows}


def _of(scope: Scope, kinds: Collection[Kind]) -> dict[str, Any]:
    return {"parts": scope.parts, "begins": scope.begins, "ends": scope.ends, "kinds": list(kinds)}


def _asked(scope: Scope, kinds: Collection[Kind]) -> LiteralString:
    """That a scope asks for a record of these kinds; what is true of every row is not looked at row by row."""
    kind: LiteralString = "" if set(kinds) == set(KINDS) else _OF_KINDS
    under: LiteralString = "" if scope.always else _UNDER
    return " AND " + _WANTED + kind + under


def _count(view: View, scopes: Iterable[Scope], state: LiteralString, kinds: Collection[Kind]) -> int:
    return sum(view.count(NAME, state + _asked(scope, kinds), **_of(scope, kinds)) for scope in scopes)


def _each(
    view: View,
    scopes: Iterable[Scope],
    state: LiteralString,
    kinds: Collection[Kind],
    end: LiteralString,
    **values: Any,
) -> Iterator[Due]:
    """What each scope asks for: where there is a limit, as many of each as all together may need."""
    for scope in scopes:
        yield from view.where(NAME, Due, state + _asked(scope, kinds) + end, **values, **_of(scope, kinds))


def _newest(view: View, scopes: Iterable[Scope], kinds: Collection[Kind], most: int) -> list[Due]:
    """What was exported and stands, the newest export first; of one file, what happened last."""
    order: LiteralString = (
        " ORDER BY (body->>'sent')::bigint DESC, (body->>'order')::bigint DESC, key COLLATE \"C\" DESC LIMIT %(most)s"
    )
    found = _each(view, scopes, _OUT, kinds, order, most=most)
    return sorted(found, key=lambda due: (due.sent or 0, due.order, due.key), reverse=True)[:most]


def _record(due: Due, scopes: Iterable[Scope], known: Directory) -> ExportRecord:
    child = known.pupils.get(due.pupil) if due.pupil is not None else None
    return ExportRecord(
        key=due.key,
        kind=due.kind,
        pupil=due.pupil,
        name=child.name if child is not None else "",
        year_group=child.year_group if child is not None else "",
        class_name=child.class_name if child is not None else "",
        visit=due.visit,
        trip=due.trip,
        concern=due.concern,
        event=due.event,
        what=due.what,
        purpose=due.purpose,
        street=due.street,
        at=due.at,
        complete=due.complete,
        why=why(scopes, due),
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
