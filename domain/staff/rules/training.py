"""Whoever goes has finished the courses that the policy asks of everybody who goes, and of their role.

Clauses: SP-32, SP-33, SP-34, SP-35, LJ-15, SC-09, SC-23, SC-24.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final, NamedTuple

from msgspec.structs import replace

from domain.need import need
from domain.policy import Policy
from domain.refusal import Requirement
from domain.roles import Role
from domain.staff.on_record import OnRecord, in_date
from domain.staff.state import Person
from domain.staff.words import day_in_words, listed, said
from domain.times import midday

SETTING: Final = "training_required"
_ALL: Final = "all"
_OF_A_ROLE: Final[Mapping[str, Role]] = {"attendance_officer": Role.ATTENDANCE_OFFICER}
_ORGANISER: Final = {_ALL: "organiser", "attendance_officer": "attendance_organiser"}
_CLAUSES: Final = {
    _ALL: ("SP-32", "SP-33", "LJ-15", "SC-09", "SC-23", "SC-24"),
    "attendance_officer": ("SP-34", "SP-35"),
}


class Courses(NamedTuple):
    """The courses that one part of the setting asks of somebody."""

    key: str
    courses: tuple[str, ...]
    organisers: tuple[str, ...]
    """Role words: who arranges them."""
    clauses: tuple[str, ...]


def courses_for(policy: Policy, person: Person, day: date) -> Iterator[Courses]:
    """What is asked of this person on a day: of everybody who goes, and of the roles that they hold then."""
    rule = policy.value(SETTING)
    asked = tuple(rule.get(_ALL, ()))
    if asked:
        yield Courses(_ALL, asked, organisers(policy, _ALL), _CLAUSES[_ALL])
    held = person.roles_at(midday(day))
    for key, role in _OF_A_ROLE.items():
        more = tuple(course for course in rule.get(key, ()) if course not in asked)
        if more and role in held:
            yield Courses(key, more, organisers(policy, key), _CLAUSES[key])


def organisers(policy: Policy, key: str = _ALL) -> tuple[str, ...]:
    """The role word of whoever arranges these courses; those of a role are arranged as the others where nothing is said."""
    rule = policy.value(SETTING)
    word = rule.get(_ORGANISER[key]) or rule.get(_ORGANISER[_ALL])
    return (word,) if word else ()


def trained(policy: Policy, person: Person, day: date) -> tuple[Requirement, ...]:
    """One requirement for each part of the setting of which a course is not on record, or has lapsed by that day."""
    out = []
    for part in courses_for(policy, person, day):
        missing = _missing(part.courses, person.record, day)
        if missing:
            says = f"{person.name} may not go before this training is on record: {listed(missing)}"
            code = f"training.{part.key}.{person.id}"
            found = need(policy, SETTING, code, says, who=part.organisers, clauses=part.clauses, key=part.key)
            advises = f"This training of {person.name} is not on record: {listed(missing)}"
            out.append(found if found.refuses else replace(found, says=advises))
    return tuple(out)


def _missing(courses: tuple[str, ...], record: OnRecord, day: date) -> list[str]:
    out = []
    for course in courses:
        held = record.course(course)
        if held is None:
            out.append(said(course))
        elif not in_date(held, day) and held.valid_until is not None:
            out.append(f"{said(course)} (lapsed after {day_in_words(held.valid_until)})")
    return out
