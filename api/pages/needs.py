"""What is still needed, and beside each requirement whom to ask and the form that meets it, right there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from api.identity import Acquainted
from api.pages.appointment_actions import (
    agree_appointment,
    at_no_childcare,
    change_appointment,
    childcare_days,
    offer_times,
)
from api.pages.assessing import assess_home_visit, assess_lone_worker, of_risk, oversee
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
from api.pages.choices import names_of, role_of
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
from api.pages.standing_actions import record_checks, record_training, record_vehicle
from api.pages.travel_actions import agree_travel, plan_travel
from api.pages.visit_actions import call_off_trip
from domain.ids import StaffId, VisitId
from domain.policy import Policy
from domain.refusal import Requirement
from domain.staff.commands import RecordTraining
from domain.staff.on_record import in_date
from domain.staff.rules.training import courses_for, organisers
from domain.staff.rules.vetting import KEEPERS
from domain.staff.state import Person
from domain.times import day_of
from domain.trip.commands import AgreeTravel
from domain.trip.rules.whereabouts import same_holder
from domain.trip.state import TripState
from domain.visit.rules.background import AGENCIES, CONSIDERED
from domain.visit.rules.childcare import weekday_of
from domain.visit.rules.family import known_to_need_one
from domain.visit.rules.signed_list import signer
from domain.visit.state import VisitState
from projections.approvals import who_may_approve
from projections.earlier_visits import EarlierVisit
from projections.visits import Planned

MOST_ASKED: Final = 4
"""People named beside a requirement."""
SOON: Final = timedelta(minutes=30)
OFFICE: Final = ("school_office", "school_business_manager")


class NeedCard(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement with what to do about it."""

    need: Requirement
    ask: tuple[PersonLine, ...] = ()
    """Who can meet it, with their mobiles; not the person who looks."""
    mine: bool = False
    """The person who looks is one of those who can meet it."""
    actions: tuple[Action, ...] = ()


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks, and at which plan."""

    me: Acquainted
    policy: Policy
    trip: TripState
    visit: VisitState | None = None
    """The door that is looked at; None on the page of a trip."""
    who: tuple[Person, ...] = ()
    """Those whose yes would bring this door on now."""
    doors: tuple[VisitState, ...] = ()
    """Every door of the trip."""
    earlier: Mapping[VisitId, Sequence[EarlierVisit]] = {}
    """By door: the visits before, where they are shown to whoever looks."""

    @property
    def label(self) -> str:
        """Whom and where, as confirmations repeat it: "Ava Brook, 12 Mill Lane"."""
        if self.visit is None:
            return "this trip"
        return f"{names_of(self.me.directory, self.visit.pupils)}, {self.visit.street or 'no address'}"

    @property
    def may_say_yes(self) -> bool:
        """Whether the person's own yes would bring it on."""
        return any(p.id == self.me.id for p in self.who)


def desk_of(me: Acquainted, planned: Planned, earlier: Sequence[EarlierVisit] | None = None) -> Desk:
    """The desk of one visit. `earlier`: the visits before it; None where they are not shown."""
    doors, policy = (planned.visit, *planned.other_doors), me.directory.policy_of(planned.trip, me.now)
    before = {} if earlier is None else {planned.visit.id: earlier}
    desk = Desk(me=me, policy=policy, trip=planned.trip, doors=doors, earlier=before)
    return at_door(desk, planned.visit) if planned.needs else msgspec.structs.replace(desk, visit=planned.visit)


def at_door(desk: Desk, visit: VisitState) -> Desk:
    """The desk of one door of the trip, with those whose yes would bring it on."""
    who = who_may_approve(desk.me.directory, desk.me.now, visit, desk.trip.team)
    return msgspec.structs.replace(desk, visit=visit, who=who)


def need_cards(desk: Desk, needs: Iterable[Requirement]) -> tuple[NeedCard, ...]:
    """A card for each, in the order given."""
    return tuple(_card(desk, need) for need in needs)


def _card(desk: Desk, need: Requirement) -> NeedCard:
    family = need.code.partition(".")[0]
    meets = _MEETS.get(family)
    people = _whom(desk, need)
    mine = any(p.id == desk.me.id for p in people)
    actions = () if desk.me.changes_nothing or meets is None else tuple(meets(desk, need))
    return NeedCard(need=need, ask=_lines(desk, people), mine=mine, actions=actions)


def _lines(desk: Desk, people: Iterable[Person]) -> tuple[PersonLine, ...]:
    shown = [p for p in people if p.id != desk.me.id][:MOST_ASKED]
    return tuple(PersonLine(name=p.name, role=role_of(desk.me, p), mobile=p.mobile) for p in shown)


def _whom(  # noqa: C901, PLR0911 - one arm a family of requirements
    desk: Desk, need: Requirement
) -> tuple[Person, ...]:
    known, now = desk.me.directory, desk.me.now
    match need.code.partition(".")[0]:
        case "approval":
            # Somebody who is going may say yes, and another would still have to (DV-04).
            named = _named_first(need.code.partition(".")[2].split("|"), desk.who, now)
            return tuple(sorted(named, key=lambda p: p.id in desk.trip.team))
        case "list":
            return known.holders(signer(desk.policy), now)
        case "appointment" | "absence" | "childcare":
            return (*known.holders("attendance_officer", now), *known.holders("school_office", now))
        case "family":
            return _named_first(("DSL", "DDSL"), known.holders("DSL|DDSL", now), now)
        case "person":
            return (*known.holders("school_office", now), *known.holders("senior_staff", now))
        case "training":
            return tuple(
                p for word in organisers(desk.policy, need.code.split(".")[1]) for p in known.holders(word, now)
            )
        case "risk":
            return of_risk(known, desk.policy, desk.trip, need, now)
        case "vetting":
            return tuple({p.id: p for word in KEEPERS for p in known.holders(word, now)}.values())
        case "travel":
            return known.holders("SLT", now) if need.code == "travel.agreed" else ()
        case "whereabouts" | "check_in":
            words = _holders_missing(desk, need)
            found = {p.id: p for word in words for p in known.holders(word, now) if p.id not in desk.trip.team}
            return tuple(found.values())
        case _:
            return ()


def _named_first(words: Sequence[str], people: Iterable[Person], now: datetime) -> tuple[Person, ...]:
    """These people with the one whom the clause names first: the DSL before her deputies, and before who else may."""

    def place(person: Person) -> int:
        return next((at for at, word in enumerate(words) if person.fills(word, now)), len(words))

    return tuple(sorted(people, key=place))


def _holders_missing(desk: Desk, need: Requirement) -> tuple[str, ...]:
    """The policy's holders who have not been told; all of them where they have been."""
    if need.code == "whereabouts.safeguarding_team":
        return ("safeguarding_team",)
    rule = desk.policy.value("whereabouts")
    told = {same_holder(held.holder) for held in desk.trip.lodged}
    missing = tuple(word for word in rule["holders"] if same_holder(word) not in told)
    return missing or tuple(rule["holders"])


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
    signers = _whom(desk, need)
    if desk.me.fills(signer(desk.policy)):
        yield sign_list(desk.visit, desk.label)
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
        for holder in _holders_missing(desk, need):
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
