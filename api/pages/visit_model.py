"""A visit's page: the plan, what is still needed, what happened, and what can be done from here."""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from api.identity import Acquainted
from api.pages.appointment_actions import (
    agree_appointment,
    change_appointment,
    childcare_days,
    offer_times,
    sign_appointment,
)
from api.pages.assessing import ShownAssessment, assess_home_visit, shown
from api.pages.background_actions import agency_spoken_to, how_it_stands, interpreter_comes, looked_up, who_interprets
from api.pages.check_actions import but_for, gone_through
from api.pages.choices import PupilChoice, pupil_line, role_of
from api.pages.family_words import adults, called, telephones, what_helps, who_answers_for_the_child
from api.pages.needs import NeedCard, need_cards
from api.pages.parts import Action, PersonLine
from api.pages.plan_actions import name_team, name_watcher, take_back_approval
from api.pages.plan_desk import Desk, desk_of
from api.pages.templating import hm, moment, short_day
from api.pages.visit_actions import (
    call_off_trip,
    cancel_visit,
    correct_request,
    family_declined,
    keep_note,
    raise_concern,
)
from api.pages.words import (
    APPOINTMENT_HOW,
    CHILDCARE_DAYS,
    KEPT_AT,
    OUTCOMES,
    in_words,
    listed,
    role_in_words,
    sentence,
)
from api.pages.write_up import WriteUp, write_up_form
from domain.ids import PupilId, StaffId
from domain.permissions import Question
from domain.policy import Force
from domain.refusal import Requirement
from domain.times import day_of
from domain.trip.state import TripState
from domain.visit.events import AppointmentHow
from domain.visit.rules.appointment import minutes_after
from domain.visit.rules.background import asks_agencies
from domain.visit.rules.family import calls_for_one, families_of
from domain.visit.state import VisitState
from projections.earlier_visits import EarlierVisit
from projections.visit_stages import Stage
from projections.visits import Planned


class PupilFound(msgspec.Struct, frozen=True, kw_only=True):
    """One pupil of the visit, and what was found."""

    pupil: PupilChoice
    outcome: str
    """In words; "" while nothing is said."""
    family: str = ""
    """The address of the family details; "" for who may not read them."""


class VisitView(msgspec.Struct, frozen=True, kw_only=True):
    """All that `visit.html` shows beside the timeline."""

    label: str
    stage: Stage
    pupils: tuple[PupilFound, ...]
    purpose: str
    going: tuple[PersonLine, ...]
    watcher: PersonLine | None
    deputy: PersonLine | None
    requested_by: str
    left_with: tuple[str, ...]
    checked: tuple[str, ...]
    """How the list before leaving stands; empty where nobody has gone through it."""
    background: tuple[str, ...]
    """What was looked up about the family, and by whom; empty where nobody has looked."""
    family: tuple[str, ...]
    """Whom to ask for, who answers for the child, numbers and what helps, for those who read what was typed."""
    interpreter: tuple[str, ...]
    """Who interprets; and the language of the home, for those who read what was typed about the family."""
    appointment: tuple[str, ...]
    """The time that was agreed, how, what was settled, and whether it was kept to; or the times offered so far."""
    approvals: tuple[str, ...]
    risks: tuple[ShownAssessment, ...]
    """The risk assessment that counts, after what was reported since, newest first."""
    needed: tuple[NeedCard, ...]
    advice: tuple[NeedCard, ...]
    others_need: tuple[str, ...]
    """What the other doors of the trip still need, in sentences."""
    can_clear: bool
    """Nothing refuses any more but what a written reason answers."""
    reasons: tuple[Requirement, ...]
    """The `should`s, this door's and the others', each of which a written reason answers."""
    actions: tuple[Action, ...]
    write_up: WriteUp | None


def visit_view(me: Acquainted, planned: Planned, earlier: Sequence[EarlierVisit] | None, *, reads: bool) -> VisitView:
    """What the page shows of a visit to this person. `reads`: what was typed about child and family too.

    `earlier`: the visits before it; None where they are not shown.
    """
    desk = desk_of(me, planned, earlier)
    visit, trip, stage = planned.visit, planned.trip, planned.line.stage
    planning = stage is Stage.PLANNING
    refusing = [n for n in (*planned.needs, *planned.others_need) if n.refuses]
    return VisitView(
        label=desk.label,
        stage=stage,
        pupils=tuple(_found(me, planned, pupil) for pupil in visit.pupils),
        purpose=sentence(in_words(visit.purpose)).rstrip("."),
        going=_people(me, tuple(dict.fromkeys((*trip.team, *trip.departed)))),
        watcher=_person(me, trip.watcher),
        deputy=_person(me, trip.deputy),
        requested_by=planned.line.requested_by,
        left_with=tuple(_left_with(me, planned)),
        checked=tuple(gone_through(me, desk.policy, trip, desk.doors)),
        background=tuple(how_it_stands(me, visit)),
        family=tuple(_family(me, visit)) if reads else (),
        interpreter=tuple(who_interprets(me, visit, reads=reads)),
        appointment=tuple(_appointment(planned)),
        approvals=tuple(_approvals(me, planned)),
        risks=tuple(shown(me, desk.policy, trip, visit, reads=reads)),
        needed=need_cards(desk, [n for n in planned.needs if n.refuses and planning]),
        advice=need_cards(desk, [n for n in planned.needs if not n.refuses]),
        others_need=tuple(dict.fromkeys(n.says for n in planned.others_need)),
        can_clear=planning and trip.planned and not any(n.force is Force.MUST for n in refusing),
        reasons=tuple({n.code: n for n in refusing if n.force is Force.SHOULD}.values()),
        actions=() if me.changes_nothing else tuple(_actions(desk, planned)),
        write_up=write_up_form(me, planned) if stage is Stage.TO_WRITE_UP else None,
    )


def _found(me: Acquainted, planned: Planned, pupil: PupilId) -> PupilFound:
    visit = planned.visit
    family = f"/schools/{me.slug}/pupils/{pupil}/family" if me.may(Question.FAMILY) else ""
    found = visit.found.get(pupil)
    words = OUTCOMES[found.outcome] if found else ""
    if pupil in visit.unanswered and visit.no_answer_at is not None:
        words = f"not seen: nobody answered at {hm(visit.no_answer_at)}"
    return PupilFound(pupil=pupil_line(me.directory, pupil), outcome=words, family=family)


def _family(me: Acquainted, visit: VisitState) -> Iterable[str]:
    families = families_of(visit, me.directory.pupils)
    yield from (called(carer) for carer in adults(families))
    for line in (*who_answers_for_the_child(families), *telephones(families), *what_helps(families)):
        yield f"{line[:1].upper()}{line[1:]}"


def _person(me: Acquainted, person: StaffId | None) -> PersonLine | None:
    found = me.directory.people.get(person) if person is not None else None
    return None if found is None else PersonLine(name=found.name, role=role_of(me, found), mobile=found.mobile)


def _people(me: Acquainted, people: Iterable[StaffId]) -> tuple[PersonLine, ...]:
    return tuple(line for line in (_person(me, p) for p in people) if line is not None)


def _left_with(me: Acquainted, planned: Planned) -> Iterable[str]:
    for held in planned.trip.lodged:
        told = me.directory.people.get(held.told) if held.told is not None else None
        yield f"{sentence(role_in_words(held.holder)).rstrip('.')}{f' ({told.name})' if told else ''} at {moment(held.at, me.now)}"


def _appointment(planned: Planned) -> Iterable[str]:
    visit, agreed = planned.visit, planned.visit.appointment
    if visit.childcare_days:
        yield f"The child is at childcare on {listed([CHILDCARE_DAYS[day] for day in visit.childcare_days])}"
    if agreed is None:
        if visit.offered:
            yield f"Offered: {listed([f'{short_day(at)} {hm(at)}' for at in visit.offered])}"
        return
    leave = planned.trip.leave_at
    day = "" if leave is not None and day_of(leave) == day_of(agreed.at) else f" on {short_day(agreed.at)}"
    lasts = f", {agreed.planned_minutes} minutes" if agreed.planned_minutes else ""
    yield f"{hm(agreed.at)}{day}{lasts}, agreed {APPOINTMENT_HOW[agreed.how]}"
    if agreed.how is AppointmentHow.WRITTEN:
        kept = f"Kept {KEPT_AT[agreed.kept_at]}" if agreed.kept_at is not None else "Nobody said where it is kept"
        signed = [who for who, did in (("parents", agreed.parents_signed), ("officer", agreed.officer_signed)) if did]
        yield f"{kept}; {f'signed by {listed(signed)}' if signed else 'not signed'}"
    after = minutes_after(visit)
    if after is not None:
        yield "At the door when agreed" if after == 0 else f"At the door {_minutes(after)}"


def _minutes(after: int) -> str:
    minutes = "1 minute" if abs(after) == 1 else f"{abs(after)} minutes"
    return f"{minutes} {'after' if after > 0 else 'before'} the agreed time"


def _approvals(me: Acquainted, planned: Planned) -> Iterable[str]:
    for approval in planned.visit.approvals:
        who = me.directory.people.get(approval.person)
        phone = "" if approval.typed_by == approval.person else ", by telephone"
        if phone and not approval.confirmed:
            phone = ", by telephone, not confirmed by them yet"
        yield f"{who.name if who else 'somebody'} as {role_in_words(approval.role)} at {moment(approval.at, me.now)}{phone}"


def _about_the_risk(desk: Desk, asked: Collection[str]) -> Iterable[Action]:
    """The school's form again, where it does not stand beside what is still needed (the codes in `asked`)."""
    if desk.visit is not None and not {"risk.assessed", "risk.stale", "risk.high"} & set(asked):
        yield assess_home_visit(desk.me, desk.policy, desk.trip, desk.visit, desk.label)


def _actions(desk: Desk, planned: Planned) -> Iterable[Action]:
    visit, trip, label, stage = planned.visit, planned.trip, desk.label, planned.line.stage
    ahead = stage in (Stage.PLANNING, Stage.CLEARED)
    needs = {n.code.partition(".")[0] for n in planned.needs}
    refusing = {n.code.partition(".")[0] for n in planned.needs if n.refuses}
    if ahead and trip.exists:
        yield from _of_its_trip(desk, needs)
    if ahead:
        yield from _about_the_appointment(desk, visit, trip, asked="appointment" in refusing)
        if visit.childcare_days and "childcare" not in needs:
            yield childcare_days(visit, label)
        yield from _about_the_background(desk, visit, needs)
        yield from _about_the_risk(desk, {n.code for n in planned.needs})
        yield family_declined(visit, label)
        yield correct_request(desk.policy, visit, label)
        if any(a.person == desk.me.id for a in visit.approvals):
            yield take_back_approval(visit, label)
    yield keep_note(visit, label)
    yield raise_concern(visit, label)
    if stage is not Stage.CLOSED and visit.cancelled is None:
        yield cancel_visit(visit, label)
    if ahead and trip.exists and len(trip.visits) == 1:
        yield call_off_trip(trip)


def _of_its_trip(desk: Desk, needs: Collection[str]) -> Iterable[Action]:
    """What of the trip can be changed here, but what stands beside a requirement already."""
    if "team" not in needs:
        yield name_team(desk.me, desk.policy, desk.trip, desk.label)
    if "watcher" not in needs:
        yield name_watcher(desk.me, desk.trip, desk.label)
    if desk.trip.checked is not None and "checks" not in needs:
        yield but_for(desk.policy, desk.trip, desk.doors, desk.label)


def _about_the_background(desk: Desk, visit: VisitState, needs: Collection[str]) -> Iterable[Action]:
    """The forms again, where they are not asked for beside what is still needed."""
    if "background" not in needs:
        yield looked_up(desk.policy, visit, desk.label, desk.earlier.get(visit.id))
        if asks_agencies(desk.policy):
            yield agency_spoken_to(visit, desk.label)
    arranged = visit.interpreting is not None or calls_for_one(desk.policy, visit, desk.me.directory.pupils)
    if arranged and "interpreter" not in needs:
        yield interpreter_comes(visit, desk.label)


def _about_the_appointment(desk: Desk, visit: VisitState, trip: TripState, *, asked: bool) -> Iterable[Action]:
    """`asked`: it is still needed, and the forms that meet it stand there."""
    agreed = visit.appointment
    if agreed is None:
        if not asked:
            yield agree_appointment(desk.policy, visit, trip, desk.label)
            yield offer_times(desk.policy, visit, trip, desk.label)
        return
    if agreed.how is AppointmentHow.WRITTEN and not agreed.signed:
        yield sign_appointment(desk.me, visit, desk.label)
    yield change_appointment(visit, desk.label)
