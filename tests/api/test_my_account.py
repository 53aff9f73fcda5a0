"""One's own account: another password, a passkey, new printed codes."""

import re
from collections.abc import Iterator

import pytest

from accounts.rules import FRESH
from domain.access import events as access
from domain.ids import access_stream
from domain.roles import Role
from domain.times import LONDON
from eventlog.settings import DatabaseUrls
from tests.api.live import BECKSIDE, PASSWORD, Live, Person, live
from tests.databases import Databases

NEW = "another lantern otter"


@pytest.fixture(scope="module")
def school(module_database_urls: DatabaseUrls, postgres: Databases) -> Iterator[Live]:
    with live(module_database_urls, postgres) as made:
        yield made


def changes(school: Live, one: Person) -> list[str]:
    day = school.now.astimezone(LONDON).date()
    found = (one.event for one in school.runtime.store.log(BECKSIDE).read(access_stream(one.staff, day)))
    return [event.what for event in found if isinstance(event, access.ProofChanged)]


def test_another_password_ends_every_other_session_and_the_old_one_opens_nothing(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    here, elsewhere = school.browser().signs_in(one), school.browser().signs_in(one)
    done = here.post("/account/password", {"before": PASSWORD, "wanted": NEW, "again": NEW})
    assert "Your password is changed" in done.text
    assert here.is_in()
    assert not elsewhere.is_in()
    assert school.browser().password(one.name, PASSWORD).status_code == 403
    assert school.browser().password(one.name, NEW).status_code == 303
    assert changes(school, one) == ["password"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"before": "not mine at all", "wanted": NEW, "again": NEW}, "not your password"),
        ({"before": PASSWORD, "wanted": NEW, "again": f"{NEW}s"}, "not the same"),
        ({"before": PASSWORD, "wanted": "password1234", "again": "password1234"}, "would be guessed"),
        ({"before": PASSWORD, "wanted": "beckside-primary", "again": "beckside-primary"}, "the school’s"),
    ],
)
def test_a_password_is_not_changed_without_the_old_one_nor_to_one_that_would_be_guessed(
    school: Live, typed: dict[str, str], says: str
) -> None:
    one = school.somebody(Role.TEACHER)
    refused = school.browser().signs_in(one).post("/account/password", typed)
    assert refused.status_code == 422
    assert says in refused.text
    assert changes(school, one) == []


def test_the_old_password_cannot_be_tried_out_by_a_stolen_session(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    browser = school.browser().signs_in(one)
    said = [
        browser.post("/account/password", {"before": f"guess {n}", "wanted": NEW, "again": NEW}).text for n in range(8)
    ]
    assert "tried too often" in said[-1]


def test_new_codes_end_the_old_ones_and_are_made_soon_after_signing_in_only(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    browser = school.browser().signs_in(one)
    made = re.findall(
        r"<li><code>([^<]+)</code></li>", browser.post("/account/codes", {"codes_password": PASSWORD}).text
    )
    assert len(made) == 10
    other = school.browser()
    other.password(one.name)
    assert other.code(one.codes[0]).status_code == 403
    assert other.code(made[0]).status_code == 303
    school.later(seconds=FRESH.total_seconds())
    late = browser.post("/account/codes", {"codes_password": PASSWORD})
    assert late.status_code == 422
    assert "Sign out and in again" in late.text


def test_new_codes_are_made_by_whoever_types_the_password_and_not_by_a_screen_left_alone(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    browser = school.browser().signs_in(one)
    for typed in ({}, {"codes_password": "not mine at all"}):
        refused = browser.post("/account/codes", typed)
        assert (refused.status_code, "not your password" in refused.text) == (422, True)
    other = school.browser()
    other.password(one.name)
    assert other.code(one.codes[0]).status_code == 303, "the old codes stand"


def test_a_passkey_that_was_not_asked_for_is_not_added(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    browser = school.browser().signs_in(one)
    for sent in ("", "{}", "nonsense"):
        assert browser.post("/account/passkey", {"passkey": sent}).status_code == 422


def test_nobody_else_sees_the_page(school: Live) -> None:
    assert school.browser().get("/account").headers["location"].startswith("/sign-in")
    one = school.somebody(Role.TEACHER)
    half = school.browser()
    half.password(one.name)
    assert half.get("/account").headers["location"].startswith("/sign-in")
