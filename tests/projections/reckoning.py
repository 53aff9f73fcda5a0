"""All that a reader can work out from what a report publishes, found the slow way."""

from collections.abc import Mapping
from itertools import product

from projections.masking import Cell, Counts

Tables = dict[str, dict[str, int]]


def possible(counts: Counts, most: int) -> dict[tuple[str, str], set[int]]:
    """What each cell can be, found the slow way: by all totals up to `most`, and each table's sums, built up row by row.

    Knows nothing of how the cells were masked: only what is shown, and that every table adds up to the total.
    """
    feasible: dict[tuple[str, str], set[int]] = {}
    totals = set(range(counts.total.at_least, (most if counts.total.at_most is None else counts.total.at_most) + 1))
    for table in counts.tables.values():
        totals &= sums([values(cell, most) for cell in table.values()], most)
    for name, table in counts.tables.items():
        for row, cell in table.items():
            others = sums([values(one, most) for other, one in table.items() if other != row], most)
            feasible[name, row] = {v for v in values(cell, most) if any(t - v in others for t in totals)}
    feasible["", "total"] = totals
    return feasible


def values(cell: Cell, most: int) -> range:
    """All that a cell may be by itself."""
    return range(cell.at_least, (most if cell.at_most is None else cell.at_most) + 1)


def sums(cells: list[range], most: int) -> set[int]:
    """All that some cells may add up to, up to `most`."""
    found = {0}
    for cell in cells:
        found = {a + b for a, b in product(found, cell) if a + b <= most}
    return found


def witness(counts: Counts, name: str, row: str, value: int, minimum: int) -> Tables | None:
    """Tables in which one masked count has this value, and which may be published as these were; None if none is found.

    A hint for the test, which publishes them and compares: nothing rests on this being clever.
    """
    most = counts.total.at_most
    assert most is not None, "the first table always bounds the total"
    for total in range(counts.total.at_least, most + 1):
        tables: Tables = {}
        for at, table in counts.tables.items():
            fixed = {row: value} if at == name else {}
            found = _filled(table, fixed, total, minimum)
            if found is None:
                break
            tables[at] = found
        else:
            return tables
    return None


def _filled(table: Mapping[str, Cell], fixed: dict[str, int], total: int, minimum: int) -> dict[str, int] | None:
    """One table with this total: what is shown stands, what is fixed stands, and the rest goes where there is room."""
    out = {row: fixed.get(row, cell.at_least) for row, cell in table.items()}
    left_out = all(cell.at_most is None for cell in table.values())
    room = sorted(table, key=lambda row: table[row].at_most in {minimum - 1, None})
    for row in (r for r in room if r not in fixed):
        ceiling = table[row].at_most
        spare = total - sum(out.values())
        if left_out:
            out[row] += max(0, spare)
            continue
        assert ceiling is not None
        out[row] += max(0, min(spare, ceiling - out[row]))
    return out if sum(out.values()) == total else None
