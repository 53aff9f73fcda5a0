"""The terms of a school year by their dates, in London days; every day lies in one term. Pure.

>>> term_of(date(2026, 11, 20)).name
'Autumn term 2026'
>>> term_of(date(2027, 3, 31)).code, term_of(date(2027, 8, 31)).code
('2026-27-spring', '2026-27-summer')
"""

from datetime import date

import msgspec


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One term: autumn from September, spring from January, summer from April to the end of August (DV-16)."""

    code: str
    """`2026-27-autumn`: the school year and the season."""
    name: str
    first: date
    last: date

    def months(self, today: date) -> tuple[str, ...]:
        """Its months that have begun by a day, `2026-09` first. August counts with July (see `month_of`)."""
        every = (date(self.first.year, month, 1) for month in range(self.first.month, self.last.month + 1))
        return tuple(dict.fromkeys(month_of(first) for first in every if first <= today))


def month_of(day: date) -> str:
    """The month that a day is counted in. July and August are one, because everybody knows August to be empty.

    >>> month_of(date(2027, 8, 31)), month_of(date(2027, 6, 1))
    ('2027-07', '2027-06')
    """
    return f"{day.year}-{7 if day.month == _AUGUST else day.month:02d}"


_AUGUST = 8
_SEASONS = {"autumn": ((9, 1), (12, 31)), "spring": ((1, 1), (3, 31)), "summer": ((4, 1), (8, 31))}


def term_of(day: date) -> Term:
    """The term that a London day lies in."""
    for season, (first, last) in _SEASONS.items():
        if first <= (day.month, day.day) <= last:
            start = day.year if season == "autumn" else day.year - 1
            return _term(start, season)
    raise AssertionError  # the three seasons cover the year


def term_named(code: str) -> Term:
    """The term of a code. Raises ValueError for anything else."""
    parts = code.split("-")
    expected = 3
    if len(parts) != expected or parts[2] not in _SEASONS or not parts[0].isdecimal():
        raise ValueError(code)
    found = _term(int(parts[0]), parts[2])
    if found.code != code:
        raise ValueError(code)
    return found


def _term(start: int, season: str) -> Term:
    first, last = _SEASONS[season]
    year = start if season == "autumn" else start + 1
    return Term(
        code=f"{start:04d}-{(start + 1) % 100:02d}-{season}",
        name=f"{season.capitalize()} term {year}",
        first=date(year, *first),
        last=date(year, *last),
    )
