"""Which events change something that everybody may see.

Those that only say who looked at what do not, and what stands in a restricted case is for those inside alone.

One answer for all who ask: the numbers in the menu are counted again, and a report has another last entry, only after
a change.
"""

from domain.catalogue import CHANGES_NOTHING
from domain.envelope import Recorded
from domain.ids import StreamKind
from eventlog.seam import SchoolLog


def changes_something(recorded: Recorded) -> bool:
    """Whether anything but the list of who looked, and the restricted cases, is different after this event.

    One that cannot be read counts.
    """
    envelope = recorded.envelope
    return envelope.topic not in CHANGES_NOTHING and envelope.stream.kind is not StreamKind.CASE


def last_change(log: SchoolLog, up_to: int) -> int:
    """The place of the last event, not after an index, that changed something; 0 for none. Blocks for one query."""
    return log.last_besides(CHANGES_NOTHING, StreamKind.CASE, up_to)
