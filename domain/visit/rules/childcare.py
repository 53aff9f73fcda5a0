"""An early-years visit before the child starts falls on a day when the child is not at childcare.

Clause: LJ-37.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from domain.need import need
from domain.policy import Policy
from domain.refusal import Requirement
from domain.staff.words import listed
from domain.times import day_of
from domain.trip.state import TripState
from domain.visit.events import ChildcareDay
from domain.visit.rules.purpose import is_early_years
from domain.visit.state import VisitState

_WEEK: Final = tuple(day for day in ChildcareDay if day is not ChildcareDay.NONE)
_WHO: Final = ("visiting_staff", "school_office")


def asks_childcare_days(policy: Policy, visit: VisitState) -> bool:
    """Whether the school keeps this visit off the days on which the child is at childcare."""
    return is_early_years(visit) and bool(policy.value("eyfs_rule").get("not_on_childcare_day"))


def childcare_needs(policy: Policy, visit: VisitState, trip: TripState) -> tuple[Requirement, ...]:
    """The days are known before anybody leaves, and neither the agreed day nor that of the trip is among them."""
    if not asks_childcare_days(policy, visit):
        return ()
    if not visit.childcare_days:
        says = "It is not known on which days the child is at childcare: the visit is to be on another day"
        return (need(policy, "eyfs_rule", "childcare.days", says, who=_WHO, clauses=("LJ-37",)),)
    agreed = visit.appointment.at if visit.appointment is not None else None
    times = tuple(at for at in (agreed, trip.leave_at) if at is not None)
    return off_childcare_days(policy, visit, visit.childcare_days, times)


def off_childcare_days(
    policy: Policy, visit: VisitState, days: Sequence[ChildcareDay], times: Iterable[datetime]
) -> tuple[Requirement, ...]:
    """That times fall on `days` on which the child is at childcare, where the school keeps the visit off them."""
    if not asks_childcare_days(policy, visit):
        return ()
    hit = {weekday_of(at) for at in times}
    wrong = [day.value.capitalize() for day in days if day in hit]
    if not wrong:
        return ()
    says = f"The child is at childcare on a {listed(wrong)}: choose another day for the visit"
    return (need(policy, "eyfs_rule", "childcare.day", says, who=_WHO, clauses=("LJ-37",)),)


def weekday_of(at: datetime) -> ChildcareDay:
    """The day of the week in London."""
    return _WEEK[day_of(at).weekday()]
