"""Signing in by an account at another provider, as a browser does it, over HTTP, and as whoever would like to get in."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from fastapi.testclient import TestClient

from accounts.allowances import ADDRESS as FROM_ONE_ADDRESS
from accounts.openid_settings import Claim
from domain.access.events import SignedIn
from domain.roles import Role
from eventlog.settings import DatabaseUrls
from tests.accounts.openid_provider import OwnProvider, own_provider
from tests.api.elsewhere import COOKIE, HERE, NOT_KNOWN, Goes, events, live_with, uses
from tests.api.live import ADDRESS, BECKSIDE, PASSWORD, Live
from tests.databases import Databases


@pytest.fixture(scope="module")
def theirs() -> Iterator[OwnProvider]:
    with own_provider() as made:
        yield made


@pytest.fixture(scope="module")
def school(module_database_urls: DatabaseUrls, postgres: Databases, theirs: OwnProvider) -> Iterator[Live]:
    with live_with(module_database_urls, postgres, theirs) as made:
        yield made


def test_an_invitation_is_used_by_an_account_elsewhere_and_from_then_on_one_signs_in_by_it(
    school: Live, theirs: OwnProvider
) -> None:
    first = Goes(school, theirs)
    staff, secret = first.uses_invitation("amira", Role.TEACHER)
    assert first.browser.is_in()

    again = Goes(school, theirs)
    school.later(minutes=2)
    half = again.through("amira", f"{HERE}?next=/schools/{BECKSIDE}/policy")
    assert half.headers["location"] == f"/sign-in/second?next=%2Fschools%2F{BECKSIDE}%2Fpolicy"
    assert not again.browser.is_in(), "the second step is still asked for"
    done = again.browser.code(pyotp.TOTP(secret).at(school.now), f"/schools/{BECKSIDE}/policy")
    assert done.headers["location"] == f"/schools/{BECKSIDE}/policy"
    assert again.browser.is_in()
    assert events(school, staff, SignedIn)[-1].how == "Trust login and code"


def test_a_governor_needs_nothing_more(school: Live, theirs: OwnProvider) -> None:
    link = school.invitation(school.joins("Gil Governor", Role.GOVERNOR))
    one = Goes(school, theirs)
    assert one.through("gil", f"{link}/with/openid").headers["location"] == "/"
    assert one.browser.is_in()
    again = Goes(school, theirs)
    assert again.through("gil").headers["location"] == "/"
    assert again.browser.is_in()


def test_an_address_of_somebody_here_is_not_that_somebody(school: Live, theirs: OwnProvider) -> None:
    person = school.somebody(Role.HEADTEACHER)
    one = Goes(school, theirs)
    said = {"email": person.name, "email_verified": True, "preferred_username": person.name, "name": "Hedy Head"}
    answer = one.through("mallory", change=lambda claims: claims.update(said))
    assert answer.status_code == 403
    assert NOT_KNOWN in answer.text
    assert person.name not in answer.text
    assert not one.browser.identifier


def test_an_answer_is_taken_once(school: Live, theirs: OwnProvider) -> None:
    Goes(school, theirs).uses_invitation("once", Role.TEACHER)
    one = Goes(school, theirs)
    address = one.leaves()
    cookie = one.browser.http.cookies[COOKIE]
    given = theirs.comes_to(address, "once", school.now)
    assert one.answers(given).headers["location"] == "/sign-in/second"
    assert COOKIE not in one.browser.http.cookies, "what went along is taken from the browser"
    assert one.answers(given).status_code == 403
    again = Goes(school, theirs)
    again.browser.http.cookies.set(COOKIE, cookie)
    fresh = {**theirs.comes_to(address, "once", school.now), "state": given["state"]}
    assert again.answers(fresh).status_code == 403, "nor with the cookie and another code"
    assert not again.browser.identifier


def test_an_answer_to_another_browser_signs_nobody_in(school: Live, theirs: OwnProvider) -> None:
    Goes(school, theirs).uses_invitation("mallory-here", Role.TEACHER)
    attacker, victim, idle = (Goes(school, theirs) for _ in range(3))
    given = theirs.comes_to(attacker.leaves(), "mallory-here", school.now)
    victim.leaves()
    for one in (victim, idle):
        assert one.answers(given).status_code == 403
        assert not one.browser.identifier


def test_a_code_put_into_anothers_answer_signs_nobody_in(school: Live, theirs: OwnProvider) -> None:
    Goes(school, theirs).uses_invitation("injector", Role.TEACHER)
    attacker, victim = Goes(school, theirs), Goes(school, theirs)
    code = theirs.comes_to(attacker.leaves(), "injector", school.now)["code"]
    state = theirs.comes_to(victim.leaves(), "victim", school.now)["state"]
    assert victim.answers({"code": code, "state": state}).status_code == 403


def test_what_goes_along_is_for_this_host_alone_and_for_minutes(school: Live, theirs: OwnProvider) -> None:
    one = Goes(school, theirs)
    sent = one.browser.get(HERE)
    header = next(found for found in sent.headers.get_list("set-cookie") if found.startswith(f"{COOKIE}="))
    for part in ("Path=/", "Max-Age=600", "Secure", "HttpOnly", "SameSite=Lax"):
        assert part in header
    assert (
        "redirect_uri=https%3A%2F%2Fvisits.school.example%2Fsign-in%2Fwith%2Fopenid%2Fback" in sent.headers["location"]
    )
    school.later(minutes=11)
    assert one.comes_back(sent.headers["location"], "amira").status_code == 403


def test_nobody_is_led_away_after_coming_back(school: Live, theirs: OwnProvider) -> None:
    link = school.invitation(school.joins("Gus Governor", Role.GOVERNOR))
    Goes(school, theirs).through("gus", f"{link}/with/openid")
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        one = Goes(school, theirs)
        assert one.through("gus", f"{HERE}?next={elsewhere}").headers["location"] == "/"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_no_other_site_signs_anybody_in_unasked(school: Live, site: str) -> None:
    browser = school.browser()
    sent = browser.http.get(f"{HERE}?next=/schools/{BECKSIDE}/policy", headers={"Sec-Fetch-Site": site})
    assert sent.status_code == 200
    assert f'href="{HERE}?next=/schools/{BECKSIDE}/policy"' in sent.text
    assert COOKIE not in browser.http.cookies
    for own in ("same-origin", "none"):
        assert browser.http.get(HERE, headers={"Sec-Fetch-Site": own}).status_code == 303


def test_a_second_factor_there_counts_only_where_the_settings_trust_it(school: Live, theirs: OwnProvider) -> None:
    def twice(claims: dict[str, Any]) -> None:
        claims["amr"] = ["pwd", "mfa"]

    staff, _ = Goes(school, theirs).uses_invitation("twice", Role.DSL)
    assert Goes(school, theirs).through("twice", change=twice).headers["location"] == "/sign-in/second"
    uses(school, theirs, second_factor=Claim("amr", "mfa"))
    try:
        assert Goes(school, theirs).through("twice").headers["location"] == "/sign-in/second"
        one = Goes(school, theirs)
        assert one.through("twice", change=twice).headers["location"] == "/"
        assert one.browser.is_in()
        assert events(school, staff, SignedIn)[-1].how == "Trust login, twice"
        # Somebody who never had another one.
        link = school.invitation(school.joins("Dee Dsl", Role.DSL))
        new = Goes(school, theirs)
        assert new.through("dee", f"{link}/with/openid", twice).headers["location"] == "/"
        assert new.browser.is_in()
        once = Goes(school, theirs)
        refused = once.through("dee")
        assert refused.status_code == 403
        assert "second step" in refused.text
        assert not once.browser.identifier
    finally:
        uses(school, theirs)


def test_a_provider_that_is_down_keeps_nobody_from_their_password(school: Live, theirs: OwnProvider) -> None:
    person = school.somebody(Role.TEACHER)
    uses(school, theirs)
    theirs.down.add("/.well-known/openid-configuration")
    try:
        answer = school.browser().get(HERE)
        assert answer.status_code == 403
        assert "Trust login does not answer as it should" in answer.text
        link = school.invitation(school.joins("Nia New", Role.TEACHER))
        assert "does not answer" in school.browser().get(f"{link}/with/openid").text
        assert school.browser().signs_in(person).is_in()
    finally:
        theirs.down.clear()
    assert school.browser().get(HERE).status_code == 303


def test_too_many_wrong_answers_from_one_address_are_not_looked_at_and_a_known_browser_is(
    school: Live, theirs: OwnProvider
) -> None:
    known, stranger, other = (Goes(school, theirs) for _ in range(3))
    for one in (known, stranger, other):
        address = ("192.0.2.77", 50000)
        one.browser.http = TestClient(school.app, base_url=ADDRESS, follow_redirects=False, client=address)
    known.uses_invitation("known", Role.TEACHER)
    statuses = []
    for _ in range(FROM_ONE_ADDRESS[0].amount + 1):
        state = parse_qs(urlsplit(stranger.leaves()).query)["state"][0]
        statuses.append(stranger.answers({"code": "guessed", "state": state}).status_code)
    assert (set(statuses[:-1]), statuses[-1]) == ({403}, 429)
    assert other.through("known").status_code == 429
    assert known.through("known").headers["location"] == "/sign-in/second"
    school.later(minutes=16)
    assert other.through("known").headers["location"] == "/sign-in/second"


@pytest.mark.parametrize("path", ["/sign-in/with/entra", "/sign-in/with/entra/back", "/sign-in/with/%2e%2e"])
def test_nothing_is_at_the_address_of_another_provider(school: Live, path: str) -> None:
    assert school.browser().get(path).status_code == 404


def test_the_page_offers_it_beside_the_password(school: Live) -> None:
    asked = school.browser().get("/sign-in?next=/schools/beckside/board").text
    assert 'href="/sign-in/with/openid?next=/schools/beckside/board"' in asked
    assert "Sign in with Trust login" in asked
    person = school.somebody(Role.TEACHER)
    assert school.browser().password(person.name, PASSWORD).status_code == 303
