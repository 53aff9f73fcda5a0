"""What the DSL asks: histories, children not seen or alone, concerns, deviations. Reading a record is kept first."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import Request
from fastapi.responses import Response

from api.http.asking import (
    AtLeast,
    KnownAt,
    as_json,
    ask,
    documented,
    found,
    new_router,
    read_instant,
    refuse_before_settings,
)
from api.identity import Acquainted, runtime_of
from api.permitted import by_program
from api.records import keep_shown, open_looks, open_record, refuse_unless_opens
from domain.access.events import RecordKind
from domain.ids import ConcernId, PupilId, VisitId
from domain.permissions import Question
from projections import (
    children_alone,
    children_not_seen,
    concerns,
    deviations,
    dsl_history,
    pupil_chronology,
    who_looked,
)
from projections.views import View

router = new_router()


@router.get("/visits/{visit}/history", summary="What happened at this visit?", **documented(dsl_history.VisitHistory))
async def history(
    request: Request,
    me: Annotated[Acquainted, by_program(Question.HISTORY)],
    visit: UUID,
    known_at: KnownAt = None,
    at_least: AtLeast = 0,
) -> Response:
    """All events of a visit, its trips and its concerns, with both times, actor, role and corrections.

    That somebody read it, or was turned away, is kept before the answer leaves.
    """
    as_known, known = read_instant(known_at, "known_at"), VisitId(visit)
    runtime = runtime_of(request)
    refuse_unless_opens(me, Question.HISTORY)

    def question(view: View) -> dsl_history.VisitHistory:
        return found(dsl_history.visit_history(view, me.directory, known, me.now, as_known), "visit")

    refuse_before_settings(me)
    least = max(at_least, runtime.changed(me.slug))
    history = await runtime.ask(me.slug, question, dsl_history.NAME, at_least=least)
    await keep_shown(runtime, me, Question.HISTORY, RecordKind.VISIT, known, history.visit.pupils)
    return as_json(history)


@router.get(
    "/pupils/{pupil}/chronology",
    summary="What happened about this child?",
    **documented(pupil_chronology.PupilChronology),
)
async def chronology(
    request: Request,
    me: Annotated[Acquainted, by_program(Question.CHRONOLOGY)],
    pupil: UUID,
    known_at: KnownAt = None,
    at_least: AtLeast = 0,
) -> Response:
    """Everything about one child, in the order things happened. That somebody read it is kept first."""
    as_known, known = read_instant(known_at, "known_at"), PupilId(pupil)
    read = await open_record(runtime_of(request), me, Question.CHRONOLOGY, known, kind=RecordKind.PUPIL)

    def question(view: View) -> pupil_chronology.PupilChronology:
        return found(pupil_chronology.pupil_chronology(view, me.directory, known, me.now, as_known), "pupil")

    return await ask(request, me, question, dsl_history.NAME, at_least=max(at_least, read))


@router.get("/pupils/{pupil}/who-looked", summary="Who looked at this child?", **documented(who_looked.WhoLooked))
async def looked_at_pupil(
    request: Request, me: Annotated[Acquainted, by_program(Question.WHO_LOOKED)], pupil: UUID
) -> Response:
    """Every reading, list, search, export and refusal, newest first. That somebody asked is kept first, and is in it."""
    known = PupilId(pupil)
    read = await open_looks(runtime_of(request), me, known, kind=RecordKind.PUPIL)
    names = (who_looked.NAME, dsl_history.NAME)
    return await ask(request, me, lambda view: who_looked.at_pupil(view, me.directory, known), *names, at_least=read)


@router.get("/visits/{visit}/who-looked", summary="Who looked at this visit?", **documented(who_looked.WhoLooked))
async def looked_at_visit(
    request: Request, me: Annotated[Acquainted, by_program(Question.WHO_LOOKED)], visit: UUID
) -> Response:
    """Every reading of a visit, its trips and its concerns, newest first. That somebody asked is kept first."""
    known = VisitId(visit)
    read = await open_looks(runtime_of(request), me, known, kind=RecordKind.VISIT)
    names = (who_looked.NAME, dsl_history.NAME)
    return await ask(request, me, lambda view: who_looked.at_visit(view, me.directory, known), *names, at_least=read)


@router.get("/concerns/{concern}/who-looked", summary="Who looked at this concern?", **documented(who_looked.WhoLooked))
async def looked_at_concern(
    request: Request, me: Annotated[Acquainted, by_program(Question.WHO_LOOKED)], concern: UUID
) -> Response:
    """Every reading of a concern, newest first. That somebody asked is kept first."""
    known = ConcernId(concern)
    read = await open_looks(runtime_of(request), me, known, kind=RecordKind.CONCERN)
    name = who_looked.NAME
    return await ask(request, me, lambda view: who_looked.at_concern(view, me.directory, known), name, at_least=read)


@router.get("/children-not-seen", summary="Who was not seen?", **documented(children_not_seen.ChildrenNotSeen))
async def not_seen(
    request: Request, me: Annotated[Acquainted, by_program(Question.DSL)], at_least: AtLeast = 0
) -> Response:
    """Children who were not seen: those that wait for a decision the same day first."""
    name = children_not_seen.NAME
    return await ask(
        request,
        me,
        lambda view: children_not_seen.children_not_seen(view, me.directory, me.now),
        name,
        at_least=at_least,
    )


@router.get("/children-alone", summary="Who was found alone?", **documented(tuple[children_alone.ChildAlone, ...]))
async def alone(
    request: Request, me: Annotated[Acquainted, by_program(Question.DSL)], at_least: AtLeast = 0
) -> Response:
    """Children found without an adult: those still alone first."""
    name = children_alone.NAME
    return await ask(
        request, me, lambda view: children_alone.children_alone(view, me.directory), name, at_least=at_least
    )


@router.get("/concerns", summary="Which concerns are there?", **documented(concerns.Concerns))
async def concern_list(
    request: Request, me: Annotated[Acquainted, by_program(Question.DSL)], at_least: AtLeast = 0
) -> Response:
    """Open concerns, then those that were acted on. What was written is left out: `concerns/{concern}` has it."""

    def question(view: View) -> concerns.Concerns:
        every = concerns.concerns(view, me.directory)
        return concerns.Concerns(
            open=tuple(_unwritten(one) for one in every.open), actioned=tuple(_unwritten(one) for one in every.actioned)
        )

    return await ask(request, me, question, concerns.NAME, at_least=at_least)


@router.get("/concerns/{concern}", summary="What is this concern?", **documented(concerns.Concern))
async def one_concern(
    request: Request, me: Annotated[Acquainted, by_program(Question.CONCERN)], concern: UUID, at_least: AtLeast = 0
) -> Response:
    """One concern, with what was written and done. That somebody read it is kept before the answer leaves."""
    known = ConcernId(concern)
    read = await open_record(runtime_of(request), me, Question.CONCERN, known, kind=RecordKind.CONCERN)

    def question(view: View) -> concerns.Concern:
        return found(concerns.one_concern(view, me.directory, known), "concern")

    return await ask(request, me, question, concerns.NAME, at_least=max(at_least, read))


@router.get("/deviations", summary="What was not as policy?", **documented(deviations.Deviations))
async def deviation_list(
    request: Request, me: Annotated[Acquainted, by_program(Question.DSL)], at_least: AtLeast = 0
) -> Response:
    """What was done otherwise than the policy says, and Doorstep advice not followed; newest first."""
    name = deviations.NAME
    return await ask(request, me, lambda view: deviations.deviations(view, me.directory), name, at_least=at_least)


def _unwritten(concern: concerns.Concern) -> concerns.Concern:
    """A concern without anything that somebody wrote in it."""
    actions = tuple(msgspec.structs.replace(action, action="", why="") for action in concern.actions)
    return msgspec.structs.replace(concern, text="", child_described="", actions=actions)
