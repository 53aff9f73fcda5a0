"""The form of a risk assessment on a visit's page: filled in, put right, amended, and read by whoever oversees it."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from eventlog.settings import DatabaseUrls
from tests.api.pages_example import Doors, Pages, served_doors

DOG = "The brother shuts the dog away"


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with served_doors(module_database_urls) as opened:
        yield opened


def asked(doors: Doors, policy: str) -> tuple[Pages, str]:
    """A visit that was asked for, and the path of its page within the school."""
    pages = doors.open(policy)
    pages.asks("office")
    return pages, pages.path.removeprefix(f"/schools/{pages.school.slug}/")


def test_a_hazard_without_its_name_is_asked_for_and_nothing_else_is_typed_again(doors: Doors) -> None:
    pages, here = asked(doors, "leyland")
    form = pages.get(here, "teacher").form("assess-risk", kind="home_visit")
    page = pages.send(form, sheet__3__existing_controls=DOG, sheet__5__existing_controls="Grit is carried")
    assert pages.status == 422
    assert "Expected what the hazard is, in a word or two" in page.text
    page = pages.send(page.form("assess-risk"), sheet__5__hazard="Ice on the steps")
    for said in (DOG, "Ice on the steps", "Grit is carried"):
        assert said in page.text
    assert "risk.assessed" not in page.needs


@pytest.mark.clauses("LJ-16")
def test_whoever_oversees_reads_it_and_only_as_it_is_now(doors: Doors) -> None:
    pages, here = asked(doors, "leyland")
    form = pages.get(here, "teacher").form("assess-risk", kind="home_visit")
    pages.send(form, sheet__3__existing_controls=DOG)
    page = pages.get(here, "slt")
    assert DOG in page.text
    overseeing = page.form("oversee-risk")
    again = pages.get(here, "attendance").form("assess-risk", kind="home_visit")
    assert again.values["sheet.3.existing_controls"] == [DOG], "an amendment begins from the version before"
    pages.send(again, different_today="A second dog")
    pages.be("slt")
    page = pages.send(overseeing)
    assert pages.status == 409
    assert "amended since you read it" in page.text
    waits = pages.get("approvals")
    for said in ("Waiting for my oversight", DOG, "A second dog"):
        assert said in waits.text
    page = pages.send(waits.form("oversee-risk"))
    assert not page.offers("oversee-risk")
    page = pages.get(here)
    assert "risk.overseen" not in page.needs
    assert "A second dog" in page.text


@pytest.mark.clauses("LJ-16")
def test_what_waits_for_oversight_is_listed_for_those_who_oversee_and_not_for_whoever_made_it(doors: Doors) -> None:
    pages, here = asked(doors, "leyland")
    pages.send(pages.get(here, "teacher").form("assess-risk", kind="home_visit"))
    for who, waits in (("head", 1), ("dsl", 1), ("slt", 1), ("office", 0)):
        page = pages.get("approvals", who)
        assert ("oversee-risk" in {form.action.rpartition("/")[2] for form in page.forms}) == bool(waits)
        found = pages.client.get(f"/api/v1/schools/{pages.school.slug}/oversight").json()
        assert len(found) == waits, who
    pages.get("approvals", "teacher")
    assert pages.status == 403


def test_an_assessment_and_its_overseeing_are_told_with_their_day(doors: Doors) -> None:
    pages, here = asked(doors, "leyland")
    pages.send(pages.get(here, "teacher").form("assess-risk", kind="home_visit"))
    pages.send(pages.get(here, "slt").form("oversee-risk"))
    told = re.compile(r"By .* at 0?\d+:\d\d (\w+), risk acceptable; overseen by .* at \d\d:\d\d (\w+)\.")
    for day, hours in (("today", 0), ("yesterday", 24)):
        pages.school.now += timedelta(hours=hours)
        found = told.search(pages.get(here).text)
        assert found is not None, day
        assert found.groups() == (day, day)


def test_whoever_is_not_to_assess_can_say_what_is_new(doors: Doors) -> None:
    pages, here = asked(doors, "st_patricks")
    pages.send(pages.get(here, "slt").form("assess-risk", kind="home_visit"))
    page = pages.get(here, "teacher")
    form = page.form("assess-risk", kind="home_visit")
    assert "Report a new risk" in page.text
    page = pages.send(form, different_today="Threats were made on Friday")
    assert "risk.stale" in page.needs
    assert "Threats were made on Friday" in page.text
