"""Planning as people do it on the pages: asking, a trip to two doors, and meeting what is still needed."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from playwright.sync_api import Locator, expect

from domain.pupil.state import Pupil
from domain.staff.state import Person
from domain.times import london
from tests.journeys.window import Window

EVERYDAY: Final = {
    "st_patricks": "attendance",
    "leyland": "attendance",
    "william_lilley": "attendance",
    "norbury": "attendance",
    "scargill": "three_day_absence",
}
"""An everyday reason for a visit at each school."""
_ROUNDS: Final = 12
"""More than any policy asks for."""


def ask(window: Window, teacher: Person, child: Pupil) -> UUID:
    """A teacher asks for a visit, to be planned later; the visit's id."""
    window.open("ask", teacher)
    page = window.page
    page.get_by_label("Find a pupil").fill(child.name)
    window.press("Find")
    page.get_by_label(child.name, exact=True).check()
    page.locator(f"input[name=purpose][value={EVERYDAY[window.school.policy_key]}]").check()
    page.get_by_label("In a sentence or two").fill("Absent since Monday, and nobody answers the telephone.")
    if page.get_by_label("Why not in school").count():
        page.get_by_label("Why not in school").fill("The family has not answered two letters.")
    page.get_by_label("Leave at").fill("")
    page.get_by_label("Back by").fill("")
    window.press("Ask for this visit")
    expect(page.locator("h1")).to_contain_text(child.name)
    return window.id_here()


def approve(window: Window, visit: UUID, approver: Person) -> bool:
    """They say yes on their page; False where it does not wait for theirs."""
    window.open("approvals", approver)
    card = window.page.locator(f"[data-visit='{visit}']").filter(has_text="You would say yes")
    if card.count() == 0:
        return False
    body = window.unfold("Approve", card)
    if body.get_by_label("police welfare check").count():
        body.get_by_label("police welfare check").select_option(index=1)
    for box in body.locator("input[name=attested]").all():
        box.check()
    window.press("Approve this visit", body)
    window.says(re.compile("^Approved: the visit to"))
    return True


def plan_trip(window: Window, teacher: Person, visits: tuple[UUID, ...], going: tuple[Person, ...]) -> UUID:
    """One trip to these doors in this order, leaving in ten minutes; the trip's id."""
    window.open("trips/plan", teacher)
    page, now = window.page, london(window.school.runtime.now())
    for place, visit in enumerate(visits, start=1):
        page.locator(f"input[name=visits][value='{visit}']").check()
        page.locator(f"input[name='order.{visit}']").fill(str(place))
    page.get_by_label("Day").fill(f"{now:%Y-%m-%d}")
    page.get_by_label("Leave at").fill(f"{now + timedelta(minutes=10):%H:%M}")
    page.get_by_label("Back by").fill(f"{now + timedelta(minutes=100):%H:%M}")
    page.get_by_label("How do they travel?").select_option("by car")
    for box in page.locator("input[name=people]:checked").all():
        box.uncheck()
    for person in going:
        page.locator(f"input[name=people][value='{person.id}']").check()
    window.press("Plan this trip")
    expect(page.locator("[data-door]")).to_have_count(len(visits))
    return window.id_here()


def needed(window: Window) -> Mapping[str, frozenset[str]]:
    """What the page shows as still needed: the clauses on screen beside each requirement."""
    shown = window.page.evaluate(
        """() => [...document.querySelectorAll("[data-requirement]")]
            .filter((one) => one.checkVisibility())
            .map((one) => [one.dataset.requirement, [...one.querySelectorAll(".ds-clause")].map((it) => it.innerText)])"""
    )
    found: dict[str, frozenset[str]] = {}
    for code, badges in shown:
        clauses = frozenset(text.split()[-1] for text in badges if re.search(r"[A-Z]{2}-\d\d$", text.strip()))
        found[code] = found.get(code, frozenset()) | clauses
    return found


def meet_all(window: Window, trip: UUID, visits: tuple[UUID, ...], office: Person) -> None:
    """The office and those who approve meet what is still needed, on the pages that say so; until nothing is."""
    window.open(f"trips/{trip}", office)
    for _ in range(_ROUNDS):
        left = needed(window)
        if not left:
            return
        code = next(iter(left))
        if code.startswith("approval"):
            _those_named_say_yes(window, visits, office)
            window.open(f"trips/{trip}", office)
        elif code.startswith("risk"):
            _whoever_is_named_answers(window, trip, code)
            window.open(f"trips/{trip}", office)
        else:
            _answer(window, window.page.locator(f"[data-requirement='{code}']").first)
    message = f"still needed after {_ROUNDS} rounds: {needed(window)}"
    raise AssertionError(message)


def _those_named_say_yes(window: Window, visits: tuple[UUID, ...], office: Person) -> None:
    """The first person whom each visit's own page names says yes."""
    for visit in visits:
        window.open(f"visits/{visit}", office)
        card = window.page.locator("[data-requirement^='approval']").first
        if card.count():
            named = card.locator(".ds-person").first.inner_text().split(",")[0]
            approver = next(p for p in window.school.known.people.values() if p.name == named)
            assert approve(window, visit, approver), f"{named} is named, and nothing waits for them"


def _whoever_is_named_answers(window: Window, trip: UUID, code: str) -> None:
    """The first person whom the card names fills in its form; whoever looks where it names nobody."""
    named = window.page.locator(f"[data-requirement='{code}']").first.locator(".ds-person")
    if named.count():
        name = named.first.inner_text().split(",")[0]
        window.open(f"trips/{trip}", next(p for p in window.school.known.people.values() if p.name == name))
    _answer(window, window.page.locator(f"[data-requirement='{code}']").first)


def _answer(window: Window, card: Locator) -> None:
    """Fill in the first form of a card as it stands, and send it."""
    at_once = card.locator(".ds-actions > form button")
    if at_once.count():
        window.leads_on(at_once.first)
        return
    details = card.locator("details").first
    assert details.count(), f"nothing on the page meets it: {card.inner_text()}"
    details.locator("summary").first.click()
    for choice in details.locator("select").all():
        if choice.input_value() == "" and choice.locator("option").count() > 1:
            choice.select_option(index=1)
    offered = details.locator("input[name='offers']")
    if offered.count():
        offered.fill("2")  # the family had a choice (NH-05), which nobody ticks beforehand for them
    window.leads_on(details.locator("button").last)


def too_early(window: Window, trip: UUID, person: Person) -> None:
    """Send "OK to go" from a page that has grown old: the answer is the page that says what is still needed."""
    window.open(f"trips/{trip}", person)
    window.page.evaluate(
        """([action, trip]) => {
            const form = document.createElement("form");
            form.method = "post";
            form.action = action;
            for (const [name, value] of Object.entries({command_id: crypto.randomUUID(), trip, next: location.pathname})) {
                const field = document.createElement("input");
                Object.assign(field, {type: "hidden", name, value});
                form.append(field);
            }
            document.body.append(form);
            form.submit();
        }""",
        [f"/schools/{window.school.slug}/do/clear-trip", str(trip)],
    )
    window.page.wait_for_url("**/do/clear-trip")
    window.looks_right()
