"""Who is out, which visits there are, and what they still need."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from fastapi.responses import Response

from api.http.asking import AtLeast, as_json, ask, documented, found, new_router
from api.identity import Acquainted, runtime_of
from api.pages.menu import refuse_unless_opens
from api.permitted import by_program, refuse_unless_may
from api.records import open_record
from api.runtime import Runtime
from domain.access.events import RecordKind
from domain.ids import TripId, VisitId
from domain.permissions import Question
from domain.times import day_of
from projections import approvals, overdue_board, spoken_words, trips, visits
from projections.earlier_visits import EarlierVisit, earlier_visits_here
from projections.oversight import waiting_for_oversight
from projections.views import View
from projections.visit_form import VisitForm, visit_form
from projections.visit_list import VisitList, list_to_sign

router = new_router()


@router.get("/board", summary="Who is out, and are they back?", **documented(overdue_board.Board))
async def board(
    request: Request, me: Annotated[Acquainted, by_program(Question.BOARD)], at_least: AtLeast = 0
) -> Response:
    """Every trip that is not over, most urgent first, with what to do now."""
    name = overdue_board.NAME
    return await ask(request, me, lambda view: overdue_board.board(view, me.directory, me.now), name, at_least=at_least)


@router.get("/trips/{trip}", summary="What does this trip still need?", **documented(trips.PlannedTrip))
async def one_trip(
    request: Request, me: Annotated[Acquainted, by_program(Question.TRIP)], trip: UUID, at_least: AtLeast = 0
) -> Response:
    """A trip with its doors in order, and what the sign-out and each door still need.

    Its own people see it, and those who see all visits.
    """

    def question(view: View) -> trips.PlannedTrip:
        planned = found(trips.one_trip(view, me.directory, me.now, TripId(trip)), "trip")
        refuse_unless_opens(me, planned.trip, (door.visit for door in planned.doors))
        return planned

    return await ask(request, me, question, visits.NAME, at_least=at_least)


@router.get("/trips", summary="Which visits are on no trip yet?", **documented(tuple[visits.VisitLine, ...]))
async def to_plan(
    request: Request, me: Annotated[Acquainted, by_program(Question.TRIPS_TO_PLAN)], at_least: AtLeast = 0
) -> Response:
    """Visits that wait for a trip, the oldest first; trips that are planned or out are on the board."""
    return await ask(
        request, me, lambda view: trips.without_trip(view, me.directory, me.now), visits.NAME, at_least=at_least
    )


@router.get("/visits", summary="Which visits are there?", **documented(visits.VisitPage))
async def visit_list(
    request: Request,
    me: Annotated[Acquainted, by_program(Question.MY_VISITS)],
    which: visits.Filter = visits.Filter.MINE,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    at_least: AtLeast = 0,
) -> Response:
    """A page of visits, newest first. Everybody sees those they asked for or go on."""
    if which is not visits.Filter.MINE:
        refuse_unless_may(me, Question.VISITS)

    def question(view: View) -> visits.VisitPage:
        return visits.visit_list(view, me.directory, me.now, which, me.id, page)

    return await ask(request, me, question, visits.NAME, at_least=at_least)


@router.get("/visits/{visit}", summary="What does this visit still need?", **documented(visits.Planned))
async def one_visit(
    request: Request, me: Annotated[Acquainted, by_program(Question.VISIT)], visit: UUID, at_least: AtLeast = 0
) -> Response:
    """A visit with its trip and all that is still needed. Its own people see it, and those who see all visits.

    That somebody read it is kept before the answer leaves.
    """
    return as_json(await _opened(runtime_of(request), me, VisitId(visit), at_least))


@router.get(
    "/visits/{visit}/earlier",
    summary="Which visits to these pupils or this address were there before?",
    **documented(tuple[EarlierVisit, ...]),
)
async def earlier(
    request: Request, me: Annotated[Acquainted, by_program(Question.VISIT)], visit: UUID, at_least: AtLeast = 0
) -> Response:
    """The earlier visits that are in this log, the newest first, for whoever looks the background up.

    Open to those who may open the visit, and kept as a reading of it.
    """
    runtime, known = runtime_of(request), VisitId(visit)
    planned = await _opened(runtime, me, known, at_least)
    return as_json(await runtime.ask(me.slug, lambda view: earlier_visits_here(view, planned.visit), visits.NAME))


async def _opened(runtime: Runtime, me: Acquainted, visit: VisitId, at_least: int) -> visits.Planned:
    """A visit for its own people and those who see all visits; that it was read is kept before the answer leaves."""

    def question(view: View) -> visits.Planned:
        return found(visits.one_visit(view, me.directory, me.now, visit), "visit")

    planned = await runtime.ask(me.slug, question, visits.NAME, at_least=at_least)
    own = {planned.visit.requested_by, planned.trip.watcher, planned.trip.deputy, *planned.trip.team}
    theirs = me.id in own and not me.only_reads
    await open_record(runtime, me, Question.VISIT, visit, kind=RecordKind.VISIT, theirs=theirs)
    return planned


@router.get("/visit-list", summary="Which visits does the headteacher sign?", **documented(VisitList))
async def to_sign(
    request: Request, me: Annotated[Acquainted, by_program(Question.VISIT_LIST)], at_least: AtLeast = 0
) -> Response:
    """Every visit that nobody has left for, with pupils, parents, contacts and attendance; empty where the policy has no list."""
    return await ask(request, me, lambda view: list_to_sign(view, me.directory, me.now), visits.NAME, at_least=at_least)


@router.get("/visit-form", summary="Which visits stand on the office's form of a day?", **documented(VisitForm))
async def form_of_a_day(
    request: Request,
    me: Annotated[Acquainted, by_program(Question.VISIT_FORM)],
    day: date | None = None,
    at_least: AtLeast = 0,
) -> Response:
    """Every visit of a London day that is OK to go or under way, as the school's form has it; empty where it has none.

    Without `day`: today.
    """

    def question(view: View) -> VisitForm:
        return visit_form(view, me.directory, me.now, day or day_of(me.now))

    return await ask(request, me, question, visits.NAME, at_least=at_least)


@router.get("/approvals", summary="What waits for my yes?", **documented(tuple[approvals.Waiting, ...]))
async def waiting(
    request: Request, me: Annotated[Acquainted, by_program(Question.APPROVALS)], at_least: AtLeast = 0
) -> Response:
    """The visits that this person's yes would bring on now; the soonest to leave first."""

    def question(view: View) -> tuple[approvals.Waiting, ...]:
        return approvals.waiting_for(view, me.directory, me.now, me.person)

    return await ask(request, me, question, visits.NAME, at_least=at_least)


@router.get(
    "/oversight",
    summary="Which risk assessments wait for me to oversee them?",
    **documented(tuple[visits.Planned, ...]),
)
async def to_oversee(
    request: Request, me: Annotated[Acquainted, by_program(Question.APPROVALS)], at_least: AtLeast = 0
) -> Response:
    """The visits being planned whose assessment somebody else made and nobody has overseen; the soonest to leave first."""

    def question(view: View) -> tuple[visits.Planned, ...]:
        return waiting_for_oversight(view, me.directory, me.now, me.person)

    return await ask(request, me, question, visits.NAME, at_least=at_least)


@router.get("/spoken-words", summary="What did others type as my word?", **documented(tuple[spoken_words.Spoken, ...]))
async def my_word(
    request: Request, me: Annotated[Acquainted, by_program(Question.MY_WORD)], at_least: AtLeast = 0
) -> Response:
    """What waits for this person's yes or no: it was said by telephone and typed by somebody else."""
    name = spoken_words.NAME
    return await ask(request, me, lambda view: spoken_words.awaiting_my_word(view, me.id), name, at_least=at_least)
