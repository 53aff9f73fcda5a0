"""A wall board whose link is ended takes its old board away by itself, and says that it shows nothing any more."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from playwright.sync_api import Page, expect

from api.app import create_app
from api.origin import Origin
from domain.roles import Role
from eventlog.settings import DatabaseUrls
from tests.api.live import ADDRESS, BECKSIDE, Browser, Live, live
from tests.databases import Databases
from tests.journeys.served import served

SCREENS = f"/schools/{BECKSIDE}/screens"


@pytest.fixture(scope="module")
def school(module_database_urls: DatabaseUrls, postgres: Databases) -> Iterator[Live]:
    with live(module_database_urls, postgres) as made:
        yield made


def ends(administrator: Browser) -> None:
    action = re.search(rf'action="({SCREENS}/[^"]+/end)"', administrator.get(SCREENS).text)
    assert action
    assert administrator.post(action[1]).status_code == 303


def test_an_ended_wall_board_is_gone_within_moments(school: Live, page: Page) -> None:
    administrator = school.browser().signs_in(school.somebody(Role.ADMINISTRATOR, name="Ada Admin"))
    made = administrator.post(SCREENS, {"name": "Staff room"}).text
    link = re.search(r'id="link">([^<]+)<', made)
    assert link
    app = create_app(school.runtime, Origin())
    with served(app) as server:
        page.goto(server.url + unescape(link[1]).removeprefix(ADDRESS))
        page.get_by_role("button", name="Show who is out").click()
        expect(page.get_by_role("heading", name="Out now: Beckside Primary")).to_be_visible()
        page.wait_for_timeout(1000)
        ends(administrator)
        expect(page.get_by_text("This screen is signed out: it shows nothing any more")).to_be_visible(timeout=8000)
