"""A visit's appointment on its page: offered, agreed, signed, altered; what is still needed, with its clause."""

from collections.abc import Iterator

import pytest

from eventlog.settings import DatabaseUrls
from tests.api.pages_example import Doors, Pages, served_doors


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with served_doors(module_database_urls) as opened:
        yield opened


def here(pages: Pages) -> str:
    return pages.path.removeprefix(f"/schools/{pages.school.slug}/")


@pytest.mark.clauses("NH-04", "NH-05")
def test_at_norbury_one_time_is_no_choice_and_two_are(doors: Doors) -> None:
    """AC-42."""
    norbury = doors.open("norbury")
    page = norbury.asks("office")
    visit = here(norbury)
    page = norbury.send(page.form("confirm-appointment"))
    assert norbury.status == 409
    assert "The family chooses among at least 2 times, or names one: 1 was offered" in page.text
    assert "NH-05" in page.text
    offered = norbury.get(visit).form("offer-appointments")
    day = norbury.school.now.date().isoformat()
    page = norbury.send(offered, times=[f"{day}T13:00", f"{day}T15:30", ""])
    assert "Offered: " in page.text
    assert "13:00 and " in page.text
    page = norbury.send(page.form("confirm-appointment"))
    assert "appointment.agreed" not in page.needs
    assert "2 times were offered" in page.text


@pytest.mark.clauses("LJ-38")
def test_at_leyland_a_call_that_settled_too_little_is_gone_through_again(doors: Doors) -> None:
    leyland = doors.open("leyland")
    page = leyland.asks("office")
    page = leyland.send(page.form("confirm-appointment"))
    assert "appointment.settled" in page.needs
    assert "LJ-38" in page.text
    settled = {"planned_minutes": "30", "address_settled": "yes", "questions_invited": "yes"}
    page = leyland.send(page.form("confirm-appointment"), **settled)
    assert "appointment.settled" not in page.needs
    assert "30 minutes, agreed by telephone" in page.text


@pytest.mark.clauses("SC-15", "SC-17")
def test_at_scargill_a_written_appointment_is_kept_at_the_office_and_signed_one_after_the_other(doors: Doors) -> None:
    scargill = doors.open("scargill")
    page = scargill.asks("office")
    page = scargill.send(page.form("confirm-appointment"))
    assert "agreed in writing" in page.text
    assert "Kept at the school office; not signed" in page.text
    page = scargill.send(page.form("sign-appointment"), parents="Mrs Brook")
    assert "Kept at the school office; signed by parents" in page.text
    assert page.offers("sign-appointment")


@pytest.mark.clauses("SP-44")
def test_at_st_patricks_the_headteacher_hears_of_an_alteration(doors: Doors) -> None:
    school = doors.open("st_patricks")
    page = school.asks("office")
    page = school.send(page.form("confirm-appointment"))
    assert page.offers("change-appointment")
    change = page.form("change-appointment")
    day = school.school.now.date().isoformat()
    page = school.send(change, appointment_at=f"{day}T15:40", why="The father is on shift")
    assert "Appointment changed" in page.text
    told = school.get("notices", "office")
    assert "The appointment was changed" in told.text
    assert "SP-44" in told.text
