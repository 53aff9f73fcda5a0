"""The Chromium that the browser tests run in."""

import shutil
from collections.abc import Iterable
from typing import Final

WHOLE: Final = ("chromium", "chromium-browser")
"""Chromium as people have it."""
ANY: Final = ("chromium-headless-shell", *WHOLE)
"""The one without windows first: the same engine, at less than half the processor time."""
FLAGS: Final = (
    "--no-sandbox",  # Chromium refuses to run as root without it
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NO_CHROMIUM: Final = (
    "no Chromium on this machine. Install it (as root: apt-get install chromium chromium-headless-shell)"
    " and run the tests again"
)


def found(names: Iterable[str]) -> str | None:
    """The path of the first of these programs that is installed."""
    return next(filter(None, map(shutil.which, names)), None)
