"""What the pages about how long records are kept show: a line for each thing that waits, is held, may go, or is gone."""

from datetime import date

import msgspec

from api.pages.parts import Action
from domain.ids import StreamKind
from domain.refusal import Requirement


class HoldLine(msgspec.Struct, frozen=True, kw_only=True):
    """A legal hold, and the form that lifts it."""

    name: str
    href: str
    says: str
    why: str
    lift: Action | None


class AskedLine(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure that waits for a second person."""

    name: str
    href: str
    says: str
    why: str
    rule: str
    confirm: Action | None
    instead: str
    """Who confirms it, where this person may not; "" where they may."""


class DueLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that may be erased now."""

    name: str
    href: str
    says: str


class ChaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """A record that stands in another system, of somebody erased here."""

    key: str
    says: str
    done: bool
    tick: Action | None


class DoneLine(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure that was carried out."""

    name: str
    href: str
    says: str
    chase: tuple[ChaseLine, ...]


class Keeping(msgspec.Struct, frozen=True, kw_only=True):
    """One subject: what stands against erasing it, what would go with it, and what can be done."""

    name: str
    kind: StreamKind
    needed: tuple[Requirement, ...]
    until: date | None
    erased: bool
    with_it: tuple[DueLine, ...]
    """What would be erased with it."""
    stays: int
    """Visits and concerns that stay, because they are about another child too."""
    holds: tuple[HoldLine, ...]
    asked: AskedLine | None
    ordered: bool
    hold: Action | None
    ask: Action | None
    leaving: Action | None
    """To say that they have left, where that is still to be said and this person may."""
    done: tuple[DoneLine, ...]
