"""Which streams are about whom, from the whole log: read once for each decision about an erasure, which is rare.

A visit and a concern belong to every child that they ever named, also by mistake: what was written there is about all
of them. They go when the last of these children is erased. A trip belongs to every door that it ever named, for what was
typed on the way is about the families there: it goes with the last of these visits.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import assert_never
from uuid import UUID

import msgspec

from domain.case.events import Beginning, CaseClosed
from domain.concern.events import ConcernActioned, ConcernRaised
from domain.envelope import Recorded
from domain.erasure import events as e
from domain.event import Event
from domain.ids import EventId, PupilId, StaffId, Stream, StreamKind
from domain.school.events import ExportTakenBack, RecordExported
from domain.shared.events import RecordViewed
from domain.trip.events import PersonSafeByVoice, StaffDeparted, StaffReturned
from domain.visit.events import (
    FamilyDeclinedVisit,
    VisitCancelled,
    VisitCancelledForSafety,
    VisitMovedToPupil,
    VisitRecorded,
    VisitRefused,
    VisitRequested,
)

_CLOSES = CaseClosed | VisitRecorded | VisitCancelled | VisitCancelledForSafety | VisitRefused | FamilyDeclinedVisit


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure that somebody asked for."""

    event: EventId
    by: StaffId
    at: datetime
    rule: str
    why: str


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A legal hold that stands."""

    event: EventId
    by: StaffId
    at: datetime
    why: str


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure that was confirmed, and what it names."""

    event: EventId
    ordered: e.ErasureOrdered


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure that was carried out."""

    subject: Stream
    at: datetime
    """When it was recorded."""
    erased: e.PersonalDataErased


class Kept(msgspec.Struct, kw_only=True):
    """What is known of one stream."""

    version: int = 0
    last_at: datetime | None = None
    """When the last thing happened in it; readings and what is about erasure do not count."""
    holds: dict[EventId, Hold] = {}
    asked: Asked | None = None
    confirmed: bool = False
    erased: bool = False
    keys: dict[UUID, None] = {}
    """The data keys that it was ever written under, in order."""
    unreadable: bool = False


class Belongings:
    """What the events of one school's log, taken in one after the other, say about whom."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.streams: dict[Stream, Kept] = {}
        self.orders: dict[EventId, Order] = {}
        self.done: list[Done] = []
        """Erasures that were carried out, in order."""
        self._visits: dict[UUID, dict[PupilId, None]] = {}
        self._concerns: dict[UUID, dict[PupilId, None]] = {}
        self._at_door: dict[UUID, UUID | None] = {}
        self._visits_of: dict[PupilId, dict[UUID, None]] = {}
        self._doors: dict[UUID, dict[UUID, None]] = {}
        self._trips_to: dict[UUID, dict[UUID, None]] = {}
        self._out: dict[UUID, set[StaffId]] = {}
        self._open: set[Stream] = set()
        self._sent: dict[str, e.ToChase] = {}
        self._references: dict[str, str] = {}

    def take_in(self, recorded: Recorded, *, unreadable: bool = False, gone: bool = False) -> None:
        """The next event; one that is `unreadable`, or whose key is `gone`, is known by its envelope only."""
        envelope, event = recorded
        kept = self.streams.setdefault(envelope.stream, Kept())
        kept.version = envelope.version
        kept.unreadable = kept.unreadable or unreadable
        if envelope.key_id is not None:
            kept.keys[envelope.key_id] = None
        if isinstance(event, e.AboutErasure):
            self._about_erasure(kept, recorded, event)
            return
        if not isinstance(event, RecordViewed):
            kept.last_at = max(kept.last_at or envelope.occurred_at, envelope.occurred_at)
        if not (unreadable or gone):
            self._learn(recorded)

    def belonging_to(self, subject: Stream) -> tuple[Stream, ...]:
        """The streams that go with a subject: its own first. What is about another child too stays until the last."""
        if subject.kind is StreamKind.VISIT:
            return (subject, *self._trips_of((subject,)))
        if subject.kind is not StreamKind.PUPIL:
            return (subject,)
        pupil = PupilId(subject.id)
        of_child = self._visits_of.get(pupil, ())
        visits = [Stream(StreamKind.VISIT, v) for v in of_child if self._last_of(pupil, self._visits[v])]
        concerns = [
            Stream(StreamKind.CONCERN, c) for c in self._concerns if self._last_of(pupil, self._about_concern(c))
        ]
        return (subject, *visits, *concerns, *self._trips_of(visits))

    def is_of_a_visit(self, trip: Stream) -> bool:
        """Whether a trip will go with a visit that is not erased."""
        return any(not self._is_erased(Stream(StreamKind.VISIT, v)) for v in self._doors.get(trip.id, ()))

    def about(self, stream: Stream) -> tuple[PupilId, ...]:
        """The children that a visit or a concern was ever about, as far as it can still be read; nobody's else."""
        if stream.kind is StreamKind.VISIT:
            return tuple(self._visits.get(stream.id, ()))
        known = stream.kind is StreamKind.CONCERN and stream.id in self._concerns
        return tuple(self._about_concern(stream.id)) if known else ()

    def holds_over(self, streams: Iterable[Stream]) -> tuple[tuple[Stream, Hold], ...]:
        """The legal holds that keep these: on one of them, or on a child whom one of them is about."""
        wide: dict[Stream, None] = {}
        for one in streams:
            wide |= {one: None} | {Stream(StreamKind.PUPIL, child): None for child in self.about(one)}
        return tuple((one, hold) for one in wide if one in self.streams for hold in self.streams[one].holds.values())

    def stands_outside(self, key: str) -> bool:
        """Whether an exported record still stands in an outside system, as far as anybody said."""
        return key in self._sent

    def reference_of(self, key: str) -> str:
        """The outside system's reference for an exported record, as it was typed back; "" where none was."""
        return self._references.get(key, "")

    def open_among(self, streams: Iterable[Stream]) -> tuple[Stream, ...]:
        """Those that are not finished: a visit not recorded or called off, a concern not closed, somebody still out."""
        return tuple(
            stream
            for stream in streams
            if stream in self._open or (stream.kind is StreamKind.TRIP and self._out.get(stream.id))
        )

    def sent_out(self, streams: Iterable[Stream]) -> tuple[e.ToChase, ...]:
        """Exported records about any of these that stand in an outside system."""
        ids = {str(stream.id) for stream in streams}
        return tuple(one for key, one in self._sent.items() if ids & set(key.split(".")[1:]))

    def unfinished(self) -> tuple[Order, ...]:
        """Erasures that were confirmed and are not carried out."""
        return tuple(self.orders.values())

    def _last_of(self, pupil: PupilId, about: Iterable[PupilId]) -> bool:
        others = set(about)
        return pupil in others and all(
            other == pupil or self.streams.get(Stream(StreamKind.PUPIL, other), Kept()).erased for other in others
        )

    def _trips_of(self, visits: Sequence[Stream]) -> tuple[Stream, ...]:
        """The trips that go with these visits: no other visit of theirs is left."""
        going = {visit.id: None for visit in visits}
        trips = dict.fromkeys(trip for visit in going for trip in self._trips_to.get(visit, ()))
        return tuple(
            stream
            for trip in trips
            if (stream := Stream(StreamKind.TRIP, trip)) in self.streams
            and all(door in going or self._is_erased(Stream(StreamKind.VISIT, door)) for door in self._doors[trip])
            and not self._is_erased(stream)
        )

    def _is_erased(self, stream: Stream) -> bool:
        kept = self.streams.get(stream)
        return kept is not None and kept.erased

    def _about_concern(self, concern: UUID) -> dict[PupilId, None]:
        """The children a concern is about: those of its door where it names none."""
        named = self._concerns[concern]
        door = self._at_door[concern]
        return named if named or door is None else self._visits.get(door, {})

    def _about_erasure(self, kept: Kept, recorded: Recorded, event: e.AboutErasure) -> None:
        envelope = recorded.envelope
        match event:
            case e.RetentionHoldPlaced():
                kept.holds[envelope.event_id] = Hold(
                    event=envelope.event_id, by=envelope.person, at=envelope.occurred_at, why=event.why
                )
            case e.RetentionHoldLifted():
                kept.holds.pop(event.hold, None)
            case e.ErasureAsked():
                kept.asked = Asked(
                    event=envelope.event_id,
                    by=envelope.person,
                    at=envelope.occurred_at,
                    rule=event.rule,
                    why=event.why,
                )
                kept.confirmed = False
            case e.ErasureConfirmed():
                kept.confirmed = True
            case e.PersonalDataErased():
                # What comes later is a new fact about somebody erased, and may be erased in its turn.
                kept.asked, kept.confirmed = None, False
                for one in (kept, *(self.streams[s.stream] for s in event.streams if s.stream in self.streams)):
                    one.erased, one.last_at = True, None
                self.orders.pop(event.ordered, None)
                self.done.append(Done(subject=envelope.stream, at=envelope.recorded_at, erased=event))
            case _:
                assert_never(event)

    def _learn(self, recorded: Recorded) -> None:
        (envelope, event), stream = recorded, recorded.envelope.stream
        self._learn_the_way(stream, event)
        match event:
            case VisitRequested(pupils=pupils):
                self._is_about(stream.id, pupils)
                self._open.add(stream)
            case VisitMovedToPupil(wrong=wrong, right=right):
                self._is_about(stream.id, (wrong, right))
            case ConcernRaised(pupils=pupils, visit=visit):
                self._concerns[stream.id] = dict.fromkeys(pupils)
                self._at_door[stream.id] = visit
                self._open.add(stream)
            case _ if isinstance(event, Beginning):
                self._open.add(stream)
            case e.ErasureOrdered():
                self.orders[envelope.event_id] = Order(event=envelope.event_id, ordered=event)
            case RecordExported(keys=keys, system=system, how=how):
                at = envelope.recorded_at
                self._references |= dict.fromkeys(keys, event.reference)
                self._sent |= {key: e.ToChase(key=key, system=system, how=how, exported_at=at) for key in keys}
            case ExportTakenBack(key=key):
                self._sent.pop(key, None)
            case _ if isinstance(event, _CLOSES) or (isinstance(event, ConcernActioned) and event.closes):
                self._open.discard(stream)
            case _:
                return  # It says nothing about whom it concerns that its stream does not say.

    def _is_about(self, visit: UUID, pupils: Iterable[PupilId]) -> None:
        for pupil in pupils:
            self._visits.setdefault(visit, {})[pupil] = None
            self._visits_of.setdefault(pupil, {})[visit] = None

    def _goes_to(self, trip: UUID, visits: Iterable[UUID]) -> None:
        for visit in visits:
            self._doors.setdefault(trip, {})[visit] = None
            self._trips_to.setdefault(visit, {})[trip] = None

    def _learn_the_way(self, stream: Stream, event: Event) -> None:
        """Which doors a trip goes to, and who is out."""
        if stream.kind is StreamKind.TRIP:
            one = getattr(event, "visit", None)
            self._goes_to(stream.id, (*getattr(event, "visits", ()), *((one,) if one is not None else ())))
        elif stream.kind is StreamKind.VISIT and (trip := getattr(event, "trip", None)) is not None:
            self._goes_to(trip, (stream.id,))
        if isinstance(event, StaffDeparted):
            self._out.setdefault(stream.id, set()).add(event.person)
        elif isinstance(event, StaffReturned | PersonSafeByVoice):
            self._out.setdefault(stream.id, set()).discard(event.person)
