"""What happened to this child? Visits, concerns, changes in the family, exports.

Asks the rows of `dsl_history`. A visit that was put down to the wrong child and moved leaves that child's chronology
at every instant, also at those before the move: only the neutral line stays, and what to take back. The right child's
chronology does not name the wrong one either: who that was stands in the visit's history.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.concern.events import ConcernRaised
from domain.concern.state import ConcernState
from domain.envelope import Recorded
from domain.event import Event
from domain.ids import PupilId, VisitId, concern_stream, pupil_stream, visit_stream
from domain.visit.events import (
    DecisionForChildMade,
    PupilOutcomeRecorded,
    RequestCorrected,
    VisitMovedToPupil,
    VisitRequested,
)
from projections.directory import Directory
from projections.doors import Door, Moved, door_of
from projections.dsl_history import (
    NAME,
    Export,
    ToTakeBack,
    concern_states,
    exports_of,
    to_take_back,
    unreadable,
)
from projections.event_rows import events_of
from projections.history_compose import compose
from projections.history_lines import Line, Who, who
from projections.history_links import Worry
from projections.rows import Quarantined
from projections.views import View


class MovedAway(msgspec.Struct, frozen=True, kw_only=True):
    """The neutral line that a wrongly picked child keeps: nothing of the visit itself."""

    moved_at: datetime
    """When the move was recorded."""
    by: Who
    take_back: tuple[ToTakeBack, ...]
    """Records of it that stand under this child in an outside system."""


class MovedHere(msgspec.Struct, frozen=True, kw_only=True):
    """A visit came here from a child who had been picked by mistake, and who is not named here."""

    visit: VisitId
    moved_at: datetime
    by: Who


class VisitOfPupil(msgspec.Struct, frozen=True, kw_only=True):
    """One visit of a chronology."""

    visit: VisitId
    purpose: str
    street: str
    requested_at: datetime | None
    moved_here: bool
    """It had been put down to another child by mistake."""


class PupilChronology(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one child."""

    pupil: PupilId
    known_at: datetime | None
    """Only what had been recorded by this instant is in here; None for all there is."""
    index: int
    """The place in the log of the last event in here; 0 where there is none."""
    lines: tuple[Line, ...]
    """Of visits, concerns and the pupil's own stream, in the order things happened. Where a visit was moved, its events
    name the right child, and the move itself is in `moved_here`."""
    visits: tuple[VisitOfPupil, ...]
    """By when they were asked for."""
    concerns: tuple[ConcernState, ...]
    moved_here: tuple[MovedHere, ...]
    moved_away: tuple[MovedAway, ...]
    exports: tuple[Export, ...]
    """What went to outside systems under this child."""
    unreadable: tuple[Quarantined, ...]


def pupil_chronology(
    view: View, directory: Directory, pupil: PupilId, now: datetime, known_at: datetime | None = None
) -> PupilChronology | None:
    """A child's chronology, as known at an instant or now; None for a child whom the school does not know."""
    if pupil not in directory.pupils:
        return None
    doors = _doors(view, pupil)
    away = tuple(door for door in doors if pupil in door.wrong)
    here = tuple(door for door in doors if pupil not in door.wrong)
    of_visits = _of_visits(view, here, pupil, known_at)
    of_concerns = _of_concerns(view, doors, pupil, known_at)
    own = events_of(view, NAME, (pupil_stream(pupil),), known_at)
    events = (*own, *of_visits, *of_concerns)
    by_visit = _by_visit(of_visits)
    then = {visit: door_of(visit, visited) for visit, visited in by_visit.items()}
    composed = compose(_rightly(events, then), directory.people, known_at or now)
    streams = {recorded.envelope.stream for recorded in events}
    return PupilChronology(
        pupil=pupil,
        known_at=known_at,
        index=max((r.envelope.index for r in events), default=0),
        lines=tuple(line for line in composed.lines if not isinstance(line.event, VisitMovedToPupil)),
        visits=_visits(then.values()),
        concerns=concern_states(_rightly(of_concerns, then)),
        moved_here=tuple(
            MovedHere(visit=door.visit, moved_at=move.recorded_at, by=who(directory.people, move.by))
            for door in then.values()
            for move in door.moves
            if move.right == pupil
        ),
        moved_away=tuple(
            MovedAway(
                moved_at=move.recorded_at,
                by=who(directory.people, move.by),
                take_back=to_take_back(view, door, events_of(view, NAME, (visit_stream(door.visit),)), known_at),
            )
            for door in away
            for move in _last_move(door, pupil)
        ),
        exports=exports_of(view, pupil, known_at),
        unreadable=unreadable(view, streams),
    )


def _doors(view: View, pupil: PupilId) -> tuple[Door, ...]:
    """Visits that are, or by mistake were, put down to a child."""
    return view.where(
        NAME,
        Door,
        "kind = 'door' AND (body->'pupils' ? %(pupil)s"
        " OR body->'moves' @> jsonb_build_array(jsonb_build_object('wrong', %(pupil)s::text))) ORDER BY key",
        pupil=str(pupil),
    )


def _last_move(door: Door, pupil: PupilId) -> tuple[Moved, ...]:
    return tuple(move for move in door.moves if move.wrong == pupil)[-1:]


def _of_visits(view: View, doors: Sequence[Door], pupil: PupilId, known_at: datetime | None) -> tuple[Recorded, ...]:
    """The events of visits that were known to be about the child then."""
    events = events_of(view, NAME, (visit_stream(door.visit) for door in doors), known_at)
    known = {visit for visit, own in _by_visit(events).items() if pupil in door_of(visit, own).pupils}
    return tuple(r for r in events if r.envelope.stream.id in known)


def _by_visit(events: Iterable[Recorded]) -> dict[VisitId, list[Recorded]]:
    out: dict[VisitId, list[Recorded]] = {}
    for recorded in events:
        out.setdefault(VisitId(recorded.envelope.stream.id), []).append(recorded)
    return out


def _rightly(events: Iterable[Recorded], doors: Mapping[VisitId, Door]) -> Iterable[Recorded]:
    """The events with the children they are about, where a visit was moved after they had named another."""
    for envelope, event in events:
        visit = event.visit if isinstance(event, ConcernRaised) else VisitId(envelope.stream.id)
        door = doors.get(visit) if visit is not None else None
        yield Recorded(envelope, event if door is None else _about_the_right_child(event, door, envelope.index))


def _about_the_right_child(event: Event, door: Door, index: int) -> Event:  # noqa: PLR0911 - one arm an event
    if not any(move.index > index for move in door.moves):
        return event
    match event:
        case VisitRequested():
            return replace(event, pupils=door.rightly(event.pupils, index), address=door.street)
        case RequestCorrected():
            return replace(event, address=door.street)
        case ConcernRaised():
            return replace(event, pupils=door.rightly(event.pupils, index))
        case PupilOutcomeRecorded(pupil=pupil) if pupil is not None:
            return replace(event, pupil=door.rightly((pupil,), index)[0])
        case DecisionForChildMade(pupil=pupil):
            return replace(event, pupil=door.rightly((pupil,), index)[0])
        case _:
            return event  # names no child


def records_of(view: View, pupil: PupilId) -> tuple[UUID, ...]:
    """The visits and the concerns that are about a child now."""
    doors = _doors(view, pupil)
    here = (door.visit for door in doors if pupil not in door.wrong)
    return (*here, *(worry.concern for worry in _worries(view, doors, pupil)))


def _of_concerns(view: View, doors: Sequence[Door], pupil: PupilId, known_at: datetime | None) -> tuple[Recorded, ...]:
    """The events of concerns about the child."""
    streams = (concern_stream(worry.concern) for worry in _worries(view, doors, pupil))
    return events_of(view, NAME, streams, known_at)


def _worries(view: View, doors: Sequence[Door], pupil: PupilId) -> list[Worry]:
    """Concerns about the child: named, or raised at a door of theirs with no child named."""
    by_visit = {door.visit: door for door in doors}
    worries = view.where(
        NAME,
        Worry,
        "kind = 'worry' AND (body->'pupils' ? %(pupil)s OR body->>'visit' = ANY(%(visits)s)) ORDER BY key",
        pupil=str(pupil),
        visits=[str(door.visit) for door in doors],
    )
    return [w for w in worries if pupil in _meant(w, by_visit.get(w.visit) if w.visit is not None else None)]


def _meant(worry: Worry, door: Door | None) -> tuple[PupilId, ...]:
    """The children a concern is about: those of its door where it names none, and moved as the visit was."""
    if door is None:
        return worry.pupils
    return door.rightly(worry.pupils, worry.index) if worry.pupils else door.pupils


def _visits(doors: Iterable[Door]) -> tuple[VisitOfPupil, ...]:
    found = (
        VisitOfPupil(
            visit=door.visit,
            purpose=door.purpose,
            street=door.street,
            requested_at=door.requested_at,
            moved_here=bool(door.moves),
        )
        for door in doors
    )
    return tuple(sorted(found, key=lambda v: (v.requested_at is None, v.requested_at, v.visit)))
