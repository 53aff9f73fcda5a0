"""Going to a provider and coming back, looked at as whoever would like to get in does it."""

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from itertools import islice
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey, RSAKey

from accounts.errors import TooBusyError
from accounts.openid import LASTS, OpenId
from accounts.openid_errors import ProofRefusedError, ProviderAwayError
from accounts.openid_metadata import KEYS_LAST
from accounts.openid_settings import Claim
from accounts.openid_token import Proof
from accounts.openid_web import AT_ONCE, WAITING, AwayError, Web
from accounts.secret import Secret
from accounts.shapes import Subject
from tests.accounts.openid_browser import BACK, MINE, NOW, Browser
from tests.accounts.openid_provider import OwnProvider, own_provider


@pytest.fixture
def theirs() -> Iterator[OwnProvider]:
    with own_provider() as made:
        yield made


def test_who_proves_it_is_known_by_issuer_and_subject(theirs: OwnProvider) -> None:
    assert Browser(theirs).back() == Proof(Subject(theirs.issuer, "amira"), second=False)


def test_the_address_says_no_more_than_what_is_needed(theirs: OwnProvider) -> None:
    browser = Browser(theirs)
    asked = parse_qs(urlsplit(browser.left.address).query)
    assert asked["scope"] == ["openid"]
    assert asked["redirect_uri"] == [BACK]
    begun = browser.openid.begun(MINE, browser.provider, browser.left.cookie, asked["state"][0], NOW)
    assert begun.verifier not in browser.left.address
    assert begun.verifier not in browser.left.cookie


def test_another_key_type_and_the_secret_in_the_form_will_do(theirs: OwnProvider) -> None:
    theirs.key = ECKey.generate_key("P-256", {"kid": "curve"})
    theirs.publish(theirs.key)
    theirs.document["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    assert Browser(theirs).back().subject.subject == "amira"


def test_a_change_of_keys_is_noticed_at_once_and_an_unknown_key_is_looked_up_once(theirs: OwnProvider) -> None:
    openid = OpenId([theirs.settings()])
    Browser(theirs, openid=openid).back()
    theirs.key = RSAKey.generate_key(2048, {"kid": "second"})
    theirs.publish(theirs.key)
    assert Browser(theirs, openid=openid).back().subject.subject == "amira"
    theirs.asked.clear()
    stranger = RSAKey.generate_key(2048, {"kid": "third"})
    browser = Browser(theirs, openid=openid)
    with pytest.raises(ProofRefusedError):
        browser.back(token=theirs.sign(theirs.claims("amira", browser.nonce, NOW), stranger))
    assert theirs.asked.count("/keys") == 1


def test_document_and_keys_are_kept_for_some_hours(theirs: OwnProvider) -> None:
    openid = OpenId([theirs.settings()])
    Browser(theirs, openid=openid).back()
    Browser(theirs, openid=openid).back()
    assert theirs.asked.count("/.well-known/openid-configuration") == theirs.asked.count("/keys") == 1
    published = openid._published["openid"]
    published.keys(NOW + KEYS_LAST)
    assert theirs.asked.count("/keys") == 2


def test_an_answer_to_another_browser_is_nothing_here(theirs: OwnProvider) -> None:
    one, other = Browser(theirs), Browser(theirs)
    given = theirs.comes_to(other.left.address, "amira", NOW)
    with pytest.raises(ProofRefusedError):
        one.with_answer(given)


def test_a_code_of_somebody_else_is_not_taken_even_with_ones_own_state(theirs: OwnProvider) -> None:
    attacker, victim = Browser(theirs), Browser(theirs)
    code = theirs.comes_to(attacker.left.address, "mallory", NOW)["code"]
    with pytest.raises(ProofRefusedError):
        victim.back(code=code)


def test_a_cookie_that_somebody_wrote_themselves_is_nothing(theirs: OwnProvider) -> None:
    browser = Browser(theirs)
    state = theirs.comes_to(browser.left.address, "amira", NOW)["state"]
    sealed = base64.urlsafe_b64decode(browser.left.cookie)
    forged = base64.urlsafe_b64encode(sealed[:-1] + bytes([sealed[-1] ^ 1])).decode()
    for cookie in (
        "",
        "x",
        "…",
        forged,
        browser.left.cookie + "!",
        OpenId([browser.provider]).leave(Secret(b"o" * 32), browser.provider, BACK, NOW, purpose="sign-in").cookie,
    ):
        with pytest.raises(ProofRefusedError):
            browser.openid.begun(MINE, browser.provider, cookie, state, NOW)


def test_who_comes_back_late_begins_again(theirs: OwnProvider) -> None:
    browser = Browser(theirs)
    given = theirs.comes_to(browser.left.address, "amira", NOW)
    with pytest.raises(ProofRefusedError):
        browser.with_answer(given, NOW + LASTS)


def test_what_was_begun_at_one_provider_does_not_end_at_another(theirs: OwnProvider) -> None:
    browser = Browser(theirs)
    state = theirs.comes_to(browser.left.address, "amira", NOW)["state"]
    with pytest.raises(ProofRefusedError):
        browser.openid.begun(MINE, theirs.settings(key="google"), browser.left.cookie, state, NOW)


def test_the_answer_of_another_issuer_is_refused(theirs: OwnProvider) -> None:
    with pytest.raises(ProofRefusedError):
        Browser(theirs).back(iss="https://evil.example")
    assert Browser(theirs).back(iss="").subject.subject == "amira"
    theirs.document["authorization_response_iss_parameter_supported"] = True
    with pytest.raises(ProofRefusedError):
        Browser(theirs).back(iss="")


def test_a_no_from_the_provider_is_no(theirs: OwnProvider) -> None:
    with pytest.raises(ProofRefusedError):
        Browser(theirs).back(error="access_denied", code="")


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
def test_a_provider_that_is_down_is_said_to_be(theirs: OwnProvider, path: str) -> None:
    theirs.down.add(path)
    with pytest.raises(ProviderAwayError) as away:
        Browser(theirs).back()
    assert "Trust login does not answer" in str(away.value)
    theirs.down.clear()
    assert Browser(theirs).back().subject.subject == "amira"


def test_a_provider_that_is_not_there_is_said_not_to_answer() -> None:
    with own_provider() as gone:
        provider = gone.settings()
    with pytest.raises(ProviderAwayError):
        OpenId([provider]).leave(MINE, provider, BACK, NOW, purpose="sign-in")


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://evil.example"},
        {"issuer": "{issuer}/"},
        {"issuer": None},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_discovery_document_of_another_issuer_or_without_tls_is_not_followed(
    theirs: OwnProvider, said: dict[str, str | None]
) -> None:
    theirs.document = {name: value and value.replace("{issuer}", theirs.issuer) for name, value in said.items()}
    with pytest.raises(ProviderAwayError):
        Browser(theirs)


def test_what_a_provider_sends_elsewhere_or_without_end_is_not_read(theirs: OwnProvider) -> None:
    theirs.document["more"] = "x" * 600_000
    with pytest.raises(ProviderAwayError) as away:
        Browser(theirs)
    assert away.value.why == "an answer that is too large"


def test_a_second_factor_that_is_wanted_is_asked_for(theirs: OwnProvider) -> None:
    by_class = Browser(theirs, theirs.settings(second_factor=Claim("acr", "gold"))).left.address
    assert parse_qs(urlsplit(by_class).query)["acr_values"] == ["gold"]
    by_context = Browser(theirs, theirs.settings(second_factor=Claim("acrs", "c1"))).left.address
    claims = json.loads(parse_qs(urlsplit(by_context).query)["claims"][0])
    assert claims == {"id_token": {"acrs": {"essential": True, "values": ["c1"]}}}


def test_nothing_secret_shows_in_a_provider_that_is_printed(theirs: OwnProvider) -> None:
    assert "client secret" not in repr(theirs.settings())
    assert timedelta(minutes=10) >= LASTS


def test_where_a_provider_points_elsewhere_nobody_follows(theirs: OwnProvider) -> None:
    theirs.moved.add("/.well-known/openid-configuration")
    with pytest.raises(ProviderAwayError) as away:
        Browser(theirs)
    assert away.value.why == "status 302"
    assert theirs.asked == ["/.well-known/openid-configuration"]


def test_a_slow_provider_holds_up_a_few_and_the_rest_are_told_to_come_again(theirs: OwnProvider) -> None:
    openid = OpenId([theirs.settings()])
    theirs.slow.clear()
    with ThreadPoolExecutor(AT_ONCE + WAITING + 5) as people:
        leaving = [people.submit(Browser, theirs, None, openid) for _ in range(AT_ONCE + WAITING + 5)]
        told_at_once = [one.exception() for one in islice(as_completed(leaving, timeout=20), 5)]
        theirs.slow.set()
    assert all(isinstance(error, TooBusyError) for error in told_at_once)
    told = [one.exception() for one in leaving]
    assert sum(isinstance(error, TooBusyError) for error in told) == 5
    assert sum(error is None for error in told) == AT_ONCE + WAITING


def test_an_answer_that_trickles_in_is_given_up(theirs: OwnProvider) -> None:
    theirs.trickling.add("/keys")
    with pytest.raises(AwayError, match="does not end"):
        Web(longest=0.1).read(f"{theirs.issuer}/keys")
    assert Web().read(f"{theirs.issuer}/.well-known/openid-configuration")["issuer"] == theirs.issuer
