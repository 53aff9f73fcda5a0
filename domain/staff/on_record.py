"""What the school has on record about somebody who goes on visits: courses, checks, designation, cars. Days are London's."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import TypeVar

import msgspec

from domain.ids import EventId


class Insurance(StrEnum):
    """What a car's insurance covers, the least first."""

    SOCIAL = "social"
    """Social, domestic and pleasure only."""
    COMMUTING = "commuting"
    """And the way to work."""
    BUSINESS = "business"
    """And journeys for work."""


class Training(msgspec.Struct, frozen=True):
    """A course that was finished."""

    course: str
    """A code of the policy: `first_aid`."""
    done_on: date
    valid_until: date | None = None
    """The last day on which it counts; None where it does not lapse."""
    event: EventId | None = None
    """What put it on record: to take it off by."""


class Check(msgspec.Struct, frozen=True):
    """A vetting check that was made."""

    check: str
    """A code of the policy: `enhanced_dbs`."""
    made_on: date
    valid_until: date | None = None
    attested_by: str = ""
    """Whose word it is, where an agency's employer attests it; "" where the school holds it itself."""
    event: EventId | None = None
    """What put it on record: to take it off by."""


class Vehicle(msgspec.Struct, frozen=True, kw_only=True):
    """A car that somebody may use for visits."""

    registration: str
    make: str = ""
    model: str = ""
    colour: str = ""
    insurance: Insurance | None = None
    insured_until: date | None = None
    maintained: bool = False
    """They say that it is serviced and roadworthy."""


class Designated(msgspec.Struct, frozen=True):
    """Somebody was named a designated visitor, from one day to another (both included)."""

    since: date
    until: date | None = None

    def on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


T = TypeVar("T", Training, Check)


class OnRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, for one person."""

    training: tuple[Training, ...] = ()
    checks: tuple[Check, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    designated: tuple[Designated, ...] = ()

    def course(self, course: str) -> Training | None:
        """The record of a course that counts longest; None where there is none."""
        return _longest(t for t in self.training if t.course == course)

    def check(self, check: str) -> Check | None:
        """The record of a check that counts longest; None where there is none."""
        return _longest(c for c in self.checks if c.check == check)

    def designated_on(self, day: date) -> bool:
        """Whether they are a designated visitor on a day."""
        return any(spell.on(day) for spell in self.designated)


def in_date(held: Training | Check | None, day: date) -> bool:
    """Whether there is a record, and it counts on a day."""
    return held is not None and (held.valid_until is None or day <= held.valid_until)


def _longest(held: Iterable[T]) -> T | None:
    return max(held, key=lambda one: one.valid_until or date.max, default=None)


def plate(registration: str) -> str:
    """A registration as it is compared: "ab12 cde" and "AB12CDE" are one car.

    >>> plate(" ab12 cde")
    'AB12CDE'
    """
    return "".join(registration.split()).upper()
