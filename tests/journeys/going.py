"""A trip to two doors as its people tap it on the phone's page, and what follows in school."""

import re
from collections.abc import Collection
from typing import Final
from uuid import UUID

from playwright.sync_api import Page, expect

from domain.pupil.state import Pupil
from domain.staff.state import Person
from tests.journeys.window import Window

RECEIVED: Final = re.compile(r"Received by school \d\d:\d\d")
_A_MOMENT: Final = "performance.now = (was => () => was() + 650)(performance.now.bind(performance))"
"""650 milliseconds go by on the page's stopwatch, which it keeps for nothing but the pause between two taps."""


def ready(page: Page) -> None:
    """The phone's page has worked out where the trip stands."""
    expect(page.locator("html")).to_have_attribute("data-ready", "true")


def open_trip(window: Window, visitor: Person, street: str) -> None:
    """A visitor opens the trip that goes to this street from the list of theirs."""
    window.open("my-trips", visitor)
    window.page.locator("[data-trip]").filter(has_text=street).get_by_role("button").click()
    ready(window.page)
    window.looks_right()


def tap(page: Page, name: str | re.Pattern[str]) -> None:
    """Press the next large thing; a person leaves a moment between two taps, and the page wants it."""
    page.evaluate(_A_MOMENT)
    page.locator("#next").get_by_role("button", name=name).first.click()


def ring(page: Page, asked: Collection[str], when: str, says: str) -> int:
    """The call that the school's policy asks for now, if it asks: the page says so until it is made. How many taps."""
    if when not in asked:
        return 0
    call = page.locator("#call")
    expect(call.get_by_role("heading")).to_have_text(says)
    expect(call.get_by_role("button", name=re.compile("^Ring 0"))).to_have_attribute("href", re.compile("^tel:0"))
    call.get_by_role("button", name="We rang school").click()
    expect(call).to_be_hidden()
    return 1


def all_received(page: Page, taps: int) -> None:
    """So many taps are shown, and the school has every one of them."""
    expect(page.locator("#taps li")).to_have_count(taps)
    expect(page.locator("#taps li").filter(has_text=RECEIVED)).to_have_count(taps, timeout=20_000)


def write_up(window: Window, visit: UUID, visitor: Person, child: Pupil, *, unanswered: bool = False) -> None:
    """A visitor answers every field that the school asks for; of the child enough was said at the door."""
    window.open(f"visits/{visit}", visitor)
    form = window.page.locator("#write-up")
    if unanswered:
        expect(form.get_by_text(f"Nobody answered, so {child.name} counts as not seen.")).to_be_visible()
    expect(form.get_by_text(f"Was {child.name} seen?")).to_have_count(0)
    for field in form.locator("form[action$='record-visit'] [required]").all():
        if not field.input_value():
            field.fill("None")
    window.press("Close this visit", form)
    window.says(re.compile("^Written up: "))
    expect(window.page.locator("#write-up")).to_have_count(0)


def decide(window: Window, dsl: Person, child: Pupil) -> None:
    """The DSL is asked about a child who was not seen, and decides."""
    window.open("dsl", dsl)
    window.page.get_by_role("link", name=re.compile(child.name)).first.click()
    part = window.page.locator("section.ds-needed").filter(has_text=child.name)
    part.get_by_label("Try again").check()
    part.get_by_label("Why").fill("The neighbour saw both of them yesterday")
    window.press(re.compile("Keep the decision"), part)
    window.says(re.compile(f"^{re.escape(child.name)}.*: decided$"))
    expect(window.page.locator("section.ds-needed").filter(has_text=child.name)).to_have_count(0)


def raise_and_act(window: Window, visitor: Person, dsl: Person, child: Pupil, worry: str) -> None:
    """A visitor raises a concern about a child; the DSL reads it, acts on it and closes it."""
    window.open("concern", visitor)
    page = window.page
    page.get_by_label("What is the worry?").fill(worry)
    page.get_by_label("What kind of worry").select_option("neglect")
    page.get_by_label("Find by name, class or street").fill(child.name)
    window.press("Find")
    page.get_by_label(child.name, exact=True).first.check()
    window.press("Raise the concern")
    window.says(re.compile("^Your concern is kept"))
    window.open("dsl/concerns", dsl)
    window.leads_on(page.get_by_role("link", name=re.compile(f"^{re.escape(child.name)}: ")).first)
    window.says(worry)
    act = page.locator("details.ds-confirm").first
    act.locator("summary").click()
    act.get_by_label("What was done").fill("Spoke with the mother; the school nurse visits on Monday")
    act.get_by_label(re.compile("^Why")).fill("It can be put right with help")
    window.leads_on(act.locator("button").last)
    expect(page.locator("main").get_by_text("Acted on", exact=True)).to_be_visible()


def paste_out(window: Window, dsl: Person, child: Pupil, reference: str) -> str:
    """Every record of a child is pasted elsewhere and its reference typed back; the first text, as it is pasted."""
    window.open("exports", dsl)
    texts: list[str] = []
    while True:
        waiting = window.page.locator("form .ds-record").filter(has_text=child.name)
        if waiting.count() == 0:
            return texts[0] if texts else ""
        window.leads_on(waiting.first.locator("a"))
        texts.append(window.page.locator("#paste").inner_text())
        window.page.get_by_label(re.compile("^The reference that")).fill(f"{reference}-{len(texts)}")
        window.press("It is entered")
        window.says(re.compile("^Entered in "))
        window.open("exports")
        window.says(re.compile(f"reference {re.escape(reference)}-{len(texts)}"))
