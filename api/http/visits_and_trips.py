"""Who is out, which visits there are, and what they still need."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from fastapi.responses import Response

from api.http.asking import AtLeast, Caller, as_json, ask, documented, found, new_router
from api.identity import runtime_of
from api.pages.menu import Area, refuse_unless_opens, refuse_unless_seen
from api.records import open_record
from domain.ids import TripId, VisitId
from projections import approvals, overdue_board, spoken_words, trips, visits
from projections.views import View

router = new_router()


@router.get("/board", summary="Who is out, and are they back?", **documented(overdue_board.Board))
async def board(request: Request, me: Caller, at_least: AtLeast = 0) -> Response:
    """Every trip that is not over, most urgent first, with what to do now."""
    refuse_unless_seen(me, Area.BOARD)
    name = overdue_board.NAME
    return await ask(request, me, lambda view: overdue_board.board(view, me.directory, me.now), name, at_least=at_least)


@router.get("/trips/{trip}", summary="What does this trip still need?", **documented(trips.PlannedTrip))
async def one_trip(request: Request, me: Caller, trip: UUID, at_least: AtLeast = 0) -> Response:
    """A trip with its doors in order, and what the sign-out and each door still need.

    Its own people see it, and those who see all visits.
    """
    refuse_unless_seen(me, Area.BOARD)

    def question(view: View) -> trips.PlannedTrip:
        planned = found(trips.one_trip(view, me.directory, me.now, TripId(trip)), "trip")
        refuse_unless_opens(me, planned.trip, (door.visit for door in planned.doors))
        return planned

    return await ask(request, me, question, visits.NAME, at_least=at_least)


@router.get("/trips", summary="Which visits are on no trip yet?", **documented(tuple[visits.VisitLine, ...]))
async def to_plan(request: Request, me: Caller, at_least: AtLeast = 0) -> Response:
    """Visits that wait for a trip, the oldest first; trips that are planned or out are on the board."""
    refuse_unless_seen(me, Area.BOARD)
    return await ask(
        request, me, lambda view: trips.without_trip(view, me.directory, me.now), visits.NAME, at_least=at_least
    )


@router.get("/visits", summary="Which visits are there?", **documented(visits.VisitPage))
async def visit_list(
    request: Request,
    me: Caller,
    which: visits.Filter = visits.Filter.MINE,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    at_least: AtLeast = 0,
) -> Response:
    """A page of visits, newest first. Everybody sees those they asked for or go on."""
    refuse_unless_seen(me, Area.MY_TRIPS if which is visits.Filter.MINE else Area.VISITS)

    def question(view: View) -> visits.VisitPage:
        return visits.visit_list(view, me.directory, me.now, which, me.id, page)

    return await ask(request, me, question, visits.NAME, at_least=at_least)


@router.get("/visits/{visit}", summary="What does this visit still need?", **documented(visits.Planned))
async def one_visit(request: Request, me: Caller, visit: UUID, at_least: AtLeast = 0) -> Response:
    """A visit with its trip and all that is still needed. Its own people see it, and those who see all visits.

    That somebody read it is kept before the answer leaves.
    """
    runtime, known = runtime_of(request), VisitId(visit)

    def question(view: View) -> visits.Planned:
        return found(visits.one_visit(view, me.directory, me.now, known), "visit")

    planned = await runtime.ask(me.slug, question, visits.NAME, at_least=at_least)
    own = {planned.visit.requested_by, planned.trip.watcher, planned.trip.deputy, *planned.trip.team}
    area = Area.MY_TRIPS if me.id in own else Area.VISITS
    await open_record(runtime, me, area, known, kind="visit", what="visit")
    return as_json(planned)


@router.get("/approvals", summary="What waits for my yes?", **documented(tuple[approvals.Waiting, ...]))
async def waiting(request: Request, me: Caller, at_least: AtLeast = 0) -> Response:
    """The visits that this person's yes would bring on now; the soonest to leave first."""
    refuse_unless_seen(me, Area.APPROVALS)

    def question(view: View) -> tuple[approvals.Waiting, ...]:
        return approvals.waiting_for(view, me.directory, me.now, me.person)

    return await ask(request, me, question, visits.NAME, at_least=at_least)


@router.get("/spoken-words", summary="What did others type as my word?", **documented(tuple[spoken_words.Spoken, ...]))
async def my_word(request: Request, me: Caller, at_least: AtLeast = 0) -> Response:
    """What waits for this person's yes or no: it was said by telephone and typed by somebody else."""
    refuse_unless_seen(me, Area.BOARD)
    name = spoken_words.NAME
    return await ask(request, me, lambda view: spoken_words.awaiting_my_word(view, me.id), name, at_least=at_least)
