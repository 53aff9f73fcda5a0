"""The frame of every question: who asks, how new the answer must be, and how it is documented and sent."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api.http.documents import IDENTITY, PROBLEMS, json_of
from api.identity import Acquainted, runtime_of
from api.who_asks import caller_of
from commands.reading import Malformed
from commands.reading_values import Fault
from domain.need import always
from domain.refusal import Refused, Unknown
from domain.times import AmbiguousTime, NonexistentTime, parse_instant
from projections.views import View

T = TypeVar("T")
Caller = Annotated[Acquainted, Depends(caller_of)]
AtLeast = Annotated[
    int, Query(ge=0, description="Answer with what is at least as new as this index (`index` of a stored command).")
]
KnownAt = Annotated[
    str | None, Query(description="Only what had been recorded by this time: London time, or with its offset.")
]


def new_router() -> APIRouter:
    """A router for questions."""
    return APIRouter(prefix="/api/v1/schools/{school}", tags=["questions"])


def documented(answer: Any) -> dict[str, Any]:
    """What every question's route says of itself; `answer` is the type that it answers with."""
    wanted = {401, 403, 404, 422, 503}
    problems: dict[int | str, Any] = {status: says for status, says in PROBLEMS.items() if status in wanted}
    return {
        "responses": {200: {"description": "The answer.", **json_of(answer)}, **problems},
        "response_model": None,
        "openapi_extra": {"parameters": [IDENTITY]},
    }


def as_json(answer: object) -> Response:
    """The answer, sent."""
    return Response(msgspec.json.encode(answer), media_type="application/json")


async def ask(
    request: Request, me: Acquainted, question: Callable[[View], object], *names: str, at_least: int = 0
) -> Response:
    """The answer of a question on one snapshot. Raises Refused before the school adopted settings, StillSaving."""
    refuse_before_settings(me)
    return as_json(await runtime_of(request).ask(me.slug, question, *names, at_least=at_least))


def refuse_before_settings(me: Acquainted) -> None:
    """Raises Refused before the school adopted settings."""
    if not me.directory.policies:
        says = "This school has not adopted its settings yet: there is nothing to show before it has"
        raise Refused((always("settings.adopted", says, who=("headteacher",)),))


def found(answer: T | None, kind: str) -> T:
    """The answer. Raises Unknown where there is none."""
    if answer is None:
        raise Unknown(kind)
    return answer


def read_instant(text: str | None, field: str) -> datetime | None:
    """A time from a query. Raises Malformed where it cannot be read, or could be two."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except (AmbiguousTime, NonexistentTime, ValueError, OverflowError):
        wanted = "a time with its offset (2026-11-20T14:50:00Z), or a London time that comes once"
        raise Malformed((Fault(field=field, expected=wanted),)) from None
