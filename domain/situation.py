"""Everything a decision may look at, gathered before it decides: states, policy, facts, time."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID, uuid5

import msgspec

from domain.case.state import CaseState
from domain.concern.state import ConcernState
from domain.envelope import Acting, Recorded
from domain.erasure.belongings import Belongings
from domain.ids import PupilId, SchoolSlug, StaffId, Stream, TripId, VisitId
from domain.policy import Policy
from domain.pupil.state import Pupil
from domain.refusal import Incomplete, Unknown
from domain.removal.state import Removal
from domain.school.calendar import Calendar
from domain.school.record import PolicyRecord
from domain.staff.state import Person, RoleHeld
from domain.times import LONDON, day_of
from domain.trip.state import TripState
from domain.visit.state import VisitState


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when a command is decided. Nothing in it changes while it is."""

    school: SchoolSlug
    acting: Acting
    now: datetime
    policy: Policy
    """The settings in force when the step happened (DV-03)."""
    head: int = 0
    """The place in the log that the facts were read at."""
    people: Mapping[StaffId, Person] = {}
    pupils: Mapping[PupilId, Pupil] = {}
    calendar: Calendar = Calendar()
    """The school's terms; without any every weekday is a school day."""
    record: PolicyRecord = PolicyRecord()
    """What is on record about the policy itself: who was told of it."""
    trip: TripState | None = None
    """The trip named by the command, or the open trip of the visit named."""
    visits: Mapping[VisitId, VisitState] = {}
    """The visits named by the command, and those of the trip."""
    went: Mapping[VisitId, frozenset[StaffId]] = {}
    """Who went to the visit named, on a trip that may be over; read only for plans and closings."""
    concern: ConcernState | None = None
    case: CaseState | None = None
    """The restricted case that the command names, or is about; to whoever is outside it there is none."""
    targets: tuple[Recorded, ...] = ()
    """The earlier events that the command speaks of: a correction, an undo, a spoken word."""
    exported: frozenset[str] = frozenset()
    """Keys of the records that were exported and stand; read only for commands about exports."""
    adopted: int = 0
    """The newest version of the school's settings; read only for adopting another."""
    belongings: Belongings | None = None
    """Who and what each stream is about; read, from the whole log, only for decisions about an erasure or a removal."""
    removal: Removal | None = None
    """The removal of the school that was asked for; read only for decisions about one."""
    erasing: bool = False
    """Whether an erasure is confirmed and not carried out; read only where everything is to go out."""
    unreadable: frozenset[Stream] = frozenset()
    """Streams that hold an event which cannot be read: facts go on at their end."""
    erased: frozenset[Stream] = frozenset()
    """Streams that hold an erased event: their skeleton may be looked at."""
    others: Mapping[StaffId, TripState] = {}
    """The other open trip that holds somebody of the team; read only for "OK to go"."""

    @property
    def at(self) -> datetime:
        """When it happened, as stated."""
        return self.acting.occurred_at

    @property
    def speaker(self) -> Person | None:
        """Whoever's word this is, with the roles that they act in here; None for somebody the school does not know."""
        person, only = self.people.get(self.acting.person), self.acting.only_in
        if person is None or only is None or self.acting.person != self.acting.actor:
            return person
        return person.only_as(only, lent=self.acting.lent)

    def lets_decide(self, held: RoleHeld) -> bool:
        """Whether a role lets the speaker decide: one that has ended does not, also not for a time before its end.

        A word that was spoken in time, and is typed later, counts.
        """
        return self.acting.said_by is not None or held.at(self.now)

    @property
    def planned_day(self) -> date | None:
        """The London day that the trip leaves on; None where none is planned."""
        return day_of(self.trip.leave_at) if self.trip is not None and self.trip.leave_at is not None else None

    def new_id(self, name: str) -> UUID:
        """An id for something new, the same however often the command is decided again."""
        return uuid5(self.acting.command_id, name)

    def visit(self, visit: VisitId | None) -> VisitState:
        """The visit, which must exist. Raises Unknown."""
        found = self.visits.get(visit) if visit is not None else None
        if found is None or not found.exists:
            raise Unknown("visit")
        return found

    def known_trip(self) -> TripState:
        """The trip, which must exist. Raises Unknown."""
        if self.trip is None or not self.trip.exists:
            raise Unknown("trip")
        return self.trip

    def trip_visits(self, trip: TripState) -> tuple[VisitState, ...]:
        """The trip's visits, in order; ones that are not known are left out."""
        return tuple(self.visits[v] for v in trip.visits if v in self.visits)

    def name_of(self, person: StaffId | None) -> str:
        """A person's name, or "somebody" where it is not known."""
        found = self.people.get(person) if person is not None else None
        return found.name if found and found.name else "somebody"

    def trip_or_new(self) -> TripState:
        """The trip a fact belongs to; a new, empty one where none was named (law 1: never refuse a fact)."""
        return self.trip if self.trip is not None else TripState(id=TripId(self.new_id("trip")))


def last_day(stated: date | None, s: Situation) -> date:
    """The day that somebody left on: as stated, else today in London. Raises Incomplete for a day that has not come."""
    today = s.now.astimezone(LONDON).date()
    if stated is not None and stated > today:
        raise Incomplete("on", "a day that has come: it is recorded when somebody has left, not before")
    return stated or today
