"""Evidence that leaves the house: checkpoints in a folder, from where a technical mailbox takes them.

One a day, and one with each report that the governors are given, over the entry which says that it was made.

Whoever holds one of these files can show any later change of what it covers, whatever became of the school's machines.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from eventlog.durable import sync_folder, write_new
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.verifier import parse_origin


def leave_checkpoint(folder: Path, ledger: Ledger, on: date, keep: Callable[[int], None]) -> Path | None:
    """Write the ledger's checkpoint as the one of this day (UTC); None where there is one already, or nothing sealed.

    `keep` is told its size first, so that it is never pruned. A crash leaves the file whole, or a part of it under its
    temporary name.
    """
    return _leave(folder, ledger, on.isoformat(), keep)


def leave_with_report(folder: Path, ledger: Ledger, index: int, keep: Callable[[int], None]) -> Path | None:
    """Write the ledger's checkpoint as that of the governors' report whose making is the event of this index; as above.

    None also where the ledger does not cover that event yet.
    """
    return _leave(folder, ledger, f"report-{index}", keep) if ledger.checkpoint.size >= index else None


def _leave(folder: Path, ledger: Ledger, name: str, keep: Callable[[int], None]) -> Path | None:
    origin = parse_origin(ledger.checkpoint.origin)
    path = folder / f"{origin.school}-{origin.epoch}-{name}.checkpoint"
    if path.exists() or ledger.checkpoint.size == 0:
        return None
    keep(ledger.checkpoint.size)
    folder.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    write_new(temporary, ledger.note)
    temporary.rename(path)
    sync_folder(folder)
    return path
