"""What can be wrong with a backup, or with where it is to go. Each message says what to do."""


class BackupFailed(Exception):  # noqa: N818 - reads as the sentence it is
    """A backup could not be written. Nothing that looks like one is left."""


class BackupUnusable(Exception):  # noqa: N818 - reads as the sentence it is
    """A backup is not whole, was changed, or is of another format. Nothing was restored from it."""

    def __init__(self, reason: str, *, file: str = "", line: int | None = None) -> None:
        """Keep what is wrong, and in which file and line."""
        where = "".join((file, f", line {line}" if line else "", ": " if file else ""))
        super().__init__(f"{where}{reason}")
        self.reason = reason
        self.file = file
        self.line = line


class NotEmpty(Exception):  # noqa: N818 - a fact about the installation, not a fault
    """There is something where a backup is to be restored to."""


class KeysMissing(Exception):  # noqa: N818 - a fact about the installation, not a fault
    """Data keys that the log was written under are nowhere to be found."""
