"""The first day of an installation, in a browser: set up, sign out, sign in, by the pages that a person sees."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pyotp
import pytest
from playwright.sync_api import Page, expect

from api.app import create_app
from api.first_administrator import set_up_link
from api.origin import Origin
from domain.roles import Role
from eventlog.settings import DatabaseUrls
from tests.api.live import Live, Person, live
from tests.databases import Databases
from tests.journeys.findings import serious
from tests.journeys.served import Served, served

PASSWORD = "gravel lantern otter"
WIDTHS = (320, 390, 1440)


@pytest.fixture
def installation(database_urls: DatabaseUrls, postgres: Databases) -> Iterator[tuple[Live, Served]]:
    with live(database_urls, postgres) as made, served(create_app(made.runtime, Origin())) as server:
        yield made, server


def looks_right(page: Page) -> None:
    """Fits at three widths, says nothing to the console, and axe finds nothing serious."""
    page.wait_for_load_state()  # a passkey leads on by script: the next page may be on its way
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} at {width} px"
    assert page.locator("h1").count() == 1
    assert serious(page) == []


def chooses(page: Page, password: str) -> None:
    """Type a password twice, and go on."""
    page.get_by_label("A password of twelve").fill(password)
    page.get_by_label("The same password again").fill(password)
    page.get_by_role("button", name="Go on").click()


def test_from_the_set_up_link_to_signing_in_again(installation: tuple[Live, Served], page: Page) -> None:
    made, server = installation
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    link = set_up_link(made.runtime, Origin(address=server.url), 0)

    page.goto(link)
    looks_right(page)
    expect(page.get_by_text("You become administrator of Beckside Primary, Elm Park Primary.")).to_be_visible()
    page.get_by_label("Your name").fill("Ada Admin")
    page.get_by_label("Your e-mail address").fill("ada@beckside.example")
    chooses(page, "password1234")
    expect(page.get_by_role("alert")).to_contain_text("Many people use this one")
    looks_right(page)
    chooses(page, PASSWORD)

    expect(page.get_by_role("heading", name="Set up the second step")).to_be_visible()
    looks_right(page)
    assert page.locator("main img").evaluate("one => one.naturalWidth") > 100, "the picture is shown"
    page.get_by_text("The camera does not take it").click()
    app = pyotp.TOTP(page.locator("#key").inner_text().replace(" ", ""))
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("This code is not right")
    page.get_by_label("Code").fill(app.at(datetime.now(UTC)))
    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_role("heading", name="Print your recovery codes")).to_be_visible()
    looks_right(page)
    codes = page.locator("#codes li").all_inner_texts()
    assert len(codes) == 10
    page.get_by_role("link", name="I have printed them").click()
    page.get_by_role("link", name="Beckside Primary").click()
    expect(page.get_by_text("Ada Admin, administrator").first).to_be_visible()

    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("link", name="Sign out").click()
    looks_right(page)
    page.get_by_role("button", name="Sign out here").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(f"{server.url}/schools/beckside/policy")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    looks_right(page)

    page.get_by_label("E-mail address").fill("ADA@beckside.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    looks_right(page)
    made.later(seconds=30)
    page.get_by_label("Code").fill(app.at(made.now))
    page.get_by_role("button", name="Go on").click()
    expect(page).to_have_url(f"{server.url}/schools/beckside/policy")
    assert complaints == []


def test_an_administrator_adds_somebody_and_hands_them_a_link(installation: tuple[Live, Served], page: Page) -> None:
    made, server = installation
    governor = made.somebody(Role.GOVERNOR, Role.BUSINESS_MANAGER)
    enters(page, server, made, governor)
    page.goto(f"{server.url}/schools/beckside/accounts")
    looks_right(page)
    page.get_by_text("Add somebody").click()
    looks_right(page)
    page.get_by_label("Name", exact=True).fill("Tia Teacher")
    page.get_by_label("Job").fill("Teacher")
    page.get_by_label("Teacher", exact=True).check()
    page.get_by_role("button", name="Add").click()
    page.get_by_role("link", name="Tia Teacher").click()
    looks_right(page)
    page.get_by_role("button", name="Make a link for Tia Teacher").click()
    expect(page.locator("#link")).to_contain_text("/invitation/")
    looks_right(page)


def enters(page: Page, server: Served, made: Live, person: Person) -> None:
    """Somebody signs in by the pages."""
    page.goto(f"{server.url}/sign-in")
    page.get_by_label("E-mail address").fill(person.name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    if person.secret:
        made.later(seconds=61)
        page.get_by_label("Code").fill(pyotp.TOTP(person.secret).at(made.now))
        page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("link", name="Sign out").first).to_be_attached()


def test_a_passkey_is_made_with_the_account_and_signs_in(installation: tuple[Live, Served], page: Page) -> None:
    made, server = installation
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    authenticator = browser.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    page.goto(server.url + made.invitation(made.joins("Pat Passkey", Role.TEACHER)))
    name = page.locator("main strong").inner_text()
    chooses(page, PASSWORD)
    looks_right(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Print your recovery codes")).to_be_visible()
    codes = page.locator("#codes li").all_inner_texts()
    kept = browser.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
    assert [one["rpId"] for one in kept] == ["localhost"]

    page.goto(f"{server.url}/account")
    expect(page.get_by_text("1 passkey:")).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("main")).to_contain_text("Press the button again")  # this device has one already

    for way in ("passkey", "printed code"):
        page.context.clear_cookies()
        page.goto(f"{server.url}/sign-in")
        page.get_by_label("E-mail address").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        looks_right(page)
        if way == "passkey":
            page.get_by_role("button", name="Use your passkey").click()
        else:
            page.get_by_label("Code").fill(codes[0])
            page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("link", name="Sign out").first).to_be_attached()


def test_another_site_open_in_the_same_browser_cannot_act_by_the_session(
    installation: tuple[Live, Served], page: Page
) -> None:
    made, server = installation
    one = made.somebody(Role.GOVERNOR)
    enters(page, server, made, one)
    elsewhere = server.url.replace("localhost", "127.0.0.1")  # another site for the browser
    page.goto(f"{elsewhere}/sign-in")
    page.evaluate(
        """async (address) => {
            await fetch(`${address}/sign-out`, { method: "POST", credentials: "include", mode: "no-cors" }).catch(() => {});
            const form = document.createElement("form");
            Object.assign(form, { method: "post", action: `${address}/sign-out`, target: "_blank" });
            document.body.append(form);
        }""",
        server.url,
    )
    page.goto(f"{server.url}/schools/beckside/policy")
    expect(page.get_by_role("link", name="Sign out").first).to_be_attached()
