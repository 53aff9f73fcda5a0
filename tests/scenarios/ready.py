"""Meeting a school's policy step by step: for each requirement, what people at that school do about it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from domain.refusal import Requirement
from domain.visit.rules.risk import VISITING_STAFF, assessors, overseers
from tests.scenarios.doors import Trip

_BEFORE: Final = timedelta(minutes=10)


def meet(trip: Trip, *, but: str = "") -> None:
    """Do whatever the policy still asks for, but what `but` names (the beginning of a requirement's code)."""
    for _ in range(3):  # an approval by somebody going shows only then that another must stay behind
        for needed in trip.still_needed:
            if not but or not needed.code.startswith(but):
                _meet(trip, needed)


def _meet(trip: Trip, needed: Requirement) -> None:
    kind = needed.code.partition(".")[0]
    act = _ACTS.get(needed.code) or _ACTS.get(kind)
    if act is not None:  # else nobody can simply do it: the plan is refused for it, and the scenario sees it
        act(trip, needed)


def _somebody_approves(trip: Trip, needed: Requirement) -> None:
    words = needed.code.partition(".")[2].split("|")
    approver = next(p for word in words for p in trip.school.all_who(word) if p not in trip.team)
    for visit in trip.visits:
        visit.approve(approver)


def _somebody_who_stays_approves(trip: Trip, _: Requirement) -> None:
    for visit in trip.visits:
        visit.approve(trip.school.who("headteacher", but=trip.team))


def _list_signed(trip: Trip, _: Requirement) -> None:
    for visit in trip.visits:
        visit.sign(trip.school.who("headteacher", but=trip.team))


def _left_with_every_holder(trip: Trip, _: Requirement) -> None:
    for holder in trip.school.policy.value("whereabouts")["holders"]:
        trip.lodge(holder)


def _safeguarding_team_told(trip: Trip, _: Requirement) -> None:
    trip.lodge("safeguarding_team")


def _call_agreed(trip: Trip, _: Requirement) -> None:
    # Ten to three; where a real clock is past that, ten minutes before they are back.
    usual, back_by = trip.school.time("14:50"), trip.state.back_by
    late = back_by - _BEFORE if back_by is not None and usual <= trip.school.now else usual
    trip.lodge("school_office", agreed_call=late.isoformat())


def _appointment_agreed(trip: Trip, _: Requirement) -> None:
    # Two in the afternoon; where a real clock is past that, ten minutes from now.
    usual, now = trip.school.time("14:00"), trip.school.now
    for visit in trip.visits:
        visit.appointment((usual if usual > now else now + _BEFORE).isoformat())


def _watcher_named(trip: Trip, _: Requirement) -> None:
    trip.watcher(trip.school.office)


def _list_gone_through(trip: Trip, _: Requirement) -> None:
    trip.list_gone_through()


def _background_looked_up(trip: Trip, _: Requirement) -> None:
    for visit in trip.visits:
        visit.background_looked_up()


def _childcare_asked(trip: Trip, _: Requirement) -> None:
    for visit in trip.visits:
        visit.childcare_on()


def _risk_assessed(trip: Trip, _: Requirement) -> None:
    words = assessors(trip.school.policy)
    by = trip.team[0] if VISITING_STAFF in words or not words else trip.school.who(words[0])
    for visit in trip.visits:
        visit.assess(by)


def _risk_overseen(trip: Trip, _: Requirement) -> None:
    for visit in trip.visits:
        visit.oversee(trip.school.who(overseers(trip.school.policy)[0]))


def _nobody_interprets(trip: Trip, _: Requirement) -> None:
    for visit in trip.visits:
        visit.interpreter(needed=False)


_ACTS: Final[Mapping[str, Callable[[Trip, Requirement], None]]] = {
    "approval.independent": _somebody_who_stays_approves,
    "approval": _somebody_approves,
    "list.signed": _list_signed,
    "whereabouts.left": _left_with_every_holder,
    "whereabouts.safeguarding_team": _safeguarding_team_told,
    "check_in.agreed_time": _call_agreed,
    "appointment.agreed": _appointment_agreed,
    "watcher.named": _watcher_named,
    "checks": _list_gone_through,
    "risk.assessed": _risk_assessed,
    "risk.stale": _risk_assessed,
    "risk.overseen": _risk_overseen,
    "background": _background_looked_up,
    "childcare.days": _childcare_asked,
    "interpreter": _nobody_interprets,
}
