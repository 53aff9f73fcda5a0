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


@contextmanager
def progress_of_each(total_says: str) -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each name that is told, under one heading; call what it gives with name, done and all."""
    from rich.progress import BarColumn, Progress, TaskID, TextColumn  # noqa: PLC0415 - as above

    with Progress(TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%")) as bar:
        bar.console.print(total_says)
        tasks: dict[str, TaskID] = {}

        def advance(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=total)
            bar.update(tasks[name], completed=done, total=total)

        yield advance
