"""From the request to "OK to go" in a browser, on a phone and on a desk, by the people who really do each step."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from api.app import create_app
from api.identity import COOKIE
from api.runtime import Runtime
from domain.catalogue import EVENTS
from eventlog.migrate import migrate
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.journeys.findings import serious
from tests.journeys.served import Served, served
from tests.planning_example import School, run

PHONE, DESK, NARROWEST = (390, 844), (1440, 900), (320, 640)


@pytest.fixture(scope="module")
def store(module_database_urls: DatabaseUrls) -> Iterator[Store]:
    migrate(module_database_urls, "demonstration")
    with Store.open(module_database_urls, EVENTS) as opened:
        yield opened


@pytest.fixture(scope="module")
def server(module_database_urls: DatabaseUrls, store: Store) -> Iterator[Served]:
    assert store.kind() == "demonstration"
    with Runtime.open(module_database_urls, "demonstration") as runtime, served(create_app(runtime)) as server:
        yield server


@pytest.fixture
def norbury(module_database_urls: DatabaseUrls, store: Store) -> School:
    school = School(store, f"school_{uuid4().hex[:12]}", "norbury")
    school.now = datetime.now(UTC)
    run(school.begin(module_database_urls))
    return school


class Walk:
    """One browser that several people of a school sit down at in turn."""

    def __init__(self, page: Page, server: Served, school: School) -> None:
        """Nobody sits at it yet."""
        self.page, self._url, self._school = page, server.url, school

    def be(self, who: str) -> None:
        """Somebody else sits down."""
        self.page.context.clear_cookies()
        cookie = {"name": COOKIE, "value": str(self._school.staff[who]), "url": self._url}
        self.page.context.add_cookies([cookie])  # type: ignore[list-item]  # a cookie is a plain dict

    def open(self, path: str) -> None:
        """A page of the school."""
        self.page.goto(f"{self._url}/schools/{self._school.slug}/{path}")

    def opens(self, words: str) -> Locator:
        """An action's form, opened by its words."""
        summary = self.page.locator("summary", has_text=re.compile(f"^{re.escape(words)}$")).first
        summary.click()
        return self.page.locator("details.ds-confirm[open]").filter(has=summary)

    def looked_at(self) -> None:
        """Nothing serious for axe, and nothing to scroll sideways on the narrowest phone."""
        assert serious(self.page) == []
        size = self.page.viewport_size
        self.page.set_viewport_size({"width": NARROWEST[0], "height": NARROWEST[1]})
        over = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{self.page.url} scrolls sideways by {over} px"
        assert size is not None
        self.page.set_viewport_size(size)


@pytest.mark.parametrize(("width", "height"), [PHONE, DESK], ids=["phone", "desk"])
def test_a_visit_to_two_siblings_goes_from_request_to_ok_to_go(
    page: Page, server: Served, norbury: School, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    walk = Walk(page, server, norbury)

    visit = _a_teacher_asks(walk)
    _the_head_says_yes(walk)
    _the_office_meets_the_rest(walk, visit)

    # The visits' list and the trip show the same.
    walk.open("visits")
    expect(page.locator(".ds-card").first).to_contain_text("OK to go")
    walk.looked_at()
    page.goto(visit)
    page.get_by_role("link", name="The trip").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Amira Khan and Priya Nair")
    walk.looked_at()
    assert complaints == []


def _a_teacher_asks(walk: Walk) -> str:
    """What is missing is said at once, and the siblings are found by their street; the visit's address."""
    page = walk.page
    walk.be("teacher")
    walk.open("ask")
    page.get_by_role("button", name="Ask for this visit").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose who the visit is about")
    page.get_by_role("link", name="Choose who the visit is about").click()
    page.get_by_label("Find a pupil by name, class or street").fill("mill lane")
    page.get_by_role("button", name="Find").click()
    page.get_by_label("Ava Brook").check()
    page.get_by_label("Noah Brook").check()
    page.get_by_label("Attendance").check()
    page.get_by_label("In a sentence or two: why a visit?").fill("Three days absent; nobody answers.")
    page.get_by_label("Amira Khan").check()
    page.get_by_label("Priya Nair").check()
    page.get_by_label("Tom Ashworth").uncheck()
    walk.looked_at()
    page.get_by_role("button", name="Ask for this visit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ava and Noah Brook, 12 Mill Lane")
    expect(page.get_by_text("Asked for: a visit to Ava and Noah Brook, 12 Mill Lane")).to_be_visible()
    expect(page.locator("[data-requirement]")).to_have_count(10)
    expect(page.locator(".ds-needed").first).to_contain_text("No mobile number is held for Priya Nair")
    expect(page.locator(".ds-needed").first).to_contain_text("NH-04")
    walk.looked_at()
    return page.url


def _the_head_says_yes(walk: Walk) -> None:
    """The card holds all that is needed, and the form repeats whom and where."""
    page = walk.page
    walk.be("head")
    walk.open("approvals")
    expect(page.locator(".ds-card--approval")).to_contain_text("Three days absent; nobody answers.")
    walk.looked_at()
    yes = walk.opens("Approve")
    expect(yes).to_contain_text("Approve the visit to Ava and Noah Brook, 12 Mill Lane?")
    yes.get_by_role("button", name="Approve this visit").click()
    expect(page.get_by_text("Nothing waits for approval by you.")).to_be_visible()


def _the_office_meets_the_rest(walk: Walk, visit: str) -> None:
    """Each requirement is met right where it stands; what the policy words softly is answered with a reason."""
    page = walk.page
    needs = page.locator("[data-requirement]")
    walk.be("office")
    page.goto(visit)
    expect(needs).to_have_count(9)
    page.get_by_role("button", name="All looked up, and no other agency or difficulty is known").click()
    expect(needs).to_have_count(7)
    agreed = walk.opens("Appointment agreed")
    agreed.get_by_label("With whom").fill("Mrs Brook")
    agreed.get_by_label("How many times were offered?").fill("2")
    agreed.get_by_role("button", name="Keep this appointment").click()
    risk = walk.opens("Risk assessment")
    risk.get_by_label("Violence risk").select_option(label="None known")
    risk.get_by_label("Measures").fill("Two go; the way out stays free")
    risk.get_by_role("button", name="Keep this assessment").click()
    held = walk.opens("Keep Priya Nair's number")
    held.get_by_label("Mobile number").fill("07700 900199")
    held.get_by_role("button", name="Keep this number").click()
    page.get_by_role("button", name="Yes, all of it").first.click()
    expect(needs).to_have_count(2)
    office = walk.opens("Left with the front office")
    office.get_by_role("button", name="They know it").click()
    expect(needs).to_have_count(1)
    expect(needs).to_contain_text("1 of 2 told")
    page.get_by_label("Or write why it goes ahead all the same").fill("The line manager is on a course; the head knows")
    walk.looked_at()
    page.get_by_role("button", name="OK to go").click()
    expect(page.locator(".ds-good")).to_contain_text("OK to go")
    expect(page.locator(".moj-timeline")).to_contain_text("A reason was given for what the policy says should be.")
    expect(page.locator(".moj-timeline__title").last).to_have_text("OK to go")
    walk.looked_at()


def test_a_yes_by_telephone_is_typed_by_the_office_and_confirmed_by_the_one_who_said_it(
    page: Page, server: Served, norbury: School
) -> None:
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    norbury.ask("attendance")
    norbury.caught_up()
    walk = Walk(page, server, norbury)
    walk.be("office")
    walk.open("approvals")
    expect(page.get_by_role("heading", name="Waiting for somebody else")).to_be_visible()
    phoned = walk.opens("Approved by phone")
    phoned.get_by_label("Who said yes?").select_option(label="Joan Peel, SLT")
    phoned.get_by_role("button", name="They said yes").click()
    expect(page.get_by_text("Approved by phone: the visit to Ava Brook, 12 Mill Lane")).to_be_visible()
    walk.looked_at()

    walk.be("slt")
    walk.open("approvals")
    expect(page.locator("[data-word]")).to_contain_text("typed by Dot Hughes")
    walk.looked_at()
    page.get_by_role("button", name="Yes, I said that").click()
    expect(page.locator("[data-word]")).to_have_count(0)
