"""Of which children has nobody said yet whether they were seen? Asked of the rows of `projections.visits`.

Asked once everybody is back, or the house was left. Silence is never "all clear": the visitors are asked, and the DSL
sees who waits. Children whom a rule counts as not seen already wait for the DSL's decision instead.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from domain.ids import PupilId, StaffId, TripId, VisitId
from domain.trip.state import TripState
from domain.visit.rules.seen import why_not_seen
from domain.visit.state import VisitState
from projections.directory import Directory
from projections.views import View
from projections.visit_stages import Listed
from projections.visits import NAME, states


class NotSaid(msgspec.Struct, frozen=True, kw_only=True):
    """A child of whom nobody has said whether they were seen."""

    visit: VisitId
    trip: TripId | None
    pupil: PupilId
    pupil_name: str
    street: str
    since: datetime
    """When the last of them was back at school, else when they left the house."""
    back: bool
    """Whether everybody is back."""
    people: tuple[str, ...]
    """Names of who went."""


def not_said(view: View, known: Directory, person: StaffId | None = None) -> tuple[NotSaid, ...]:
    """The children, the longest wait first; with `person`, of visits that this person went on."""
    rows = (
        view.where(NAME, Listed, "kind = 'listed' AND body->>'stage' = 'to_write_up'")
        if person is None
        else view.where(
            NAME,
            Listed,
            "kind = 'listed' AND body->>'stage' = 'to_write_up' AND body->'people' ? %(person)s",
            person=str(person),
        )
    )
    visits = states(view, [row.visit for row in rows])
    waiting = [row for row in rows if row.visit in visits and visits[row.visit].not_said]
    keys = [str(row.trip) for row in waiting if row.trip is not None]
    found = view.where(NAME, TripState, "kind = 'trip' AND key = ANY(%(keys)s)", keys=keys) if keys else ()
    trips = {trip.id: trip for trip in found}
    out = [
        one
        for row in waiting
        for one in _of_visit(visits[row.visit], trips.get(row.trip) if row.trip else None, known, row.people)
    ]
    return tuple(sorted(out, key=lambda one: (one.since, one.visit, one.pupil)))


class NobodySeen(msgspec.Struct, frozen=True, kw_only=True):
    """A visit where nobody answered and no child was said to be seen, not written up yet."""

    visit: VisitId
    pupils: tuple[str, ...]
    """Names of the children not seen."""
    street: str
    since: datetime
    """When nobody answered, as stated."""
    people: tuple[str, ...]
    """Names of who went."""


def nobody_seen(view: View, known: Directory) -> tuple[NobodySeen, ...]:
    """Visits where nobody answered that reach the DSL only when they are written up, the longest wait first.

    At a safeguarding door the DSL decides at once: those are left out.
    """
    rows = view.where(
        NAME, Listed, "kind = 'listed' AND body->>'stage' = ANY(%(stages)s)", stages=["out", "to_write_up"]
    )
    visits = states(view, [row.visit for row in rows])
    out = []
    for row in rows:
        visit = visits.get(row.visit)
        if visit is None or visit.no_answer_at is None:
            continue
        waits = [p for p in visit.unanswered if why_not_seen(visit, p) is None]
        if waits:
            out.append(
                NobodySeen(
                    visit=visit.id,
                    pupils=tuple(known.pupils[p].name if p in known.pupils else "a pupil" for p in waits),
                    street=visit.street or "an address that is not known",
                    since=visit.no_answer_at,
                    people=tuple(known.people[p].name for p in row.people if p in known.people),
                )
            )
    return tuple(sorted(out, key=lambda one: (one.since, one.visit)))


def for_the_dsl(view: View, known: Directory) -> tuple[NotSaid, ...]:
    """Those who wait for a word, and not yet for a decision."""
    found = not_said(view, known)
    visits = states(view, [one.visit for one in found])
    return tuple(one for one in found if why_not_seen(visits[one.visit], one.pupil) is None)


def _of_visit(
    visit: VisitState, trip: TripState | None, known: Directory, people: Sequence[StaffId]
) -> tuple[NotSaid, ...]:
    back = trip is not None and trip.everyone_back
    ends = (*trip.returned.values(), *trip.safe.values()) if trip is not None else ()
    since = max(ends) if back and ends else visit.left_at
    if since is None:
        return ()
    return tuple(
        NotSaid(
            visit=visit.id,
            trip=trip.id if trip is not None else None,
            pupil=pupil,
            pupil_name=known.pupils[pupil].name if pupil in known.pupils else "a pupil",
            street=visit.street or "an address that is not known",
            since=since,
            back=back,
            people=tuple(known.people[p].name for p in people if p in known.people),
        )
        for pupil in visit.not_said
    )
