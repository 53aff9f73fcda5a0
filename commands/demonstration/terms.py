"""School days: terms, half terms and bank holidays of an English year, worked out for any year."""

from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from domain.times import day_of, from_london

_DAY: Final = timedelta(days=1)
_MONDAY, _FRIDAY = 0, 4


class Term(NamedTuple):
    """A term, both days included, and its half-term week."""

    name: str
    first: date
    last: date
    half_term: date
    """The Monday of the week off."""

    def days(self) -> tuple[date, ...]:
        """The school days, in order."""
        off = {self.half_term + n * _DAY for n in range(5)} | {_first_monday(self.first.year, 5)}
        length = (self.last - self.first).days + 1
        every = (self.first + n * _DAY for n in range(length))
        return tuple(day for day in every if day.weekday() <= _FRIDAY and day not in off)


def easter(year: int) -> date:
    """Easter Sunday (the anonymous Gregorian computus)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


def terms_of(year: int) -> tuple[Term, Term, Term]:
    """Spring, summer and autumn of a calendar year."""
    sunday = easter(year)
    spring = Term(
        f"Spring {year}", _from(date(year, 1, 5), _MONDAY), sunday - 9 * _DAY, _from(date(year, 2, 14), _MONDAY)
    )
    may = _first_monday(year, 6) - 7 * _DAY
    summer = Term(f"Summer {year}", sunday + 8 * _DAY, _to(date(year, 7, 22), _FRIDAY), may)
    october = _to(date(year, 10, 31), _FRIDAY) - 4 * _DAY
    autumn = Term(f"Autumn {year}", _weekday(date(year, 9, 3)), _to(date(year, 12, 20), _FRIDAY), october)
    return spring, summer, autumn


def history_days(now: datetime) -> tuple[tuple[Term, tuple[date, ...]], ...]:
    """The last two terms that are over and the one that runs, with their days before that of `now`.

    In the holidays no term runs, and the last two are all there is.
    """
    today = day_of(now)
    every = [term for year in (today.year - 1, today.year) for term in terms_of(year)]
    over = [term for term in every if term.last < today][-2:]
    runs = [term for term in every if term.first < today <= term.last]
    return tuple((term, tuple(day for day in term.days() if day < today)) for term in (*over, *runs))


def at(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A London wall-clock time as an instant."""
    return from_london(datetime.combine(day, time(hour, minute, second)))


def next_school_day(day: date) -> date:
    """The next weekday: good enough for what is done the morning after."""
    return _weekday(day + _DAY)


def academic_year(day: date) -> int:
    """The year in which the school year of a day began."""
    return day.year if day.month >= 9 else day.year - 1  # noqa: PLR2004 - September


def _first_monday(year: int, month: int) -> date:
    return _from(date(year, month, 1), _MONDAY)


def _from(day: date, weekday: int) -> date:
    return day + (weekday - day.weekday()) % 7 * _DAY


def _to(day: date, weekday: int) -> date:
    return day - (day.weekday() - weekday) % 7 * _DAY


def _weekday(day: date) -> date:
    return day if day.weekday() <= _FRIDAY else _from(day, _MONDAY)
