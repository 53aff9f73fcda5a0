"""The request put right on the visit's page, and over JSON: which yes counts no more, and why."""

from collections.abc import Iterator

import pytest

from eventlog.settings import DatabaseUrls
from tests.api.pages_example import Doors, served_doors


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with served_doors(module_database_urls) as opened:
        yield opened


@pytest.mark.clauses("LJ-12")
def test_the_office_puts_the_address_right_and_the_page_says_what_counts_no_more(doors: Doors) -> None:
    """DV-20, on the page; the head marks a safeguarding focus there too."""
    pages = doors.open("leyland")
    page = pages.asks("office")
    form = page.form("correct-request")
    assert {"purpose", "purpose_text", "address", "safeguarding", "why"} <= form.names
    assert "place" not in form.names, "Leyland goes to homes only"
    visit = pages.path
    page = pages.send(form, address="9 Fir Avenue, Testford", why="they moved in August")
    assert pages.path == visit
    for said in ("9 Fir Avenue", "Request put right", "The address changed", "they moved in August"):
        assert said in page.text, said
    assert "approval.DSL" not in page.needs
    page = pages.send(page.form("correct-request"), safeguarding="yes", why="a disclosure this morning")
    assert {"approval.headteacher", "approval.DSL"} <= set(page.needs)
    assert "A safeguarding focus was marked" in page.text


def test_a_page_of_approvals_that_was_open_while_the_address_changed_approves_nothing(doors: Doors) -> None:
    pages = doors.open("leyland")
    correction = pages.asks("office").form("correct-request")
    stale = pages.get("approvals", "head").form("approve-visit")
    pages.be("office")
    pages.send(correction, address="9 Fir Avenue, Testford", why="they moved")
    pages.be("head")
    assert "The visit is not as it was read: the address changed since then" in pages.send(stale).text
    page = pages.get("approvals", "head")
    assert "9 Fir Avenue" in page.text
    pages.send(page.form("approve-visit"))
    assert not pages.get("approvals", "head").offers("approve-visit")
