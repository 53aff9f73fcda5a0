"""What is still needed, and beside each requirement whom to ask and the form that meets it, right there."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from api.pages.appointment_actions import (
    agree_appointment,
    at_no_childcare,
    change_appointment,
    childcare_days,
    offer_times,
)
from api.pages.assessing import assess_home_visit, assess_lone_worker, oversee
from api.pages.background_actions import (
    agency_spoken_to,
    all_known,
    considered,
    interpreter_comes,
    looked_up,
    no_agency,
    no_interpreter,
)
from api.pages.check_actions import all_as_policy, but_for
from api.pages.choices import role_of
from api.pages.parts import Action, PersonLine
from api.pages.plan_actions import (
    approve,
    approved_by_phone,
    fix_call,
    i_know_it,
    keep_number,
    leave_whereabouts,
    name_team,
    name_watcher,
    not_approve,
    plan_trip,
    sign_list,
    signed_by_phone,
)
from api.pages.plan_desk import Desk, holders_missing, whom_to_ask
from api.pages.standing_actions import record_checks, record_training, record_vehicle
from api.pages.travel_actions import agree_travel, plan_travel
from api.pages.visit_actions import call_off_trip
from domain.ids import StaffId
from domain.permissions import OFFICE
from domain.refusal import Requirement
from domain.staff.commands import RecordTraining
from domain.staff.on_record import in_date
from domain.staff.rules.training import courses_for
from domain.staff.state import Person
from domain.times import day_of
from domain.trip.commands import AgreeTravel
from domain.trip.state import TripState
from domain.visit.rules.background import AGENCIES, CONSIDERED
from domain.visit.rules.childcare import weekday_of
from domain.visit.rules.family import known_to_need_one
from domain.visit.rules.signed_list import signer

MOST_ASKED: Final = 4
"""People named beside a requirement."""
SOON: Final = timedelta(minutes=30)


class NeedCard(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement with what to do about it."""

    need: Requirement
    ask: tuple[PersonLine, ...] = ()
    """Who can meet it, with their mobiles; not the person who looks."""
    mine: bool = False
    """The person who looks is one of those who can meet it."""
    actions: tuple[Action, ...] = ()


def need_cards(desk: Desk, needs: Iterable[Requirement]) -> tuple[NeedCard, ...]:
    """A card for each, in the order given."""
    return tuple(_card(desk, need) for need in needs)


def _card(desk: Desk, need: Requirement) -> NeedCard:
    family = need.code.partition(".")[0]
    meets = _MEETS.get(family)
    people = whom_to_ask(desk, need)
    mine = any(p.id == desk.me.id for p in people)
    actions = () if desk.me.changes_nothing or meets is None else tuple(meets(desk, need))
    return NeedCard(need=need, ask=_lines(desk, people), mine=mine, actions=actions)


def _lines(desk: Desk, people: Iterable[Person]) -> tuple[PersonLine, ...]:
    shown = [p for p in people if p.id != desk.me.id][:MOST_ASKED]
    return tuple(PersonLine(name=p.name, role=role_of(desk.me, p), mobile=p.mobile) for p in shown)


def _approval(desk: Desk, need: Requirement) -> Iterable[Action]:
    del need
    if desk.visit is None:
        return
    if desk.may_say_yes:
        yield approve(desk.policy, desk.visit, desk.label)
        yield not_approve(desk.visit, desk.label)
    if desk.me.fills(*OFFICE):
        others = [p for p in desk.who if p.id != desk.me.id]
        if others:
            yield approved_by_phone(desk.me, desk.policy, desk.visit, desk.label, others)


def _list(desk: Desk, need: Requirement) -> Iterable[Action]:
    if desk.visit is None:
        return
    signers = whom_to_ask(desk, need)
    if desk.me.fills(signer(desk.policy)):
        yield sign_list(desk.me, desk.visit, desk.label)
    others = [p for p in signers if p.id != desk.me.id]
    if others and desk.me.fills(*OFFICE):
        yield signed_by_phone(desk.me, desk.visit, desk.label, others)


def _appointment(desk: Desk, need: Requirement) -> Iterable[Action]:
    """What keeps them is met here; what only warns is met among the forms beside the plan."""
    if desk.visit is not None and need.refuses:
        yield agree_appointment(desk.policy, desk.visit, desk.trip, desk.label)
        if desk.visit.appointment is None:
            yield offer_times(desk.policy, desk.visit, desk.trip, desk.label)


def _childcare(desk: Desk, need: Requirement) -> Iterable[Action]:
    """The days are asked for; where the planned one is among them, the appointment moves, or the days were others."""
    if desk.visit is None:
        return
    if need.code == "childcare.days":
        yield at_no_childcare(desk.visit, desk.label)
    else:
        agreed = desk.visit.appointment
        if agreed is not None and weekday_of(agreed.at) in desk.visit.childcare_days:
            yield change_appointment(desk.visit, desk.label)
        if desk.trip.leave_at is not None and weekday_of(desk.trip.leave_at) in desk.visit.childcare_days:
            yield call_off_trip(desk.trip)  # and plan another: a visit is on one trip at a time
    yield childcare_days(desk.visit, desk.label)


def _team(desk: Desk, need: Requirement) -> Iterable[Action]:
    del need
    if desk.trip.exists:
        yield name_team(desk.me, desk.policy, desk.trip, desk.label)


def _risk(desk: Desk, need: Requirement) -> Iterable[Action]:
    if desk.visit is None:
        return
    if need.setting == "lone_visit":
        yield assess_lone_worker(desk.visit, desk.label)
    elif need.code == "risk.overseen":
        yield from oversee(desk.me, desk.policy, desk.trip, desk.visit, desk.label)
    else:
        if need.code == "risk.high" and desk.may_say_yes:
            yield not_approve(desk.visit, desk.label)
        yield assess_home_visit(desk.me, desk.policy, desk.trip, desk.visit, desk.label)


def _phone(desk: Desk, need: Requirement) -> Iterable[Action]:
    person = desk.me.directory.people.get(_staff(need.code))
    if person is not None:
        yield keep_number(person)


def _staff(code: str) -> StaffId:
    return StaffId(UUID(code.partition(".")[2]))


def _whereabouts(desk: Desk, need: Requirement) -> Iterable[Action]:
    """One button for each place that should know, so that nobody is written down for a place that is not theirs."""
    call = "agreed_time" in desk.policy.value("check_ins") and desk.trip.agreed_call_at is None
    if desk.trip.exists:
        for holder in holders_missing(desk, need):
            if not call and desk.me.fills(holder) and desk.me.id not in {*desk.trip.team, *_told(desk.trip)}:
                yield i_know_it(desk.me, desk.trip, desk.label, holder)
            yield leave_whereabouts(desk.me, desk.trip, desk.label, holder, asks_call=call)


def _told(trip: TripState) -> Iterable[StaffId]:
    """Who knows the whereabouts already: told in a second place, they are still one who knows."""
    return (held.told for held in trip.lodged if held.told is not None)


def _check_in(desk: Desk, need: Requirement) -> Iterable[Action]:
    """The time of the call, kept with whoever knows the whereabouts; until somebody does, it is asked for there."""
    del need
    if desk.trip.lodged:
        yield fix_call(desk.trip, desk.label, desk.trip.lodged[0])


def _watcher(desk: Desk, need: Requirement) -> Iterable[Action]:
    del need
    if desk.trip.exists:
        yield name_watcher(desk.me, desk.trip, desk.label)


def _training(desk: Desk, need: Requirement) -> Iterable[Action]:
    person = _of_the_record(desk, need)
    if person is not None:
        day = day_of(desk.trip.leave_at or desk.me.now)
        parts = courses_for(desk.policy, person, day)
        missing = [c for part in parts for c in part.courses if not in_date(person.record.course(c), day)]
        yield record_training(desk.policy, person, day_of(desk.me.now), missing)


def _vetting(desk: Desk, need: Requirement) -> Iterable[Action]:
    person = _of_the_record(desk, need)
    if person is not None:
        yield record_checks(desk.policy, person)


def _of_the_record(desk: Desk, need: Requirement) -> Person | None:
    """Whose record it is, where the person who looks keeps such records."""
    if not desk.me.may(RecordTraining):
        return None
    return desk.me.directory.people.get(StaffId(UUID(need.code.rpartition(".")[2])))


def _travel(desk: Desk, need: Requirement) -> Iterable[Action]:
    """How they travel; the cars of those who go; SLT's yes."""
    if not desk.trip.exists:
        return
    if need.code == "travel.agreed" and desk.me.may(AgreeTravel):
        yield agree_travel(desk.trip, desk.label)
    if need.code in ("travel.insurance", "travel.maintained"):
        for person in (desk.me.directory.people.get(one) for one in desk.trip.team):
            if person is not None and (desk.me.may(RecordTraining) or person.id == desk.me.id):
                yield record_vehicle(desk.policy, person)
    yield plan_travel(desk.me, desk.trip, desk.label)


def _background(desk: Desk, need: Requirement) -> Iterable[Action]:
    """One tap where all is known; what was looked up so far; an agency that was spoken to."""
    if desk.visit is None:
        return
    if need.code == f"background.{CONSIDERED}":
        yield considered(desk.visit, desk.label)
        return
    if need.code == "background.agency":
        if AGENCIES not in (desk.visit.background.looked_up if desk.visit.background is not None else ()):
            yield no_agency(desk.visit, desk.label)
        yield agency_spoken_to(desk.visit, desk.label)
        return
    yield all_known(desk.policy, desk.visit, desk.label)
    yield looked_up(desk.policy, desk.visit, desk.label, desk.earlier.get(desk.visit.id))


def _interpreter(desk: Desk, need: Requirement) -> Iterable[Action]:
    """One tap where nobody is needed; who was asked, and who comes: that first where the family is known to need somebody."""
    del need
    if desk.visit is None:
        return
    known = known_to_need_one(desk.visit, desk.me.directory.pupils)
    forms = (no_interpreter(desk.visit, desk.label, likely=not known), interpreter_comes(desk.visit, desk.label))
    yield from reversed(forms) if known else forms


def _checks(desk: Desk, need: Requirement) -> Iterable[Action]:
    """One tap where all is as the list says; a word about each point that is not."""
    del need
    if desk.trip.exists:
        yield all_as_policy(desk.policy, desk.trip, desk.doors, desk.label)
        yield but_for(desk.policy, desk.trip, desk.doors, desk.label)


def _trip(desk: Desk, need: Requirement) -> Iterable[Action]:
    if need.code == "trip.planned" and desk.visit is not None:
        yield plan_trip(desk.me, desk.policy, desk.visit, desk.label, desk.me.now + SOON)


_MEETS: Final[Mapping[str, Callable[[Desk, Requirement], Iterable[Action]]]] = {
    "approval": _approval,
    "list": _list,
    "appointment": _appointment,
    "childcare": _childcare,
    "team": _team,
    "risk": _risk,
    "phone": _phone,
    "whereabouts": _whereabouts,
    "check_in": _check_in,
    "watcher": _watcher,
    "checks": _checks,
    "background": _background,
    "interpreter": _interpreter,
    "person": _team,
    "trip": _trip,
    "training": _training,
    "vetting": _vetting,
    "travel": _travel,
}
"""By the family of a requirement's code. A family that is not here is met elsewhere, and the card says by whom."""
