"""Trying out other settings in a browser: a form of one setting's shape, the comparison, and the way back; nothing is adopted."""

from playwright.sync_api import Page, expect

from domain.roles import Role
from tests.journeys.test_every_page import NARROW, PHONE, WIDE
from tests.journeys.trust import Trust
from tests.journeys.window import Window


def test_one_setting_is_tried_out_and_what_would_change_fits_at_three_widths(page: Page, the_trust: Trust) -> None:
    window = Window(page, the_trust, the_trust.shown, WIDE)
    window.open("policy/change", the_trust.shown.holder(Role.HEADTEACHER))
    page.get_by_label("Setting", exact=True).select_option("approval_roles")
    page.get_by_role("button", name="Change this setting").click()
    page.get_by_label("Who approves", exact=True).fill("headteacher\nDSL, DDSL")
    page.get_by_label("Where it comes from").select_option("reading")
    page.get_by_label("Clauses").fill(next(iter(the_trust.shown.known.policies[0].clauses)))
    for width in (PHONE, NARROW, WIDE):
        window.resize(width)
        window.looks_right()
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("heading", name="What would change")).to_be_visible()
    expect(page.locator("main")).to_contain_text("The headteacher and the DSL or a deputy DSL")
    for width in (PHONE, NARROW, WIDE):
        window.resize(width)
        window.looks_right()
    window.accessible()
