"""The trips of one school that are open, kept at the log's head: what the overdue watch looks at.

It starts from the overdue board's rows, wherever those have come to, and reads on in the log itself, so that a
projection that trails or stands still hides nothing. A stream that cannot be read is set aside and said once;
the others go on.
"""

import logging
from uuid import UUID

from domain.envelope import Recorded
from domain.erasure.events import AboutErasure
from domain.ids import Stream, StreamKind, TripId, VisitId, trip_stream, visit_stream
from domain.shared.events import EventCorrected
from domain.trip import state as trip_state
from domain.trip.state import TripState
from domain.visit import state as visit_state
from domain.visit.state import VisitState
from eventlog.codec import Unreadable
from eventlog.errors import LogUnavailable, UnreadableEvent
from eventlog.seam import SchoolLog
from eventlog.store import Store
from projections.overdue_board import NAME, open_trips
from projections.views import reading

log = logging.getLogger(__name__)


class OpenTrips:
    """One school's open trips and the doors on them. For one thread."""

    def __init__(self, store: Store, school: str) -> None:
        """Nothing is read before the first `catch_up`. Raises UnknownSchool."""
        self._store = store
        self._school = school
        self._log: SchoolLog = store.log(school)
        self._position = -1
        self._trips: dict[TripId, TripState] = {}
        self._visits: dict[VisitId, VisitState] = {}
        self._set_aside: set[Stream] = set()

    @property
    def out(self) -> tuple[TripState, ...]:
        """Trips that somebody is out on. One that cannot be read is left out: the board shows it red as it is."""
        return tuple(t for t in self._trips.values() if t.out and trip_stream(t.id) not in self._set_aside)

    def visits(self, trip: TripState) -> tuple[VisitState, ...]:
        """The doors of a trip, in order; one whose record cannot be read is left out."""
        return tuple(found for found in (self._visit(visit) for visit in trip.visits) if found is not None)

    def catch_up(self) -> int:
        """Read to the log's head and give it back. Raises LogUnavailable; what was read so far is kept."""
        if self._position < 0:
            self._begin()
        for recorded in self._log.read_log(self._position + 1):
            self._follow(recorded)
            self._position = recorded.envelope.index
        return self._position

    def _begin(self) -> None:
        with reading(self._store, self._school) as view:
            found, position = open_trips(view), view.position(NAME)
        self._trips = {trip.id: trip for trip in found.trips}
        self._visits = dict(found.visits)
        for lost in found.lost:
            # Whatever the board could not process is tried again here, by a whole reading.
            stream = Stream(lost.stream_kind, UUID(lost.stream_id))
            if stream.kind is StreamKind.TRIP:
                self._read_trip(stream, None)
            else:
                self._visits.pop(VisitId(stream.id), None)
        self._position = position

    def _follow(self, recorded: Recorded) -> None:
        stream = recorded.envelope.stream
        if stream in self._set_aside or stream.kind not in (StreamKind.TRIP, StreamKind.VISIT):
            return
        try:
            if stream.kind is StreamKind.TRIP:
                self._follow_trip(recorded)
            elif VisitId(stream.id) in self._visits:
                self._follow_visit(recorded)
        except LogUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one bad record must not end the watch over all the others
            self._put_aside(stream, error)

    def _follow_trip(self, recorded: Recorded) -> None:
        envelope, event = recorded
        trip = TripId(envelope.stream.id)
        known = self._trips.get(trip)
        if known is not None and envelope.version <= known.version:
            return
        _refuse_unreadable(recorded)
        if isinstance(event, EventCorrected | AboutErasure) or (known is None and envelope.version > 1):
            self._read_trip(envelope.stream, envelope.version)
        else:
            before = known or TripState(id=trip)
            self._keep(trip_state.evolve(before, event, envelope))  # type: ignore[arg-type]  # the stream holds only its own kinds

    def _read_trip(self, stream: Stream, version: int | None) -> None:
        try:
            self._keep(trip_state.fold(TripId(stream.id), self._log.read(stream, up_to_version=version)))
        except UnreadableEvent as error:
            self._put_aside(stream, error)

    def _keep(self, trip: TripState) -> None:
        if not trip.over:
            self._trips[trip.id] = trip
            return
        self._trips.pop(trip.id, None)
        for visit in trip.visits:
            self._visits.pop(visit, None)

    def _follow_visit(self, recorded: Recorded) -> None:
        envelope, event = recorded
        visit = VisitId(envelope.stream.id)
        known = self._visits[visit]
        if envelope.version <= known.version:
            return
        _refuse_unreadable(recorded)
        if isinstance(event, EventCorrected | AboutErasure):
            whole = self._log.read(envelope.stream, up_to_version=envelope.version)
            self._visits[visit] = visit_state.fold(visit, whole)
        else:
            self._visits[visit] = visit_state.evolve(known, event, envelope)  # type: ignore[arg-type]  # as for trips

    def _visit(self, visit: VisitId) -> VisitState | None:
        stream = visit_stream(visit)
        if visit not in self._visits and stream not in self._set_aside:
            try:
                self._visits[visit] = visit_state.fold(visit, self._log.read(stream))
            except LogUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - as in `_follow`
                self._put_aside(stream, error)
        return self._visits.get(visit)

    def _put_aside(self, stream: Stream, error: Exception) -> None:
        """The board shows it as a red row, which is louder than anything the watch could raise."""
        self._set_aside.add(stream)
        log.error(
            "the watch of %s cannot read %s %s on (%s)", self._school, stream.kind, stream.id, type(error).__name__
        )


def _refuse_unreadable(recorded: Recorded) -> None:
    if isinstance(recorded.event, Unreadable):
        raise UnreadableEvent(recorded.event.topic, recorded.event.reason)
