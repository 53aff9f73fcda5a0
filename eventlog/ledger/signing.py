"""Signing keys: made once, by an explicit command, kept in a file that only the program's user can read.

Nothing here makes a key where one is missing: a new key means a new log for everybody who holds evidence.
"""

import os
import stat
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from eventlog.durable import sync_folder, write_new
from eventlog.ledger.verifier import (
    LOG_KEY,
    WITNESS_KEY,
    Checkpoint,
    VerifierKey,
    cosigned_message,
    encode64,
    verifier_key,
)

_KEY_FILE_LIMIT: Final = 10_000


class KeyUnusable(Exception):  # noqa: N818 - reads as the sentence it is
    """A signing key cannot be used, or may not be made; the message says why and what to do."""


def make_key(path: Path) -> Ed25519PrivateKey:
    """Make a signing key in a new file, mode 0600 (PKCS #8, PEM). Raises KeyUnusable where a file is there already."""
    key = Ed25519PrivateKey.generate()
    try:
        write_new(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), mode=0o600)
        sync_folder(path.parent)
    except FileExistsError:
        message = f"{path} is there already, and a signing key is never overwritten. Choose another place."
        raise KeyUnusable(message) from None
    except OSError as error:
        message = f"The signing key could not be written to {path} ({error.strerror})."
        raise KeyUnusable(message) from error
    return key


def read_key(path: Path) -> Ed25519PrivateKey:
    """Read a signing key. Raises KeyUnusable where it is missing, unreadable, or others can read it."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            data = file.read(_KEY_FILE_LIMIT)
    except OSError as error:
        message = (
            f"The signing key {path} cannot be read ({error.strerror}). Without it no checkpoint can be signed;"
            " events are stored all the same. Put the key file back: a new key would not continue this log's evidence. Where nothing was ever signed, `doorstep seal --make-key` makes one."
        )
        raise KeyUnusable(message) from error
    if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077:
        message = (
            f"{path} can be read by others than its owner. Make it private (chmod 600), or make a new key if it leaked."
        )
        raise KeyUnusable(message)
    try:
        key = load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        message = f"{path} is not a signing key: it must be an Ed25519 private key in PEM form, without a password."
        raise KeyUnusable(message) from None
    if not isinstance(key, Ed25519PrivateKey):
        message = f"{path} holds a key of another kind than Ed25519."
        raise KeyUnusable(message)
    return key


class LogSigner:
    """Signs the checkpoints of one log; the key's name is the log's origin."""

    def __init__(self, origin: str, key: Ed25519PrivateKey) -> None:
        """Sign for this origin with this key."""
        self._key = key
        self.vkey: VerifierKey = verifier_key(origin, LOG_KEY, key.public_key().public_bytes_raw())

    def sign(self, checkpoint: Checkpoint) -> bytes:
        """The checkpoint as a signed note. Ed25519 signatures have no chance in them: the same in, the same out."""
        text = checkpoint.text
        return f"{text}\n{_line(self.vkey, self._key.sign(text.encode()))}".encode()


class WitnessSigner:
    """Cosigns checkpoints with a time."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        """Sign as this witness with this key, which signs nothing else."""
        self._key = key
        self.vkey: VerifierKey = verifier_key(name, WITNESS_KEY, key.public_key().public_bytes_raw())

    def cosign(self, text: str, at: int) -> str:
        """The signature line under a checkpoint's text, at a time in seconds since 1970."""
        return _line(self.vkey, at.to_bytes(8, "big") + self._key.sign(cosigned_message(text, at)))


def _line(vkey: VerifierKey, signed: bytes) -> str:
    return f"\u2014 {vkey.name} {encode64(vkey.key_id + signed)}\n"
