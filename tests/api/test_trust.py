"""Somebody of the trust reads the figures of its schools, and never a name."""

from collections.abc import Iterator

import pytest

from commands.bus import Sender
from commands.ids import new_command_id
from domain.ids import DOORSTEP, PupilId
from domain.pupil.commands import AdmitPupil
from domain.roles import Role
from domain.visit.commands import RequestVisit
from eventlog.settings import DatabaseUrls
from tests.api.live import BECKSIDE, Browser, Live, Person, live, run
from tests.databases import Databases

ELM = "elm_park"


@pytest.fixture(scope="module")
def school(module_database_urls: DatabaseUrls, postgres: Databases) -> Iterator[Live]:
    with live(module_database_urls, postgres) as made:
        yield made


def reader(school: Live, *slugs: str, roles: tuple[Role, ...] = (Role.TRUST_READER,)) -> tuple[Browser, Person]:
    """Somebody with one account at these schools."""
    one = school.somebody(*roles, name="Trudy Trust", school=slugs[0])
    account = school.runtime.accounts.people.of_staff(slugs[0], one.staff)
    assert account is not None
    for slug in slugs[1:]:
        there = school.joins("Trudy Trust", *roles, school=slug)
        school.runtime.accounts.people.link(account.id, slug, there, school.now)
    browser = school.browser()
    if one.secret:
        return browser.signs_in(one), one
    school.later(seconds=61)
    assert browser.password(one.name).status_code == 303
    return browser, one


def visited(school: Live, slug: str) -> None:
    """A child of the school is asked after."""
    send = school.runtime.bus.send
    admit = AdmitPupil(given_name="Zebedee", family_name="Quillfeather", address="2 Mill Lane, Town")
    child = run(send(slug, admit, Sender(DOORSTEP, new_command_id()))).recorded[0].envelope.stream.id
    asked = RequestVisit(
        pupils=(PupilId(child),), purpose="attendance", purpose_text="To talk", on_site_reason="Far away"
    )
    run(send(slug, asked, Sender(school.joins("Tess Teacher", Role.TEACHER, school=slug), new_command_id())))


def test_the_figures_of_each_school_stand_beside_one_another_without_a_name(school: Live) -> None:
    for slug in (BECKSIDE, ELM):
        visited(school, slug)
    browser, _ = reader(school, BECKSIDE, ELM)
    assert "The figures of all of them" in browser.get("/").text
    page = browser.get("/trust")
    assert page.status_code == 200
    assert "Beckside Primary" in page.text
    assert "Elm Park Primary" in page.text
    for name in ("Quillfeather", "Zebedee", "Tess Teacher", "Mill Lane"):
        assert name not in page.text
    assert browser.get(f"/schools/{ELM}/governors").status_code == 200


def test_a_school_where_somebody_reads_for_no_trust_is_not_among_them(school: Live) -> None:
    browser, _ = reader(school, BECKSIDE)
    page = browser.get("/trust").text
    assert "Beckside Primary" in page
    assert "Elm Park" not in page


@pytest.mark.parametrize("role", [Role.GOVERNOR, Role.TEACHER, Role.HEADTEACHER, Role.ADMINISTRATOR])
def test_nobody_else_reads_over_several_schools(role: Role, school: Live) -> None:
    browser, _ = reader(school, BECKSIDE, ELM, roles=(role,))
    assert browser.get("/trust").status_code == 403


@pytest.mark.parametrize("path", ["board", "visits", "dsl", "my-trips", "exports", "notices", "ask", "accounts"])
def test_a_trust_reader_opens_nothing_else_of_a_school(path: str, school: Live) -> None:
    browser, _ = reader(school, BECKSIDE)
    assert browser.get(f"/schools/{BECKSIDE}/{path}").status_code == 403


def test_nobody_is_asked_who_they_are_by_it(school: Live) -> None:
    answer = school.browser().get("/trust")
    assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in")
