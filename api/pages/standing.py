"""Staff: who may go today, who may not and why, and what lapses soon; one person's record with the forms that mend it."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.identity import Acquainted
from api.pages import standing_actions as forms
from api.pages.choices import role_of
from api.pages.frame import page
from api.pages.ids import id_in
from api.pages.parts import Action
from api.pages.plan_actions import keep_number
from api.pages.wording_staff import COVER
from api.permitted import by_page
from domain.ids import StaffId
from domain.permissions import Question
from domain.policy import Policy
from domain.refusal import NotPermitted, Unknown
from domain.staff.commands import NameDesignatedVisitor, RecordChecks, RecordTraining
from domain.staff.may_go import SOON, Lapse
from domain.staff.rules.designated import wants_designated
from domain.staff.state import Person
from domain.staff.words import said
from domain.times import day_of
from projections.staff_standing import Standing, standing, who_may_go

router = APIRouter(prefix="/schools/{school}/standing", include_in_schema=False)

Looks = Annotated[Acquainted, by_page(Question.STANDING)]


class StandingLine(msgspec.Struct, frozen=True, kw_only=True):
    """One person of the list."""

    id: str
    name: str
    role: str
    designated: bool
    stands: Standing


class SoonLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that lapses soon."""

    lapse: Lapse
    today: bool
    """Today is its last day."""


@router.get("")
def all_staff(request: Request, me: Looks) -> HTMLResponse:
    """Everybody for those who plan visits or keep the records; else one's own line."""
    policy, everybody = me.directory.policy_at(me.now), me.may_any(Question.STANDING)
    found = who_may_go(me.directory, me.now)
    lines = tuple(_line(me, one) for one in found if everybody or one.person.id == me.id)
    people = tuple(one.person for one in found)
    adds = (forms.training_day(policy, people, day_of(me.now)),) if me.may(RecordTraining) else ()
    agency = (forms.admit_from_agency(policy),) if me.may(RecordChecks) else ()
    return page(
        request,
        me,
        "standing.html",
        may=tuple(one for one in lines if one.stands.may_go),
        may_not=tuple(one for one in lines if not one.stands.may_go),
        soon=_soonest(me, lines),
        days=SOON.days,
        everybody=everybody,
        designated=wants_designated(policy),
        actions=(*adds, *agency) if everybody else (),
        policy_title=policy.title,
    )


@router.get("/{staff}")
def one_person(request: Request, me: Looks, staff: str) -> HTMLResponse:
    """What is on record of one person, and what is missing; the forms stand beside it."""
    person = me.directory.people.get(StaffId(id_in(staff, "person")))
    if person is None or not person.here:
        raise Unknown("person")
    if person.id != me.id and not me.may_any(Question.STANDING):
        message = "What is on record of others is for those who plan visits or keep the staff's records"
        raise NotPermitted(message)
    policy = me.directory.policy_at(me.now)
    return page(
        request,
        me,
        "standing_one.html",
        line=_line(me, standing(me.directory, person, me.now)),
        person=person,
        said=said,
        cover=COVER,
        wants_designated=wants_designated(policy),
        actions=tuple(_actions(me, policy, person)),
    )


def _actions(me: Acquainted, policy: Policy, person: Person) -> Iterable[Action]:
    keeps, today = me.may(RecordTraining), day_of(me.now)
    if keeps:
        yield forms.record_training(policy, person, today)
        yield forms.record_checks(policy, person)
    if keeps or person.id == me.id:
        yield forms.record_vehicle(policy, person)
        for car in person.record.vehicles:
            yield forms.record_vehicle(policy, person, car)
            yield forms.give_up_vehicle(person, car)
        yield keep_number(person)
    if me.fills("headteacher", "school_business_manager"):
        yield from forms.take_off(person)
    if me.may(NameDesignatedVisitor):
        yield from forms.designation(policy, person, today)


def _line(me: Acquainted, one: Standing) -> StandingLine:
    return StandingLine(
        id=str(one.person.id),
        name=one.person.name,
        role=role_of(me, one.person),
        designated=one.person.record.designated_on(day_of(me.now)),
        stands=one,
    )


def _soonest(me: Acquainted, lines: Iterable[StandingLine]) -> tuple[tuple[StandingLine, SoonLine], ...]:
    """Everything that lapses soon, the soonest first, with whose it is."""
    today = day_of(me.now)
    found = [
        (line, SoonLine(lapse=lapse, today=lapse.until == today)) for line in lines for lapse in line.stands.lapses
    ]
    return tuple(sorted(found, key=lambda one: (one[1].lapse.until, one[0].name)))
