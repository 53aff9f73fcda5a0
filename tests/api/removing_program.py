"""`doorstep school remove` that ends at one moment: by a kill (`python removing_program.py POINT WORDS..`), or in a test."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping

import commands.removal
import eventlog.keys.second_place
import eventlog.removal
from api.cli import main
from eventlog.keys.key_database import KeyDatabase

POINTS: dict[str, tuple[tuple[object, str], ...]] = {
    "all but committed": ((eventlog.removal, "_drop"),),
    "the school is gone": ((eventlog.removal, "remove"), (commands.removal, "remove")),
    "its keys are gone": ((KeyDatabase, "remove"),),
    "the second place is half written": ((eventlog.keys.second_place, "write_private"),),
    "the second place is written": ((eventlog.keys.second_place.SecondPlace, "remove"),),
}
"""After which work it ends, and under which names that is known."""


class EndedError(BaseException):
    """Stands for a kill: nobody catches it, and nothing is tidied up but what a lost connection tidies up."""


def ending(
    point: str, end: Callable[[], object], points: Mapping[str, tuple[tuple[object, str], ...]] = POINTS
) -> Iterator[tuple[object, str, Callable[..., None]]]:
    """What to put in the place of what, so that it ends after the work of a point."""
    work: Callable[..., object] = getattr(*points[point][0])

    def done(*given: object, **named: object) -> None:
        work(*given, **named)
        end()

    return ((where, name, done) for where, name in points[point])


def killed() -> None:
    """By the system, at this very moment."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    for found, called, instead in ending(sys.argv[1], killed):
        setattr(found, called, instead)
    main(sys.argv[2:])
