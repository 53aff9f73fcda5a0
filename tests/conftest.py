"""What every test may ask for: a PostgreSQL server, a fresh database on it, and Debian's Chromium."""

import asyncio
import gc
import signal
from collections.abc import Iterator
from random import SystemRandom
from types import FrameType
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser
from xdist.remote import Producer

from eventlog.settings import DatabaseUrls
from tests.browsers import ANY, FLAGS, NO_CHROMIUM, found
from tests.copies import Copies, demonstration, nothing
from tests.databases import Databases, server_for_tests, spare_the_disk
from tests.scenarios.stock import MANY_FILES, Stock
from tests.workers import ATTACKS, BrowserBesideFiles

# Two busy cores: how long one example takes says nothing.
settings.register_profile("doorstep", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("doorstep")


def pytest_configure() -> None:
    """A shell starts what runs in the background deaf to Ctrl-C, and so would be every program that a test starts."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _pools_have_dice_of_their_own() -> Iterator[None]:
    """A pool of psycopg's gives each connection an end by chance, in a thread of its own, with the dice of `random`.

    Hypothesis takes whoever rolls those while it draws for one of its strategies, and says that a strategy must not.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("psycopg_pool.base.random", SystemRandom().random)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Databases]:
    """The server of this worker: embedded, or the one that DOORSTEP_DATABASE_URL and its siblings point to."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with server_for_tests(in_memory=True) as server:
            spare_the_disk(server)
            yield server
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def copies(postgres: Databases) -> Iterator[Copies]:
    """Databases like others that were made once."""
    made = Copies(postgres)
    yield made
    made.close()


@pytest.fixture
def database_urls(copies: Copies) -> Iterator[DatabaseUrls]:
    """An empty database of this test's own."""
    with copies.of("empty", nothing) as urls:
        yield urls


@pytest.fixture(scope="module")
def module_database_urls(copies: Copies) -> Iterator[DatabaseUrls]:
    """An empty database that a test file's tests share."""
    with copies.of("empty", nothing) as urls:
        yield urls


@pytest.fixture(scope="module")
def migrated_urls(copies: Copies) -> Iterator[DatabaseUrls]:
    """A migrated demonstration database without schools, that a test file's tests share."""
    with copies.of("demonstration", demonstration) as urls:
        yield urls


@pytest.fixture(scope="session")
def stock(copies: Copies, request: pytest.FixtureRequest) -> Stock:
    """Schools that wait to be asked for."""
    asking = {item.path for item in request.session.items if "stock" in getattr(item, "fixturenames", ())}
    return Stock(copies, worth_it=len(asking) >= MANY_FILES)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium for pytest-playwright's `page` and `browser`; without it the test says what to install."""
    chromium = found(ANY)
    if chromium is None:
        pytest.skip(NO_CHROMIUM)
    return {**browser_type_launch_args, "executable_path": chromium, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A British browser in a London time zone."""
    return {**browser_context_args, "locale": "en-GB", "timezone_id": "Europe/London"}


@pytest.fixture(scope="session")
def browser(browser: Browser) -> Iterator[Browser]:
    """The browser, closed within its own event loop whatever came last (see `pytest_runtest_protocol`)."""
    loop = asyncio._get_running_loop()
    yield browser
    asyncio._set_running_loop(loop)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Let a test without a browser begin loops of its own, though an earlier test had a browser in this process.

    Playwright's loop lasts as long as the browser and counts as running in this thread, while it only waits for the
    next word to the browser.
    """
    waiting = asyncio._get_running_loop()
    if waiting is None or "browser" in getattr(item, "fixturenames", ()):
        return (yield)
    asyncio._set_running_loop(None)
    try:
        return (yield)
    finally:
        if waiting.is_running():
            asyncio._set_running_loop(waiting)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last, and the attacks first, each part in its random order.

    Of the browser tests those that ask for more time than usual come first. What is long and comes at the end would
    leave the other workers idle.
    """
    items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[bool, bool]:
    if "browser" in getattr(item, "fixturenames", ()):
        return True, item.get_closest_marker("timeout") is None
    return False, not item.nodeid.startswith(ATTACKS)


def pytest_collection_finish() -> None:
    """All that is imported by now stays: the collector of garbage need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BrowserBesideFiles:
    """Share the tests out as `tests/workers.py` says, in the order of `pytest_collection_modifyitems`."""
    config.option.loadscopereorder = False
    return BrowserBesideFiles(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the browser tests that did not run, before the closing line."""
    missed = [
        report.nodeid
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple) and NO_CHROMIUM in report.longrepr[2]
    ]
    if missed:
        terminalreporter.section("browser tests that did not run")
        terminalreporter.line(f"{NO_CHROMIUM}. These browser tests did not run:")
        for name in missed:
            terminalreporter.line(f"  {name}")


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """End the run as Ctrl-C does, so that the server is stopped: pytest would take SystemExit for a failed test."""
    raise KeyboardInterrupt
