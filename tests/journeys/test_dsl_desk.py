"""The DSL's pages in a browser: no sideways scroll from 320 px up, no serious accessibility finding, forms that work."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from api.identity import COOKIE
from domain.concern.commands import ActionConcern, RaiseConcern
from domain.ids import PupilId
from domain.school.commands import ExportRecords
from domain.shared.commands import DisownSpokenWord
from domain.visit.commands import DecideForChild, MoveVisitToPupil
from domain.visit.events import NotSeenDecision, Outcome
from eventlog.settings import DatabaseUrls
from tests.api.boards import Live, live
from tests.journeys.findings import serious
from tests.projections.desk import concern_of, first_id
from tests.scenarios.cast import WELFARE_PURPOSE_OF
from tests.scenarios.doors import Trip
from tests.scenarios.school import School

WIDTHS = (320, 390, 1440)
LONG = (
    "They said that nobody had been in since Friday evening, and that the curtains had stayed drawn all weekend. " * 3
)


class Story:
    """A school where everything that a DSL looks at has happened."""

    def __init__(self, served: Live, school: School) -> None:
        """Tell it."""
        self.live, self.school = served, school
        self.trip = self._trip()
        visit, teacher = self.trip.visit, school.teacher
        visit.no_answer(at=(served.now() - timedelta(minutes=10)).isoformat())
        visit.child_alone(school.office, said_by=teacher)
        arrived = visit.enter(adult="none", invited=False)
        stored = visit.approve(school.office, said_by=school.slt)
        school.send(DisownSpokenWord(event=first_id(stored), reason="I was in a meeting"), by=school.slt)
        visit.outcome(Outcome.ADULT_ONLY)
        raised = RaiseConcern(pupils=(school.child.id,), visit=visit.id, category="neglect", text=LONG)
        self.concern = concern_of(school.send(raised, by=teacher))
        done = RaiseConcern(pupils=(school.child.id,), category="injury", text="A bruise on the left arm.")
        closed = concern_of(school.send(done, by=teacher))
        act = ActionConcern(concern=closed, action="Spoke with the mother", why="A fall, seen by the sister")
        school.send(act, by=school.dsl)
        self.entry = first_id(arrived)
        self._moved()

    def _trip(self) -> Trip:
        school, now = self.school, self.live.now()
        purpose = WELFARE_PURPOSE_OF[school.policy_key]
        back = (now + timedelta(hours=2)).isoformat()
        trip = school.plan_trip(school.ask(purpose=purpose), leave=now.isoformat(), back_by=back)
        trip.depart()
        return trip

    def _moved(self) -> None:
        """A visit that had gone to the wrong child, and out of the house under its name."""
        school, right = self.school, self.school.admit()
        visit = school.ask()
        visit.outcome(Outcome.MOVED)
        decide = DecideForChild(
            visit=visit.id, pupil=school.child.id, decision=NotSeenDecision.SOCIAL_CARE, why="They left no address."
        )
        school.send(decide, by=school.dsl)
        key = f"visit.{visit.id}.{school.child.id}"
        export = ExportRecords(system="CPOMS", how="pasted", keys=(key,), pupils=(PupilId(school.child.id),))
        school.send(export, by=school.office)
        move = MoveVisitToPupil(visit=visit.id, wrong=school.child.id, right=right.id, why="the cousin")
        school.send(move, by=school.office)
        self.moved = visit

    @property
    def pages(self) -> dict[str, str]:
        """Every page of the desk, by a short name."""
        history = f"/visits/{self.trip.visit.id}/history"
        return {
            "home": "/dsl?q=a",
            "children-not-seen": "/dsl/children-not-seen",
            "concerns": "/dsl/concerns",
            "concern": f"/dsl/concerns/{self.concern}",
            "deviations": "/dsl/deviations",
            "spoken-words": "/dsl/spoken-words",
            "history": history,
            "who-looked": f"/visits/{self.trip.visit.id}/who-looked",
            "history-then": f"{history}?known_at={self.live.now():%Y-%m-%dT%H:%M:%SZ}",
            "history-moved": f"/visits/{self.moved.id}/history",
            "history-wrong-time": f"{history}?known_at=soon",
            "entry": f"{history}/{self.entry}",
            "chronology": f"/pupils/{self.school.child.id}",
            "raise": "/concern",
        }


@pytest.fixture(scope="module")
def story(module_database_urls: DatabaseUrls) -> Iterator[Story]:
    with live(module_database_urls) as served:
        school = served.school("st_patricks")
        told = Story(served, school)
        assert served.runtime.runner(school.slug).wait_for(school.log.head(), timeout=20)
        yield told


def opened(page: Page, story: Story, path: str, width: int) -> None:
    """A page as the DSL sees it in a window of this width."""
    url = story.live.server.url
    page.context.add_cookies([{"name": COOKIE, "value": str(story.school.dsl.id), "url": url}])
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{url}/schools/{story.school.slug}{path}")


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_of_the_desk_fits_and_has_no_serious_accessibility_finding(
    page: Page, story: Story, width: int
) -> None:
    for name, path in story.pages.items():
        opened(page, story, path, width)
        shots = os.environ.get("DOORSTEP_SCREENSHOTS")
        if shots:
            page.screenshot(path=Path(shots) / f"{name}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} scrolls sideways at {width} px"
        if width != WIDTHS[1]:
            continue
        assert serious(page) == [], f"{name} at {width} px"


def test_a_child_is_decided_for_on_a_phone(page: Page, story: Story) -> None:
    opened(page, story, "/dsl/children-not-seen", 390)
    page.get_by_label("Ask the police for a welfare check").check()
    page.get_by_label("Why").fill("Nobody has seen the child since Friday")
    page.get_by_role("button", name="Keep the decision").click()
    page.get_by_text("No child waits for a decision.").wait_for()
    assert page.get_by_text("Nobody has seen the child since Friday").is_visible()


def test_a_concern_is_raised_on_a_phone_without_losing_what_was_typed(page: Page, story: Story) -> None:
    opened(page, story, "/concern", 390)
    page.get_by_label("What is the worry?").fill("Has worn the same clothes all week")
    page.get_by_label("Find by name, class or street").fill("apple")
    page.get_by_role("button", name="Find").click()
    page.get_by_label(story.school.child.name).first.check()
    assert page.get_by_label("What is the worry?").input_value() == "Has worn the same clothes all week"
    page.get_by_role("button", name="Raise the concern").click()
    page.get_by_text("Your concern is kept").wait_for()
    assert page.get_by_role("link", name=f"{story.school.child.name}: not said what kind").first.is_visible()
