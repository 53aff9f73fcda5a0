"""The ledgers that a school brings along: what was signed for it at its old home, and the empty one that goes on from there.

Its epochs keep their numbers and their origins, and so every checkpoint and receipt from there goes on verifying: nobody signs
under them any more, because the key for that stays where it was. What is stored from now on is signed under the next epoch, whose
origin names this installation.
"""

from itertools import islice
from pathlib import Path
from shutil import copyfile
from typing import IO, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from eventlog.durable import new_folder, sync_file, sync_folder
from eventlog.ledger.ledger import Ledger, NoLedger, create_ledger
from eventlog.ledger.ledgers import every_epoch
from eventlog.ledger.signing import LogSigner
from eventlog.ledger.tree import Growth
from eventlog.ledger.verifier import Refused, decode64, leaf_hash
from eventlog.whole.shapes import LOG, TREE, Described, ExportUnusable

_TOGETHER: Final = 5_000
_EPOCHS: Final = "epochs"


def origin_here(described: Described, installation: UUID) -> str:
    """Under which the log goes on: the next epoch, at this installation."""
    return f"{installation}/doorstep/{described.school}/{described.epoch + 1}"


def refuse_another(folder: Path, export: Path, described: Described, origin: str) -> bool:
    """Whether the ledgers lie in `folder` already, put there by an import that was cut short. Raises ExportUnusable else."""
    if not folder.exists():
        return False
    try:
        found = every_epoch(folder.parent, folder.name)
        now, last = found.get(described.epoch + 1), found.get(described.epoch)
        same = (
            max(found, default=0) == described.epoch + 1
            and now is not None
            and last is not None
            and (now.checkpoint.origin, now.checkpoint.size) == (origin, 0)
            and last.note == (export / LOG / "checkpoint").read_bytes()
        )
    except (NoLedger, Refused):
        same = False
    if not same:
        message = (
            f"There is a ledger of {described.school} in {folder} already, of another log: what was signed under this name"
            " stays that log's. Nothing was brought in."
        )
        raise ExportUnusable(message)
    return True


def bring_ledgers(folder: Path, export: Path, described: Described, origin: str, key: Ed25519PrivateKey) -> None:
    """Put all of them into `folder`, which appears when they are whole and on the disk.

    Raises ExportUnusable for an export that lacks something of them, FileExistsError, BlockingIOError, OSError.
    """
    with new_folder(folder) as making:
        for epoch in _earlier(export):
            _take(export / _EPOCHS / epoch, making / epoch, described)
        _last(export / LOG, making / str(described.epoch), described)
        create_ledger(making / str(described.epoch + 1), LogSigner(origin, key))
        for one in making.iterdir():
            sync_folder(one)
        # A kill before the folder has its name leaves a hidden one, which the next import of this school takes away.


def _earlier(export: Path) -> list[str]:
    folder = export / _EPOCHS
    return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []


def _take(epoch: Path, to: Path, described: Described) -> None:
    """An earlier epoch's, as it was: it must be of this school, and give the root that was signed."""
    to.mkdir()
    for name in ("log.vkey", "checkpoint", TREE):
        try:
            copyfile(epoch / name, to / name)
        except FileNotFoundError as error:
            message = (
                f"{epoch} lacks {name}: an earlier release wrote this export. Export the school again where it is, with"
                " this release."
            )
            raise ExportUnusable(message) from error
        with (to / name).open("r+b") as file:
            sync_file(file)
    _must_be_whole(to, described)


def _last(log: Path, to: Path, described: Described) -> None:
    """The last epoch's, whose tree is made again from the leaves."""
    to.mkdir()
    for name in ("log.vkey", "checkpoint"):
        copyfile(log / name, to / name)
    with (log / "leaves.b64").open("rb") as leaves, (to / TREE).open("xb") as file:
        growth = Growth(0, [])
        while some := list(islice(_hashes(leaves), _TOGETHER)):
            file.write(growth.add(some))
        sync_file(file)
    _must_be_whole(to, described)


def _hashes(leaves: IO[bytes]) -> "map[bytes]":
    return map(_hash, leaves)


def _hash(line: bytes) -> bytes:
    return leaf_hash(decode64(line.decode("ascii", errors="replace").removesuffix("\n"), "the leaf"))


def _must_be_whole(folder: Path, described: Described) -> None:
    found = Ledger.read(folder)  # Raises Refused unless the tree gives the root that was signed with this key.
    if not found.checkpoint.origin.endswith(f"/doorstep/{described.school}/{folder.name}"):
        message = (
            f"Epoch {folder.name} of the export is that of {found.checkpoint.origin}, and not of {described.school}."
        )
        raise ExportUnusable(message)
