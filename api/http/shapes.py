"""The answers that are not a projection's own: who I am, the school's people, pupils to pick, the policy."""

from datetime import date, datetime

import msgspec

from commands.policy_words import PolicyRow
from domain.ids import PupilId, StaffId


class WhoIAm(msgspec.Struct, frozen=True, kw_only=True):
    """The person that a call is made as."""

    id: StaffId
    name: str
    roles: tuple[str, ...]
    """The role words held now."""
    sees: tuple[str, ...]
    """The areas of the menu."""


class OnStaff(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at the school."""

    id: StaffId
    name: str
    roles: tuple[str, ...]
    """The role words held now, the main one first."""
    job: str
    kind: str
    """`staff` or `agency_professional`."""
    mobile: str
    """ "" where no number is held."""
    here: bool
    """False for somebody who left."""


class Pickable(msgspec.Struct, frozen=True, kw_only=True):
    """A pupil, with what tells apart two of the same name."""

    id: PupilId
    name: str
    year_group: str
    class_name: str
    born: date | None
    street: str
    on_roll: bool


class Picker(msgspec.Struct, frozen=True, kw_only=True):
    """Pupils to pick from, by family name."""

    pupils: tuple[Pickable, ...]
    more: int
    """How many more there are: ask for less."""


class PolicyInForce(msgspec.Struct, frozen=True, kw_only=True):
    """The school's policy: every setting, its value, and where it comes from."""

    title: str
    version: int
    effective_from: datetime | None
    settings: tuple[PolicyRow, ...]
