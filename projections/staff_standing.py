"""Who may go on a visit today, who may not, and why; what lapses soon. Asked of the directory."""

from datetime import datetime

import msgspec

from domain.refusal import Requirement
from domain.staff.may_go import Lapse, has_lapsed, lapses, person_needs
from domain.staff.state import Person
from domain.times import day_of
from projections.directory import Directory


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One person, as their record stands on a day."""

    person: Person
    missing: tuple[Requirement, ...]
    """Why they may not go; empty for somebody who may."""
    advice: tuple[Requirement, ...]
    """What Doorstep advises where the policy is silent; stops nobody."""
    lapses: tuple[Lapse, ...]
    """What counts today and will not in 30 days, the soonest first."""

    @property
    def may_go(self) -> bool:
        """Whether nothing of theirs refuses a trip today."""
        return not self.missing


def standing(known: Directory, person: Person, now: datetime) -> Standing:
    """How one person stands today. Raises LookupError for a school without settings."""
    policy, day = known.policy_at(now), day_of(now)
    needs = person_needs(policy, person, day)
    return Standing(
        person=person,
        missing=tuple(r for r in needs if r.refuses),
        advice=tuple(r for r in needs if not r.refuses),
        lapses=lapses(policy, person, day),
    )


def who_may_go(known: Directory, now: datetime) -> tuple[Standing, ...]:
    """Everybody here who could go, by name: the staff, and those from an agency."""
    people = (
        p
        for p in known.people.values()
        if p.here and not p.is_device and p.works_with_children(now) and not p.holds_none(now)
    )
    return tuple(standing(known, p, now) for p in sorted(people, key=lambda p: (p.name.casefold(), p.id)))


def how_many_lapse(known: Directory, now: datetime) -> int:
    """How many people have something on record that lapses soon, or that counted once and does no longer."""
    try:
        found = who_may_go(known, now)
    except LookupError:
        return 0
    day = day_of(now)
    return sum(1 for one in found if one.lapses or has_lapsed(known.policy_at(now), one.person, day))
