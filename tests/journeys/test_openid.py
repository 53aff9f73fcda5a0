"""Signing in by a certified OpenID Connect provider (npm's `oidc-provider`, run on loopback), in a browser, by the pages."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.openid import OpenId
from accounts.openid_settings import Provider
from api.app import create_app
from api.origin import Origin
from domain.roles import Role
from eventlog.settings import DatabaseUrls
from tests.api.live import Live, live
from tests.databases import Databases
from tests.journeys.served import Served, served
from tests.journeys.test_sign_in import enters, looks_right

FOLDER: Final = Path(__file__).parent / "openid"
NO_PROVIDER: Final = "no OpenID Connect provider for this test: it needs Node 20 or newer, and `sh scripts/openid_provider.sh` installs it"
NAME: Final = "Trust login"


class Installation(NamedTuple):
    """Doorstep, and the provider that it knows."""

    made: Live
    server: Served


@pytest.fixture(scope="module")
def installation(module_database_urls: DatabaseUrls, postgres: Databases) -> Iterator[Installation]:
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules" / "oidc-provider").is_dir():
        pytest.skip(NO_PROVIDER)
    with (
        live(module_database_urls, postgres) as made,
        served(create_app(made.runtime, Origin())) as server,
        provider(node, server.url) as known,
    ):
        server.app.state.openid = OpenId([known])
        yield Installation(made, server)


@contextmanager
def provider(node: str, doorstep: str) -> Iterator[Provider]:
    """Run it; how Doorstep knows it."""
    client, secret = "doorstep", uuid4().hex
    command = [node, "provider.js", client, secret, f"{doorstep}/sign-in/with/openid/back"]
    with subprocess.Popen(
        command, cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running:
        try:
            assert running.stdout is not None
            issuer = running.stdout.readline().strip()
            assert issuer, "the provider did not start"
            yield Provider(key="openid", name=NAME, issuer=issuer, client_id=client, client_secret=secret)
        finally:
            running.kill()


def proves(page: Page, name: str) -> None:
    """Somebody signs in at the provider, and says that Doorstep may know."""
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill("anything")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def gives_code(page: Page, app: pyotp.TOTP, at: datetime) -> None:
    """The second step."""
    page.get_by_label("Code").fill(app.at(at))
    page.get_by_role("button", name="Go on").click()


def test_from_an_invitation_to_signing_in_again_by_a_certified_provider(installation: Installation, page: Page) -> None:
    made, server = installation
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(server.url + made.invitation(made.joins("Tia Teacher", Role.TEACHER)))
    looks_right(page)
    page.get_by_role("button", name=f"Sign in with {NAME}, without a password here").click()
    proves(page, "tia")

    expect(page.get_by_role("heading", name="Set up the second step")).to_be_visible()
    looks_right(page)
    page.get_by_text("The camera does not take it").click()
    app = pyotp.TOTP(page.locator("#key").inner_text().replace(" ", ""))
    gives_code(page, app, made.now)
    expect(page.get_by_role("heading", name="Print your recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have printed them").click()
    expect(page.get_by_text("Tia Teacher, teacher").first).to_be_attached()

    page.goto(f"{server.url}/sign-out")
    page.get_by_role("button", name="Sign out here").click()
    page.goto(f"{server.url}/schools/beckside/policy")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name=f"Sign in with {NAME}").click()
    # The provider still knows this browser and sends it straight back.
    expect(page.get_by_role("heading", name="The second step")).to_be_visible()
    made.later(seconds=61)
    gives_code(page, app, made.now)
    expect(page).to_have_url(f"{server.url}/schools/beckside/policy")
    assert not [one for one in page.context.cookies() if "openid" in one["name"]], "what went along is gone"
    assert complaints == []


def test_a_stranger_and_somebody_who_changes_their_mind_get_a_calm_page(installation: Installation, page: Page) -> None:
    _, server = installation
    page.goto(f"{server.url}/sign-in")
    page.get_by_role("button", name=f"Sign in with {NAME}").click()
    proves(page, "mallory")
    expect(page.get_by_role("alert")).to_contain_text("ask your school for an invitation")
    looks_right(page)

    page.context.clear_cookies()
    page.goto(f"{server.url}/sign-in")
    page.get_by_role("button", name=f"Sign in with {NAME}").click()
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("did not work. Begin again")


def test_somebody_with_a_password_adds_the_provider_on_their_own_page(
    installation: Installation, page: Page, browser: Browser
) -> None:
    made, server = installation
    one = made.somebody(Role.TEACHER)
    enters(page, server, made, one)
    page.goto(f"{server.url}/account")
    looks_right(page)
    page.get_by_role("button", name=f"Sign in with {NAME} from now on").click()
    expect(page.get_by_role("heading", name=f"Go on to {NAME}")).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name=f"Go on to {NAME}").click()
    proves(page, "amira")
    expect(page.get_by_text(f"From now on you can sign in with {NAME}")).to_be_visible()
    looks_right(page)

    with browser.new_context() as elsewhere:
        other = elsewhere.new_page()
        other.goto(f"{server.url}/sign-in")
        other.get_by_role("button", name=f"Sign in with {NAME}").click()
        proves(other, "amira")
        made.later(seconds=61)
        gives_code(other, pyotp.TOTP(one.secret), made.now)
        expect(other.get_by_text("Amira Khan, teacher").first).to_be_attached()


def test_an_answer_that_was_meant_for_another_browser_signs_nobody_in(
    installation: Installation, page: Page, browser: Browser
) -> None:
    _, server = installation
    caught: list[str] = []

    def keep(url: str) -> None:
        if "/back?" in url:
            caught.append(url)

    page.on("request", lambda request: keep(request.url))
    page.route("**/sign-in/with/openid/back?**", lambda route: route.abort())
    page.goto(f"{server.url}/sign-in")
    page.get_by_role("button", name=f"Sign in with {NAME}").click()
    proves(page, "attacker")
    with browser.new_context() as theirs:
        victim = theirs.new_page()
        victim.goto(caught[-1])
        expect(victim.get_by_role("alert")).to_contain_text("Begin again")
        assert "doorstep" not in {one["name"] for one in theirs.cookies()}
