"""The pages by which something leaves the house, in a browser: at 320, 390 and 1440 px, without serious axe findings."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from api.identity import COOKIE
from domain.concern.commands import RaiseConcern
from domain.school.commands import ExportRecords
from domain.visit.commands import KeepNote, MoveVisitToPupil
from domain.visit.events import Outcome, SafetyKind
from eventlog.settings import DatabaseUrls
from projections.export_shapes import key_of
from tests.api.boards import Live, live
from tests.journeys.findings import serious
from tests.scenarios.cast import Someone
from tests.scenarios.doors import Visit
from tests.scenarios.school import School

WIDTHS = (320, 390, 1440)
PATHS = ("exports", "exports/record", "notices", "governors", "policy")


@pytest.fixture(scope="module")
def running(module_database_urls: DatabaseUrls) -> Iterator[Live]:
    with live(module_database_urls) as found:
        yield found


@pytest.fixture(scope="module")
def school(running: Live) -> School:
    """A school at which a good deal has happened."""
    school = running.school("norbury")
    for place in range(7):
        visit = made(school, Outcome.SEEN_SPOKEN if place else Outcome.ADULT_ONLY)
        if place == 2:
            school.send(
                KeepNote(visit=visit.id, text="A" * 90 + " a very long word without a break"), by=school.teacher
            )
    unsafe = school.ask(child=school.admit())
    unsafe.arrive()
    unsafe.cancel_for_safety(SafetyKind.ANIMAL, "a large dog at the door")
    school.send(RaiseConcern(visit=unsafe.id, category="injury", text="a bruise"), by=school.teacher)
    moved = made(school, Outcome.SEEN)
    wrong = moved.state.pupils[0]
    keys = (key_of("visit", moved.id, wrong),)
    school.send(ExportRecords(system="CPOMS", how="pasted", keys=keys, reference="CP-17"), by=school.office)
    right = school.admit("Robin Right")
    school.send(MoveVisitToPupil(visit=moved.id, wrong=wrong, right=right.id, why="wrong child"), by=school.office)
    done = made(school, Outcome.SEEN)
    key = key_of("visit", done.id, done.state.pupils[0])
    school.send(ExportRecords(system="CPOMS", how="csv", keys=(key,)), by=school.office)
    return school


def made(school: School, outcome: Outcome) -> Visit:
    """A visit that was made and written up."""
    visit = school.ask(child=school.admit())
    visit.arrive()
    visit.outcome(outcome)
    visit.left()
    visit.write_up()
    return visit


def opened(page: Page, running: Live, school: School, who: Someone, path: str, width: int) -> None:
    """A page as somebody sees it, once everything is projected."""
    assert running.runtime.runner(school.slug).wait_for(school.log.head(), timeout=20)
    page.context.add_cookies([{"name": COOKIE, "value": str(who.id), "url": running.server.url}])
    page.set_viewport_size({"width": width, "height": 900})
    base = f"{running.server.url}/schools/{school.slug}"
    page.goto(f"{base}/{path.partition('/')[0]}")
    if path == "exports/record":
        page.locator("a.ds-record__name").first.click()
        page.wait_for_url("**/exports/records/**")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PATHS)
def test_the_page_reflows_and_has_no_serious_finding(
    page: Page, running: Live, school: School, path: str, width: int
) -> None:
    """Design section 6."""
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    opened(page, running, school, school.dsl, path, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("[...document.querySelectorAll('main details')].slice(0, 3).forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert width != WIDTHS[1] or serious(page) == []
    assert errors == []
    if folder := os.environ.get("DOORSTEP_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{path.replace('/', '-')}-{width}.png", full_page=True)


def test_copy_enter_and_on_to_the_next_record(page: Page, running: Live, school: School) -> None:
    """The way through the list: copy, paste elsewhere, type the reference back."""
    opened(page, running, school, school.dsl, "exports/record", 390)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    before = page.url
    page.get_by_role("button", name="Copy the text").click()
    expect(page.locator("#copied")).to_have_text("Copied. Now paste it.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(("Home visit", "Contact", "Concern"))
    page.get_by_label("The reference that CPOMS gave it").fill("CP-4711")
    page.get_by_role("button", name="It is entered").click()
    page.wait_for_url(lambda url: url != before)
    expect(page.get_by_role("status").first).to_contain_text("Entered in CPOMS")
    page.goto(f"{running.server.url}/schools/{school.slug}/exports")
    expect(page.get_by_text("reference CP-4711")).to_be_visible()


def test_the_pdf_is_saved_from_the_report(page: Page, running: Live, school: School) -> None:
    """A governor prints it."""
    opened(page, running, school, school.governor, "governors", 1440)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Make the PDF").click()
    assert saved.value.suggested_filename.endswith(".pdf")
    assert Path(saved.value.path()).read_bytes().startswith(b"%PDF")
    links = page.locator("nav a").locator("visible=true").all_inner_texts()
    assert links == ["Governors' report", "Policy"]
