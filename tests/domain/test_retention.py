"""The school's own sentence for how long records stay, as a machine reads it. DV-11."""

from datetime import date

import pytest

from domain.erasure.retention import HOW, NONE, Keep, read_rule
from domain.ids import StreamKind


def test_a_sentence_for_each_kind_is_read() -> None:
    assert read_rule(
        "Pupils: 25 years after birth;\nstaff 6 years after last event; visit: 1 year after the last event."
    ) == {
        StreamKind.PUPIL: Keep(years=25, since="birth"),
        StreamKind.STAFF: Keep(years=6, since="last event"),
        StreamKind.VISIT: Keep(years=1, since="last event"),
    }


def test_years_may_count_from_leaving_for_those_who_can_leave() -> None:
    assert read_rule("pupils: 7 years after leaving; staff: 6 years after leaving") == {
        StreamKind.PUPIL: Keep(years=7, since="leaving"),
        StreamKind.STAFF: Keep(years=6, since="leaving"),
    }
    assert read_rule("visits: 6 years after leaving") is None


def test_the_example_that_is_shown_can_be_read() -> None:
    assert read_rule(HOW) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ; ",
        NONE,
        "as long as we like",
        "pupils: 25 years",
        "pupils: 25 years after birth; and the rest for ever",
        "pupils: 25 years after birth; pupil: 5 years after the last event",
        "staff: 6 years after birth",
        "teachers: 6 years after the last event",
    ],
)
def test_what_cannot_be_read_whole_is_not_read_in_part(text: str) -> None:
    assert read_rule(text) is None


@pytest.mark.parametrize(
    ("since", "years", "until"),
    [
        (date(2016, 5, 3), 25, date(2041, 5, 3)),
        (date(2016, 2, 29), 25, date(2041, 3, 1)),
        (date(2016, 2, 29), 4, date(2020, 2, 29)),
    ],
)
def test_the_day_from_which_it_may_be_erased_is_never_too_early(since: date, years: int, until: date) -> None:
    assert Keep(years=years, since="birth").until(since) == until
