"""People and accounts: who invites whom, and how two people give somebody access again."""

import re
from collections.abc import Iterator
from html import unescape
from uuid import uuid4

import pytest

from accounts.rules import LIMITS
from api import access_log
from domain.access import events as access
from domain.ids import StaffId, access_stream
from domain.roles import Role
from domain.times import LONDON
from eventlog.settings import DatabaseUrls
from tests.api.live import ADDRESS, BECKSIDE, PASSWORD, Browser, Live, live
from tests.databases import Databases

ACCOUNTS = f"/schools/{BECKSIDE}/accounts"
_LINK = re.compile(r'id="link">([^<]+)<')


@pytest.fixture(scope="module")
def school(module_database_urls: DatabaseUrls, postgres: Databases) -> Iterator[Live]:
    with live(module_database_urls, postgres) as made:
        made.somebody(Role.HEADTEACHER, name="Hedy Head")
        yield made


def signed_in(school: Live, role: Role, name: str = "Some Body") -> tuple[Browser, StaffId]:
    one = school.somebody(role, name=name)
    return school.browser().signs_in(one), one.staff


def link_on(html: str) -> str:
    found = _LINK.search(html)
    assert found, html
    return unescape(found[1]).removeprefix(ADDRESS)


def confirming_form(html: str, name: str) -> str | None:
    found = re.search(
        rf"<strong>{name}</strong>.*?(?:action=\"([^\"]*/restorings/[^\"]*)\"|Somebody else confirms)", html, re.DOTALL
    )
    assert found, html
    return found[1]


def kept(school: Live, staff: StaffId) -> list[object]:
    day = school.now.astimezone(LONDON).date()
    return [one.event for one in school.runtime.store.log(BECKSIDE).read(access_stream(staff, day))]


@pytest.mark.parametrize("role", [Role.HEADTEACHER, Role.BUSINESS_MANAGER])
def test_who_looks_after_accounts_invites_somebody_by_a_link_that_is_shown_once(school: Live, role: Role) -> None:
    manager, by = signed_in(school, role)
    staff = school.joins("Nia New", Role.TEACHER)
    assert "Nia New" in manager.get(ACCOUNTS).text
    made = manager.post(f"{ACCOUNTS}/people/{staff}/invite", {"name": f"{uuid4().hex[:8]}@school.example"})
    link = link_on(made.text)
    assert link.removeprefix("/invitation/") not in manager.get(f"{ACCOUNTS}/people/{staff}").text
    assert "Invited; the link is not used yet" in manager.get(ACCOUNTS).text
    school.browser().uses(link, staff)
    assert "Signs in as" in manager.get(f"{ACCOUNTS}/people/{staff}").text
    assert access.Invited(staff=staff, device="an unknown device") in kept(school, by)
    assert access.InvitationUsed(purpose="invite", device="an unknown device") in kept(school, staff)


@pytest.mark.parametrize("role", [Role.TEACHER, Role.SCHOOL_OFFICE, Role.GOVERNOR, Role.DDSL])
def test_nobody_else_sees_the_page_or_makes_a_link(school: Live, role: Role) -> None:
    if role is Role.GOVERNOR:
        one = school.somebody(role)
        browser = school.browser()
        browser.password(one.name)
    else:
        browser, _ = signed_in(school, role)
    staff = school.joins("Nia New", Role.TEACHER)
    assert browser.get(ACCOUNTS).status_code == 403
    assert browser.post(f"{ACCOUNTS}/people/{staff}/invite").status_code == 403
    assert browser.post(f"{ACCOUNTS}/people/{staff}/end-sessions").status_code == 403


def test_an_invitation_is_no_way_round_the_two_people(school: Live) -> None:
    manager, _ = signed_in(school, Role.ADMINISTRATOR)
    dsl = school.somebody(Role.DSL, name="Dee Dsl")
    refused = manager.post(f"{ACCOUNTS}/people/{dsl.staff}/invite")
    assert refused.status_code == 403
    assert "two people" in refused.text


def test_access_is_restored_by_two_different_people_as_events(school: Live) -> None:
    lost = school.somebody(Role.TEACHER, name="Lou Lost")
    asking, asked_by = signed_in(school, Role.ADMINISTRATOR, "Ada Admin")
    confirming, confirmed_by = signed_in(school, Role.DSL, "Dee Dsl")
    asking.post(f"{ACCOUNTS}/people/{lost.staff}/restore")
    form = confirming_form(confirming.get(ACCOUNTS).text, "Lou Lost")
    assert form
    assert form not in asking.get(ACCOUNTS).text
    assert asking.post(form).status_code == 403, "who asked does not confirm"
    given = confirming.post(form)
    again = school.browser().uses(link_on(given.text), lost.staff, password="another lantern otter")
    assert again.name == lost.name
    assert school.browser().password(lost.name, PASSWORD).status_code == 403
    assert confirming.post(form).status_code == 403, "once"
    assert access.RestoringAsked(staff=lost.staff, device="an unknown device") in kept(school, asked_by)
    confirmed = access.RestoringConfirmed(staff=lost.staff, asked_by=asked_by, device="an unknown device")
    assert confirmed in kept(school, confirmed_by)


def test_an_administrator_alone_lets_nobody_in_once_somebody_answers_for_the_school(school: Live) -> None:
    administrator, _ = signed_in(school, Role.ADMINISTRATOR, "Ada Admin")
    second, _ = signed_in(school, Role.ADMINISTRATOR, "Abe Admin")
    head, _ = signed_in(school, Role.HEADTEACHER, "Hedy Head")
    invented = school.joins("Sock Puppet", Role.TEACHER)
    asked = administrator.post(f"{ACCOUNTS}/people/{invented}/invite", {"name": f"{uuid4().hex[:8]}@school.example"})
    assert (asked.status_code, asked.headers["location"]) == (303, ACCOUNTS)
    assert confirming_form(second.get(ACCOUNTS).text, "Sock Puppet") is None, "two administrators might be one person"
    form = confirming_form(head.get(ACCOUNTS).text, "Sock Puppet")
    assert form
    assert second.post(form).status_code == 403
    assert administrator.post(form).status_code == 403
    link = link_on(head.post(form).text)
    assert school.browser().uses(link, invented).staff == invented


def test_two_administrators_restore_nobodys_access(school: Live) -> None:
    dsl = school.somebody(Role.DSL, name="Dora Dsl")
    first, _ = signed_in(school, Role.ADMINISTRATOR, "Ada Admin")
    second, _ = signed_in(school, Role.ADMINISTRATOR, "Abe Admin")
    first.post(f"{ACCOUNTS}/people/{dsl.staff}/restore")
    assert confirming_form(second.get(ACCOUNTS).text, "Dora Dsl") is None


def test_nobody_restores_their_own_access(school: Live) -> None:
    manager, me = signed_in(school, Role.HEADTEACHER)
    assert manager.post(f"{ACCOUNTS}/people/{me}/restore").status_code == 403


def test_somebody_is_signed_out_everywhere_by_the_office(school: Live) -> None:
    teacher, staff = signed_in(school, Role.TEACHER)
    manager, _ = signed_in(school, Role.BUSINESS_MANAGER)
    assert teacher.is_in()
    manager.post(f"{ACCOUNTS}/people/{staff}/end-sessions")
    assert not teacher.is_in()


def test_who_works_at_two_schools_signs_in_once_for_both(school: Live) -> None:
    one = school.somebody(Role.TEACHER, name="Both Schools")
    browser = school.browser().signs_in(one)
    staff = school.joins("Both Schools", Role.TEACHER, school="elm_park")
    link = school.invitation(staff, school="elm_park")
    assert not browser.is_in("elm_park")
    assert school.browser().post(f"{link}/take-up").headers["location"].startswith("/sign-in")
    assert browser.post(f"{link}/take-up").status_code == 303
    assert browser.is_in("elm_park")
    assert browser.is_in(BECKSIDE)
    assert school.browser().get(link).status_code == 404


def test_signing_in_out_and_being_refused_are_kept(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    browser = school.browser().signs_in(one)
    browser.post("/sign-out")
    school.browser().password(one.name, "quite another one")
    school.runtime.aside.submit(lambda: None).result()
    found = kept(school, one.staff)
    assert access.SignedIn(how="password and code", device="an unknown device") in found
    assert access.SignedOut(how="asked", device="an unknown device") in found
    assert access.SignInRefused(why=access.WhyNotSignedIn.SECRET, device="an unknown device") in found


def test_what_cannot_be_kept_aside_is_in_the_programs_own_log_by_what_it_was(
    school: Live, caplog: pytest.LogCaptureFixture
) -> None:
    one = school.somebody(Role.TEACHER)
    access_log.refused_at_desk(school.runtime, "no_such_school", one.staff, access.WhyNotSignedIn.SECRET, "a desk")
    access_log.left_desk(school.runtime, "no_such_school", one.staff, "asked", "a desk")
    school.runtime.aside.submit(lambda: None).result()
    said = [record.getMessage() for record in caplog.records if record.name == "api.access_log"]
    assert said == ["a refused sign-in could not be kept", "the end of a session could not be kept"]


def test_the_end_of_a_session_that_nobody_used_is_kept_once(school: Live) -> None:
    teacher, staff = signed_in(school, Role.TEACHER)
    school.later(seconds=LIMITS[Role.TEACHER].idle.total_seconds() + 1)
    for _ in range(3):
        assert not teacher.is_in()
    school.runtime.aside.submit(lambda: None).result()
    found = [event for event in kept(school, staff) if isinstance(event, access.SignedOut)]
    assert [event.how for event in found] == ["idle"]


def test_of_a_flood_of_guesses_a_few_are_kept_and_the_first_that_was_too_many(school: Live) -> None:
    one = school.somebody(Role.TEACHER)
    stranger = school.browser()
    for n in range(40):
        stranger.password(one.name, f"guess {n}")
    school.runtime.aside.submit(lambda: None).result()
    why = [event.why for event in kept(school, one.staff) if isinstance(event, access.SignInRefused)]
    assert why == [*[access.WhyNotSignedIn.SECRET] * 6, access.WhyNotSignedIn.TOO_MANY_TRIES]


def test_every_cookie_goes_by_tls_alone(school: Live) -> None:
    manager, _ = signed_in(school, Role.HEADTEACHER)
    staff = school.somebody(Role.TEACHER).staff
    cookies = manager.post(f"{ACCOUNTS}/people/{staff}/end-sessions").headers.get_list("set-cookie")
    assert any(one.startswith("doorstep_flash=") for one in cookies)
    assert all("; Secure" in one for one in cookies)


def test_the_administrator_of_a_new_school_adds_its_people_on_the_page(school: Live) -> None:
    manager, _ = signed_in(school, Role.ADMINISTRATOR)
    page = manager.get(ACCOUNTS).text
    assert f'action="/schools/{BECKSIDE}/do/add-staff"' in page
    fields = {"command_id": str(uuid4()), "next": ACCOUNTS, "name": "Tia Teacher", "job": "Teacher", "roles": "teacher"}
    assert manager.post(f"/schools/{BECKSIDE}/do/add-staff", fields).headers["location"] == ACCOUNTS
    assert "Tia Teacher" in manager.get(ACCOUNTS).text
    assert manager.get("/").headers["location"] == f"/schools/{BECKSIDE}"
    assert manager.get(f"/schools/{BECKSIDE}").headers["location"] == ACCOUNTS


def test_access_that_one_school_gives_again_is_none_at_another(school: Live) -> None:
    one = school.somebody(Role.TEACHER, name="Bea Both")
    elsewhere = school.joins("Bea Both", Role.DSL, school="elm_park")
    school.browser().signs_in(one).post(f"{school.invitation(elsewhere, school='elm_park')}/take-up")
    head, _ = signed_in(school, Role.HEADTEACHER, "Hedy Head")
    manager, _ = signed_in(school, Role.BUSINESS_MANAGER, "Bo Manager")
    head.post(f"{ACCOUNTS}/people/{one.staff}/restore")
    form = confirming_form(manager.get(ACCOUNTS).text, "Bea Both")
    assert form
    link = link_on(manager.post(form).text)
    browser = school.browser()
    browser.uses(link, one.staff, password="another lantern otter")
    assert browser.is_in()
    assert browser.get("/schools/elm_park/policy").status_code == 403
