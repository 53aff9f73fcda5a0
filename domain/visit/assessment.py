"""Risk assessments of a visit, as its events add them up."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from domain.envelope import Envelope
from domain.ids import StaffId
from domain.roles import Role
from domain.visit import events as e

HOME_VISIT: Final = "home_visit"
LONE_WORKER: Final = "lone_worker"
"""The two kinds: of the visit to this home, and of somebody who goes alone."""


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """A risk assessment, and who made it."""

    kind: str
    version: int = 0
    by: StaffId
    role: Role
    at: datetime
    index: int = 0
    """The place in the log, which decides between two things of the same minute."""
    level: str
    different_today: str
    sheet: tuple[dict[str, str], ...] = ()
    as_sheet: bool = False
    for_day: date | None = None
    """The day that was planned when it was made; None where none was."""
    overseen_by: StaffId | None = None
    overseen_at: datetime | None = None

    @property
    def differs(self) -> bool:
        """Whether it tells of a risk that the standing sheet does not have."""
        return self.level == "high" or bool(self.different_today.strip()) or (bool(self.sheet) and not self.as_sheet)


def assessed(
    before: Sequence[Assessment], event: e.RiskAssessed, *, by: StaffId, role: Role, at: datetime, index: int
) -> Assessment:
    """The assessment that this event keeps, after those of `before`."""
    return Assessment(
        kind=event.kind,
        version=event.version or next_version(before, event.kind),
        by=by,
        role=role,
        at=at,
        index=index,
        level=event.level,
        different_today=event.different_today,
        sheet=event.sheet,
        as_sheet=event.as_sheet,
        for_day=event.for_day,
    )


def next_version(before: Sequence[Assessment], kind: str) -> int:
    """The number of the next assessment of a kind: from 1, each kind for itself."""
    return 1 + sum(1 for made in before if made.kind == kind)


def overseen(before: Sequence[Assessment], event: e.RiskOverseen, envelope: Envelope) -> tuple[Assessment, ...]:
    """All of them, with who oversaw the version that the event names (LJ-16)."""
    return tuple(
        replace(made, overseen_by=envelope.person, overseen_at=envelope.occurred_at)
        if made.kind == HOME_VISIT and made.version == event.version
        else made
        for made in before
    )
