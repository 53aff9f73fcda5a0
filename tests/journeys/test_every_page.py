"""Every page of each role's menu, and what it leads to: fits at three widths, and is without complaint of browser or axe."""

import re
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from domain.roles import Role
from tests.journeys.trust import Trust
from tests.journeys.window import Window

WIDE, PHONE, NARROW = 1440, 390, 320
WIDTHS: Final = {
    Role.DSL: (WIDE, PHONE, NARROW),
    Role.SCHOOL_OFFICE: (WIDE, NARROW),
    Role.TEACHER: (PHONE, NARROW),
    Role.HEADTEACHER: (NARROW,),
    Role.GOVERNOR: (NARROW,),
}
"""Who looks at what width: the DSL has nearly all pages, so the others look at theirs as they sit or stand, and narrow."""
LEADS_ON: Final = {
    "visits": r"/visits/[0-9a-f-]{36}$",
    "dsl": r"/(dsl/.+|visits/.+/history|pupils/[0-9a-f-]{36})$",
    "board": r"/trips/[0-9a-f-]{36}$",
    "exports": r"/exports/records/.+$",
    "my-trips": r"/my-trips/[0-9a-f-]{36}$",
    "cases": r"/cases/[0-9a-f-]{36}$",
    "policy": r"/policy/(beside|calendar|change)$",
    "standing": r"/standing/[0-9a-f-]{36}$",
}
"""Pages that lead on to others: of each kind of address the first one is looked at as well."""
FURTHER: Final = {
    "board": ("board/sheet", "visit-form"),
    "dsl": (
        "dsl/children-not-seen",
        "dsl/concerns",
        "dsl/deviations",
        "dsl/spoken-words",
        "dsl/emergency",
        "other-school",
        "subject-access",
        "erasure",
        "record-check",
    ),
    "exports": ("register/add", "register/import"),
    "cases": ("cases/raise?kind=intervention",),
}
"""Pages that the desk always has, whether or not something waits there today."""


THE_SAME_FOR_ALL: Final = ("policy", "policy/beside")
"""Long pages that say the same to everybody: what they are made of is examined once, as the DSL."""


def paths_of(window: Window, *, further: bool) -> list[str]:
    """The pages of the menu as the person sees it, and those they lead on to."""
    page = window.page
    menu = (
        page.locator("header nav a")
        .locator("visible=true")
        .evaluate_all("links => links.map(one => new URL(one.href).pathname)")
    )
    found = list(dict.fromkeys(menu))
    for path in menu:
        area = path.rpartition("/")[2]
        if area not in LEADS_ON:
            continue
        window.open(path)
        links = page.locator("main a[href]").evaluate_all("links => links.map(one => new URL(one.href).pathname)")
        on = [link for link in links if re.search(LEADS_ON[area], link)]
        kinds = {re.sub(r"[0-9a-f-]{36}|records/.*", "*", link): link for link in reversed(on)}
        found.extend(kinds.values())
        if further:
            found.extend(f"{path.rpartition('/')[0]}/{one}" for one in FURTHER.get(area, ()))
    return list(dict.fromkeys(found))


def look_at(window: Window, path: str, widths: tuple[int, ...], *, examined: bool) -> None:
    """One page at these widths, as it opens and with everything unfolded; what it is made of is the same at each."""
    for width in widths:
        window.resize(width)
        if width == widths[0]:
            window.open(path)
        window.looks_right()
        window.unfold_all()
        window.looks_right()
    if not examined:
        window.accessible()


@pytest.mark.timeout(300)  # some twenty pages at three widths
@pytest.mark.parametrize("role", WIDTHS, ids=lambda role: role.value)
def test_every_page_that_a_role_sees_fits_and_has_no_serious_finding(page: Page, the_trust: Trust, role: Role) -> None:
    """Issue 2, "Done means"."""
    window = Window(page, the_trust, the_trust.shown, WIDE)
    window.open("policy", the_trust.shown.holder(role))
    paths = paths_of(window, further=role is Role.DSL)  # who has them all
    assert len(paths) >= (2 if role is Role.GOVERNOR else 5), paths
    for path in paths:
        examined = role is not Role.DSL and path.partition(f"{the_trust.shown.slug}/")[2] in THE_SAME_FOR_ALL
        look_at(window, path, WIDTHS[role], examined=examined)


@pytest.mark.parametrize("path", ["/", "/schools/nowhere/board", "/schools/copperbeck_infant/dsl"])
def test_the_page_of_schools_and_the_pages_that_say_no_are_as_well_made(
    page: Page, the_trust: Trust, path: str
) -> None:
    window = Window(page, the_trust, the_trust.shown, WIDE)
    window.sit_down(the_trust.shown.holder(Role.TEACHER))
    expected = 200 if path == "/" else 404 if "nowhere" in path else 403
    answer = page.goto(the_trust.server.url + path)
    assert answer is not None
    assert answer.status == expected
    window.complaints.clear()  # the browser says that it was 403 or 404
    for width in (WIDE, PHONE, NARROW):
        window.resize(width)
        window.looks_right()
    window.accessible()
    expect(page.locator("h1")).to_be_visible()
