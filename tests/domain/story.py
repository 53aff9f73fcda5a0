"""A school in memory: commands are decided, their events folded, nothing is stored. For tests of rules and decisions.

    story = Story("norbury")
    visit = story.ask()
    story.does(yes_to(visit), by="head")
    assert story.visit(visit).approvals

Facts are gathered as the door in `commands/` gathers them; only the log is a list.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

import msgspec

from commands.gathering import Gathered, gather
from commands.policy_files import load_policy
from commands.writing import claims_after
from domain.command import Command
from domain.decisions import decide
from domain.envelope import Acting, Decision, Envelope, Recorded
from domain.event import Event
from domain.ids import (
    DOORSTEP,
    NAMESPACE,
    CommandId,
    ConcernId,
    EventId,
    PupilId,
    SchoolSlug,
    StaffId,
    Stream,
    StreamKind,
    TripId,
    VisitId,
    concern_stream,
    trip_stream,
    visit_stream,
)
from domain.policy import Policy
from domain.pupil import state as pupil_state
from domain.pupil.state import Pupil
from domain.refusal import Refused, Requirement
from domain.roles import Role
from domain.school.record import PolicyRecord, Shared
from domain.shared.events import DeviationNoted
from domain.staff.on_record import Check, Designated, OnRecord, Training
from domain.staff.state import Person, RoleHeld
from domain.trip import state as trip_state
from domain.trip.commands import ConfirmChecks, PlanTrip
from domain.trip.state import TripState
from domain.visit import state as visit_state
from domain.visit.commands import AssessRisk, CheckBackground, OverseeRisk, RequestVisit
from domain.visit.rules.background import all_of_it
from domain.visit.rules.risk import assessors, overseers
from domain.visit.rules.risk_form import columns
from domain.visit.state import VisitState
from eventlog.seam import Appended, Claims, CommandReused, Subscription, Write
from projections.directory import Directory

MONDAY: Final = datetime(2026, 9, 14, 8, 0, tzinfo=UTC)
"""When every story begins."""
SCHOOL: Final = SchoolSlug("story")
SETTLED: Final[dict[str, Any]] = {
    "offers": 2,
    "planned_minutes": 30,
    "address_settled": True,
    "questions_invited": True,
}
"""All that any of the five policies wants settled with an appointment, its writing apart."""
PURPOSES: Final = {"scargill": "safe_and_well"}
_ROLES: Final = {
    "head": Role.HEADTEACHER,
    "dsl": Role.DSL,
    "ddsl": Role.DDSL,
    "slt": Role.SLT,
    "officer": Role.ATTENDANCE_OFFICER,
    "office": Role.SCHOOL_OFFICE,
    "line_manager": Role.LINE_MANAGER,
    "teacher": Role.TEACHER,
    "colleague": Role.TEACHER,
    "third": Role.TEACHER,
    "governor": Role.GOVERNOR,
    "chair": Role.CHAIR_OF_GOVERNORS,
    "agency": Role.AGENCY_PROFESSIONAL,
}


def staff_id(name: str) -> StaffId:
    """The id of somebody in a story."""
    return StaffId(uuid5(NAMESPACE, f"story/staff/{name}"))


def pupil_id(name: str) -> PupilId:
    """The id of a child in a story."""
    return PupilId(uuid5(NAMESPACE, f"story/pupil/{name}"))


def a_policy(key: str, **changes: Any) -> Policy:
    """One of the five policies, some of its settings with other values."""
    policy = load_policy(key)
    changed = {name: msgspec.structs.replace(policy.setting(name), value=value) for name, value in changes.items()}
    return msgspec.structs.replace(policy, settings={**policy.settings, **changed}, version=1)


_JANUARY: Final = date(2026, 1, 12)
_COURSES: Final = ("safe_working", "home_visit_procedure", "first_aid", "equipment", "manual_handling", "disengagement")
_MORE_COURSES: Final = ("cultural_awareness", "diversity_racial_equality")
WHOLE: Final = OnRecord(
    training=tuple(Training(course, _JANUARY) for course in (*_COURSES, *_MORE_COURSES)),
    checks=(Check("enhanced_dbs", _JANUARY), Check("barred_list", _JANUARY)),
    designated=(Designated(_JANUARY),),
)
"""All that any of the five policies wants on record of somebody who goes."""


TOLD: Final = PolicyRecord(
    shared=(
        Shared(
            event=EventId(UUID(int=1)),
            by=staff_id("head"),
            on=_JANUARY,
            audience=("staff",),
            where="",
            version=1,
        ),
    )
)
"""Staff were told of the policy."""


def a_person(
    name: str,
    *roles: Role | RoleHeld,
    kind: str = "staff",
    mobile: str = "07700 900100",
    record: OnRecord = WHOLE,
) -> Person:
    """Somebody with roles, of whom everything is on record."""
    held = tuple(r if isinstance(r, RoleHeld) else RoleHeld(role=r) for r in roles)
    return Person(
        id=staff_id(name),
        version=1,
        name=name.title(),
        kind=kind,
        mobile=mobile,
        roles=held,
        here=True,
        record=record,
    )


class MemoryLog:
    """A school's log as a list; only what gathering facts needs of it."""

    school = SCHOOL

    def __init__(self) -> None:
        """Nothing has happened."""
        self.all: list[Recorded] = []
        self.claims: dict[str, Stream] = {}
        self.commands: dict[CommandId, tuple[bytes, tuple[Recorded, ...]]] = {}

    def read(self, stream: Stream, up_to_version: int | None = None) -> tuple[Recorded, ...]:
        """A stream's events."""
        found = [r for r in self.all if r.envelope.stream == stream]
        return tuple(found[:up_to_version])

    def read_log(self, from_index: int = 1, limit: int | None = None) -> Iterator[Recorded]:
        """The events from an index on."""
        yield from self.all[from_index - 1 :][:limit]

    def event(self, event_id: EventId) -> Recorded | None:
        """One event."""
        return next((r for r in self.all if r.envelope.event_id == event_id), None)

    def head(self) -> int:
        """The index of the last event."""
        return len(self.all)

    def keyed(self, purpose: str, text: str) -> bytes:
        """No secret is needed to gather facts."""
        return f"{purpose} {text}".encode()

    def last_besides(self, topics: Collection[str], kind: str, up_to: int) -> int:
        """The index of the last event of any other topic and kind of stream."""
        others = (e for e, _ in self.all[:up_to] if e.topic not in topics and e.stream.kind != kind)
        return max((e.index for e in others), default=0)

    def holder_of(self, claim: str) -> Stream | None:
        """Who holds a claim."""
        return self.claims.get(claim)

    def lookup(self, command_id: CommandId, fingerprint: bytes | None = None) -> Appended | None:
        """What a command id stored."""
        if command_id not in self.commands:
            return None
        before, recorded = self.commands[command_id]
        if fingerprint is not None and fingerprint != before:
            raise CommandReused(command_id)
        return Appended(0, 0, duplicate=True, recorded=recorded)

    async def append(
        self, command_id: CommandId, fingerprint: bytes, writes: Sequence[Write], claims: Claims = Claims()
    ) -> Appended:
        """Stories append by themselves."""
        raise NotImplementedError

    def subscribe(self, from_index: int = 1) -> Subscription:
        """Nobody follows a story."""
        raise NotImplementedError

    def on_append(self, call: Callable[[int], None]) -> None:
        """Nobody follows a story."""
        raise NotImplementedError


class Story:
    """One school, its people and what has happened."""

    def __init__(self, policy: Policy | str = "leyland") -> None:
        """A school on a policy, with everybody of `_ROLES` by name and two children, Alex and Billie."""
        self.policy = policy if isinstance(policy, Policy) else a_policy(policy)
        self.now = MONDAY
        self.record = TOLD
        """What the policy's record says to whoever decides."""
        self.log = MemoryLog()
        self.people = {staff_id(name): a_person(name, role) for name, role in _ROLES.items()}
        agency = a_person("agency", Role.AGENCY_PROFESSIONAL, kind="agency_professional")
        self.people[agency.id] = agency
        self.pupils = {
            pupil_id(name): Pupil(
                id=pupil_id(name),
                version=1,
                given_name=name,
                address=f"1 {name} Road, Testford",
                phone="01632 960001",
            )
            for name in ("alex", "billie")
        }

    def knows(self, person: Person) -> None:
        """Add somebody, or change them."""
        self.people[person.id] = person

    def later(self, **duration: float) -> datetime:
        """The clock moves on."""
        self.now += timedelta(**duration)
        return self.now

    def gathered(
        self,
        command: Command,
        *,
        by: str = "teacher",
        at: datetime | None = None,
        said_by: str | None = None,
        command_id: UUID | None = None,
    ) -> Gathered:
        """What a decision on the command may look at."""
        at = at or self.now
        actor = DOORSTEP if by == "doorstep" else staff_id(by)
        spoke = staff_id(said_by) if said_by is not None else None
        whose = self.people.get(spoke or actor)
        acting = Acting(
            actor=actor,
            role=whose.main_role(at) if whose else Role.SYSTEM,
            said_by=spoke,
            command_id=CommandId(command_id or uuid4()),
            occurred_at=at,
        )
        known = Directory(0, self.people, self.pupils, (self.policy,), record=self.record)
        return gather(self.log, known, self.log.head(), command, acting, self.now)

    def decides(self, command: Command, **how: Any) -> Decision:
        """What the domain answers; nothing happens yet."""
        return decide(command, self.gathered(command, **how).situation)

    def does(self, command: Command, **how: Any) -> tuple[Event, ...]:
        """The command is decided and its events happen; with a known command id nothing does."""
        command_id = how.get("command_id")
        if command_id is not None and CommandId(command_id) in self.log.commands:
            return ()
        gathered = self.gathered(command, **how)
        decision = decide(command, gathered.situation)
        self._happen(decision, gathered)
        return tuple(entry.event for entry in decision)

    def _happen(self, decision: Decision, gathered: Gathered) -> None:
        acting = gathered.situation.acting
        claims = claims_after(decision, gathered)
        recorded = []
        for entry in decision:
            envelope = Envelope(
                event_id=EventId(uuid4()),
                school=SCHOOL,
                stream=entry.stream,
                version=len(self.log.read(entry.stream)) + 1,
                index=self.log.head() + 1,
                topic=entry.event.TOPIC,
                occurred_at=entry.occurred_at or acting.occurred_at,
                device_at=None,
                recorded_at=self.now,
                actor=acting.actor,
                role=entry.role or acting.role,
                said_by=acting.said_by,
                deputising_for=entry.deputising_for,
                command_id=acting.command_id,
                correlation_id=None,
                causation_id=None,
                policy_version=self.policy.version,
                corrects=entry.corrects,
                key_id=None,
                salt=b"",
            )
            recorded.append(Recorded(envelope, entry.event))
            self.log.all.append(recorded[-1])
            if entry.stream.kind is StreamKind.PUPIL:
                pupil = PupilId(entry.stream.id)
                known = self.pupils.get(pupil, Pupil(id=pupil))
                self.pupils[pupil] = pupil_state.evolve(known, entry.event, envelope)  # type: ignore[arg-type]
        self.log.commands[acting.command_id] = (b"", tuple(recorded))
        if claims.holder is not None:
            for claim in claims.release:
                if self.log.claims.get(claim) == claims.holder:
                    del self.log.claims[claim]
            for claim in claims.take:
                self.log.claims.setdefault(claim, claims.holder)

    def refused(self, command: Command, **how: Any) -> dict[str, Requirement]:
        """The plan is turned down: what refuses, by code."""
        try:
            self.decides(command, **how)
        except Refused as refused:
            return {r.code: r for r in refused.unmet if r.refuses}
        message = "the plan was accepted"
        raise AssertionError(message)

    def ask(self, by: str = "teacher", **fields: Any) -> VisitId:
        """Ask for a visit."""
        purpose = fields.pop("purpose", PURPOSES.get(self.policy.key, "attendance"))
        pupils = fields.pop("pupils", (pupil_id("alex"),))
        fields.setdefault("on_site_reason", "the family cannot come in")
        before = self.log.head()
        self.does(RequestVisit(pupils=pupils, purpose=purpose, purpose_text="to talk", **fields), by=by)
        return VisitId(self.log.all[before].envelope.stream.id)

    def plan(self, *visits: VisitId, team: Sequence[str] = ("teacher", "colleague"), hours: float = 2) -> TripId:
        """Plan a trip that leaves in an hour, to a new visit where none is named."""
        doors = visits or (self.ask(),)
        leave = self.now + timedelta(hours=1)
        people = tuple(staff_id(p) for p in team)
        plan = PlanTrip(visits=doors, leave_at=leave, back_by=leave + timedelta(hours=hours), people=people)
        before = self.log.head()
        self.does(plan)
        return TripId(self.log.all[before].envelope.stream.id)

    def prepared(self, trip: TripId) -> None:
        """What people tap before leaving where all is as their policy says, for tests of something else."""
        self.does(ConfirmChecks(trip=trip))
        looked_up, spared = all_of_it(self.policy)
        for visit in self.trip(trip).visits:
            self.does(CheckBackground(visit=visit, looked_up=looked_up, not_needed=spared))

    def assesses(self, visit: VisitId, **fields: Any) -> None:
        """The risk assessment, by whom this school's policy asks for it, overseen where it must be."""
        by = "slt" if "SLT" in assessors(self.policy) else "teacher"
        if "violence_risk" in columns(self.policy):
            fields.setdefault("sheet", ({"violence_risk": "none_known", "measures": "two go"},))
        self.does(AssessRisk(visit=visit, **fields), by=by)
        if any(self.people[staff_id("dsl")].fills(word, self.now) for word in overseers(self.policy)):
            self.does(OverseeRisk(visit=visit), by="dsl")

    def trip(self, trip: TripId) -> TripState:
        """The trip now."""
        return trip_state.fold(trip, self.log.read(trip_stream(trip)))

    def visit(self, visit: VisitId) -> VisitState:
        """The visit now."""
        return visit_state.fold(visit, self.log.read(visit_stream(visit)))

    def deviations(self) -> tuple[DeviationNoted, ...]:
        """What was noted beside facts so far."""
        return tuple(r.event for r in self.log.all if isinstance(r.event, DeviationNoted))

    def last(self, kind: StreamKind) -> UUID:
        """The stream of this kind that something happened in last."""
        return next(r.envelope.stream.id for r in reversed(self.log.all) if r.envelope.stream.kind is kind)

    def concern_exists(self, concern: ConcernId) -> bool:
        """Whether the concern's stream holds anything."""
        return bool(self.log.read(concern_stream(concern)))
