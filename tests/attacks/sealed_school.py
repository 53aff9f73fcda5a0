"""A real, sealed log that is to be attacked, what outsiders hold of it, and who notices.

Fifteen events. The last of them that somebody outside holds a checkpoint of is 8 (a mailbox, and a witness that cosigned
it); a parent holds the receipt of event 10, made when 12 events were sealed; 13 to 15 are not sealed yet.
"""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg
from psycopg.sql import SQL, Identifier

from eventlog.integrity import clock_steps
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.ledgers import Ledgers, newest
from eventlog.ledger.online import released_evidence, verify_database
from eventlog.ledger.postgres import LedgerDatabase, PostgresReleases, PostgresSource
from eventlog.ledger.receipts import receipt, write_receipt
from eventlog.ledger.sealer import Sealer
from eventlog.ledger.signing import LogSigner
from eventlog.ledger.verifier import Checkpoint, Refused, parse_origin, read_evidence
from eventlog.ledger.witness import Witness, witness_request
from eventlog.migrate import valid_slug
from eventlog.migrating import connected
from eventlog.school_roles import as_school
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.eventlog.examples import knock
from tests.eventlog.ledger.examples import example_key, witness_signer
from tests.tampering import past_the_triggers

OUTSIDE, RECEIPT, SEALED, ALL = 8, 10, 12, 15
KEY: Final = example_key("the school's own signing key")


def now() -> datetime:
    """The instant."""
    return datetime.now(UTC)


class SealedSchool:
    """See the module. `close` it."""

    def __init__(self, urls: DatabaseUrls, superuser_url: str, store: Store, slug: str, folder: Path) -> None:
        """Fill the log and seal it, twice."""
        self.urls, self.slug, self.store, self._superuser_url = urls, slug, store, superuser_url
        self._outside, self.ledgers = folder / "outside", folder / "ledgers"
        self._outside.mkdir()
        self._as_sealer, self._as_app = LedgerDatabase(urls.sealer), LedgerDatabase(as_school(urls.app, slug))
        self._append(OUTSIDE)
        self.seal()
        (self._outside / "checkpoint").write_bytes(self.ledger().note)
        signer = witness_signer()
        self._witness = Witness(folder / "witness", signer, [self.ledger().key], now)
        self._witness.cosign(witness_request(self.ledger(), 0))
        self._append(SEALED - OUTSIDE)
        self.seal()
        row = next(iter(self.source().read(RECEIPT, 1)))
        write_receipt(self._outside / "event-10.tlog-proof", receipt(self.ledger(), row))
        self._append(ALL - SEALED)

    def close(self) -> None:
        """Let connections go."""
        self._as_sealer.close()
        self._as_app.close()

    def source(self, *, sealer: bool = False) -> PostgresSource:
        """The log as it lies."""
        return PostgresSource(self._as_sealer if sealer else self._as_app, self.slug)

    def ledger(self) -> Ledger:
        """The sealer's, to read."""
        folder = newest(self.ledgers, self.slug)
        assert folder is not None
        return Ledger.read(folder)

    def _append(self, count: int) -> None:
        for _ in range(count):
            knock(self.store.log(self.slug))

    def _sealer(self) -> Sealer:
        source = self.source(sealer=True)
        releases = PostgresReleases(self._as_sealer, self.slug, parse_origin(source.origin).epoch)
        return Ledgers(self.ledgers, KEY).sealer(source, releases, now)

    def seal(self) -> None:
        """As the sealer's process does: seal what is new, and go through what is old. Raises Refused."""
        sealer = self._sealer()
        try:
            sealer.open()
            while sealer.seal():
                pass
            sealer.recheck(1_000)
        finally:
            sealer.close()

    # What an attacker does

    def sql(self, *statements: str) -> None:
        """As the database's superuser, leaving the catalogue as it was."""
        past_the_triggers(self.urls, self.slug, *statements, superuser_url=self._superuser_url)

    def as_superuser(self, statement: str) -> None:
        """As the database's superuser, leaving the catalogue as the statement leaves it."""
        with psycopg.connect(self._superuser_url) as connection:
            connection.execute(SQL("SET search_path TO {}").format(Identifier(f"school_{self.slug}")))
            connection.execute(statement.encode())

    def sign(self, checkpoint: Checkpoint, *, own_key: str = "") -> bytes:
        """A note signed with the school's key, or with a key of the attacker's own."""
        return LogSigner(checkpoint.origin, example_key(own_key) if own_key else KEY).sign(checkpoint)

    def take_over(self, key_name: str = "") -> None:
        """Whoever has the signing key and the sealer's machine as well seals the log anew, as it lies now."""
        self.sql("DELETE FROM checkpoint", "DELETE FROM sealing_incident")
        shutil.rmtree(self.ledgers)
        key = example_key(key_name) if key_name else KEY
        ledgers = Ledgers(self.ledgers, key)
        ledgers.open_epoch(self.source().origin)
        source = self.source(sealer=True)
        releases = PostgresReleases(self._as_sealer, self.slug, parse_origin(source.origin).epoch)
        sealer = ledgers.sealer(source, releases, now)
        sealer.open()
        while sealer.seal():
            pass
        sealer.close()

    # Who notices

    def noticed_by(self) -> set[str]:
        """Everybody who does."""
        catchers: dict[str, Callable[[], object]] = {
            "the sealer": self.seal,
            "log verify": self._verify,
            "the checkpoint outside": lambda: self._verify(self._outside / "checkpoint"),
            "the receipt outside": lambda: self._verify(self._outside / "event-10.tlog-proof"),
            "the witness": self._ask_the_witness,
        }
        found = {name for name, look in catchers.items() if _refuses(look)}
        if "log verify" in found:
            # Whatever is given to it as evidence says the same: what the ledger alone finds is not counted twice.
            found -= {"the checkpoint outside", "the receipt outside"}
        for alarm in self.store.alarms(self.slug):
            found.add({"storage": "the manifest", "columns": "the columns", "sealer": "the sealer"}[alarm.kind])
        with connected(as_school(self.urls.app, self.slug)) as connection:
            if clock_steps(connection, valid_slug(self.slug)):
                found.add("the clock")
        return found

    def _verify(self, *evidence: Path) -> None:
        ledger = self.ledger()
        kept = [read_evidence(path, [ledger.key]) for path in evidence]
        found = [*released_evidence(self.source().released(), ledger.key), *kept]
        verify_database(self.source(), ledger, found)

    def _ask_the_witness(self) -> None:
        ledger = self.ledger()
        seen = min(OUTSIDE, ledger.checkpoint.size)
        self._witness.cosign(witness_request(ledger, seen))


def _refuses(look: Callable[[], object]) -> bool:
    try:
        look()
    except Refused:
        return True
    return False
