"""Crooked addresses lead nowhere, nothing that is sent becomes a header, and every answer has what browsers heed."""

from collections.abc import Callable, Iterator
from email.message import Message
from http.client import HTTPConnection
from typing import Final, NamedTuple

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.identity import COOKIE
from api.origin import Origin
from api.pages.assets import PAGE_HEADERS
from tests.api.doors import FROM_HERE, Doors
from tests.api.live import ADDRESS
from tests.attacks.addresses import every_address
from tests.attacks.test_every_role_on_every_route import Things, things_of
from tests.journeys.served import served
from tests.scenarios.cast import Someone

AWAY: Final = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\tevil.example",
    "\t//evil.example",
    "/%0d%0aX-Evil: 1",
    "/\r\nX-Evil: 1",
    "/\nSet-Cookie: evil=1",
    "javascript:alert(1)",
    "https:evil.example",
    "http:/evil.example",
    "/.//evil.example",
    "/../../evil",
    "/\u2028evil",
    "/ｅｖｉｌ",
    "@evil.example",
)


@pytest.fixture(scope="module")
def things(doors: Doors) -> Things:
    made = things_of(doors)
    doors.settle()
    return made


class Answer(NamedTuple):
    """What came back."""

    status: int
    text: str
    headers: Message


Raw = Callable[..., Answer]


@pytest.fixture(scope="module")
def raw(doors: Doors) -> Iterator[Raw]:
    """Asks a running server; the target goes as it is written, because no client tidies it up."""
    with served(create_app(doors.runtime)) as server:
        port = int(server.url.rpartition(":")[2])

        def ask(method: str, target: str, who: Someone | None = None, **headers: str) -> Answer:
            line = HTTPConnection("localhost", port, timeout=20)
            try:
                line.putrequest(method, target)
                for name, value in ({"Cookie": f"{COOKIE}={who.id}", **headers} if who else headers).items():
                    line.putheader(name.replace("_", "-"), value)
                line.endheaders()
                found = line.getresponse()
                return Answer(found.status, found.read().decode("utf-8", "replace"), found.headers)
            finally:
                line.close()

        yield ask


def crooked(path: str) -> list[str]:
    """Other ways to write an address."""
    first, rest = path[1:].split("/", 1)
    return [
        f"/{path}",
        f"//localhost{path}",
        f"/./{first}/{rest}",
        f"/{first}/./{rest}",
        f"/x/../{first}/{rest}",
        f"/x/%2e%2e/{first}/{rest}",
        f"/%2e/{first}/{rest}",
        f"/{first}//{rest}",
        f"/{first}%2f{rest}",
        f"/static/../{first}/{rest}",
        f"/static/x/..%2f..%2f{first}/{rest}",
        f"/health/../{first}/{rest}",
        f"/{first.upper()}/{rest}",
        f"{path}.",
        f"{path}/",
        f"{path}/.",
        f"{path}/..;/",
        f"{path};x=1",
        f"{path}%00",
        f"{path}%20",
        f"{path}.json",
        f"{path}%2e",
        f"{path}%5c",
    ]


def test_another_way_to_write_an_address_lets_nobody_past_the_table(doors: Doors, raw: Raw, things: Things) -> None:
    school = doors.school
    for path in (
        f"/schools/{school.slug}/pupils/{things.pupil}",
        f"/api/v1/schools/{school.slug}/pupils/{things.pupil}/chronology",
        f"/schools/{school.slug}/dsl",
    ):
        for target in crooked(path):
            for who in (None, school.governor, doors.other.dsl):
                answer = raw("GET", target, who)
                assert answer.status in {303, 400, 401, 403, 404, 405}, (target, answer.status)
                assert not [name for name in things.names if name in answer.text], target


def test_another_way_to_write_an_address_stores_nothing_from_elsewhere(doors: Doors, raw: Raw) -> None:
    before = doors.head()
    for target in crooked(f"/schools/{doors.school.slug}/do/keep-note"):
        headers = {"Sec-Fetch-Site": "cross-site", "Content-Type": "application/x-www-form-urlencoded"}
        assert raw("POST", target, doors.school.dsl, **headers).status in {401, 403, 404, 405}, target
    assert doors.head() == before


def test_no_file_of_this_machine_is_among_the_static_ones(raw: Raw) -> None:
    for target in (
        "/static/x/../../app.py",
        "/static/x/..%2f..%2fapp.py",
        "/static/x/%2e%2e/%2e%2e/pages/assets.py",
        "/static/x//etc/passwd",
        "/static/x/%00",
        "/static/x/..%5c..%5capp.py",
    ):
        assert raw("GET", target).status == 404, target


def test_nothing_is_sent_back_as_it_came(raw: Raw) -> None:
    for method in ("TRACE", "TRACK", "DEBUG", "CONNECT", "PROPFIND"):
        answer = raw(method, "/health", None, X_Secret="quillfeather")
        assert answer.status in {400, 404, 405, 501}, method
        assert "quillfeather" not in answer.text


@pytest.mark.parametrize("away", AWAY)
def test_nobody_is_led_away_and_nothing_sent_becomes_a_header(doors: Doors, away: str) -> None:
    visit = str(doors.ready_visit())
    done = doors.form("keep-note", {"visit": visit, "text": "x", "next": away, "says": away}, doors.school.teacher)
    chosen = doors.client.post(
        "/choose",
        data={"school": doors.school.slug, "person": str(doors.school.teacher.id), "next": away},
        headers={**FROM_HERE, "Referer": f"http://localhost{away}" if away.isascii() and away.isprintable() else ""},
        follow_redirects=False,
    )
    doors.client.cookies.clear()
    for answer in (done, chosen):
        assert answer.status_code in {303, 400, 404, 422}, answer.text
        leads = answer.headers.get("location", "/")
        assert leads.startswith("/")
        assert leads[:2] not in {"//", "/\\"}
        assert leads.isprintable()
        assert "x-evil" not in answer.headers
        assert "evil" not in "".join(answer.headers.get_list("set-cookie")).partition("=")[0]


def test_every_answer_says_what_browsers_heed_and_none_that_is_personal_is_kept(
    doors: Doors, raw: Raw, things: Things
) -> None:
    named = {**things._asdict(), "school": doors.school.slug, "term": "2026-autumn", "key": f"visit.{things.visit}"}
    for address in every_address(doors.runtime, named):
        for who in (None, doors.school.dsl, doors.school.governor):
            answer = raw("GET", address, who)
            for name in PAGE_HEADERS:
                assert name in answer.headers, (address, name)
            assert "default-src 'none'" in answer.headers["content-security-policy"], address
            kept = "no-cache" if address in {"/sw.js", "/manifest.webmanifest"} else "no-store"
            assert answer.headers["cache-control"] == kept, address
            assert "access-control-allow-origin" not in answer.headers


def test_where_people_come_by_tls_their_browsers_come_by_nothing_else(doors: Doors) -> None:
    for origin, expected in ((Origin(address=ADDRESS), "max-age=31536000; includeSubDomains"), (Origin(), None)):
        client = TestClient(create_app(doors.runtime, origin), base_url="http://localhost")
        assert client.get("/health").headers.get("strict-transport-security") == expected
