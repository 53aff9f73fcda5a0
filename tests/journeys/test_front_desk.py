"""The front desk in a browser: it fits, the person who walks away takes their page with them, and typing keeps them there."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from playwright.sync_api import Page, expect

from api.app import create_app
from api.origin import Origin
from domain.roles import Role
from eventlog.settings import DatabaseUrls
from tests.api.front_desks import BOARD, DESK, DESKS, VISITS, link_for, with_pin
from tests.api.live import BECKSIDE, Live, Person, live
from tests.databases import Databases
from tests.journeys.findings import serious
from tests.journeys.served import Served, served

WIDTHS = (320, 390, 1440)
ASK = f"/schools/{BECKSIDE}/ask"


@pytest.fixture(scope="module")
def school(module_database_urls: DatabaseUrls, postgres: Databases) -> Iterator[Live]:
    with live(module_database_urls, postgres) as made:
        yield made


@pytest.fixture(scope="module")
def server(school: Live) -> Iterator[Served]:
    with served(create_app(school.runtime, Origin())) as running:
        yield running


@pytest.fixture(scope="module")
def dot(school: Live) -> Person:
    return with_pin(school, "7391", Role.SCHOOL_OFFICE)


@pytest.fixture
def desk(school: Live, server: Served, page: Page) -> Page:
    """A browser that is a front desk, whose own clock the test moves."""
    administrator = school.browser().signs_in(school.somebody(Role.ADMINISTRATOR, name="Ada Admin"))
    page.clock.install()
    page.goto(server.url + link_for(administrator))
    looks_right(page)
    page.get_by_role("button", name="Make it the front desk").click()
    expect(page.get_by_text("nobody has said who they are")).to_be_visible()
    return page


def looks_right(page: Page) -> None:
    """Fits at three widths, and axe finds nothing serious."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} at {width} px"
    assert page.locator("h1").count() == 1
    assert serious(page) == []


def says_who(page: Page, pin: str = "7391") -> None:
    page.get_by_label("Who are you?").select_option(label="Dot Hughes")
    page.get_by_label("Your PIN").fill(pin)
    page.get_by_role("button", name="Go on").click()


@pytest.mark.usefixtures("dot")
def test_a_name_and_a_pin_lead_on_and_the_page_goes_when_its_person_has_walked_away(desk: Page, server: Served) -> None:
    desk.goto(server.url + VISITS)
    expect(desk.get_by_role("heading", name="Who is at the desk?")).to_be_visible()
    says_who(desk, "0001")
    expect(desk.get_by_text("do not fit together")).to_be_visible()
    looks_right(desk)
    says_who(desk)
    expect(desk).to_have_url(server.url + VISITS)
    expect(desk.get_by_text("you are Dot Hughes, for the school office")).to_be_visible()
    looks_right(desk)
    desk.clock.fast_forward(60_000)  # what the test itself takes is added to it
    expect(desk).to_have_url(server.url + VISITS)
    desk.clock.fast_forward(60_000)
    expect(desk).to_have_url(server.url + BOARD)


@pytest.mark.usefixtures("dot")
def test_typing_tells_the_school_that_somebody_is_there_and_what_came_too_late_is_not_lost(
    desk: Page, server: Served, school: Live
) -> None:
    desk.goto(server.url + ASK)
    says_who(desk)
    expect(desk).to_have_url(server.url + ASK)
    school.later(seconds=60)
    desk.clock.fast_forward(60_000)
    with desk.expect_request(f"**{DESK}/here"):
        desk.get_by_label(re.compile("in a sentence", re.IGNORECASE)).first.fill("Three days absent")
        desk.clock.fast_forward(1_000)
    school.later(seconds=60)
    expect(desk).to_have_url(server.url + ASK)
    # And now away for longer than the desk waits, with what was typed still on the screen.
    school.later(minutes=5)
    desk.get_by_role("button", name=re.compile("Ask for|Find", re.IGNORECASE)).first.click()
    expect(desk.get_by_text("Nothing of what you typed is lost")).to_be_visible()
    says_who(desk)
    expect(desk.get_by_role("heading", name="Dot Hughes: send it now")).to_be_visible()
    looks_right(desk)
    desk.get_by_role("button", name="Send it in my name").click()
    expect(desk.get_by_text("Three days absent")).to_be_visible()


def test_the_page_that_makes_desks_and_the_one_that_sets_a_pin_fit(school: Live, server: Served, page: Page) -> None:
    manager = school.somebody(Role.OFFICE_MANAGER, name="Max Manager")
    browser = school.browser().signs_in(manager)
    identifier = browser.identifier
    page.context.add_cookies([{"name": "doorstep", "value": identifier, "url": server.url}])
    page.goto(server.url + DESKS)
    page.get_by_label("Where does it stand?").fill("Reception")
    page.get_by_role("button", name="Make its link").click()
    link = page.locator("#link").inner_text()
    assert "/desk/" in unescape(link)
    looks_right(page)
    page.goto(f"{server.url}/account")
    looks_right(page)
