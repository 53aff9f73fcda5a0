"""What can go wrong with keys. Each message says what is lost and what to do."""

from uuid import UUID

from eventlog.errors import LogUnavailable


class KeyUnavailable(LogUnavailable):
    """The key database could not be reached in time. Nothing was stored: the same may be tried again."""


class KeyFileUnusable(Exception):  # noqa: N818 - reads as the sentence it is
    """The key file is missing, open to others, unreadable, or not the one that wrapped the data keys."""


class KeyLost(Exception):  # noqa: N818 - a fact about the installation, not a fault
    """A data key is neither in the key database nor erased: what it encrypted cannot be read until it is restored."""

    def __init__(self, school: str, key_id: UUID | None, advice: str) -> None:
        """Keep whose key it is, and what to restore. Without a key id it is the school's secret."""
        what = "secret for keyed hashes" if key_id is None else f"data key {key_id}"
        super().__init__(f"The {what} of {school} is lost, and was not erased. {advice}")
        self.school = school
        self.key_id = key_id


class KeyAltered(Exception):  # noqa: N818 - a fact about the installation, not a fault
    """A wrapped key does not open: it was altered, or belongs to another school or id."""

    def __init__(self, school: str, key_id: UUID | None) -> None:
        """Keep whose key it is. Without a key id it is the school's secret."""
        what = "secret for keyed hashes" if key_id is None else f"data key {key_id}"
        super().__init__(
            f"The {what} of {school} was altered in the key database: it does not open. Restore the key database from"
            " a backup or from its second place (`doorstep keys restore`)."
        )
        self.school = school
        self.key_id = key_id


class SecondPlaceUnusable(Exception):  # noqa: N818 - reads as the sentence it is
    """The folder that keeps every data key a second time cannot be used; no new key is handed out."""
