"""A sealing process that a test kills: `python -m tests.eventlog.ledger.sealing_program LEDGERS KEY`."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from eventlog.ledger.signing import read_key
from reactors.sealing import Sealing

if __name__ == "__main__":
    ledgers, key = map(Path, sys.argv[1:])
    Sealing(os.environ["SEALER"], ledgers, read_key(key), lambda: datetime.now(UTC)).run()
