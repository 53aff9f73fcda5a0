"""What goes out as evidence: everything held about one person, and the signed checkpoint that covers the log."""

import asyncio
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import HTTPException, Query, Request
from fastapi.responses import Response

from api.checkpoints import Covering, covering
from api.http.asking import as_json, documented, new_router
from api.http.documents import IDENTITY, PROBLEMS
from api.identity import Acquainted, runtime_of
from api.pages.governors import asked_term, checkpoint_file, term_checkpoint
from api.pages.settings_first import settings_of
from api.permitted import by_program
from api.subject_access import Kind, SubjectAccess, subject_access
from domain.permissions import Question

router = new_router()

_NOTE: Final = "text/plain; charset=utf-8"
_A_NOTE: Final[dict[str, Any]] = {
    "response_model": None,
    "openapi_extra": {"parameters": [IDENTITY]},
    "responses": {
        200: {
            "description": "A signed note (c2sp.org/tlog-checkpoint). `doorstep log verify --evidence` takes it.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        **{status: says for status, says in PROBLEMS.items() if status in {401, 403, 404, 422, 503}},
    },
}


@router.post(
    "/subject-access/{kind}/{subject}",
    summary="Make a subject access export",
    **{**documented(SubjectAccess), "responses": {**documented(SubjectAccess)["responses"], 409: PROBLEMS[409]}},
)
async def export(
    request: Request, me: Annotated[Acquainted, by_program(Question.SUBJECT_ACCESS)], kind: Kind, subject: UUID
) -> Response:
    """Everything held about one pupil or member of staff, in words, with what may be about others marked to check.

    That it was made, or that somebody was turned away, is kept on the person's record before the answer leaves. While an
    alarm about the log stands it is refused: what somebody altered is given out to nobody.
    """
    return as_json(await subject_access(runtime_of(request), me, kind, subject))


@router.get("/checkpoint", summary="Which checkpoint covers the log?", **_A_NOTE)
async def checkpoint(
    request: Request,
    me: Annotated[Acquainted, by_program(Question.CHECKPOINT)],
    index: Annotated[
        int | None,
        Query(
            ge=1,
            le=2**63 - 1,
            description="The first checkpoint over this entry, the same whenever it is asked for; the last entry if left out.",
        ),
    ] = None,
) -> Response:
    """The signed checkpoint, to be kept outside the school. There is nobody's data in it.

    404 where no checkpoint covers the entry yet: ask again in a moment.
    """
    runtime = runtime_of(request)

    def found() -> Covering:
        return covering(runtime, me.slug, index or max(runtime.store.sealed(me.slug).sealed, 1))

    covered = await asyncio.to_thread(found)
    if not covered.note:
        raise HTTPException(404, covered.says)
    return Response(covered.note, media_type=_NOTE)


@router.get("/governors-report/{term}/checkpoint", summary="Which checkpoint covers the report of a term?", **_A_NOTE)
async def report_checkpoint(
    request: Request, me: Annotated[Acquainted, by_program(Question.CHECKPOINT)], term: str
) -> Response:
    """The checkpoint that the report of a term ends with: the same as long as the report is the same."""
    settings_of(me)
    wanted = asked_term(me, term)
    return checkpoint_file(me, wanted, await asyncio.to_thread(term_checkpoint, runtime_of(request), me, wanted, 0))
