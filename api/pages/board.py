"""The overdue board: the page, its rows alone, and its live feed."""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse

from api.identity import Acquainted, runtime_of
from api.on_record import kept_feed
from api.pages.board_actions import by_telephone, wanted_now
from api.pages.board_feed import LiveBoards, Look, Shown, shown_board, while_it_counts
from api.pages.board_model import Board, BoardLine
from api.pages.flash import at_least
from api.pages.frame import page
from api.pages.glass_model import outsiders_here
from api.pages.glass_strip import OFFERED
from api.pages.menu import Area, may_see
from api.pages.shell import Page, SchoolName
from api.pages.templating import Templates
from api.pages.visit_form import has_form
from api.pages.wall_board import WALL_ROWS, on_the_wall
from api.permitted import by_page
from api.records import keep_later
from api.runtime import Runtime
from api.who_asks import still_looks
from domain.access.commands import KeepPrint
from domain.permissions import Question
from projections import board_shapes

router = APIRouter(prefix="/schools/{school}/board", include_in_schema=False)
_ROWS = "_board_rows.html"


@router.get("")
def board(request: Request, me: Annotated[Acquainted, by_page(Question.BOARD)]) -> HTMLResponse:
    """Who is out now, when they are due, and what is to be done. Raises StillSaving: the answer asks again."""
    shown = shown_board(runtime_of(request), me.slug, at_least(request))
    for_page = page_board(shown.board, me.slug, links=may_see(me, Area.VISITS))
    if _look(me) == "guarding":
        for_page = msgspec.structs.replace(for_page, outsiders=outsiders_here(me.slug, shown.outsiders))
    screens = f"/schools/{me.slug}/screens" if me.may(Question.SCREENS) else ""
    return page(
        request,
        me,
        "board.html",
        wide=True,
        board=for_page,
        stream=f"{_path(me.slug)}/stream",
        screens=screens,
        form=f"/schools/{me.slug}/visit-form" if has_form(me) else "",
        desks=f"/schools/{me.slug}/desks" if me.may(Question.DESKS) else "",
    )


@router.get("/sheet")
def sheet(request: Request, me: Annotated[Acquainted, by_page(Question.BOARD)]) -> HTMLResponse:
    """Who is out and who may leave, for paper: shown at once as the board is, and kept as printed. Names no child."""
    runtime = runtime_of(request)
    shown = page_board(shown_board(runtime, me.slug, at_least(request)).board, me.slug, links=False)
    keep_later(runtime, me, KeepPrint(page="who is out"))
    me.looks.kept = True  # as printed, which says more than that it was looked at
    lines = tuple(line for line in shown.lines if line.state != "planned")
    return page(request, me, "sheet.html", board=shown, lines=lines)


@router.get("/rows")
def rows(request: Request, me: Annotated[Acquainted, by_page(Question.BOARD)]) -> HTMLResponse:
    """The rows alone, as the feed sends them."""
    shown = shown_board(runtime_of(request), me.slug)
    render = _renderer(request.app.state.templates, runtime_of(request), me.slug)
    return HTMLResponse(render(shown, _look(me)))


@router.get("/stream")
async def stream(request: Request, me: Annotated[Acquainted, by_page(Question.BOARD)]) -> EventSourceResponse:
    """The live feed: `board` with the rows whenever they change, `beat` every two seconds."""
    live = live_boards(request.app).of(me.slug)
    followed = while_it_counts(
        live.follow(_look(me)), lambda: still_looks(request, me, Question.BOARD), every=1.0 if me.glass else None
    )
    feed = kept_feed(runtime_of(request), me, Question.BOARD.value, followed)
    return EventSourceResponse(feed, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


def _look(me: Acquainted) -> Look:
    if me.glass is not None:
        return "outside"
    if me.may(Question.GLASSES):
        return "guarding"
    return "linked" if may_see(me, Area.VISITS) else "plain"


def live_boards(app: FastAPI) -> LiveBoards:
    """The application's live boards; made when somebody first looks at one."""
    found: LiveBoards | None = getattr(app.state, "live_boards", None)
    if found is None:
        runtime: Runtime = app.state.runtime
        templates: Templates = app.state.templates
        found = LiveBoards(runtime, lambda school: _renderer(templates, runtime, school))
        app.state.live_boards = found
    return found


class _Renderer(msgspec.Struct, frozen=True):
    """Makes the HTML of one school's rows."""

    templates: Templates
    frame: Page

    def __call__(self, shown: Shown, look: Look) -> str:
        if look == "wall":
            return self.templates.fragment(WALL_ROWS, page=self.frame, board=on_the_wall(shown.board))
        slug = self.frame.school.slug if self.frame.school is not None else ""
        board = page_board(shown.board, slug, links=look != "plain")
        if look == "guarding":
            board = msgspec.structs.replace(board, outsiders=outsiders_here(slug, shown.outsiders))
        frame = msgspec.structs.replace(self.frame, takes=OFFERED) if look == "outside" else self.frame
        return self.templates.fragment(_ROWS, page=frame, board=board)


def _renderer(templates: Templates, runtime: Runtime, school: str) -> _Renderer:
    name = SchoolName(slug=school, name=runtime.school(school).name)
    return _Renderer(templates, Page(school=name, wide=True, here=_path(school)))


def page_board(board: board_shapes.Board, school: str, *, links: bool) -> Board:
    """The board with a button for every fact told by telephone; with `links`, each line leads to its trip's page."""
    lines = tuple(with_actions(line, board.as_at, school, links=links) for line in board.lines)
    return Board(lines=lines, as_at=board.as_at)


def with_actions(line: board_shapes.BoardLine, now: datetime, school: str, *, links: bool) -> BoardLine:
    """A line with its buttons, for the board and for the trip's own page."""
    fields = {name: getattr(line, name) for name in line.__struct_fields__}
    leads = links and not line.trip.startswith("visit-")
    return BoardLine(
        **fields,
        actions=wanted_now(line, now),
        groups=by_telephone(line, now),
        href=f"/schools/{school}/trips/{line.trip}" if leads else "",
    )


def _path(school: str) -> str:
    return f"/schools/{school}/board"
