"""Fresh, empty databases for tests: on the embedded server, or on the one that DOORSTEP_DATABASE_URL points to."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol
from uuid import uuid4

from psycopg import Connection, connect, sql
from psycopg.conninfo import make_conninfo
from psycopg.errors import InsufficientPrivilege

from eventlog.embedded_postgres import EmbeddedPostgres, embedded
from eventlog.postgres_server import make_databases
from eventlog.settings import PREFIXES, DatabaseUrls, from_environ, key_database

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of a random name is made in it, as in any temporary folder
"""Where Linux keeps files in memory."""
ENOUGH_MEMORY: Final = 4 * 1024**3
"""Free bytes from which the tests' servers lie in memory; two of them take up to one such fourth each."""


class Databases(Protocol):
    """A server that makes databases and removes them."""

    def create_database(self, name: str) -> DatabaseUrls:
        """Make an empty database and say how each role reaches it."""
        ...

    def drop_database(self, name: str) -> None:
        """Remove a database with all in it."""
        ...


def settings_of(urls: DatabaseUrls) -> dict[str, str]:
    """The environment variables that lead another process to this database."""
    roles = {f"{prefix}_URL": getattr(urls, role) for role, prefix in PREFIXES.items()}
    return {**roles, "DOORSTEP_KEY_FILE": urls.key_file, "DOORSTEP_KEY_COPY": urls.key_copy}


class ExternalDatabases:
    """Databases on an existing server, where doorstep_migrate may create them (CREATEDB)."""

    def __init__(self, urls: DatabaseUrls) -> None:
        """Keep how to reach the server."""
        self._urls = urls

    def create_database(self, name: str) -> DatabaseUrls:
        """Make an empty database and say how each role reaches it."""
        urls = self._urls.for_database(name)
        try:
            make_databases(self._url, name)
        except InsufficientPrivilege as error:
            message = "The tests make databases of their own: ALTER ROLE doorstep_migrate CREATEDB on that server."
            raise AssertionError(message) from error
        return urls

    def drop_database(self, name: str) -> None:
        """Remove a database; the tests have closed their connections to it."""
        with connect(make_conninfo(self._urls.migrate), autocommit=True) as connection:
            for one in (name, key_database(name)):
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(one)))

    def copy_database(self, original: str, name: str) -> DatabaseUrls:
        """Copy a database and the one for its keys; doorstep_migrate owns both."""
        with connect(make_conninfo(self._urls.migrate), autocommit=True) as connection:
            _copy(connection, original, name)
        # Says anew who may enter, which does not come along with a copy, and keeps what is there.
        return self.create_database(name)

    def _url(self, name: str) -> str:
        """The migrating role at a database of the server; the one to start from is whichever is set."""
        return self._urls.migrate if name == "postgres" else make_conninfo(self._urls.migrate, dbname=name)


@contextmanager
def server_for_tests(*, in_memory: bool = False) -> Iterator[Databases]:
    """The server that this run of the tests uses; an embedded one is gone afterwards, with its files.

    `in_memory` spares the disk where the machine has memory to spare. Not for measurements.
    """
    with tempfile.TemporaryDirectory(prefix="doorstep-test-keys-") as keys:
        # The tests' own key files: never those of an installation that the settings may name.
        urls = from_environ({**os.environ, "DOORSTEP_KEY_FILE": f"{keys}/key-file", "DOORSTEP_KEY_COPY": ""})
        if urls:
            yield ExternalDatabases(urls)
            return
    with folder_for_a_server(in_memory=in_memory) as var, embedded(var, print) as server:
        yield server


_FOR_THE_DISK = ("fsync", "full_page_writes")


def spare_the_disk(server: Databases) -> None:
    """Let an embedded server of the tests wait for no disk: nobody cuts its power, and its files go with the run.

    A kill loses nothing by it. Nor does it tidy, for nothing grows. Not for measurements, nor for a server of others.
    """
    if isinstance(server, EmbeddedPostgres):
        for setting in (*_FOR_THE_DISK, "autovacuum"):
            server_setting(server, setting, "off")


@contextmanager
def waiting_for_the_disk(server: Databases) -> Iterator[None]:
    """The server as a school runs it, for a test that is told where it is not."""
    if not isinstance(server, EmbeddedPostgres):
        yield
        return
    for setting in _FOR_THE_DISK:
        server_setting(server, setting, "on")
    try:
        yield
    finally:
        spare_the_disk(server)


def server_setting(server: EmbeddedPostgres, name: str, value: str) -> None:
    """Change how the whole server runs, as its superuser; it holds for everybody when this returns."""
    with connect(server.superuser_url, autocommit=True) as connection:
        set_it = sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.SQL(value))
        connection.execute(set_it)
        connection.execute("SELECT pg_reload_conf()")
        for _ in range(500):
            if connection.execute("SELECT current_setting(%s)", (name,)).fetchone() == (value,):
                return
            time.sleep(0.02)
    message = f"the server does not take {name} = {value}"
    raise AssertionError(message)


@contextmanager
def folder_for_a_server(*, in_memory: bool = False) -> Iterator[Path]:
    """A folder for an embedded server. Not pytest's own: root's is closed to the user that PostgreSQL runs as."""
    parent = MEMORY if in_memory and _has_memory_to_spare() else None
    var = Path(tempfile.mkdtemp(prefix="doorstep-test-", dir=parent))
    var.chmod(0o755)
    try:
        yield var
    finally:
        marker = var / "where-the-database-is.txt"
        if marker.exists():
            shutil.rmtree(marker.read_text(encoding="utf-8").strip(), ignore_errors=True)
        shutil.rmtree(var)


def _has_memory_to_spare() -> bool:
    """Whether files may lie in memory here (Linux; in a container the place is often as good as closed)."""
    try:
        available = next(line for line in Path("/proc/meminfo").read_text().splitlines() if "MemAvailable" in line)
        free = min(shutil.disk_usage(MEMORY).free, int(available.split()[1]) * 1024)
    except (OSError, StopIteration):
        return False
    return os.access(MEMORY, os.W_OK | os.X_OK) and free > ENOUGH_MEMORY


def copy_database(server: Databases, original: str, name: str) -> DatabaseUrls:
    """Copy a database and the one for its keys, to which nobody is connected; not the key file."""
    if isinstance(server, ExternalDatabases):
        return server.copy_database(original, name)
    assert isinstance(server, EmbeddedPostgres)
    with connect(server.superuser_url, autocommit=True) as connection:
        _copy(connection, original, name)
        # Who may enter a database does not come along with its copy.
        for one, its_copy in ((original, name), (key_database(original), key_database(name))):
            connection.execute(
                "UPDATE pg_database SET datacl = (SELECT datacl FROM pg_database WHERE datname = %s) WHERE datname = %s",
                (one, its_copy),
            )
    return server.urls.for_database(name)


def _copy(connection: Connection, original: str, name: str) -> None:
    query = sql.SQL("CREATE DATABASE {} OWNER doorstep_migrate TEMPLATE {} STRATEGY FILE_COPY")
    for one, its_copy in ((original, name), (key_database(original), key_database(name))):
        connection.execute(query.format(sql.Identifier(its_copy), sql.Identifier(one)))


@contextmanager
def fresh_database(server: Databases) -> Iterator[DatabaseUrls]:
    """An empty database for as long as the block lasts."""
    name = f"test_{uuid4().hex}"
    try:
        yield server.create_database(name)
    finally:
        server.drop_database(name)
