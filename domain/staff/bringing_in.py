"""A member of staff as the school's own system tells of them, beside who is known: what has changed, and nothing else."""

from collections.abc import Iterable
from typing import Final

from domain.roles import Role
from domain.staff import events as e
from domain.staff.commands import BringInStaff
from domain.staff.state import Person

SEVERAL_FIT: Final = (
    "More than one person here is called so: bring them in with the code that the school's system gives them"
)


class SeveralFit(Exception):  # noqa: N818 - what was found, not a fault of the program
    """More than one person could be meant."""


def the_same(people: Iterable[Person], said: BringInStaff) -> Person | None:
    """The person who is meant, None for somebody new. The code decides; without it the name does. Raises SeveralFit."""
    key = _key(said.name)
    by_code, by_name = [], []
    for person in people:
        if said.code and person.code == said.code:
            by_code.append(person)
        elif _key(person.name) == key and not (said.code and person.code) and person.here:
            by_name.append(person)
    found = by_code or by_name
    if len(found) > 1:
        raise SeveralFit
    return found[0] if found else None


def told(held: Person | None, said: BringInStaff) -> tuple[e.StaffEvent, ...]:
    """The events that bring who is known up to what the file says; none where it says nothing new. Nobody comes back."""
    if held is None:
        joined = e.StaffJoined(name=said.name, job=said.job, code=said.code)
        number = (e.ContactNumberRegistered(mobile=said.mobile),) if said.mobile else ()
        return (joined, *number, e.RoleAssigned(role=Role.TEACHER))
    return tuple(_changed(held, said)) if held.here else ()


def _changed(held: Person, said: BringInStaff) -> Iterable[e.StaffEvent]:
    if said.name != held.name:
        yield e.StaffRenamed(name=said.name)
    if said.code and said.code != held.code:
        yield e.StaffCodeGiven(code=said.code)
    if said.job and said.job != held.job:
        yield e.StaffJobStated(job=said.job)
    if said.mobile and _digits(said.mobile) != _digits(held.mobile):
        yield e.ContactNumberRegistered(mobile=said.mobile)


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _digits(number: str) -> str:
    return "".join(c for c in number if c.isdigit())
