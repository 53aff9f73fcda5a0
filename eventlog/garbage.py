"""How often Python looks for unreachable cycles, set for a program that reads logs."""

import gc
from typing import Final

_MADE: Final = 50_000
"""Objects made and not freed before the youngest are looked through; Python's own figure is 700."""
_ROUNDS: Final = (20, 50)
"""Rounds of the younger before the older are looked through."""


def collect_seldom() -> None:
    """Look for cycles less often, in the whole process.

    A batch of the log is tens of thousands of objects that live for a moment and hold no cycles; with Python's own
    figures half the time of reading went into looking through them.
    """
    gc.set_threshold(_MADE, *_ROUNDS)
