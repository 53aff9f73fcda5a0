"""What must reach the record system, kept up event by event: the rows that `projections.exports` is asked of.

An event touches the records of a few streams only: its own, and those of the trip, the visits and the concerns that
belong together with it. Those are reckoned anew, and only where something has changed that a record takes from them.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from uuid import UUID

import msgspec
from msgspec.structs import replace

from domain.concern.events import ConcernRaised
from domain.concern.state import ConcernState
from domain.envelope import Recorded
from domain.ids import ConcernId, Stream, StreamKind, TripId, VisitId, concern_stream, trip_stream, visit_stream
from domain.shared.corrections import effective
from domain.shared.events import EventCorrected
from domain.trip.events import ContactAttempted, ContactResult
from domain.trip.state import TripState
from domain.visit.events import AppointmentConfirmed, FamilyDeclinedVisit, FamilyDelayReported
from domain.visit.state import VisitState
from projections.doors import DOOR, Door, follow_doors
from projections.export_records import Pupils, of_concern, of_contact, of_visit, weight_of
from projections.export_shapes import DUE, SENT, Contact, Due, Raised, Sent
from projections.following import follow
from projections.rows import Past, Rows

_NOBODY = (ContactResult.NO_ANSWER, ContactResult.WRONG_NUMBER)


class Tied(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to one stream beside its state; its key is the stream's id."""

    contacts: tuple[Contact, ...] = ()
    """With the family, told in this stream."""
    concerns: tuple[ConcernId, ...] = ()
    """Concerns that name this visit or trip, or once did."""
    trips: tuple[TripId, ...] = ()
    """The trips that a visit is on."""
    keys: tuple[str, ...] = ()
    """The records that this stream gives rise to."""


def keep_due(recorded: Recorded, rows: Rows, past: Past) -> None:
    """Visits, trips and concerns as they stand, and the records that come of them."""
    envelope, event = recorded
    book = _Book(rows)
    stream = envelope.stream
    first = envelope.version == 1  # then there is no row yet, and no need to ask the database
    if stream.kind is StreamKind.VISIT:
        visit = VisitId(stream.id)
        before = ((), None) if first else (weight_of(book.visit(visit)), book.door(visit))
        told = _keep_contacts(recorded, book, past)
        follow(recorded, rows, past)
        follow_doors(recorded, rows, past)
        if told or before != (weight_of(book.visit(visit)), book.door(visit)):
            book.reckon(book.beside_visits((visit,)))
    elif stream.kind is StreamKind.TRIP:
        trip = TripId(stream.id)
        _keep_trip(recorded, book, past, before=None if first else book.trip(trip))
    elif stream.kind is StreamKind.CONCERN:
        concern = ConcernId(stream.id)
        was = None if first else book.concern(concern)
        follow(recorded, rows, past)
        now = book.concern(concern)
        if isinstance(event, ConcernRaised):
            rows.put("raised", concern, Raised(concern=concern, index=envelope.index))
            book.tie(concern, event)
        doors = {book.door_of(was), book.door_of(now)}
        book.reckon((stream, *(visit_stream(door) for door in sorted(d for d in doors if d is not None))))


def _keep_trip(recorded: Recorded, book: "_Book", past: Past, *, before: TripState | None) -> None:
    trip = TripId(recorded.envelope.stream.id)
    told = _keep_contacts(recorded, book, past)
    follow(recorded, book.rows, past)
    after = book.trip(trip)
    was, now = (() if t is None else t.visits for t in (before, after))
    if was != now:
        book.put_on(trip, set(was) - set(now), set(now) - set(was))
    if told or was != now or _back(before, after):
        beside = chain.from_iterable(book.doors_beside(visit) for visit in (*was, *now))
        book.reckon((recorded.envelope.stream, *book.beside_visits(dict.fromkeys((*was, *now, *beside)))))


def _back(before: TripState | None, after: TripState | None) -> bool:
    """Whether everybody is back now who was not, or the other way round."""
    if before is None or after is None:
        return any(trip is not None and trip.everyone_back for trip in (before, after))
    same = (before.departed, before.returned, before.safe) == (after.departed, after.returned, after.safe)
    return not same and before.everyone_back != after.everyone_back


def _keep_contacts(recorded: Recorded, book: "_Book", past: Past) -> bool:
    """Whether the contacts told in this stream are others after an event."""
    envelope, event = recorded
    source = envelope.stream
    if isinstance(event, EventCorrected):
        told = (_contact(one) for one in effective(past.stream(source, envelope.version)))
        contacts = tuple(sorted((one for one in told if one is not None), key=lambda one: one.index))
    elif (contact := _contact(recorded)) is not None:
        contacts = (*book.tied(source).contacts, contact)
    else:
        return False
    if contacts == book.tied(source).contacts:
        return False
    book.change(source, contacts=contacts)
    return True


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


_ALONE = Tied()


class _Book:
    """The rows, as the records look at them; for one event."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._tied: dict[UUID, Tied] = {}

    def visit(self, visit: VisitId) -> VisitState | None:
        return self.rows.get("visit", visit, VisitState)

    def trip(self, trip: TripId) -> TripState | None:
        return self.rows.get("trip", trip, TripState)

    def concern(self, concern: ConcernId) -> ConcernState | None:
        return self.rows.get("concern", concern, ConcernState)

    def door(self, visit: VisitId) -> Door | None:
        return self.rows.get(DOOR, visit, Door)

    def tied(self, source: Stream) -> Tied:
        known = self._tied.get(source.id)
        if known is None:
            known = self._tied[source.id] = self.rows.get("tied", source.id, Tied) or _ALONE
        return known

    def change(self, source: Stream, **changed: object) -> None:
        tied = self._tied[source.id] = replace(self.tied(source), **changed)
        self.rows.put("tied", source.id, tied)

    def put_on(self, trip: TripId, gone: Iterable[VisitId], come: Iterable[VisitId]) -> None:
        """A trip goes to other doors than before."""
        for visit in map(visit_stream, sorted(gone)):
            self.change(visit, trips=tuple(t for t in self.tied(visit).trips if t != trip))
        for visit in map(visit_stream, sorted(come)):
            self.change(visit, trips=tuple(sorted({*self.tied(visit).trips, trip})))

    def tie(self, concern: ConcernId, raised: ConcernRaised) -> None:
        """A concern names a visit or a trip."""
        visits = (visit_stream(raised.visit),) if raised.visit is not None else ()
        trips = (trip_stream(raised.trip),) if raised.trip is not None else ()
        for source in (*visits, *trips):
            if concern not in self.tied(source).concerns:
                self.change(source, concerns=(*self.tied(source).concerns, concern))

    def trip_of(self, visit: VisitId) -> TripState | None:
        """The trip of a visit: of several, the one that was made last."""
        trips = self.tied(visit_stream(visit)).trips
        return self.trip(trips[-1]) if trips else None

    def only_door(self, trip: TripId | None) -> VisitId | None:
        """The visit meant by a fact that names only a trip; None where the trip has several."""
        state = self.trip(trip) if trip is not None else None
        doors = [v for v in state.visits if (on := self.trip_of(v)) and on.id == trip] if state is not None else []
        return doors[0] if len(doors) == 1 else None

    def door_of(self, concern: ConcernState | None) -> VisitId | None:
        """Where a concern was raised."""
        return None if concern is None else concern.visit or self.only_door(concern.trip)

    def doors_beside(self, visit: VisitId) -> Iterator[VisitId]:
        """The other doors of the trips that a visit is on."""
        for trip in self.tied(visit_stream(visit)).trips:
            state = self.trip(trip)
            yield from state.visits if state is not None else ()

    def beside_visits(self, visits: Iterable[VisitId]) -> tuple[Stream, ...]:
        """Visits, and the trips and concerns whose records take something from them."""
        found: dict[Stream, None] = {}
        for visit in map(visit_stream, visits):
            sources = (visit, *map(trip_stream, self.tied(visit).trips))
            found |= dict.fromkeys((*sources, *map(concern_stream, self._concerns_tied(sources))))
        return tuple(found)

    def _concerns_tied(self, sources: Iterable[Stream]) -> Iterable[ConcernId]:
        return dict.fromkeys(chain.from_iterable(self.tied(source).concerns for source in sources))

    def about(self, concern: ConcernState) -> Pupils:
        """Whom a concern is about, after a visit was moved to the right pupil."""
        visit = self.door_of(concern)
        door = self.door(visit) if visit is not None else None
        raised = self.rows.get("raised", concern.id, Raised)
        return concern.pupils if door is None else door.rightly(concern.pupils, raised.index if raised else 0)

    def worries(self, visit: VisitId) -> Iterator[Pupils]:
        """Whom each concern raised at a door is about."""
        on = self.trip_of(visit)
        sources = (visit_stream(visit), *((trip_stream(on.id),) if on is not None else ()))
        for one in self._concerns_tied(sources):
            concern = self.concern(one)
            if concern is not None and concern.raised_at is not None and self.door_of(concern) == visit:
                yield self.about(concern)

    def reckon(self, sources: Iterable[Stream]) -> None:
        """Write down the records of some streams as they are now."""
        for source in dict.fromkeys(sources):
            now = {due.key: due for due in self._records(source)}
            before = self.tied(source).keys
            for key in before:
                if key not in now:
                    self._drop(key)
            for key, due in now.items():
                self._put(due, known=key in before)
            if tuple(now) != before:
                self.change(source, keys=tuple(now))

    def _records(self, source: Stream) -> Iterator[Due]:
        if source.kind is StreamKind.CONCERN:
            concern = self.concern(ConcernId(source.id))
            if concern is not None:
                yield from of_concern(concern, self.about(concern), *self._place(concern.visit))
            return
        visit, on = self._place(VisitId(source.id)) if source.kind is StreamKind.VISIT else (None, None)
        if visit is not None:
            yield from of_visit(visit, on, self.worries(visit.id))
        for contact in self.tied(source).contacts:
            yield from of_contact(contact, *self._place(contact.visit or self.only_door(contact.trip)))

    def _place(self, visit: VisitId | None) -> tuple[VisitState | None, TripState | None]:
        """A visit that is known, and its trip."""
        state = self.visit(visit) if visit is not None else None
        return state, self.trip_of(state.id) if state is not None else None

    def _put(self, due: Due, *, known: bool) -> None:
        if known:
            before = self.rows.get(DUE, due.key, Due)
            due = replace(due, sent=before.sent if before is not None else None)
            if due != before:
                self.rows.put(DUE, due.key, due)
            return
        sent = self.rows.get(SENT, due.key, Sent)
        if sent is not None:
            self.rows.put(SENT, due.key, replace(sent, loose=False))
        out = sent is not None and not sent.taken_back
        self.rows.put(DUE, due.key, replace(due, sent=sent.index if sent is not None and out else None))

    def _drop(self, key: str) -> None:
        self.rows.delete(DUE, key)
        sent = self.rows.get(SENT, key, Sent)
        if sent is not None:
            self.rows.put(SENT, key, replace(sent, loose=True))
