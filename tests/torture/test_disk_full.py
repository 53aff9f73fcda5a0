"""The disk under the database fills up: appends say so, nothing is torn, and all goes on once there is room."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest

from eventlog.embedded_postgres import EmbeddedPostgres, embedded
from eventlog.errors import LogUnavailable
from eventlog.integrity import verify_storage
from eventlog.log import PostgresLog
from eventlog.migrate import add_school, migrate
from eventlog.seam import Write
from eventlog.store import Store
from tests.checks import check_log
from tests.databases import folder_for_a_server
from tests.eventlog.examples import EVENTS, a_command, a_knock, a_visit, store

SIZE_MB: Final = 300
LEFT_MB: Final = 10
"""What the ballast leaves: room for a while of writing in tables, less than a segment of the server's own journal."""
NO_MOUNT: Final = "a small file system cannot be mounted here (run as root, or with CAP_SYS_ADMIN, to try it)"


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A folder that is a file system of its own. Where mounting is refused, the test is left out visibly."""
    with folder_for_a_server() as folder:
        options = f"size={SIZE_MB}m,mode=755"
        mounted = subprocess.run(
            ["/usr/bin/mount", "-t", "tmpfs", "-o", options, "doorstep-test", str(folder)],
            check=False,
            capture_output=True,
        )
        if mounted.returncode != 0:
            pytest.skip(NO_MOUNT)
        try:
            yield folder
        finally:
            subprocess.run(["/usr/bin/umount", str(folder)], check=True)


@pytest.fixture
def server(small_disk: Path) -> Iterator[EmbeddedPostgres]:
    """A server on it, with a school."""
    with embedded(small_disk, lambda _: None) as found:
        migrate(found.urls, "demonstration")
        add_school(found.urls, "elm_park", "Elm Park Primary", "norbury")
        yield found


def begin_a_segment(server: EmbeddedPostgres) -> None:
    """Have a whole segment of the server's journal ready: else the room may end there, and the server goes down."""
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        connection.execute("SELECT pg_switch_wal()")
        connection.execute("SELECT pg_logical_emit_message(false, 'doorstep', 'the next segment is there')")
        connection.execute("CHECKPOINT")


def fill(disk: Path) -> Path:
    """A file that takes all but a little of the room."""
    ballast = disk / "ballast"
    free = os.statvfs(disk)
    size = free.f_bavail * free.f_frsize - LEFT_MB * 1_048_576
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
    return ballast


def write_until_it_is_full(log: PostgresLog) -> LogUnavailable:
    """Half a megabyte an event, until one is not taken."""
    for _ in range(4 * LEFT_MB):
        try:
            store(log, Write(a_visit(), 0, (a_knock("x" * 500_000),)))
        except LogUnavailable as full:
            return full
    message = "the disk never filled up"
    raise AssertionError(message)


def test_on_a_full_disk_appends_say_so_nothing_is_torn_and_all_goes_on_once_there_is_room(
    small_disk: Path, server: EmbeddedPostgres
) -> None:
    with Store.open(server.urls, EVENTS) as opened:
        log = opened.log("elm_park")
        store(log, Write(a_visit(), 0, (a_knock("before"),)))
        begin_a_segment(server)
        ballast = fill(small_disk)
        refused = write_until_it_is_full(log)
        assert str(refused) == "The database's disk is full. Nothing was stored: make room, then send it again."
        again, visit = a_command(), a_visit()
        with pytest.raises(LogUnavailable):
            store(log, Write(visit, 0, (a_knock("x" * 900_000),)), command_id=again)

        ballast.unlink()
        after = store(log, Write(visit, 0, (a_knock("x" * 900_000),)), command_id=again)
        assert after.recorded
        stored = check_log(log)
        assert log.head() == len(stored) == after.last_index
        assert store(log, Write(visit, 0, (a_knock("x" * 900_000),)), command_id=again).duplicate
    assert verify_storage(server.urls, "elm_park") == ()
