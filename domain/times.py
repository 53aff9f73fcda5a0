"""Instants and London time. Instants are UTC-aware; people type and read Europe/London."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


FIRST, LAST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
"""Between these every instant has a time in London, and room to add to."""


class AmbiguousTime(ValueError):  # noqa: N818 - says what it is
    """A local time that happens twice, in the night the clocks go back."""


class NonexistentTime(ValueError):  # noqa: N818 - says what it is
    """A local time that never happens, in the night the clocks go forward."""


def from_london(local: datetime) -> datetime:
    """A typed London wall-clock time as an instant. Raises AmbiguousTime or NonexistentTime."""
    early, late = local.replace(tzinfo=LONDON, fold=0), local.replace(tzinfo=LONDON, fold=1)
    exists = early.astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) == local
    if early.utcoffset() != late.utcoffset():
        raise AmbiguousTime if exists else NonexistentTime
    return early.astimezone(UTC)


def parse_instant(text: str) -> datetime:
    """An ISO instant with offset, or a London wall-clock time without one, as UTC.

    Raises ValueError where it is neither, AmbiguousTime and NonexistentTime as `from_london`.
    """
    moment = datetime.fromisoformat(text)
    try:
        return from_london(moment) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time that no calendar has") from None


def london(instant: datetime) -> datetime:
    """An instant on London's clock."""
    return min(max(instant, FIRST), LAST).astimezone(LONDON)


def hm(instant: datetime) -> str:
    """`14:50`, or `01:30 GMT` in the hour that happens twice, as people read it."""
    local = london(instant)
    text = f"{local:%H:%M}"
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{text} {local.tzname()}" if twice else text


def day_of(instant: datetime) -> date:
    """The London day an instant falls on."""
    return london(instant).date()


def is_another_day(instant: datetime | None, day: date | None) -> bool:
    """Whether an instant falls on another London day than this; False where either is not known."""
    return instant is not None and day is not None and day_of(instant) != day


def later(instant: datetime, *, hours: float = 0, minutes: float = 0) -> datetime:
    """An instant so much later (or earlier, where negative), never before `FIRST` or after `LAST`."""
    try:
        moved = instant + timedelta(hours=hours, minutes=minutes)
    except OverflowError:
        moved = LAST if hours + minutes > 0 else FIRST
    return min(max(moved, FIRST), LAST)


def end_of_day(instant: datetime) -> datetime:
    """Midnight at the end of the London day that an instant falls on."""
    midnight = datetime.combine(day_of(instant) + timedelta(days=1), time(0), tzinfo=LONDON)
    return midnight.astimezone(UTC)


def midday(day: date) -> datetime:
    """Noon of a London day: an instant that surely lies on it."""
    return datetime.combine(day, time(12), tzinfo=LONDON).astimezone(UTC)
