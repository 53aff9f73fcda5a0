"""What a provider sends back, looked at as whoever would like to get in sends it."""

import base64
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from accounts.openid import LASTS, Answer, OpenId
from accounts.openid_errors import ProofRefusedError, ProviderAwayError
from accounts.openid_metadata import KEYS_LAST
from accounts.openid_settings import Claim, Provider
from accounts.openid_token import OLDEST, SKEW, Proof
from accounts.secret import Secret
from accounts.shapes import Subject
from tests.accounts.openid_provider import CLIENT, Change, OwnProvider, own_provider, without

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
BACK = "https://visits.school.example/sign-in/with/openid/back"
MINE = Secret(b"k" * 32)


@pytest.fixture
def theirs() -> Iterator[OwnProvider]:
    with own_provider() as made:
        yield made


class Browser:
    """One browser that goes there and comes back."""

    def __init__(self, theirs: OwnProvider, provider: Provider | None = None, openid: OpenId | None = None) -> None:
        """It has left already."""
        self.theirs = theirs
        self.provider = provider or theirs.settings()
        self.openid = openid or OpenId([self.provider])
        self.left = self.openid.leave(MINE, self.provider, BACK, NOW, purpose="sign-in")

    def back(
        self, subject: str = "amira", change: Change = lambda _: None, token: str | None = None, **answer: str
    ) -> Proof:
        """Comes back with what the provider gave it, changed as a test wants."""
        given = self.theirs.comes_to(self.left.address, subject, NOW, change=change, token=token)
        return self.with_answer({**given, **answer})

    def with_answer(self, given: dict[str, str], now: datetime = NOW) -> Proof:
        """Comes back with this."""
        begun = self.openid.begun(MINE, self.provider, self.left.cookie, given["state"], now)
        answer = Answer(given["state"], given.get("code", ""), given.get("iss", ""), given.get("error", ""))
        return self.openid.prove(self.provider, begun, answer, now)

    @property
    def nonce(self) -> str:
        """What the token has to say again."""
        return parse_qs(urlsplit(self.left.address).query)["nonce"][0]


def changed(**claims: Any) -> Change:
    return lambda found: found.update(claims)


def lacking(name: str) -> Change:
    def change(claims: dict[str, Any]) -> None:
        claims.pop(name)

    return change


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


WRONG: dict[str, Change] = {
    "another issuer": changed(iss="https://evil.example"),
    "no issuer": lacking("iss"),
    "another audience": changed(aud="somebody-else"),
    "no audience": lacking("aud"),
    "ours among others, and not said for whom": changed(aud=[CLIENT, "somebody-else"]),
    "made for another party": changed(aud=[CLIENT, "somebody-else"], azp="somebody-else"),
    "the party of another, ours the audience": changed(azp="somebody-else"),
    "another nonce": changed(nonce="another"),
    "no nonce": lacking("nonce"),
    "the nonce in a list": lambda claims: claims.update(nonce=[claims["nonce"], "another"]),
    "expired": changed(exp=int(NOW.timestamp()) - SKEW),
    "no end": lacking("exp"),
    "an end that is no number": changed(exp="never"),
    "not yet valid": changed(nbf=int(NOW.timestamp()) + SKEW + 1),
    "made in the future": changed(iat=int(NOW.timestamp()) + SKEW + 1),
    "made long ago": changed(iat=int(NOW.timestamp()) - OLDEST - SKEW - 1),
    "no subject": lacking("sub"),
    "an empty subject": changed(sub=""),
    "a subject in a list": changed(sub=["amira"]),
    "a subject that is too long": changed(sub="x" * 256),
    "a subject with a line break": changed(sub="a\nb"),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_a_token_that_is_signed_and_says_something_else_is_refused(theirs: OwnProvider, change: Change) -> None:
    with pytest.raises(ProofRefusedError):
        Browser(theirs).back(change=change)


WELL: dict[str, Change] = {
    "expired by less than clocks differ": changed(exp=int(NOW.timestamp()) - SKEW + 1),
    "ahead by no more than clocks differ": changed(iat=int(NOW.timestamp()) + SKEW),
    "one audience in a list": changed(aud=[CLIENT]),
    "made for us": changed(azp=CLIENT),
    "made for us among others": changed(aud=[CLIENT, "somebody-else"], azp=CLIENT),
}


@pytest.mark.parametrize("change", WELL.values(), ids=WELL)
def test_a_token_within_the_rules_is_taken(theirs: OwnProvider, change: Change) -> None:
    assert Browser(theirs).back(change=change).subject.subject == "amira"


def hmac_signed(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    begins = unsigned(header, claims).removesuffix(".")
    return f"{begins}.{without(hmac.digest(key, begins.encode(), 'sha256'))}"


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return f"{without(json.dumps(header).encode())}.{without(json.dumps(claims).encode())}."


@pytest.mark.parametrize("name", ["none", "None", "NONE", ""])
def test_a_token_that_nobody_signed_is_refused(theirs: OwnProvider, name: str) -> None:
    browser = Browser(theirs)
    claims = theirs.claims("amira", browser.nonce, NOW)
    for header in ({"alg": name, "kid": theirs.key.kid}, {"alg": name}, {}):
        with pytest.raises(ProofRefusedError):
            browser.back(token=unsigned(header, claims))


def test_a_public_key_is_no_password(theirs: OwnProvider) -> None:
    assert isinstance(theirs.key, RSAKey)
    for public in (theirs.key.as_pem(private=False), theirs.key.as_der(private=False)):
        browser = Browser(theirs)
        claims = theirs.claims("amira", browser.nonce, NOW)
        forged = hmac_signed({"alg": "HS256", "kid": theirs.key.kid}, claims, public)
        with pytest.raises(ProofRefusedError):
            browser.back(token=forged)


def test_a_published_secret_key_is_not_used(theirs: OwnProvider) -> None:
    shared = OctKey.import_key("0123456789abcdef0123456789abcdef", {"kid": "shared"})
    theirs.published.append(dict(shared.as_dict(private=True)))
    browser = Browser(theirs)
    forged = jwt.encode(
        {"alg": "HS256", "kid": "shared"}, theirs.claims("amira", browser.nonce, NOW), shared, algorithms=["HS256"]
    )
    with pytest.raises(ProofRefusedError):
        browser.back(token=forged)


def test_a_key_in_the_token_itself_proves_nothing(theirs: OwnProvider) -> None:
    own = ECKey.generate_key("P-256", {"kid": "own"})
    browser = Browser(theirs)
    claims = theirs.claims("amira", browser.nonce, NOW)
    for header in ({"jwk": own.as_dict(private=False)}, {"jku": "https://evil.example/keys"}, {"kid": theirs.key.kid}):
        with pytest.raises(ProofRefusedError):
            browser.back(token=theirs.sign(claims, own, **header))
    with pytest.raises(ProofRefusedError):
        browser.back(token=theirs.sign(claims, RSAKey.generate_key(2048, {"kid": "first"})))


@pytest.mark.parametrize("token", ["", "a.b.c", "x" * 200_000, "…"])
def test_what_is_no_token_is_refused(theirs: OwnProvider, token: str) -> None:
    with pytest.raises(ProofRefusedError):
        Browser(theirs).back(token=token or " ")


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


def test_a_small_key_is_not_used(theirs: OwnProvider) -> None:
    with pytest.warns(match="2048"):
        theirs.key = RSAKey.generate_key(1024, {"kid": "small"})
    theirs.publish(theirs.key)
    with pytest.raises(ProviderAwayError), pytest.warns(match="2048"):
        Browser(theirs).back()


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


@pytest.mark.parametrize("said", [{"tid": "9" * 8}, {}, {"tid": ["t"]}])
def test_another_tenant_is_refused(theirs: OwnProvider, said: dict[str, Any]) -> None:
    provider = theirs.settings(tenant="t")
    assert Browser(theirs, provider).back(change=changed(tid="t")).subject.subject == "amira"
    with pytest.raises(ProofRefusedError):
        Browser(theirs, provider).back(change=changed(**said))


@pytest.mark.parametrize("said", [{"hd": "evil.example"}, {}, {"hd": ["beckside.example"]}])
def test_another_domain_and_a_private_account_are_refused(theirs: OwnProvider, said: dict[str, Any]) -> None:
    provider = theirs.settings(domains=("beckside.example",))
    assert Browser(theirs, provider).back(change=changed(hd="beckside.example")).subject.subject == "amira"
    with pytest.raises(ProofRefusedError):
        Browser(theirs, provider).back(change=changed(**said))


def test_what_the_provider_says_of_a_second_factor_counts_only_where_the_settings_say_so(theirs: OwnProvider) -> None:
    said = changed(amr=["pwd", "mfa"], acr="gold", acrs=["c1"])
    assert not Browser(theirs).back(change=said).second
    for claim in (Claim("amr", "mfa"), Claim("acr", "gold"), Claim("acrs", "c1")):
        provider = theirs.settings(second_factor=claim)
        assert Browser(theirs, provider).back(change=said).second
        assert not Browser(theirs, provider).back().second
        assert not Browser(theirs, provider).back(change=changed(**{claim.name: f"not-{claim.value}"})).second


def test_a_second_factor_that_is_wanted_is_asked_for(theirs: OwnProvider) -> None:
    by_class = Browser(theirs, theirs.settings(second_factor=Claim("acr", "gold"))).left.address
    assert parse_qs(urlsplit(by_class).query)["acr_values"] == ["gold"]
    by_context = Browser(theirs, theirs.settings(second_factor=Claim("acrs", "c1"))).left.address
    claims = json.loads(parse_qs(urlsplit(by_context).query)["claims"][0])
    assert claims == {"id_token": {"acrs": {"essential": True, "values": ["c1"]}}}


def test_nothing_secret_shows_in_a_provider_that_is_printed(theirs: OwnProvider) -> None:
    assert "client secret" not in repr(theirs.settings())
    assert timedelta(minutes=10) >= LASTS
