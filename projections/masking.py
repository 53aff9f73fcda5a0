"""Small counts about children are masked so that nobody can work them out again (DV-07). Pure.

Some tables count the same things in different ways, so they share one total. Whoever reads them may add, subtract,
and know this file. What keeps a masked count anything from 0 to 4 all the same:

- The first table shows each count by itself: "<5" below the minimum (nought as well), else the number. By itself it
  gives nothing away, as long as no total is told that fixes its masked counts: the total is told as a range.
- A further table is shown only where two of its counts reach the minimum; the last of these is told as a range, and
  takes up whatever the masked ones are. It is left out whole where the range has no room for that.
- Whether a table is shown, and how, follows from what the table then shows and from the first one: from nothing that
  is masked. A table that is left out could always be one whose counts lie in a single row, with any of its others
  anything from 0 to 4.
- Where no count at all is below the minimum, everything is shown.
- How many of the total have something in common (`part`) is told by itself, and never as more than the least that the
  total is told as; what the total leaves open it leaves open too.

The proof, and why hiding "the least that is needed" is not enough, is in `docs/adr/0005-masking.md`; the tests try
every small set of tables.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A count as it is published."""

    shown: str
    """`12`, `<5`, `12 to 28`, `not shown`."""
    value: int | None
    """The count, where it is published."""
    at_least: int
    at_most: int | None
    """None: no bound."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Tables as published, and their common total."""

    tables: Mapping[str, Mapping[str, Cell]]
    total: Cell


def exact(count: int) -> Cell:
    """A count that is published as it is."""
    return Cell(shown=str(count), value=count, at_least=count, at_most=count)


def masked(count: int, minimum: int) -> Cell:
    """One count that stands alone: masked below the minimum."""
    return _between(0, minimum - 1) if count < minimum and minimum > 1 else exact(count)


def part(count: int, total: Cell, minimum: int) -> Cell:
    """How many of a published total have something in common, so told that it says nothing more of the total.

    Neither they nor the others are told as fewer than the minimum by subtraction: where the total is not told as at
    least twice the minimum, less one, no more is said than the total says.
    """
    if total.at_most is None:
        return _NOT_SHOWN
    top = total.at_least - minimum + 1
    if top < minimum:
        return _between(0, total.at_most)
    return masked(count, minimum) if count < top else _between(top, total.at_most)


def _between(least: int, most: int) -> Cell:
    if least == most:
        return exact(least)
    shown = f"{least} to {most}" if least else f"<{most + 1}"
    return Cell(shown=shown, value=None, at_least=least, at_most=most)


_NOT_SHOWN: Final = Cell(shown="not shown", value=None, at_least=0, at_most=None)
_TWO: Final = 2


class _Range(NamedTuple):
    """What may be told of the total."""

    least: int
    most: int


class _Split(NamedTuple):
    """A table's counts below the minimum, and the others in the order of its rows."""

    small: int
    large: tuple[str, ...]
    known: int
    """What the others add up to."""


def publish(tables: Mapping[str, Mapping[str, int]], minimum: int) -> Counts:
    """The tables as they may be published, the first being shown whenever one is; each must add up to the same total.

    Which rows there are must be known to everybody beforehand. Raises ValueError where the totals differ.
    """
    totals = {sum(table.values()) for table in tables.values()}
    if len(totals) != 1:
        message = "tables that count the same things must have the same total"
        raise ValueError(message)
    (total,) = totals
    if minimum <= 1 or all(count >= minimum for table in tables.values() for count in table.values()):
        shown = {name: {row: exact(count) for row, count in table.items()} for name, table in tables.items()}
        return Counts(tables=shown, total=exact(total))
    first, *further = tables
    told = _total_told(tables[first], total, minimum)
    lead = {row: masked(count, minimum) for row, count in tables[first].items()}
    least = max((told.least, *(_floor(tables[name], told, minimum) for name in further)))
    narrowed = _Range(least, told.most)
    shown = {first: lead, **{name: _further(tables[name], told, narrowed, minimum) for name in further}}
    return Counts(tables=shown, total=_between(*narrowed))


def _split(table: Mapping[str, int], minimum: int) -> _Split:
    large = tuple(row for row, count in table.items() if count >= minimum)
    return _Split(len(table) - len(large), large, sum(table[row] for row in large))


def _total_told(table: Mapping[str, int], total: int, minimum: int) -> _Range:
    """The range that the first table gives the total: each of its masked counts may be anything below the minimum.

    Where all of them are masked the total is told more closely, except near their most: each may still be nought.
    """
    split = _split(table, minimum)
    most = split.known + (minimum - 1) * split.small
    without_one = most - (minimum - 1)
    if split.large or without_one < minimum:
        return _Range(split.known, most)
    if total < minimum:
        return _Range(0, minimum - 1)
    return _Range(total, total) if total < without_one else _Range(without_one, most)


def _shows(split: _Split, told: _Range, minimum: int, spread: int) -> bool:
    """Whether a further table may be shown: its range leaves room for each masked count, here and in the first."""
    if told.least == told.most and not split.small:
        return True
    floor = split.known - spread + minimum
    return len(split.large) >= _TWO and floor + minimum - 1 <= told.most


def _floor(table: Mapping[str, int], told: _Range, minimum: int) -> int:
    """The least total that a further table's own figures allow; 0 where it is left out."""
    split = _split(table, minimum)
    spread = table[split.large[-1]] if split.large else 0
    return split.known - spread + minimum if split.large and _shows(split, told, minimum, spread) else 0


def _further(table: Mapping[str, int], told: _Range, total: _Range, minimum: int) -> dict[str, Cell]:
    """A table beside the first. `told` is what that one says of the total, `total` all that is published of it."""
    split = _split(table, minimum)
    spread = table[split.large[-1]] if split.large else 0
    if not _shows(split, told, minimum, spread):
        return dict.fromkeys(table, _between(0, told.most) if told.most < minimum else _NOT_SHOWN)
    shown = {row: masked(count, minimum) for row, count in table.items()}
    if split.large:
        others = split.known - spread
        least = max(minimum, total.least - others - (minimum - 1) * split.small)
        shown[split.large[-1]] = _between(least, total.most - others)
    return shown
