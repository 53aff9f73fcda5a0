"""Files of rows. A line is a row, a space, and 16 hex digits that stand for this row and all before it.

The digits are the beginning of a hash over the hash of the lines before and the row: a line that was changed, left out,
put in or moved is named by its number, and not just the file. (Whoever changes a file on purpose can work them out anew;
what holds against that is the ledger, which is signed.)
"""

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from eventlog.backup.errors import BackupUnusable

_DIGITS: Final = 16
_LONGEST: Final = 8 * 1024 * 1024
"""Bytes of a line: an event of a megabyte, in base64, and more than any other table holds."""


class Written(NamedTuple):
    """What became of a file."""

    rows: int
    size: int
    sha256: str


class LineWriter:
    """Writes one file, readable by its owner alone. Raises OSError."""

    def __init__(self, path: Path) -> None:
        """Make the file; it must not be there yet."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(descriptor, "wb", buffering=1024 * 1024)
        self._chain = b""
        self._whole = sha256()
        self._size = 0
        self._rows = 0

    def write(self, row: bytes) -> None:
        """Add a row."""
        self._chain = sha256(self._chain + row).digest()
        line = b"%b %b\n" % (row, self._chain.hex()[:_DIGITS].encode())
        self._whole.update(line)
        self._size += len(line)
        self._rows += 1
        self._file.write(line)

    def finish(self) -> Written:
        """All of it on the disk; what became of it."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return Written(self._rows, self._size, self._whole.hexdigest())

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self._file.close()


def read_lines(path: Path, name: str, expected: Written) -> Iterator[bytes]:
    """The rows of a file, each only once its line is found to be as it was written.

    Raises BackupUnusable with the file's `name` and the line; the last row has been given before what comes after it
    is looked at, so nothing of it counts until the iterator is used up.
    """
    chain, whole, size, number = b"", sha256(), 0, 0
    try:
        with path.open("rb") as file:
            while line := file.readline(_LONGEST + 1):
                number += 1
                row = _row(line, name, number)
                chain = sha256(chain + row).digest()
                if line[-_DIGITS - 1 : -1] != chain.hex()[:_DIGITS].encode():
                    reason = "this line, or one before it that is gone, is not as it was written"
                    raise BackupUnusable(reason, file=name, line=number)
                if number > expected.rows:
                    reason = f"the backup was made with {expected.rows} lines here, and there are more"
                    raise BackupUnusable(reason, file=name, line=number)
                whole.update(line)
                size += len(line)
                yield row
    except OSError as error:
        reason = f"the file cannot be read ({error.strerror})"
        raise BackupUnusable(reason, file=name) from error
    if number < expected.rows:
        reason = f"the file ends here; the backup was made with {expected.rows} lines in it"
        raise BackupUnusable(reason, file=name, line=number + 1)
    if (size, whole.hexdigest()) != (expected.size, expected.sha256):
        reason = "its hash is not the one in the manifest: one of the two was changed"
        raise BackupUnusable(reason, file=name)


def _row(line: bytes, name: str, number: int) -> bytes:
    if len(line) > _LONGEST:
        reason = "the line is longer than any that is written"
        raise BackupUnusable(reason, file=name, line=number)
    if not line.endswith(b"\n") or line[-_DIGITS - 2 : -_DIGITS - 1] != b" ":
        reason = "the line was cut short"
        raise BackupUnusable(reason, file=name, line=number)
    return line[: -_DIGITS - 2]
