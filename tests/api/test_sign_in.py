"""Signing in as a browser does it, over HTTP."""

from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest

from accounts.rules import LIMITS, STILL_ANSWERED
from accounts.shapes import Purpose
from domain.roles import Role
from eventlog.settings import DatabaseUrls
from tests.api.live import BECKSIDE, COOKIE, FROM_HERE, PASSWORD, Live, live
from tests.databases import Databases

BOARD = f"/schools/{BECKSIDE}/board"
ME = f"/api/v1/schools/{BECKSIDE}/me"


@pytest.fixture(scope="module")
def school(module_database_urls: DatabaseUrls, postgres: Databases) -> Iterator[Live]:
    with live(module_database_urls, postgres) as made:
        # The first test of the file would otherwise find nobody with an account.
        made.somebody(Role.HEADTEACHER, name="Hedy Head")
        yield made


def test_a_page_leads_to_sign_in_and_back_to_what_was_wanted(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    browser = school.browser()
    sent = browser.get(f"{BOARD}?day=today")
    assert sent.status_code == 303
    assert sent.headers["location"] == f"/sign-in?next=%2Fschools%2F{BECKSIDE}%2Fboard%3Fday%3Dtoday"
    school.later(minutes=1)
    wanted = f"{BOARD}?day=today"
    second = browser.password(one.name, wanted=wanted)
    assert second.headers["location"].startswith("/sign-in/second?next=")
    done = browser.code(pyotp.TOTP(one.secret).at(school.now), wanted)
    assert (done.status_code, done.headers["location"]) == (303, wanted)
    assert browser.get(wanted).status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_away_after_signing_in(school: Live, elsewhere: str) -> None:
    one = school.somebody(Role.GOVERNOR)
    done = school.browser().password(one.name, wanted=elsewhere)
    assert done.headers["location"] == "/"


def test_the_api_says_that_nobody_is_signed_in(school: Live) -> None:
    answer = school.browser().get(ME)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_the_demonstrations_header_and_cookie_are_nothing_here(school: Live) -> None:
    one = school.somebody(Role.HEADTEACHER)
    browser = school.browser()
    assert browser.http.get(ME, headers={"Doorstep-Demo-Person": str(one.staff)}).status_code == 401
    browser.http.cookies.set("doorstep_demo_person", str(one.staff))
    assert browser.get(ME).status_code == 401
    assert browser.get(BOARD).status_code == 303
    assert browser.get("/choose").status_code == 404


def test_the_cookie_is_for_this_host_alone_and_no_script_reads_it(school: Live) -> None:
    one = school.somebody(Role.GOVERNOR)
    done = school.browser().password(one.name)
    cookies = done.headers.get_list("set-cookie")
    session = next(one for one in cookies if one.startswith(f"{COOKIE}="))
    for part in ("Path=/", "Secure", "HttpOnly", "SameSite=Lax"):
        assert part in session
    assert "Domain" not in session


def test_a_password_alone_opens_nothing_for_who_sees_children(school: Live) -> None:
    one = school.somebody(Role.DSL)
    browser = school.browser()
    assert browser.password(one.name).headers["location"] == "/sign-in/second"
    assert browser.get(BOARD).status_code == 303
    assert browser.get(ME).status_code == 401
    assert browser.get("/").headers["location"] == "/sign-in"


def test_a_wrong_name_and_a_wrong_password_get_the_same_page(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    wrong_password = school.browser().password(one.name, "quite another one")
    wrong_name = school.browser().password("nobody@school.example", PASSWORD)
    assert wrong_password.status_code == wrong_name.status_code == 403
    assert wrong_password.text.replace(one.name, "") == wrong_name.text.replace("nobody@school.example", "")
    assert not wrong_name.headers.get_list("set-cookie")
    assert not wrong_password.headers.get_list("set-cookie")


def test_who_guesses_is_told_to_wait_and_the_owners_own_browser_is_not(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    own = school.browser().signs_in(one)
    stranger = school.browser()
    answers = [stranger.password(one.name, f"guess {n}").status_code for n in range(9)]
    assert answers[-1] == 429
    assert stranger.password(one.name).status_code == 429, "even the right one"
    own.post("/sign-out")
    own.signs_in(one)
    assert own.is_in()


def test_an_identifier_given_before_signing_in_never_becomes_signed_in(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    browser = school.browser()
    planted = "x" * 43
    browser.http.cookies.set(COOKIE, planted, domain="visits.school.example", path="/")
    browser.http.cookies.clear()
    school.later(seconds=61)
    half = browser.http.post(
        "/sign-in",
        data={"name": one.name, "password": PASSWORD},
        headers={**FROM_HERE, "Cookie": f"{COOKIE}={planted}"},
    )
    assert half.status_code == 303
    between = browser.identifier
    assert between not in {"", planted}
    browser.code(pyotp.TOTP(one.secret).at(school.now))
    after = browser.identifier
    assert after not in {planted, between}
    for old in (planted, between):
        stolen = school.browser().http.get(ME, headers={"Cookie": f"{COOKIE}={old}"})
        assert stolen.status_code == 401
    assert browser.is_in()


def test_after_signing_out_the_cookie_opens_nothing(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    browser = school.browser().signs_in(one)
    stolen = browser.identifier
    assert browser.is_in()
    assert browser.post("/sign-out").headers["location"] == "/sign-in?signed_out=yes"
    assert browser.identifier == ""
    assert school.browser().http.get(ME, headers={"Cookie": f"{COOKIE}={stolen}"}).status_code == 401


def test_signing_out_everywhere_ends_every_browser(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    first, second = school.browser().signs_in(one), school.browser().signs_in(one)
    first.post("/sign-out", {"everywhere": "yes"})
    assert not second.is_in()


def test_a_code_that_was_used_is_not_taken_again(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    school.later(minutes=2)
    code = pyotp.TOTP(one.secret).at(school.now)
    first, second = school.browser(), school.browser()
    first.password(one.name)
    second.password(one.name)
    assert first.code(code).status_code == 303
    assert second.code(code).status_code == 403
    assert not second.is_in()


def test_a_printed_code_lets_in_once(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    browser, again = school.browser(), school.browser()
    browser.password(one.name)
    again.password(one.name)
    assert browser.code(one.codes[0]).status_code == 303
    assert browser.is_in()
    assert again.code(one.codes[0]).status_code == 403


def test_somebody_who_has_left_is_out_at_once(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    browser = school.browser().signs_in(one)
    assert browser.is_in()
    school.leaves(one.staff)
    assert browser.get(BOARD).status_code == 403
    assert browser.get(ME).status_code == 403


def test_another_school_is_closed_and_whether_it_is_there_is_not_told(school: Live) -> None:
    one = school.somebody(Role.HEADTEACHER)
    browser = school.browser().signs_in(one)
    there, nowhere = browser.get("/schools/elm_park/board"), browser.get("/schools/no_such_school/board")
    assert there.status_code == nowhere.status_code == 403
    assert there.text.replace("elm_park", "") == nowhere.text.replace("no_such_school", "")
    assert browser.get("/api/v1/schools/elm_park/me").status_code == 403


def test_another_role_means_another_identifier(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    browser = school.browser().signs_in(one)
    assert browser.is_in()
    before = browser.identifier
    assert browser.is_in()
    assert browser.identifier == before
    school.gets_role(one.staff, Role.DSL)
    assert browser.is_in()
    assert browser.identifier != before
    school.later(seconds=STILL_ANSWERED.total_seconds() + 1)
    assert school.browser().http.get(ME, headers={"Cookie": f"{COOKIE}={before}"}).status_code == 401
    assert browser.is_in()


def test_a_governor_who_becomes_more_proves_themselves_twice_first(school: Live) -> None:
    one = school.somebody(Role.GOVERNOR)
    browser = school.browser()
    assert browser.password(one.name).headers["location"] == "/"
    assert browser.is_in()
    school.gets_role(one.staff, Role.DSL)
    assert browser.get(BOARD).status_code == 403
    assert "second step" in browser.get(BOARD).text
    assert browser.get(ME).status_code == 401
    assert "new invitation" in school.browser().password(one.name).text


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.DSL, Role.TEACHER])
def test_a_session_that_is_not_used_ends_by_its_role(school: Live, role: Role) -> None:
    one = school.somebody(role)
    browser = school.browser().signs_in(one)
    assert browser.is_in()
    school.later(seconds=(LIMITS[role].idle - timedelta(minutes=1)).total_seconds())
    assert browser.is_in()
    school.later(seconds=LIMITS[role].idle.total_seconds())
    assert not browser.is_in()


def test_nobody_is_timed_out_while_they_are_out_on_a_trip(school: Live) -> None:
    one = school.somebody(Role.TEACHER, Role.DSL, name="Tom Out")
    browser = school.browser().signs_in(one)
    sent = browser.http.post(
        f"/api/v1/schools/{BECKSIDE}/commands/depart", json={"people": [str(one.staff)]}, headers=FROM_HERE
    )
    assert sent.status_code == 201, sent.text
    head = school.runtime.store.log(BECKSIDE).head()
    assert school.runtime.runner(BECKSIDE).wait_for(head, 10)
    school.later(seconds=LIMITS[Role.DSL].absolute.total_seconds() + 60)
    assert browser.is_in()
    trip = sent.json()["stream"]["id"]
    back = browser.http.post(
        f"/api/v1/schools/{BECKSIDE}/commands/return-to-school",
        json={"trip": trip, "people": [str(one.staff)]},
        headers=FROM_HERE,
    )
    assert back.status_code == 201, back.text
    assert school.runtime.runner(BECKSIDE).wait_for(school.runtime.store.log(BECKSIDE).head(), 10)
    assert not browser.is_in()


def test_an_api_call_by_a_session_from_elsewhere_is_turned_away(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    browser = school.browser().signs_in(one)
    address = f"/api/v1/schools/{BECKSIDE}/commands/raise-concern"
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
        answer = browser.http.post(address, json={"text": "x"}, headers=headers)
        assert (answer.status_code, answer.json()["title"]) == (403, "Not from here")
    assert browser.http.post(address, json={"text": "A worry"}, headers=FROM_HERE).status_code == 201


def test_what_somebody_else_tapped_on_this_phone_waits_for_them(school: Live) -> None:
    one, other = school.somebody(Role.TEACHER), school.somebody(Role.TEACHER, name="Tom Ashworth")
    browser = school.browser().signs_in(one)
    address = f"/api/v1/schools/{BECKSIDE}/commands/raise-concern"
    answer = browser.http.post(address, json={"text": "x"}, headers={**FROM_HERE, "Doorstep-Person": str(other.staff)})
    assert answer.status_code == 401


def test_a_form_from_another_site_signs_nobody_in_or_out(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    browser = school.browser().signs_in(one)
    assert browser.http.post("/sign-out", headers={"Origin": "https://evil.example"}).status_code == 403
    assert browser.is_in()


def test_it_answers_under_its_own_name_only(school: Live) -> None:
    browser = school.browser()
    assert browser.http.get("/sign-in", headers={"Host": "evil.example"}).status_code == 421
    assert browser.http.get("/health", headers={"Host": "127.0.0.1:8000"}).status_code in {200, 503}


def test_an_invitation_works_once_and_then_as_one_that_never_was(school: Live) -> None:
    staff = school.joins("Nia New", Role.TEACHER)
    link = school.invitation(staff)
    browser = school.browser()
    browser.uses(link, staff)
    assert browser.is_in(), "whoever made an account is signed in"
    used, never = school.browser().get(link), school.browser().get("/invitation/no-such-link")
    assert used.status_code == never.status_code == 404
    assert used.text == never.text


def test_a_password_that_is_the_persons_name_is_refused_on_the_page(school: Live) -> None:
    staff = school.joins("Nia Newcomer", Role.TEACHER)
    link = school.invitation(staff)
    for password, says in (
        ("newcomer-2026", "mostly your name"),
        ("short", "12 characters"),
        ("password1234", "guessed"),
    ):
        answer = school.browser().post(link, {"password": password, "again": password})
        assert answer.status_code == 422
        assert says in answer.text


def test_restored_access_ends_what_was_open(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    lost = school.browser().signs_in(one)
    again = school.browser().uses(
        school.invitation(one.staff, purpose=Purpose.RESTORE), one.staff, password="another lantern otter"
    )
    assert again.name == one.name
    assert not lost.is_in()
    assert school.browser().password(one.name).status_code == 403
