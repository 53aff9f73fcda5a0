"""The key-encryption keys of this process: read from the file, and again when a rotation has changed it."""

from pathlib import Path

from eventlog.keys.errors import KeyFileUnusable
from eventlog.keys.key_database import KeyDatabase
from eventlog.keys.key_file import Kek
from eventlog.keys.schema import check_key_file, known_form


class Keks:
    """The keys of the file. Thread-safe."""

    def __init__(self, path: Path, database: KeyDatabase) -> None:
        """Read the file and check it against what the key database knows. Raises KeyFileUnusable, KeyUnavailable."""
        self.path = path
        self._database = database
        self._keks: dict[str, Kek] = {}
        self._current: Kek
        self.read_again()

    @property
    def current(self) -> Kek:
        """What wraps what is new: the first of the file that is not retired."""
        return self._current

    def named(self, kek_id: str) -> Kek:
        """The one of this id; the file is read again where it is new. Raises KeyFileUnusable where it is not there."""
        known = self._keks.get(kek_id)
        if known is None:
            self.read_again()
            known = self._keks.get(kek_id)
        if known is None:
            message = (
                f"The key file {self.path} does not hold the key {kek_id}, which data keys are wrapped by. Put the"
                " right file back from its copy."
            )
            raise KeyFileUnusable(message)
        return known

    def read_again(self) -> None:
        """Take the file as it is now. Raises KeyFileUnusable, KeyUnavailable."""
        known = self._database.keks()
        keks = check_key_file(self.path, known, self._database.schools())
        # Added to the file by a rotation that was interrupted before it made the key known.
        self._database.register(map(known_form, keks))
        retired = {one.kek_id for one in known if one.retired_at is not None}
        usable = [kek for kek in keks if kek.id not in retired]
        if not usable:
            message = f"The key file {self.path} holds retired keys only. Put the right file back from its copy."
            raise KeyFileUnusable(message)
        self._current = usable[0]
        self._keks = {kek.id: kek for kek in keks}
