"""Files that only whoever has a passphrase or a private key can open: the format of age, version 1.

The format is public (c2sp.org/age), and programs that read and write it are kept by others: what is sealed here opens
without Doorstep too (`age --decrypt keys.age`). Of it there is what is needed: one recipient, either a passphrase
(scrypt) or a public key (X25519). What encrypts is `cryptography`'s; here is only how the bytes lie.

    age-encryption.org/v1
    -> scrypt SALT LOG2N              or    -> X25519 EPHEMERAL
    WRAPPED FILE KEY
    --- HMAC of all before
    16 bytes, and then chunks of 64 KiB, each with its own tag; the last one says that it is the last
"""

import hmac
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import IO, Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from eventlog.bech32 import NotBech32Error, from_bech32, to_bech32

CHUNK: Final = 64 * 1024
_VERSION: Final = b"age-encryption.org/v1"
_NOTHING: Final = b"\0" * 12
_KEY: Final = 32
_TAG: Final = 16
_FILE_KEY: Final = 16
_LONGEST_LINE: Final = 1024
_LOG2N = 18
"""Of the work that a passphrase costs: about a second, and 256 MiB."""
_MOST_LOG2N: Final = 22
_PUBLIC, _PRIVATE = "age", "age-secret-key-"
_SCRYPT: Final = re.compile(rb"-> scrypt ([A-Za-z0-9+/]{22}) ([1-9][0-9]?)")
_X25519: Final = re.compile(rb"-> X25519 ([A-Za-z0-9+/]{43})")


class NotOpened(Exception):  # noqa: N818 - a fact about the file
    """The file does not open: it is another one, was altered, or passphrase or key is not its own. A sentence."""


class NotAKey(Exception):  # noqa: N818 - as above
    """This is no key of age's. The message is a sentence and repeats nothing of it."""


class Passphrase(NamedTuple):
    """Seals and opens."""

    secret: str

    def __repr__(self) -> str:
        """Never the secret."""
        return "Passphrase(...)"

    @property
    def says(self) -> str:
        """How it is called where it must not be repeated."""
        return "a passphrase"


class Recipient(NamedTuple):
    """A public key: seals."""

    public: bytes

    @property
    def says(self) -> str:
        """The key itself: `age1...`."""
        return to_bech32(_PUBLIC, self.public)


class Identity(NamedTuple):
    """A private key: opens what was sealed for its recipient."""

    private: bytes

    def __repr__(self) -> str:
        """Never the secret."""
        return "Identity(...)"

    @property
    def recipient(self) -> Recipient:
        """Whom to seal for."""
        return Recipient(X25519PrivateKey.from_private_bytes(self.private).public_key().public_bytes_raw())


def read_recipient(text: str) -> Recipient:
    """`age1...`, as `age-keygen` prints it. Raises NotAKey."""
    return Recipient(_key(text, _PUBLIC, "A public key of age begins with age1 and has 62 characters"))


def read_identity(text: str) -> Identity:
    """The line `AGE-SECRET-KEY-1...` in what `age-keygen` writes. Raises NotAKey."""
    says = "A private key of age is a line that begins with AGE-SECRET-KEY-1"
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) != 1:
        raise NotAKey(f"{says}; there must be one such line")
    return Identity(_key(lines[0], _PRIVATE, says))


def write_identity(identity: Identity) -> str:
    """The line, without its newline."""
    return to_bech32(_PRIVATE, identity.private).upper()


class Sealer:
    """Writes a sealed file, however long, in bounded memory. Raises OSError."""

    def __init__(self, file: IO[bytes], to: Passphrase | Recipient) -> None:
        """Write the header. The file is the caller's to close."""
        file_key, nonce = os.urandom(_FILE_KEY), os.urandom(_TAG)
        file.write(_header(file_key, to) + nonce)
        self._file = file
        self._chunks = _Chunks(file_key, nonce)
        self._waiting = bytearray()

    def write(self, data: bytes) -> None:
        """Add to the text."""
        self._waiting += data
        while len(self._waiting) > CHUNK:  # The last chunk is known only at the end, and may be a full one.
            self._file.write(self._chunks.seal(bytes(self._waiting[:CHUNK]), last=False))
            del self._waiting[:CHUNK]

    def finish(self) -> None:
        """Write the last chunk: without it nobody takes the file for whole."""
        self._file.write(self._chunks.seal(bytes(self._waiting), last=True))
        self._waiting.clear()


def opened(file: IO[bytes], by: Passphrase | Identity) -> Iterator[bytes]:
    """The text of a sealed file in pieces, each verified before it is given. Raises NotOpened, also at the end."""
    file_key = _file_key(file, by)
    nonce = file.read(_TAG)
    if len(nonce) != _TAG:
        raise NotOpened("The sealed file was cut short")
    chunks = _Chunks(file_key, nonce)
    piece = file.read(CHUNK + _TAG)
    while True:
        following = file.read(CHUNK + _TAG)
        yield chunks.open(piece, last=not following)
        if not following:
            return
        piece = following


class _Chunks:
    """The text: ChaCha20-Poly1305, each chunk under its number and whether it is the last."""

    def __init__(self, file_key: bytes, nonce: bytes) -> None:
        self._cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
        self._number = 0

    def seal(self, plain: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(last=last), plain, None)

    def open(self, piece: bytes, *, last: bool) -> bytes:
        first = self._number == 0
        try:
            plain = self._cipher.decrypt(self._nonce(last=last), piece, None)
        except InvalidTag:
            raise NotOpened("The sealed file was altered, or cut short") from None
        if last and not plain and not first:
            raise NotOpened("The sealed file ends in an empty piece")
        return plain

    def _nonce(self, *, last: bool) -> bytes:
        made = self._number.to_bytes(11, "big") + bytes([last])
        self._number += 1
        return made


def _header(file_key: bytes, to: Passphrase | Recipient) -> bytes:
    stanza = _by_passphrase(file_key, to) if isinstance(to, Passphrase) else _for_key(file_key, to)
    before = _VERSION + b"\n" + stanza + b"---"
    return before + b" " + _bare64(_mac(file_key, before)) + b"\n"


def _by_passphrase(file_key: bytes, to: Passphrase) -> bytes:
    salt = os.urandom(16)
    wrapped = ChaCha20Poly1305(_stretched(to.secret, salt, _LOG2N)).encrypt(_NOTHING, file_key, None)
    return b"-> scrypt %b %d\n%b\n" % (_bare64(salt), _LOG2N, _bare64(wrapped))


def _for_key(file_key: bytes, to: Recipient) -> bytes:
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    shared = _agreed(ephemeral, to.public)
    wrapped = ChaCha20Poly1305(_derived(shared, share + to.public, b"age-encryption.org/v1/X25519")).encrypt(
        _NOTHING, file_key, None
    )
    return b"-> X25519 %b\n%b\n" % (_bare64(share), _bare64(wrapped))


def _file_key(file: IO[bytes], by: Passphrase | Identity) -> bytes:
    lines = [_line(file) for _ in range(4)]
    version, kind, body, end = lines
    if version != _VERSION:
        raise NotOpened("This is no file of age, version 1")
    try:
        wrapped = _from_bare64(body)
        file_key = _unwrapped(kind, wrapped, by)
        mac = _from_bare64(end.removeprefix(b"--- "))
    except ValueError:
        raise NotOpened("The head of the sealed file cannot be read") from None
    before = b"\n".join((version, kind, body)) + b"\n---"
    if not end.startswith(b"--- ") or not hmac.compare_digest(mac, _mac(file_key, before)):
        raise NotOpened("The head of the sealed file was altered")
    return file_key


def _unwrapped(kind: bytes, wrapped: bytes, by: Passphrase | Identity) -> bytes:
    if isinstance(by, Passphrase):
        found = _SCRYPT.fullmatch(kind)
        if found is None or int(found[2]) > _MOST_LOG2N:
            raise NotOpened("This file was not sealed by a passphrase: give the private key that it was sealed for")
        key = _stretched(by.secret, _from_bare64(found[1]), int(found[2]))
    else:
        found = _X25519.fullmatch(kind)
        if found is None:
            raise NotOpened("This file was not sealed for a key: give the passphrase that it was sealed by")
        share = _from_bare64(found[1])
        private = X25519PrivateKey.from_private_bytes(by.private)
        own = private.public_key().public_bytes_raw()
        key = _derived(_agreed(private, share), share + own, b"age-encryption.org/v1/X25519")
    try:
        file_key = ChaCha20Poly1305(key).decrypt(_NOTHING, wrapped, None)
    except InvalidTag:
        raise NotOpened("The passphrase, or the private key, is not the one that this file was sealed for") from None
    if len(file_key) != _FILE_KEY:
        raise NotOpened("The head of the sealed file holds no key")
    return file_key


def _agreed(private: X25519PrivateKey, public: bytes) -> bytes:
    """The shared secret. Raises ValueError for a point that gives none."""
    return private.exchange(X25519PublicKey.from_public_bytes(public))


def _stretched(secret: str, salt: bytes, log2n: int) -> bytes:
    salted = b"age-encryption.org/v1/scrypt" + salt
    return Scrypt(salt=salted, length=_KEY, n=2**log2n, r=8, p=1).derive(secret.encode())


def _derived(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY, salt=salt, info=info).derive(secret)


def _mac(file_key: bytes, before: bytes) -> bytes:
    return hmac.digest(_derived(file_key, b"", b"header"), before, sha256)


def _line(file: IO[bytes]) -> bytes:
    line = file.readline(_LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise NotOpened("This is no file of age, version 1")
    return line[:-1]


def _bare64(data: bytes) -> bytes:
    return b64encode(data).rstrip(b"=")


def _from_bare64(text: bytes) -> bytes:
    """Raises ValueError for what is not just what `_bare64` writes."""
    data = b64decode(text + b"=" * (-len(text) % 4), validate=True)
    if _bare64(data) != text:
        raise ValueError
    return data


def _key(text: str, prefix: str, says: str) -> bytes:
    try:
        key = from_bech32(prefix, text.strip())
    except NotBech32Error:
        raise NotAKey(says) from None
    if len(key) != _KEY:
        raise NotAKey(says)
    return key
