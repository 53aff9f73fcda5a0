"""What the school's own events add up to: which records went out and still stand where they went, and how many settings."""

from collections.abc import Iterable

import msgspec

from domain.envelope import Recorded
from domain.school.events import ExportTakenBack, RecordExported, SettingsAdopted
from domain.shared.corrections import effective


class SchoolState(msgspec.Struct, frozen=True, kw_only=True):
    """The school now, as far as a decision needs it."""

    exported: frozenset[str] = frozenset()
    """Keys of the records that were exported and not taken back since (DV-18)."""
    adopted: int = 0
    """The newest version of the settings, whether in force or coming."""


def fold(recorded: Iterable[Recorded]) -> SchoolState:
    """The school that its events, as they stand corrected, add up to."""
    exported: set[str] = set()
    adopted = 0
    for _, event in effective(recorded):
        if isinstance(event, RecordExported):
            exported.update(event.keys)
        elif isinstance(event, ExportTakenBack):
            exported.discard(event.key)
        elif isinstance(event, SettingsAdopted):
            adopted = max(adopted, event.version)
    return SchoolState(exported=frozenset(exported), adopted=adopted)
