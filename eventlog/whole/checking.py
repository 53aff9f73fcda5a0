"""Whether a folder is a school's whole export, as it was written: every file, every event, and that they say the same.

Three things are held against each other: the manifest against the files, the sealed log against its checkpoint, and the
readable events against the sealed ones, by their envelopes. Where the keys can be opened, each event is decrypted anew,
and must be the readable one to the byte. An expert needs none of this: `verifier.py` and `log/` are enough for the proof.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from eventlog.age import Identity, Passphrase
from eventlog.backup.manifest import HASH, MANIFEST
from eventlog.keys.key_database import Tombstone
from eventlog.keys.wrapping import cipher_of
from eventlog.ledger.sealer import Row
from eventlog.ledger.verifier import Refused, VerifierKey, check_export, parse_event_line
from eventlog.whole.keys import Plain, open_keys
from eventlog.whole.readable import readable
from eventlog.whole.shapes import KEYS, LOG, READABLE, Described, ExportUnusable, hashed, read_described

_LONGEST: Final = 8 * 1024 * 1024
Progress = Callable[[str, int, int], None]


class _Line(msgspec.Struct, frozen=True):
    index: int
    envelope: msgspec.Raw


class OfFile:
    """The keys of an export, all in memory: for whoever checks or takes it over. They are gone with the process."""

    def __init__(self, path: Path, school: str, by: Passphrase | Identity) -> None:
        """Open all of them. Raises ExportUnusable."""
        self._keys: dict[UUID, AESGCM | Tombstone] = {}
        for one in open_keys(path, school, by):
            if isinstance(one, Plain):
                self._keys[one.id] = cipher_of(one.bytes)
            else:
                self._keys[one.key_id] = one

    def load(self, key_ids: Sequence[UUID]) -> None:
        """They are there."""

    def get(self, key_id: UUID) -> AESGCM | Tombstone | None:
        """As `readable.Opener.get`."""
        return self._keys.get(key_id)


def check_whole(
    folder: Path,
    keys: Sequence[VerifierKey] = (),
    by: Passphrase | Identity | None = None,
    progress: Progress = lambda _what, _done, _of: None,
) -> Described:
    """What the folder holds, if it holds. `keys` are verifier keys that are held elsewhere; `by` opens the data keys.

    Raises ExportUnusable, Refused; Misused where a part of the log is not there.
    """
    described = read_described(folder)
    _check_files(folder, described)
    opened = check_export(folder / LOG, keys)
    if opened.checkpoint.origin != described.origin or opened.checkpoint.size != described.events:
        message = (
            f"{folder}: {MANIFEST} says {described.origin} with {described.events} events, and its log is another."
        )
        raise ExportUnusable(message)
    _check_readable(folder, described, by, progress)
    return described


def sealed_rows(folder: Path) -> Iterator[Row]:
    """The events of the sealed log. Raises Refused, ExportUnusable."""
    with (folder / LOG / "events.jsonl").open("rb") as file:
        for line in _lines(file, "events.jsonl"):
            one = parse_event_line(line.decode(errors="replace"))
            yield one.index, one.recorded_at, one.salt, one.envelope, one.ciphertext


def _check_files(folder: Path, described: Described) -> None:
    there = {str(one.relative_to(folder)) for one in folder.rglob("*") if not one.is_dir()}
    for name in sorted(there - {MANIFEST, HASH} - {one.file for one in described.files}):
        message = f"{folder}: {name} does not belong to this export. Take it out and check again."
        raise ExportUnusable(message)
    for one in described.files:
        if ".." in Path(one.file).parts or Path(one.file).is_absolute():
            message = f"{folder}: {MANIFEST} names a file that lies elsewhere."
            raise ExportUnusable(message)
        try:
            found = hashed(folder, one.file)
        except OSError as error:
            message = f"{folder}: {one.file} cannot be read ({error.strerror})."
            raise ExportUnusable(message) from error
        if found != one:
            message = f"{folder}: {one.file} is not as it was written."
            raise ExportUnusable(message)


def _check_readable(folder: Path, described: Described, by: Passphrase | Identity | None, progress: Progress) -> None:
    wanted = None if by is None else readable(sealed_rows(folder), OfFile(folder / KEYS, described.school, by))
    sealed = sealed_rows(folder)
    with (folder / READABLE).open("rb") as file:
        number = 0
        for number, line in enumerate(_lines(file, READABLE), 1):
            row = next(sealed, None)
            if row is None or not _is_of(line, row):
                raise Refused(f"{READABLE}, line {number}: it is not the event that was sealed", index=number)
            if wanted is not None and next(wanted) != line + b"\n":
                raise Refused(f"{READABLE}, line {number}: the sealed event opens to something else", index=number)
            if number % 1_000 == 0 or number == described.events:
                progress("checked", number, described.events)
    if number != described.events:
        raise Refused(f"{READABLE} ends after {number} of {described.events} events", index=number + 1)


def _is_of(line: bytes, row: Row) -> bool:
    try:
        found = msgspec.json.decode(line, type=_Line)
    except msgspec.MsgspecError:
        return False
    return found.index == row[0] and bytes(found.envelope) == row[3]


def _lines(file: IO[bytes], name: str) -> Iterator[bytes]:
    while line := file.readline(_LONGEST + 1):
        if not line.endswith(b"\n"):
            message = f"{name} has a line that was cut short."
            raise ExportUnusable(message)
        yield line[:-1]
