"""A program acts for somebody by a token that names the few things it may do."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from accounts.api_tokens import new_token_id
from domain.access import events as access
from domain.ids import StaffId, access_stream
from domain.roles import Role
from domain.times import LONDON
from eventlog.settings import DatabaseUrls
from tests.api.live import ADDRESS, BECKSIDE, FROM_HERE, Browser, Live, live
from tests.databases import Databases

TOKENS = f"/schools/{BECKSIDE}/tokens"
API = f"/api/v1/schools/{BECKSIDE}"
_MADE = re.compile(r'id="token">([^<]+)<')
CHILD = {"given_name": "Ava", "family_name": "Brook", "address": "12 Mill Lane, Norbury"}


@pytest.fixture(scope="module")
def school(module_database_urls: DatabaseUrls, postgres: Databases) -> Iterator[Live]:
    with live(module_database_urls, postgres) as made:
        yield made


def signed_in(school: Live, *roles: Role) -> tuple[Browser, StaffId]:
    one = school.somebody(*roles, name="Dot Hughes")
    return school.browser().signs_in(one), one.staff


def asked(
    browser: Browser, *allows: str, role: Role = Role.SCHOOL_OFFICE, name: str = "Register import", days: int = 30
) -> Response:
    fields: dict[str, Any] = {"role": role.value, "name": name, "allows": list(allows), "days": str(days)}
    return browser.http.post(TOKENS, data=fields, headers=FROM_HERE)


def made(browser: Browser, *allows: str, **more: Any) -> str:
    answer = asked(browser, *allows, **more)
    assert answer.status_code == 200, answer.text
    found = _MADE.search(answer.text)
    assert found, answer.text
    return unescape(found[1])


def program(school: Live) -> TestClient:
    """A program: no cookies, no browser's headers."""
    return TestClient(school.app, base_url=ADDRESS, follow_redirects=False)


def call(school: Live, token: str, method: str, path: str, **more: Any) -> Response:
    return program(school).request(method, f"{API}/{path}", headers={"Authorization": f"Bearer {token}"}, **more)


def kept(school: Live, staff: StaffId) -> list[object]:
    day = school.now.astimezone(LONDON).date()
    return [one.event for one in school.runtime.store.log(BECKSIDE).read(access_stream(staff, day))]


def test_a_program_does_what_its_token_names_as_the_person_who_made_it(school: Live) -> None:
    browser, staff = signed_in(school, Role.SCHOOL_OFFICE)
    token = made(browser, "admit-pupil", "pupil_picker")
    answer = call(school, token, "POST", "commands/admit-pupil", json=CHILD)
    assert answer.status_code == 201, answer.text
    last = next(iter(school.runtime.store.log(BECKSIDE).read_log(answer.json()["index"]))).envelope
    assert (last.actor, last.role) == (staff, Role.SCHOOL_OFFICE)
    found = call(school, token, "GET", "pupils?q=ava")
    assert {one["name"] for one in found.json()["pupils"]} == {"Ava Brook"}  # other tests admit one as well
    searched = [one for one in kept(school, staff) if isinstance(one, access.Searched)]
    assert searched
    assert searched[-1].device.startswith("API token ")


def test_it_is_shown_once_kept_as_a_hash_and_making_it_is_on_record(school: Live) -> None:
    browser, staff = signed_in(school, Role.SCHOOL_OFFICE)
    token = made(browser, "board", name="A sheet for the wall")
    page = browser.get(TOKENS).text
    assert "A sheet for the wall" in page
    assert token not in page
    rows = school.runtime.accounts.rows.all("SELECT t::text AS all FROM doorstep_accounts.api_token AS t")
    assert rows
    assert not [row for row in rows if token in row["all"] or token.removeprefix("doorstep_") in row["all"]]
    (event,) = [one for one in kept(school, staff) if isinstance(one, access.TokenMade)]
    assert (event.role, event.allows) == (Role.SCHOOL_OFFICE, ("board",))


@pytest.mark.parametrize("path", ["board", "visits", "people", "me", "policy"])
def test_what_it_does_not_name_it_may_not_ask(path: str, school: Live) -> None:
    browser, _ = signed_in(school, Role.SCHOOL_OFFICE)
    answer = call(school, made(browser, "admit-pupil"), "GET", path)
    assert answer.status_code == 403
    assert "This token does not name" in answer.json()["detail"]


def test_what_it_does_not_name_it_may_not_send_not_even_a_fact(school: Live) -> None:
    browser, _ = signed_in(school, Role.SCHOOL_OFFICE)
    token, log = made(browser, "board"), school.runtime.store.log(BECKSIDE)
    before = log.head()
    for command, body in (("admit-pupil", CHILD), ("depart", {}), ("raise-concern", {"text": "A worry"})):
        assert call(school, token, "POST", f"commands/{command}", json=body).status_code == 403, command
    assert log.head() == before


def test_it_acts_in_its_one_role_whatever_else_the_person_is(school: Live) -> None:
    browser, _ = signed_in(school, Role.SCHOOL_OFFICE, Role.DSL)
    assert asked(browser, "dsl", role=Role.SCHOOL_OFFICE).status_code == 422, "the office does not see the DSL's list"
    as_dsl = made(browser, "dsl", role=Role.DSL)
    assert call(school, as_dsl, "GET", "concerns").status_code == 200


def test_what_it_sends_is_decided_in_its_one_role_too(school: Live) -> None:
    """A headteacher who is administrator as well: who names a DSL is the head, and no program of the administrator's."""
    browser, staff = signed_in(school, Role.ADMINISTRATOR, Role.HEADTEACHER)
    somebody = str(school.joins("Nina Next", Role.TEACHER))

    def names_a_dsl(role: Role) -> Response:
        token = made(browser, "assign-role", role=role)
        return call(school, token, "POST", "commands/assign-role", json={"staff": somebody, "role": "DSL"})

    assert names_a_dsl(Role.ADMINISTRATOR).status_code == 403
    answer = names_a_dsl(Role.HEADTEACHER)
    assert answer.status_code == 201, answer.text
    last = next(iter(school.runtime.store.log(BECKSIDE).read_log(answer.json()["index"]))).envelope
    assert (last.actor, last.role) == (staff, Role.HEADTEACHER)


def test_a_teachers_token_of_somebody_in_the_office_plans_no_visit_of_others(school: Live) -> None:
    browser, _ = signed_in(school, Role.TEACHER, Role.SCHOOL_OFFICE)
    other, _ = signed_in(school, Role.TEACHER)
    asks = made(other, "report-danger", role=Role.TEACHER)
    told = call(school, asks, "POST", "commands/report-danger", json={}).json()["index"]
    trip = str(next(iter(school.runtime.store.log(BECKSIDE).read_log(told))).envelope.stream.id)
    for role, status in ((Role.TEACHER, 403), (Role.SCHOOL_OFFICE, 201)):
        token = made(browser, "call-off-trip", role=role)
        answer = call(school, token, "POST", "commands/call-off-trip", json={"trip": trip})
        assert answer.status_code == status, answer.text


def test_it_acts_in_the_role_only_from_when_it_was_held(school: Live) -> None:
    browser, _ = signed_in(school, Role.SCHOOL_OFFICE)
    token = made(browser, "admit-pupil")
    body = {**CHILD, "at": (school.now - timedelta(days=30)).isoformat()}
    assert call(school, token, "POST", "commands/admit-pupil", json=body).status_code == 201
    later, staff = signed_in(school, Role.TEACHER)
    school.gets_role(staff, Role.SCHOOL_OFFICE, starts=school.now - timedelta(hours=1))
    fresh = made(later, "admit-pupil")
    assert call(school, fresh, "POST", "commands/admit-pupil", json=body).status_code == 403
    assert call(school, fresh, "POST", "commands/admit-pupil", json=CHILD).status_code == 201


def test_restricted_cases_are_read_by_people_and_by_no_program(school: Live) -> None:
    browser, staff = signed_in(school, Role.DSL)
    for allows in ("cases", "case", "note-case", "let-into-case"):
        assert asked(browser, allows, role=Role.DSL).status_code == 422, allows
    raised = made(browser, "raise-allegation", role=Role.DSL)
    assert call(school, raised, "POST", "commands/raise-allegation", json={"text": "A worry"}).status_code == 201
    before, tokens, now = new_token_id(), school.runtime.accounts.tokens, school.now
    # One that was made before programs were kept out of them.
    old = tokens.make(before, BECKSIDE, staff, "Old", Role.DSL, ("cases", "note-case"), now, now + timedelta(days=1))
    answer = call(school, old, "GET", "cases")
    assert answer.status_code == 403
    assert "by no token" in answer.json()["detail"]
    body = {"case": str(uuid4()), "text": "x"}
    assert call(school, old, "POST", "commands/note-case", json=body).status_code == 403


def test_nobody_gives_a_program_more_than_they_may_do_themselves(school: Live) -> None:
    browser, _ = signed_in(school, Role.TEACHER)
    for allows in (["export-records"], ["dsl"], ["accounts"], ["tokens"], ["assign-role"], ["no-such-thing"], []):
        answer = asked(browser, *allows, role=Role.TEACHER)
        assert (answer.status_code, "There is a problem" in answer.text) == (422, True), allows
    assert asked(browser, "board", role=Role.DSL).status_code == 403
    for days in (0, 366):
        assert asked(browser, "board", role=Role.TEACHER, days=days).status_code == 422


def test_it_opens_no_page_and_nothing_at_another_school(school: Live) -> None:
    browser, _ = signed_in(school, Role.SCHOOL_OFFICE)
    token = made(browser, "board")
    there = program(school)
    bearer = {"Authorization": f"Bearer {token}"}
    assert there.get(f"/schools/{BECKSIDE}/board", headers=bearer).status_code in (303, 401)
    answer = there.get("/api/v1/schools/elm_park/board", headers=bearer)
    unknown = there.get("/api/v1/schools/elm_park/board", headers={"Authorization": "Bearer doorstep_nothing"})
    assert answer.status_code == unknown.status_code == 401
    assert answer.json() == unknown.json()


def test_it_counts_no_more_once_it_is_taken_back_and_that_is_on_record(school: Live) -> None:
    browser, staff = signed_in(school, Role.SCHOOL_OFFICE)
    token = made(browser, "board", name="To be taken back")
    assert call(school, token, "GET", "board").status_code == 200
    found = re.search(rf"{TOKENS}/([0-9a-f-]+)/end", browser.get(TOKENS).text)
    assert found
    stranger, _ = signed_in(school, Role.TEACHER)
    assert stranger.post(f"{TOKENS}/{found[1]}/end").status_code == 404
    assert call(school, token, "GET", "board").status_code == 200
    assert browser.post(f"{TOKENS}/{found[1]}/end").status_code == 303
    assert call(school, token, "GET", "board").status_code == 401
    assert [one for one in kept(school, staff) if isinstance(one, access.TokenEnded)]


def test_whoever_looks_after_accounts_takes_back_anybodys(school: Live) -> None:
    browser, _ = signed_in(school, Role.SCHOOL_OFFICE)
    token = made(browser, "board", name="Forgotten by its owner")
    manager, _ = signed_in(school, Role.ADMINISTRATOR)
    page = manager.get(TOKENS).text
    assert "Forgotten by its owner</strong>, for Dot Hughes" in page
    end = page.split("Forgotten by its owner")[1].split('action="')[1].split('"')[0]
    assert manager.post(end).status_code == 303
    assert call(school, token, "GET", "board").status_code == 401


def test_it_ends_with_its_day_with_the_role_and_with_the_person(school: Live) -> None:
    browser, staff = signed_in(school, Role.SCHOOL_OFFICE)
    token = made(browser, "board", days=400 - 40)
    school.loses_role(staff, Role.SCHOOL_OFFICE)
    lost = call(school, token, "GET", "board")
    assert lost.status_code == 403
    assert "no longer is" in lost.json()["detail"]
    school.gets_role(staff, Role.SCHOOL_OFFICE)
    assert call(school, token, "GET", "board").status_code == 200
    school.leaves(staff)
    assert call(school, token, "GET", "board").status_code == 401
    other, _ = signed_in(school, Role.SCHOOL_OFFICE)
    short = made(other, "board", days=1)
    school.later(days=1, seconds=1)
    assert call(school, short, "GET", "board").status_code == 401
