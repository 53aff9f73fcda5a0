"""Files that are on the disk when a function returns, or not there at all."""

import os
from pathlib import Path


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
