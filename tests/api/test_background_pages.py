"""The forms about a family's background on the pages, and the earlier visits as JSON."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import httpx2
import pytest

from api.identity import HEADER
from api.pages.templating import short_day
from domain.access.events import AccessRefused, RecordRead
from domain.ids import VisitId
from domain.visit.commands import RefuseVisit
from eventlog.settings import DatabaseUrls
from tests.api.pages_example import Doors, Pages, served_doors


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with served_doors(module_database_urls) as opened:
        yield opened


def last(pages: Pages) -> str:
    """The id at the end of the address of the open page."""
    return pages.path.rpartition("/")[2]


def asked_twice(pages: Pages) -> tuple[str, str]:
    """A visit to Ava that was turned down on Monday, and another that is asked for on Tuesday."""
    pages.asks("office", leave="", back="")
    before = last(pages)
    pages.happens("head", RefuseVisit(visit=VisitId(UUID(before)), reason="ring first"))
    pages.school.now += timedelta(days=1)
    pages.asks("office")
    return before, last(pages)


def earlier(pages: Pages, visit: str, who: str) -> httpx2.Response:
    """The earlier visits as JSON."""
    pages.be(who)
    return pages.client.get(
        f"/api/v1/schools/{pages.school.slug}/visits/{visit}/earlier", headers={HEADER: str(pages.school.staff[who])}
    )


@pytest.mark.clauses("NH-10", "NH-11", "NH-34")
def test_the_form_lists_the_visits_before_and_the_agency_stands_on_the_page_for_its_readers(doors: Doors) -> None:
    """AC-39, on the page."""
    pages = doors.open("norbury")
    before, visit = asked_twice(pages)
    page = pages.get(f"visits/{visit}", "office")
    assert f"Earlier visits in this log: {short_day(pages.school.now - timedelta(days=1))} (not approved)." in page.text
    assert f"/schools/{pages.school.slug}/visits/{before}" in page.links
    one_by_one = next(form for form in page.forms if form.action.endswith("/check-background") and "note" in form.names)
    assert one_by_one.values["says"] == ["Background kept: Ava Brook, 12 Mill Lane"]
    page = pages.send(
        one_by_one, looked_up=("records", "previous_visits_hoy", "agencies"), not_needed=("line_manager_strategy",)
    )
    assert "Looked up: the school's records; earlier visits, with the head of year" in page.text
    one_by_one = next(form for form in page.forms if form.action.endswith("/check-background") and "note" in form.names)
    assert one_by_one.options["looked_up"] == ["previous_visits_system", "line_manager_strategy"], "what is left"
    page = pages.send(
        page.form("record-agency-liaison"),
        agency="Social services",
        worker="Pat Lark",
        agency_role="A family support plan",
        shared_aim="Back in school",
        joint="yes",
    )
    assert "background.agency" not in page.needs
    assert "background.checked" in page.needs, "nobody has looked on the school's system"
    teacher = pages.get(f"visits/{visit}", "teacher").text
    for said in ("Social services: Pat Lark", "A family support plan", "Together: Back in school", "comes along"):
        assert said in teacher, said
    report = pages.get("governors", "governor").text
    assert "How many visits were arranged together with another agency?" in report
    assert "Social services" not in report


def test_earlier_visits_are_read_by_those_who_open_the_visit_and_the_reading_is_kept(doors: Doors) -> None:
    pages = doors.open("leyland")
    before, visit = asked_twice(pages)
    log = pages.runtime.store.log(pages.school.slug)
    head = log.head()
    answer = earlier(pages, visit, "teacher")
    assert [(one["visit"], one["same_pupil"], one["ending"]) for one in answer.json()] == [(before, True, "refused")]
    assert [str(r.event.record) for r in log.read_log(head + 1) if isinstance(r.event, RecordRead)] == [visit]
    assert earlier(pages, before, "office").json() == []
    assert earlier(pages, visit, "newcomer").status_code == 403
    assert any(isinstance(r.event, AccessRefused) for r in log.read_log(head + 1))


def test_one_tap_says_that_all_was_looked_up(doors: Doors) -> None:
    pages = doors.open("leyland")
    page = pages.asks("office")
    assert "No earlier visit to them or to this address is in this log." in page.text
    assert "LJ-33" in page.text
    page = pages.send(page.form("check-background"))
    assert "background.checked" not in page.needs
    assert "Background looked up: Ava Brook, 12 Mill Lane" in page.text
    assert "Looked up: who lives in the household; the safeguarding facts, from the DSL where needed" in page.text
