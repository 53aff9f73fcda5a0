"""The office's form of a day's visits on its page and as JSON: what a cell says, and who reads it."""

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx2
import pytest

from api.identity import HEADER
from api.pages.templating import short_day
from domain.access.events import ListRead
from domain.ids import TripId
from domain.trip.commands import Depart, ReturnToSchool
from domain.trip.events import TripPlanned
from eventlog.settings import DatabaseUrls
from tests.api.pages_example import Doors, Pages, served_doors


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with served_doors(module_database_urls) as opened:
        yield opened


def as_json(pages: Pages, who: str, day: str = "") -> httpx2.Response:
    pages.be(who)
    return pages.client.get(
        f"/api/v1/schools/{pages.school.slug}/visit-form{day and f'?day={day}'}",
        headers={HEADER: str(pages.school.staff[who])},
    )


def printed(pages: Pages, day: str = "") -> str:
    """The part of the page that goes on paper."""
    pages.get("board", "office")
    html = pages.client.get(f"/schools/{pages.school.slug}/visit-form{day and f'?day={day}'}").text
    return re.sub(r"(?s).*<main|</main>.*", "", html)


@pytest.mark.clauses("LJ-73")
def test_the_page_prints_the_row_of_a_visit_and_the_same_again_another_day(doors: Doors) -> None:
    """AC-52."""
    pages = doors.open("leyland")
    now = pages.school.now
    pages.asks("office", day=f"{now:%Y-%m-%d}", leave="09:00", back="10:15")
    assert "No visit on this day" in pages.get("visit-form", "office").text
    log = pages.school.store.log(pages.school.slug)
    (trip,) = [TripId(r.envelope.stream.id) for r in log.read_log() if isinstance(r.event, TripPlanned)]
    pages.happens(
        "attendance", Depart(trip=trip, people=tuple(pages.school.staff[one] for one in ("attendance", "teacher")))
    )
    pages.school.now += timedelta(minutes=70)
    pages.happens("attendance", ReturnToSchool(trip=trip, people=(pages.school.staff["teacher"],)))
    board = pages.get("board", "office")
    assert f"/schools/{pages.school.slug}/visit-form" in board.links
    page = pages.get("visit-form", "office")
    for words in (
        *("Date and time of departure", "Who visits, and mobile number", "Time back", "LJ-73", "Back by 10:15"),
        *("Amira Khan: 07700 900105", "Tom Ashworth: 07700 900107", "Ava Brook", "12 Mill Lane"),
        *(f"{short_day(now)}, 08:30", f"Tom Ashworth: {short_day(now)}, 09:40"),
    ):
        assert words in page.text, words
    day = f"{now:%Y-%m-%d}"
    paper, program = printed(pages), as_json(pages, "office").content
    pages.school.now += timedelta(days=1)
    assert "No visit on this day" in printed(pages)
    assert printed(pages, day) == paper
    assert as_json(pages, "office", day).content == program
    assert pages.runtime.later.settle()
    read = [r.event for r in log.read_log() if isinstance(r.event, ListRead) and "form" in r.event.page]
    assert {pages.school.pupils["ava"]} == {pupil for event in read for pupil in event.pupils}


def test_teachers_see_no_form_and_other_schools_have_none(doors: Doors) -> None:
    leyland = doors.open("leyland")
    assert "visit-form" not in " ".join(leyland.get("board", "teacher").links)
    leyland.get("visit-form", "teacher")
    assert (leyland.status, as_json(leyland, "teacher").status_code) == (403, 403)
    norbury = doors.open("norbury")
    assert "visit-form" not in " ".join(norbury.get("board", "office").links)
    assert "This school's policy has no form of visits" in norbury.get("visit-form", "office").text
    assert as_json(norbury, "office").json()["columns"] == []
    norbury.get("visit-form?day=soon", "office")
    assert (norbury.status, as_json(norbury, "office", "soon").status_code) == (200, 422)
    assert [as_json(leyland, "office", day).status_code for day in ("0001-01-01", "9999-12-31")] == [200, 200]
