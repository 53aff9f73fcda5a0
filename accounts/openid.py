"""Proving who one is at another provider: OpenID Connect, code flow with PKCE.

What a browser began goes along in a cookie that only this installation can open: state, nonce and verifier, for one provider, one
purpose and ten minutes. It is used once. Whoever has the code alone, or the answer of another browser, has nothing.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag

from accounts.one_time import new_token
from accounts.openid_errors import ProofRefusedError, ProviderAwayError
from accounts.openid_metadata import Document, Published
from accounts.openid_settings import Provider
from accounts.openid_token import Proof, UnknownKeyError, proof_of
from accounts.openid_web import AwayError, Web
from accounts.secret import Secret

LASTS: Final = timedelta(minutes=10)
"""From leaving for the provider to coming back."""
_PURPOSE: Final = "what goes along to a provider"
_PLACE: Final = UUID("6f1e3f0a-7d0e-5c55-9a53-0b1f6f9d2c11")
"""What the cookie's seal is bound to: no account or invitation has this id."""


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser began."""

    provider: str
    state: str
    nonce: str
    verifier: str
    back: str
    """The redirect URI: the provider is told the very same one twice."""
    until: float
    purpose: str
    """What it is for; `about` says which one."""
    about: str = ""
    wanted: str = ""
    """The page that was asked for; a local path, or ""."""


class Leaving(NamedTuple):
    """Where the browser goes, and what it takes along."""

    address: str
    cookie: str


class Answer(NamedTuple):
    """What the browser came back with."""

    state: str
    code: str
    issuer: str
    """The `iss` of the answer (RFC 9207); "" without one."""
    error: str


class OpenId:
    """The providers of this installation. Thread-safe; blocks."""

    def __init__(self, providers: Iterable[Provider] = ()) -> None:
        """Nothing is asked of any of them yet."""
        self._web = Web()
        self._providers = {one.key: one for one in providers}
        self._published = {key: Published(one, self._web) for key, one in self._providers.items()}

    @property
    def providers(self) -> tuple[Provider, ...]:
        """All of them, in the order in which they are offered."""
        return tuple(self._providers.values())

    def get(self, key: str) -> Provider | None:
        """The provider of a key."""
        return self._providers.get(key)

    def leave(
        self,
        secret: Secret,
        provider: Provider,
        back: str,
        now: datetime,
        *,
        purpose: str,
        about: str = "",
        wanted: str = "",
        prompt: str = "",
    ) -> Leaving:
        """Begin. Raises ProviderAwayError, TooBusyError."""
        document = self._published[provider.key].document(now)
        begun = Begun(
            provider=provider.key,
            state=new_token(),
            nonce=new_token(),
            verifier=new_token(),
            back=back,
            until=(now + LASTS).timestamp(),
            purpose=purpose,
            about=about,
            wanted=wanted,
        )
        sealed = secret.apart(_PURPOSE).seal(msgspec.json.encode(begun).decode(), _PLACE)
        return Leaving(_address(provider, document, begun, prompt), base64.urlsafe_b64encode(sealed).decode())

    def begun(self, secret: Secret, provider: Provider, cookie: str, state: str, now: datetime) -> Begun:
        """What this browser began, if the answer belongs to it. Whoever calls this sees to it that it is used once.

        Raises ProofRefusedError.
        """
        try:
            sealed = base64.b64decode(cookie.encode(), altchars=b"-_", validate=True)
            found = msgspec.json.decode(secret.apart(_PURPOSE).open(sealed, _PLACE), type=Begun)
        except (ValueError, InvalidTag, msgspec.MsgspecError):
            raise ProofRefusedError(provider.name, "this browser began nothing") from None
        if not hmac.compare_digest(found.state.encode(), state.encode()):
            raise ProofRefusedError(provider.name, "the state is another one")
        if found.provider != provider.key:
            raise ProofRefusedError(provider.name, "begun at another provider")
        if now >= datetime.fromtimestamp(found.until, UTC):
            raise ProofRefusedError(provider.name, "begun too long ago")
        return found

    def prove(self, provider: Provider, begun: Begun, answer: Answer, now: datetime) -> Proof:
        """Who it is. Raises ProofRefusedError, ProviderAwayError, TooBusyError."""
        published = self._published[provider.key]
        document = published.document(now)
        if answer.issuer != provider.issuer and (
            answer.issuer or document.authorization_response_iss_parameter_supported
        ):
            raise ProofRefusedError(provider.name, "the answer of another issuer")
        if answer.error or not answer.code:
            raise ProofRefusedError(provider.name, "the provider said no")
        token = self._redeem(provider, document, begun, answer.code)
        try:
            return proof_of(provider, token, published.keys(now), begun.nonce, now)
        except UnknownKeyError:
            try:
                return proof_of(provider, token, published.keys_anew(now), begun.nonce, now)
            except UnknownKeyError:
                raise ProofRefusedError(provider.name, "signed by a key that is not published") from None

    def _redeem(self, provider: Provider, document: Document, begun: Begun, code: str) -> object:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": begun.back,
            "code_verifier": begun.verifier,
        }
        headers: Mapping[str, str] = {}
        if "client_secret_post" in document.token_endpoint_auth_methods_supported:
            form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
        else:
            # RFC 6749, 2.3.1: each half is encoded as a form's value is.
            halves = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
            headers = {"Authorization": f"Basic {base64.b64encode(halves.encode()).decode()}"}
        try:
            return self._web.send(document.token_endpoint, form, headers).get("id_token")
        except AwayError as error:
            if str(error) == "status 400":
                raise ProofRefusedError(provider.name, "the code was not taken") from None
            raise ProviderAwayError(provider.name, str(error)) from None


def _address(provider: Provider, document: Document, begun: Begun, prompt: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": begun.back,
        "scope": "openid",  # who it is, and nothing about them: no name, no address
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if prompt:
        asked["prompt"] = prompt
    if len(provider.domains) == 1:
        asked["hd"] = provider.domains[0]
    if provider.second_factor is not None and provider.second_factor.name == "acr":
        asked["acr_values"] = provider.second_factor.value
    if provider.second_factor is not None and provider.second_factor.name == "acrs":
        wanted = {"id_token": {"acrs": {"essential": True, "values": [provider.second_factor.value]}}}
        asked["claims"] = msgspec.json.encode(wanted).decode()
    joined = "&" if "?" in document.authorization_endpoint else "?"
    return f"{document.authorization_endpoint}{joined}{urlencode(asked)}"
