"""The phone's page over a school that keeps what it is sent: fixtures and the ways of a hand."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.served import Served, served
from tests.journeys.trip_example import HERE, School, trip_app

RECEIVED = re.compile(r"Received by school \d\d:\d\d")


@pytest.fixture
def school() -> School:
    return School()


@pytest.fixture
def server(school: School) -> Iterator[Served]:
    with served(trip_app(school)) as server:
        yield server


@pytest.fixture
def page(page: Page) -> Page:
    """A page whose clock a test may move on; it goes on by itself as well."""
    page.clock.install()
    return page


@pytest.fixture
def phone(page: Page, server: Served) -> Page:
    """The page, opened with the network on and ready to open again without it."""
    page.set_viewport_size({"width": 390, "height": 844})
    open_trip(page, server)
    return page


def open_trip(page: Page, server: Served) -> None:
    page.goto(server.url + HERE)
    ready(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.evaluate(
        """async (path) => {
            for (let tries = 0; tries < 100; tries += 1) {
                if (await caches.match(path)) return;
                await new Promise((next) => setTimeout(next, 50));
            }
            throw new Error("the page was not kept");
        }""",
        HERE,
    )


def ready(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-ready", "true")


def press(page: Page, name: str | re.Pattern[str]) -> None:
    """Press a large button; a person leaves a moment between two taps, and the page wants it."""
    page.clock.fast_forward(650)
    page.get_by_role("button", name=name).first.click()


def rows(page: Page) -> Locator:
    return page.locator("#taps li")
