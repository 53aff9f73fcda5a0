"""Whom the visits being planned wait for to say yes. Asked of the rows of `projections.visits`."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from domain.ids import StaffId
from domain.staff.state import Person, RoleHeld
from domain.visit.rules.approval import awaited_from
from domain.visit.state import VisitState
from projections.directory import Directory
from projections.views import View
from projections.visit_stages import microseconds
from projections.visits import NAME, Planned, being_planned


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A visit that waits for one person's yes."""

    planned: Planned
    role: str
    """The policy's role word that the yes would fill."""
    deputising_for: StaffId | None
    earlier_visits: int
    """Visits to any of its pupils that were asked for before this one."""


def waiting_for(view: View, known: Directory, now: datetime, person: Person) -> tuple[Waiting, ...]:
    """The visits that this person's yes would bring on now, deputies' too; the soonest to leave first."""
    out = []
    for planned, word, held in _awaited(view, known, now, person):
        before = earlier_visits(view, planned.visit)
        out.append(Waiting(planned=planned, role=word, deputising_for=held.deputising_for, earlier_visits=before))
    return tuple(sorted(out, key=lambda w: (w.planned.trip.leave_at is None, w.planned.trip.leave_at or now)))


def how_many_wait_for(view: View, known: Directory, now: datetime, person: Person) -> int:
    """How many visits this person's yes would bring on now. Raises as `waiting_for`."""
    return sum(1 for _ in _awaited(view, known, now, person))


def _awaited(view: View, known: Directory, now: datetime, person: Person) -> Iterator[tuple[Planned, str, RoleHeld]]:
    """The visits, each with the policy's role word that the yes would fill."""
    policy = known.policy_at(now)
    for planned in being_planned(view, known, now):
        role = awaited_from(policy, planned.visit, planned.trip.team, person, now)
        if role is not None and planned.line.waits_for_approval:
            yield planned, *role


def who_may_approve(known: Directory, now: datetime, visit: VisitState, team: Sequence[StaffId]) -> tuple[Person, ...]:
    """Those whose yes would bring the visit on now, by name. `team` is who's going."""
    policy = known.policy_at(now)
    found = (p for p in known.people.values() if p.here and awaited_from(policy, visit, team, p, now))
    return tuple(sorted(found, key=lambda p: (p.name, p.id)))


def earlier_visits(view: View, visit: VisitState) -> int:
    """How many other visits to any of this visit's pupils were asked for before it."""
    return view.count(
        NAME,
        "kind = 'listed' AND body->'pupils' ?| %(pupils)s AND (body->>'asked')::bigint < %(asked)s",
        pupils=[str(p) for p in visit.pupils],
        asked=microseconds(visit.requested_at),
    )
