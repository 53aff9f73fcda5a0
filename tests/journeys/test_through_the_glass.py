"""A DSL opens another school's records in an emergency, in a browser: the strip, the other school's live board, the review."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from domain.roles import Role
from tests.journeys.test_every_page import NARROW, PHONE, WIDE
from tests.journeys.trust import Trust
from tests.journeys.window import Window

REASON = "Her sister is at our school and was not seen today; nobody answers your telephone."


def at_three_widths(window: Window, name: str) -> None:
    """It fits, folded and unfolded, and axe finds nothing serious; a picture of each where they are wanted."""
    folder = os.environ.get("DOORSTEP_GLASS_PICTURES")
    for width in (WIDE, PHONE, NARROW):
        window.resize(width)
        window.looks_right()
        if folder:
            window.page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
        window.unfold_all()
        window.looks_right()
    window.accessible()
    window.resize(WIDE)


@pytest.mark.timeout(180)
def test_it_is_opened_told_on_the_live_board_ended_there_and_reviewed(
    page: Page, browser: Browser, the_trust: Trust
) -> None:
    there = the_trust.shown
    home = next(
        one
        for one in the_trust.schools.values()
        if one is not there and any(p.main_role(one.runtime.now()) is Role.DSL for p in one.known.people.values())
    )
    dora, head, dsl = home.holder(Role.DSL), there.holder(Role.HEADTEACHER), there.holder(Role.DSL)
    keeper = Window(browser.new_page(), the_trust, there, WIDE)
    keeper.open("board", head)
    expect(keeper.page.locator("#board-outsiders")).to_be_empty()

    window = Window(page, the_trust, home, WIDE)
    window.open("other-school", dora)
    at_three_widths(window, "ask")
    page.get_by_label(there.name).check()
    page.get_by_label("Why can it not wait?").fill(REASON)
    page.get_by_label("15 minutes").check()
    window.press("Go on")
    at_three_widths(window, "second")
    window.press("I confirm: open them now")

    expect(page.locator("#through-glass")).to_contain_text(f"In an emergency you read {there.name}")
    at_three_widths(window, "desk")
    window.open(f"/schools/{there.slug}/board")
    at_three_widths(window, "their-board")

    alarm = keeper.page.locator("#board-outsiders")
    expect(alarm).to_contain_text(f"{dora.name}, DSL of {home.name}, until")
    expect(alarm).to_contain_text(REASON)
    at_three_widths(keeper, "alarm")
    keeper.leads_on(alarm.get_by_role("button", name="End it now"))
    keeper.says(f"{dora.name} can read nothing here any more")
    expect(keeper.page.locator("#board-outsiders")).to_be_empty()

    # The board that stood open there takes itself away, and asks who it is now.
    expect(page.locator("#board")).to_have_count(0, timeout=15_000)
    expect(page.locator("h1")).to_contain_text("Not")
    keeper.open("dsl/emergency", dsl)
    at_three_widths(keeper, "review")
    said = keeper.unfold("Say whether it was proper")
    said.get_by_label("Was it proper?").select_option("yes")
    said.get_by_label("Why").fill("We had asked for it.")
    keeper.press("Keep it", said)
    keeper.says("Proper, says")
    keeper.page.context.close()
