"""Who gives and ends which role of whom, so that nobody makes themselves a reader of children's records."""

from collections.abc import Iterable

from domain.ids import DOORSTEP
from domain.permissions import COMMANDS, may
from domain.refusal import NotPermitted
from domain.roles import Role, any_of
from domain.situation import Situation
from domain.staff.commands import AssignRole
from domain.staff.state import Person

_BY_THE_OFFICE = frozenset({Role.TEACHER, Role.AGENCY_PROFESSIONAL})
"""What whoever adds somebody may give with it; every other role is given by those who may assign roles."""
_ANSWERS_FOR_CHILDREN = frozenset({Role.HEADTEACHER, Role.DSL, Role.DDSL})
"""Given and ended by the headteacher; while a school has none, by the DSL; while it has neither, by whoever may assign
roles: somebody has to begin."""
_ABOUT_THE_HEAD = ("school_business_manager", "administrator")
"""Who names and relieves the chair of governors: not the headteacher, of whom the chair hears what is alleged."""


def refuse_unless_given(s: Situation, role: Role, to: Person | None) -> None:
    """Raises NotPermitted unless whoever speaks may give this role to this person (None: somebody who joins now)."""
    giver = s.speaker
    if s.acting.person == DOORSTEP or giver is None:
        return
    if to is not None and to.id == giver.id:
        message = "Nobody gives a role to themselves: ask the headteacher"
        raise NotPermitted(message)
    if to is None and role in _BY_THE_OFFICE:
        return
    if not may(giver, COMMANDS[AssignRole], s.now):
        message = "This role is given by the headteacher, the DSL, the school business manager or an administrator"
        raise NotPermitted(message)
    _refuse_unless_answers(s, giver, role, "named")


def refuse_unless_ended(s: Situation, roles: Iterable[Role]) -> None:
    """Raises NotPermitted unless whoever speaks may end these roles of somebody: else who answers could be driven out."""
    ender = s.speaker
    if s.acting.person == DOORSTEP or ender is None:
        return
    for role in roles:
        if role is Role.CHAIR_OF_GOVERNORS or ender.fills("DSL", s.now) is None:
            _refuse_unless_answers(s, ender, role, "relieved")


def _refuse_unless_answers(s: Situation, person: Person, role: Role, done: str) -> None:
    if role is Role.CHAIR_OF_GOVERNORS and not any(person.fills(word, s.now) for word in _ABOUT_THE_HEAD):
        message = f"The chair of governors is {done} by {any_of(_ABOUT_THE_HEAD)}"
        raise NotPermitted(message)
    if role not in _ANSWERS_FOR_CHILDREN:
        return
    word = next((word for word in ("headteacher", "DSL") if _held(s, word)), None)
    if word is not None and person.fills(word, s.now) is None:
        message = f"{any_of((role,)).capitalize()} is {done} by {any_of((word,))}"
        raise NotPermitted(message)


def _held(s: Situation, word: str) -> bool:
    return any(person.here and person.fills(word, s.now) for person in s.people.values())
