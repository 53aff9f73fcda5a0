"""Who gives which role to whom, so that nobody makes themselves a reader of children's records."""

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
"""Given by the headteacher. While a school has none, by whoever may assign roles: somebody has to begin."""


def refuse_unless_given(s: Situation, role: Role, to: Person | None) -> None:
    """Raises NotPermitted unless whoever speaks may give this role to this person (None: somebody who joins now)."""
    giver = s.people.get(s.acting.person)
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
    if role in _ANSWERS_FOR_CHILDREN and giver.fills("headteacher", s.now) is None and _has_a_head(s):
        message = f"{any_of((role,)).capitalize()} is named by the headteacher"
        raise NotPermitted(message)


def _has_a_head(s: Situation) -> bool:
    return any(person.here and person.fills("headteacher", s.now) for person in s.people.values())
