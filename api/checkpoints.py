"""The checkpoint on paper: what covers a report or a history, in words and as a QR code.

Whoever keeps the paper (or scans it) holds evidence outside the school: `doorstep log verify --evidence` takes it.
"""

from typing import Final

import msgspec
import segno

from api.ledger_places import source_of
from api.runtime import Runtime
from domain.school.events import ReportMade
from domain.shared.events import RecordViewed
from eventlog.ledger.verifier import encode64, parse_checkpoint, parse_note
from eventlog.seam import SchoolLog

PURPOSE: Final = (
    "Whoever keeps it can have it shown, at any time, whether one of these entries was changed, removed or slipped in"
    " since then."
)
_LOOKED_AT: Final = 200
"""Entries looked at in one go for the last that changed something."""
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
        if not self.note:
            return ""
        code = segno.make_qr(self.note.encode(), error="m", boost_error=False)
        return str(code.svg_inline(scale=_MODULE, border=4, dark="#000", light="#fff"))


def covering(runtime: Runtime, school: str, index: int) -> Covering:
    """The first checkpoint over the entry with an index: whenever it is printed again, it is the same one. Blocks."""
    with source_of(runtime.urls, school) as source:
        note = source.covering(index) if index else None
    return shown(index, note)


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


def last_change(log: SchoolLog, up_to: int) -> int:
    """The last entry, not after an index, that changed anything: reading and reporting do not. 0 for none. Blocks."""
    idle = {RecordViewed.TOPIC, ReportMade.TOPIC}
    while up_to > 0:
        first = max(1, up_to - _LOOKED_AT + 1)
        found = [r.envelope for r in log.read_log(first, up_to - first + 1)]
        for envelope in reversed(found):
            if envelope.topic not in idle:
                return envelope.index
        up_to = first - 1
    return 0
