"""What somebody types is shown as it was typed, on every page, and never becomes part of the page: in a real browser.

The pages that the DSL sees, and all that have a life of their own, are opened, and their scripts run. The many that
only hold other texts are read by the same browser without being opened: what would be an element there is one here.
"""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote, urlsplit

import pytest
from httpx2 import Client
from playwright.sync_api import ConsoleMessage, Page, Request, expect

from api.app import create_app
from api.http.commands import PUBLIC
from api.identity import COOKIE
from domain.command import CommandKind
from domain.roles import Role
from eventlog.settings import DatabaseUrls
from tests.api.live import live
from tests.attacks.hostile_school import EVIL, LINK, Hostile, hostile_school
from tests.databases import Databases
from tests.journeys.served import served
from tests.journeys.trust import in_a_thread
from tests.scenarios.cast import Someone

_WATCH: Final = """
window.__ran = [];
window.__xss = () => window.__ran.push("ran");
document.addEventListener("securitypolicyviolation", (event) => window.__ran.push("policy: " + event.violatedDirective));
"""
_FOUND: Final = """(page) => ({
    elements: [...page.querySelectorAll("[data-evil], img[src=x], [onerror]")].map((one) => one.outerHTML),
    links: [...page.querySelectorAll("[href], [action], [src]")].map(
        (one) => one.getAttribute("href") || one.getAttribute("action") || one.getAttribute("src")
    ).filter((address) => /^\\s*(javascript|data:text|\\/\\/)/i.test(address)),
    inline: page.querySelectorAll("script:not([src]):not([type='application/json'])").length,
    shown: (page.body ? page.body.innerText : "") +
        [...page.querySelectorAll("input, textarea")].map((one) => one.value).join(" "),
    computed: (page.body ? page.body.innerText : "").includes("}49") ||
        page.documentElement.outerHTML.includes("49$49"),
})"""
_LOOK: Final = f"() => ({{ran: window.__ran, ...({_FOUND})(document)}})"
_READ: Final = f"(page) => ({_FOUND})(new DOMParser().parseFromString(page, 'text/html'))"
_RISKY: Final = re.compile(
    r"innerHTML\s*=|outerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function|location\.(?:search|hash|href)\b"
)
_SUBMIT: Final = """([address, fields]) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = address;
    for (const [name, value] of fields) {
        const input = document.createElement("input");
        input.name = name;
        input.value = value;
        form.append(input);
    }
    document.body.append(form);
    form.submit();
}"""


class Looking:
    """A browser that tells what ran in it."""

    def __init__(self, page: Page, site: str) -> None:
        """Listen for everything that might betray it."""
        self.page, self.site = page, site
        self.told: list[str] = []
        self.shown = 0
        """On how many pages the attack was read as text."""
        page.add_init_script(_WATCH)
        page.on("dialog", self._dialog)
        page.on("console", self._console)
        page.on("request", self._request)

    def as_(self, who: Someone) -> None:
        """Who sits there."""
        self.page.context.add_cookies([{"name": COOKIE, "value": str(who.id), "url": self.site}])

    def open(self, address: str) -> None:
        """Look at a page; a file to save is none."""
        with _Saved():
            self.page.goto(self.site + address)
            self.look(address)

    def submit(self, address: str, fields: list[tuple[str, str]]) -> None:
        """Send a form from a page of ours, and look at what comes."""
        with self.page.expect_navigation():
            self.page.evaluate(_SUBMIT, [self.site + address, fields])
        self.look(address)

    def look(self, where: str) -> None:
        """Nothing ran, and nothing of it is an element."""
        self._judge(where, self.page.evaluate(_LOOK))

    def read(self, where: str, page: str) -> None:
        """The same of a page that came some other way; its scripts do not run."""
        self._judge(where, self.page.evaluate(_READ, page))

    def _judge(self, where: str, found: dict[str, Any]) -> None:
        self.shown += found.pop("shown").count(EVIL[:10]) > 0
        bad = {name: one for name, one in found.items() if one}
        assert not bad, f"{where}: {bad}"
        assert not self.told, f"{where}: {self.told}"

    def _dialog(self, dialog: Any) -> None:
        self.told.append("a dialog")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            self.told.append(message.text)

    def _request(self, request: Request) -> None:
        host = urlsplit(request.url).netloc
        if host and host != urlsplit(self.site).netloc:
            self.told.append(f"asks {request.url}")


class _Saved:
    """A page that turns out to be a file to save."""

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        """Let it pass."""
        return error is not None and ("Download is starting" in str(error) or "ERR_ABORTED" in str(error))


@pytest.fixture(scope="module")
def hostile(module_database_urls: DatabaseUrls) -> Iterator[Hostile]:
    manager = hostile_school(module_database_urls)
    made = in_a_thread(manager.__enter__)
    answers = in_a_thread(made.send_all)
    facts = {name for name, kind in PUBLIC.items() if kind.KIND is CommandKind.FACT} - {"undo"}
    assert {name for name in facts if answers[name] != 201} == set(), "a fact was not taken"
    taken = [name for name, status in answers.items() if status == 201]
    assert len(taken) > len(facts) + 15, answers
    yield made
    in_a_thread(lambda: manager.__exit__(None, None, None))


@pytest.fixture
def looking(page: Page, hostile: Hostile) -> Looking:
    page.set_default_timeout(20_000)
    return Looking(page, hostile.server.url)


@pytest.fixture(scope="module")
def client(hostile: Hostile) -> Iterator[Client]:
    """Somebody without a browser."""
    with Client(base_url=hostile.server.url, timeout=30, follow_redirects=True) as made:
        yield made


def pages_of(who: Someone) -> dict[str, str]:
    """The header of a request for a page by this person."""
    return {"Cookie": f"{COOKIE}={who.id}", "Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


@pytest.mark.timeout(300)  # every page, for several people
def test_what_is_stored_is_text_on_every_page_of_everybody(looking: Looking, hostile: Hostile, client: Client) -> None:
    addresses = hostile.addresses()
    assert len(addresses) > 40
    looking.as_(hostile.lead)
    for address in addresses:
        looking.open(address)
    looking.as_(hostile.visitor)
    for address in (one for one in addresses if "/my-trips" in one):
        looking.open(address)
    for who in (hostile.school.office, hostile.visitor):
        for address in addresses:
            answer = client.get(address, headers=pages_of(who))
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                looking.read(address, answer.text)
    assert looking.shown > 60, "the twin: it is there to be read"
    with pytest.raises(AssertionError, match="elements"):
        looking.read("the twin: a page that does not escape", f"<p>{EVIL}</p>")


@pytest.mark.timeout(300)  # every page again
def test_what_stands_in_an_address_is_text_on_every_page(looking: Looking, hostile: Hostile, client: Client) -> None:
    """No script of ours looks at what stands in an address: see the test below."""
    looking.as_(hostile.lead)
    names = ("q", "show", "known_at", "page", "says", "next", "back", "at_least", "pupil", "term", "a", "system")
    for text in (EVIL, LINK):
        query = "&".join(f"{name}={quote(text)}" for name in names)
        for address in hostile.addresses():
            answer = client.get(f"{address}?{query}", headers=pages_of(hostile.lead))
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                looking.read(address, answer.text)
    slug = hostile.school.slug
    for path in (
        f"/schools/{quote(EVIL, safe='')}/board",
        f"/schools/{slug}/{quote(EVIL, safe='')}",
        f"/{quote(EVIL)}",
    ):
        looking.open(path)
    assert looking.shown > 2


@pytest.mark.timeout(300)  # every form
def test_what_a_refused_form_says_back_is_text(looking: Looking, hostile: Hostile, client: Client) -> None:
    slug = hostile.school.slug
    looking.as_(hostile.lead)
    looking.open(f"/schools/{slug}/policy")
    for who, text in ((hostile.lead, EVIL), (hostile.school.office, LINK)):
        for name, kind in PUBLIC.items():
            body = {**hostile.body(kind, text), "at": text, "next": text, "says": text, "command_id": text}
            fields: dict[str, list[str]] = {
                key: [
                    one if isinstance(one, str) else json.dumps(one) if isinstance(one, dict) else text
                    for one in (value if isinstance(value, list) else [value])
                ]
                for key, value in body.items()
            }
            answer = client.post(f"/schools/{slug}/do/{name}", data=fields, headers=pages_of(who))
            assert answer.headers["Content-Type"].startswith("text/html"), (name, answer.status_code)
            looking.read(name, answer.text)
    assert looking.shown > 40


def test_no_script_of_ours_makes_a_page_of_text_or_looks_at_the_address() -> None:
    """What the tests above rest on, where they only read a page."""
    ours = [one for one in (files("api") / "static").iterdir() if one.name.endswith(".js")]
    assert len(ours) > 10
    for script in ours:
        assert not _RISKY.findall(script.read_text(encoding="utf-8")), script.name


def test_what_arrives_while_a_page_is_open_is_text(looking: Looking, hostile: Hostile) -> None:
    """The board takes in what the live feed brings; the phone shows what was just tapped."""
    looking.as_(hostile.lead)
    page, slug = looking.page, hostile.school.slug
    page.goto(f"{hostile.server.url}/schools/{slug}/board")
    page.wait_for_function("document.querySelector('#board')")
    before = page.locator("#board").inner_html()
    in_a_thread(lambda: hostile.out.danger(EVIL))
    page.wait_for_function("(before) => document.querySelector('#board').innerHTML !== before", arg=before)
    looking.look("the board, live")
    going = in_a_thread(lambda: hostile.school.joins(EVIL, Role.TEACHER))
    trip = in_a_thread(lambda: hostile.trip(EVIL, going))
    in_a_thread(trip.depart)
    hostile.settle()
    looking.as_(going)
    page.goto(f"{hostile.server.url}/schools/{slug}/my-trips/{trip.id}")
    looking.look("the phone's page")
    page.get_by_role("button", name="Arrived at").first.click()
    expect(page.get_by_text("Received by school").first).to_be_visible()
    looking.look("the phone's page, just after a tap")


def test_what_is_typed_before_signing_in_is_text(page: Page, database_urls: DatabaseUrls, postgres: Databases) -> None:
    """The pages that a stranger reaches, and those on which somebody of such a name makes their account."""
    with live(database_urls, postgres) as school:
        staff = school.joins(EVIL, Role.DSL)
        link = school.invitation(staff)
        with served(create_app(school.runtime)) as server:
            looking = Looking(page, server.url)
            for text in (EVIL, LINK):
                for path in (f"/sign-in?next={quote(text)}", f"/invitation/{quote(text, safe='')}", f"/{quote(text)}"):
                    looking.open(path)
                looking.open("/sign-in")
                looking.submit("/sign-in", [("name", text), ("password", text), ("next", text)])
                looking.submit("/sign-in/second", [("code", text), ("next", text)])
                looking.open(link)
                looking.submit(link, [("name", text), ("password", text), ("again", "other"), ("own_name", text)])
            assert looking.shown > 3
