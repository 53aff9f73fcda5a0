"""Decisions about staff."""

from domain.envelope import Decision, Entry
from domain.ids import StaffId, staff_stream
from domain.need import always
from domain.refusal import Incomplete, NotPermitted, Refused, Unknown
from domain.roles import HELD_BY_PEOPLE, Role
from domain.situation import Situation, last_day
from domain.staff import commands as c
from domain.staff import events as e
from domain.staff.bringing_in import SEVERAL_FIT, SeveralFit, the_same, told
from domain.staff.giving_roles import refuse_unless_ended, refuse_unless_given
from domain.staff.state import Person


def _person(s: Situation, staff: StaffId) -> Person:
    if staff not in s.people or s.people[staff].outside:
        raise Unknown("person")
    return s.people[staff]


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
        out.append(Entry(stream, e.LineManagerNamed(manager=_person(s, command.line_manager).id)))
    return tuple(out)


def register_number(command: c.RegisterNumber, s: Situation) -> Decision:
    """One's own number, or anybody's by the office."""
    person = _person(s, command.staff)
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
    person = _person(s, command.staff)
    refuse_unless_given(s, command.role, person)
    if command.starts is not None and command.ends is not None and command.ends <= command.starts:
        raise Incomplete("ends", "a time after starts")
    if command.deputising_for is not None:
        _person(s, command.deputising_for)
    event = e.RoleAssigned(
        role=command.role, starts=command.starts, ends=command.ends, deputising_for=command.deputising_for
    )
    return (Entry(staff_stream(person.id), event),)


def end_role(command: c.EndRole, s: Situation) -> Decision:
    """A role ends."""
    refuse_unless_ended(s, (command.role,))
    return (Entry(staff_stream(_person(s, command.staff).id), e.RoleEnded(role=command.role)),)


def record_staff_left(command: c.RecordStaffLeft, s: Situation) -> Decision:
    """Somebody has left. Not while they are out, or cleared to go: the trip's alarm hangs on them."""
    person = _person(s, command.staff)
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
    manager = _person(s, command.manager).id
    return (Entry(staff_stream(_person(s, command.staff).id), e.LineManagerNamed(manager=manager)),)


def bring_in_staff(command: c.BringInStaff, s: Situation) -> Decision:
    """Somebody as the school's own system tells of them: what is new about them, and nothing where nothing is."""
    try:
        held = the_same(s.people.values(), command)
    except SeveralFit:
        raise Refused((always("staff.several_fit", SEVERAL_FIT, who=("school_office",)),)) from None
    stream = staff_stream(StaffId(s.new_id("staff")) if held is None else held.id)
    return tuple(Entry(stream, event) for event in told(held, command))
