"""From the absence list to a trip: flags by hand and by register, one trip in one go, explained before or after."""

from collections.abc import Iterator

import pytest

from domain.access.events import ListRead
from domain.ids import PupilId, StreamKind
from domain.pupil.events import AbsenceFlagged
from domain.trip.events import TripPlanned
from domain.visit.events import VisitApproved, VisitRequested
from eventlog.settings import DatabaseUrls
from tests.api.pages_example import Doors, Pages, served_doors

REGISTER = "Name,Code\nAva Brook,N\nNoah Brook,N\nLeo Marsden,I\n"


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with served_doors(module_database_urls) as opened:
        yield opened


@pytest.fixture
def scargill(doors: Doors) -> Pages:
    return doors.open("scargill")


def happened(pages: Pages, kind: type) -> list[object]:
    return [r.event for r in pages.school.store.log(pages.school.slug).read_log() if isinstance(r.event, kind)]


def flagged(pages: Pages) -> None:
    """Ava is away, and nobody answers."""
    page = pages.get("absences?q=Ava", "attendance")
    pages.send(page.form("report-absence"), tries="2")


@pytest.mark.clauses("SC-27", "SC-28")
def test_a_first_day_absence_is_flagged_proposes_a_visit_and_approves_nothing(scargill: Pages) -> None:
    """SC-27, SC-28."""
    flagged(scargill)
    page = scargill.get("absences", "attendance")
    assert "nobody has said why, the family was tried twice in vain" in page.text
    assert "Proposed: Safe-and-well check" in page.text
    assert "SC-27" in page.text
    form = next(f for f in page.forms if "flags" in f.names)
    assert form.values["one"] == [str(scargill.school.staff["attendance"])]
    assert happened(scargill, VisitRequested) == happened(scargill, VisitApproved) == []


@pytest.mark.clauses("SC-27")
def test_the_notices_say_that_the_attendance_officer_must_be_told_and_reading_them_is_on_record(
    scargill: Pages,
) -> None:
    flagged(scargill)
    page = scargill.get("notices", "office")
    assert "An absence is to be looked into" in page.text
    assert "Ava" in page.text
    assert f"/schools/{scargill.school.slug}/absences" in page.links
    (flag,) = (
        r for r in scargill.school.store.log(scargill.school.slug).read_log() if isinstance(r.event, AbsenceFlagged)
    )
    read = [event.pupils for event in happened(scargill, ListRead) if isinstance(event, ListRead)]
    assert PupilId(flag.envelope.stream.id) in read[-1]


def test_from_the_absence_list_to_a_planned_trip_is_one_action(scargill: Pages) -> None:
    flagged(scargill)
    page = scargill.get("absences", "attendance")
    form = next(f for f in page.forms if "flags" in f.names)
    form.values["step"] = ["plan"]
    answer = scargill.send(form)
    assert scargill.status == 200
    assert "/trips/" in scargill.path
    assert "Asked for one visit and planned one trip" in answer.text
    (asked,) = happened(scargill, VisitRequested)
    assert isinstance(asked, VisitRequested)
    assert (asked.purpose, asked.contacts_tried) == ("safe_and_well", "Tried twice in vain")
    scargill.send(form)
    assert len(happened(scargill, VisitRequested)) == len(happened(scargill, TripPlanned)) == 1, "sent twice, done once"
    page = scargill.get("absences", "attendance")
    assert "A visit is asked for" in page.text
    assert not any("flags" in f.names for f in page.forms), "nothing is left to be asked for"


def test_an_explanation_closes_the_flag_whenever_it_comes(scargill: Pages) -> None:
    flagged(scargill)
    page = scargill.get("absences", "office")
    page = scargill.send(page.form("explain-absence"), explanation="a cold", who="the mother")
    assert "No absence is to be looked into" in page.text
    assert "A cold" in page.text


def test_the_register_is_pasted_and_taken_once(scargill: Pages) -> None:
    page = scargill.get("absences", "office")
    form = next(f for f in page.forms if "register" in f.names)
    form.values["step"] = ["register"]
    known = {p.name for p in scargill.runtime.directory(scargill.school.slug).pupils.values()}
    register = "\n".join(line for line in REGISTER.splitlines() if line.split(",")[0] in {"Name", *known})
    page = scargill.send(form, register=register)
    assert "Register taken" in page.text
    before = scargill.school.store.log(scargill.school.slug).head()
    scargill.send(form, register=register)
    kinds = [r.envelope.stream.kind for r in scargill.school.store.log(scargill.school.slug).read_log()][before:]
    assert StreamKind.PUPIL not in kinds, "sent twice, taken once"
    assert happened(scargill, AbsenceFlagged) == [], "nobody tried the families yet"


def test_a_register_that_cannot_be_read_changes_nothing_and_stays_on_the_page(scargill: Pages) -> None:
    page = scargill.get("absences", "office")
    form = next(f for f in page.forms if "register" in f.names)
    form.values["step"] = ["register"]
    page = scargill.send(form, register="Name,Code\nAva Brook,N\nNobody Here,N\n")
    assert scargill.status == 422
    assert "line 3: expected a pupil on roll" in page.text
    kept = next(f for f in page.forms if "register" in f.names)
    assert "Nobody Here" in kept.values["register"][0]
    assert "Nobody is known to be absent today" in page.text


def test_term_dates_are_kept_and_decide_which_days_count(scargill: Pages) -> None:
    page = scargill.get("absences", "office")
    form = next(f for f in page.forms if "terms" in f.names)
    form.values["step"] = ["terms"]
    scargill.send(form, terms="2026-01-05 to 2026-02-13\n2026-02-23 to 2026-03-27", closed="2026-03-02")
    assert scargill.status == 200
    page = scargill.get("absences", "office")
    kept = next(f for f in page.forms if "terms" in f.names)
    assert "2026-02-23 to 2026-03-27" in kept.values["terms"][0]
    page = scargill.send(form, terms="in the autumn")
    assert scargill.status == 422


def test_a_teacher_does_not_read_the_absences(scargill: Pages) -> None:
    scargill.get("absences", "teacher")
    assert scargill.status == 403
