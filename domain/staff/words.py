"""Courses, checks and days as sentences say them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

_SAID: Final[Mapping[str, str]] = {
    "enhanced_dbs": "enhanced DBS check",
    "barred_list": "barred-list check",
    "diversity_racial_equality": "diversity and racial equality",
    "home_visit_procedure": "home visit procedure",
}
"""Where writing a space for each _ will not do."""


def said(code: str) -> str:
    """A course or a check in words: "first aid"."""
    return _SAID.get(code, code.replace("_", " "))


def listed(things: Sequence[str]) -> str:
    """Things in a row.

    >>> listed(("first aid", "equipment", "manual handling"))
    'first aid, equipment and manual handling'
    """
    return " and ".join(part for part in (", ".join(things[:-1]), *things[-1:]) if part)


def day_in_words(day: date) -> str:
    """A day as a sentence says it: "3 November 2026"."""
    return f"{day.day} {day:%B %Y}"
