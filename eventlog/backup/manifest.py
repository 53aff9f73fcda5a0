"""What a part of a backup says of itself, in `manifest.json`; `manifest.sha256` beside it says whether that is whole.

`sha256sum --check manifest.sha256` reads the latter, in the part's folder.
"""

import re
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

import msgspec

from domain.ids import SchoolSlug
from eventlog.backup.errors import BackupUnusable
from eventlog.backup.lines import Written

FORMAT: Final = "doorstep-backup 1"
MANIFEST: Final = "manifest.json"
HASH: Final = "manifest.sha256"
_FILE: Final = re.compile(r"[a-z0-9_]{1,80}/[a-z0-9_]{1,80}(\.[a-z0-9]{1,20})?")

PartName = Literal["log", "keys"]


class Installation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose backup it is."""

    id: UUID
    kind: Literal["demonstration", "live"]
    made_at: datetime


class BackedUp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A school, and how much of it there is."""

    slug: SchoolSlug
    events: int
    """The index of its last event."""
    epoch: int
    """Of its ledger."""
    sealed: int
    """Events under the checkpoint that lies in the backup; 0 where there is none."""


class Applied(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A migration that the database had."""

    schema: str
    number: int
    file: str
    sha256: str


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table's file: a row is a JSON array of texts in the order of `columns`, an event's as in `events.jsonl`."""

    file: str
    schema: str
    table: str
    columns: tuple[str, ...]
    rows: int
    size: int
    sha256: str

    @property
    def written(self) -> Written:
        """What the file must be."""
        return Written(self.rows, self.size, self.sha256)


class Whole(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another file: a checkpoint, a verifier key."""

    file: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One part of a backup."""

    format: str
    part: PartName
    made_at: datetime
    """When the snapshot was taken that it shows."""
    release: str
    """The release of Doorstep that wrote it."""
    installation: Installation
    schools: tuple[BackedUp, ...]
    migrations: tuple[Applied, ...]
    tables: tuple[Table, ...]
    """In an order in which they can be filled."""
    files: tuple[Whole, ...] = ()
    keks: tuple[str, ...] = ()
    """In the keys part: what the key file must hold for these keys to be opened. The keys themselves are not in it."""

    def names(self) -> tuple[str, ...]:
        """All files, this one left out."""
        return (*(table.file for table in self.tables), *(whole.file for whole in self.files))


class _Form(msgspec.Struct, frozen=True):
    format: str = ""


def to_bytes(manifest: Manifest) -> bytes:
    """The bytes of `manifest.json`."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def hash_line(manifest: bytes) -> bytes:
    """The bytes of `manifest.sha256`."""
    return f"{sha256(manifest).hexdigest()}  {MANIFEST}\n".encode()


def read_manifest(folder: Path, part: PartName) -> Manifest:
    """The manifest of the part in a folder. Raises BackupUnusable where it is not one that this release can restore."""
    try:
        content = (folder / MANIFEST).read_bytes()
        hashed = (folder / HASH).read_bytes()
    except OSError as error:
        message = f"{folder} is no finished backup: {error.strerror} ({Path(str(error.filename)).name})."
        raise BackupUnusable(message) from error
    if hashed != hash_line(content):
        reason = f"the manifest is not the one that {HASH} was written for: one of the two was changed"
        raise BackupUnusable(reason, file=MANIFEST)
    try:
        found = msgspec.json.decode(content, type=_Form).format
        if found != FORMAT:
            reason = (
                f"this backup is of the format {found!r}, and this release reads {FORMAT!r}:"
                " restore it with the release that made it"
            )
            raise BackupUnusable(reason, file=MANIFEST)
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as error:
        reason = f"the manifest cannot be read ({error})"
        raise BackupUnusable(reason, file=MANIFEST) from error
    if manifest.part != part:
        message = f"{folder} is the {manifest.part} part of a backup, and the {part} part is wanted here."
        raise BackupUnusable(message)
    for file in manifest.names():
        if not _FILE.fullmatch(file):
            reason = f"it names a file {file!r}, which no backup has"
            raise BackupUnusable(reason, file=MANIFEST)
    return manifest
