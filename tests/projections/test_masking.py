"""Masked counts stay unknown: whatever a reader works out from all that is published, 0 to 4 remain possible (DV-07)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.masking import Cell, Counts, exact, masked, part, publish
from tests.projections.reckoning import possible, witness

MINIMUM = 5

Tables = dict[str, dict[str, int]]


def every_way(total: int, rows: int) -> Iterator[tuple[int, ...]]:
    """All ways to divide a total among rows."""
    if rows == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in every_way(total - first, rows - 1):
            yield (first, *rest)


def named(parts: tuple[tuple[int, ...], ...]) -> Tables:
    """Tables of these counts."""
    return {f"t{place}": {f"r{row}": count for row, count in enumerate(part)} for place, part in enumerate(parts)}


def as_read(shown: Counts) -> tuple[object, ...]:
    """All that a reader sees."""
    cells = (cell for table in shown.tables.values() for cell in table.values())
    return (shown.total.shown, *(cell.shown for cell in cells))


def test_the_reckoning_finds_a_leak_where_there_is_one() -> None:
    """The proofs below could fail: a small count beside a shown total and a shown large one is known."""
    told = Counts(tables={"a": {"x": exact(7), "y": masked(3, 5)}}, total=exact(10))
    assert possible(told, 20)["a", "y"] == {3}


@pytest.mark.parametrize(
    ("minimum", "rows", "most"),
    [(2, (3, 3), 12), (2, (2, 3, 2), 9), (3, (3, 3), 15), (3, (4, 2), 16), (3, (1, 3, 2), 12), (3, (2, 2, 3), 10)],
)
def test_among_all_tables_that_look_the_same_every_masked_count_is_anything_below_the_minimum(
    minimum: int, rows: tuple[int, ...], most: int
) -> None:
    """Every set of tables there is: the reader knows all that is shown, and how it was chosen."""
    alike: dict[tuple[object, ...], list[tuple[tuple[int, ...], ...]]] = defaultdict(list)
    open_ended = set()
    for total in range(most + 1):
        for parts in product(*(tuple(every_way(total, n)) for n in rows)):
            shown = publish(named(parts), minimum)
            alike[as_read(shown)].append(parts)
            if shown.total.at_most is None or shown.total.at_most > most:
                open_ended.add(as_read(shown))  # Its like with a larger total were not tried.
    tried = 0
    for look, worlds in alike.items():
        if look in open_ended:
            continue
        for place, n in enumerate(rows):
            for row in range(n):
                found = {parts[place][row] for parts in worlds}
                if min(found) < minimum:
                    tried += 1
                    assert found >= set(range(minimum)), (look, place, row, sorted(found))
        if min(totals := {sum(parts[0]) for parts in worlds}) < minimum:
            assert totals >= set(range(minimum)), look
    assert tried


@st.composite
def tables(draw: st.DrawFn) -> Tables:
    """Three tables that count the same visits: each visit falls at random into one row of each."""
    shapes = {"purpose": draw(st.integers(1, 10)), "outcome": draw(st.integers(2, 7)), "month": draw(st.integers(1, 5))}
    liked = {name: draw(st.integers(0, rows - 1)) for name, rows in shapes.items()}
    visits = draw(
        st.lists(
            st.tuples(*(st.one_of(st.integers(0, rows - 1), st.just(liked[name])) for name, rows in shapes.items())),
            max_size=draw(st.integers(0, 90)),
        )
    )
    return {
        name: {str(row): sum(visit[place] == row for visit in visits) for row in range(rows)}
        for place, (name, rows) in enumerate(shapes.items())
    }


@given(tables())
@settings(max_examples=150, deadline=None)
def test_for_each_masked_count_and_each_value_below_five_there_are_tables_that_look_just_the_same(
    counted: Tables,
) -> None:
    """Of the size that schools have: for each, such tables are found, and published, and are the same."""
    shown = publish(counted, MINIMUM)
    for name, table in counted.items():
        for row, count in table.items():
            if count >= MINIMUM:
                continue
            assert shown.tables[name][row].value is None
            for other in range(MINIMUM):
                alike = witness(shown, name, row, other, MINIMUM)
                assert alike is not None, (name, row, other)
                assert alike[name][row] == other
                assert publish(alike, MINIMUM) == shown


@given(tables())
@settings(max_examples=150, deadline=None)
def test_no_masked_count_can_be_worked_out_by_adding_and_subtracting(counted: Tables) -> None:
    """Within a table, from the total, or across tables; and all that is published is true."""
    shown = publish(counted, MINIMUM)
    feasible = possible(shown, most=160)
    for name, table in counted.items():
        for row, count in table.items():
            assert count in feasible[name, row], "what is published must be true"
            assert shown.tables[name][row].value in {None, count}
            if count < MINIMUM:
                assert feasible[name, row] >= set(range(MINIMUM))
    total = sum(counted["purpose"].values())
    assert total in feasible["", "total"]
    if total < MINIMUM:
        assert feasible["", "total"] >= set(range(MINIMUM))


CASES: Mapping[str, tuple[Tables, tuple[str, str], str]] = {
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
    "a further table keeps its figures, and tells one as a range": (
        {"purpose": {"a": 20, "b": 12, "c": 3, "d": 1}, "month": {"m": 10, "n": 12, "o": 14}},
        ("month", "o"),
        "10 to 18",
    ),
    "two small counts that add up to the whole difference leave their table out": (
        {"purpose": {"a": 20, "b": 6}, "outcome": {"x": 14, "y": 7, "z": 4, "w": 1}},
        ("outcome", "x"),
        "14",
    ),
    "where the first table tells the total, a further table without small counts is shown in full": (
        {"purpose": {"a": 20, "b": 6}, "outcome": {"x": 25, "y": 1}, "month": {"m": 16, "n": 10}},
        ("month", "n"),
        "10",
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


@pytest.mark.parametrize(("visits", "expected"), [(0, "<5"), (4, "<5"), (5, "5"), (11, "11"), (12, "12 to 16")])
def test_a_school_that_visits_rarely_is_told_how_rarely(visits: int, expected: str) -> None:
    """SP-02: where every count for a purpose is below five their total is told, as long as it fixes none of them."""
    a, b, c, d = (visits + 3) // 4, (visits + 2) // 4, (visits + 1) // 4, visits // 4
    counted = {"purpose": {"a": a, "b": b, "c": c, "d": d}, "month": {"m": visits, "n": 0}}
    shown = publish(counted, MINIMUM)
    assert shown.total.shown == expected
    assert {cell.shown for cell in shown.tables["month"].values()} == {"<5" if visits < MINIMUM else "not shown"}


def test_without_a_minimum_everything_is_shown() -> None:
    """A school may set it to nought or one."""
    counted = {"purpose": {"a": 0, "b": 3}, "month": {"m": 1, "n": 2}}
    for minimum in (0, 1):
        shown = publish(counted, minimum)
        assert all(cell.value is not None for table in shown.tables.values() for cell in table.values())
        assert shown.total == exact(3)


def test_where_no_count_is_below_the_minimum_everything_is_shown() -> None:
    """The twin of all the others."""
    counted = {"purpose": {"a": 5, "b": 13}, "outcome": {"x": 18}, "month": {"m": 9, "n": 9}}
    shown = publish(counted, MINIMUM)
    assert {name: {r: c.value for r, c in table.items()} for name, table in shown.tables.items()} == counted
    assert shown.total == exact(18)


def test_a_count_that_stands_alone_is_masked_below_the_minimum_only() -> None:
    """Nought included."""
    assert [masked(n, MINIMUM).shown for n in (0, 4, 5)] == ["<5", "<5", "5"]


@pytest.mark.parametrize(("minimum", "rows", "most"), [(2, (3,), 14), (2, (2, 3), 12), (3, (2, 2), 20)])
def test_how_many_of_the_total_have_something_in_common_opens_no_mask_and_leaves_the_others_masked_too(
    minimum: int, rows: tuple[int, ...], most: int
) -> None:
    """Every set of tables with every such number: the reader knows all that is shown, and how it was chosen."""
    alike: dict[tuple[object, ...], list[tuple[int, ...]]] = defaultdict(list)
    for total in range(most + 1):
        for parts in product(*(tuple(every_way(total, n)) for n in rows)):
            shown = publish(named(parts), minimum)
            if shown.total.at_most is None or shown.total.at_most > most:
                continue  # Its like with a larger total were not tried.
            for count in range(total + 1):
                cell = part(count, shown.total, minimum)
                assert cell.value in {None, count}
                assert cell.at_least <= count <= (most if cell.at_most is None else cell.at_most), "it must be true"
                look = (*as_read(shown), cell.shown)
                alike[look].append((*(one for table in parts for one in table), count, total - count))
    tried = 0
    for look, worlds in alike.items():
        for place in range(sum(rows) + 2):
            found = {world[place] for world in worlds}
            if min(found) < minimum:
                tried += 1
                assert found >= set(range(minimum)), (look, place, sorted(found))
    assert tried


@pytest.mark.parametrize(
    ("count", "total", "expected"),
    [
        (4, 20, "<5"),
        (5, 20, "5"),
        (15, 20, "15"),
        (16, 20, "16 to 20"),
        (20, 20, "16 to 20"),
        (3, 8, "<9"),
        (7, 8, "<9"),
    ],
)
def test_cases_of_a_part(count: int, total: int, expected: str) -> None:
    """Of a total that is told: neither fewer than five, nor fewer than five others."""
    assert part(count, exact(total), MINIMUM).shown == expected


def test_of_a_total_that_is_not_told_no_part_is_told() -> None:
    """Nothing is known to measure it by."""
    hidden = Cell(shown="not shown", value=None, at_least=0, at_most=None)
    assert part(3, hidden, MINIMUM) == hidden


def test_tables_of_different_things_are_turned_down() -> None:
    """They would not protect each other."""
    with pytest.raises(ValueError, match="same total"):
        publish({"a": {"x": 1}, "b": {"y": 2}}, MINIMUM)
