"""Who may go on a visit on a day, and what lapses soon: one list for assignment, clearance and the page."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Final

import msgspec

from domain.ids import StaffId
from domain.need import need
from domain.policy import Policy
from domain.refusal import Requirement
from domain.staff.on_record import in_date
from domain.staff.rules import training, vehicle, vetting
from domain.staff.rules.designated import SETTING as CHOOSER
from domain.staff.rules.designated import choosers, wants_designated
from domain.staff.rules.training import courses_for, trained
from domain.staff.rules.vetting import vetted
from domain.staff.state import Person
from domain.staff.words import said

SOON: Final = timedelta(days=30)
"""How long before something lapses it is told. Doorstep's own: no document says."""


class Lapse(msgspec.Struct, frozen=True, kw_only=True):
    """Something on record that stops counting soon."""

    person: StaffId
    what: str
    """As a sentence says it: "first aid"."""
    until: date
    """The last day on which it counts."""
    need: Requirement
    """What will be needed then: its clauses, and who sees to it."""


def person_needs(policy: Policy, person: Person, day: date) -> tuple[Requirement, ...]:
    """Why this person may not go on a day (what refuses), and what is advised; empty where all is on record."""
    return (*vetted(policy, person, day), *trained(policy, person, day))


def team_needs(
    policy: Policy, people: Mapping[StaffId, Person], team: Iterable[StaffId], day: date
) -> tuple[Requirement, ...]:
    """The same for everybody who goes; somebody whom the school does not know is said elsewhere."""
    return tuple(r for one in team if one in people for r in person_needs(policy, people[one], day))


def has_lapsed(policy: Policy, person: Person, day: date) -> bool:
    """Whether something that the policy asks of this person counted once and does not on this day."""
    courses = [person.record.course(c) for part in courses_for(policy, person, day) for c in part.courses]
    checks = [person.record.check(check) for check in policy.value(vetting.SETTING)]
    return any(held is not None and not in_date(held, day) for held in (*courses, *checks))


def lapses(policy: Policy, person: Person, day: date) -> tuple[Lapse, ...]:
    """What of this person's record counts on a day and no longer 30 days after it, the soonest first."""
    found = (*_courses(policy, person, day), *_checks(policy, person), *_cars(policy, person), *_spell(policy, person))
    return tuple(sorted((one for one in found if day <= one.until < day + SOON), key=lambda one: (one.until, one.what)))


def _courses(policy: Policy, person: Person, day: date) -> Iterable[Lapse]:
    for part in courses_for(policy, person, day):
        for course in part.courses:
            held = person.record.course(course)
            if held is not None and held.valid_until is not None:
                what = said(course)
                says = f"{person.name}: {what} has to be done again"
                code = f"training.{part.key}.{person.id}"
                wanted = need(
                    policy, training.SETTING, code, says, who=part.organisers, clauses=part.clauses, key=part.key
                )
                yield Lapse(person=person.id, what=what, until=held.valid_until, need=wanted)


def _checks(policy: Policy, person: Person) -> Iterable[Lapse]:
    for check in policy.value(vetting.SETTING):
        held = person.record.check(check)
        if held is not None and held.valid_until is not None:
            says = f"{person.name}: {said(check)} has to be made again"
            wanted = need(policy, vetting.SETTING, f"vetting.{person.id}", says, who=vetting.KEEPERS)
            yield Lapse(person=person.id, what=said(check), until=held.valid_until, need=wanted)


def _cars(policy: Policy, person: Person) -> Iterable[Lapse]:
    for car in person.record.vehicles:
        if car.insured_until is not None:
            wanted = vehicle.insured(policy, f"vehicle.{person.id}", f"{person.name}: the car has to be insured again")
            yield Lapse(person=person.id, what="car insurance", until=car.insured_until, need=wanted)


def _spell(policy: Policy, person: Person) -> Iterable[Lapse]:
    ends = [spell.until for spell in person.record.designated if spell.until is not None]
    if ends and wants_designated(policy) and all(spell.until is not None for spell in person.record.designated):
        says = f"{person.name} is to be named a designated visitor again"
        wanted = need(
            policy,
            CHOOSER,
            f"designated.{person.id}",
            says,
            who=choosers(policy),
            clauses=("WL-04",),
            key="designated_lead",
        )
        yield Lapse(person=person.id, what="designated visitor", until=max(ends), need=wanted)
