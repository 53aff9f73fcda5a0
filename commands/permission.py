"""Who may send which command. A fact is taken from anybody the school knows."""

from collections.abc import Mapping
from datetime import datetime

from domain.access.commands import AccessCommand
from domain.command import Command, CommandKind
from domain.glass.commands import BreakGlass
from domain.ids import EventId, StaffId
from domain.permissions import COMMANDS, Permission, may, words_of
from domain.refusal import Incomplete, NotPermitted
from domain.roles import STAFF, Role, any_of
from domain.staff.state import OUTSIDER, Person, RoleHeld


def known_sender(people: Mapping[StaffId, Person], actor: StaffId) -> Person:
    """The member of staff who sends. Raises NotPermitted for somebody this school does not know."""
    person = people.get(actor)
    if person is None:
        message = "This school does not know who you are. Sign in as a member of its staff"
        raise NotPermitted(message)
    return person


def from_outside(command: BreakGlass, actor: StaffId) -> Person:
    """Somebody of another school as they are there: the door that sends this has looked. Here they are nobody."""
    return Person(id=actor, name=command.name, kind=OUTSIDER, here=True, roles=(RoleHeld(role=command.role),))


def glass_of(command: Command, person: Person | None, named: EventId | None) -> EventId | None:
    """The broken glass that stands behind what somebody of another school does, as the door `named` it.

    That it is open the door has seen when it was asked; what was shown then may be kept a little later. Raises NotPermitted
    for a reading with none behind it.
    """
    if person is None or not person.outside or isinstance(command, BreakGlass):
        return None
    theirs = next((one.id for one in person.glasses if one.id == named), None)
    if theirs is None and isinstance(command, AccessCommand):
        message = "Nothing is open to you at this school"
        raise NotPermitted(message)
    return theirs


def may_send(command: Command, person: Person, at: datetime) -> None:
    """Raises NotPermitted where the table (`domain.permissions`) does not give a plan or a closing to the person's roles.

    Where a setting of the school names the roles, its rule decides, and anybody on the staff comes as far as the rule.
    """
    if command.KIND is CommandKind.FACT:
        return
    permission = COMMANDS[type(command)]
    words = words_of(permission)
    if STAFF in words or any(grant.settings for grant in permission):
        may_type(command, person, at)
    elif not may(person, permission, at):
        message = f"This is done by {by_whom(permission)}"
        raise NotPermitted(message)


def by_whom(permission: Permission) -> str:
    """The people whom a permission names, in a sentence."""
    return any_of(tuple(word for word in words_of(permission) if word != Role.SYSTEM))


def by_word_of_another(command: Command) -> None:
    """Only a few plans may be typed on somebody else's spoken word; any fact may be. Raises Incomplete."""
    if command.KIND is not CommandKind.FACT and not command.BY_PHONE:
        raise Incomplete("said_by", "nobody: this is only done by the person themselves")


def may_type(command: Command, person: Person, at: datetime) -> None:
    """Whether somebody may type a plan, their own or on another's word. Raises NotPermitted for readers only."""
    if command.KIND is not CommandKind.FACT and not (person.here and person.works_with_children(at)):
        message = "Governors read the report; visits are planned by the school's staff"
        raise NotPermitted(message)
