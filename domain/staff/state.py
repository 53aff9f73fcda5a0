"""Who somebody is at school, and which roles they hold when."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final, assert_never

import msgspec
from msgspec.structs import replace

from domain.envelope import Envelope, Recorded
from domain.glass import state as glass
from domain.glass.events import GlassBroken, GlassEvent
from domain.glass.state import Glass
from domain.ids import EventId, StaffId
from domain.roles import NO_ROLE, Role, who_counts_as, works_with_children
from domain.shared import corrections
from domain.shared import events as shared
from domain.staff import events as e
from domain.staff.on_record import Check, Designated, OnRecord, Training, Vehicle, plate
from domain.times import LONDON

ERASED: Final = "Name erased"
"""Stands where a name was (DV-11)."""
OUTSIDER: Final = "outsider"
"""The kind of somebody who belongs to another school of the trust, and read here in an emergency."""
FRONT_DESK: Final = "front_desk"
"""The kind of what is no person: a device at the front desk."""


class RoleHeld(msgspec.Struct, frozen=True, kw_only=True):
    """A role held for ever, or from one instant to another (the end not included)."""

    role: Role
    starts: datetime | None = None
    ends: datetime | None = None
    deputising_for: StaffId | None = None

    def at(self, when: datetime) -> bool:
        """Whether it is held at an instant."""
        return (self.starts is None or self.starts <= when) and (self.ends is None or when < self.ends)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff, or an agency professional who comes along."""

    id: StaffId
    version: int = 0
    name: str = ""
    job: str = ""
    kind: str = "staff"
    employer: str = ""
    code: str = ""
    """What the school's own system knows them by; "" where nobody said."""
    mobile: str = ""
    roles: tuple[RoleHeld, ...] = ()
    line_manager: StaffId | None = None
    here: bool = False
    left_on: date | None = None
    """The last day at the school, of somebody who has left; of an outsider, the day on which they last opened its records."""
    glasses: tuple[Glass, ...] = ()
    """How an outsider came to read here, the last one last."""
    record: OnRecord = OnRecord()
    """Courses, checks, designation and cars."""

    @property
    def outside(self) -> bool:
        """Whether they belong to another school: they are known by name, hold no role, and are offered nowhere."""
        return self.kind == OUTSIDER

    def glass_at(self, when: datetime) -> Glass | None:
        """By which they read here at an instant; None for everybody else."""
        return glass.open_one(self.glasses, when)

    def roles_at(self, when: datetime) -> tuple[Role, ...]:
        """The roles held at an instant."""
        return tuple(held.role for held in self.roles if held.at(when))

    def fills(self, word: str, when: datetime) -> RoleHeld | None:
        """The held role under which this person may act where a policy says `word`; None if there is none."""
        wanted = who_counts_as(word)
        return next((held for held in self.roles if held.role in wanted and held.at(when)), None)

    def works_with_children(self, when: datetime) -> bool:
        """Whether they count as staff at an instant: not a governor, trust reader or administrator only."""
        return not self.outside and works_with_children(self.roles_at(when))

    def main_role(self, when: datetime) -> Role:
        """The role shown beside the name: the first one held."""
        if self.outside:
            return Role.OUTSIDER
        held = self.roles_at(when)
        fallback = Role.AGENCY_PROFESSIONAL if self.kind == "agency_professional" else Role.TEACHER
        return held[0] if held else fallback

    def only_as(self, role: Role, *, lent: bool) -> "Person":
        """The same person, acting in this one role and in no other: as they hold it, or as it is `lent` to them."""
        held = tuple(one for one in self.roles if one.role is role)
        return replace(self, roles=(RoleHeld(role=role),) if lent else held)

    @property
    def is_device(self) -> bool:
        """Whether this is the front desk, which acts and is nobody."""
        return self.kind == FRONT_DESK

    def holds_none(self, when: datetime) -> bool:
        """Whether this is somebody on the staff who was given no role, or has none any more."""
        return self.kind == "staff" and not self.roles_at(when)

    def role_word(self, when: datetime) -> str:
        """The word of the role shown beside the name."""
        return NO_ROLE if self.holds_none(when) else self.main_role(when)


def evolve(  # noqa: C901, PLR0911, PLR0912 - one arm an event, so that none can be forgotten
    state: Person, event: e.StaffEvent | GlassEvent | shared.SharedEvent, envelope: Envelope
) -> Person:
    """The person after one more event."""
    state = replace(state, version=envelope.version)
    match event:
        case e.StaffJoined():
            joined = replace(state, name=event.name, job=event.job, kind=event.kind, employer=event.employer)
            return replace(joined, code=event.code, here=True)
        case e.StaffRenamed():
            return replace(state, name=event.name)
        case e.StaffJobStated():
            return replace(state, job=event.job)
        case e.StaffCodeGiven():
            return replace(state, code=event.code)
        case e.ContactNumberRegistered():
            return replace(state, mobile=event.mobile)
        case e.RoleAssigned():
            held = RoleHeld(role=event.role, starts=event.starts, ends=event.ends, deputising_for=event.deputising_for)
            return replace(state, roles=(*state.roles, held))
        case e.RoleEnded():
            kept = tuple(
                h
                if h.role is not event.role or not h.at(envelope.occurred_at)
                else replace(h, ends=envelope.occurred_at)
                for h in state.roles
            )
            return replace(state, roles=kept)
        case e.LineManagerNamed():
            return replace(state, line_manager=event.manager)
        case e.StaffLeft():
            ended = tuple(_ended(h, envelope.occurred_at) for h in state.roles)
            return replace(
                state, here=False, roles=ended, left_on=event.on or envelope.occurred_at.astimezone(LONDON).date()
            )
        case e.DeskMade():
            # Never "here": nobody picks it as going, watching or told, and it holds no role that a person may hold.
            return replace(state, name=event.name, kind=FRONT_DESK, roles=(RoleHeld(role=Role.FRONT_DESK),))
        case e.DeskEnded():
            ended = tuple(_ended(h, envelope.occurred_at) for h in state.roles)
            return replace(state, roles=ended, left_on=envelope.occurred_at.astimezone(LONDON).date())
        case _ if isinstance(event, GlassEvent):
            glasses = glass.evolve(state.glasses, event, envelope)
            if isinstance(event, GlassBroken):
                last = envelope.occurred_at.astimezone(LONDON).date()
                state = replace(state, name=event.name, kind=OUTSIDER, employer=event.home_name, left_on=last)
            return replace(state, glasses=glasses)
        case e.EmployerAttested():
            return replace(_with(state, event, envelope.event_id), employer=event.employer)
        case (
            e.TrainingRecorded()
            | e.CheckRecorded()
            | e.VehicleRegistered()
            | e.VehicleGivenUp()
            | e.DesignatedVisitorNamed()
            | e.DesignationEnded()
        ):
            return _with(state, event, envelope.event_id)
        case _ if isinstance(event, shared.SharedEvent):
            return state
        case _:
            assert_never(event)


def _with(state: Person, event: e.OnRecordEvent, id_: EventId) -> Person:
    """With one more thing on record."""
    record = state.record
    match event:
        case e.TrainingRecorded():
            done = Training(event.course, event.done_on, event.valid_until, id_)
            record = replace(record, training=(*record.training, done))
        case e.CheckRecorded():
            check = Check(event.check, event.made_on, event.valid_until, event=id_)
            record = replace(record, checks=(*record.checks, check))
        case e.EmployerAttested():
            by = f"{event.attested_by}, {event.employer}"
            given = tuple(Check(check, event.on, event.valid_until, by, id_) for check in event.checks)
            record = replace(record, checks=(*record.checks, *given))
        case e.VehicleRegistered():
            others = (v for v in record.vehicles if plate(v.registration) != plate(event.registration))
            record = replace(record, vehicles=(*others, _vehicle(event)))
        case e.VehicleGivenUp():
            left = tuple(v for v in record.vehicles if plate(v.registration) != plate(event.registration))
            record = replace(record, vehicles=left)
        case e.DesignatedVisitorNamed():
            record = replace(record, designated=(*record.designated, Designated(event.since, event.until)))
        case e.DesignationEnded():
            ended = tuple(
                d if d.until is not None and d.until <= event.on else Designated(d.since, event.on)
                for d in record.designated
            )
            record = replace(record, designated=ended)
        case _:
            assert_never(event)
    return replace(state, record=record)


def _vehicle(event: e.VehicleRegistered) -> Vehicle:
    return Vehicle(
        registration=event.registration,
        make=event.make,
        model=event.model,
        colour=event.colour,
        insurance=event.insurance,
        insured_until=event.insured_until,
        maintained=event.maintained,
    )


def _ended(held: RoleHeld, at: datetime) -> RoleHeld:
    """A role of somebody who left: it ends then, also one that was to begin later."""
    return held if held.ends is not None and held.ends <= at else replace(held, ends=at)


def fold(person: StaffId, recorded: Iterable[Recorded]) -> Person:
    """The person that a stream's events add up to."""
    return corrections.fold(Person(id=person), evolve, recorded, Person(id=person, name=ERASED))
