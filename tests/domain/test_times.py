"""Instants and London's clock, also in the nights when it changes. DV-02, DV-06."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.times import (
    AmbiguousTime,
    NonexistentTime,
    day_of,
    end_of_day,
    from_london,
    hm,
    later,
    london,
    parse_instant,
)

BACK = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
"""When the clocks go back: 02:00 BST becomes 01:00 GMT."""


def test_summer_time_is_an_hour_ahead() -> None:
    assert parse_instant("2026-09-14T15:00") == datetime(2026, 9, 14, 14, 0, tzinfo=UTC)
    assert parse_instant("2026-12-14T15:00") == datetime(2026, 12, 14, 15, 0, tzinfo=UTC)


def test_a_time_with_an_offset_is_that_instant_even_in_the_hour_that_happens_twice() -> None:
    assert parse_instant("2026-10-25T01:30+01:00") == BACK - timedelta(minutes=30)
    assert parse_instant("2026-10-25T01:30+00:00") == BACK + timedelta(minutes=30)


@pytest.mark.parametrize("text", ["2026-10-25T01:00", "2026-10-25T01:30", "2026-10-25T01:59:59"])
def test_a_time_in_the_hour_that_happens_twice_is_asked_back(text: str) -> None:
    with pytest.raises(AmbiguousTime):
        parse_instant(text)


@pytest.mark.parametrize("text", ["2026-03-29T01:00", "2026-03-29T01:30", "2026-03-29T01:59:59"])
def test_a_time_in_the_hour_that_never_happens_does_not_exist(text: str) -> None:
    with pytest.raises(NonexistentTime):
        parse_instant(text)


@pytest.mark.parametrize("text", ["2026-10-25T00:59", "2026-10-25T02:00", "2026-03-29T00:59", "2026-03-29T02:00"])
def test_the_times_around_those_hours_are_plain(text: str) -> None:
    assert london(parse_instant(text)).isoformat()[:16] == text


@pytest.mark.parametrize(
    "text", ["", "soon", "15:00", "2026-13-01T10:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"]
)
def test_what_is_no_time_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_instant(text)


def test_a_time_is_read_out_with_its_zone_only_where_it_happens_twice() -> None:
    assert hm(BACK - timedelta(minutes=30)) == "01:30 BST"
    assert hm(BACK + timedelta(minutes=30)) == "01:30 GMT"
    assert hm(BACK + timedelta(hours=1)) == "02:00"


def test_a_day_is_londons_day() -> None:
    late = datetime(2026, 9, 14, 23, 30, tzinfo=UTC)  # 00:30 on Tuesday
    assert day_of(late).isoformat() == "2026-09-15"
    assert end_of_day(late) == datetime(2026, 9, 15, 23, 0, tzinfo=UTC)


def test_the_day_the_clocks_go_back_ends_at_midnight_gmt() -> None:
    assert end_of_day(BACK) == datetime(2026, 10, 26, 0, 0, tzinfo=UTC)
    assert end_of_day(BACK) - end_of_day(BACK - timedelta(days=1)) == timedelta(hours=25)


anywhere = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=12))]))


@given(anywhere, st.integers(), st.floats(allow_nan=False, allow_infinity=False))
def test_no_instant_and_no_number_of_minutes_is_too_much_to_add(at: datetime, minutes: int, hours: float) -> None:
    moved = later(later(at, minutes=minutes), hours=hours)
    assert moved.tzinfo is not None
    hm(moved)
    hm(at)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001 - London's wall
def test_every_wall_clock_time_is_read_back_as_it_was_typed_or_asked_about(local: datetime) -> None:
    try:
        instant = from_london(local)
    except (AmbiguousTime, NonexistentTime):
        return
    assert london(instant).replace(tzinfo=None) == local
