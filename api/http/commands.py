"""One route a command, built from the registry of commands."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.http.documents import IDENTITY, KEY_HEADER, PROBLEMS, json_of, schema_of
from api.http.examples import example_of
from api.identity import runtime_of
from api.sending import Stored, send, stored
from api.trip_tokens import Reporting, reporting
from commands.ids import new_command_id
from commands.permission import by_whom
from commands.reading import read_body, read_command_id
from domain.command import Command, CommandKind
from domain.decisions import COMMANDS
from domain.permissions import permission_of

PUBLIC: Final[Mapping[str, type[Command]]] = {name: kind for name, kind in COMMANDS.items() if not kind.INTERNAL}
"""The commands that may be sent from outside."""

_LAWS: Final[Mapping[CommandKind, str]] = {
    CommandKind.PLAN: "A plan: refused (409) until the school's policy is met, with everything that is still needed.",
    CommandKind.FACT: (
        "A fact: always taken, in any state, late, out of order and with fields missing. What cannot be read is kept"
        " as text and flagged. Turned away only for an unknown sender, another school, or size."
    ),
    CommandKind.CLOSING: "A closing: refused until it is complete; “none” is an answer.",
}


def command_routes() -> APIRouter:
    """The routes of all commands that are not internal."""
    router = APIRouter(prefix="/api/v1/schools/{school}/commands", tags=["commands"])
    for name, kind in PUBLIC.items():
        router.add_api_route(
            f"/{name}",
            _route(kind),
            methods=["POST"],
            status_code=201,
            response_model=None,
            operation_id=name,
            summary=_first_line(kind),
            description=_described(kind),
            responses=_answers(kind),
            openapi_extra=_documented(kind),
        )
    return router


def _route(kind: type[Command]) -> Callable[[Request, Reporting], Awaitable[Response]]:
    async def take(request: Request, who: Annotated[Reporting, Depends(reporting)]) -> Response:
        key, odd = read_command_id(kind, request.headers.get(KEY_HEADER), new_command_id())
        read = read_body(kind, await request.body())
        read = read._replace(unreadable={**read.unreadable, **odd})
        who.refuse_beyond(read)
        runtime = runtime_of(request)
        appended = await send(runtime, who.me, read, key)
        # After this line the events are durable; a crash loses only the reply, and the same id may be sent again.
        answer = stored(appended, key, runtime.now())
        return Response(msgspec.json.encode(answer), status_code=201, media_type="application/json")

    return take


def _first_line(kind: type[Command]) -> str:
    return (kind.__doc__ or kind.NAME).strip().split("\n", 1)[0]


def _described(kind: type[Command]) -> str:
    who = f" Who may: {by_whom(permission_of(kind))}."
    return f"{(kind.__doc__ or '').strip()}\n\n{_LAWS[kind.KIND]}{who}"


def _answers(kind: type[Command]) -> dict[int | str, dict[str, Any]]:
    wanted = {401, 403, 404, 413, 503} if kind.KIND is CommandKind.FACT else {401, 403, 404, 409, 413, 422, 503}
    answers: dict[int | str, dict[str, Any]] = {status: PROBLEMS[status] for status in PROBLEMS if status in wanted}
    return {201: {"description": "Stored, or stored before under the same id.", **json_of(Stored)}, **answers}


def _documented(kind: type[Command]) -> dict[str, Any]:
    content = {"schema": schema_of(kind), "example": example_of(kind)}
    return {
        "requestBody": {"required": kind.KIND is not CommandKind.FACT, "content": {"application/json": content}},
        "parameters": [IDENTITY, _key(kind)],
    }


def _key(kind: type[Command]) -> dict[str, Any]:
    again = (
        "The same id with other content is stored as a new, flagged fact."
        if kind.KIND is CommandKind.FACT
        else "The same id with other content is refused (409)."
    )
    return {
        "name": KEY_HEADER,
        "in": "header",
        "required": False,
        "schema": {"type": "string", "format": "uuid"},
        "description": f"The command's id: sent twice under one id it is stored once. {again} Left out, one is made.",
    }
