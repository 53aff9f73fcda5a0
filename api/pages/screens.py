"""Wall boards: putting one up, what it shows, and taking it down."""

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.sse import EventSourceResponse

from accounts.screens import LASTS, Screen, new_screen_id
from api import access_log
from api.identity import Acquainted, runtime_of
from api.pages.board import live_boards
from api.pages.board_feed import shown_board, while_it_counts
from api.pages.flash import Done, keep
from api.pages.frame import page, templates_of
from api.pages.shell import Page, SchoolName
from api.pages.wall_board import on_the_wall
from api.permitted import Permitted, by_page
from api.sessions import hang_up, origin_of, screen_token
from domain.access.commands import KeepScreenEnded, KeepScreenMade
from domain.permissions import Question
from domain.refusal import NotPermitted, Unknown
from domain.times import LONDON

router = APIRouter(prefix="/schools/{school}/screens", include_in_schema=False)
wall_router = APIRouter(include_in_schema=False)
"""What the screen itself asks: it belongs to nobody, and so has no menu."""
_NOT_A_SCREEN: Final = "This browser is not signed in as a wall board of this school"
_ENDED: Final = "This screen is signed out: it shows nothing any more. Whoever looks after accounts at the school makes it a new link"
_AT_EVERY_BEAT: Final = 0.0
"""Seconds between two looks at whether a screen still counts: nobody stands beside it who would see that it is old."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One screen."""

    id: str
    name: str
    state: str


class AsScreen(Permitted):
    """A dependency: the screen that asks."""

    def __init__(self) -> None:
        """The one thing that a screen asks."""
        super().__init__(Question.WALL, page=True)

    def __call__(self, request: Request, school: str) -> Any:
        """Raises NotPermitted for a browser that is no wall board of this school. Blocks: FastAPI runs it in a thread."""
        runtime, token = runtime_of(request), screen_token(request)
        found = runtime.accounts.screens.find(token, runtime.now()) if token else None
        if found is None or found.school != school:
            raise NotPermitted(_ENDED if token and found is None else _NOT_A_SCREEN)
        return found


@router.get("")
def screens(request: Request, me: Annotated[Acquainted, by_page(Question.SCREENS)]) -> HTMLResponse:
    """The school's wall boards, and a form for another one."""
    return _screens(request, me)


@router.post("")
def put_up(
    request: Request,
    me: Annotated[Acquainted, by_page(Question.SCREENS)],
    name: Annotated[str, Form(max_length=80)] = "",
) -> HTMLResponse:
    """A link for a screen: shown this once."""
    if not name.strip():
        return _screens(request, me, error="Say where it hangs: “Staff room”")
    runtime, screen = runtime_of(request), new_screen_id()
    access_log.done_by(runtime, me, KeepScreenMade(screen=screen))
    token = runtime.accounts.screens.make(screen, me.slug, name.strip(), me.id, me.now)
    origin = origin_of(request)
    return _screens(request, me, link=f"{origin.address or str(request.base_url).rstrip('/')}/screen/{token}")


@router.post("/{screen}/end")
def take_down(request: Request, me: Annotated[Acquainted, by_page(Question.SCREENS)], screen: str) -> Response:
    """From now on it shows nothing."""
    runtime = runtime_of(request)
    found = next((one for one in runtime.accounts.screens.of_school(me.slug, me.now) if str(one.id) == screen), None)
    if found is None:
        raise Unknown("screen")
    access_log.done_by(runtime, me, KeepScreenEnded(screen=found.id))
    runtime.accounts.screens.end(found.id, me.slug, me.now)
    live_boards(request.app).beat_now(me.slug)
    response = RedirectResponse(f"/schools/{me.slug}/screens", status_code=303)
    keep(response, me.slug, Done(says=f"“{found.name}” shows nothing any more", command_id="", index=0))
    return response


@wall_router.get("/screen/{token}")
def link(request: Request, token: str) -> HTMLResponse:
    """Opened on the screen. Looking at it uses nothing up: only the button does."""
    return page(request, None, "screen_link.html", usable=True, here=f"/screen/{token}")


@wall_router.post("/screen/{token}")
def hang(request: Request, token: str) -> Response:
    """This browser is a wall board from now on."""
    runtime = runtime_of(request)
    opened = runtime.accounts.screens.open(token, runtime.now())
    if opened is None:
        return page(request, None, "screen_link.html", status=410, usable=False, here="")
    screen, kept = opened
    response = RedirectResponse(f"/schools/{screen.school}/wall", status_code=303)
    hang_up(request, response, kept, LASTS)
    return response


@wall_router.get("/schools/{school}/wall")
def wall(request: Request, screen: Annotated[Screen, Depends(AsScreen())]) -> HTMLResponse:
    """Who is out, for everybody who passes by."""
    runtime = runtime_of(request)
    shown = shown_board(runtime, screen.school)
    frame = Page(
        school=SchoolName(slug=screen.school, name=runtime.school(screen.school).name),
        demonstration=runtime.kind == "demonstration",
        wide=True,
        here=request.url.path,
    )
    here = f"/schools/{screen.school}/wall/stream"
    return HTMLResponse(templates_of(request).render("wall.html", frame, board=on_the_wall(shown.board), stream=here))


@wall_router.get("/schools/{school}/wall/stream")
async def stream(request: Request, screen: Annotated[Screen, Depends(AsScreen())]) -> EventSourceResponse:
    """The live feed of a wall board, as that of the board."""
    runtime, token = runtime_of(request), screen_token(request)
    feed = live_boards(request.app).of(screen.school).follow("wall")
    feed = while_it_counts(
        feed, lambda: runtime.accounts.screens.find(token, runtime.now()) is not None, _AT_EVERY_BEAT
    )
    return EventSourceResponse(feed, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


def _screens(request: Request, me: Acquainted, *, link: str = "", error: str = "") -> HTMLResponse:
    found = runtime_of(request).accounts.screens.of_school(me.slug, me.now)
    status = 422 if error else 200
    lines = tuple(_line(one) for one in found)
    return page(request, me, "screens.html", status=status, screens=lines, link=link, error=error)


def _line(screen: Screen) -> Line:
    if screen.opened_at is None:
        return Line(id=str(screen.id), name=screen.name, state="its link is not opened yet")
    seen = (screen.seen_at or screen.opened_at).astimezone(LONDON)
    return Line(id=str(screen.id), name=screen.name, state=f"last seen {seen:%d %B %Y, %H:%M}")
