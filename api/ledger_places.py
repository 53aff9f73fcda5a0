"""Where the proof is kept, outside PostgreSQL: the ledgers, the key that signs their checkpoints, what leaves the house."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from eventlog.ledger.ledger import Ledger, NoLedger
from eventlog.ledger.ledgers import newest
from eventlog.ledger.postgres import LedgerDatabase, PostgresSource
from eventlog.ledger.signing import make_key, read_key
from eventlog.school_roles import as_school
from eventlog.settings import DatabaseUrls
from reactors.sealing import Sealing


class LedgerPlaces(NamedTuple):
    """`DOORSTEP_LEDGER`, `DOORSTEP_SEALING_KEY_FILE` and `DOORSTEP_EVIDENCE`, or their places in the var folder."""

    ledgers: Path
    """The folder of all schools' ledgers. Nothing in it is secret; losing it loses the proof."""
    key_file: Path
    """The signing key, which only the sealer may read."""
    evidence: Path
    """Checkpoints that are to leave the house, one a day of each school: a technical mailbox takes them from here."""

    def ledger(self, school: str) -> Ledger:
        """A school's ledger, to read. Raises NoLedger, Refused."""
        folder = newest(self.ledgers, school)
        if folder is None:
            message = (
                f"{school} has no ledger in {self.ledgers}: it was never sealed, or the folder is another one"
                " (DOORSTEP_LEDGER). The sealer makes it: doorstep seal."
            )
            raise NoLedger(message)
        return Ledger.read(folder)


def ledger_places(var: Path) -> LedgerPlaces:
    """As the settings say, else in the var folder."""
    ledgers = os.environ.get("DOORSTEP_LEDGER")
    key_file = os.environ.get("DOORSTEP_SEALING_KEY_FILE")
    evidence = os.environ.get("DOORSTEP_EVIDENCE")
    return LedgerPlaces(
        Path(ledgers) if ledgers else var / "ledger",
        Path(key_file) if key_file else var / "sealing-key.pem",
        Path(evidence) if evidence else var / "evidence",
    )


@contextmanager
def source_of(urls: DatabaseUrls, school: str) -> Iterator[PostgresSource]:
    """A school's log as it lies: envelopes and what is encrypted, nothing in clear."""
    database = LedgerDatabase(as_school(urls.app, school))
    try:
        yield PostgresSource(database, school)
    finally:
        database.close()


@contextmanager
def sealed(sealing: Sealing) -> Iterator[None]:
    """Seal in a thread for as long as the block lasts."""
    sealing.start()
    try:
        yield
    finally:
        sealing.stop()


def signing_key(places: LedgerPlaces) -> Ed25519PrivateKey:
    """The demonstration's signing key, made at its first start. Raises KeyUnusable where it is gone and was in use."""
    if not places.key_file.exists() and not places.ledgers.exists():
        places.key_file.parent.mkdir(parents=True, exist_ok=True)
        return make_key(places.key_file)
    return read_key(places.key_file)


def now() -> datetime:
    """The instant, UTC-aware."""
    return datetime.now(UTC)
