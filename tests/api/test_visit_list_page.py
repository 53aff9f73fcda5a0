"""The visit list on its page and as JSON: what a row holds, who signs it, who reads it."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.identity import HEADER
from domain.pupil.commands import RecordFamily, ReportAbsence
from domain.pupil.events import Carer, Telephone
from eventlog.settings import DatabaseUrls
from tests.api.pages_example import Doors, Pages, served_doors


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with served_doors(module_database_urls) as opened:
        yield opened


@pytest.fixture
def pages(doors: Doors) -> Pages:
    return doors.open("st_patricks")


def as_json(pages: Pages, who: str) -> Any:
    pages.be(who)
    return pages.client.get(
        f"/api/v1/schools/{pages.school.slug}/visit-list", headers={HEADER: str(pages.school.staff[who])}
    )


def with_family(pages: Pages) -> None:
    carer = Carer(name="Robin Brook", title="Mx", relation="parent", phones=(Telephone(number="07700 900555"),))
    ava = pages.school.pupils["ava"]
    address = "12 Mill Lane, Ilkley, LS29 8AA"
    pages.happens("office", RecordFamily(pupil=ava, carers=(carer,), address=address, phone="01632 960001"))
    pages.happens("attendance", ReportAbsence(pupil=ava, day=pages.school.now.date(), tries=2))


@pytest.mark.clauses("SP-37")
def test_a_row_holds_the_child_the_address_the_parents_their_contacts_and_the_attendance_record(pages: Pages) -> None:
    """AC-04, AC-17."""
    with_family(pages)
    pages.asks("attendance")
    page = pages.get("visit-list", "head")
    for words in (
        *("Ava Brook", "Year 3 3B", "12 Mill Lane, Ilkley, LS29 8AA", "Mx Robin Brook, parent: 07700 900555"),
        *("At home: 01632 960001", "1 day absent on record, 1 without an explanation"),
        *("Attendance. Three days absent, and nobody answers", "Amira Khan, Tom Ashworth", "Not signed", "SP-37"),
    ):
        assert words in page.text, words
    (row,) = as_json(pages, "attendance").json()["rows"]
    assert row["pupils"][0]["parents"] == [
        {"name": "Mx Robin Brook", "relation": "parent", "telephones": [{"number": "07700 900555"}]}
    ]
    assert (row["signed"], row["pupils"][0]["unexplained"], row["people"]) == (False, 1, ["Amira Khan", "Tom Ashworth"])


@pytest.mark.clauses("SP-38")
def test_the_headteacher_signs_every_row_at_once_and_a_row_that_changed_again(pages: Pages) -> None:
    """AC-17."""
    pages.asks("attendance")
    pages.asks("attendance", pupils=(pages.school.pupils["leo"],))
    form = pages.get("visit-list", "head").form("visit-list")
    page = pages.send(form, visits=form.options["visits"])
    assert "Signed: 2 rows of the visit list" in page.text
    assert "Signed by Helen Marsh" in page.text
    assert not any(form.action.endswith("/visit-list") for form in page.forms), "nothing is left to sign"
    with_family(pages)
    page = pages.get("visit-list", "head")
    assert "Not signed , because what is held about the child or the family changed" in page.text
    assert len(page.form("visit-list").options["visits"]) == 1


def test_the_office_types_a_signature_by_telephone_and_says_whose(pages: Pages) -> None:
    """AC-17, neighbour: by voice too."""
    pages.asks("attendance")
    form = pages.get("visit-list", "office").form("visit-list")
    page = pages.send(form, visits=form.options["visits"])
    assert "Signed by Helen Marsh" in page.text
    assert "by telephone, typed by Dot Hughes" in page.text
    assert "Yes, I said that" in pages.get("approvals", "head").text


def test_on_the_visits_own_page_the_headteacher_signs_with_one_form(pages: Pages) -> None:
    pages.asks("attendance")
    here = pages.path.removeprefix(f"/schools/{pages.school.slug}/")
    page = pages.send(pages.get(here, "head").form("sign-visit-list"))
    assert "list.signed" not in page.needs
    assert "Signed: the visit to Ava Brook, 12 Mill Lane" in page.text


def test_nothing_ticked_is_asked_for_and_nothing_is_signed(pages: Pages) -> None:
    pages.asks("attendance")
    page = pages.send(pages.get("visit-list", "head").form("visit-list"), visits=())
    assert pages.status == 422
    assert "Tick the rows that are signed" in page.text


def test_whoever_keeps_the_register_reads_it_and_nobody_else(pages: Pages) -> None:
    for who, status in (("office", 200), ("dsl", 200), ("attendance", 200), ("teacher", 403), ("governor", 403)):
        pages.get("visit-list", who)
        assert pages.status == status, who
        assert as_json(pages, who).status_code == status, who
    assert "Visit list" in pages.get("visits", "office").text
    assert "Visit list" in pages.get("approvals", "head").text


def test_a_school_whose_policy_has_no_list_says_so_and_links_to_none(doors: Doors) -> None:
    leyland = doors.open("leyland")
    leyland.asks("attendance")
    assert "This school's policy has no visit list" in leyland.get("visit-list", "head").text
    assert as_json(leyland, "head").json() == {"signer": "", "rows": []}
    assert not any(link.endswith("/visit-list") for link in leyland.get("visits", "office").links)
