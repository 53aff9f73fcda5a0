"""All that is written at debug level while people sign in by an account elsewhere holds no code, token, state or secret."""

import logging
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest

from api import logs
from domain.roles import Role
from eventlog.settings import DatabaseUrls
from tests.accounts.openid_browser import changed
from tests.accounts.openid_provider import SECRET, own_provider
from tests.api.elsewhere import COOKIE, HERE, Goes, live_with
from tests.api.live import ADDRESS
from tests.databases import Databases

SUBJECT = "subject-7f3a9c51"


def test_no_code_token_state_or_secret_is_written(
    module_database_urls: DatabaseUrls, postgres: Databases, capfd: pytest.CaptureFixture[str]
) -> None:
    log, secrets = StringIO(), [SECRET, SUBJECT]
    with (
        own_provider() as theirs,
        live_with(module_database_urls, postgres, theirs) as school,
        logs.written("debug", log),
    ):
        logging.getLogger(__name__).debug("it is loud")
        Goes(school, theirs).uses_invitation(SUBJECT, Role.TEACHER)
        for change in ({}, {"nonce": "another"}, {"aud": "somebody-else"}, {"sub": f"{SUBJECT}-unknown"}):
            one = Goes(school, theirs)
            address = one.leaves()
            asked = parse_qs(urlsplit(address).query)
            given = theirs.comes_to(address, SUBJECT, school.now, change=changed(**change))
            secrets += [asked["state"][0], asked["nonce"][0], asked["code_challenge"][0], given["code"]]
            secrets += [theirs.codes[given["code"]].token, str(one.browser.http.cookies[COOKIE])]
            one.answers(given)
            one.answers(given)
        theirs.down.add("/token")
        Goes(school, theirs).through(SUBJECT)
        school.browser().get(f"{HERE}/back?error={SUBJECT}&error_description={SUBJECT}")
    written = capfd.readouterr()
    # The test's own browser writes where it goes; what Doorstep asks of the provider stays.
    own = [line for line in log.getvalue().splitlines() if not (" httpx2: " in line and ADDRESS in line)]
    everything = "\n".join((*own, written.out, written.err))
    assert all(len(one) > 10 for one in secrets)
    assert [one for one in secrets if one in everything] == []
    for told in ("it is loud", "signing in by openid: the nonce is another one", "signing in by openid: status 503"):
        assert told in everything
