"""What every page says to somebody of another school who reads here in an emergency, and what they may send from it."""

from typing import Final

from api.identity import Acquainted
from api.pages.shell import Through
from api.pages.wording_glass import of_school
from domain.command import CommandKind
from domain.decisions import COMMANDS
from domain.glass.commands import EndGlass
from domain.trip.calming import CALMING

OFFERED: Final = frozenset(
    name
    for name, kind in COMMANDS.items()
    if kind is EndGlass or (kind.KIND is CommandKind.FACT and not kind.INTERNAL and kind not in CALMING)
)
"""What is offered through a broken glass: that it ends, and facts but for those that would calm a board, which theirs do not."""


def through(me: Acquainted) -> Through | None:
    """By what this person reads here; None for the school's own."""
    glass = me.glass
    if glass is None:
        return None
    # What they are shown next is at home: here nothing is open to them once it is over.
    fields = {"event": str(glass.id), "next": f"/schools/{glass.home}/other-school"}
    return Through(who=of_school(glass), until=glass.until, end=EndGlass.NAME, fields=fields)
