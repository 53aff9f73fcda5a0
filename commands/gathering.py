"""Loading what a command's decision may look at: the streams it names, the trip they belong to, earlier events."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.access.commands import AccessCommand
from domain.case import state as case_state
from domain.case.commands import AboutCase
from domain.case.state import CaseState
from domain.command import Command, CommandKind
from domain.concern import state as concern_state
from domain.concern.state import ConcernState
from domain.envelope import Acting, Recorded
from domain.erasure.belongings import Belongings
from domain.erasure.commands import ErasureCommand
from domain.erasure.events import ErasureOrdered, PersonalDataErased
from domain.ids import (
    CaseId,
    CommandId,
    ConcernId,
    EventId,
    StaffId,
    Stream,
    StreamKind,
    TripId,
    VisitId,
    case_stream,
    concern_stream,
    school_stream,
    trip_stream,
    visit_stream,
)
from domain.policy import Policy
from domain.removal.commands import AskRemoval, ConfirmRemoval, KeepWholeExport, RemovalCommand
from domain.removal.state import standing
from domain.school import state as school_state
from domain.school.commands import AdoptSettings, ExportRecords, TakeBackExport
from domain.school.state import SchoolState
from domain.shared.commands import SignForDesk, Undo
from domain.shared.events import EventCorrected
from domain.situation import Situation
from domain.staff.commands import RecordStaffLeft
from domain.trip import state as trip_state
from domain.trip.claims import person_claim, visit_claim
from domain.trip.commands import ClearTrip
from domain.trip.state import TripState
from domain.visit import state as visit_state
from domain.visit.events import ChildAloneFound, HomeEntered, NoAnswerAtDoor, StaffArrived
from domain.visit.state import VisitState
from eventlog.codec import Erased, Unreadable
from eventlog.errors import UnreadableEvent
from eventlog.seam import SchoolLog
from projections.directory import Directory


class Gathered(NamedTuple):
    """A situation, and the versions of the streams that it was read from."""

    situation: Situation
    versions: dict[Stream, int | None]
    """None for a stream that cannot be read whole: a fact is appended at its end all the same."""
    trip_events: tuple[Recorded, ...]


_ABOUT_EVERYBODY = ErasureCommand | AskRemoval | ConfirmRemoval | AboutCase
"""Decided on the whole log."""
_AT_THE_DOOR = StaffArrived | NoAnswerAtDoor | ChildAloneFound | HomeEntered
"""What is told at a door says on which trip; not everybody taps all of it."""
_ABOUT_THE_SCHOOL = AdoptSettings | ExportRecords | TakeBackExport
"""Decided on what the school's own stream says."""


class _Reader:
    """Reads streams once each, and remembers their versions."""

    def __init__(self, log: SchoolLog, read: Callable[[Stream], tuple[Recorded, ...]], *, forgiving: bool) -> None:
        self._log = log
        self._read_stream = read
        self._forgiving = forgiving
        self.versions: dict[Stream, int | None] = {}
        self.erased: set[Stream] = set()
        self._read: dict[Stream, tuple[Recorded, ...]] = {}

    def events(self, stream: Stream) -> tuple[Recorded, ...]:
        if stream in self._read:
            return self._read[stream]
        try:
            found = self._read_stream(stream)
        except UnreadableEvent:
            if not self._forgiving:
                raise
            found, self.versions[stream] = (), None
        else:
            self.versions[stream] = found[-1].envelope.version if found else 0
            # Of an erased event only the envelope is left: nothing is decided on it (DV-11).
            left = tuple(r for r in found if not isinstance(r.event, Erased))
            if len(left) < len(found):
                found = left
                self.erased.add(stream)
        self._read[stream] = found
        return found

    def trip(self, trip: TripId) -> TripState:
        return trip_state.fold(trip, self.events(trip_stream(trip)))

    def visit(self, visit: VisitId) -> VisitState:
        return visit_state.fold(visit, self.events(visit_stream(visit)))

    def went(self, visit: VisitId) -> frozenset[StaffId]:
        """Who left on a trip to this door, and came to it."""
        told = (r.event for r in self.events(visit_stream(visit)))
        named = {event.trip for event in told if isinstance(event, _AT_THE_DOOR) and event.trip is not None}
        trips = (self.trip(trip) for trip in sorted(named))
        return frozenset(p for trip in trips if visit in trip.visits for p in trip.departed)

    def concern(self, concern: ConcernId) -> ConcernState:
        return concern_state.fold(concern, self.events(concern_stream(concern)))

    def case(self, case: CaseId) -> CaseState | None:
        """The case, read from the log whether or not there is one: neither a memory nor an error tells them apart."""
        try:
            found = self._log.read(case_stream(case))
        except UnreadableEvent:
            return None
        self.versions[case_stream(case)] = found[-1].envelope.version if found else 0
        return case_state.fold(case, (r for r in found if not isinstance(r.event, Erased)))

    def of_school(self) -> SchoolState:
        """What the school's stream adds up to; the version is kept, so that two exports, or two adoptions, take turns."""
        return school_state.fold(self.events(school_stream(self._log.school)))

    def erasing(self) -> bool:
        """Whether an erasure is confirmed and not carried out; a look at the school's stream, and at those it orders away."""
        return any(
            not any(
                isinstance(done.event, PersonalDataErased) and done.event.ordered == one.envelope.event_id
                for done in self.events(one.event.subject.stream)
            )
            for one in self.events(school_stream(self._log.school))
            if isinstance(one.event, ErasureOrdered)
        )

    def trip_of(self, visit: VisitId) -> TripId | None:
        return self._held(visit_claim(visit))

    def trip_of_somebody(self, people: Sequence[StaffId]) -> TripId | None:
        """The open trip that the first of these people is cleared for, or out on."""
        return next((trip for p in people if (trip := self._held(person_claim(p))) is not None), None)

    def holding(self, trip: TripState) -> dict[StaffId, TripState]:
        """The other open trips that hold somebody of this one's team; one that cannot be read is an empty one."""
        out = {}
        for person in trip.team:
            held = self._held(person_claim(person))
            if held is None or held == trip.id:
                continue
            try:
                out[person] = self.trip(held)
            except UnreadableEvent:
                out[person] = TripState(id=held)
        return out

    def _held(self, claim: str) -> TripId | None:
        holder = self._log.holder_of(claim)
        return TripId(holder.id) if holder is not None and holder.kind is StreamKind.TRIP else None


def gather(
    log: SchoolLog,
    known: Directory,
    head: int,
    command: Command,
    acting: Acting,
    now: datetime,
    *,
    read: Callable[[Stream], tuple[Recorded, ...]] | None = None,
) -> Gathered:
    """Everything the decision on `command` may look at; `read` stands in for `log.read` where streams are kept.

    Raises UnreadableEvent for a plan on a stream that cannot be read whole; a fact goes on without it.
    """
    reader = _Reader(log, read or log.read, forgiving=command.KIND is CommandKind.FACT)
    targets = _targets(log, command)
    visits = _named_visits(command, targets)
    trip_id = _named(command, "trip") or _trip_of_targets(targets)
    if (
        trip_id is None and visits and not isinstance(command, AccessCommand)
    ):  # reading a visit says nothing of its trip
        trip_id = reader.trip_of(visits[0])
    if trip_id is None and not visits and command.KIND is CommandKind.FACT and not command.INTERNAL:
        trip_id = reader.trip_of_somebody(_who_is_meant(command, acting))
    if isinstance(command, RecordStaffLeft):
        trip_id = reader.trip_of_somebody((command.staff,))
    trip = reader.trip(TripId(trip_id)) if trip_id is not None else None
    went = {} if command.KIND is CommandKind.FACT else {visit: reader.went(visit) for visit in visits}
    concern_id = _named(command, "concern")
    concern = reader.concern(ConcernId(concern_id)) if concern_id is not None else None
    door = concern.visit if concern is not None and isinstance(command, AccessCommand) else None
    every = dict.fromkeys((*visits, *(trip.visits if trip is not None else ()), *((door,) if door is not None else ())))
    visits_read = {visit: reader.visit(visit) for visit in every}
    belongings = belongings_of(log) if isinstance(command, _ABOUT_EVERYBODY) else None
    case_id = _named(command, "case")
    if belongings is not None:
        reader.versions |= {stream: kept.version for stream, kept in belongings.streams.items()}
    school = reader.of_school() if isinstance(command, _ABOUT_THE_SCHOOL) else SchoolState()
    situation = Situation(
        school=log.school,
        acting=acting,
        now=now,
        policy=_policy(known, trip.settings_of(acting.occurred_at) if trip is not None else acting.occurred_at),
        head=head,
        people=known.people,
        pupils=known.pupils,
        calendar=known.calendar,
        record=known.record,
        trip=trip,
        visits=visits_read,
        went=went,
        concern=concern,
        case=reader.case(CaseId(case_id)) if case_id is not None else None,
        targets=targets,
        others=reader.holding(trip) if trip is not None and isinstance(command, ClearTrip) else {},
        exported=school.exported,
        adopted=school.adopted,
        belongings=belongings,
        removal=standing(reader.events(school_stream(log.school))) if isinstance(command, RemovalCommand) else None,
        erasing=isinstance(command, KeepWholeExport) and reader.erasing(),
        erased=frozenset(reader.erased),
        unreadable=frozenset(stream for stream, version in reader.versions.items() if version is None),
    )
    return Gathered(situation, reader.versions, reader.events(trip_stream(trip.id)) if trip is not None else ())


def belongings_of(log: SchoolLog) -> Belongings:
    """Who and what each stream of a school is about: the whole log is read, which only erasures and removals ask for."""
    found = Belongings()
    for recorded in log.read_log():
        unreadable, gone = isinstance(recorded.event, Unreadable), isinstance(recorded.event, Erased)
        found.take_in(recorded, unreadable=unreadable, gone=gone)
    return found


def about_erasure(log: SchoolLog, known: Directory, acting: Acting, now: datetime) -> Situation:
    """What a decision about keeping or erasing would look at now, for somebody who only asks. Reads the whole log."""
    return Situation(
        school=log.school,
        acting=acting,
        now=now,
        policy=_policy(known, now),
        head=log.head(),
        people=known.people,
        pupils=known.pupils,
        belongings=belongings_of(log),
        removal=standing(log.read(school_stream(log.school))),
    )


NO_SETTINGS = Policy(key="", title="no settings adopted", version=0, settings={}, clauses={})
"""In force before a school adopts its settings: enough to adopt them, and to keep facts as they were sent."""


def _policy(known: Directory, at: datetime) -> Policy:
    try:
        return known.policy_at(at)
    except LookupError:
        return NO_SETTINGS


def _who_is_meant(command: Command, acting: Acting) -> tuple[StaffId, ...]:
    """Whose trip a fact that names none is about; nobody's where it has no place for a trip."""
    if not hasattr(command, "trip") and not hasattr(command, "visit"):
        return ()
    named = _named(command, "person")
    one = (StaffId(named),) if named is not None else ()
    return (*getattr(command, "people", ()), *one, acting.person)


def _named(command: Command, field: str) -> UUID | None:
    found = getattr(command, field, None)
    return found if isinstance(found, UUID) else None


def _named_visits(command: Command, targets: tuple[Recorded, ...]) -> tuple[VisitId, ...]:
    several = getattr(command, "visits", ())
    one = _named(command, "visit")
    aimed = tuple(VisitId(r.envelope.stream.id) for r in targets if r.envelope.stream.kind is StreamKind.VISIT)
    return (*several, *((VisitId(one),) if one is not None else ()), *aimed)


def _targets(log: SchoolLog, command: Command) -> tuple[Recorded, ...]:
    if isinstance(command, Undo | SignForDesk):
        found = log.lookup(CommandId(command.command)) if command.command is not None else None
        events = found.recorded if found is not None else ()
        return tuple(r for r in events if not isinstance(r.event, EventCorrected))
    event = _named(command, "event")
    found_one = log.event(EventId(event)) if event is not None else None
    return (found_one,) if found_one is not None else ()


def _trip_of_targets(targets: tuple[Recorded, ...]) -> UUID | None:
    return next((r.envelope.stream.id for r in targets if r.envelope.stream.kind is StreamKind.TRIP), None)
