"""Restricted cases as JSON: for those inside. To anybody else the address of a case is an address of nothing (DV-08)."""

from typing import Annotated
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from api.http.asking import AtLeast, as_json, ask, documented, new_router, refuse_before_settings
from api.identity import Acquainted, runtime_of
from api.permitted import by_program
from api.records import keep_case_shown
from domain.ids import CaseId
from domain.permissions import Question
from domain.refusal import Unknown
from projections import restricted_cases
from projections.restricted_cases import CaseShown, MyCases
from projections.views import View

router = new_router()


@router.get("/cases", summary="Which restricted cases am I part of?", **documented(MyCases))
async def my_cases(
    request: Request, me: Annotated[Acquainted, by_program(Question.CASES)], at_least: AtLeast = 0
) -> Response:
    """Those that this person is inside of, and what they raised themselves, in their own words."""
    runtime = runtime_of(request)

    def question(view: View) -> MyCases:
        return restricted_cases.cases_of(view, me.directory, me.person, me.now)

    refuse_before_settings(me)
    found = await runtime.ask(me.slug, question, restricted_cases.NAME, at_least=at_least)
    for shown in (*found.open, *found.closed):
        await keep_case_shown(runtime, me, Question.CASES, shown.case.case)
    return as_json(found)


@router.get("/cases/{case}", summary="What is this restricted case?", **documented(CaseShown))
async def one_case(
    request: Request, me: Annotated[Acquainted, by_program(Question.CASE)], case: UUID, at_least: AtLeast = 0
) -> Response:
    """One case, to those inside; the same answer to anybody else as where there is none."""
    runtime, known = runtime_of(request), CaseId(case)

    def question(view: View) -> CaseShown | None:
        return restricted_cases.one_case(view, me.directory, me.person, me.now, known)

    if await runtime.ask(me.slug, question, restricted_cases.NAME, at_least=at_least) is None:
        raise Unknown("case")
    read = await keep_case_shown(runtime, me, Question.CASE, known)

    def again(view: View) -> CaseShown:
        found = question(view)
        if found is None:
            raise Unknown("case")
        return found

    return await ask(request, me, again, restricted_cases.NAME, at_least=max(at_least, read))
