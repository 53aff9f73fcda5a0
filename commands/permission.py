"""Who may send which command. A fact is taken from anybody the school knows."""

from collections.abc import Mapping
from datetime import datetime

from domain.command import Command, CommandKind
from domain.ids import StaffId
from domain.refusal import Incomplete, NotPermitted
from domain.roles import Role, any_of
from domain.staff.state import Person

_READERS_ONLY = frozenset({Role.GOVERNOR})


def known_sender(people: Mapping[StaffId, Person], actor: StaffId) -> Person:
    """The member of staff who sends. Raises NotPermitted for somebody this school does not know."""
    person = people.get(actor)
    if person is None:
        message = "This school does not know who you are. Sign in as a member of its staff"
        raise NotPermitted(message)
    return person


def may_send(command: Command, person: Person, at: datetime) -> None:
    """Raises NotPermitted where the person's roles do not allow a plan or a closing."""
    if command.KIND is CommandKind.FACT:
        return
    if command.ALLOWED:
        if not any(person.fills(word, at) for word in command.ALLOWED):
            who = any_of(tuple(word for word in command.ALLOWED if word != Role.SYSTEM))
            message = f"This is done by {who}"
            raise NotPermitted(message)
    else:
        may_type(command, person, at)


def by_word_of_another(command: Command) -> None:
    """Only a few plans may be typed on somebody else's spoken word; any fact may be. Raises Incomplete."""
    if command.KIND is not CommandKind.FACT and not command.BY_PHONE:
        raise Incomplete("said_by", "nobody: this is only done by the person themselves")


def may_type(command: Command, person: Person, at: datetime) -> None:
    """Whether somebody may type a plan, their own or on another's word. Raises NotPermitted for readers only."""
    roles = frozenset(person.roles_at(at))
    if command.KIND is not CommandKind.FACT and (not person.here or (roles and roles <= _READERS_ONLY)):
        message = "Governors read the report; visits are planned by the school's staff"
        raise NotPermitted(message)
