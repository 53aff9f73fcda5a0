"""All that a reader can work out from what a report publishes, found the slow way."""

from itertools import product

from projections.masking import Cell, Counts


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
