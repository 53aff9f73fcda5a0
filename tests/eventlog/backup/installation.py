"""An installation to back up: two schools with events, keys, claims and a ledger; and empty places to restore into."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from eventlog.backup.parts import Part
from eventlog.backup.restoring import Places, Restored, restore
from eventlog.backup.taking import Backup, back_up
from eventlog.ledger.ledgers import Ledgers
from eventlog.ledger.postgres import LedgerDatabase, PostgresReleases, PostgresSource
from eventlog.ledger.verifier import parse_origin
from eventlog.migrate import add_school, migrate
from eventlog.seam import Claims, Write
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.databases import Databases, fresh_database
from tests.eventlog.examples import EVENTS, a_knock, a_trip, a_visit, store
from tests.eventlog.ledger.examples import example_key

ELM, OAK = "elm_park", "oak_road"


class Installation:
    """Two schools; the folders beside the databases are those of `folder`."""

    def __init__(self, urls: DatabaseUrls, folder: Path) -> None:
        """Nothing is prepared yet."""
        self.urls = replace(urls, key_file=str(folder / "key-file"), key_copy=str(folder / "data-keys"))
        self.folder = folder
        self.ledger = folder / "ledger"

    @property
    def places(self) -> Places:
        """The ledgers and their key."""
        return Places(self.ledger, lambda: Ledgers(self.ledger, example_key("log")))

    def prepare(self) -> None:
        """Migrate, and add the schools."""
        migrate(self.urls, "demonstration")
        add_school(self.urls, ELM, "Elm Park Primary", "norbury")
        add_school(self.urls, OAK, "Oak Road Academy", "scargill")

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """The store."""
        with Store.open(self.urls, EVENTS) as opened:
            yield opened

    def write(self, school: str = ELM, visits: int = 5) -> None:
        """A trip that holds a claim, and a few visits of three events."""
        with self.opened() as opened:
            log = opened.log(school)
            trip = a_trip()
            store(log, Write(trip, 0, (a_knock(),)), claims=Claims(trip, take=frozenset({f"person {trip.id}"})))
            for _ in range(visits):
                visit = a_visit()
                store(log, Write(visit, 0, (a_knock("green door"), a_knock(), a_knock())))

    def seal(self) -> None:
        """Seal all that there is."""
        database = LedgerDatabase(self.urls.sealer)
        try:
            for school in database.schools():
                source = PostgresSource(database, school)
                releases = PostgresReleases(database, school, parse_origin(source.origin).epoch)
                sealer = self.places.ledgers().sealer(source, releases, lambda: datetime.now(UTC))
                try:
                    while sealer.seal():
                        pass
                finally:
                    sealer.close()
        finally:
            database.close()

    def back_up(self) -> Backup:
        """A backup beside the installation."""
        return back_up(self.urls, self.folder / "backups", self.ledger)

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table of the logs and keys, as text, but for when things were prepared."""
        return _rows(self.urls.migrate, ("doorstep", "school_elm_park", "school_oak_road")) | _rows(
            self.urls.keys_migrate, ("keys",)
        )

    def attack(self, statement: str, *values: object) -> None:
        """Change what lies in the log's database, past every trigger."""
        with psycopg.connect(self.urls.migrate, autocommit=True) as connection:
            connection.execute("SET ROLE doorstep_owner")
            connection.execute("ALTER TABLE school_elm_park.event DISABLE TRIGGER USER")
            connection.execute(statement.encode(), values)


def _rows(conninfo: str, schemas: tuple[str, ...]) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    with psycopg.connect(conninfo, row_factory=tuple_row) as connection:
        connection.execute("SET ROLE doorstep_owner")
        names = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY(%s)", (list(schemas),)
        ).fetchall()
        for schema, table in names:
            if (schema, table) == ("doorstep", "migration"):
                continue
            query = sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(schema, table))
            found[f"{schema}.{table}"] = sorted(connection.execute(query).fetchall())
    return found


def restored(
    from_: Backup,
    to: Installation,
    *,
    keys: bool = True,
    without_lost_keys: bool = False,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> Restored:
    """Restore a backup into an installation with empty databases."""
    part = Part(from_.keys, "keys") if keys else None
    return restore(to.urls, Part(from_.log, "log"), part, to.places, told, without_lost_keys=without_lost_keys)


@contextmanager
def another(server: Databases, folder: Path) -> Iterator[Installation]:
    """Empty databases, beside the folders of an installation that has lost its own."""
    with fresh_database(server) as urls:
        yield Installation(urls, folder)
