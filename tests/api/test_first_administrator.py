"""The first administrator: a link that is printed, a place in every school, and no child's record."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from api.cli import main
from domain.access.events import RestoringConfirmed
from domain.ids import DOORSTEP
from domain.roles import Role
from eventlog.settings import DatabaseUrls
from tests.api.live import ADDRESS, BECKSIDE, Live, first_link, live
from tests.databases import Databases, settings_of


@pytest.fixture
def school(database_urls: DatabaseUrls, postgres: Databases) -> Iterator[Live]:
    with live(database_urls, postgres) as made:
        yield made


def test_an_administrator_of_one_school_is_made_that_of_a_school_added_later(school: Live) -> None:
    one = school.somebody(Role.ADMINISTRATOR, name="Ada Admin")
    runtime = school.runtime
    command = ["school", "add", "fellside", "Fellside Primary", "norbury", "--administrator"]
    environment = settings_of(runtime.urls)
    unknown = CliRunner(env=environment).invoke(main, [*command, "nobody.at.all"])
    assert unknown.exit_code == 1
    assert "Nobody signs in as nobody.at.all" in unknown.output
    for _ in range(2):
        added = CliRunner(env=environment).invoke(main, [*command, one.name])
        assert added.exit_code == 0, added.output
    assert [found.slug for found in runtime.schools()] == [BECKSIDE, "elm_park", "fellside"]
    browser = school.browser().signs_in(one)
    assert browser.is_in("fellside")
    assert "Fellside Primary" in browser.get("/").text
    assert "Ada Admin" in browser.get("/schools/fellside/accounts").text


def test_the_set_up_link_makes_an_administrator_of_every_school_who_reads_no_child(school: Live) -> None:
    older, link = first_link(school), first_link(school)
    assert school.browser().get(older).status_code == 404, "a new start prints another link"
    browser = school.browser()
    browser.uses(link, school.joins("Nobody in particular"))
    assert first_link(school) == ""
    assert school.browser().get(link).status_code == 404
    for slug in (BECKSIDE, "elm_park"):
        assert browser.is_in(slug)
        assert browser.get(f"/schools/{slug}/visits").status_code == 403
        assert browser.get(f"/schools/{slug}/board").status_code == 403
    assert "Elm Park Primary" in browser.get("/").text


def test_whoever_has_the_server_gives_access_again_and_the_log_says_so(school: Live) -> None:
    one = school.somebody(Role.ADMINISTRATOR, name="Ada Admin")
    before = school.browser().signs_in(one)
    environment = settings_of(school.runtime.urls) | {"DOORSTEP_ORIGIN": ADDRESS}
    answer = CliRunner(env=environment).invoke(main, ["account", "restore", one.name.upper()])
    assert answer.exit_code == 0, answer.output
    link = answer.output.split()[-1].removeprefix(ADDRESS)
    again = school.browser().uses(link, one.staff, password="another lantern otter")
    assert again.name == one.name
    assert not before.is_in()
    log = school.runtime.store.log(BECKSIDE).read_log()
    assert any(isinstance(one_.event, RestoringConfirmed) and one_.event.asked_by == DOORSTEP for one_ in log)
    assert CliRunner(env=environment).invoke(main, ["account", "restore", "nobody"]).exit_code == 1


def test_a_link_printed_where_no_address_is_set_names_none_and_says_what_to_set(school: Live) -> None:
    one = school.somebody(Role.ADMINISTRATOR, name="Ada Admin")
    environment = settings_of(school.runtime.urls) | {"DOORSTEP_ORIGIN": None}
    answer = CliRunner(env=environment).invoke(main, ["account", "restore", one.name])
    assert answer.exit_code == 0, answer.output
    assert "DOORSTEP_ORIGIN is not set" in answer.output
    assert "localhost" not in answer.output
    assert school.browser().get(answer.output.split()[-1]).status_code == 200
