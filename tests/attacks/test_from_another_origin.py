"""A page of another origin, in a real browser where somebody has Doorstep open: it changes nothing and reads nothing."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final, NamedTuple
from uuid import uuid4

import pytest
from playwright.sync_api import Page

from api.app import create_app
from api.identity import COOKIE
from api.runtime import Runtime
from eventlog.settings import DatabaseUrls
from tests.journeys.served import Served, served
from tests.journeys.trust import in_a_thread
from tests.scenarios.harness import World
from tests.scenarios.school import School

_BLANK: Final = "<!DOCTYPE html><title>x</title>"
_FORM: Final = """<!DOCTYPE html><title>x</title>
<form method="post" action="{address}" enctype="{kind}"><input name="text" value="forged"><input name="visit" value="{visit}">
<input name="command_id" value="{key}"></form><script>document.forms[0].submit()</script>"""
_FRAME: Final = """<!DOCTYPE html><title>x</title><iframe src="{address}"></iframe>"""
_FETCH: Final = """async ([address, options]) => {
    try {
        const answer = await fetch(address, { credentials: "include", ...options });
        return { type: answer.type, status: answer.status, text: await answer.text() };
    } catch (error) {
        return { type: "error", status: 0, text: "" };
    }
}"""


class _Elsewhere(BaseHTTPRequestHandler):
    """Serves one page, whatever is asked."""

    page: ClassVar[str] = _BLANK

    def do_GET(self) -> None:
        body = self.page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class Place(NamedTuple):
    """A school, where it is served, and the address of the page elsewhere."""

    school: School
    server: Served
    elsewhere: str
    visit: str


@pytest.fixture(scope="module")
def place(module_database_urls: DatabaseUrls) -> Iterator[Place]:
    world = in_a_thread(lambda: World(module_database_urls))
    school = in_a_thread(lambda: world.school("norbury"))
    visit = in_a_thread(lambda: school.ask().id)
    with (
        Runtime.open(module_database_urls, "demonstration", clock=world.clock) as runtime,
        served(create_app(runtime)) as server,
        ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere) as other,
    ):
        threading.Thread(target=other.serve_forever, daemon=True).start()
        yield Place(school, server, f"http://127.0.0.1:{other.server_address[1]}", str(visit))
        other.shutdown()
        runtime.stopping.set()
    in_a_thread(world.close)


@pytest.fixture
def victim(page: Page, place: Place) -> Page:
    """Somebody who has Doorstep open, and looks at the other page: the cookie goes along wherever a browser lets it."""
    page.context.add_cookies([{"name": COOKIE, "value": str(place.school.dsl.id), "url": place.server.url}])
    page.goto(f"{place.server.url}/schools/{place.school.slug}/policy")
    _Elsewhere.page = _BLANK
    page.goto(place.elsewhere)
    return page


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"])
@pytest.mark.parametrize(
    "door", ["/schools/{school}/do/keep-note", "/api/v1/schools/{school}/commands/keep-note", "/choose"]
)
def test_a_form_that_sends_itself_stores_nothing(victim: Page, place: Place, kind: str, door: str) -> None:
    before = place.school.log.head()
    address = place.server.url + door.format(school=place.school.slug)
    _Elsewhere.page = _FORM.format(address=address, kind=kind, visit=place.visit, key=uuid4())
    with victim.expect_response(lambda answer: answer.url == address) as found:
        victim.goto(place.elsewhere)
    assert found.value.status in {401, 403}
    assert place.school.log.head() == before


@pytest.mark.parametrize(
    "options",
    [
        {"method": "POST", "mode": "no-cors", "body": '{"text": "forged"}', "headers": {"Content-Type": "text/plain"}},
        {"method": "POST", "mode": "cors", "body": "{}", "headers": {"Content-Type": "application/json"}},
        {"method": "POST", "mode": "cors", "body": "{}", "headers": {"Doorstep-Demo-Person": "{dsl}"}},
        {"method": "DELETE", "mode": "cors"},
    ],
    ids=["simple", "json", "with the header", "delete"],
)
def test_a_script_elsewhere_stores_nothing(victim: Page, place: Place, options: dict[str, Any]) -> None:
    before = place.school.log.head()
    headers = {name: one.format(dsl=place.school.dsl.id) for name, one in options.get("headers", {}).items()}
    for door in ("/schools/{school}/do/keep-note", "/api/v1/schools/{school}/commands/keep-note"):
        address = place.server.url + door.format(school=place.school.slug)
        answer = victim.evaluate(_FETCH, [address, {**options, "headers": headers}])
        assert answer["type"] in {"error", "opaque"}
        assert answer["text"] == ""
    assert place.school.log.head() == before


def test_a_script_elsewhere_reads_nothing(victim: Page, place: Place) -> None:
    for path in ("/api/v1/schools/{school}/me", "/schools/{school}/board", "/api/v1/openapi.json", "/sw.js"):
        address = place.server.url + path.format(school=place.school.slug)
        for mode in ("cors", "no-cors"):
            answer = victim.evaluate(_FETCH, [address, {"mode": mode}])
            assert (answer["type"], answer["text"]) in {("error", ""), ("opaque", "")}


def test_nobody_frames_a_page_or_holds_its_window(victim: Page, place: Place) -> None:
    told: list[str] = []
    victim.on("console", lambda message: told.append(message.text))
    for path in (f"/schools/{place.school.slug}/board", "/", "/not-safe", "/nowhere"):
        _Elsewhere.page = _FRAME.format(address=place.server.url + path)
        victim.goto(place.elsewhere)
        victim.wait_for_timeout(200)
        assert any("frame-ancestors" in one for one in told), told
        told.clear()
        assert victim.frames[-1].locator("h1").count() == 0
    _Elsewhere.page = _BLANK
    victim.goto(place.elsewhere)
    held = victim.evaluate(
        """(address) => new Promise((done) => {
            const other = window.open(address);
            setTimeout(() => done(other === null || other.closed), 1500);
        })""",
        place.server.url + "/",
    )
    assert held, "Cross-Origin-Opener-Policy parts the two windows"
