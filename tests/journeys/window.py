"""One browser window at one school: who sits at it, what they open, and what the browser complains of."""

import os
import re
from pathlib import Path
from typing import Final
from uuid import UUID

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from api.identity import COOKIE
from domain.staff.state import Person
from tests.journeys.findings import serious
from tests.journeys.trust import Trust, TrustSchool

HEIGHT: Final = 900
MOST_BYTES: Final = 250_000
SAID_BACK: Final = re.compile(r"status of 4(09|22) ")
"""A refusal is an answer, not a fault; the browser writes a line about it all the same."""


class Window:
    """A browser window of some width. Give it a page of a new context."""

    def __init__(self, page: Page, trust: Trust, school: TrustSchool, width: int) -> None:
        """Set the page's clock to the school's, and listen for what goes wrong."""
        self.page, self.school, self.width = page, school, width
        self.complaints: list[str] = []
        self._site = trust.server.url
        page.add_init_script(trust.clock.script)
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)

    def sit_down(self, person: Person) -> None:
        """Somebody else takes the window."""
        self.page.context.add_cookies([{"name": COOKIE, "value": str(person.id), "url": self._site}])

    def open(self, path: str, person: Person | None = None) -> None:
        """Open a page of the school, as this person, once it knows all that was stored; and look at it."""
        if person is not None:
            self.sit_down(person)
        self.school.caught_up()
        self.page.goto(
            f"{self._site}/schools/{self.school.slug}/{path}" if not path.startswith("/") else self._site + path
        )
        self.looks_right()

    def looks_right(self) -> None:
        """One heading, a title of its own, nothing beside the window, and no complaint."""
        headings, title, beside = self.page.evaluate(
            """() => [document.querySelectorAll("h1").length, document.title, document.documentElement.scrollWidth]"""
        )
        where = f"{self.page.url} at {self.width} px"
        assert headings == 1, f"{where}: {headings} main headings"
        assert re.fullmatch(r".{3,} - Doorstep", title), f"{where}: the title is {title!r}"
        assert beside <= self.width, f"{where}: scrolls sideways ({beside})"
        assert not self.complaints, f"{where}: {self.complaints}"

    def resize(self, width: int) -> None:
        """Another width from now on."""
        self.width = width
        self.page.set_viewport_size({"width": width, "height": HEIGHT})

    def unfold_all(self) -> None:
        """Open every disclosure of the page."""
        self.page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")

    def accessible(self) -> None:
        """No serious or critical finding of axe, and nothing that stands outside every landmark."""
        assert serious(self.page, also=("region",)) == [], f"{self.page.url} at {self.width} px"

    def press(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Press the first button of this name that can be seen, and look at what comes."""
        place = within or self.page.locator("main")
        self.leads_on(place.get_by_role("button", name=name).locator("visible=true").first)

    def leads_on(self, pressed: Locator) -> None:
        """Press a button or a link that leads to another page, and look at that once it is there."""
        with self.page.expect_navigation():
            pressed.click()
        self.looks_right()

    def unfold(self, words: str, within: Locator | None = None) -> Locator:
        """Open the disclosure that begins with these words, and hand it back."""
        place = within or self.page.locator("main")
        details = place.locator("details", has=self.page.locator("summary", has_text=words)).first
        if details.get_attribute("open") is None:
            details.locator("summary").first.click()
        return details

    def says(self, words: str | re.Pattern[str]) -> None:
        """The page says so, where it can be seen."""
        expect(self.page.locator("body").get_by_text(words).locator("visible=true").first).to_be_visible()

    def id_here(self) -> UUID:
        """The last id in the address."""
        return UUID(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", self.page.url)[-1])

    def picture(self, name: str, *, width: int = 0, height: int = 0, around: str = "") -> None:
        """Keep a picture for the README, where they are wanted: of the page's top, or `around` the first such element."""
        folder = os.environ.get("DOORSTEP_SCREENSHOTS")
        if not folder:
            return
        self.page.set_viewport_size({"width": width or self.width, "height": height or HEIGHT})
        self.page.evaluate(
            "it => it ? document.querySelector(it).scrollIntoView({block: 'center'}) : scrollTo(0, 0)", around
        )
        self.page.mouse.move(0, 0)
        file = Path(folder) / f"{name}.png"
        self.page.screenshot(path=file, animations="disabled", caret="hide")
        assert file.stat().st_size < MOST_BYTES, f"{file.name} is too large for the README"
        self.page.set_viewport_size({"width": self.width, "height": HEIGHT})

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not SAID_BACK.search(message.text):
            self.complaints.append(f"{message.text} {message.location}")
