"""A sealed log in memory, its ledger on the disk, and its export."""

from pathlib import Path

import pytest

from eventlog.ledger.ledger import Ledger
from eventlog.ledger.receipts import write_export
from tests.eventlog.ledger.examples import SIZE, Sealed, rows


@pytest.fixture
def sealed(tmp_path: Path) -> Sealed:
    """A sealed log of eleven events, with checkpoints of 4, 8 and 11."""
    made = Sealed(tmp_path / "ledgers", [])
    for size in (4, 8, SIZE):
        made.source.log[:] = rows(size)
        made.seal_all()
    return made


@pytest.fixture
def ledger(sealed: Sealed) -> Ledger:
    """Its ledger, open to read."""
    return Ledger.read(sealed.folder)


@pytest.fixture
def export(tmp_path: Path, sealed: Sealed, ledger: Ledger) -> Path:
    """The exported folder."""
    assert write_export(tmp_path / "export", ledger, sealed.source) == SIZE
    return tmp_path / "export"


@pytest.fixture
def growing(tmp_path: Path) -> Sealed:
    """A log of twelve events, sealed up to the ninth."""
    made = Sealed(tmp_path, rows(12)[:9])
    made.seal_all()
    made.source.log += rows(12)[9:]
    return made
