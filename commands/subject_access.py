"""Everything that a school's log holds about one pupil or one member of staff, for a subject access request.

The whole log is read, as for an erasure: such a request is rare, and nothing may be missed. In it are

- the person's own stream,
- of a pupil: the visits that were ever put down to them, with the trips to those doors, and the concerns about them;
  of a member of staff: the trips that they were to go on or to watch, with the visits of those that they went on,
- any other event that names them, in what it says or as whose act or word it is,
- whatever speaks of one of these: a correction, a deviation, a confirmed or disowned word,
- and of restricted cases those that name them or were raised from one of these visits, whole: only of those that whoever
  asks is inside of. Of any other case nothing is looked at, also not who read it: to them there is none (DV-08).

What is too much is for a person to take out; what is missing nobody would notice.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Final
from uuid import UUID

import msgspec

from domain.access.events import RecordKind
from domain.case.events import Beginning
from domain.concern.events import ConcernRaised
from domain.envelope import Envelope, Recorded
from domain.erasure.events import ErasureOrdered, PersonalDataErased, StreamErased
from domain.event import Event
from domain.ids import CaseId, EventId, Stream, StreamKind
from domain.shared.events import DeviationNoted, KeptAsSent
from domain.trip.events import (
    StaffDeparted,
    TeamNamed,
    TripCleared,
    TripPlanned,
    VisitAddedToTrip,
    WatcherNamed,
)
from domain.visit.events import StaffArrived, VisitMovedToPupil, VisitRequested
from eventlog.seam import SchoolLog

SPEAKS_OF: Final = ("target", "deviation", "hold", "asked", "ordered")
"""Fields that name an earlier event."""


class Everything(msgspec.Struct, frozen=True, kw_only=True):
    """What there is about somebody, in the order things happened."""

    subject: Stream
    index: int
    """The place in the log of the last event that was looked at."""
    entries: tuple[Recorded, ...]
    visits: frozenset[UUID]
    """Visits that are in here whole."""
    mistaken: frozenset[UUID]
    """Those of them that had been put down to this pupil by mistake, and are about another one."""
    streets: dict[UUID, str]
    """The street of every visit that the school knows, by its id."""


def everything_about(log: SchoolLog, subject: Stream, inside: Collection[CaseId] = ()) -> Everything:
    """Read the whole log, twice, up to where it ends now. Blocks. Events that cannot be read are known by their place.

    `inside`: the restricted cases that whoever asks is inside of.
    """
    head = log.head()
    links = _Links(subject)
    for recorded in log.read_log(limit=head):
        links.take_in(recorded)
    shown = (r for r in log.read_log(limit=head) if (case := _case_of(r)) is None or case in inside)
    entries = tuple(_chosen(shown, subject, links))
    return Everything(
        subject=subject,
        index=head,
        entries=tuple(sorted(entries, key=lambda r: (r.envelope.occurred_at, r.envelope.index))),
        visits=frozenset(links.visits),
        mistaken=links.mistaken(),
        streets=links.streets,
    )


def names(event: Event, subject: UUID) -> bool:
    """Whether what an event says holds this id, in any field and at any depth."""
    return str(subject).encode() in msgspec.json.encode(event)


def is_act_of(envelope: Envelope, subject: UUID) -> bool:
    """Whether it is somebody's act or word, or was done in their place."""
    return subject in (envelope.actor, envelope.said_by, envelope.deputising_for)


def _case_of(recorded: Recorded) -> UUID | None:
    """The restricted case that an event stands in, or tells of: who read it, and that its erasure was ordered."""
    (envelope, event), kind = recorded, StreamKind.CASE
    if envelope.stream.kind is kind:
        return envelope.stream.id
    if isinstance(event, ErasureOrdered):
        return event.subject.id if event.subject.kind is kind else None
    return getattr(event, "record", None) if getattr(event, "kind", None) == RecordKind.CASE else None


class _Links:
    """Which visits, trips and concerns go with somebody."""

    def __init__(self, subject: Stream) -> None:
        self._pupil = subject.id if subject.kind is StreamKind.PUPIL else None
        self._staff = subject.id if subject.kind is StreamKind.STAFF else None
        self.streets: dict[UUID, str] = {}
        self.concerns: set[UUID] = set()
        self._children: dict[UUID, set[UUID]] = {}
        self._ever: set[UUID] = set()
        self._doors: dict[UUID, set[UUID]] = {}
        self._went: set[UUID] = set()
        self._watched: set[UUID] = set()
        self._were_on_the_way: set[UUID] = set()
        self._nameless: list[tuple[UUID, UUID | None, UUID | None]] = []

    def take_in(self, recorded: Recorded) -> None:
        """One more event of the log."""
        (envelope, event), own = recorded, recorded.envelope.stream.id
        match event:
            case VisitRequested(pupils=pupils):
                self.streets[own] = event.address.split(",", 1)[0].strip()
                self._children.setdefault(own, set()).update(pupils)
                self._ever |= {own} if self._pupil in pupils else set()
            case VisitMovedToPupil(wrong=wrong, right=right):
                self._children[own] = self._children.get(own, set()) - {wrong} | {right}
                self._ever |= {own} if self._pupil in (wrong, right) else set()
            case ConcernRaised(pupils=pupils):
                if self._pupil is not None and self._pupil in pupils:
                    self.concerns.add(own)
                elif not pupils:
                    self._nameless.append((own, event.visit, event.trip))
            case PersonalDataErased(streams=streams) if self._pupil is not None and own == self._pupil:
                self._were_theirs(streams)
            case _:
                self._on_the_way(event, own)
        if self._staff is not None and envelope.stream.kind is StreamKind.TRIP:
            self._take_part(event, own)

    def _on_the_way(self, event: Event, own: UUID) -> None:
        match event:
            case TripPlanned(visits=visits) | TripCleared(visits=visits):
                self._doors.setdefault(own, set()).update(visits)
            case VisitAddedToTrip(visit=visit):
                self._doors.setdefault(own, set()).add(visit)
            case StaffArrived(trip=trip) if trip is not None:
                self._doors.setdefault(trip, set()).add(own)
            case _:
                pass  # it says nothing about which doors, children or trips go together

    def _were_theirs(self, streams: Iterable[StreamErased]) -> None:
        """What was erased with a pupil: nothing else says any more that it was about them."""
        for one in streams:
            if one.kind is StreamKind.VISIT:
                self._ever.add(one.id)
                self._children.setdefault(one.id, set()).update(() if self._pupil is None else (self._pupil,))
            elif one.kind is StreamKind.CONCERN:
                self.concerns.add(one.id)
            elif one.kind is StreamKind.TRIP:
                self._were_on_the_way.add(one.id)

    def _take_part(self, event: Event, trip: UUID) -> None:
        match event:
            case TeamNamed(people=people) | TripCleared(people=people):
                self._went |= {trip} if self._staff in people else set()
            case StaffDeparted(person=person):
                self._went |= {trip} if person == self._staff else set()
            case WatcherNamed(watcher=watcher, deputy=deputy):
                self._watched |= {trip} if self._staff in (watcher, deputy) else set()
            case _:
                pass  # who rang or took an alarm is named by that event alone

    @property
    def visits(self) -> set[UUID]:
        """Visits that go with them whole."""
        return self._ever | {visit for trip in self._went for visit in self._doors.get(trip, ())}

    @property
    def trips(self) -> set[UUID]:
        """Trips that go with them whole."""
        to_them = {trip for trip, doors in self._doors.items() if doors & self._ever}
        return to_them | self._went | self._watched | self._were_on_the_way

    def mistaken(self) -> frozenset[UUID]:
        """Visits that are about another child now."""
        return frozenset(visit for visit in self._ever if self._pupil not in self._children.get(visit, set()))

    def streams(self) -> frozenset[tuple[StreamKind, UUID]]:
        """All streams that go with them whole, but their own."""
        visits, trips = self.visits, self.trips
        # A concern that names no child is about those of its door, or of its trip.
        nameless = {c for c, visit, trip in self._nameless if visit in visits or (visit is None and trip in trips)}
        return frozenset(
            {
                *((StreamKind.VISIT, one) for one in visits),
                *((StreamKind.TRIP, one) for one in trips),
                *((StreamKind.CONCERN, one) for one in self.concerns | nameless),
            }
        )


def _chosen(events: Iterable[Recorded], subject: Stream, links: _Links) -> Iterator[Recorded]:
    """The events that go with somebody. What speaks of an event comes after it."""
    streams = links.streams() | {(subject.kind, subject.id)}
    whole = [str(one).encode() for kind, one in streams if kind in (StreamKind.VISIT, StreamKind.CONCERN)]
    taken: set[EventId] = set()
    commands: set[UUID] = set()
    cases: set[UUID] = set()
    for recorded in events:
        envelope, event = recorded
        wanted = (envelope.stream.kind, envelope.stream.id) in streams or is_act_of(envelope, subject.id)
        wanted = wanted or envelope.stream.id in cases
        if not wanted:
            said = msgspec.json.encode(event)
            wanted = str(subject.id).encode() in said or _of_taken(recorded, taken, commands)
            if not wanted and envelope.stream.kind in (StreamKind.SCHOOL, StreamKind.ACCESS):
                wanted = any(one in said for one in whole)  # an export or a reading of one of these, say
        if isinstance(event, Beginning) and (wanted or event.visit in links.visits):
            wanted = True
            cases.add(envelope.stream.id)
        if wanted:
            taken.add(envelope.event_id)
            commands.add(envelope.command_id)
            yield recorded


def _of_taken(recorded: Recorded, taken: set[EventId], commands: set[UUID]) -> bool:
    envelope, event = recorded
    if isinstance(event, DeviationNoted | KeptAsSent):
        return envelope.command_id in commands
    return envelope.corrects in taken or any(getattr(event, field, None) in taken for field in SPEAKS_OF)
