"""When a review is due: a month, or a season, counts to its last day (DV-16). Pure.

>>> due_by("2027-03"), due_by("Summer 2025"), due_by("spring 2027")
(datetime.date(2027, 3, 31), datetime.date(2025, 7, 31), datetime.date(2027, 3, 31))
"""

import re
from calendar import monthrange
from datetime import date
from typing import Final

SEASONS: Final = {"spring": 3, "summer": 7, "autumn": 12}
"""The last month of school in each season: Spring is March, Summer is July, Autumn is December."""
_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})")
_SEASON: Final = re.compile(r"(spring|summer|autumn) (?:term )?([0-9]{4})", re.IGNORECASE)
_MONTHS: Final = 12


def due_by(says: str) -> date:
    """The last day in time for `2027-03` or `Spring 2027`. Raises ValueError for anything else."""
    said = says.strip()
    if found := _MONTH.fullmatch(said):
        year, month = int(found[1]), int(found[2])
    elif found := _SEASON.fullmatch(said):
        year, month = int(found[2]), SEASONS[found[1].lower()]
    else:
        raise ValueError(says)
    if not (year and 1 <= month <= _MONTHS):
        raise ValueError(says)
    return date(year, month, monthrange(year, month)[1])


def months_later(month: str, months: int) -> str:
    """A month so many months later.

    >>> months_later("2026-11", 24)
    '2028-11'
    """
    year, number = (int(part) for part in month.split("-"))
    years, place = divmod(number - 1 + months, _MONTHS)
    return f"{year + years:04d}-{place + 1:02d}"
