"""A board of invented trips, and a feed whose beat, position and tick a test may hold back."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, StreamingResponse

from api.pages.assets import PAGE_HEADERS
from api.pages.board_model import Board, BoardAlarm, BoardDoor, BoardLine, BoardPerson, BoardStep, BoardWatcher
from api.pages.parts import Action, Input
from api.pages.templating import hm, iso
from tests.journeys.served import TEMPLATES, front_end, page_for

WATCHER = BoardWatcher(name="Helen Brooks", mobile="07700 900 321")
HERE = "/schools/beckside/board"


class Feed:
    """What the feed says next. A test sets the attributes; the stream reads them every 50 ms."""

    def __init__(self, *lines: BoardLine) -> None:
        """Start with a healthy feed."""
        self.lines = lines
        self.version = 0
        self.beating = True
        self.behind = 0
        """How many events the board is behind the log."""
        self.tick_age = timedelta(0)

    def show(self, *lines: BoardLine) -> None:
        """Put other lines on the board."""
        self.lines = lines
        self.version += 1


def board_app(feed: Feed) -> FastAPI:
    """The board's page and its feed."""
    app = front_end()
    page = page_for(HERE, wide=True)

    @app.get(HERE)
    def board() -> HTMLResponse:
        board = Board(lines=feed.lines, as_at=datetime.now(UTC))
        html = TEMPLATES.render("board.html", page, board=board, stream=f"{HERE}/stream", screens="", desks="", form="")
        return HTMLResponse(html, headers=dict(PAGE_HEADERS))

    @app.get(f"{HERE}/stream")
    def stream() -> StreamingResponse:
        return StreamingResponse(_events(feed), media_type="text/event-stream")

    return app


async def _events(feed: Feed) -> AsyncIterator[str]:
    sent, beats = -1, 0
    while True:
        if feed.beating and sent != feed.version:
            sent = feed.version
            board = Board(lines=feed.lines, as_at=datetime.now(UTC))
            html = TEMPLATES.fragment("_board_rows.html", page=page_for(HERE, wide=True), board=board)
            yield "event: board\n" + "".join(f"data: {line}\n" for line in html.splitlines()) + "\n"
        if feed.beating and beats % 40 == 0:
            now = datetime.now(UTC)
            beat = {
                "log_head": 100 + feed.version,
                "board_position": 100 + feed.version - feed.behind,
                "watch_tick": iso(now - feed.tick_age),
                "now": iso(now),
            }
            yield f"event: beat\ndata: {json.dumps(beat)}\n\n"
        beats += 1
        await asyncio.sleep(0.05)


def out_line(due_in: timedelta, *, state: str = "out") -> BoardLine:
    """Amira and Tom, out at Mill Street, due at a time from now."""
    now = datetime.now(UTC)
    due = now + due_in
    return BoardLine(
        trip="0190a000-0000-7000-8000-0000000000aa",
        state=state,  # type: ignore[arg-type]  # a test says which
        headline="Out at two doors",
        people=(
            BoardPerson(id="1", name="Amira Khan", role="attendance officer", mobile="07700 900 123", state="out"),
            BoardPerson(id="2", name="Tom Ashworth", role="pastoral lead", mobile="07700 900 124", state="out"),
        ),
        doors=(
            BoardDoor(
                visit="v1",
                street="Mill Street",
                pupils="Ava and Noah Brook",
                state="nobody answered",
                since=now - timedelta(minutes=4),
                wait_until=now + timedelta(minutes=6),
            ),
            BoardDoor(visit="v2", street="Chapel Lane", pupils="Isla Reed", state="not reached yet"),
        ),
        left_at=now - timedelta(minutes=40),
        back_by=due,
        due_at=due,
        back_by_words=hm(due),
        watcher=WATCHER,
        actions=(
            Action(
                label="Said by phone: safe",
                command="attempt-contact",
                fields={"trip": "aa", "result": "spoke_safe"},
                confirm="Amira Khan, at Mill Street, said by telephone that they are safe.",
                inputs=(Input(name="note", label="What they said", kind="textarea"),),
            ),
            Action(
                label="Back at school",
                command="return-to-school",
                fields={"trip": "aa", "people": ("1", "2")},
                confirm="Amira Khan and Tom Ashworth, from Mill Street, are back at school.",
            ),
        ),
        href="/schools/beckside/trips/aa",
    )


def overdue_line(*, taken_by: str = "") -> BoardLine:
    """Priya, not back from Canal Road for twelve minutes."""
    now = datetime.now(UTC)
    due = now - timedelta(minutes=12)
    return BoardLine(
        trip="0190a000-0000-7000-8000-0000000000bb",
        state="overdue",
        headline=f"Due back at {hm(due)}, not back",
        people=(BoardPerson(id="3", name="Priya Nair", role="DSL", mobile="07700 900 125", state="out"),),
        doors=(BoardDoor(visit="v3", street="Canal Road", pupils="Leo Marsh", state="left the house"),),
        left_at=now - timedelta(minutes=70),
        back_by=due,
        due_at=due,
        back_by_words=hm(due),
        watcher=WATCHER,
        alarm=BoardAlarm(
            about="not back",
            due_at=due,
            found_at=due,
            taken_by=taken_by,
            taken_at=now if taken_by else None,
        ),
        steps=(
            BoardStep(
                code="staff_mobile",
                says="Ring Priya Nair",
                number="07700 900 125",
                state="done",
                result="No answer at 10:04",
            ),
            BoardStep(code="pupil_home", says="Ring Leo's home", number="01632 960 111", state="due"),
            BoardStep(code="deputy", says="Tell the deputy DSL", whom="Amira Khan", state="skipped"),
            BoardStep(code="head", says="Tell the headteacher, Mark Dale", number="07700 900 126", state="later"),
        ),
        actions=(
            Action(label="I'm dealing with it", command="take-alarm", fields={"trip": "bb"}, style="primary"),
            Action(label="Worried: go to SLT", command="inform-senior", fields={"trip": "bb"}, style="warning"),
        ),
        notes=("Not as policy: one person went alone (SP-39).",),
        href="/schools/beckside/trips/bb",
    )
