"""All that is written at debug level while people are invited, sign in, fail to, and sign out, holds no secret of theirs."""

import logging
import sys
from io import StringIO

import pytest

from api import logs
from domain.roles import Role
from eventlog.settings import DatabaseUrls
from tests.api.front_desks import DESK, DO, a_desk, says, set_pin
from tests.api.live import COOKIE, PASSWORD, first_link, live
from tests.databases import Databases

WRONG = "wrong lantern otter"


def test_no_password_code_link_or_session_is_written(
    module_database_urls: DatabaseUrls, postgres: Databases, capfd: pytest.CaptureFixture[str]
) -> None:
    log = StringIO()
    with live(module_database_urls, postgres) as school, logs.written("debug", log):
        logging.getLogger(__name__).debug("it is loud")
        print("so is stderr", file=sys.stderr)  # noqa: T201 - what this is about
        link = first_link(school)
        staff = school.joins("Dana Quillfeather", Role.DSL)
        invited = school.invitation(staff)
        person = school.browser().uses(invited, staff)
        browser = school.browser()
        browser.password(person.name, WRONG)
        browser.password(f"{WRONG}@nowhere.example", WRONG)
        half = school.browser()
        half.password(person.name)
        half.code("000000")
        half.code(WRONG)
        browser.signs_in(person)
        identifier = browser.identifier
        assert browser.is_in()
        thief = school.browser()
        thief.http.cookies.set(COOKIE, f"{identifier}x")
        assert not thief.is_in()
        recovering = school.browser()
        recovering.password(person.name)
        recovering.code(person.codes[0])
        browser.get(invited)
        browser.get(f"/sign-in?next={WRONG}")
        desk, wrong_pin = a_desk(school), {"desk_person": str(staff), "desk_pin": WRONG}
        set_pin(browser, "639174")
        says(desk, staff, "639174")
        desk.post(DESK, {**wrong_pin, "to": f"{DO}/request-visit", "kept.purpose_text": WRONG})
        held = [value for name, value in desk.http.cookies.items() if "desk" in name]
        browser.post("/sign-out", {"everywhere": "yes"})
    written = capfd.readouterr()
    own = [line for line in log.getvalue().splitlines() if " httpx2: " not in line]  # that is the test's own browser
    everything = "\n".join((*own, written.out, written.err))
    secrets = (PASSWORD, WRONG, WRONG.replace(" ", "%20"), "Quillfeather", person.name, person.secret, *person.codes)
    tokens = (identifier, invited.rpartition("/")[2], link.rpartition("/")[2], *held)
    assert len(held) == 2
    assert all(len(one) > 10 for one in tokens)
    assert [one for one in (*secrets, *tokens) if one in everything] == []
    assert "it is loud" in log.getvalue()
    assert "so is stderr" in written.err
