"""The list of visits, one visit, and moving a visit to the right pupil."""

from collections.abc import Mapping
from typing import Annotated, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.identity import Acquainted, runtime_of
from api.pages.background_actions import MOST_EARLIER
from api.pages.choices import find_pupils
from api.pages.flash import at_least
from api.pages.frame import page
from api.pages.menu import Area, may_see
from api.pages.reading_visits import may_open, reads_notes, state_of, wrote
from api.pages.timeline import timeline_items
from api.pages.visit_list import has_list
from api.pages.visit_model import visit_view
from api.pages.words import in_words, sentence
from api.permitted import by_page, refuse_unless_may
from api.records import may_read
from domain.ids import VisitId
from domain.permissions import Question
from domain.refusal import NotPermitted, Unknown
from domain.visit.rules.approval import awaited_from
from domain.visit.rules.risk import awaits_oversight
from projections import dsl_history, visits
from projections.dsl_history import VisitHistory, visit_history
from projections.earlier_visits import earlier_visits_here
from projections.views import View
from projections.visits import Filter, Planned, VisitLine, one_visit, visit_list

router = APIRouter(include_in_schema=False)

TABS: Final[Mapping[Filter, str]] = {
    Filter.OPEN: "Open",
    Filter.MINE: "Mine",
    Filter.APPROVAL: "Waiting for approval",
    Filter.WRITE_UP: "To write up",
    Filter.ALL: "All",
}


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One visit of the list."""

    line: VisitLine
    state: str
    purpose: str


@router.get("/schools/{school}/visits")
def listing(
    request: Request,
    me: Annotated[Acquainted, by_page(Question.MY_VISITS)],
    show: str = "",
    number: Annotated[int, Query(alias="page")] = 1,
) -> HTMLResponse:
    """The visits, newest first; whoever may not see all of them sees their own."""
    sees_all = may_see(me, Area.VISITS)
    if not sees_all and (me.only_reads or show not in ("", Filter.MINE)):
        refuse_unless_may(me, Question.VISITS)
    which = Filter(show) if show in set(Filter) else (Filter.OPEN if sees_all else Filter.MINE)
    number = max(1, min(number, 10_000))
    with runtime_of(request).view(me.slug, visits.NAME, at_least=at_least(request)) as view:
        found = visit_list(view, me.directory, me.now, which, me.id, number)
        unreadable = len(view.quarantined(visits.NAME))
    return page(
        request,
        me,
        "visits.html",
        rows=tuple(Row(line=line, state=state_of(line), purpose=in_words(line.purpose)) for line in found.lines),
        found=found,
        which=which,
        tabs=tuple((tab.value, words) for tab, words in TABS.items() if sees_all or tab is Filter.MINE),
        unreadable=unreadable,
        visit_list=has_list(me),
    )


@router.get("/schools/{school}/visits/{visit}")
async def one(request: Request, visit: UUID, me: Annotated[Acquainted, by_page(Question.VISIT)]) -> HTMLResponse:
    """One visit, with what was typed about it for those who may read that."""
    runtime, least = runtime_of(request), at_least(request)
    planned = await runtime.ask(me.slug, lambda view: _known(view, me, visit), visits.NAME, at_least=least)
    policy = me.directory.policy_at(me.now)
    says_yes = awaited_from(policy, planned.visit, planned.trip.team, me.person, me.now)
    awaited = (says_yes or awaits_oversight(policy, planned.visit, planned.trip, me.person, me.now)) is not None
    if not may_open(me, planned, awaited=awaited):
        message = "This visit is open to those who plan visits, and to everybody who has a part in it"
        raise NotPermitted(message)
    reads = reads_notes(me, planned.visit, planned.trip, awaited=awaited)
    history = await runtime.ask(me.slug, lambda view: _history(view, me, visit), dsl_history.NAME, at_least=least)
    earlier = None
    if reads or may_see(me, Area.VISITS):
        earlier = await runtime.ask(me.slug, lambda view: earlier_visits_here(view, planned.visit), visits.NAME)
    streets = {v.id: v.street for v in (planned.visit, *planned.other_doors)}
    lines = history.lines if history is not None else ()
    return page(
        request,
        me,
        "visit.html",
        planned=planned,
        view=visit_view(me, planned, earlier, reads=reads),
        state=state_of(planned.line),
        reads=reads,
        earlier=earlier,
        most_earlier=MOST_EARLIER,
        history=f"/schools/{me.slug}/visits/{visit}/history" if may_read(me) else "",
        others=tuple((str(v.id), v.street) for v in planned.other_doors),
        items=timeline_items(lines, me.directory, streets, lambda line: reads or wrote(me, line)),
    )


@router.get("/schools/{school}/visits/{visit}/move")
def move(
    request: Request, visit: UUID, me: Annotated[Acquainted, by_page(Question.VISIT)], q: str = ""
) -> HTMLResponse:
    """Find the right pupil for a visit that was asked for the wrong one."""
    with runtime_of(request).view(me.slug, visits.NAME) as view:
        planned = _known(view, me, visit)
    if not may_open(me, planned, awaited=False):
        refuse_unless_may(me, Question.VISITS)
    chosen = frozenset(str(p) for p in planned.visit.pupils)
    return page(
        request,
        me,
        "visit_move.html",
        visit=planned.visit,
        found=find_pupils(me.directory, q[:200], chosen),
        street=planned.visit.street,
        purpose=sentence(in_words(planned.visit.purpose)),
    )


def _known(view: View, me: Acquainted, visit: UUID) -> Planned:
    found = one_visit(view, me.directory, me.now, VisitId(visit))
    if found is None:
        raise Unknown("visit")
    return found


def _history(view: View, me: Acquainted, visit: UUID) -> VisitHistory | None:
    return visit_history(view, me.directory, VisitId(visit), me.now)
