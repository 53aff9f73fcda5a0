"""The second place of data keys: a folder outside PostgreSQL, with one text file a school.

A key is written here and synced before it is used for the first time, and taken out when it is erased: then the file is
written anew without it, and a line says that it was erased. Keys are wrapped here as in the key database. Lines:

    doorstep-data-keys 1 <school>
    secret <id of the key-encryption key> <wrapped, base64>
    key <key id> <id of the key-encryption key> <wrapped, base64>
    erased <key id> <instant> <event id> <rule>
    removed <instant> <event id>                      the whole school was removed: then there is no other line

Several processes may write to one file: each holds the lock beside it meanwhile. A last line without its line end was
being written when the machine stopped: it was not in use yet, and is dropped.
"""

import binascii
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from eventlog.durable import sync_folder
from eventlog.keys.errors import SecondPlaceUnusable
from eventlog.keys.files import alone, write_private
from eventlog.keys.key_database import RemovedSchool, Tombstone, WrappedKey

_FORMAT: Final = "doorstep-data-keys 1"
_REMOVED: Final = b"removed "


class Held(NamedTuple):
    """What the file of one school holds."""

    secret: tuple[bytes, str] | None
    """The wrapped secret and the id of what wraps it."""
    keys: dict[UUID, WrappedKey]
    stones: dict[UUID, Tombstone]
    removed: RemovedSchool | None = None
    """Where the whole school was: then there is nothing else."""

    def without_erased(self) -> "Held":
        """The same, without the keys whose tombstone is there."""
        if self.removed is not None:
            return Held(None, {}, {}, self.removed)
        return self._replace(keys={key_id: key for key_id, key in self.keys.items() if key_id not in self.stones})


def nothing() -> Held:
    """What a missing file holds."""
    return Held(None, {}, {})


class SecondPlace:
    """One school's file. Thread-safe, and safe among processes. Every method raises SecondPlaceUnusable."""

    def __init__(self, folder: Path, school: str) -> None:
        """Nothing is touched yet."""
        self.path = folder / f"{school}.keys"
        self._lock = folder / f".{school}.lock"
        self._school = school

    def read(self) -> Held:
        """What is held; nothing where there is no file."""
        try:
            return self._parsed(self.path.read_bytes())
        except FileNotFoundError:
            return nothing()
        except OSError as error:
            raise self._unusable(error) from error

    def add(self, keys: Sequence[WrappedKey], secret: tuple[bytes, str] | None = None) -> None:
        """Write keys, and the secret; they are on disk when this returns."""
        lines = "".join(_lines(Held(secret, {key.key_id: key for key in keys}, {})))
        try:
            self._make_folder()
            with alone(self._lock):
                if not self.path.exists():
                    self._write(lines)
                    return
                self._append(lines.encode())
        except OSError as error:
            raise self._unusable(error) from error

    def change(self, change: Callable[[Held], Held]) -> Held:
        """Write the file anew with what `change` makes of it, whole or not at all; nothing is added meanwhile. What it held.

        Keys with a tombstone are left out. A file that would stay the same is not touched, nor that of a removed school.
        """
        try:
            self._make_folder()
            with alone(self._lock):
                before = self.read()
                after = before if before.removed is not None else change(before).without_erased()
                if after != before:
                    self._write("".join(_lines(after)))
                return before
        except OSError as error:
            raise self._unusable(error) from error

    def remove(self, removed: RemovedSchool) -> None:
        """Take everything out, and say that the school was removed: for good. Doing it again changes nothing."""
        self.change(lambda held: held._replace(removed=held.removed or removed))

    def erase(self, stones: Iterable[Tombstone]) -> None:
        """Take erased keys out, and say so. Doing it again changes nothing."""
        buried = {stone.key_id: stone for stone in stones}
        # A tombstone that is there already stays as it is.
        self.change(lambda held: held._replace(stones=buried | held.stones))

    def _make_folder(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _append(self, lines: bytes) -> None:
        file = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        with os.fdopen(file, "r+b") as opened:
            opened.readline()
            if opened.readline().startswith(_REMOVED):
                return  # Made by somebody who had not heard yet: nothing was written under these.
            end = opened.seek(0, os.SEEK_END)
            opened.seek(max(end - 1, 0))
            if end and opened.read(1) != b"\n":
                content = self.path.read_bytes()
                opened.truncate(content.rfind(b"\n") + 1)
            opened.seek(0, os.SEEK_END)
            opened.write(lines)
            opened.flush()
            os.fsync(opened.fileno())
            # After this line the keys survive a power cut; a crash before it loses only keys that nobody has used.

    def _write(self, lines: str) -> None:
        write_private(self.path, f"{_FORMAT} {self._school}\n{lines}").replace(self.path)
        sync_folder(self.path.parent)

    def _parsed(self, content: bytes) -> Held:
        complete, _, _ = content.rpartition(b"\n")
        lines = complete.decode("utf-8", errors="replace").split("\n")
        if lines[0] != f"{_FORMAT} {self._school}":
            message = (
                f"{self.path} is not the second place of the data keys of {self._school}: its first line is another."
                " Put the right file back; where there is none, move this one away, and the file is made anew."
            )
            raise SecondPlaceUnusable(message)
        held = nothing()
        for number, line in enumerate(lines[1:], start=2):
            try:
                held = _taken_in(self._school, held, line)
            except (ValueError, binascii.Error):
                message = (
                    f"Line {number} of {self.path}, the second place of the data keys of {self._school}, cannot be"
                    " read. Put the file back from a copy; where there is none, move it away, and it is made anew."
                )
                raise SecondPlaceUnusable(message) from None
        return held.without_erased()

    def _unusable(self, error: OSError) -> SecondPlaceUnusable:
        return SecondPlaceUnusable(
            f"The second place of the data keys, {self.path}, cannot be used ({error.strerror}). Its folder must belong"
            " to the user that runs Doorstep, and the disk must have room; DOORSTEP_KEY_COPY names another folder."
        )


def _taken_in(school: str, held: Held, line: str) -> Held:
    kind, _, rest = line.partition(" ")
    if kind == "removed":
        removed_at, event_id = rest.split(" ")
        return held._replace(removed=RemovedSchool(school, datetime.fromisoformat(removed_at), UUID(event_id)))
    if kind == "key":
        key_id, kek_id, wrapped = rest.split(" ")
        held.keys[UUID(key_id)] = WrappedKey(UUID(key_id), b64decode(wrapped, validate=True), kek_id)
        return held
    if kind == "secret":
        kek_id, wrapped = rest.split(" ")
        return held._replace(secret=(b64decode(wrapped, validate=True), kek_id))
    if kind != "erased":
        raise ValueError(kind)
    key_id, erased_at, event_id, rule = rest.split(" ", 3)
    stone = Tombstone(UUID(key_id), datetime.fromisoformat(erased_at), rule, UUID(event_id))
    held.stones[stone.key_id] = stone
    return held


def _lines(held: Held) -> Iterable[str]:
    if held.removed is not None:
        yield f"removed {held.removed.removed_at.isoformat()} {held.removed.event_id}\n"
    if held.secret is not None:
        yield f"secret {held.secret[1]} {b64encode(held.secret[0]).decode()}\n"
    for key in held.keys.values():
        yield f"key {key.key_id} {key.kek_id} {b64encode(key.wrapped).decode()}\n"
    for stone in held.stones.values():
        yield f"erased {stone.key_id} {stone.erased_at.isoformat()} {stone.event_id} {stone.rule}\n"
