"""Files that are on the disk when a function returns, or not there at all."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def write_new(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file that must not be there yet. A crash may leave a part of it; raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace(path: Path, data: bytes) -> None:
    """Put a file in the place of the one that is there, whole or not at all."""
    temporary = path.with_name(f"{path.name}.new")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    # A crash up to here leaves the old file, and a temporary one that the next writing overwrites.
    temporary.replace(path)
    # A crash here leaves the old name or the new one, and behind either a whole file.
    sync_folder(path.parent)
    # After this line the new file is durable.


def sync_file(file: IO[bytes]) -> None:
    """What was written to a file is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def append(path: Path, data: bytes) -> None:
    """Add to the end of a file, made where it is missing. A crash may leave a part of it."""
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def new_folder(folder: Path, mode: int = 0o755) -> Iterator[Path]:
    """Where to write a new folder, which gets its name when the block has gone well, and is taken away otherwise.

    A kill leaves it under its hidden name, which nobody takes for finished; the next writing of the same folder begins
    with taking that away. Raises FileExistsError; BlockingIOError where somebody else is writing it at this moment.
    """
    if folder.exists():
        raise FileExistsError(errno.EEXIST, "is there already", str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = folder.with_name(f".{folder.name}.unfinished")
    making.mkdir(mode=mode, exist_ok=True)
    held = os.open(making, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # The lock goes with the process, however that ends: what lies there unlocked was left by a kill.
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if folder.exists() or not making.exists() or not os.path.samestat(os.fstat(held), making.stat()):
            raise FileExistsError(errno.EEXIST, "is there already", str(folder))
        _empty(making)
        making.chmod(mode)
        try:
            yield making
            sync_folder(making)
            making.rename(folder)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
        sync_folder(folder.parent)
        # After this line the folder is there, whole, and survives a power cut.
    finally:
        os.close(held)


def _empty(folder: Path) -> None:
    for left in folder.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()
