"""A small web server for the scripts' tests: real templates, real static files, and nothing behind them."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from api.pages.assets import Assets, assets_router
from api.pages.shell import Me, MenuItem, Page, SchoolName
from api.pages.templating import Templates

ASSETS = Assets()
TEMPLATES = Templates(ASSETS)
SCHOOL = SchoolName(slug="beckside", name="Beckside Primary Academy")
AMIRA = "0190a000-0000-7000-8000-000000000001"
TOM = "0190a000-0000-7000-8000-000000000002"


def page_for(here: str, *, wide: bool = False, person: str = AMIRA) -> Page:
    """The frame of a page as Amira (or another person) sees it in the demonstration."""
    menu = (
        MenuItem(text="Board", href="/schools/beckside/board", current=here.endswith("board")),
        MenuItem(text="My trips", href="/schools/beckside/my-trips", current="my-trips" in here),
        MenuItem(text="Waiting for my approval", href="/schools/beckside/approvals", count=2),
    )
    me = Me(id=person, name="Amira Khan" if person == AMIRA else "Tom Ashworth", role="attendance officer")
    return Page(school=SCHOOL, me=me, menu=menu, demonstration=True, change_person="/demo/people", wide=wide, here=here)


def front_end() -> FastAPI:
    """An application that serves the static files, the service worker and the manifest."""
    app = FastAPI()
    app.include_router(assets_router(ASSETS))
    return app


class Served:
    """An application on a free port of this machine; can be cut off and brought back under the same address."""

    def __init__(self, app: FastAPI) -> None:
        """Start serving and wait until it answers."""
        self.app = app
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        self.start()

    @property
    def url(self) -> str:
        """Its address; `localhost`, because a service worker wants a secure context."""
        return f"http://localhost:{self._port}"

    def start(self) -> None:
        """Serve, again or for the first time."""
        config = uvicorn.Config(
            self.app, host="127.0.0.1", port=self._port, log_level="critical", timeout_graceful_shutdown=0
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                message = "the test server did not start"
                raise RuntimeError(message)
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop serving; open connections are cut."""
        self._server.should_exit = True
        self._thread.join(timeout=20)


@contextmanager
def served(app: FastAPI) -> Iterator[Served]:
    """Serve for the time of a test."""
    server = Served(app)
    try:
        yield server
    finally:
        server.stop()
