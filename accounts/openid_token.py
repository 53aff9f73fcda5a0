"""Whether an ID token proves who somebody is (OpenID Connect Core, 3.1.3.7). Nothing here asks anybody anything.

The rules, in order: signed by a published key with one of three algorithms; from the issuer that is set, for this installation,
in its time, for the very browser that began; of the tenant or the domain that is set. An address in it is never looked at.
"""

import hmac
from datetime import datetime
from typing import Any, Final, NamedTuple

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from accounts.openid_errors import ProofRefusedError
from accounts.openid_settings import Provider
from accounts.shapes import Subject

ALGORITHMS: Final = ("RS256", "PS256", "ES256")
"""Never `none`, and none by which a public key would be a password (HMAC)."""
SKEW: Final = 120
"""Seconds by which the clocks may differ."""
OLDEST: Final = 600
"""Seconds ago that a token may have been made: it is fetched the moment it is made."""
_LONGEST: Final = 255


class Proof(NamedTuple):
    """What a token proves."""

    subject: Subject
    second: bool
    """Whether the provider made them prove themselves twice, and is trusted with that."""


class UnknownKeyError(Exception):
    """The token names a key that is not among those known: they may have changed."""


def proof_of(provider: Provider, token: object, keys: KeySet, nonce: str, now: datetime) -> Proof:
    """What the token proves. Raises ProofRefusedError, UnknownKeyError."""
    claims = _signed(provider, token, keys)
    _refuse_claims(provider, claims, int(now.timestamp()))
    if not _is(claims.get("nonce"), nonce):
        raise ProofRefusedError(provider.name, "the nonce is another one")
    if provider.tenant and not _is(claims.get("tid"), provider.tenant):
        raise ProofRefusedError(provider.name, "another tenant")
    if provider.domains and claims.get("hd") not in provider.domains:
        raise ProofRefusedError(provider.name, "another domain, or none")
    return Proof(Subject(provider.issuer, str(claims["sub"])), _proved_twice(provider, claims))


def _signed(provider: Provider, token: object, keys: KeySet) -> dict[str, Any]:
    if not isinstance(token, str) or not token.isascii():
        raise ProofRefusedError(provider.name, "no ID token")
    try:
        # Providers put headers of their own beside the standard ones; none of these changes what is verified.
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        return jwt.decode(token, keys, registry=registry).claims
    except InvalidKeyIdError:
        raise UnknownKeyError from None
    except (JoseError, ValueError, TypeError) as error:
        raise ProofRefusedError(provider.name, f"the signature: {type(error).__name__}") from None


def _refuse_claims(provider: Provider, claims: dict[str, Any], now: int) -> None:
    rules = JWTClaimsRegistry(
        now=now,
        leeway=SKEW,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": provider.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        rules.validate(claims)
    except ExpiredTokenError:
        raise ProofRefusedError(provider.name, "the token has expired") from None
    except JoseError as error:
        raise ProofRefusedError(
            provider.name, f"a claim: {type(error).__name__} {getattr(error, 'claim', '')}"
        ) from None
    if claims["iat"] < now - OLDEST - SKEW:
        raise ProofRefusedError(provider.name, "the token is old")
    audience = claims["aud"]
    if audience not in (provider.client_id, [provider.client_id]) and "azp" not in claims:
        raise ProofRefusedError(provider.name, "several audiences, and it does not say for which")
    if "azp" in claims and not _is(claims["azp"], provider.client_id):
        raise ProofRefusedError(provider.name, "made for another party")
    subject = claims["sub"]
    if len(subject) > _LONGEST or not subject.isascii() or not subject.isprintable():
        raise ProofRefusedError(provider.name, "a subject that cannot be one")


def _proved_twice(provider: Provider, claims: dict[str, Any]) -> bool:
    if provider.second_factor is None:
        return False
    said = claims.get(provider.second_factor.name)
    wanted = provider.second_factor.value
    return wanted in said if isinstance(said, list) else said == wanted


def _is(said: object, wanted: str) -> bool:
    return isinstance(said, str) and hmac.compare_digest(said.encode(), wanted.encode())
