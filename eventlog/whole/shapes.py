"""What a school's export says of itself, in `manifest.json`; `manifest.sha256` beside it says whether that is whole."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

import msgspec

from domain.ids import SchoolSlug
from eventlog.backup.manifest import HASH, MANIFEST, hash_line

FORMAT: Final = "doorstep-school 1"
LOG: Final = "log"
"""The sealed log, as `docs/log-format.md` has it."""
READABLE: Final = "readable.jsonl"
KEYS: Final = "keys.age"
README: Final = "README.txt"
TREE: Final = "tree"
"""An earlier epoch's, in `epochs/N`, as the sealer keeps it: the events of the log give it no more where some were lost."""
TABLES: Final = ("command", "claim", "erased_key", "epoch", "checkpoint", "checkpoint_left", "sealing_incident")
"""What lies beside the events in the school's schema, each in `tables/NAME.jsonl`."""
_PIECE: Final = 1024 * 1024


class ExportUnusable(Exception):  # noqa: N818 - reads as the sentence it is
    """A folder is no whole export, was changed, or is not the one that is wanted. The message is a sentence."""


class Whole(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of the export."""

    file: str
    size: int
    sha256: str


class Described(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The export of one school."""

    format: str
    school: SchoolSlug
    name: str
    """Of the school."""
    policy_key: str
    installation: UUID
    kind: Literal["demonstration", "live"]
    made_at: datetime
    release: str
    """The release of Doorstep that wrote it."""
    epoch: int
    """Of its ledger."""
    events: int
    """All that there were; the last one says that this was made, by whom and why."""
    keys_for: str
    """Who can open the data keys."""
    files: tuple[Whole, ...]

    @property
    def origin(self) -> str:
        """As its checkpoint names it."""
        return f"{self.installation}/doorstep/{self.school}/{self.epoch}"


class _Form(msgspec.Struct, frozen=True):
    format: str = ""


def hashed(folder: Path, file: str) -> Whole:
    """Size and hash of a file as it is. Raises OSError."""
    found, size = sha256(), 0
    with (folder / file).open("rb") as opened:
        while piece := opened.read(_PIECE):
            found.update(piece)
            size += len(piece)
    return Whole(file=file, size=size, sha256=found.hexdigest())


def to_bytes(described: Described) -> bytes:
    """The bytes of `manifest.json`."""
    return msgspec.json.format(msgspec.json.encode(described), indent=1) + b"\n"


def read_described(folder: Path) -> Described:
    """What the folder says of itself. Raises ExportUnusable."""
    try:
        content, line = (folder / MANIFEST).read_bytes(), (folder / HASH).read_bytes()
    except OSError as error:
        message = f"{folder} is no finished export of a school: {Path(str(error.filename)).name} cannot be read."
        raise ExportUnusable(message) from error
    if line != hash_line(content):
        message = f"{folder}: {MANIFEST} is not the one that {HASH} was written for: one of the two was changed."
        raise ExportUnusable(message)
    try:
        found = msgspec.json.decode(content, type=_Form).format
        if found != FORMAT:
            message = f"{folder} is of the format {found!r}, and this release reads {FORMAT!r}."
            raise ExportUnusable(message)
        return msgspec.json.decode(content, type=Described)
    except msgspec.MsgspecError as error:
        message = f"{folder}: {MANIFEST} cannot be read ({error})."
        raise ExportUnusable(message) from error
