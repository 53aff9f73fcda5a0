"""A test restore: a backup into a database server of its own, made for it and thrown away, so that nothing is touched.

It uses the key file as it is, and copies of the second place and of the ledgers: what a restore would find.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from eventlog.backup.restoring import Places
from eventlog.embedded_postgres import embedded
from eventlog.ledger.ledgers import Ledgers
from eventlog.settings import DatabaseUrls


@contextmanager
def scratch(urls: DatabaseUrls, ledgers: Path, say: Callable[[str], None]) -> Iterator[tuple[DatabaseUrls, Places]]:
    """Empty databases on a server of their own, and copies of what lies beside the databases of `urls`.

    Raises EmbeddedPostgresError where no server can be started here.
    """
    with tempfile.TemporaryDirectory(prefix="doorstep-test-restore-") as name, ExitStack() as ending:
        folder = Path(name)
        # PostgreSQL may run as another user, who has to get in; what lies inside is closed to them.
        folder.chmod(0o711)
        keys, copied = folder / "data-keys", folder / "ledger"
        if Path(urls.key_copy).is_dir():
            shutil.copytree(urls.key_copy, keys)
        _copy_ledgers(ledgers, copied)
        with embedded(folder / "server", say) as server:
            # Where the server's user cannot get into the folder, its files lie elsewhere.
            ending.callback(shutil.rmtree, server.place.home, ignore_errors=True)
            # What is signed here is thrown away, and the key with it.
            places = Places(copied, lambda: Ledgers(copied, Ed25519PrivateKey.generate()))
            yield replace(server.urls, key_file=urls.key_file, key_copy=str(keys)), places


def _copy_ledgers(ledgers: Path, copied: Path) -> None:
    """Each file in the order in which a ledger is read: a sealer that goes on meanwhile makes the tree only longer."""
    for folder in sorted(ledgers.glob("*/[1-9]*")):
        made = copied / folder.parent.name / folder.name
        made.mkdir(parents=True)
        for name in ("log.vkey", "checkpoint", "tree"):
            shutil.copyfile(folder / name, made / name)
