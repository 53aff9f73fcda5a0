"""Masked counts stay unknown: whatever a reader works out from all that is published, 0 to 4 remain possible (DV-07)."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.masking import exact, masked, publish
from tests.projections.reckoning import possible

MINIMUM = 5


@st.composite
def tables(draw: st.DrawFn) -> dict[str, dict[str, int]]:
    """Three tables that count the same visits: each visit falls at random into one row of each."""
    shapes = {"purpose": draw(st.integers(1, 6)), "outcome": draw(st.integers(2, 7)), "month": draw(st.integers(1, 5))}
    visits = draw(
        st.lists(st.tuples(*(st.integers(0, rows - 1) for rows in shapes.values())), max_size=draw(st.integers(0, 60)))
    )
    return {
        name: {str(row): sum(visit[place] == row for visit in visits) for row in range(rows)}
        for place, (name, rows) in enumerate(shapes.items())
    }


@given(tables())
@settings(max_examples=150)
def test_no_masked_count_can_be_worked_out_from_everything_that_is_published(
    counted: dict[str, dict[str, int]],
) -> None:
    """By subtraction within a table, from the total, or across tables."""
    shown = publish(counted, MINIMUM)
    whole = set(range(MINIMUM))
    feasible = possible(shown, most=130)
    for name, table in counted.items():
        for row, count in table.items():
            cell = shown.tables[name][row]
            assert count in feasible[name, row], "what is published must be true"
            assert cell.value in {None, count}
            if count < MINIMUM:
                assert cell.value is None
                assert feasible[name, row] >= whole
    if sum(counted["purpose"].values()) < MINIMUM:
        assert feasible["", "total"] >= whole


@given(tables())
def test_what_is_shown_does_not_depend_on_which_small_number_it_is(counted: dict[str, dict[str, int]]) -> None:
    """A mask looks the same over 0 and over 4."""
    shown = publish(counted, MINIMUM)
    for name, table in shown.tables.items():
        for row, cell in table.items():
            if counted[name][row] < MINIMUM:
                assert cell.shown in {"<5", "not shown"}


CASES: Mapping[str, tuple[dict[str, dict[str, int]], tuple[str, str], str]] = {
    "one small count beside one large hides the total": (
        {"purpose": {"a": 4, "b": 12, "c": 0}, "outcome": {"x": 16, "y": 0}, "month": {"m": 8, "n": 8}},
        ("purpose", "a"),
        "<5",
    ),
    "nothing at all looks like a little": (
        {"purpose": {"a": 0}, "outcome": {"x": 0, "y": 0}, "month": {"m": 0}},
        ("purpose", "a"),
        "<5",
    ),
    "a count that reaches the minimum is shown": (
        {"purpose": {"a": 5, "b": 12}, "outcome": {"x": 17}, "month": {"m": 8, "n": 9}},
        ("purpose", "a"),
        "5",
    ),
    "all small counts at their most give nothing away": (
        {"purpose": {"a": 12}, "outcome": {"x": 6, "y": 6}, "month": {"m": 4, "n": 4, "o": 4}},
        ("month", "m"),
        "not shown",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_cases_of_masking(case: str) -> None:
    """Each is a sentence."""
    counted, (table, row), expected = CASES[case]
    assert publish(counted, MINIMUM).tables[table][row].shown == expected


def test_four_visits_for_one_reason_and_twelve_for_another_show_no_total_to_subtract_from() -> None:
    """AC-108."""
    counted = {
        "purpose": {"attendance": 12, "safeguarding": 4, "other": 0},
        "outcome": {"seen": 16, "not_seen": 0, "safety": 0},
        "month": {"2026-09": 16, "2026-10": 0, "2026-11": 0, "2026-12": 0},
    }
    shown = publish(counted, MINIMUM)
    assert shown.tables["purpose"]["safeguarding"].shown == "<5"
    assert shown.total.value is None
    assert possible(shown, 60)["purpose", "safeguarding"] == {0, 1, 2, 3, 4}


def test_without_a_minimum_everything_is_shown() -> None:
    """A school may set it to nought or one."""
    counted = {"purpose": {"a": 0, "b": 3}, "month": {"m": 1, "n": 2}}
    for minimum in (0, 1):
        shown = publish(counted, minimum)
        assert all(cell.value is not None for table in shown.tables.values() for cell in table.values())
        assert shown.total == exact(3)


def test_a_count_that_stands_alone_is_masked_below_the_minimum_only() -> None:
    """Nought included."""
    assert [masked(n, MINIMUM).shown for n in (0, 4, 5)] == ["<5", "<5", "5"]


def test_tables_of_different_things_are_turned_down() -> None:
    """They would not protect each other."""
    with pytest.raises(ValueError, match="same total"):
        publish({"a": {"x": 1}, "b": {"y": 2}}, MINIMUM)
