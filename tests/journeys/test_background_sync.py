"""What is tapped without signal goes out though the page was closed: the browser's own service sends it later."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect

from tests.browsers import NO_CHROMIUM, WHOLE, found
from tests.journeys.phone import page, phone, press, rows, school, server
from tests.journeys.trip_example import School

__all__ = ["page", "phone", "school", "server"]


@pytest.fixture(scope="module")
def browser(browser_type: BrowserType, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    """A whole Chromium: the one without windows has no background sync."""
    chromium = found(WHOLE)
    if chromium is None:
        pytest.skip(NO_CHROMIUM)
    opened = browser_type.launch(**{**browser_type_launch_args, "executable_path": chromium})
    yield opened
    opened.close()


def test_a_tap_goes_out_after_the_page_was_closed(phone: Page, context: BrowserContext, school: School) -> None:
    context.set_offline(offline=True)
    press(phone, "have left school")
    expect(rows(phone)).to_have_count(1)
    phone.wait_for_function("async () => (await (await navigator.serviceWorker.ready).sync.getTags()).length > 0")
    other = context.new_page()
    phone.close()
    context.set_offline(offline=False)

    for _ in range(400):
        if school.received:
            break
        other.wait_for_timeout(50)
    assert school.commands == ["depart"]
