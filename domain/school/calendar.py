"""The days on which a school is open. Pure: London days in, London days out."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

import msgspec

_WEEKDAYS: Final = 5
_FAR: Final = 92
"""Days looked back for a school day: longer than any holiday."""


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of school days, both ends included; half terms are two of them."""

    first: date
    last: date


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """A school's terms, and the days in them on which it is closed. Without terms every weekday counts."""

    terms: tuple[Term, ...] = ()
    closed: tuple[date, ...] = ()

    def open_on(self, day: date) -> bool:
        """Whether children are expected in school on this day."""
        if day.weekday() >= _WEEKDAYS or day in self.closed:
            return False
        return not self.terms or any(term.first <= day <= term.last for term in self.terms)

    def before(self, day: date) -> date | None:
        """The last school day before this one; None where the school knows of none for a quarter of a year."""
        back = (day - timedelta(days=number) for number in range(1, _FAR + 1))
        return next((one for one in back if self.open_on(one)), None)

    def in_a_row(self, days: Collection[date], last: date) -> tuple[date, ...]:
        """Of these days the ones that end on `last` with no other school day between them, the first one in front."""
        found: list[date] = []
        at: date | None = last
        while at is not None and at in days:
            found.append(at)
            at = self.before(at)
        return tuple(reversed(found))
