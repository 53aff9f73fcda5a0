"""The whole board in a browser, over the running application: stored, shown, overdue by itself, dealt with by name."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from api.identity import COOKIE
from domain.trip.events import AlarmTaken, OverdueRaised, StaffReturned
from eventlog.settings import DatabaseUrls
from tests.api.boards import Live, live
from tests.journeys.findings import serious
from tests.scenarios.cast import Someone
from tests.scenarios.school import School

SOON = timedelta(minutes=50)
SEEN_AT = """(words) => {
    globalThis.seenAt = null;
    const look = () => {
        if (seenAt === null && document.getElementById("board-lines").textContent.includes(words)) {
            globalThis.seenAt = performance.timeOrigin + performance.now();
        }
    };
    new MutationObserver(look).observe(document.getElementById("board"), { childList: true, subtree: true });
}"""


@pytest.fixture(scope="module")
def running(module_database_urls: DatabaseUrls) -> Iterator[Live]:
    with live(module_database_urls) as found:
        yield found


def open_board(page: Page, running: Live, school: School, person: Someone) -> list[str]:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.context.add_cookies([{"name": COOKIE, "value": str(person.id), "url": running.server.url}])
    running.settled(school)
    page.goto(f"{running.server.url}/schools/{school.slug}/board")
    page.wait_for_timeout(500)
    return complaints


def test_what_is_stored_is_on_the_board_within_moments_and_without_a_reload(page: Page, running: Live) -> None:
    school = running.school()
    trip = running.trip_out(school, SOON)
    complaints = open_board(page, running, school, school.office)
    page.evaluate(SEEN_AT, "At the door of 2 Beech Lane")
    running.now()
    trip.visit.arrive()
    stored = time.time() * 1000
    expect(page.get_by_text("At the door of 2 Beech Lane")).to_be_visible()
    late = page.evaluate("seenAt") - stored
    assert late < 500, "tens of milliseconds on a quiet machine"
    assert complaints == []


def test_the_board_goes_red_by_itself_shows_what_to_do_and_somebody_deals_with_it_by_name(
    page: Page, running: Live
) -> None:
    school = running.school()
    trip = running.trip_out(school, timedelta(seconds=4))
    complaints = open_board(page, running, school, school.office)
    line = page.locator(".ds-line")
    expect(line).to_have_attribute("data-state", "overdue", timeout=8000)
    expect(line).to_contain_text("Nobody has said yet that they are dealing with it")
    expect(line).to_contain_text(re.compile(r"Due back at \d\d:\d\d, not back"))
    expect(line.locator(".ds-steps__one--due").first).to_contain_text("Ring Tess Teacher")
    page.get_by_role("button", name="I'm dealing with it").click()
    expect(page.get_by_text("Fran Front is dealing with it")).to_be_visible()
    expect(page.locator(".ds-flash")).to_contain_text("Tess Teacher and Cal Colleague, 2 Beech Lane")
    expect(line).to_have_attribute("data-state", "overdue")
    events = [type(r.event) for r in school.events(trip)]
    assert events.count(OverdueRaised) == events.count(AlarmTaken) == 1
    assert complaints == []


def test_a_return_told_by_telephone_repeats_name_and_street_and_can_be_taken_back_for_ten_seconds(
    page: Page, running: Live
) -> None:
    school = running.school()
    trip = running.trip_out(school, SOON)
    open_board(page, running, school, school.office)
    page.get_by_text("Something was told by telephone").click()
    page.get_by_text("Back at school: Tess Teacher", exact=True).click()
    expect(page.get_by_text("Tess Teacher is back at school from 2 Beech Lane.")).to_be_visible()
    page.locator("details[open] details[open]").get_by_role("button", name="Record it").click()
    expect(page.locator(".ds-flash")).to_contain_text("Tess Teacher is back at school from 2 Beech Lane")
    expect(page.locator(".ds-line__people li").first).to_contain_text("Back")
    (back,) = [r.envelope for r in school.events(trip) if isinstance(r.event, StaffReturned)]
    assert (back.actor, back.said_by) == (school.office.id, school.teacher.id)
    page.get_by_role("button", name=re.compile("^Undo")).click()
    expect(page.locator(".ds-line__people li").first).to_contain_text("Out")


def test_of_two_calls_the_one_that_found_somebody_safe_leaves_the_other_red(page: Page, running: Live) -> None:
    school = running.school()
    running.trip_out(school, timedelta(seconds=1))
    open_board(page, running, school, school.office)
    expect(page.locator(".ds-line")).to_have_attribute("data-state", "overdue", timeout=8000)
    page.get_by_text("You rang Tess Teacher", exact=True).click()
    form = page.locator("details[open] form")
    form.get_by_label("What came of it?").select_option("spoke_safe")
    form.get_by_role("button", name="Record it").click()
    expect(page.locator(".ds-steps__one--done")).to_contain_text(re.compile(r"spoke to them, safe, \d\d:\d\d"))
    expect(page.locator(".ds-line")).to_have_attribute("data-state", "overdue")
    expect(page.locator(".ds-steps__one--due").first).to_contain_text("Ring Cal Colleague")


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_the_real_board_never_scrolls_sideways_and_has_no_serious_finding(
    page: Page, running: Live, width: int
) -> None:
    school = running.school()
    late = running.trip_out(school, timedelta(seconds=1))
    now = running.now()
    other = school.ready_trip(
        school.ask(child=school.admit()),
        team=(school.slt, school.officer),
        leave=now.isoformat(),
        back_by=(now + SOON).isoformat(),
    )
    other.depart()
    other.visit.arrive(by=school.slt)
    other.visit.child_alone(by=school.slt)
    school.plan_trip(
        school.ask(child=school.admit()),
        team=(school.line_manager, school.head),
        leave=(now + timedelta(seconds=30)).isoformat(),
        back_by=(now + SOON).isoformat(),
    )
    page.set_viewport_size({"width": width, "height": 900})
    open_board(page, running, school, school.office)
    expect(page.locator(f"#trip-{late.id}")).to_have_attribute("data-state", "overdue", timeout=8000)
    for told in page.get_by_text("Something was told by telephone").all():
        told.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(page) == []
