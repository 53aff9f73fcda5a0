"""What happened on this visit; and what did we know of it at 10:42?

Each event of visits, trips, concerns and pupils is a row, found by its stream; doors and routes say which belong
together. What was known at an instant is what had been recorded by then: the queries fold just those events.
`pupil_chronology` asks the same rows about a child.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from domain.concern import state as concern_state
from domain.concern.events import ConcernRaised
from domain.concern.state import ConcernState
from domain.envelope import Recorded
from domain.ids import (
    ConcernId,
    PupilId,
    Stream,
    StreamKind,
    TripId,
    VisitId,
    concern_stream,
    trip_stream,
    visit_stream,
)
from domain.school.events import ExportTakenBack, RecordExported
from domain.shared.events import HistoryReviewed
from domain.trip import state as trip_state
from domain.trip.state import TripState
from domain.visit import state as visit_state
from domain.visit.state import VisitState
from projections.directory import Directory
from projections.doors import Door, Moved, door_of, follow_doors, route_of
from projections.event_rows import BY_STREAM, EVENT, events_of, place, row_of
from projections.history_compose import compose
from projections.history_lines import Composed, Line, Who, who
from projections.history_links import HISTORY, Worry, beside, told
from projections.projection import Projection
from projections.rows import Past, Quarantined, Rows
from projections.views import View

NAME = HISTORY


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """Records that went to an outside system; its key is its place in the log."""

    index: int
    system: str
    how: str
    """`pasted` or `csv`."""
    keys: tuple[str, ...]
    pupils: tuple[PupilId, ...]
    reference: str
    recorded_at: datetime


class ToTakeBack(msgspec.Struct, frozen=True, kw_only=True):
    """A record that stands in an outside system under a child it is not about."""

    key: str
    system: str
    how: str
    reference: str
    """The receiving system's own, where it was typed back."""
    exported_at: datetime


class TakenBack(msgspec.Struct, frozen=True, kw_only=True):
    """A record that a person took back where it had gone; its row's key is the record's."""

    key: str
    why: str
    recorded_at: datetime


def fold(recorded: Recorded, rows: Rows, past: Past) -> None:
    """One row an event, and beside it what says which streams belong together."""
    envelope, event = recorded
    if isinstance(event, RecordExported):
        export = Export(
            index=envelope.index,
            system=event.system,
            how=event.how,
            keys=event.keys,
            pupils=event.pupils,
            reference=event.reference,
            recorded_at=envelope.recorded_at,
        )
        rows.put("export", place(envelope.index), export)
    elif isinstance(event, ExportTakenBack):
        rows.put("taken_back", event.key, TakenBack(key=event.key, why=event.why, recorded_at=envelope.recorded_at))
    elif isinstance(event, ConcernRaised):
        concern = ConcernId(envelope.stream.id)
        worry = Worry(concern=concern, pupils=event.pupils, visit=event.visit, trip=event.trip, index=envelope.index)
        rows.put("worry", concern, worry)
    if envelope.stream.kind is not StreamKind.SCHOOL:
        follow_doors(recorded, rows, past)
        rows.put(EVENT, place(envelope.index), row_of(recorded))


def skeleton(recorded: Recorded, rows: Rows) -> None:
    """An erased event stays in its history: when it was, whose act, and under which rule it was erased (DV-11)."""
    if recorded.envelope.stream.kind is not StreamKind.SCHOOL:
        rows.put(EVENT, place(recorded.envelope.index), row_of(recorded))


PROJECTION = Projection(
    name=NAME,
    version=2,
    kinds=frozenset({StreamKind.VISIT, StreamKind.TRIP, StreamKind.CONCERN, StreamKind.PUPIL, StreamKind.SCHOOL}),
    fold=fold,
    skeleton=skeleton,
    indexes=(
        BY_STREAM,
        "USING gin ((body->'pupils')) WHERE kind IN ('door', 'worry', 'export')",
        "USING gin ((body->'moves') jsonb_path_ops) WHERE kind = 'door'",
        "USING gin ((body->'visits')) WHERE kind = 'route'",
        "((body->>'visit')) WHERE kind = 'worry'",
        "((body->>'trip')) WHERE kind = 'worry'",
    ),
)


class VisitHistory(msgspec.Struct, frozen=True, kw_only=True):
    """A visit with its trips' events and its concerns beside its own."""

    visit: VisitState
    """What the visit's events up to then add up to."""
    trips: tuple[TripState, ...]
    """The trips it was on, likewise."""
    concerns: tuple[ConcernState, ...]
    """Concerns raised at this door, or on its trip without naming a door or another's child; likewise."""
    known_at: datetime | None
    """Only what had been recorded by this instant is in here; None for all there is."""
    index: int
    """The place in the log of the last event in here: a checkpoint over it covers this history."""
    lines: tuple[Line, ...]
    """In the order things happened."""
    moves: tuple[Moved, ...]
    """Moves from a child picked by mistake."""
    take_back: tuple[ToTakeBack, ...]
    """Records that had gone out under the wrong child, and were not taken back yet."""
    reviewed_at: datetime | None
    """When somebody last marked it as reviewed."""
    reviewed_by: Who | None
    news_since: int
    """Events after that review; all of them where nobody has reviewed it."""
    unreadable: tuple[Quarantined, ...]
    """Streams of it that cannot be read on: a red row."""


def visit_history(
    view: View, directory: Directory, visit: VisitId, now: datetime, known_at: datetime | None = None
) -> VisitHistory | None:
    """The history of a visit, as known at an instant or now; None for a visit that nobody knew of then."""
    around = beside(view, visit)
    found = told(view, visit, around.trips, known_at)
    own = found.events.get(visit_stream(visit), [])
    if not own:
        return None
    then = door_of(visit, own)
    trips, on_trips = _trips(visit, then, around.trips, found.events)
    named = {trip.id for trip in trips}
    nameless = (worry for worry in found.nameless if worry.trip in named)
    concerns = events_of(view, NAME, _concerns_here((*around.worries, *nameless), then), known_at)
    composed = compose((*own, *on_trips, *concerns), directory.people, known_at or now)
    review = next((r for r in reversed(own) if isinstance(r.event, HistoryReviewed)), None)
    seen = 0 if review is None else review.envelope.index
    news = [r for r in (*own, *on_trips, *concerns) if not isinstance(r.event, HistoryReviewed)]
    streams = (visit_stream(visit), *(trip_stream(t.id) for t in trips))
    return VisitHistory(
        visit=visit_state.fold(visit, own),
        trips=trips,
        concerns=concern_states(concerns),
        known_at=known_at,
        index=max(r.envelope.index for r in (*own, *on_trips, *concerns)),
        lines=composed.lines,
        moves=then.moves,
        take_back=to_take_back(view, then, own, known_at),
        reviewed_at=None if review is None else review.envelope.recorded_at,
        reviewed_by=None if review is None else who(directory.people, review.envelope.person, review.envelope.role),
        news_since=sum(r.envelope.index > seen for r in news),
        unreadable=_lost_of(around.lost, streams),
    )


def _trips(
    visit: VisitId, then: Door, trips: Iterable[TripId], told: Mapping[Stream, Sequence[Recorded]]
) -> tuple[tuple[TripState, ...], tuple[Recorded, ...]]:
    """The trips a visit was on, as known then, and their events."""
    states, out = [], list[Recorded]()
    for trip in trips:
        events = told.get(trip_stream(trip), ())
        if events and (visit in route_of(trip, events).visits or trip in then.trips):
            states.append(trip_state.fold(trip, events))
            out.extend(events)
    return tuple(states), tuple(out)


def _concerns_here(worries: Iterable[Worry], door: Door) -> tuple[Stream, ...]:
    """Concerns raised at this door, or on its trip with no door named and none but its children."""
    own = [w for w in worries if w.visit is not None or not w.pupils or set(w.pupils) & set(door.pupils)]
    return tuple(concern_stream(worry.concern) for worry in sorted(own, key=lambda w: str(w.concern)))


def concern_history(view: View, directory: Directory, concern: ConcernId, now: datetime) -> Composed:
    """The events of one concern; none for a concern that the school does not know."""
    return compose(events_of(view, NAME, (concern_stream(concern),)), directory.people, now)


def concern_states(events: Iterable[Recorded]) -> tuple[ConcernState, ...]:
    """What the events of some concerns add up to, by when they were first recorded."""
    by_concern: dict[ConcernId, list[Recorded]] = {}
    for recorded in events:
        by_concern.setdefault(ConcernId(recorded.envelope.stream.id), []).append(recorded)
    return tuple(concern_state.fold(concern, own) for concern, own in by_concern.items())


def to_take_back(
    view: View, door: Door, own: Iterable[Recorded], known_at: datetime | None = None
) -> tuple[ToTakeBack, ...]:
    """Records of this visit and its concerns that went out under a child it is not about, and stand there yet.

    A record's key is `<kind>.<visit, concern or event>.<pupil>`. `own` are the visit's events.
    """
    if not door.wrong:
        return ()
    worries = view.where(
        NAME, Worry, "kind = 'worry' AND body->>'visit' = %(visit)s ORDER BY key", visit=str(door.visit)
    )
    sources = {str(door.visit), *(str(w.concern) for w in worries), *(str(r.envelope.event_id) for r in own)}
    back = {t.key for t in view.all(NAME, "taken_back", TakenBack) if known_at is None or t.recorded_at <= known_at}
    out: dict[str, ToTakeBack] = {}
    for export in (e for wrong in door.wrong for e in exports_of(view, wrong, known_at)):
        for key in export.keys:
            _, source, pupil = [*key.split("."), "", ""][:3]
            if source in sources and pupil in {str(w) for w in door.wrong} and key not in back:
                out[key] = ToTakeBack(
                    key=key,
                    system=export.system,
                    how=export.how,
                    reference=export.reference,
                    exported_at=export.recorded_at,
                )
    return tuple(out.values())


def exports_of(view: View, pupil: PupilId, known_at: datetime | None = None) -> tuple[Export, ...]:
    """What went to outside systems under a child."""
    found = view.where(
        NAME,
        Export,
        "kind = 'export' AND body->'pupils' ? %(pupil)s ORDER BY key",
        pupil=str(pupil),
    )
    return tuple(e for e in found if known_at is None or e.recorded_at <= known_at)


def unreadable(view: View, streams: Iterable[Stream]) -> tuple[Quarantined, ...]:
    """Those of some streams that cannot be read on."""
    return _lost_of(view.quarantined(NAME), streams)


def _lost_of(lost: Iterable[Quarantined], streams: Iterable[Stream]) -> tuple[Quarantined, ...]:
    named = {(stream.kind, str(stream.id)) for stream in streams}
    return tuple(q for q in lost if (q.stream_kind, q.stream_id) in named)
