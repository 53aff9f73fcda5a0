"""A phone's header: low, so that what is urgent stands on the first screen, and complete when it is unfolded."""

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.journeys.board_example import HERE, Feed, board_app, overdue_line
from tests.journeys.findings import serious
from tests.journeys.served import Served, served

PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
LOWEST: Final = 120
"""Pixels that the header of a phone may take."""


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served(board_app(Feed(overdue_line()))) as server:
        yield server


def test_on_a_phone_the_header_is_low_and_the_button_for_an_overdue_trip_stands_on_the_first_screen(
    page: Page, server: Served
) -> None:
    page.set_viewport_size(PHONE)
    page.goto(server.url + HERE)
    header = page.locator("header").first.bounding_box()
    assert header is not None
    assert header["height"] < LOWEST
    button = page.get_by_role("button", name="I'm dealing with it").bounding_box()
    assert button is not None
    assert button["y"] + button["height"] < PHONE["height"]


def test_folded_it_says_how_much_waits_and_it_unfolds_with_the_keyboard_and_without_scripts(
    browser: Browser, server: Served
) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(server.url + HERE)
    menu = page.locator("header details")
    expect(menu.locator("summary")).to_contain_text("Menu")
    expect(menu.locator("summary")).to_contain_text("waiting: 2")
    expect(page.get_by_role("link", name="My trips")).to_be_hidden()
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    approvals = page.get_by_role("link", name="Waiting for my approval")
    expect(approvals).to_have_count(1)
    expect(approvals).to_be_visible()
    expect(approvals).to_contain_text("waiting: 2")
    expect(page.get_by_role("link", name="Board", exact=True)).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("link", name="Change person")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Board", exact=True)).to_be_focused()
    context.close()


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_one_menu_is_shown_and_it_fits_and_reads_well_at_every_width(page: Page, server: Served, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(server.url + HERE)
    folded = page.locator("header details")
    if width < 800:
        folded.locator("summary").click()
    else:
        expect(folded).to_be_hidden()
    expect(page.get_by_role("link", name="My trips")).to_have_count(1)
    expect(page.locator("header nav").locator("visible=true")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(page) == []
