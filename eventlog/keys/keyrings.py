"""All schools' keyrings. Opening them checks the key file against the key database; opening one, the two places of keys."""

import logging
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from eventlog.keys.errors import KeyFileUnusable, KeyLost
from eventlog.keys.keks import Keks
from eventlog.keys.key_database import KeyDatabase
from eventlog.keys.keyring import RESTORE, Keyring
from eventlog.keys.schema import refuse_unmigrated_keys
from eventlog.keys.second_place import SecondPlace
from eventlog.keys.two_places import bring_together
from eventlog.keys.wrapping import new_key, unwrap, wrap
from eventlog.settings import DatabaseUrls

log = logging.getLogger(__name__)


class Keyrings:
    """The keyrings of an installation, over one small pool. Thread-safe; close it when done."""

    def __init__(self, database: KeyDatabase, keks: Keks, folder: Path) -> None:
        """Use `Keyrings.open`."""
        self.database = database
        self.keks = keks
        self.folder = folder
        self._lock = threading.Lock()
        self._keyrings: dict[str, Keyring] = {}
        self.disagreements: tuple[str, ...] = ()
        """What was found, as schools' keyrings were opened, that a person has to look at; each a sentence."""

    @classmethod
    def open(cls, urls: DatabaseUrls) -> Self:
        """Connect to a migrated key database and read the key file.

        Raises KeyFileUnusable where the file is missing, open to others, or not the one that wrapped the keys: the
        message says what is lost. Raises NotMigrated, MigrationChanged, KeyUnavailable.
        """
        if not urls.key_copy:
            message = "Not set: DOORSTEP_KEY_COPY, the folder that keeps every data key a second time."
            raise KeyFileUnusable(message)
        database = KeyDatabase(urls.keys)
        try:
            database.ask(refuse_unmigrated_keys)
            return cls(database, Keks(Path(urls.key_file), database), Path(urls.key_copy))
        except BaseException:
            database.close()
            raise

    def of(self, school: str) -> Keyring:
        """A school's keyring, the same one each time; a new school's secret is made with it.

        The first time, the two places of the school's keys are compared: what a crash left half done is finished.
        Raises KeyLost where the school's secret is gone, KeyAltered, SecondPlaceUnusable, KeyUnavailable.
        """
        with self._lock:
            known = self._keyrings.get(school)
            if known is None:
                known = self._keyrings[school] = self._opened(school)
            return known

    def forget(self, school: str) -> None:
        """A school was removed: nothing of its keys stays in memory here."""
        with self._lock:
            self._keyrings.pop(school, None)

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _opened(self, school: str) -> Keyring:
        second = SecondPlace(self.folder, school)
        secret = self._secret(school, second)
        for sentence in bring_together(school, self.database, second):
            log.error("%s", sentence)
            self.disagreements += (sentence,)
        return Keyring(school, self.keks, self.database, second, secret)

    def _secret(self, school: str, second: SecondPlace) -> bytes:
        found = self.database.secret(school)
        if found is None:
            held = second.read()
            if held.secret is not None or held.keys or held.stones or any(self.database.everything(school)):
                raise KeyLost(school, None, RESTORE)
            kek = self.keks.current
            self.database.add_secret(school, wrap(kek, school, None, new_key()), kek.id)
            # Another process may have been first: its secret stays, and is read here. A crash after this line leaves
            # one that nobody used, and the next opening writes it to the second place.
            found = self.database.secret(school)
            if found is None:
                raise KeyLost(school, None, RESTORE)
            second.add((), found)
        wrapped, kek_id = found
        return unwrap(self.keks.named(kek_id), school, None, wrapped)
