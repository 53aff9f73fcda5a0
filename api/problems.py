"""How a refusal travels: the one place that maps what went wrong to HTTP, for programs and for people.

Programs get problem details (RFC 9457); people get a page that says what to do.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from accounts.errors import InvitationUnusableError, NotSignedInError, SignInError, WhoIsAtTheDeskError
from api.guards import API
from api.pages.assets import PAGE_HEADERS
from commands.reading import Malformed
from domain.refusal import Incomplete, NotPermitted, Refused, Requirement, Unknown
from eventlog.errors import LogUnavailable, UnknownSchool, UnreadableEvent
from eventlog.seam import CommandReused, VersionConflict
from projections.views import StillSaving

PROBLEM = "application/problem+json"
RETRY_AFTER = "5"
"""Seconds after which it is worth trying again."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Problem details. `type` is about:blank: the status says which kind it is."""

    status: int
    title: str
    detail: str
    """What to do, in a sentence."""
    type: str = "about:blank"
    requirements: tuple[Requirement, ...] = ()
    """What a refused plan still needs, all of it."""
    errors: tuple[dict[str, str], ...] = ()
    """For what cannot be read: `field` and `expected`, one each."""
    headers: dict[str, str] = {}

    def body(self) -> bytes:
        """The JSON."""
        shown: dict[str, Any] = {"type": self.type} | msgspec.to_builtins(self)
        shown.pop("headers", None)
        return msgspec.json.encode(shown)

    def response(self) -> Response:
        """The answer to a program."""
        return Response(self.body(), status_code=self.status, media_type=PROBLEM, headers=self.headers)


class NobodyChosenError(Exception):
    """Nobody said who they are."""


def problem_of(error: Exception) -> Problem:  # noqa: PLR0911, PLR0912, C901 - one arm an error: none is forgotten
    """What is said about an error. An unknown one is a fault of ours."""
    match error:
        case Refused():
            return Problem(
                status=409,
                title="Still needed",
                detail="The school's policy is not met yet. Each requirement says what is needed and who can meet it.",
                requirements=error.unmet,
            )
        case Incomplete():
            return _unreadable(({"field": error.field, "expected": error.expected},))
        case Malformed():
            return _unreadable(tuple({"field": fault.field, "expected": fault.expected} for fault in error.faults))
        case NotPermitted():
            return Problem(status=403, title="Not yours to do", detail=_sentence(error.says))
        case Unknown():
            detail = f"This school has no such {error.kind}. Look it up again from the board or the list of visits."
            return Problem(status=404, title=f"Unknown {error.kind}", detail=detail)
        case UnknownSchool():
            return Problem(status=404, title="Unknown school", detail="No school of this name is here.")
        case CommandReused():
            detail = (
                "This id was used before for something else, and nothing was stored now. Look at what is there, and"
                " send what is still wanted under a new Idempotency-Key."
            )
            return Problem(status=409, title="Id used before", detail=detail)
        case LogUnavailable() | VersionConflict():
            detail = "The school's log cannot be reached at this moment. Send it again in a moment under the same id."
            return Problem(status=503, title="Not stored", detail=detail, headers={"Retry-After": RETRY_AFTER})
        case StillSaving():
            detail = "What was just sent is stored, and not shown here yet. Ask again in a second."
            return Problem(status=503, title="Still saving", detail=detail, headers={"Retry-After": "1"})
        case InvitationUnusableError():
            detail = "This link was used, has expired or was replaced by a newer one. Ask whoever gave it to you for another."
            return Problem(status=404, title="This link does not work", detail=detail)
        case SignInError():
            return Problem(status=429, title="Not now", detail=_sentence(str(error)))
        case NotSignedInError():
            detail = f"{error}. " if str(error) else ""
            detail += "Sign in, and send it again under the same id; or ring the school office, which types it for you."
            return Problem(status=401, title="Not signed in", detail=detail)
        case NobodyChosenError():
            detail = "Name the person in the header Doorstep-Demo-Person: the id of a member of the school's staff."
            return Problem(status=401, title="Nobody named", detail=detail)
        case UnreadableEvent():
            detail = (
                "An earlier event of this record cannot be read, so nothing is planned on it. Facts are still taken."
                " Tell whoever looks after Doorstep at the school."
            )
            return Problem(status=409, title="Cannot be read", detail=detail)
        case RequestValidationError():
            return _unreadable_request(error.errors())
        case HTTPException():
            return Problem(
                status=error.status_code,
                title=HTTPStatus(error.status_code).phrase,
                detail=_of_http(error),
                headers=dict(error.headers or {}),
            )
        case _:
            detail = "Doorstep failed here, and it is written in its log. For anything urgent, ring the school."
            return Problem(status=500, title="A fault in Doorstep", detail=detail)


HANDLED: tuple[type[Exception], ...] = (
    Refused,
    Incomplete,
    Malformed,
    NotPermitted,
    Unknown,
    UnknownSchool,
    CommandReused,
    LogUnavailable,
    VersionConflict,
    StillSaving,
    NobodyChosenError,
    NotSignedInError,
    InvitationUnusableError,
    SignInError,
    UnreadableEvent,
    RequestValidationError,
    HTTPException,
    Exception,
)


def is_api(request: Request) -> bool:
    """Whether a program asked, rather than a person's browser."""
    return request.url.path.startswith(API)


def answer_problems(app: FastAPI, for_people: Any) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Let the app answer every error: programs with problem details, people with `for_people(request, error)`.

    Returns what answers one error.
    """

    async def answer(request: Request, error: Exception) -> Response:
        request.state.problem = True  # what such an answer shows is no record
        if isinstance(error, WhoIsAtTheDeskError):
            request.state.typed = await _typed(request)
        if is_api(request):
            response: Response = problem_of(error).response()
        else:
            response = await asyncio.to_thread(for_people, request, error)  # it may look up who asks
        # A fault of ours is answered outside the middleware that sets these for everything else.
        for name, value in {**PAGE_HEADERS, "Cache-Control": "no-store"}.items():
            response.headers.setdefault(name, value)
        return response

    for kind in HANDLED:
        app.add_exception_handler(kind, answer)
    return answer


async def _typed(request: Request) -> dict[str, list[str]]:
    """What a form sent, so that nothing of it is lost."""
    out: dict[str, list[str]] = {}
    for name, value in (await request.form()).multi_items():
        if isinstance(value, str):
            out.setdefault(name, []).append(value)
    return out


_NOTHING: Final = "There is nothing at this address."
_EXPECTED: Final[Mapping[str, str]] = {
    "uuid_parsing": "an id, like 3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "int_parsing": "a whole number",
    "bool_parsing": "true or false",
}
"""What pydantic's words mean, by its type of error."""


def _unreadable(errors: tuple[Mapping[str, str], ...]) -> Problem:
    named = "; ".join(f"{error['field']}: expected {error['expected']}" for error in errors)
    detail = f"Not stored. Put this right and send it again: {named}."
    return Problem(status=422, title="Cannot be read", detail=detail, errors=tuple(dict(e) for e in errors))


def _unreadable_request(found: Sequence[Mapping[str, Any]]) -> Problem:
    errors = tuple(_pydantic(one) for one in found)
    places = {str(one.get("loc", ("body",))[0]) for one in found}
    if "path" in places:
        return Problem(status=404, title="Nothing here", detail=_NOTHING, errors=errors)
    if places == {"query"}:
        named = "; ".join(f"{error['field']}: expected {error['expected']}" for error in errors)
        return Problem(
            status=422, title="Cannot be read", detail=f"Put this right and ask again: {named}.", errors=errors
        )
    return _unreadable(errors)


def _pydantic(found: Mapping[str, Any]) -> dict[str, str]:
    where = [str(part) for part in found.get("loc", ())]
    said = str(found.get("msg", "")).removeprefix("Input should be ")
    return {"field": where[-1] if where else "request", "expected": _EXPECTED.get(str(found.get("type")), said)}


def _of_http(error: HTTPException) -> str:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return _NOTHING
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return "This address does not take that: commands are sent with POST, questions asked with GET."
    return _sentence(str(error.detail))


def _sentence(says: str) -> str:
    return says if says.endswith((".", "?", "!")) else f"{says}."
