"""What the school's own events add up to: which records went out and still stand where they went."""

from collections.abc import Iterable

import msgspec

from domain.envelope import Recorded
from domain.school.events import ExportTakenBack, RecordExported
from domain.shared.corrections import effective


class SchoolState(msgspec.Struct, frozen=True, kw_only=True):
    """The school now, as far as a decision needs it."""

    exported: frozenset[str] = frozenset()
    """Keys of the records that were exported and not taken back since (DV-18)."""


def fold(recorded: Iterable[Recorded]) -> SchoolState:
    """The school that its events, as they stand corrected, add up to."""
    exported: set[str] = set()
    for _, event in effective(recorded):
        if isinstance(event, RecordExported):
            exported.update(event.keys)
        elif isinstance(event, ExportTakenBack):
            exported.discard(event.key)
    return SchoolState(exported=frozenset(exported))
