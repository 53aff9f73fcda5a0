"""From an absence to OK to go, at the Scargill policy, counted: at most ten taps and one typed field (issue 5, Figures)."""

import asyncio
from typing import Final

from playwright.sync_api import Locator, Page

from commands.bus import Sender
from commands.ids import new_command_id
from domain.pupil.commands import ReportAbsence
from domain.pupil.state import Pupil
from domain.roles import Role
from domain.staff.state import Person
from tests.journeys.findings import serious
from tests.journeys.planning import needed
from tests.journeys.trust import Trust, TrustSchool, in_a_thread
from tests.journeys.window import Window

MOST_TAPS: Final = 10
WIDTHS: Final = (320, 390, 1440)


class Counted:
    """A window in which every tap counts, and so does every field that is typed into."""

    def __init__(self, window: Window) -> None:
        """Nothing was tapped yet."""
        self.window, self.taps, self.typed = window, 0, 0

    def leads_on(self, pressed: Locator) -> None:
        """A tap that leads to another page."""
        self.window.leads_on(pressed)
        self.taps += 1

    def opens(self, details: Locator) -> None:
        """A tap that opens a form."""
        details.locator("summary").first.click()
        self.taps += 1

    def chooses(self, select: Locator) -> None:
        """Two taps: one that opens the list, one on the first answer."""
        select.select_option(index=1)
        self.taps += 2


def away(school: TrustSchool, child: Pupil, officer: Person) -> None:
    """The register has it, and the family was rung twice."""
    sender = Sender(actor=officer.id, command_id=new_command_id(), at=school.runtime.now())
    in_a_thread(
        lambda: asyncio.run(school.runtime.bus.send(school.slug, ReportAbsence(pupil=child.id, tries=2), sender))
    )
    school.caught_up()


def test_from_an_absence_to_ok_to_go_in_ten_taps_and_one_typed_field(page: Page, the_trust: Trust) -> None:
    """SC-27, SC-28, SC-29: the officer asks, the DSL says yes, the office lets them go."""
    school = the_trust.schools["scargill"]
    officer, dsl, child = school.holder(Role.ATTENDANCE_OFFICER), school.holder(Role.DSL), school.next_child()
    away(school, child, officer)
    window = Window(page, the_trust, school, WIDTHS[1])
    counted = Counted(window)
    window.open("absences", officer)
    window.says("To be looked into")
    for width in WIDTHS:
        window.resize(width)
        window.looks_right()
    assert serious(page) == []
    window.resize(WIDTHS[1])

    counted.leads_on(page.get_by_role("button", name="Ask for these visits and plan the trip"))
    trip = page.url
    window.sit_down(dsl)
    window.open("approvals")
    card = page.locator("[data-visit]").filter(has_text=child.name)
    approve = card.locator("details").filter(has_text="Approve")
    counted.opens(approve.first)
    counted.leads_on(approve.first.get_by_role("button", name="Approve this visit"))

    window.sit_down(school.holder(Role.SCHOOL_OFFICE))
    window.open(trip.removeprefix(the_trust.server.url))
    while left := needed(window):
        card = page.locator(f"[data-requirement='{next(iter(left))}']")
        at_once = card.locator(".ds-actions > form button")
        if at_once.count():
            counted.leads_on(at_once.first)
            continue
        form = card.locator("details").first
        counted.opens(form)
        for select in form.locator("select").all():
            if select.input_value() == "":  # the office itself is chosen already where it is who was told
                counted.chooses(select)
        counted.leads_on(form.locator("button").last)
    counted.leads_on(page.get_by_role("button", name="OK to go"))
    window.says("OK to go. Departure is said on")
    assert counted.taps <= MOST_TAPS, counted.taps
    assert counted.typed <= 1
