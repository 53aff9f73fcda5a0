"""One machine with one school, its folders beside it, and the program run on it as a technician types it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner, Result

from api.cli import main
from commands.bus import Bus
from commands.opening import open_school
from commands.policy_files import clauses, load_policy
from domain.catalogue import EVENTS
from domain.ids import SchoolSlug, school_stream
from eventlog.ledger.ledgers import Ledgers, newest
from eventlog.ledger.postgres import LedgerDatabase, PostgresReleases, PostgresSource
from eventlog.ledger.signing import read_key
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.checks import check_log
from tests.databases import settings_of

SCHOOL = SchoolSlug("norbury")


class Machine:
    """One machine's folders, and the databases that it uses now."""

    def __init__(self, urls: DatabaseUrls, folder: Path) -> None:
        """Keys, ledger and backups lie in the folder."""
        self.folder = folder
        self.urls = replace(urls, key_file=str(folder / "key-file"), key_copy=str(folder / "data-keys"))

    @property
    def places(self) -> dict[str, str]:
        """The environment variables that lead a program to this machine's databases and folders."""
        return settings_of(self.urls) | {
            "DOORSTEP_LEDGER": str(self.folder / "ledger"),
            "DOORSTEP_SEALING_KEY_FILE": str(self.folder / "sealing-key.pem"),
        }

    def doorstep(self, *words: str) -> Result:
        """Run the program."""
        return CliRunner(env=self.places).invoke(main, words)

    def open_school(self, slug: str = SCHOOL) -> None:
        """Add a school, whose first events are that its tables were made and that it adopted its settings."""
        with Store.open(self.urls, EVENTS) as store:
            bus = Bus(store, clauses())
            asyncio.run(open_school(bus, self.urls, slug, "Norbury High", load_policy("norbury"), datetime.now(UTC)))

    def seal(self) -> None:
        """Seal all that there is."""
        database = LedgerDatabase(self.urls.sealer)
        try:
            source = PostgresSource(database, SCHOOL)
            releases = PostgresReleases(database, SCHOOL, int(source.origin.rpartition("/")[2]))
            ledgers = Ledgers(self.folder / "ledger", read_key(self.folder / "sealing-key.pem"))
            sealer = ledgers.sealer(source, releases, lambda: datetime.now(UTC))
            while sealer.seal():
                pass
            sealer.close()
        finally:
            database.close()

    def part(self, ending: str) -> Path:
        """The one backup's part."""
        (found,) = (self.folder / "backups").glob(f"*-{ending}")
        return found

    def events(self) -> list[object]:
        """The school's own events."""
        with Store.open(self.urls, EVENTS) as store:
            check_log(store.log(SCHOOL))
            return [one.event for one in store.log(SCHOOL).read(school_stream(SCHOOL))]


def present_epoch(machine: Machine) -> Path:
    """The ledger of the school's present epoch."""
    found = newest(machine.folder / "ledger", SCHOOL)
    assert found is not None
    return found
