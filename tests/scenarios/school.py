"""A school as a scenario holds it: its people by role, what they send, and what it refuses."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from commands.bus import Sender
from commands.demonstration.on_record import all_on_record, staff_told
from commands.ids import new_command_id
from commands.opening import open_school
from domain.command import Command
from domain.envelope import Recorded
from domain.ids import DOORSTEP, CommandId, PupilId, StaffId, StreamKind, TripId, VisitId
from domain.policy import Policy
from domain.pupil.commands import AdmitPupil
from domain.refusal import Refused, Requirement
from domain.roles import Role
from domain.shared.events import DeviationNoted
from domain.staff.commands import AddStaff, AssignRole
from domain.times import LONDON, parse_instant
from domain.trip.commands import PlanTrip
from domain.visit.commands import RequestVisit
from eventlog.seam import Appended, SchoolLog
from projections.board_shapes import BoardLine
from projections.directory import Directory
from tests.policies_example import policy_called
from tests.scenarios.cast import CHILDREN, PARTS, PURPOSE_OF, STREETS, Cast, Child, Someone
from tests.scenarios.doors import Trip, Visit
from tests.scenarios.looking import Looks
from tests.scenarios.ready import meet

if TYPE_CHECKING:
    from tests.scenarios.harness import World

TERM_STARTS: Final = datetime(2026, 9, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Refusal:
    """What a plan was turned down for."""

    unmet: tuple[Requirement, ...]

    @property
    def codes(self) -> frozenset[str]:
        """The requirements that refuse."""
        return frozenset(r.code for r in self.unmet if r.refuses)

    @property
    def advice(self) -> frozenset[str]:
        """Those that only warn."""
        return frozenset(r.code for r in self.unmet if not r.refuses)

    @property
    def clauses(self) -> frozenset[str]:
        """The clauses that those which refuse come from."""
        return frozenset(c for r in self.unmet if r.refuses for c in r.clauses)

    def __getitem__(self, code: str) -> Requirement:
        """The requirement of that code."""
        return next(r for r in self.unmet if r.code == code)


class School:
    """One school: its people by role, its clock, and what can be asked of it."""

    head: Someone
    dsl: Someone
    ddsl: Someone
    slt: Someone
    officer: Someone
    office: Someone
    office_manager: Someone
    business_manager: Someone
    line_manager: Someone
    teacher: Someone
    colleague: Someone
    governor: Someone
    social_worker: Someone

    def __init__(self, world: "World", slug: str, policy: str, known: Cast | None = None) -> None:
        """Open the school and let everybody join; unless it is open, and the `known` joined already."""
        self.world = world
        self.slug = slug
        self.policy_key = policy
        self.poisoned = False
        """Set by a scenario that breaks the log on purpose: it is not verified then."""
        self.verified = 0
        """Up to which index its log was verified whole before."""
        self._children = 0
        self.looks = Looks(self)
        """What people at this school see."""
        self.name = f"Invented {slug}"
        if known is None:
            world.run(open_school(world.bus, world.urls, slug, self.name, policy_called(policy), TERM_STARTS))
            known = self._cast()
        self.cast = known
        """Who joined when the school opened."""
        for key, person in known.people.items():
            setattr(self, key, person)
        self.child, self._children = known.child, 1

    def _cast(self) -> Cast:
        """Everybody joins."""
        people = {p.key: self.joins(p.name, *p.roles, kind=p.kind, mobile=p.mobile) for p in PARTS}
        own = tuple(people[p.key].id for p in PARTS if p.kind == "staff" and p.roles != (Role.GOVERNOR,))
        agency = tuple(people[p.key].id for p in PARTS if p.kind != "staff")
        day = TERM_STARTS.date()
        given = all_on_record(self.policy, own, day, agency=agency, designated=own)
        for command in (*staff_told(self.policy, day), *given):
            self.send(command, by=None)
        return Cast(people, self.admit())

    # People

    def joins(self, name: str, *roles: Role, kind: str = "staff", mobile: str | None = "07700 900100") -> Someone:
        """Somebody new; `mobile=None` for a number that the school does not hold."""
        command = AddStaff(name=name, roles=roles, kind=kind, mobile=mobile)
        stored = self.send(command, by=None)
        return Someone(StaffId(stored.recorded[0].envelope.stream.id), name)

    def admit(self, name: str = "", *, phone: str = "01234 567890", on_roll: bool = True) -> Child:
        """One more child, at the next address."""
        place = self._children % len(CHILDREN)
        self._children += 1
        given, family = (name or CHILDREN[place]).split()
        address = f"{self._children} {STREETS[place]}, Testford"
        command = AdmitPupil(given_name=given, family_name=family, address=address, phone=phone, on_roll=on_roll)
        stored = self.send(command, by=None)
        return Child(PupilId(stored.recorded[0].envelope.stream.id), f"{given} {family}")

    def deputise(self, person: Someone, role: Role, starts: str, ends: str, *, instead_of: Someone) -> None:
        """Somebody stands in for an absent holder of a role, between two times (DV-05)."""
        command = AssignRole(
            staff=person.id,
            role=role,
            starts=self.time(starts),
            ends=self.time(ends),
            deputising_for=instead_of.id,
        )
        self.send(command, by=self.head)

    def person(self, staff: StaffId) -> Someone:
        """Somebody by id."""
        return Someone(staff, self.known.people[staff].name)

    def who(self, word: str, *, but: tuple[Someone, ...] = ()) -> Someone:
        """Somebody who may act where the policy says `word`, and is not one of `but`."""
        return next(p for p in self.all_who(word) if p not in but)

    def all_who(self, word: str) -> tuple[Someone, ...]:
        """Everybody who may act where the policy says `word`, by name."""
        return tuple(Someone(p.id, p.name) for p in self.known.holders(word, self.now))

    # Time

    @property
    def now(self) -> datetime:
        """The school's clock."""
        return self.world.clock.now

    def at(self, when: str) -> datetime:
        """Move the clock on to a London time of this day ("15:00", "15:00:01"), or to a whole instant."""
        moment = self.time(when)
        assert moment >= self.now, "time runs forward"
        self.world.clock.now = moment
        return moment

    def later(self, **duration: float) -> datetime:
        """Move the clock on: `later(minutes=5)`."""
        self.world.clock.now += timedelta(**duration)
        return self.now

    def time(self, when: str) -> datetime:
        """A London time of the clock's day, or a whole instant, as UTC."""
        with suppress(ValueError):
            return datetime.combine(self.today, time.fromisoformat(when), tzinfo=LONDON).astimezone(UTC)
        return parse_instant(when)

    @property
    def today(self) -> date:
        """The London day."""
        return self.now.astimezone(LONDON).date()

    # Asking and saying

    def send(
        self,
        command: Command,
        *,
        by: Someone | None,
        at: str | None = None,
        said_by: Someone | None = None,
        command_id: UUID | None = None,
    ) -> Appended:
        """Send a command as HTTP does; `by=None` is Doorstep itself. Raises what the bus raises."""
        return self.world.run(self.sending(command, by=by, at=at, said_by=said_by, command_id=command_id)())

    def sending(
        self,
        command: Command,
        *,
        by: Someone | None,
        at: str | None = None,
        said_by: Someone | None = None,
        command_id: UUID | None = None,
    ) -> Callable[[], Coroutine[Any, Any, Appended]]:
        """The same, to be sent later: for `world.together`."""
        sender = Sender(
            actor=by.id if by is not None else DOORSTEP,
            command_id=CommandId(command_id) if command_id is not None else new_command_id(),
            at=self.time(at) if at is not None else None,
            said_by=said_by.id if said_by is not None else None,
        )
        return lambda: self.world.bus.send(self.slug, command, sender)

    def ask(self, *, by: Someone | None = None, child: Child | None = None, **fields: Any) -> Visit:
        """Ask for a visit; left out are an everyday purpose, the first child, the sentences, and for several the first one's home."""
        pupils = fields.pop("pupils", ((child or self.child).id,))
        if len(pupils) > 1:
            fields.setdefault("address", self.known.pupils[pupils[0]].address)
        fields.setdefault("on_site_reason", "the family cannot come in")
        command = RequestVisit(
            pupils=pupils,
            purpose=fields.pop("purpose", PURPOSE_OF[self.policy_key]),
            purpose_text=fields.pop("purpose_text", "to talk about how things are going"),
            **fields,
        )
        stored = self.send(command, by=by or self.teacher)
        return Visit(self, VisitId(stored.recorded[0].envelope.stream.id))

    def plan_trip(
        self,
        *visits: Visit,
        team: tuple[Someone, ...] | None = None,
        leave: str = "13:00",
        back_by: str = "15:00",
        by: Someone | None = None,
        **fields: Any,
    ) -> Trip:
        """Plan one sign-out to these doors (to a new, everyday visit where none is named), two people going."""
        doors = visits or (self.ask(),)
        going = (self.teacher, self.colleague) if team is None else team
        command = PlanTrip(
            visits=tuple(v.id for v in doors),
            leave_at=self.time(leave),
            back_by=self.time(back_by),
            people=tuple(p.id for p in going),
            **fields,
        )
        stored = self.send(command, by=by or self.teacher)
        trip = next(r for r in stored.recorded if r.envelope.stream.kind is StreamKind.TRIP)
        return Trip(self, TripId(trip.envelope.stream.id))

    def ready_trip(self, *visits: Visit, but: str = "", **plan: Any) -> Trip:
        """A trip that meets this school's policy step by step and is cleared.

        `but` names a requirement (the beginning of its code) that is left unmet; the trip is not cleared then.
        """
        trip = self.plan_trip(*visits, **plan)
        meet(trip, but=but)
        if not but:
            trip.clear()
        return trip

    def refused(self, plan: Callable[[], object]) -> Refusal:
        """The plan is sent and turned down."""
        before = self.log.head()
        try:
            plan()
        except Refused as refused:
            assert self.log.head() == before, "a refused plan stores nothing"
            return Refusal(refused.unmet)
        message = "the plan was accepted"
        raise AssertionError(message)

    # Looking

    def watch(self) -> None:
        """The overdue watch looks once."""
        self.looks.watch()

    def board(self, trip: Trip) -> BoardLine:
        """A trip's line on the overdue board."""
        return self.looks.line(trip)

    def to_tell(self, about: str) -> dict[str, tuple[str, ...]]:
        """Who must be told of the one thing of this kind that happened, and by which channels."""
        return self.looks.to_tell(about)

    @property
    def log(self) -> SchoolLog:
        """The school's log."""
        return self.world.store.log(self.slug)

    @property
    def known(self) -> Directory:
        """Everybody and the settings, at the log's head."""
        return self.world.bus.knowledge(self.slug).at_head()[1]

    @property
    def policy(self) -> Policy:
        """The settings in force now."""
        return self.known.policy_at(self.now)

    def events(self, *about: Visit | Trip) -> tuple[Recorded, ...]:
        """The events of these streams, or of the whole log, in log order."""
        ids = {one.id for one in about}
        return tuple(r for r in self.log.read_log() if not ids or r.envelope.stream.id in ids)

    def flags(self, *about: Visit | Trip) -> tuple[DeviationNoted, ...]:
        """What was noted as "not as policy" or as advice not followed."""
        return tuple(r.event for r in self.events(*about) if isinstance(r.event, DeviationNoted))
