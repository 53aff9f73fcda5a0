"""The key file: the key-encryption keys, in a file that only the program's own user can read.

One line a key: its id, a space, 32 random bytes in base64. The first is the current one, which wraps what is new;
the others open what is not yet wrapped anew. Empty lines and lines that begin with `#` are for people.

It is made once, on a new installation, and after that changed by a rotation only: a new file in place of a lost one
could open nothing, and would hide that everything personal in the log is lost.
"""

import binascii
import os
import re
import secrets
import stat
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from eventlog.durable import sync_folder
from eventlog.keys.errors import KeyFileUnusable
from eventlog.keys.files import write_private

_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_BYTES: Final = 32
_MOST: Final = 1_000_000
_FOREWORD: Final = """\
# Doorstep's key-encryption keys: an id and 32 random bytes in base64 a line; the first line is the current key.
# Without this file everything personal in the log is lost for ever. Keep a copy apart from all backups of the
# databases, and never send it by e-mail. Change it by `doorstep keys rotate` only.
"""


@dataclass(frozen=True)
class Kek:
    """A key-encryption key."""

    id: str
    secret: bytes = field(repr=False)

    @cached_property
    def cipher(self) -> AESGCM:
        """What wraps and unwraps under it."""
        return AESGCM(self.secret)


def new_kek(taken: Sequence[str] = ()) -> Kek:
    """A new one, with an id that tells when it was made and is none of those `taken`."""
    while True:
        made = Kek(f"{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(3)}", secrets.token_bytes(_BYTES))
        if made.id not in taken:
            return made


def read_key_file(path: Path) -> tuple[Kek, ...]:
    """The keys of the file, the current one first. Raises KeyFileUnusable, FileNotFoundError."""
    try:
        # Asked of the opened file, so that what is checked is what is read.
        with path.open("rb") as opened:
            _refuse_open_to_others(path, os.fstat(opened.fileno()))
            content = opened.read(_MOST)
    except FileNotFoundError:
        raise
    except OSError as error:
        message = (
            f"The key file {path} cannot be read ({error.strerror}). It must belong to the user that runs Doorstep."
        )
        raise KeyFileUnusable(message) from None
    return _parsed(path, content)


def make_key_file(path: Path, keks: Sequence[Kek]) -> None:
    """Make the file, synced to disk; one that is there is never replaced. Raises KeyFileUnusable, FileExistsError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = write_private(path, _text(keks))
        try:
            # A link, because it refuses to replace what is there.
            os.link(draft, path)
        finally:
            draft.unlink()
        sync_folder(path.parent)
        sync_folder(path.parent.parent)
        # After this line the file survives a power cut; a crash before it leaves at most a draft beside its place.
    except FileExistsError:
        raise
    except OSError as error:
        raise KeyFileUnusable(_not_written(path, error)) from error


def replace_key_file(path: Path, keks: Sequence[Kek]) -> None:
    """Replace the file's content, whole or not at all, synced to disk. Raises KeyFileUnusable."""
    try:
        write_private(path, _text(keks)).replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise KeyFileUnusable(_not_written(path, error)) from error


def _refuse_open_to_others(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        message = f"The key file {path} is not a file."
        raise KeyFileUnusable(message)
    if found.st_uid != os.geteuid():
        message = (
            f"The key file {path} belongs to user {found.st_uid}, and Doorstep runs as user {os.geteuid()}."
            f" It must belong to the program's own user: chown {os.geteuid()} {path}"
        )
        raise KeyFileUnusable(message)
    if found.st_mode & 0o077:
        message = (
            f"The key file {path} can be read or changed by others (mode {stat.S_IMODE(found.st_mode):04o})."
            f" Close it: chmod 600 {path}. If somebody else may have read it, run `doorstep keys rotate` as well."
        )
        raise KeyFileUnusable(message)


def _parsed(path: Path, content: bytes) -> tuple[Kek, ...]:
    keks: list[Kek] = []
    for number, line in enumerate(content.decode("utf-8", errors="replace").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        kek_id, _, secret = line.strip().partition(" ")
        try:
            # The line itself is never repeated: it may hold most of a key.
            kek = Kek(kek_id, b64decode(secret, validate=True))
        except (binascii.Error, ValueError):
            raise KeyFileUnusable(_line(path, number)) from None
        if not _ID.fullmatch(kek_id) or len(kek.secret) != _BYTES or kek_id in {one.id for one in keks}:
            raise KeyFileUnusable(_line(path, number))
        keks.append(kek)
    if not keks:
        message = f"The key file {path} holds no key. Put the file back from its copy."
        raise KeyFileUnusable(message)
    return tuple(keks)


def _line(path: Path, number: int) -> str:
    return (
        f"Line {number} of the key file {path} cannot be used: a line is an id of its own, a space, and 32 bytes in"
        " base64. Put the file back from its copy."
    )


def _not_written(path: Path, error: OSError) -> str:
    return (
        f"The key file {path} could not be written ({error.strerror}). Its folder must belong to Doorstep's own user;"
        " DOORSTEP_KEY_FILE names another place."
    )


def _text(keks: Sequence[Kek]) -> str:
    return _FOREWORD + "".join(f"{kek.id} {b64encode(kek.secret).decode()}\n" for kek in keks)
