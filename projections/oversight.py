"""Which risk assessments wait for somebody senior to oversee them. Asked of the rows of `projections.visits`. LJ-16."""

from collections.abc import Iterator
from datetime import datetime

from domain.staff.state import Person
from domain.visit.rules.risk import awaits_oversight
from projections.directory import Directory
from projections.views import View
from projections.visits import Planned, being_planned


def waiting_for_oversight(view: View, known: Directory, now: datetime, person: Person) -> tuple[Planned, ...]:
    """The visits being planned whose assessment this person would oversee now; the soonest to leave first."""
    found = _awaited(view, known, now, person)
    return tuple(sorted(found, key=lambda p: (p.trip.leave_at is None, p.trip.leave_at or now)))


def how_many_wait_for_oversight(view: View, known: Directory, now: datetime, person: Person) -> int:
    """How many assessments this person would oversee now. Raises as `waiting_for_oversight`."""
    return sum(1 for _ in _awaited(view, known, now, person))


def _awaited(view: View, known: Directory, now: datetime, person: Person) -> Iterator[Planned]:
    for planned in being_planned(view, known, now):
        policy = known.policy_of(planned.trip, now)
        if awaits_oversight(policy, planned.visit, planned.trip, person, now) is not None:
            yield planned
