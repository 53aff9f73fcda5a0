"""The one way in: load state, gather facts, decide, append, retry.

Plans may be refused; facts never are, except for an unknown sender or another school (design law 1).
Once `send` returns, the events are durable; a crash before that loses only the reply, and the same
command id sent again is answered truthfully.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5

import msgspec

from commands.gathering import NO_SETTINGS, Gathered, gather
from commands.ids import new_event_id
from commands.integrity import Integrity, stops
from commands.knowledge import Knowledge
from commands.permission import by_word_of_another, from_outside, glass_of, known_sender, may_send, may_type
from commands.writing import claims_after, writes_of
from domain.access.commands import AccessCommand
from domain.case.commands import RaiseCase
from domain.command import Command, CommandKind
from domain.decisions import decide
from domain.envelope import Acting, Decision, Entry
from domain.glass.commands import BreakGlass
from domain.ids import DOORSTEP, CaseId, CommandId, EventId, StaffId, StreamKind, TripId, case_stream, trip_stream
from domain.need import always
from domain.policy import Clause
from domain.refusal import Incomplete, NotPermitted, Refused, Requirement, Unknown
from domain.roles import Role
from domain.school.commands import AdoptSettings
from domain.shared.events import KeptAsSent
from domain.staff.state import Person
from domain.trip.events import FactCameLoose
from domain.trip.rules.free import held_by_another
from eventlog.errors import UnreadableEvent
from eventlog.seam import Appended, Claims, ClaimTaken, CommandReused, VersionConflict
from eventlog.store import Store
from projections.directory import Directory

log = logging.getLogger(__name__)

_TRIES = 50
"""A stream so busy that fifty decisions in a row are overtaken is not a school's."""


_FAST = timedelta(minutes=5)
"""How far ahead of the server's clock a phone's may be."""


class Sender(NamedTuple):
    """Who sends a command, and how it came: what the door knows."""

    actor: StaffId
    command_id: CommandId
    at: datetime | None = None
    """When it happened, as stated; None means now."""
    device_at: datetime | None = None
    said_by: StaffId | None = None
    """Who said it, where it was said by telephone and typed by the actor."""
    unreadable: Mapping[str, str] = {}
    """Fields of a fact that could not be read, kept as text."""
    correlation_id: UUID | None = None
    glass: EventId | None = None
    """By which broken glass somebody of another school acts: what they read and say is kept as caused by it."""
    only_in: Role | None = None
    """The one role that the actor acts in, whatever others they hold: at a front desk the office's, by a token its own."""
    lent: bool = False
    """Whether that role is lent to them, as at a front desk; else they act in it as long as they hold it."""


class Bus:
    """Sends commands to any school of an installation. For one event loop; its state is thread-safe."""

    def __init__(
        self, store: Store, clauses: Mapping[str, Clause], clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`clock` gives now, UTC-aware; tests and the demonstration's seeded history bring their own."""
        self._store = store
        self._clauses = clauses
        self._clock = clock
        self._knowledge: dict[str, Knowledge] = {}
        self.integrity = Integrity(store, clock)
        """What is wrong with the schools' logs: it stops plans and exports."""

    @property
    def store(self) -> Store:
        """Where it appends."""
        return self._store

    def now(self) -> datetime:
        """The instant of its clock, UTC-aware."""
        return self._clock()

    def knowledge(self, school: str) -> Knowledge:
        """The school's directory at the log's head. Raises UnknownSchool."""
        if school not in self._knowledge:
            self._knowledge[school] = Knowledge(self._store, school, self._clauses)
        return self._knowledge[school]

    def forget(self, school: str) -> None:
        """A school was removed: nothing is known of it any more."""
        self._knowledge.pop(school, None)

    async def send(self, school: str, command: Command, sender: Sender) -> Appended:
        """Decide and append; the events stored, or those stored before under the same command id.

        Raises UnknownSchool; NotPermitted for a sender this school does not know or whose role does not allow
        it; for plans and closings also Refused, Incomplete, Unknown and CommandReused. Raises LogUnavailable
        where the database is away: the same command id may be sent again.
        """
        fingerprint = fingerprint_of(command, sender)
        sender = _not_from_the_future(command, sender, self._clock())
        for _ in range(_TRIES):
            try:
                return await self._try(school, command, sender, fingerprint)
            except VersionConflict as conflict:
                # Somebody else's event came first: load it and decide again.
                self.knowledge(school).streams.forget(conflict.stream)
            except CommandReused:
                if command.KIND is not CommandKind.FACT:
                    raise
                # Law 1: stored as a new fact under an id of its own, and flagged.
                again = CommandId(uuid5(sender.command_id, fingerprint.hex()))
                reused = {**sender.unreadable, "": str(sender.command_id)}
                sender = sender._replace(command_id=again, unreadable=reused)
        raise VersionConflict(trip_stream(TripId(sender.command_id)))

    async def _try(self, school: str, command: Command, sender: Sender, fingerprint: bytes) -> Appended:
        event_log = self._store.log(school)
        known = None
        if isinstance(command, AccessCommand) and not command.looks_up:
            known = self.knowledge(school).lately()
        if known is not None and sender.actor in known[1].people:
            # Who reads was found out a moment ago, and nothing else is asked: no look at the log, and no thread.
            gathered = self._gather(school, command, sender, known)
        else:
            gathered = await asyncio.to_thread(self._gather, school, command, sender)
        if sender.said_by is not None and sender.said_by not in gathered.situation.people:
            sender = sender._replace(unreadable={**sender.unreadable, "said_by": str(sender.said_by)})
        try:
            decision = self._decide(command, gathered, sender)
        except (Refused, Incomplete, NotPermitted, Unknown):
            # Sent again after it was stored, a plan meets a state that no longer allows it: tell the truth.
            before = await asyncio.to_thread(event_log.lookup, sender.command_id, fingerprint)
            if before is not None:
                return before
            raise
        if not decision:
            before = await asyncio.to_thread(event_log.lookup, sender.command_id, fingerprint)
            return before or Appended(0, 0, duplicate=True, recorded=())
        writes = writes_of(decision, gathered, new_event_id)
        claims = claims_after(decision, gathered)
        try:
            return await event_log.append(sender.command_id, fingerprint, writes, claims)
        except ClaimTaken as taken:
            if command.KIND is not CommandKind.FACT:
                raise Refused((_taken(taken.claim, gathered),)) from None
            released = claims._replace(take=frozenset()) if claims.holder else Claims()
            return await event_log.append(sender.command_id, fingerprint, writes, released)

    def _gather(
        self, school: str, command: Command, sender: Sender, lately: tuple[int, Directory] | None = None
    ) -> Gathered:
        if stops(type(command)):
            self.integrity.of(school)  # Looked at before the first plan of this process.
        knowledge = self.knowledge(school)
        head, known = lately or knowledge.at_head()
        now = self._clock()
        at = sender.at or now
        if isinstance(command, BreakGlass):
            person: Person | None = from_outside(command, sender.actor)
        else:
            person = None if sender.actor == DOORSTEP else known_sender(known.people, sender.actor)
        if person is not None and sender.only_in is not None:
            person = person.only_as(sender.only_in, lent=sender.lent)
        spoke = known.people.get(sender.said_by) if sender.said_by is not None else None
        if person is not None and spoke is not None and spoke.id == person.id:
            spoke = person  # One's own word, in the roles that one acts in.
        if sender.said_by is not None and spoke is None and command.KIND is not CommandKind.FACT:
            raise Unknown("person")
        whose = spoke or person
        if spoke is not None and spoke is not person:
            by_word_of_another(command)
        for when in {at, now} if whose is person else {at}:
            # A role that has ended gives no power over what is dated before its end.
            if whose is not None:
                may_send(command, whose, when)
        if spoke is not None and person is not None:
            may_type(command, person, now)
        acting = Acting(
            actor=sender.actor,
            role=whose.main_role(at) if whose is not None else Role.SYSTEM,
            only_in=sender.only_in,
            lent=sender.lent,
            said_by=spoke.id if spoke is not None and spoke.id != sender.actor else None,
            command_id=sender.command_id,
            occurred_at=at,
            device_at=sender.device_at,
            causation_id=glass_of(command, person, sender.glass),
        )
        return gather(self._store.log(school), known, head, command, acting, now, read=knowledge.streams.read)

    def _decide(self, command: Command, gathered: Gathered, sender: Sender) -> Decision:
        if stops(type(command)):
            self.integrity.refuse(gathered.situation.school)
        plans_early = command.KIND is not CommandKind.FACT and not isinstance(command, AdoptSettings)
        if gathered.situation.policy is NO_SETTINGS and plans_early:
            says = "This school has not adopted its settings yet: nothing can be planned before it has"
            raise Refused((always("settings.adopted", says, who=("headteacher",)),))
        try:
            decision = decide(command, gathered.situation)
        except (Refused, Incomplete, NotPermitted, Unknown, UnreadableEvent):
            raise
        except Exception:
            if command.KIND is not CommandKind.FACT:
                raise
            # A rule of ours failed. The fact stands all the same: kept as it came, and flagged.
            log.exception("deciding %s failed; the fact is kept as it was sent", command.NAME)
            whole = {"body": msgspec.json.encode(command).decode()}
            sender = sender._replace(unreadable={**sender.unreadable, **whole})
            decision = ()
        return _with_flags(decision, command, gathered, sender)


def _not_from_the_future(command: Command, sender: Sender, now: datetime) -> Sender:
    """What is said to happen later than now: a plan is asked again, a fact is placed now and says what was stated.

    Else a phone whose clock is wrong could make somebody safe before they are. Raises Incomplete for a plan.
    """
    if sender.at is None or sender.actor == DOORSTEP or sender.at <= now:
        return sender
    if sender.at <= now + _FAST:
        # A phone's clock is a little fast: it happened now, or a return could lie after the next departure.
        return sender._replace(at=now)
    if command.KIND is not CommandKind.FACT:
        raise Incomplete("at", "a time that has come: when it was said, not when it will be")
    return sender._replace(at=now, unreadable={**sender.unreadable, "at": sender.at.isoformat()})


def _with_flags(decision: Decision, command: Command, gathered: Gathered, sender: Sender) -> Decision:
    """The decision, and beside it what could not be read or came under a used id."""
    if not sender.unreadable:
        return decision
    fields = dict(sender.unreadable)
    used = fields.pop("", "")
    parts = []
    if fields:
        parts.append(f"could not be read and kept as text: {', '.join(sorted(fields))}")
    if used:
        parts.append("sent under an id that was used before for something else")
    kept = KeptAsSent(
        command=command.NAME,
        unreadable=fields,
        reused_id=CommandId(UUID(used)) if used else None,
        says="; ".join(parts),
    )
    if decision:
        return (*decision, Entry(decision[0].stream, kept))
    if isinstance(command, RaiseCase):
        # Of what is restricted no trip and no board shows anything, also where a rule of ours failed.
        return (Entry(case_stream(CaseId(gathered.situation.new_id("case"))), kept),)
    if gathered.situation.trip is not None:
        return (Entry(trip_stream(gathered.situation.trip.id), kept),)
    stream = trip_stream(TripId(gathered.situation.new_id("trip")))
    return (Entry(stream, FactCameLoose(about=command.NAME)), Entry(stream, kept))


def _taken(claim: str, gathered: Gathered) -> Requirement:
    kind, _, key = claim.partition(":")
    if kind == StreamKind.VISIT:
        return always("visit.on_another_trip", "This visit is already on another trip")
    return held_by_another(gathered.situation.name_of(StaffId(UUID(key))))


def fingerprint_of(command: Command, sender: Sender) -> bytes:
    """Stands for a command's content: the same command sent again has the same."""
    content = {
        "name": command.NAME,
        "command": command,
        "actor": sender.actor,
        "said_by": sender.said_by,
        "at": sender.at,
        "unreadable": {k: v for k, v in sender.unreadable.items() if k},
    }
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).digest()
