"""A test restore: a backup into a database server of its own, made for it and thrown away, so that nothing is touched.

It uses the key file as it is, and copies of the second place and of the ledgers: what a restore would find.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from eventlog.backup.errors import NotEmpty
from eventlog.backup.restoring import Places
from eventlog.embedded_postgres import embedded
from eventlog.ledger.ledgers import Ledgers
from eventlog.migrating import connected
from eventlog.settings import DatabaseUrls, key_database


@contextmanager
def scratch(
    urls: DatabaseUrls, ledgers: Path, say: Callable[[str], None], name: str | None = None
) -> Iterator[tuple[DatabaseUrls, Places]]:
    """Empty databases, and copies of what lies beside the databases of `urls`; at the end nothing is left of them.

    On a server that is made for it; with a `name` in two databases of one's own server, NAME and NAME_keys, which must
    be empty and are emptied afterwards. Raises EmbeddedPostgresError, NotEmpty, LogUnavailable.
    """
    with tempfile.TemporaryDirectory(prefix="doorstep-test-restore-") as made, ExitStack() as ending:
        folder = Path(made)
        # PostgreSQL may run as another user, who has to get in; what lies inside is closed to them.
        folder.chmod(0o711)
        keys, copied = folder / "data-keys", folder / "ledger"
        if Path(urls.key_copy).is_dir():
            shutil.copytree(urls.key_copy, keys)
        _copy_ledgers(ledgers, copied)
        elsewhere = ending.enter_context(_of_its_own(folder, say) if name is None else _emptied(urls, name))
        # What is signed here is thrown away, and the key with it.
        places = Places(copied, lambda: Ledgers(copied, Ed25519PrivateKey.generate()))
        yield replace(elsewhere, key_file=urls.key_file, key_copy=str(keys)), places


@contextmanager
def _of_its_own(folder: Path, say: Callable[[str], None]) -> Iterator[DatabaseUrls]:
    with ExitStack() as ending, embedded(folder / "server", say) as server:
        # Where the server's user cannot get into the folder, its files lie elsewhere.
        ending.callback(shutil.rmtree, server.place.home, ignore_errors=True)
        yield server.urls


@contextmanager
def _emptied(urls: DatabaseUrls, name: str) -> Iterator[DatabaseUrls]:
    elsewhere = urls.for_database(name)
    both = (elsewhere.migrate, elsewhere.keys_migrate)
    for conninfo in both:
        with connected(conninfo) as connection:
            if connection.execute(_SCHEMAS).fetchone() is not None:
                message = (
                    f"{name} or {key_database(name)} is not empty. Give two empty databases that are there for nothing else:"
                    " they are emptied again afterwards."
                )
                raise NotEmpty(message)
    # Only from here on: what is taken away below was put there in the block.
    try:
        yield elsewhere
    finally:
        for conninfo in both:
            with connected(conninfo) as connection:
                connection.execute("SET client_min_messages = warning")
                for (schema,) in connection.cursor(row_factory=tuple_row).execute(_SCHEMAS).fetchall():
                    connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schema)))


_SCHEMAS: Final = (
    "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname <> 'public' AND nspname <> 'information_schema'"
    " AND nspname NOT LIKE 'pg\\_%'"
)


def _copy_ledgers(ledgers: Path, copied: Path) -> None:
    """Each file in the order in which a ledger is read: a sealer that goes on meanwhile makes the tree only longer."""
    for folder in sorted(ledgers.glob("*/[1-9]*")):
        made = copied / folder.parent.name / folder.name
        made.mkdir(parents=True)
        for name in ("log.vkey", "checkpoint", "tree"):
            shutil.copyfile(folder / name, made / name)
