"""The application: routes, pages and what stands before them."""

from typing import Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse

from api import health
from api.guards import AllowedHosts, BodyLimit, SameOrigin, SecurityHeaders
from api.http.commands import command_routes
from api.http.documents import document
from api.http.questions import question_routes
from api.pages.assets import Assets, assets_router
from api.pages.every import mount
from api.pages.frame import page
from api.pages.problems import problem_page
from api.pages.templating import Templates
from api.problems import answer_problems
from api.runtime import Runtime

OPENAPI: Final = "/api/v1/openapi.json"
LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
"""The names under which the demonstration answers."""


def create_app(runtime: Runtime) -> FastAPI:
    """The application over a runtime, which its owner starts and stops.

    Over a demonstration all pages and the API; over a live database, until there is real sign-in, health and one
    page that says so.
    """
    app = FastAPI(
        title="Doorstep",
        version="1",
        summary="The safeguarding audit log for home visits made by school staff",
        openapi_url=OPENAPI if runtime.kind == "demonstration" else None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    assets = Assets()
    app.state.runtime = runtime
    app.state.templates = Templates(assets)
    app.include_router(health.router)
    app.include_router(assets_router(assets))
    if runtime.kind == "demonstration":
        for router in (command_routes(), *question_routes()):
            app.include_router(router)
        mount(app)
        document(app)
    else:
        app.include_router(_not_yet())
    answer_problems(app, problem_page)
    # The last one added stands first.
    app.add_middleware(BodyLimit)
    app.add_middleware(SameOrigin)
    if runtime.kind == "demonstration":
        app.add_middleware(AllowedHosts, hosts=LOOPBACK)
    app.add_middleware(SecurityHeaders)
    return app


def _not_yet() -> APIRouter:
    """One page for every address: nobody can sign in yet."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/{path:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    def not_yet(request: Request, path: str) -> HTMLResponse:
        del path
        return page(request, None, "not_yet.html", status=503)

    return router
