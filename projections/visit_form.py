"""The office's form of a day's visits: one row a door, filled in from what is known (LJ-73). Asked of the rows of `projections.visits`."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Final, LiteralString

import msgspec

from domain.ids import PupilId, StaffId, TripId, VisitId
from domain.policy import Policy, Source
from domain.pupil.ringing import numbers_to_ring
from domain.readiness import open_doors
from domain.times import day_of
from domain.trip.state import TripState
from domain.visit.state import VisitState
from projections.board_words import name_of
from projections.directory import Directory
from projections.views import View
from projections.visits import NAME, states

_SETTING: Final = "visit_form_columns"


class FormPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who goes, with the mobile number that is held."""

    name: str
    mobile: str
    left_at: datetime | None
    back_at: datetime | None
    """When they were back in school, or said by voice that they are safe."""
    by_voice: bool
    """Whether they said so by voice and went straight home."""


class FormRow(msgspec.Struct, frozen=True, kw_only=True):
    """One door."""

    visit: VisitId
    trip: TripId
    people: tuple[FormPerson, ...]
    leave_at: datetime | None
    """When they were to leave."""
    back_by: datetime | None
    agreed_at: datetime | None
    """The time that was agreed with the family."""
    arrived_at: datetime | None
    planned_minutes: int | None
    """How long the visit was to last, as it was agreed with the family."""
    pupils: tuple[str, ...]
    pupil_ids: tuple[PupilId, ...]
    address: str
    telephones: tuple[str, ...]
    """Those that may be rung, each with whose it is."""


class VisitForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of one London day. It says nothing of when it was made: the same day gives the same form again."""

    day: date
    columns: tuple[str, ...]
    """The columns' codes in the policy's order; none where the school's document has no such form, and then no rows."""
    rows: tuple[FormRow, ...]
    """In the order of leaving; the doors of one trip in its order."""


def columns_of(policy: Policy) -> tuple[str, ...]:
    """The columns of the school's form; none where its document has no form."""
    rule = policy.setting(_SETTING)
    return () if rule.source is Source.DEFAULT else tuple(rule.value)


def visit_form(view: View, known: Directory, now: datetime, day: date) -> VisitForm:
    """Every door of the trips that left on a day, or are OK to go on it.

    `now` chooses the settings whose columns are shown. Raises LookupError where the school has adopted none.
    """
    columns = columns_of(known.policy_at(now))
    if not columns:
        return VisitForm(day=day, columns=(), rows=())
    where: LiteralString = (
        "kind = 'trip' AND (body->>'leave_at' LIKE ANY(%(begins)s) OR body->>'departed' LIKE ANY(%(holds)s))"
    )
    # A London day may begin on the day before in UTC; the calendar's first day has none before it.
    in_utc = (date.fromordinal(max(1, day.toordinal() - 1)).isoformat(), day.isoformat())
    begins, holds = [f"{one}T%" for one in in_utc], [f'%"{one}T%' for one in in_utc]
    trips = [t for t in view.where(NAME, TripState, where, begins=begins, holds=holds) if _day(t) == day]
    doors = states(view, tuple(v for trip in trips for v in trip.visits))
    ordered = sorted(trips, key=lambda t: (_left(t) or t.leave_at or now, str(t.id)))
    rows = (_row(trip, door, known) for trip in ordered for door in _doors(trip, doors))
    return VisitForm(day=day, columns=columns, rows=tuple(rows))


def _left(trip: TripState) -> datetime | None:
    return min(trip.departed.values(), default=None)


def _day(trip: TripState) -> date | None:
    """The day that a trip stands on the form of; None where it is neither OK to go nor gone."""
    left = _left(trip)
    if left is not None:
        return day_of(left)
    cleared = trip.cleared_at is not None and trip.called_off_at is None
    return day_of(trip.leave_at) if cleared and trip.leave_at is not None else None


def _doors(trip: TripState, doors: Mapping[VisitId, VisitState]) -> Iterator[VisitState]:
    """Where nobody has left yet, those that they still go to; afterwards all but those that nobody was to go to."""
    behind = tuple(doors[v] for v in trip.visits if v in doors)
    yield from (v for v in behind if not v.not_to_be_visited) if trip.departed else open_doors(behind)


def _row(trip: TripState, visit: VisitState, known: Directory) -> FormRow:
    families = [known.pupils[p] for p in visit.pupils if p in known.pupils]
    agreed = visit.appointment
    return FormRow(
        visit=visit.id,
        trip=trip.id,
        people=tuple(_person(trip, p, known) for p in dict.fromkeys((*trip.team, *trip.departed))),
        leave_at=trip.leave_at,
        back_by=trip.back_by,
        agreed_at=agreed.at if agreed is not None else None,
        arrived_at=visit.arrived_at,
        planned_minutes=agreed.planned_minutes if agreed is not None else None,
        pupils=tuple(family.name for family in families),
        pupil_ids=visit.pupils,
        address=visit.address,
        telephones=numbers_to_ring(families),
    )


def _person(trip: TripState, person: StaffId, known: Directory) -> FormPerson:
    held, left = known.people.get(person), trip.departed.get(person)
    back, safe = (_since(left, ends.get(person)) for ends in (trip.returned, trip.safe))
    return FormPerson(
        name=name_of(known, person),
        mobile=held.mobile if held is not None else "",
        left_at=left,
        back_at=back or safe,
        by_voice=back is None and safe is not None,
    )


def _since(left: datetime | None, at: datetime | None) -> datetime | None:
    """An end that is of this going out; one that nobody said the beginning of counts too."""
    return at if at is not None and (left is None or at >= left) else None
