"""The governors' report in words: the same for the page, the PDF and their charts."""

from collections.abc import Mapping
from datetime import date
from typing import Final

import msgspec

from api.pages.charts import Bar, bar_chart
from api.pages.templating import day
from api.pages.words import in_words
from projections.governors import OTHER, Report, Row, Table

TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "purpose": ("What they were for", "Purpose"),
    "outcome": ("What became of them", "Outcome"),
    "month": ("When they were asked for", "Month"),
}
"""A table's heading, and that of its first column."""

OUTCOMES: Final[Mapping[str, str]] = {
    "seen": "Child seen",
    "not_seen": "Child not seen",
    "safety": "Called off for safety",
    "declined": "Family declined",
    "called_off": "Called off for another reason",
    "not_approved": "Not approved",
    "open": "Not finished yet",
}


_JULY: Final = 7


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a table."""

    label: str
    shown: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A table with its chart."""

    code: str
    title: str
    heading: str
    rows: tuple[Line, ...]
    says: str
    """The chart in a sentence, for those who do not see it."""
    chart: str
    """SVG."""


def title(report: Report) -> str:
    """The report's title."""
    return f"Home visits: {report.term.name}"


def lead(report: Report) -> str:
    """Whose report it is, and of which days."""
    so_far = " The term is not over yet: the figures will still change." if report.made_on <= report.term.last else ""
    return (
        f"{report.school}. A report for the governing board, from {_day(report.term.first)} to"
        f" {_day(report.term.last)}, made on {_day(report.made_on)}.{so_far}"
    )


def total(report: Report) -> str:
    """The total in a sentence."""
    return f"Visits asked for: {report.total.shown}. Each is counted once in every table."


def note(report: Report) -> str:
    """How to read the figures."""
    masks = (
        f"A figure about children below {report.minimum} is shown as “<{report.minimum}”, nought included. Where it"
        " could be worked out from others, one of those is told as a range, such as “10 to 18”, or its table is not"
        " shown at all: no family can be recognised. "
        if report.masks
        else ""
    )
    return f"{masks}Figures about how the school works are given in full. The report holds no names and no notes."


def shown_tables(report: Report, *, font: str = "inherit") -> tuple[Shown, ...]:
    """The tables, each with its chart."""
    return tuple(_shown(table, font) for table in report.tables)


def _shown(table: Table, font: str) -> Shown:
    heading, column = TITLES[table.code]
    labels = [_label(table.code, row) for row in table.rows]
    bars = [
        Bar(label=label, shown=row.count.shown, value=row.count.value)
        for label, row in zip(labels, table.rows, strict=True)
    ]
    said = "; ".join(f"{bar.label}: {bar.shown}" for bar in bars)
    name = f"Visits: {heading.lower()}"
    return Shown(
        code=table.code,
        title=heading,
        heading=column,
        rows=tuple(Line(label=bar.label, shown=bar.shown) for bar in bars),
        says=f"Bar chart. {name}. {said}.",
        chart=bar_chart(name, bars, name=f"chart-{table.code}", font=font),
    )


def _label(table: str, row: Row) -> str:
    match table:
        case "outcome":
            return OUTCOMES[row.code]
        case "month":
            year, month = row.code.split("-")
            first = date(int(year), int(month), 1)
            return f"July and August {first:%Y}" if first.month == _JULY else f"{first:%B %Y}"
        case _:
            words = "another reason, or none given" if row.code == OTHER else in_words(row.code)
            return words[:1].upper() + words[1:]


def _day(value: date) -> str:
    return day(value).split(" ", 1)[1]
