"""What a token says and who signed it, looked at as whoever would like to get in makes it."""

import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from accounts.openid_errors import ProofRefusedError, ProviderAwayError
from accounts.openid_settings import Claim
from accounts.openid_token import OLDEST, SKEW
from tests.accounts.openid_browser import NOW, Browser, changed, lacking
from tests.accounts.openid_provider import CLIENT, Change, OwnProvider, own_provider, without


@pytest.fixture
def theirs() -> Iterator[OwnProvider]:
    with own_provider() as made:
        yield made


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


def test_each_of_the_three_algorithms_is_taken_and_no_other(theirs: OwnProvider) -> None:
    key = RSAKey.generate_key(2048, {"kid": "for-both"})
    theirs.publish(key)
    for algorithm, well in (("RS256", True), ("PS256", True), ("RS512", False), ("PS384", False)):
        browser = Browser(theirs)
        claims = theirs.claims("amira", browser.nonce, NOW)
        token = jwt.encode({"alg": algorithm, "kid": "for-both"}, claims, key, algorithms=[algorithm])
        if well:
            assert browser.back(token=token).subject.subject == "amira"
        else:
            with pytest.raises(ProofRefusedError):
                browser.back(token=token)


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


def test_a_small_key_is_not_used(theirs: OwnProvider) -> None:
    with pytest.warns(match="2048"):
        theirs.key = RSAKey.generate_key(1024, {"kid": "small"})
    theirs.publish(theirs.key)
    with pytest.raises(ProviderAwayError), pytest.warns(match="2048"):
        Browser(theirs).back()


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
