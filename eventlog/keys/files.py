"""Files that only the program's user reads, and a lock among processes."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_private(path: Path, text: str) -> Path:
    """A draft beside `path` with this text, synced: rename or link it into place. Raises OSError."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    return draft


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold the lock file against every other process and thread for as long as the block lasts. Raises OSError."""
    file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        # Closing lets go; so does the end of the process, however it ends.
        os.close(file)
