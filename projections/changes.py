"""Which events change something that somebody sees: those that only say who looked at what do not.

One answer for all who ask: the numbers in the menu are counted again, and a report has another last entry, only after
a change.
"""

from domain.catalogue import CHANGES_NOTHING
from domain.envelope import Recorded
from eventlog.seam import SchoolLog


def changes_something(recorded: Recorded) -> bool:
    """Whether anything but the list of who looked is different after this event. One that cannot be read counts."""
    return recorded.envelope.topic not in CHANGES_NOTHING


def last_change(log: SchoolLog, up_to: int) -> int:
    """The place of the last event, not after an index, that changed something; 0 for none. Blocks for one query."""
    return log.last_besides(CHANGES_NOTHING, up_to)
