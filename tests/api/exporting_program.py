"""`doorstep school export`, killed at one moment after the other: `python -m tests.api.exporting_program FOLDER WORDS..`.

Each time it is another process, that began like this one; what it left lying is printed, a JSON line for each.
"""

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import commands.whole_export
import eventlog.whole.writing
from api.cli import main
from tests.api.removing_program import ending, killed

POINTS = {
    "it is on record": ((commands.whole_export.Exporting, "_leaving"),),
    "the proof is written": ((eventlog.whole.writing, "write_log"),),
    "the tables are written": ((eventlog.whole.writing._Writing, "_tables"),),
    "some events can be read": (),
    "the keys are written": ((eventlog.whole.writing, "seal_keys"),),
    "all but the manifest": ((eventlog.whole.writing, "to_bytes"),),
    "all but its name": ((eventlog.whole.writing._Writing, "all_of_it"),),
}
"""After which work it ends."""


def some(*_: object) -> Iterator[bytes]:
    """A line, and the end."""
    yield b"{}\n"
    killed()


def run(point: str, words: list[str]) -> None:
    """As the program, until the point."""
    if not POINTS[point]:
        setattr(eventlog.whole.writing, "readable_lines", some)  # noqa: B010 - as the others below
    else:
        for found, called, instead in ending(point, killed, POINTS):
            setattr(found, called, instead)
    main(words)


if __name__ == "__main__":
    out = Path(sys.argv[1])
    left = out.with_name(f".{out.name}.unfinished")
    for point in POINTS:
        child = os.fork()
        if child == 0:
            run(point, sys.argv[2:])
        status = os.waitpid(child, 0)[1]
        told = {
            "point": point,
            "killed": os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL,
            "named": out.exists(),
            "left": sorted(one.name for one in left.iterdir()) if left.exists() else [],
            "mode": left.stat().st_mode & 0o777 if left.exists() else 0o700,
        }
        print(json.dumps(told), flush=True)  # noqa: T201 - what it is there for
