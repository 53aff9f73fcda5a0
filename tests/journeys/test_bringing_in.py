"""Pupils are brought in on a phone's width and on a desk's: looked at, refused, put right, brought in; with a real file."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from domain.roles import Role
from tests.journeys.trust import Trust
from tests.journeys.window import Window
from tests.people_files import a_csv, upn_of

WIDTHS = (320, 390, 1440)
LONG = "Wolfeschlegelsteinhausenbergerdorff"


@pytest.mark.parametrize("of_staff", [False, True], ids=["pupils", "staff"])
def test_a_file_is_chosen_looked_at_put_right_and_brought_in(
    page: Page, the_trust: Trust, tmp_path: Path, *, of_staff: bool
) -> None:
    window = Window(page, the_trust, the_trust.shown, 320)
    file = tmp_path / "people.csv"
    if of_staff:
        good = f"Code,Name,Job,Mobile\nZ1,Zebedee {LONG},Cook,07700 900321".encode()
        broken, asks, what = good.replace(b"07700 900321", b"none"), "column D (Mobile)", "Staff"
    else:
        good = a_csv(2, first=500).replace(b"Quillfeather", LONG.encode())
        broken, asks, what = good.replace(upn_of(500).encode(), b"A999000000001"), "whose check letter fits", "Pupils"
    window.open("people/import" if of_staff else "register/import", the_trust.shown.holder(Role.BUSINESS_MANAGER))
    file.write_bytes(broken)
    page.locator("input[type=file]").set_input_files(file)
    window.press("Look at it")
    window.says("1 thing is wrong. Nothing was changed")
    window.says(asks)
    file.write_bytes(good)
    page.locator("input[type=file]").set_input_files(file)
    window.press("Look at it")
    window.says("Nothing is changed yet")
    for width in WIDTHS:
        window.resize(width)
        window.unfold_all()
        window.looks_right()
    window.accessible()
    window.press("Bring them in")
    window.says(f"{what} brought in: {1 if of_staff else 2} new, 0 changed, 0 as they were.")


def test_a_number_is_marked_as_never_to_be_rung_on_a_phone(page: Page, the_trust: Trust) -> None:
    window = Window(page, the_trust, the_trust.shown, 320)
    child = next(p for p in the_trust.shown.known.pupils.values() if p.carers and p.phone)
    window.open(f"pupils/{child.id}/family", the_trust.shown.holder(Role.SCHOOL_OFFICE))
    for width in reversed(WIDTHS):
        window.resize(width)
        window.unfold_all()
        window.looks_right()
    window.accessible()
    page.locator("input[name=phone]").fill("01632 960777")  # or nobody could ring them any more
    page.get_by_label("Do not ring this number").first.check()
    window.press("Keep it")
    window.says(f"Kept for {child.name}")
    after = the_trust.shown.known.pupils[child.id]
    assert after.carers[0].phones[0].do_not_ring
