"""Who looked at this child, this visit, this concern: in which role, when, on which page, from which device?

Each reading, search, list, export, print and refusal is a row. Which visits and concerns are a child's is asked of
`dsl_history`: a visit that was put down to the wrong child and moved takes its readings along. Readings of before there
were streams of access (`record.viewed.v1`, in the record's own stream) count like those after.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from domain.access import events as access
from domain.envelope import Recorded
from domain.event import Event
from domain.ids import CaseId, ConcernId, EventId, PupilId, StaffId, Stream, StreamKind, VisitId
from domain.roles import Role
from domain.shared.events import RecordViewed
from projections.directory import Directory
from projections.event_rows import place
from projections.history_lines import Who, who
from projections.history_links import records_beside
from projections.projection import Projection
from projections.pupil_chronology import records_of
from projections.rows import Past, Quarantined, Rows
from projections.views import View

NAME = "who_looked"
MOST: Final = 500
"""Lines of one answer; the newest come first."""

How = Literal["read", "searched", "listed", "taken out", "printed", "refused"]


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One look; its key is its place in the log."""

    at: datetime
    by: StaffId
    role: Role
    how: How
    page: str = ""
    kind: str = ""
    """What the record is about: `visit`; "" where it was no single record."""
    record: str = ""
    pupils: tuple[PupilId, ...] = ()
    device: str = ""
    why: str = ""
    """Why somebody was turned away, as a code."""
    glass: EventId | None = None
    """By which broken glass somebody of another school looked."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody looked, or was turned away."""

    by: Who
    """With the role that they acted in."""
    at: datetime
    how: How
    page: str
    kind: str
    record: str
    device: str
    """What they looked on; "" where that was not kept."""
    why: str
    pupils: tuple[PupilId, ...]
    """The children it was about; only where all is asked that somebody of another school looked at."""
    glass: EventId | None
    """By which broken glass somebody of another school looked."""


class WhoLooked(msgspec.Struct, frozen=True, kw_only=True):
    """Who looked at something."""

    looks: tuple[Look, ...]
    """The newest first."""
    more: int
    """How many earlier ones there are."""
    unreadable: tuple[Quarantined, ...]
    """Streams that cannot be read on: a look in one of them would be missing here."""


def fold(recorded: Recorded, rows: Rows, _past: Past) -> None:
    """One row a look."""
    fields = _fields(recorded)
    if fields is not None:
        envelope = recorded.envelope
        glass = envelope.causation_id if envelope.role is Role.OUTSIDER else None
        row = Row(at=envelope.recorded_at, by=envelope.actor, role=envelope.role, glass=glass, **fields)
        rows.put("look", place(envelope.index), row)


_HOW: Final[Mapping[type[Event], How]] = {
    access.RecordRead: "read",
    access.Searched: "searched",
    access.ListRead: "listed",
    access.Exported: "taken out",
    access.Printed: "printed",
    access.AccessRefused: "refused",
}


def _fields(recorded: Recorded) -> dict[str, Any] | None:
    """What a row says beside who and when; None for an event that is no look at a record."""
    event = recorded.event
    if isinstance(event, RecordViewed):
        return _of_before(event, recorded.envelope.stream)
    how = _HOW.get(type(event))
    if how is None:
        return None
    named = {name: value for name in _SAME if (value := getattr(event, name, None))}
    return {"how": how, **{name: str(value) if name in _AS_TEXT else value for name, value in named.items()}}


_SAME: Final = ("page", "kind", "record", "pupils", "device", "why")
_AS_TEXT: Final = ("kind", "record", "why")


def _of_before(event: RecordViewed, stream: Stream) -> dict[str, Any]:
    """A reading of before there were streams of access."""
    refused = event.what.startswith("refused")
    return {
        "how": "refused" if refused else "read",
        "page": event.what.removeprefix("refused").strip() or "record",
        "kind": stream.kind.value,
        "record": str(stream.id),
        "pupils": (PupilId(stream.id),) if stream.kind is StreamKind.PUPIL else (),
        "why": access.WhyRefused.ROLE.value if refused else "",
    }


PROJECTION = Projection(
    name=NAME,
    version=2,
    kinds=frozenset(StreamKind) - {StreamKind.SCHOOL, StreamKind.CASE},
    topics=frozenset({RecordViewed.TOPIC, *(event.TOPIC for event in _HOW)}),
    fold=fold,
    shows_readings=True,
    indexes=(
        "USING gin ((body->'pupils')) WHERE kind = 'look'",
        "((body->>'record')) WHERE kind = 'look'",
        "((body->>'glass')) WHERE kind = 'look'",
    ),
)


def at_pupil(view: View, directory: Directory, pupil: PupilId, most: int = MOST) -> WhoLooked:
    """Who looked at a child: at the chronology, at one of the visits and concerns, or at a list that the child was on."""
    records = [str(one) for one in (pupil, *records_of(view, pupil))]
    rows = view.where(
        NAME,
        Row,
        "kind = 'look' AND (body->>'record' = ANY(%(records)s) OR (body->'pupils' ? %(pupil)s"
        " AND coalesce(body->>'kind', '') NOT IN ('visit', 'concern'))) ORDER BY key DESC LIMIT %(most)s",
        records=records,
        pupil=str(pupil),
        most=most,
    )
    count = len(rows)
    if count == most:
        count = view.count(
            NAME,
            "kind = 'look' AND (body->>'record' = ANY(%(records)s) OR (body->'pupils' ? %(pupil)s"
            " AND coalesce(body->>'kind', '') NOT IN ('visit', 'concern')))",
            records=records,
            pupil=str(pupil),
        )
    return _answer(view, directory, rows, count, records)


def at_visit(view: View, directory: Directory, visit: VisitId, most: int = MOST) -> WhoLooked:
    """Who looked at a visit, at a trip to it, or at a concern raised there."""
    return _at_records(view, directory, (visit, *records_beside(view, visit)), most)


def at_concern(view: View, directory: Directory, concern: ConcernId, most: int = MOST) -> WhoLooked:
    """Who looked at a concern."""
    return _at_records(view, directory, (concern,), most)


def at_case(view: View, directory: Directory, case: CaseId, most: int = MOST) -> WhoLooked:
    """Who looked at a restricted case: for those inside."""
    return _at_records(view, directory, (case,), most)


def by_glass(view: View, directory: Directory, glass: EventId, most: int = MOST) -> WhoLooked:
    """What somebody of another school looked at by a broken glass."""
    rows = view.where(
        NAME,
        Row,
        "kind = 'look' AND body->>'glass' = %(glass)s ORDER BY key DESC LIMIT %(most)s",
        glass=str(glass),
        most=most,
    )
    count = len(rows)
    if count == most:
        count = view.count(NAME, "kind = 'look' AND body->>'glass' = %(glass)s", glass=str(glass))
    return _answer(view, directory, rows, count, [], glass)


def _at_records(view: View, directory: Directory, ids: Iterable[UUID], most: int) -> WhoLooked:
    records = [str(one) for one in ids]
    rows = view.where(
        NAME,
        Row,
        "kind = 'look' AND body->>'record' = ANY(%(records)s) ORDER BY key DESC LIMIT %(most)s",
        records=records,
        most=most,
    )
    count = len(rows)
    if count == most:
        count = view.count(NAME, "kind = 'look' AND body->>'record' = ANY(%(records)s)", records=records)
    return _answer(view, directory, rows, count, records)


def _answer(
    view: View, directory: Directory, rows: tuple[Row, ...], count: int, records: list[str], by: EventId | None = None
) -> WhoLooked:
    return WhoLooked(
        looks=tuple(
            Look(
                by=who(directory.people, row.by, row.role),
                at=row.at,
                how=row.how,
                page=row.page,
                kind=row.kind,
                record=row.record,
                device=row.device,
                why=row.why,
                pupils=row.pupils if by is not None else (),
                glass=row.glass,
            )
            for row in rows
        ),
        more=count - len(rows),
        unreadable=tuple(
            q for q in view.quarantined(NAME) if q.stream_kind is StreamKind.ACCESS or q.stream_id in records
        ),
    )
