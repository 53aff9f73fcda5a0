"""What a provider publishes about itself: its discovery document, and the keys it signs with. Read when first needed, then kept."""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey, import_key

from accounts.openid_errors import ProviderAwayError
from accounts.openid_settings import Provider, is_safe
from accounts.openid_web import AwayError, Web

DOCUMENT_LASTS: Final = timedelta(hours=12)
KEYS_LAST: Final = timedelta(hours=6)
SMALLEST_RSA: Final = 2048
_ADDRESSES: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A discovery document, as far as it is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False
    """Whether every answer names the issuer (RFC 9207)."""


class Published:
    """What one provider publishes. Thread-safe; blocks. Every method raises ProviderAwayError, TooBusyError."""

    def __init__(self, provider: Provider, web: Web) -> None:
        """Nothing is read yet."""
        self._provider = provider
        self._web = web
        self._lock = threading.Lock()
        self._document: tuple[datetime, Document] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    def document(self, now: datetime) -> Document:
        """The discovery document, of the issuer that is set and of no other."""
        with self._lock:
            kept = self._document
        if kept is not None and now < kept[0] + DOCUMENT_LASTS:
            return kept[1]
        said = self._read(f"{self._provider.issuer.removesuffix('/')}/.well-known/openid-configuration")
        try:
            found = msgspec.convert(said, Document)
        except msgspec.ValidationError:
            raise self._away("a discovery document without what belongs in it") from None
        if found.issuer != self._provider.issuer:
            raise self._away("a discovery document of another issuer")
        if not all(is_safe(getattr(found, name)) for name in _ADDRESSES):
            raise self._away("a discovery document with an address without TLS")
        with self._lock:
            self._document = (now, found)
        return found

    def keys(self, now: datetime) -> KeySet:
        """The keys that it signs with."""
        with self._lock:
            kept = self._keys
        return kept[1] if kept is not None and now < kept[0] + KEYS_LAST else self.keys_anew(now)

    def keys_anew(self, now: datetime) -> KeySet:
        """The keys as they are published at this moment."""
        listed = self._read(self.document(now).jwks_uri).get("keys")
        found = KeySet([one for one in map(_public, listed if isinstance(listed, list) else []) if one is not None])
        if not found:
            raise self._away("no key that can be used")
        with self._lock:
            self._keys = (now, found)
        return found

    def _read(self, address: str) -> dict[str, Any]:
        try:
            return self._web.read(address)
        except AwayError as error:
            raise self._away(str(error)) from None

    def _away(self, why: str) -> ProviderAwayError:
        return ProviderAwayError(self._provider.name, why)


def _public(listed: object) -> Key | None:
    """A key for signatures; None for a secret one, one for something else, one too small and one that is not understood."""
    if not isinstance(listed, Mapping) or listed.get("kty") not in {"RSA", "EC"} or listed.get("use", "sig") != "sig":
        return None
    try:
        key = import_key(dict(listed))
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAKey):
        return key if key.public_key.key_size >= SMALLEST_RSA else None
    return key if isinstance(key, ECKey) else None
