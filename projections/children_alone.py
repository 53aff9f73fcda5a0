"""Which children were found at a door with no adult there, and are they in safe hands?"""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from domain.envelope import Recorded
from domain.ids import StaffId, StreamKind, VisitId
from domain.shared.corrections import effective
from domain.shared.events import EventCorrected
from domain.visit.events import ChildAloneFound, ChildNoLongerAlone
from projections.directory import Directory
from projections.doors import DOOR, Child, Door, children, follow_doors
from projections.history_lines import Who, who
from projections.projection import Projection
from projections.rows import Past, Rows
from projections.views import View

NAME = "children_alone"


class Alone(msgspec.Struct, frozen=True, kw_only=True):
    """A child was found with no adult there; as it stands corrected."""

    visit: VisitId
    at: datetime
    text: str
    by: StaffId
    index: int
    over_at: datetime | None = None
    """When a responsible adult was there, or the child in safe hands."""
    open: bool = True


class Alones(msgspec.Struct, frozen=True, kw_only=True):
    """The times at one door that a child was alone; its key is the visit."""

    found: tuple[Alone, ...]


def fold(recorded: Recorded, rows: Rows, past: Past) -> None:
    """The times at each door, and which children the visit is about."""
    envelope, event = recorded
    follow_doors(recorded, rows, past)
    if isinstance(event, ChildAloneFound | ChildNoLongerAlone | EventCorrected):
        visit = VisitId(envelope.stream.id)
        found = _alone(visit, past.stream(envelope.stream, envelope.version))
        if found or rows.get("alone", visit, Alones) is not None:
            rows.put("alone", visit, Alones(found=found))


def _alone(visit: VisitId, events: Iterable[Recorded]) -> tuple[Alone, ...]:
    out: list[Alone] = []
    for envelope, event in effective(events):
        if isinstance(event, ChildAloneFound):
            found = Alone(
                visit=visit, at=envelope.occurred_at, text=event.text, by=envelope.person, index=envelope.index
            )
            out.append(found)
        elif isinstance(event, ChildNoLongerAlone):
            out = [replace(a, over_at=envelope.occurred_at, open=False) if a.open else a for a in out]
    return tuple(out)


PROJECTION = Projection(name=NAME, version=1, kinds=frozenset({StreamKind.VISIT}), fold=fold)


class ChildAlone(msgspec.Struct, frozen=True, kw_only=True):
    """A child was found at a door with no adult there."""

    visit: VisitId
    pupils: tuple[Child, ...]
    """The children the visit is about; which of them it was is in the words."""
    street: str
    at: datetime
    text: str
    by: Who
    over_at: datetime | None
    open: bool


def children_alone(view: View, directory: Directory) -> tuple[ChildAlone, ...]:
    """All of them: those still alone first, then the newest first."""
    found = [one for row in view.all(NAME, "alone", Alones) for one in row.found]
    found.sort(key=lambda a: (a.open, a.at, a.index), reverse=True)
    return tuple(_alone_shown(view, directory, one) for one in found)


def _alone_shown(view: View, directory: Directory, row: Alone) -> ChildAlone:
    door = view.one(NAME, DOOR, row.visit, Door) or Door(visit=row.visit)
    return ChildAlone(
        visit=row.visit,
        pupils=children(directory, door.pupils),
        street=door.street,
        at=row.at,
        text=row.text,
        by=who(directory.people, row.by),
        over_at=row.over_at,
        open=row.open,
    )
