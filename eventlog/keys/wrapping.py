"""How a data key is wrapped: AES-256-GCM under a key-encryption key, bound to its school and its id.

A wrapped key put in another school's place, or under another id, does not open.
"""

import hmac
import os
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from eventlog.keys.errors import KeyAltered
from eventlog.keys.key_file import Kek

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_FOR_A_DATA_KEY: Final = b"doorstep data key v1"
_FOR_A_SECRET: Final = b"doorstep school secret v1"
_FOR_A_CHECK: Final = b"doorstep key check value v1"


def new_key() -> bytes:
    """32 bytes that nobody can guess."""
    return os.urandom(KEY_BYTES)


def wrap(kek: Kek, school: str, key_id: UUID | None, key: bytes) -> bytes:
    """The wrapped key: nonce, ciphertext, tag. Without a key id it is the school's secret."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + kek.cipher.encrypt(nonce, key, _bound_to(school, key_id))


def unwrap(kek: Kek, school: str, key_id: UUID | None, wrapped: bytes) -> bytes:
    """The key. Raises KeyAltered where this is not what was wrapped for that school and id."""
    try:
        return kek.cipher.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], _bound_to(school, key_id))
    except (InvalidTag, ValueError):
        raise KeyAltered(school, key_id) from None


def cipher_of(key: bytes) -> AESGCM:
    """What encrypts and decrypts under a data key."""
    return AESGCM(key)


def check_value(kek: Kek) -> bytes:
    """32 bytes that tell this key-encryption key from every other one, and tell nothing about it."""
    return hmac.digest(kek.secret, _FOR_A_CHECK + kek.id.encode(), sha256)


def _bound_to(school: str, key_id: UUID | None) -> bytes:
    """The AAD. A school's short name holds no zero byte, so no two pairs look alike."""
    if key_id is None:
        return b"\0".join((_FOR_A_SECRET, school.encode()))
    return b"\0".join((_FOR_A_DATA_KEY, school.encode(), key_id.bytes))
