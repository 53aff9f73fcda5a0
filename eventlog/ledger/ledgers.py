"""Where the ledgers of an installation's schools lie: one folder for each school, and in it one for each epoch."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from eventlog.ledger.ledger import Ledger, NoLedger, create_ledger, lock
from eventlog.ledger.sealer import LogSource, Releases, Sealer
from eventlog.ledger.signing import LogSigner
from eventlog.ledger.verifier import parse_origin


class Ledgers:
    """The ledgers of all schools under one folder, signed with one key."""

    def __init__(self, folder: Path, key: Ed25519PrivateKey) -> None:
        """Nothing is read yet; the folder is made with the first ledger."""
        self._folder = folder
        self._key = key

    def folder_of(self, school: str) -> Path | None:
        """The folder of a school's last epoch; None where the school was never sealed."""
        return newest(self._folder, school)

    def open_epoch(self, origin: str) -> Path:
        """Begin the ledger of a log's epoch: of a new school, or of one that was restored without all its events.

        Only ever on purpose: a sealer never goes on to another epoch because the database says so.
        Raises FileExistsError.
        """
        said = parse_origin(origin)
        folder = self._folder / said.school / str(said.epoch)
        create_ledger(folder, LogSigner(origin, self._key))
        return folder

    def sealer(self, source: LogSource, releases: Releases, clock: Callable[[], datetime]) -> Sealer:
        """A sealer for a school's log, not yet opened; a school that was never sealed gets its ledger.

        Raises NoLedger where checkpoints were released and the ledger that they came from is gone, LedgerInUse.
        """
        said = parse_origin(source.origin)
        folder = self.folder_of(said.school)
        if folder is None:
            if said.epoch > 1 or releases.last() is not None:
                message = (
                    f"The log of {said.school} was sealed before, but there is no ledger of it in {self._folder}. Put it"
                    " back from its copy: sealing is not begun anew."
                )
                raise NoLedger(message)
            folder = self.open_epoch(source.origin)
        ledger = Ledger.write(folder)
        return Sealer(source, ledger, releases, LogSigner(ledger.checkpoint.origin, self._key), clock)


def newest(folder: Path, school: str) -> Path | None:
    """The folder of a school's last epoch among ledgers; None where there is none."""
    found = _folders(folder, school)
    return found[max(found)] if found else None


def refuse_in_use(folder: Path) -> None:
    """Raise LedgerInUse where another sealer has a school's ledger open at this moment."""
    for school in sorted(folder.glob("*/")):
        if (last := newest(folder, school.name)) is not None and (last / "log.vkey").is_file():
            with lock(last):
                pass


def every_epoch(folder: Path, school: str) -> dict[int, Ledger]:
    """A school's ledgers, to read, by epoch. Raises Refused for one that is not whole, NoLedger."""
    return {epoch: Ledger.read(path) for epoch, path in sorted(_folders(folder, school).items())}


def _folders(folder: Path, school: str) -> dict[int, Path]:
    return {int(path.name): path for path in (folder / school).glob("[1-9]*") if path.name.isdecimal()}
