"""Small counts about children are masked so that nobody can work them out again (DV-07). Pure.

A set of tables counts the same things in several ways, so they share one total. A count below the school's minimum
shows as "<5" (nought as well, or the absence of a mask would tell). Then whatever would narrow a masked count down,
by subtraction within a table, from the total or across tables, is held back too: first the total, then a table's
smallest figure, then all its figures, then the table. What may be published is decided by `narrowed`, which knows
all that a reader can conclude: a masked count must stay anything from 0 to 4.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

import msgspec


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A count as it is published."""

    shown: str
    """`12`, `<5`, `5 or more`, `at least 12`, `not shown`."""
    value: int | None
    """The count, where it is published."""
    at_least: int
    at_most: int | None
    """None: no bound."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Tables as published, and their common total."""

    tables: Mapping[str, Mapping[str, Cell]]
    total: Cell


class Bounds(NamedTuple):
    """The least and the most that a count can be; None is no bound."""

    least: int
    most: int | None


class _Steps(NamedTuple):
    """How far each part is held back: 0 nothing, 1 the smallest figure, 2 every figure, 3 the whole table."""

    total: int
    tables: tuple[int, ...]

    @property
    def harm(self) -> tuple[int, int, tuple[int, ...]]:
        return (sum(_WEIGHT[step] for step in self.tables) + self.total, self.total, self.tables)


_WEIGHT = (0, 2, 3, 5)


def exact(count: int) -> Cell:
    """A count that is published as it is."""
    return Cell(shown=str(count), value=count, at_least=count, at_most=count)


def masked(count: int, minimum: int) -> Cell:
    """One count that stands alone: masked below the minimum."""
    return _below(minimum) if count < minimum and minimum > 1 else exact(count)


def or_more(minimum: int) -> Cell:
    """A count that reaches the minimum and is held back to protect others."""
    return Cell(shown=f"{minimum} or more", value=None, at_least=minimum, at_most=None)


def _below(minimum: int) -> Cell:
    return Cell(shown=f"<{minimum}", value=None, at_least=0, at_most=minimum - 1)


_NOT_SHOWN = Cell(shown="not shown", value=None, at_least=0, at_most=None)


def publish(tables: Mapping[str, Mapping[str, int]], minimum: int) -> Counts:
    """The tables as they may be published; each must add up to the same total. The least is held back.

    Raises ValueError where they do not add up.
    """
    totals = {sum(table.values()) for table in tables.values()}
    if len(totals) != 1:
        message = "tables that count the same things must have the same total"
        raise ValueError(message)
    (total,) = totals
    every = (_Steps(t, steps) for t in (0, 1) for steps in product(range(4), repeat=len(tables)))
    for steps in sorted(every, key=lambda s: s.harm):
        found = _counts(tables, total, minimum, steps)
        if minimum <= 1 or _keeps(found, minimum):
            return found
    raise AssertionError  # with every table held back nothing narrows anything


def _counts(tables: Mapping[str, Mapping[str, int]], total: int, minimum: int, steps: _Steps) -> Counts:
    shown = {
        name: _table(table, minimum, step) for (name, table), step in zip(tables.items(), steps.tables, strict=True)
    }
    if steps.total == 0:
        return Counts(tables=shown, total=masked(total, minimum))
    floor = max((sum(cell.at_least for cell in table.values()) for table in shown.values()), default=0)
    # The floor is what the tables say anyway.
    return Counts(tables=shown, total=Cell(shown=f"at least {floor}", value=None, at_least=floor, at_most=None))


def _table(table: Mapping[str, int], minimum: int, step: int) -> dict[str, Cell]:
    if step == len(_WEIGHT) - 1:
        return dict.fromkeys(table, _NOT_SHOWN)
    large = sorted((count, name) for name, count in table.items() if count >= minimum)
    hidden = {name for _, name in (large[:1] if step == 1 else large if step == 2 else ())}  # noqa: PLR2004 - as in _Steps
    return {name: or_more(minimum) if name in hidden else masked(count, minimum) for name, count in table.items()}


def _keeps(counts: Counts, minimum: int) -> bool:
    """Whether every masked count may still be anything below the minimum."""
    whole = Bounds(0, minimum - 1)
    small = _below(minimum)
    cells = {(name, row): cell for name, table in counts.tables.items() for row, cell in table.items()}
    known = narrowed([list(table.values()) for table in counts.tables.values()], counts.total)
    found = [bounds for table in known.tables for bounds in table]
    kept = all(b == whole for b, cell in zip(found, cells.values(), strict=True) if cell == small)
    return kept and (counts.total != small or known.total == whole)


class Narrowed(NamedTuple):
    """All that a reader can conclude from what is published."""

    tables: tuple[tuple[Bounds, ...], ...]
    total: Bounds


def narrowed(tables: Sequence[Sequence[Cell]], total: Cell) -> Narrowed:
    """The tightest bounds of each count and of the total that follow from the tables adding up to one total.

    Exact: the tables have nothing in common but their total, so every whole number between the bounds is possible.
    """
    floors = [sum(cell.at_least for cell in table) for table in tables]
    ceilings = [_sum([cell.at_most for cell in table]) for table in tables]
    least = max([total.at_least, *floors])
    most = _min([total.at_most, *ceilings])
    out = []
    for table, floor in zip(tables, floors, strict=True):
        row = []
        for place, cell in enumerate(table):
            others = _sum([one.at_most for at, one in enumerate(table) if at != place])
            low = cell.at_least if others is None else max(cell.at_least, least - others)
            high = cell.at_most if most is None else _min([cell.at_most, most - (floor - cell.at_least)])
            row.append(Bounds(low, high))
        out.append(tuple(row))
    return Narrowed(tuple(out), Bounds(least, most))


def _sum(bounds: Sequence[int | None]) -> int | None:
    known = [bound for bound in bounds if bound is not None]
    return sum(known) if len(known) == len(bounds) else None


def _min(bounds: Sequence[int | None]) -> int | None:
    known = [bound for bound in bounds if bound is not None]
    return min(known, default=None)
