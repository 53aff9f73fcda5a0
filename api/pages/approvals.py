"""Waiting for my approval, approvals that came by telephone, and words that others typed for me."""

from collections.abc import Iterable, Mapping
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.identity import Acquainted, runtime_of
from api.pages.assessing import ShownAssessment, oversee, shown
from api.pages.choices import PupilChoice, names_of, pupil_line, role_of
from api.pages.flash import at_least
from api.pages.frame import page
from api.pages.menu import Area, may_see
from api.pages.parts import Action, Input, PersonLine
from api.pages.plan_actions import approve, approved_by_phone, not_approve
from api.pages.plan_desk import Desk, desk_of
from api.pages.visit_list import has_list
from api.pages.wording import describe_event
from api.pages.words import in_words, role_in_words, roles_in_words, sentence
from api.permitted import by_page
from domain.envelope import Recorded
from domain.ids import StreamKind, VisitId
from domain.permissions import OFFICE, Question
from domain.refusal import NotPermitted
from domain.trip.state import TripState
from domain.visit.rules.approval import slots
from projections import spoken_words, visits
from projections.approvals import earlier_visits, waiting_for
from projections.oversight import waiting_for_oversight
from projections.spoken_words import Spoken, awaiting_my_word, disowned, unanswered_past_their_day
from projections.views import View
from projections.visits import Planned, VisitLine, being_planned, states

router = APIRouter(include_in_schema=False)


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One visit that waits, with all that an approver needs."""

    line: VisitLine
    label: str
    purpose: str
    why: str
    """What the person who asked wrote."""
    on_site: str
    pupils: tuple[PupilChoice, ...]
    address: str
    going: tuple[PersonLine, ...]
    earlier: int
    given: tuple[str, ...]
    """The approvals there are already."""
    asked: str
    """What approvals the policy asks for, in words."""
    as_whom: str
    """ "as the DSL, deputising for Sunita Rao"."""
    i_go: bool
    """The person who looks is going on it: somebody who stays behind must approve it as well."""
    risks: tuple[ShownAssessment, ...]
    """The risk assessment, to be weighed; what was typed in it where the person decides."""
    actions: tuple[Action, ...]


class Oversight(msgspec.Struct, frozen=True, kw_only=True):
    """One risk assessment that waits for somebody senior, as it was made."""

    line: VisitLine
    label: str
    going: tuple[PersonLine, ...]
    risks: tuple[ShownAssessment, ...]
    actions: tuple[Action, ...]


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """A spoken word that waits for a yes or a no."""

    title: str
    body: str
    where: str
    spoken: Spoken
    said_by: str
    typed_by: str
    actions: tuple[Action, ...]


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """The words on a page: mine, and for the DSL those that nobody stood by."""

    mine: tuple[Word, ...]
    past: tuple[Word, ...] = ()
    denied: tuple[Word, ...] = ()


@router.get("/schools/{school}/approvals")
def approvals(request: Request, me: Annotated[Acquainted, by_page(Question.APPROVALS)]) -> HTMLResponse:
    """The visits that wait for this person's yes, or for them to oversee the risk; for the office, those approved by telephone."""
    runtime = runtime_of(request)
    with runtime.view(me.slug, visits.NAME, spoken_words.NAME, at_least=at_least(request)) as view:
        mine = waiting_for(view, me.directory, me.now, me.person)
        cards = tuple(_card(view, me, w.planned, w.role, w.deputising_for) for w in mine)
        seen = {w.planned.visit.id for w in mine}
        others = (p for p in being_planned(view, me.directory, me.now) if p.line.waits_for_approval)
        by_phone = tuple(
            _card(view, me, planned) for planned in others if planned.visit.id not in seen and me.fills(*OFFICE)
        )
        overseeing = tuple(_oversight(me, one) for one in waiting_for_oversight(view, me.directory, me.now, me.person))
        words = _words(request, view, me)
    return page(
        request,
        me,
        "approvals.html",
        overseeing=overseeing,
        cards=cards,
        by_phone=by_phone,
        sees_office=me.fills(*OFFICE),
        words=words,
        visit_list=has_list(me),
        counts={Area.APPROVALS: len(cards) + len(overseeing)},
    )


@router.get("/schools/{school}/my-word")
def my_word(request: Request, me: Annotated[Acquainted, by_page(Question.MY_WORD)]) -> HTMLResponse:
    """What others typed as this person's word today; for the DSL also what nobody stood by."""
    if me.only_reads:
        message = "Nothing is typed in a governor's name"
        raise NotPermitted(message)
    with runtime_of(request).view(me.slug, spoken_words.NAME, visits.NAME, at_least=at_least(request)) as view:
        words = _words(request, view, me)
    return page(request, me, "my_word.html", words=words, sees_all=may_see(me, Area.DSL))


def _card(view: View, me: Acquainted, planned: Planned, role: str = "", deputising_for: object = None) -> Card:
    desk, visit, trip = desk_of(me, planned), planned.visit, planned.trip
    asked = " and ".join(roles_in_words(slot) for slot in slots(desk.policy, visit))
    absent = next((p.name for p in me.directory.people.values() if p.id == deputising_for), "")
    given = (me.directory.people.get(a.person) for a in visit.approvals)
    return Card(
        line=planned.line,
        label=desk.label,
        purpose=sentence(in_words(visit.purpose)).rstrip("."),
        why=visit.purpose_text,
        on_site=visit.place.replace("_", " "),
        pupils=tuple(pupil_line(me.directory, p) for p in visit.pupils),
        address=visit.address,
        going=_going(me, trip),
        earlier=earlier_visits(view, visit),
        given=tuple(p.name for p in given if p is not None),
        asked=asked,
        as_whom=f"as {role_in_words(role)}{f', deputising for {absent}' if absent else ''}" if role else "",
        i_go=me.id in trip.team,
        risks=tuple(shown(me, desk.policy, trip, visit, reads=bool(role))),
        actions=tuple(_actions(me, desk)),
    )


def _oversight(me: Acquainted, planned: Planned) -> Oversight:
    desk, visit, trip = desk_of(me, planned), planned.visit, planned.trip
    return Oversight(
        line=planned.line,
        label=desk.label,
        going=_going(me, trip),
        risks=tuple(shown(me, desk.policy, trip, visit, reads=True)),
        actions=tuple(oversee(me, desk.policy, trip, visit, desk.label)),
    )


def _going(me: Acquainted, trip: TripState) -> tuple[PersonLine, ...]:
    people = (me.directory.people.get(p) for p in trip.team)
    return tuple(PersonLine(name=p.name, role=role_of(me, p), mobile=p.mobile) for p in people if p is not None)


def _actions(me: Acquainted, desk: Desk) -> Iterable[Action]:
    if desk.visit is None:
        return
    if desk.may_say_yes:
        yield approve(desk.policy, desk.visit, desk.label)
        yield not_approve(desk.visit, desk.label)
    others = [p for p in desk.who if p.id != me.id]
    if others and me.fills(*OFFICE):
        yield approved_by_phone(me, desk.policy, desk.visit, desk.label, others)


def _words(request: Request, view: View, me: Acquainted) -> Words:
    mine = awaiting_my_word(view, me.id)
    past = unanswered_past_their_day(view, me.now) if may_see(me, Area.DSL) else ()
    denied = disowned(view) if may_see(me, Area.DSL) else ()
    places = _places(view, me, (*mine, *past, *denied))
    log = runtime_of(request).store.log(me.slug)

    def worded(found: Iterable[Spoken], *, answers: bool) -> Iterable[Word]:
        for spoken in found:
            recorded = log.event(spoken.event)
            if recorded is not None:
                yield _word(me, spoken, recorded, places.get(spoken.stream, ""), answers=answers)

    return Words(
        mine=tuple(worded(mine, answers=True)),
        past=tuple(worded((s for s in past if s.said_by != me.id), answers=False)),
        denied=tuple(worded(denied, answers=False)),
    )


def _places(view: View, me: Acquainted, words: Iterable[Spoken]) -> Mapping[UUID, str]:
    """Whom and where, for each visit or trip that somebody spoke of."""
    doors: dict[UUID, tuple[VisitId, ...]] = {}
    for spoken in words:
        if spoken.stream_kind is StreamKind.VISIT:
            doors[spoken.stream] = (VisitId(spoken.stream),)
        elif spoken.stream_kind is StreamKind.TRIP:
            trip = view.one(visits.NAME, "trip", spoken.stream, TripState)
            doors[spoken.stream] = trip.visits if trip is not None else ()
    known = states(view, [v for found in doors.values() for v in found])
    return {
        stream: "; ".join(f"{names_of(me.directory, known[v].pupils)}, {known[v].street}" for v in found if v in known)
        for stream, found in doors.items()
    }


def _word(me: Acquainted, spoken: Spoken, recorded: Recorded, where: str, *, answers: bool) -> Word:
    people = me.directory.people
    words = describe_event(recorded, me.directory)
    actions = (
        Action(
            label="Yes, I said that",
            command="confirm-spoken-word",
            fields={
                "event": str(spoken.event),
                "says": f"Confirmed: {words.title.lower()}{f', {where}' if where else ''}",
            },
            style="primary",
        ),
        Action(
            label="I never said that",
            command="disown-spoken-word",
            fields={"event": str(spoken.event), "says": "Kept: you never said that. It is shown to the DSL"},
            confirm=f"You never said this: {words.body} It is shown to the DSL",
            inputs=(Input(name="reason", label="Anything to add"),),
            button="I never said that",
            style="warning",
        ),
    )
    said_by, typed_by = people.get(spoken.said_by), people.get(spoken.typed_by)
    return Word(
        title=words.title,
        body=words.body,
        where=where,
        spoken=spoken,
        said_by=said_by.name if said_by else "somebody",
        typed_by=typed_by.name if typed_by else "somebody",
        actions=actions if answers else (),
    )
