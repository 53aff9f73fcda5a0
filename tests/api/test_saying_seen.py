"""“Was the child seen?” is asked on My trips, shown to the DSL, and not asked where nobody answered."""

from collections.abc import Iterator

import pytest

from domain.ids import TripId, VisitId, visit_stream
from domain.trip.commands import Depart, ReturnToSchool
from domain.visit.commands import NoAnswer
from domain.visit.events import Outcome, PupilOutcomeRecorded
from eventlog.settings import DatabaseUrls
from tests.api.pages_example import Doors, Pages, served_doors

ASKS = "Nobody has said yet whether the child was seen"


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with served_doors(module_database_urls) as opened:
        yield opened


def back(doors: Doors, *, answered: bool = True) -> tuple[Pages, VisitId, TripId]:
    """Everybody is back from Mill Lane."""
    pages = doors.open("leyland")
    visit, trip = pages.school.ask("office")
    team = (pages.school.staff["attendance"], pages.school.staff["teacher"])
    pages.happens("teacher", Depart(trip=trip, people=team))
    if not answered:
        pages.happens("teacher", NoAnswer(visit=visit))
    pages.happens("teacher", ReturnToSchool(trip=trip, people=team))
    return pages, visit, trip


def outcomes(pages: Pages, visit: VisitId) -> list[Outcome | None]:
    log = pages.school.store.log(pages.school.slug)
    return [r.event.outcome for r in log.read(visit_stream(visit)) if isinstance(r.event, PupilOutcomeRecorded)]


def test_my_trips_asks_those_who_went_and_one_tap_answers(doors: Doors) -> None:
    pages, visit, _ = back(doors)
    mine = pages.get("my-trips", "attendance")
    assert ASKS in mine.text
    assert "Was Ava Brook seen?" in mine.text
    assert "12 Mill Lane. Amira Khan and Tom Ashworth: everybody back or safe at 08:30" in mine.text
    mine = pages.send(mine.form("record-outcome", outcome="seen_and_spoken_to"))
    assert "Ava Brook, 12 Mill Lane: seen and spoken to" in mine.text
    assert ASKS not in mine.text
    assert outcomes(pages, visit) == [Outcome.SEEN_SPOKEN]
    assert ASKS not in pages.get("my-trips", "office").text


def test_the_dsl_sees_who_is_not_spoken_of_until_somebody_says(doors: Doors) -> None:
    pages, visit, _ = back(doors)
    desk = pages.get("dsl", "dsl")
    assert "Was Ava Brook seen?" in desk.text
    assert f"/schools/{pages.school.slug}/visits/{visit}" in desk.links
    page = pages.get(f"visits/{visit}", "teacher")
    pages.send(page.form("record-outcome"), outcome="moved", note="The neighbours said so")
    assert outcomes(pages, visit) == [Outcome.MOVED]
    desk = pages.get("dsl", "dsl")
    assert "Was Ava Brook seen?" not in desk.text
    assert "the family has moved" in desk.text


def test_after_no_answer_the_write_up_asks_no_more_and_closing_keeps_the_outcome(doors: Doors) -> None:
    pages, visit, _ = back(doors, answered=False)
    assert ASKS not in pages.get("my-trips", "teacher").text
    page = pages.get(f"visits/{visit}", "teacher")
    assert "Was Ava Brook seen?" not in page.text
    assert "Nobody answered, so Ava Brook counts as not seen" in page.text
    assert page.form("record-visit").values["fields.outcome"] == ["Nobody answered at 08:30"]
    page = pages.send(page.form("record-visit"), fields__notes_filed="none")
    assert pages.status == 200
    assert outcomes(pages, visit) == [Outcome.NO_ANSWER]
    assert "Ava Brook, 12 Mill Lane" in pages.get("dsl/children-not-seen", "dsl").text


def test_what_no_answer_says_can_be_put_right_before_it_is_closed(doors: Doors) -> None:
    pages, visit, _ = back(doors, answered=False)
    page = pages.get(f"visits/{visit}", "teacher")
    form = page.form("record-outcome")
    assert form.values["outcome"] == [Outcome.NO_ANSWER.value]
    page = pages.send(form, outcome=Outcome.SEEN.value)
    assert "counts as not seen" not in page.text
    pages.send(page.form("record-visit"), fields__outcome="Seen at the shop", fields__notes_filed="none")
    assert outcomes(pages, visit) == [Outcome.SEEN]
