"""The checkpoint on paper: what covers a report or a history, in words and as a QR code.

Whoever keeps the paper (or scans it) holds evidence outside the school: `doorstep log verify --evidence` takes it.
"""

from functools import lru_cache
from typing import Final

import msgspec
import segno

from api.runtime import Runtime
from eventlog.ledger.verifier import encode64, parse_checkpoint, parse_note

PURPOSE: Final = (
    "Whoever keeps it can have it shown, at any time, whether one of these entries was changed, removed or slipped in"
    " since then."
)
_CODES: Final = 256
"""Codes that are remembered."""
_MODULE: Final = 3
"""Pixels of a page for each square of the code."""


class Covering(msgspec.Struct, frozen=True, kw_only=True):
    """What is printed about the checkpoint over everything up to one entry of a school's log."""

    index: int
    """The last entry that the paper tells of."""
    says: str
    """Which entries are covered, and what that is for; or that nothing covers them yet, and what to do."""
    origin: str = ""
    """The log; "" where there is no checkpoint yet."""
    size: int = 0
    """How many entries are under it."""
    root: str = ""
    """The tree's root in base64."""
    note: str = ""
    """The signed note, byte for byte: what the code says, and what a file of it holds."""

    @property
    def alt(self) -> str:
        """The code, for those who do not see it."""
        return f"QR code: the signed checkpoint of {self.size} entries, as text."

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """The checkpoint in words: (what, value)."""
        return (("Log", self.origin), ("Entries", str(self.size)), ("Root", self.root)) if self.origin else ()

    @property
    def qr(self) -> str:
        """The code as SVG; the same for the same checkpoint. "" where there is none."""
        return _code(self.note) if self.note else ""


@lru_cache(_CODES)
def _code(note: str) -> str:
    """A signed note never changes, and drawing its code takes longer than all else on the page."""
    code = segno.make_qr(note.encode(), error="m", boost_error=False)
    return str(code.svg_inline(scale=_MODULE, border=4, dark="#000", light="#fff"))


def covering(runtime: Runtime, school: str, index: int) -> Covering:
    """The first checkpoint over the entry with an index: whenever it is printed again, it is the same one. Blocks."""
    return shown(index, runtime.store.checkpoint_over(school, index) if index else None)


def shown(index: int, note: bytes | None) -> Covering:
    """A released checkpoint, or that there is none, in words."""
    if note is None:
        says = (
            f"No checkpoint covers entry {index} of the school's log yet: the sealer has not signed it. Make this again"
            " in a minute; if it still says so, ask your technician whether the sealer runs."
        )
        return Covering(index=index, says=says)
    found = parse_checkpoint(parse_note(note).text)
    says = (
        f"All that is told here stands in entries 1 to {index} of the school's log. This checkpoint was signed over"
        f" entries 1 to {found.size}. {PURPOSE}"
    )
    return Covering(
        index=index, says=says, origin=found.origin, size=found.size, root=encode64(found.root), note=note.decode()
    )
