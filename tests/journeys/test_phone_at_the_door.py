"""The phone at a door with no signal, over the running application: everything tapped arrives once, in order."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from api.identity import COOKIE
from domain.trip.events import AlarmTaken
from eventlog.settings import DatabaseUrls
from tests.api.boards import Live, live
from tests.checks import check_log
from tests.journeys.findings import serious
from tests.journeys.going import tap
from tests.scenarios.doors import Trip
from tests.scenarios.school import School

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def running(module_database_urls: DatabaseUrls) -> Iterator[Live]:
    with live(module_database_urls) as found:
        yield found


def ready(running: Live) -> Trip:
    """Two people who are OK to go, and have not left."""
    school = running.school()
    now = running.now()
    trip = school.ready_trip(school.ask(child=school.admit()), leave=now.isoformat(), back_by=(now + HOUR).isoformat())
    running.settled(school)
    return trip


def take_phone(page: Page, running: Live, school: School) -> str:
    page.set_viewport_size({"width": 390, "height": 844})
    page.context.add_cookies([{"name": COOKIE, "value": str(school.teacher.id), "url": running.server.url}])
    return f"{running.server.url}/schools/{school.slug}/my-trips"


def wait_until(met: Callable[[], bool], seconds: float = 15) -> None:
    ends = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < ends, "it did not come about in time"
        time.sleep(0.05)


def test_a_trip_from_leaving_to_back_with_the_network_off_at_the_door_is_delivered_once(
    page: Page, context: BrowserContext, running: Live
) -> None:
    trip = ready(running)
    school = trip.school
    page.goto(take_phone(page, running, school))
    page.get_by_role("button", name="Next: We have left school").click()
    expect(page.locator("html")).to_have_attribute("data-ready", "true")
    tap(page, "Tess Teacher and Cal Colleague have left school")
    wait_until(lambda: len(trip.state.out) == 2)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_timeout(1000)

    context.set_offline(offline=True)
    tap(page, "Arrived at 2 Beech Lane")
    tap(page, "No answer at 2 Beech Lane")
    expect(page.get_by_text(re.compile("NOT SENT: ring")).first).to_be_visible(timeout=15_000)
    assert trip.visit.state.arrived_at is None
    page.reload()  # the page itself needs no network either
    expect(page.locator("html")).to_have_attribute("data-ready", "true")
    tap(page, "Leaving: 2 Beech Lane")

    context.set_offline(offline=False)
    wait_until(lambda: trip.visit.state.left_at is not None)
    expect(page.locator("#delivery")).to_contain_text("All received by school")
    told = [r for r in school.events(trip.visit) if r.envelope.device_at is not None]
    topics = [r.envelope.topic for r in told if not r.envelope.topic.startswith("deviation")]
    assert topics == ["visit.arrived.v1", "visit.no_answer.v1", "visit.property_left.v1"]
    late = told[0].envelope
    assert late.occurred_at < late.recorded_at - timedelta(seconds=5), "placed by when it happened, both times kept"

    tap(page, re.compile("are back at school"))
    wait_until(lambda: trip.state.everyone_back)
    expect(page.get_by_text("Everybody is back. Thank you.")).to_be_visible()
    check_log(school.log)


def test_not_safe_is_on_the_board_at_once_and_the_phone_says_who_has_read_it(page: Page, running: Live) -> None:
    trip = ready(running)
    school = trip.school
    page.clock.install()
    page.goto(f"{take_phone(page, running, school)}/{trip.id}")
    tap(page, "Tess Teacher and Cal Colleague have left school")
    page.get_by_role("button", name="Not safe", exact=True).click()
    dialog = page.locator("#danger")
    expect(dialog.get_by_role("link", name="Ring 999")).to_be_visible()
    expect(dialog).to_contain_text("Nobody has said yet that they have read it")
    wait_until(lambda: trip.state.danger is not None)

    board = page.context.browser.new_context() if page.context.browser is not None else page.context
    board.add_cookies([{"name": COOKIE, "value": str(school.office.id), "url": running.server.url}])
    wall = board.new_page()
    wall.goto(f"{running.server.url}/schools/{school.slug}/board")
    expect(wall.locator(".ds-line")).to_have_attribute("data-state", "danger")
    wall.get_by_role("button", name="I'm dealing with it").click()
    wait_until(lambda: any(isinstance(r.event, AlarmTaken) for r in school.events(trip)))
    running.settled(school)
    page.clock.fast_forward(20_000)  # after which the phone asks again
    expect(dialog).to_contain_text("Fran Front has read it")
    board.close()


@pytest.mark.parametrize("width", [320, 390])
def test_the_phone_pages_never_scroll_sideways_and_have_no_serious_finding(
    page: Page, running: Live, width: int
) -> None:
    trip = ready(running)
    address = take_phone(page, running, trip.school)
    page.set_viewport_size({"width": width, "height": 844})
    for path in (address, f"{address}/{trip.id}"):
        page.goto(path)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert serious(page) == []
