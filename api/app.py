"""The application: routes, pages and what stands before them."""

from collections.abc import Sequence
from functools import cache
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from accounts.openid import OpenId
from api import health
from api.guards import AllowedHosts, BodyLimit, OneSchool, SameOrigin, SecurityHeaders
from api.http.commands import command_routes
from api.http.documents import document
from api.http.questions import question_routes
from api.on_record import KeepsReadings
from api.origin import LOOPBACK, Origin
from api.pages.assets import PAGE_HEADERS, STRICT_TRANSPORT, Assets, assets_router
from api.pages.every import mount
from api.pages.problems import problem_page
from api.pages.templating import Templates
from api.problems import answer_problems
from api.runtime import Runtime
from api.sessions import SessionCookie, session_cookie

OPENAPI: Final = "/api/v1/openapi.json"


def create_app(runtime: Runtime, origin: Origin | None = None, openid: OpenId | None = None) -> FastAPI:
    """The application over a runtime, which its owner starts and stops.

    All pages and the API; over a live database with sign-in, over a demonstration with a page where one chooses who one
    is. `origin` says under which address it is reached; without one, on this machine only;
    `openid` by which other providers people may sign in.
    """
    origin = origin or Origin()
    demonstration = runtime.kind == "demonstration"
    app = FastAPI(
        title="Doorstep",
        version="1",
        summary="The safeguarding audit log for home visits made by school staff",
        openapi_url=OPENAPI if demonstration else None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        routes=[*_routes(demonstration=demonstration)],
    )
    app.state.runtime = runtime
    app.state.origin = origin
    app.state.openid = openid or OpenId()
    app.state.templates = _templates()
    document(app)
    answer = answer_problems(app, problem_page)
    # The last one added stands first.
    app.add_middleware(KeepsReadings, runtime=runtime, answer=answer)
    app.add_middleware(OneSchool)
    app.add_middleware(BodyLimit)
    app.add_middleware(SessionCookie, origin=origin)
    app.add_middleware(SameOrigin, session_cookie="" if demonstration else session_cookie(origin))
    if demonstration:
        app.add_middleware(AllowedHosts, hosts=LOOPBACK)
    else:
        says = f"Doorstep answers at {origin.address or 'http://localhost'} only; DOORSTEP_ORIGIN says so"
        app.add_middleware(AllowedHosts, hosts=origin.hosts, says=says, anywhere=("/health",))
    app.add_middleware(SecurityHeaders, headers={**PAGE_HEADERS, **(STRICT_TRANSPORT if origin.secure else {})})
    return app


@cache
def _routes(*, demonstration: bool) -> Sequence[BaseRoute]:
    """All routes, made once in a process whatever the number of its applications: they keep nothing of any of them."""
    every = APIRouter()
    every.include_router(health.router)
    every.include_router(assets_router(_assets()))
    for router in (command_routes(), *question_routes()):
        every.include_router(router)
    mount(every, demonstration=demonstration)
    return every.routes


@cache
def _assets() -> Assets:
    return Assets()


@cache
def _templates() -> Templates:
    return Templates(_assets())
