"""What would other settings touch? The trips that are out, and the visits and trips that have not left, need by need."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString

import msgspec
from msgspec.structs import replace

from domain.policy import Policy
from domain.refusal import Requirement
from projections.directory import Directory
from projections.views import View
from projections.visit_stages import Listed, Stage
from projections.visits import NAME, Planned, VisitLine, planned

__all__ = ["NAME", "Touched", "Touching", "touching"]


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """A visit that has not left and that the other settings judge otherwise."""

    line: VisitLine
    cleared: bool
    """Whether its trip is OK to go already: by the settings in force when that was said."""
    new: tuple[Requirement, ...]
    """What it would still need on top, of what refuses."""
    gone: tuple[Requirement, ...]
    """What it would need no longer."""


class Touching(msgspec.Struct, frozen=True, kw_only=True):
    """What other settings would touch now."""

    ahead: int
    """Visits asked for that have not left."""
    touched: tuple[Touched, ...]
    out: tuple[VisitLine, ...]
    """Visits whose trip is out: it goes on under the settings it left with (DV-03)."""


def touching(view: View, known: Directory, now: datetime, new: Policy) -> Touching:
    """What adopting `new` would touch as of now. Raises LookupError where the school has adopted no settings."""
    ahead: LiteralString = "kind = 'listed' AND body->>'stage' IN ('planning', 'cleared')"
    away: LiteralString = "kind = 'listed' AND body->>'stage' = 'out'"
    order: LiteralString = " ORDER BY (body->>'asked')::bigint, key COLLATE \"C\""
    rows = view.where(NAME, Listed, ahead + order)
    then = replace(known, policies=(replace(new, effective_from=None),))
    pairs = zip(planned(view, known, now, rows), planned(view, then, now, rows), rows, strict=True)
    found = (_touched(before, after, row) for before, after, row in pairs)
    out = planned(view, known, now, view.where(NAME, Listed, away + order))
    return Touching(
        ahead=len(rows),
        touched=tuple(one for one in found if one.new or one.gone),
        out=tuple(one.line for one in out),
    )


def _touched(before: Planned, after: Planned, row: Listed) -> Touched:
    return Touched(
        line=before.line,
        cleared=row.stage is Stage.CLEARED,
        new=_without(after.needs, before.needs),
        gone=_without(before.needs, after.needs),
    )


def _without(some: Sequence[Requirement], others: Sequence[Requirement]) -> tuple[Requirement, ...]:
    known = {(one.code, one.says) for one in others if one.refuses}
    return tuple(one for one in some if one.refuses and (one.code, one.says) not in known)
