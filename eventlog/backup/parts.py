"""The parts of a backup as folders. One being written has a name that begins with a dot and that nobody restores from."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

from eventlog.backup.errors import BackupFailed, BackupUnusable
from eventlog.backup.lines import LineWriter, read_lines
from eventlog.backup.manifest import (
    HASH,
    MANIFEST,
    Manifest,
    PartName,
    Table,
    Whole,
    hash_line,
    read_manifest,
    to_bytes,
)
from eventlog.backup.shapes import Shape
from eventlog.durable import sync_folder, write_new

_README: Final = "README.txt"
_MOST: Final = 1_000_000


class Draft:
    """A part that is being written. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        """Write into this folder."""
        self.folder = folder
        self.tables: list[Table] = []
        self.files: list[Whole] = []

    def table(self, shape: Shape, rows: Iterable[bytes]) -> Table:
        """Write a table's file."""
        name = f"{shape.schema}/{shape.table}.rows"
        path = self._place(name)
        with LineWriter(path) as file:
            for row in rows:
                file.write(row)
            written = file.finish()
        made = Table(
            file=name,
            schema=shape.schema,
            table=shape.table,
            columns=shape.names(),
            rows=written.rows,
            size=written.size,
            sha256=written.sha256,
        )
        self.tables.append(made)
        return made

    def file(self, name: str, content: bytes) -> None:
        """Write a file whole."""
        write_new(self._place(name), content, mode=0o600)
        self.files.append(Whole(file=name, size=len(content), sha256=sha256(content).hexdigest()))

    def finish(self, manifest: Manifest, readme: str) -> None:
        """Write the manifest, and make everything durable."""
        content = to_bytes(manifest)
        write_new(self.folder / _README, readme.encode(), mode=0o600)
        write_new(self.folder / MANIFEST, content, mode=0o600)
        write_new(self.folder / HASH, hash_line(content), mode=0o600)
        for folder in sorted({(self.folder / file).parent for file in manifest.names()}):
            sync_folder(folder)
        sync_folder(self.folder)

    def _place(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        return path


@contextmanager
def drafted(folder: Path) -> Iterator[Draft]:
    """A part that gets its name at the end of the block; where the block fails nothing is left of it.

    Raises BackupFailed, with a sentence, where the disk does not take it.
    """
    draft = folder.with_name(f".{folder.name}.unfinished")
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.exists():
            message = f"{folder} is there already: a backup is never written over."
            raise BackupFailed(message)
        draft.mkdir(mode=0o700)
        try:
            yield Draft(draft)
            # A crash up to here leaves a draft, which no restore takes: it may be deleted.
            draft.rename(folder)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        sync_folder(folder.parent)
        # After this line the part is whole and durable.
    except OSError as error:
        message = (
            f"The backup could not be written to {folder.parent} ({error.strerror}). Nothing was kept of it:"
            " give another folder (--out), or make room and run it again."
        )
        raise BackupFailed(message) from error


class Part:
    """A finished part, opened to be restored."""

    def __init__(self, folder: Path, part: PartName) -> None:
        """Read its manifest. Raises BackupUnusable."""
        self.folder = folder
        self.manifest = read_manifest(folder, part)

    def of_schema(self, schema: str) -> Sequence[Table]:
        """The tables of a schema, in an order in which they can be filled."""
        return [table for table in self.manifest.tables if table.schema == schema]

    def rows(self, table: Table) -> Iterator[bytes]:
        """A table's rows; used up, all of the file is verified. Raises BackupUnusable."""
        return read_lines(self.folder / table.file, table.file, table.written)

    def content(self, name: str) -> bytes | None:
        """Another file's content; None where the backup has none. Raises BackupUnusable."""
        for one in self.manifest.files:
            if one.file == name:
                return self._whole(one)
        return None

    def _whole(self, one: Whole) -> bytes:
        try:
            with (self.folder / one.file).open("rb") as file:
                content = file.read(_MOST)
        except OSError as error:
            reason = f"the file cannot be read ({error.strerror})"
            raise BackupUnusable(reason, file=one.file) from error
        if (len(content), sha256(content).hexdigest()) != (one.size, one.sha256):
            reason = "the file is not as it was written"
            raise BackupUnusable(reason, file=one.file, line=1)
        return content
