"""Signing in by an account at another provider, as a browser does it, over HTTP."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from accounts.allowances import ADDRESS as FROM_ONE_ADDRESS
from accounts.openid import OpenId
from accounts.openid_settings import Claim
from accounts.people import forget
from accounts.rules import FRESH
from accounts.shapes import Purpose, Subject
from api.app import create_app
from api.origin import Origin
from domain.access.events import ProofChanged, SignedIn
from domain.ids import SchoolSlug, StaffId
from domain.roles import Role
from eventlog.settings import DatabaseUrls
from tests.accounts.openid_provider import Change, OwnProvider, own_provider
from tests.api.live import _CODES, _KEY, ADDRESS, BECKSIDE, FROM_HERE, PASSWORD, Browser, Live, live
from tests.databases import Databases

HERE = "/sign-in/with/openid"
COOKIE = "__Host-doorstep-openid"
NOT_KNOWN = "This account is not one of this Doorstep: ask your school for an invitation"


def nothing(_: dict[str, Any]) -> None:
    """A token is as the standard wants it."""


@pytest.fixture(scope="module")
def theirs() -> Iterator[OwnProvider]:
    with own_provider() as made:
        yield made


@pytest.fixture(scope="module")
def school(module_database_urls: DatabaseUrls, postgres: Databases, theirs: OwnProvider) -> Iterator[Live]:
    with live(module_database_urls, postgres) as made:
        made.somebody(Role.HEADTEACHER, name="Hedy Head")
        uses(made, theirs)
        yield made


def uses(school: Live, theirs: OwnProvider, **settings: Any) -> None:
    """The installation knows the provider like this from now on."""
    openid = OpenId([theirs.settings(**settings)])
    school.app = create_app(school.runtime, Origin(address=ADDRESS), openid)


class Goes:
    """Somebody who leaves for the provider and comes back."""

    def __init__(self, school: Live, theirs: OwnProvider, browser: Browser | None = None) -> None:
        """In a browser that knows nothing, unless another is given."""
        self.school = school
        self.theirs = theirs
        self.browser = browser or school.browser()

    def leaves(self, path: str = HERE) -> str:
        """Where they are sent."""
        sent = self.browser.get(path)
        assert sent.status_code == 303, sent.text
        return sent.headers["location"]

    def comes_back(self, address: str, subject: str, change: Change = nothing) -> Response:
        """With what the provider gave them."""
        return self.answers(self.theirs.comes_to(address, subject, self.school.now, change=change))

    def answers(self, given: dict[str, str]) -> Response:
        """With this."""
        return self.browser.http.get(f"{HERE}/back", params=given)

    def through(self, subject: str, path: str = HERE, change: Change = nothing) -> Response:
        """There and back."""
        return self.comes_back(self.leaves(path), subject, change)

    def uses_invitation(self, subject: str, *roles: Role) -> tuple[StaffId, str]:
        """Somebody joins and uses their link by the provider, with an app; their id and the app's secret."""
        staff = self.school.joins("Amira Khan", *roles)
        return staff, self.uses_link(self.school.invitation(staff), subject)

    def uses_link(self, link: str, subject: str) -> str:
        """A link, to the end; the secret of the app."""
        second = self.through(subject, f"{link}/with/openid")
        found = _KEY.search(second.text)
        assert found, second.text
        secret = found[1].replace(" ", "")
        done = self.browser.post(f"{link}/second", {"code": pyotp.TOTP(secret).at(self.school.now)})
        assert len(_CODES.findall(done.text)) == 10, done.text
        return secret


def events(school: Live, staff: StaffId, kind: type) -> list[Any]:
    log = school.runtime.store.log(BECKSIDE)
    return [one.event for one in log.read_log(0) if isinstance(one.event, kind) and one.envelope.actor == staff]


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


def test_the_same_subject_of_another_issuer_is_somebody_else(school: Live, theirs: OwnProvider) -> None:
    Goes(school, theirs).uses_invitation("same", Role.TEACHER)
    assert school.runtime.accounts.subjects.account(Subject("https://login.microsoftonline.com/t/v2.0", "same")) is None
    assert school.runtime.accounts.subjects.account(Subject(theirs.issuer, "same")) is not None
    assert school.runtime.accounts.subjects.account(Subject(theirs.issuer, "SAME")) is None


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


def test_the_first_administrator_gets_in_without_any_provider(school: Live) -> None:
    token = school.runtime.accounts.invitations.make(Purpose.SET_UP, school.now)
    link = f"/invitation/{token}"
    assert "Trust login" not in school.browser().get(link).text
    assert school.browser().get(f"{link}/with/openid").status_code == 404


@pytest.mark.parametrize("path", ["/sign-in/with/entra", "/sign-in/with/entra/back", "/sign-in/with/%2e%2e"])
def test_nothing_is_at_the_address_of_another_provider(school: Live, path: str) -> None:
    assert school.browser().get(path).status_code == 404


def test_the_page_offers_it_beside_the_password(school: Live) -> None:
    asked = school.browser().get("/sign-in?next=/schools/beckside/board").text
    assert 'href="/sign-in/with/openid?next=/schools/beckside/board"' in asked
    assert "Sign in with Trust login" in asked
    person = school.somebody(Role.TEACHER)
    assert school.browser().password(person.name, PASSWORD).status_code == 303
