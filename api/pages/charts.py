"""One chart, for the page and the PDF alike: horizontal bars, each under its label, as a small SVG.

It draws what is published and nothing else. A count that is not published is a hatched bar of one fixed length, so
that nobody can measure it; the text beside the bar says the same as the table under the chart.
"""

from collections.abc import Sequence
from html import escape

import msgspec

_WIDTH = 440
_LABEL, _BAR, _GAP = 20, 16, 14
_FOR_TEXT = 96
"""Kept free at the right of the longest bar for its figure."""


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One bar."""

    label: str
    shown: str
    """The figure as published: `12`, `<5`."""
    value: int | None
    """The count; None where it is not published."""


def bar_chart(title: str, bars: Sequence[Bar], *, name: str, font: str = "inherit") -> str:
    """The chart as SVG. `name` makes its ids unique on a page; `font` is a family's name, or the page's own."""
    most = max([bar.value for bar in bars if bar.value is not None], default=0) or 1
    step = _LABEL + _BAR + _GAP
    height = step * len(bars) + 2
    said = "; ".join(f"{bar.label}: {bar.shown}" for bar in bars)
    opened = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"'
        f' aria-labelledby="{name}-title {name}-says" font-family="{escape(font)}" font-size="15">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-says">{escape(said)}</desc>'
        f'<defs><pattern id="{name}-hatch" width="8" height="8" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect width="8" height="8" fill="#ffffff"/>'
        '<rect width="4" height="8" fill="#5c7f8b"/></pattern></defs>'
    )
    drawn = (_bar(bar, place * step, most, name) for place, bar in enumerate(bars))
    return f"{opened}{''.join(drawn)}</svg>"


def _bar(bar: Bar, top: int, most: int, name: str) -> str:
    room = _WIDTH - _FOR_TEXT
    y = top + _LABEL
    if bar.value is None:
        length = 40.0
        drawn = (
            f'<rect x="1" y="{y}" width="{length:.0f}" height="{_BAR}" fill="url(#{name}-hatch)"'
            ' stroke="#17495c" stroke-width="1"/>'
        )
    else:
        length = room * bar.value / most
        drawn = f'<rect x="1" y="{y}" width="{max(length, 1):.1f}" height="{_BAR}" fill="#17495c"/>'
    return (
        f'<text x="0" y="{top + 15}" fill="#0b0c0c">{escape(bar.label)}</text>{drawn}'
        f'<text x="{length + 9:.1f}" y="{y + 13}" font-weight="bold" fill="#0b0c0c">{escape(bar.shown)}</text>'
    )
