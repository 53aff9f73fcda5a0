"""Decisions about staff."""

from domain.envelope import Decision, Entry
from domain.ids import StaffId, staff_stream
from domain.need import always
from domain.refusal import Incomplete, NotPermitted, Refused
from domain.roles import HELD_BY_PEOPLE, Role
from domain.situation import Situation, last_day
from domain.staff import commands as c
from domain.staff import events as e
from domain.staff.bringing_in import SEVERAL_FIT, SeveralFit, the_same, told
from domain.staff.giving_roles import refuse_unless_ended, refuse_unless_given
from domain.staff.keep import known_person
from domain.staff.state import Person, RoleHeld


def _held_by_people(field: str, *roles: Role) -> None:
    """Raises Incomplete for the program's own role, and for a screen's: nobody is Doorstep."""
    odd = next((role for role in roles if role not in HELD_BY_PEOPLE), None)
    if odd is not None:
        what = "the program itself" if odd is Role.SYSTEM else "a device"
        raise Incomplete(field, f"one of {', '.join(HELD_BY_PEOPLE)}: “{odd}” is {what}")


def add_staff(command: c.AddStaff, s: Situation) -> Decision:
    """Somebody joins, with number and roles at once."""
    _held_by_people("roles", *command.roles)
    for role in command.roles:
        refuse_unless_given(s, role, None)
    stream = staff_stream(StaffId(s.new_id("staff")))
    out = [
        Entry(stream, e.StaffJoined(name=command.name, job=command.job, kind=command.kind, employer=command.employer))
    ]
    if command.mobile is not None:
        out.append(Entry(stream, e.ContactNumberRegistered(mobile=command.mobile)))
    out.extend(Entry(stream, e.RoleAssigned(role=role)) for role in dict.fromkeys(command.roles))
    if command.line_manager is not None:
        out.append(Entry(stream, e.LineManagerNamed(manager=known_person(s, command.line_manager).id)))
    return tuple(out)


def register_number(command: c.RegisterNumber, s: Situation) -> Decision:
    """One's own number, or anybody's by the office."""
    person = known_person(s, command.staff)
    actor = s.speaker
    office = actor is not None and any(
        actor.fills(w, s.at) for w in ("school_office", "headteacher", "school_business_manager")
    )
    if not office and s.acting.person != person.id:
        raise NotPermitted("A number is kept by the school office, or by the person whose number it is")
    return (Entry(staff_stream(person.id), e.ContactNumberRegistered(mobile=command.mobile)),)


def assign_role(command: c.AssignRole, s: Situation) -> Decision:
    """A role, for ever or between two instants, perhaps as a deputy (DV-05)."""
    _held_by_people("role", command.role)
    person = known_person(s, command.staff)
    refuse_unless_given(s, command.role, person)
    if command.starts is not None and command.ends is not None and command.ends <= command.starts:
        raise Incomplete("ends", "a time after starts")
    if command.deputising_for is not None:
        _stands_in_for_a_holder(s, command, person, command.deputising_for)
        _no_other_deputy(s, command, person)
    event = e.RoleAssigned(
        role=command.role, starts=command.starts, ends=command.ends, deputising_for=command.deputising_for
    )
    return (Entry(staff_stream(person.id), event),)


def _stands_in_for_a_holder(s: Situation, command: c.AssignRole, person: Person, whom: StaffId) -> None:
    """Raises Incomplete where a deputy would stand in for themselves, or for somebody who has no such role (DV-05)."""
    holder = known_person(s, whom)
    if holder.id == person.id or all(held.role is not command.role for held in holder.roles):
        raise Incomplete("deputising_for", "somebody else, who holds this role")


def _no_other_deputy(s: Situation, command: c.AssignRole, person: Person) -> None:
    """Raises Refused where another stands in for the same holder of the role at some of the same time (DV-05)."""
    spell = RoleHeld(role=command.role, starts=command.starts, ends=command.ends)
    others = [
        other.name
        for other in s.people.values()
        for held in other.roles
        if other.here
        and held.role is command.role
        and held.deputising_for == command.deputising_for
        and overlap(held, spell)
        and not (other.id == person.id and (held.starts, held.ends) == (spell.starts, spell.ends))
    ]
    if others:
        who = " and ".join(dict.fromkeys(others))
        says = f"{who} deputises for {s.name_of(command.deputising_for)} in this role at that time: end that first"
        raise Refused((always("deputy.overlaps", says, who=("headteacher", "DSL")),))


def overlap(one: RoleHeld, other: RoleHeld) -> bool:
    """Whether two spells of a role have an instant in common; the end of a spell is not in it.

    >>> overlap(RoleHeld(role=Role.DSL), RoleHeld(role=Role.DSL))
    True
    """
    begins_in_time = one.starts is None or other.ends is None or one.starts < other.ends
    return begins_in_time and (other.starts is None or one.ends is None or other.starts < one.ends)


def end_role(command: c.EndRole, s: Situation) -> Decision:
    """A role ends."""
    refuse_unless_ended(s, (command.role,))
    return (Entry(staff_stream(known_person(s, command.staff).id), e.RoleEnded(role=command.role)),)


def record_staff_left(command: c.RecordStaffLeft, s: Situation) -> Decision:
    """Somebody has left. Not while they are out, or cleared to go: the trip's alarm hangs on them."""
    person = known_person(s, command.staff)
    if not person.here:
        raise Refused((always("staff.not_here", "That this person has left is recorded already"),))
    refuse_unless_ended(s, person.roles_at(s.now))
    if s.trip is not None and not s.trip.over:
        says = f"{person.name} is on a trip that is not over: end it, or take them off it, first"
        raise Refused((always("staff.on_a_trip", says, who=("school_office", "headteacher")),))
    return (Entry(staff_stream(person.id), e.StaffLeft(on=last_day(command.on, s))),)


def make_desk(command: c.MakeDesk, s: Situation) -> Decision:
    """A device that many people act at."""
    return (Entry(staff_stream(StaffId(s.new_id("desk"))), e.DeskMade(name=f"Front desk, {command.name}")),)


def end_desk(command: c.EndDesk, s: Situation) -> Decision:
    """It shows nothing any more; nothing is left to do for one that has ended."""
    desk = s.people.get(command.desk) if command.desk is not None else None
    if desk is None or not desk.is_device or not desk.roles_at(s.now):
        return ()
    return (Entry(staff_stream(desk.id), e.DeskEnded()),)


def name_line_manager(command: c.NameLineManager, s: Situation) -> Decision:
    """Whom somebody answers to."""
    manager = known_person(s, command.manager).id
    return (Entry(staff_stream(known_person(s, command.staff).id), e.LineManagerNamed(manager=manager)),)


def bring_in_staff(command: c.BringInStaff, s: Situation) -> Decision:
    """Somebody as the school's own system tells of them: what is new about them, and nothing where nothing is."""
    try:
        held = the_same(s.people.values(), command)
    except SeveralFit:
        raise Refused((always("staff.several_fit", SEVERAL_FIT, who=("school_office",)),)) from None
    stream = staff_stream(StaffId(s.new_id("staff")) if held is None else held.id)
    return tuple(Entry(stream, event) for event in told(held, command))
