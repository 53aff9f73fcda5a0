"""A progress bar for long work; nothing moves where nobody looks (a file, a pipe)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(says: str) -> Iterator[Callable[[int, int], None]]:
    """A bar under the words `says`; call what it gives with what is done and what there is."""
    # Not before it is needed: rich takes a tenth of a second of every start.
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as bar:
        task = bar.add_task(says, total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield advance
