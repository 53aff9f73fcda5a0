"""Whose account at another provider is whose here: linked by an invitation or on one's own page, and let go."""

from collections.abc import Iterator

import pyotp
import pytest

from accounts.people import forget
from accounts.rules import FRESH
from accounts.shapes import Purpose, Subject
from domain.access.events import ProofChanged
from domain.ids import SchoolSlug
from domain.roles import Role
from eventlog.settings import DatabaseUrls
from tests.accounts.openid_provider import OwnProvider, own_provider
from tests.api.elsewhere import NOT_KNOWN, Goes, events, live_with, secret_in
from tests.api.live import BECKSIDE, FROM_HERE, Live
from tests.databases import Databases


@pytest.fixture(scope="module")
def theirs() -> Iterator[OwnProvider]:
    with own_provider() as made:
        yield made


@pytest.fixture(scope="module")
def school(module_database_urls: DatabaseUrls, postgres: Databases, theirs: OwnProvider) -> Iterator[Live]:
    with live_with(module_database_urls, postgres, theirs) as made:
        yield made


def test_the_same_subject_of_another_issuer_is_somebody_else(school: Live, theirs: OwnProvider) -> None:
    Goes(school, theirs).uses_invitation("same", Role.TEACHER)
    assert school.runtime.accounts.subjects.account(Subject("https://login.microsoftonline.com/t/v2.0", "same")) is None
    assert school.runtime.accounts.subjects.account(Subject(theirs.issuer, "same")) is not None
    assert school.runtime.accounts.subjects.account(Subject(theirs.issuer, "SAME")) is None


def test_who_is_signed_in_adds_their_account_elsewhere_and_takes_it_away(school: Live, theirs: OwnProvider) -> None:
    person = school.somebody(Role.TEACHER)
    one = Goes(school, theirs, school.browser().signs_in(person))
    leading = one.browser.post("/account/with/openid")
    assert leading.status_code == 200
    address = leading.text.partition('href="http')[2].partition('"')[0].replace("&amp;", "&")
    done = one.comes_back(f"http{address}", "added")
    assert "From now on you can sign in with Trust login" in done.text
    assert Goes(school, theirs).through("added").headers["location"] == "/sign-in/second"
    gone = one.browser.post("/account/without/openid")
    assert "no more" in gone.text
    assert NOT_KNOWN in Goes(school, theirs).through("added").text
    assert [found.what for found in events(school, person.staff, ProofChanged)] == [
        "Trust login added",
        "Trust login removed",
    ]


def leading(one: Goes) -> str:
    """Where the page on one's own account leads."""
    text = one.browser.post("/account/with/openid").text
    return "http" + text.partition('href="http')[2].partition('"')[0].replace("&amp;", "&")


def test_nothing_is_added_from_another_site_later_or_in_another_session(school: Live, theirs: OwnProvider) -> None:
    person = school.somebody(Role.TEACHER)
    one = Goes(school, theirs, school.browser().signs_in(person))
    foreign = one.browser.http.post("/account/with/openid", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert (
        school.browser().http.post("/account/with/openid", headers=FROM_HERE).headers["location"].startswith("/sign-in")
    )

    address = leading(one)
    one.browser.post("/sign-out")
    one.browser.signs_in(person)
    assert one.comes_back(address, "not-added").status_code == 303, "another session than the one that began"

    school.later(seconds=FRESH.total_seconds())
    assert one.browser.post("/account/with/openid").headers["location"] == "/account"
    assert NOT_KNOWN in Goes(school, theirs).through("not-added").text


def test_an_account_elsewhere_is_of_one_person_here(school: Live, theirs: OwnProvider) -> None:
    Goes(school, theirs).uses_invitation("shared", Role.TEACHER)
    link = school.invitation(school.joins("Nia New", Role.TEACHER))
    answer = Goes(school, theirs).through("shared", f"{link}/with/openid")
    assert "signs in by this account already" in answer.text
    person = school.somebody(Role.TEACHER)
    one = Goes(school, theirs, school.browser().signs_in(person))
    assert "signs in by this account already" in one.comes_back(leading(one), "shared").text


def test_of_two_who_choose_the_same_account_elsewhere_the_first_one_has_it(school: Live, theirs: OwnProvider) -> None:
    quick = school.invitation(school.joins("Nia New", Role.GOVERNOR))
    one, other = Goes(school, theirs), Goes(school, theirs)
    # The second one's answer is kept before the first one's is used.
    staff = school.joins("Tom Slow", Role.TEACHER)
    slow = school.invitation(staff)
    second = other.through("race", f"{slow}/with/openid")
    assert "Set up the second step" in second.text
    assert one.through("race", f"{quick}/with/openid").headers["location"] == "/"
    secret = secret_in(second.text)
    done = other.browser.post(f"{slow}/second", {"code": pyotp.TOTP(secret).at(school.now)})
    assert done.status_code == 404
    assert not other.browser.identifier
    assert school.runtime.accounts.people.of_staff(BECKSIDE, staff) is None


def test_who_has_no_password_keeps_their_way_in(school: Live, theirs: OwnProvider) -> None:
    one = Goes(school, theirs)
    one.uses_invitation("only", Role.TEACHER)
    assert "have no password here" in one.browser.get("/account").text
    assert "was not changed" in one.browser.post("/account/without/openid").text
    assert Goes(school, theirs).through("only").headers["location"] == "/sign-in/second"


def test_restored_access_ends_the_account_elsewhere(school: Live, theirs: OwnProvider) -> None:
    staff, _ = Goes(school, theirs).uses_invitation("lost", Role.TEACHER)
    school.browser().uses(school.invitation(staff, purpose=Purpose.RESTORE), staff)
    assert NOT_KNOWN in Goes(school, theirs).through("lost").text
    Goes(school, theirs).uses_link(school.invitation(staff, purpose=Purpose.RESTORE), "found")
    assert Goes(school, theirs).through("found").headers["location"] == "/sign-in/second"


def test_a_password_that_is_chosen_after_all_counts_alone(school: Live, theirs: OwnProvider) -> None:
    staff = school.joins("Una Undecided", Role.TEACHER)
    link = school.invitation(staff)
    Goes(school, theirs).through("undecided", f"{link}/with/openid")
    school.browser().uses(link, staff)
    assert NOT_KNOWN in Goes(school, theirs).through("undecided").text


def test_an_account_that_is_erased_takes_it_along(school: Live, theirs: OwnProvider) -> None:
    staff, _ = Goes(school, theirs).uses_invitation("erased", Role.TEACHER)
    forget(school.runtime.accounts.rows, SchoolSlug(BECKSIDE), staff)
    assert NOT_KNOWN in Goes(school, theirs).through("erased").text


def test_somebody_who_has_left_gets_nowhere(school: Live, theirs: OwnProvider) -> None:
    staff, secret = Goes(school, theirs).uses_invitation("leaver", Role.TEACHER)
    school.leaves(staff)
    one = Goes(school, theirs)
    school.later(minutes=2)
    one.through("leaver")
    one.browser.code(pyotp.TOTP(secret).at(school.now))
    assert one.browser.get(f"/schools/{BECKSIDE}/board").status_code == 403


def test_the_first_administrator_gets_in_without_any_provider(school: Live) -> None:
    token = school.runtime.accounts.invitations.make(Purpose.SET_UP, school.now)
    link = f"/invitation/{token}"
    assert "Trust login" not in school.browser().get(link).text
    assert school.browser().get(f"{link}/with/openid").status_code == 404
