"""The sheet for when the power fails: who is out, where, back by and their telephones, and that it was made is kept."""

from collections.abc import Iterator

import pytest

from domain.access.events import Printed
from domain.ids import TripId
from domain.trip.commands import Depart
from domain.trip.events import TripPlanned
from eventlog.settings import DatabaseUrls
from tests.api.pages_example import Pages, served_doors


@pytest.fixture(scope="module")
def leyland(module_database_urls: DatabaseUrls) -> Iterator[Pages]:
    with served_doors(module_database_urls) as doors:
        yield doors.open("leyland")


def test_the_sheet_names_staff_telephones_streets_and_times_and_no_child(leyland: Pages) -> None:
    assert "Nobody is out, and nobody is OK to go" in leyland.get("board/sheet", "office").text
    now = leyland.school.now
    leyland.asks("teacher", day=f"{now:%Y-%m-%d}", leave="09:00", back="10:15")
    log = leyland.school.store.log(leyland.school.slug)
    (trip,) = [r.envelope.stream.id for r in log.read_log() if isinstance(r.event, TripPlanned)]
    assert "Nobody is out" in leyland.get("board/sheet", "office").text, "planned is not out"
    leyland.happens("attendance", Depart(trip=TripId(trip)))

    page = leyland.get("board/sheet", "office")
    for words in ("Amira Khan", "07700 900105", "Tom Ashworth", "07700 900107", "12 Mill Lane", "10:15", "Dot Hughes"):
        assert words in page.text, words
    assert "Ava" not in page.text
    assert leyland.runtime.later.settle()
    assert [r.event.page for r in log.read_log() if isinstance(r.event, Printed)] == ["who is out"] * 3
