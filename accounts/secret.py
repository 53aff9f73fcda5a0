"""The installation's own secret: sealed by the key file, it seals the second factors and keys the hashes kept here.

A rotation of the key file wraps it anew with everything else (`eventlog.keys.rotation`, `wrap_anew`): nobody enrols again.
"""

import hmac
import os
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts.ids import AccountId
from accounts.rows import Rows
from eventlog.keys.keks import Keks
from eventlog.keys.wrapping import new_key, unwrap, wrap

_PLACE: Final = "accounts of the installation"
"""What the wrapping is bound to: no school's short name has a space in it."""
_NONCE: Final = 12
_READ: Final = "SELECT wrapped, kek_id FROM doorstep_accounts.installation_secret"
_ADD: Final = (
    "INSERT INTO doorstep_accounts.installation_secret (wrapped, kek_id) VALUES (%(wrapped)s, %(kek_id)s)"
    " ON CONFLICT DO NOTHING"
)
_REPLACE: Final = "UPDATE doorstep_accounts.installation_secret SET wrapped = %(wrapped)s, kek_id = %(kek_id)s"


class Secret:
    """Seals, opens, and makes keyed hashes."""

    def __init__(self, key: bytes) -> None:
        """`key` is 32 random bytes."""
        self._cipher = AESGCM(_derived(key, b"doorstep accounts seal v1"))
        self._key = _derived(key, b"doorstep accounts hash v1")

    def seal(self, plain: str, account: AccountId | UUID) -> bytes:
        """The text sealed for one account (or invitation): put in another's place it does not open."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain.encode(), account.bytes)

    def open(self, sealed: bytes, account: AccountId | UUID) -> str:
        """The text. Raises cryptography's InvalidTag for what was not sealed so."""
        return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], account.bytes).decode()

    def hash(self, *parts: str) -> bytes:
        """A hash that only this installation can make: of a name, or an address."""
        return hmac.digest(self._key, b"\0".join(part.encode() for part in parts), sha256)

    def apart(self, purpose: str) -> "Secret":
        """Another secret, for one purpose: however much is sealed for that, it says nothing of what is sealed here."""
        return Secret(self.hash("apart", purpose))


def open_secret(rows: Rows, keks: Keks) -> Secret:
    """The installation's secret; the first time one is made. Raises KeyAltered, KeyFileUnusable, LogUnavailable."""
    found = rows.one(_READ)
    if found is None:
        kek = keks.current
        rows.run(_ADD, wrapped=wrap(kek, _PLACE, None, new_key()), kek_id=kek.id)
        found = rows.one(_READ)  # Another process may have been first: its secret stays.
    if found is None:
        message = "the installation's secret was not kept"
        raise RuntimeError(message)
    return Secret(unwrap(keks.named(found["kek_id"]), _PLACE, None, bytes(found["wrapped"])))


def wrap_anew(rows: Rows, keks: Keks) -> None:
    """Wrap the secret by the key that is current now, before the old one is retired."""
    found = rows.one(_READ)
    if found is None or found["kek_id"] == keks.current.id:
        return
    plain = unwrap(keks.named(found["kek_id"]), _PLACE, None, bytes(found["wrapped"]))
    rows.run(_REPLACE, wrapped=wrap(keks.current, _PLACE, None, plain), kek_id=keks.current.id)


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.digest(key, purpose, sha256)
