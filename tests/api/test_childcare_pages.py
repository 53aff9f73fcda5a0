"""The days on which a child is at childcare, on the page of an early-years visit and by program."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from api.identity import HEADER
from eventlog.settings import DatabaseUrls
from tests.api.pages_example import Doors, Pages, served_doors


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with served_doors(module_database_urls) as opened:
        yield opened


def sends(pages: Pages, command: str, **body: object) -> int:
    """A command of a program on the open page's visit: the answer's status."""
    who = {HEADER: str(pages.school.staff["office"]), "Idempotency-Key": str(uuid4())}
    path = f"/api/v1/schools/{pages.school.slug}/commands/{command}"
    visit = pages.path.rpartition("/")[2]
    return pages.client.post(path, json={"visit": visit, **body}, headers=who).status_code


@pytest.mark.clauses("LJ-37")
def test_at_leyland_the_appointment_of_an_early_years_visit_asks_for_childcare_days(doors: Doors) -> None:
    """AC-45."""
    leyland = doors.open("leyland")
    page = leyland.asks("office", purpose="pre_start")
    asked_at = leyland.path
    assert "childcare.days" in page.needs
    agree = page.form("confirm-appointment")
    assert agree.options["childcare_days"][:2] == ["monday", "tuesday"]
    wednesday = leyland.school.now + timedelta(days=2)
    told = {"childcare_days": ("tuesday", "wednesday"), "planned_minutes": "30"}
    refused = leyland.send(agree, appointment_at=f"{wednesday:%Y-%m-%d}T14:00", **told)
    assert leyland.status == 409
    assert "The child is at childcare on a Wednesday: choose another day for the visit" in refused.text
    assert "LJ-37" in refused.text
    page = leyland.send(agree, appointment_at=f"{wednesday + timedelta(days=1):%Y-%m-%d}T14:00", **told)
    assert leyland.path == asked_at
    assert "The child is at childcare on Tuesday and Wednesday" in page.text
    assert "childcare.days" not in page.needs
    assert sends(leyland, "change-appointment", appointment_at=f"{wednesday:%Y-%m-%d}T14:00") == 409
    assert sends(leyland, "keep-childcare-days", days=["friday"]) == 201


@pytest.mark.clauses("LJ-37")
def test_a_planned_day_on_which_the_child_is_at_childcare_is_still_needed_to_change(doors: Doors) -> None:
    leyland = doors.open("leyland")
    page = leyland.asks("office", purpose="pre_start")
    days = next(f for f in page.forms if f.action.endswith("/keep-childcare-days") and "tuesday" in f.options["days"])
    page = leyland.send(days, days=(f"{leyland.school.now:%A}".lower(),))
    assert "childcare.day" in page.needs
    assert len([form for form in page.forms if form.action.endswith("/call-off-trip")]) == 2, (
        "beside what is needed, too"
    )
    page = leyland.send(page.form("keep-childcare-days"), days=("none",))
    assert "childcare.day" not in page.needs
    assert "The child is at childcare on no day" in page.text


def test_one_tap_says_that_the_child_is_at_no_childcare(doors: Doors) -> None:
    leyland = doors.open("leyland")
    page = leyland.asks("office", purpose="pre_start")
    page = leyland.send(page.form("keep-childcare-days", days="none"))
    assert "childcare.days" not in page.needs


def test_no_other_visit_and_no_other_school_asks(doors: Doors) -> None:
    for school in ("leyland", "norbury"):
        pages = doors.open(school)
        page = pages.asks("office")
        assert "childcare.days" not in page.needs
        assert "at childcare" not in page.text
