"""The board in a browser: live, red by its own clock, and never live-looking when it is not."""

import re
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.board_example import HERE, Feed, board_app, out_line, overdue_line
from tests.journeys.findings import serious
from tests.journeys.served import Served, served

STALE = re.compile(r"This board is not updating since \d\d:\d\d\. Ring people directly\.")
WITHIN_TEN_SECONDS = 10_000
A_WHILE = 3_000
"""Milliseconds by which a test moves the page's clock on, so as not to wait for all of them."""


@pytest.fixture
def feed() -> Feed:
    return Feed(out_line(timedelta(minutes=24)))


@pytest.fixture
def server(feed: Feed) -> Iterator[Served]:
    with served(board_app(feed)) as server:
        yield server


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complains of: script errors, and anything the content security policy stopped."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda message: heard.append(message.text) if "Content Security" in message.text else None)
    return heard


def test_a_change_appears_without_a_reload_and_keeps_what_somebody_is_typing(
    page: Page, server: Served, feed: Feed, complaints: list[str]
) -> None:
    page.goto(server.url + HERE)
    page.get_by_text("Said by phone: safe").click()
    page.get_by_label("What they said").fill("Leaving now, all well")

    feed.show(overdue_line(), msgspec.structs.replace(feed.lines[0], headline="At Chapel Lane"))

    expect(page.get_by_text("At Chapel Lane")).to_be_visible()
    expect(page.locator(".ds-line").first).to_contain_text("Priya Nair")
    expect(page.get_by_label("What they said")).to_have_value("Leaving now, all well")
    expect(page.get_by_label("What they said")).to_be_focused()
    expect(page).to_have_title(re.compile(r"^\(1 overdue\) Out now"))
    assert complaints == []


def test_a_line_turns_red_by_the_pages_own_clock_before_the_server_says_so(
    page: Page, server: Served, feed: Feed
) -> None:
    page.goto(server.url + HERE)
    feed.show(out_line(timedelta(seconds=3)))
    line = page.locator(".ds-line")
    expect(line).to_contain_text(re.compile(r"[12] s left"))

    expect(line).to_have_attribute("data-state", "overdue", timeout=6000)
    expect(line.locator(".ds-line__tag")).to_have_text("Overdue")
    expect(line).to_contain_text("overdue by")
    expect(page).to_have_title(re.compile(r"^\(1 overdue\)"))


def test_the_countdown_goes_by_the_servers_clock_where_this_computers_is_wrong(page: Page, server: Served) -> None:
    page.add_init_script("const real = Date.now; Date.now = () => real() - 45 * 60 * 1000;")
    page.goto(server.url + HERE)

    expect(page.locator(".ds-line__left")).to_have_text(re.compile(r"2[34] min left"))


def test_a_silent_feed_puts_up_the_banner_within_ten_seconds_and_a_beat_takes_it_down(
    page: Page, server: Served, feed: Feed
) -> None:
    page.clock.install()
    page.goto(server.url + HERE)
    banner = page.locator("#board-stale")
    expect(banner).to_be_hidden()

    feed.beating = False

    page.clock.fast_forward(A_WHILE)
    expect(banner).to_have_text(STALE, timeout=WITHIN_TEN_SECONDS - A_WHILE)
    width = page.evaluate("document.getElementById('board-stale').getBoundingClientRect().width")
    assert width == page.evaluate("document.documentElement.clientWidth")
    feed.beating = True
    expect(banner).to_be_hidden()


def test_a_lost_connection_puts_up_the_banner_and_the_page_finds_the_server_again(
    page: Page, server: Served, feed: Feed
) -> None:
    page.clock.install()
    page.goto(server.url + HERE)
    expect(page.locator("#board-as-at")).to_be_visible()

    server.stop()
    page.clock.fast_forward(A_WHILE)
    expect(page.locator("#board-stale")).to_have_text(STALE, timeout=WITHIN_TEN_SECONDS - A_WHILE)
    feed.show(overdue_line())
    server.start()

    expect(page.locator("#board-stale")).to_be_hidden(timeout=15_000)
    expect(page.get_by_role("heading", name="Priya Nair")).to_be_visible()


def test_a_board_that_trails_the_log_says_so_though_it_beats(page: Page, server: Served, feed: Feed) -> None:
    page.goto(server.url + HERE)
    feed.behind = 1

    expect(page.locator("#board-stale")).to_have_text(STALE, timeout=WITHIN_TEN_SECONDS)
    feed.behind = 0
    expect(page.locator("#board-stale")).to_be_hidden()


def test_a_watch_that_no_longer_ticks_is_said_though_the_feed_beats(page: Page, server: Served, feed: Feed) -> None:
    page.goto(server.url + HERE)
    feed.tick_age = timedelta(seconds=4)
    page.wait_for_timeout(4500)
    expect(page.locator("#board-stale")).to_be_hidden()

    feed.tick_age = timedelta(seconds=6)

    expect(page.locator("#board-stale")).to_have_text(STALE, timeout=WITHIN_TEN_SECONDS)


def test_the_alarm_sounds_once_enabled_and_again_and_again_until_it_is_taken_by_name(
    page: Page, server: Served, feed: Feed
) -> None:
    def rung() -> int:
        return int(page.evaluate("Number(document.documentElement.dataset.alarmRung ?? 0)"))

    page.clock.install()
    page.goto(server.url + HERE)
    page.get_by_role("button", name="Turn on the alarm sound").click()
    expect(page.get_by_role("button", name="Alarm sound is on")).to_be_visible()
    assert rung() == 1  # a sample, so that one knows it
    page.clock.run_for(4500)
    assert rung() == 1

    feed.show(overdue_line())
    expect(page.locator("html")).to_have_attribute("data-alarm-rung", "2")
    page.clock.run_for(4500)
    expect(page.locator("html")).to_have_attribute("data-alarm-rung", re.compile(r"^[3-9]$"))

    feed.show(overdue_line(taken_by="Jo Field"))
    expect(page.get_by_text("Jo Field is dealing with it")).to_be_visible()
    heard = rung()
    page.clock.run_for(4500)
    assert rung() == heard
    expect(page.locator(".ds-line")).to_have_attribute("data-state", "overdue")  # the red stays


def test_the_board_works_without_scripts_and_says_as_at_when(browser: Browser, server: Served, feed: Feed) -> None:
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    feed.show(overdue_line())
    plain.goto(server.url + HERE)

    expect(plain.get_by_text(re.compile(r"As at \d\d:\d\d:\d\d"))).to_be_visible()
    expect(plain.get_by_role("button", name="I'm dealing with it")).to_be_visible()
    assert plain.locator('meta[http-equiv="refresh"]').count() == 1
    context.close()


def test_a_board_whose_script_did_not_start_says_so_by_itself(page: Page, server: Served) -> None:
    page.route("**/board.js", lambda route: route.abort())
    page.goto(server.url + HERE)
    expect(page.locator("#board-stale")).to_be_hidden()

    expect(page.locator("#board-stale")).to_be_visible(timeout=WITHIN_TEN_SECONDS)
    expect(page.locator("#board-stale")).to_have_text(STALE)


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_the_board_has_no_serious_accessibility_finding_and_never_scrolls_sideways(
    page: Page, server: Served, feed: Feed, complaints: list[str], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    feed.show(overdue_line(), feed.lines[0])
    page.goto(server.url + HERE)
    for summary in page.locator("main details > summary").all():
        summary.click()

    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []
