"""The database and the program are killed by turns under four writers, and the sealer goes on beside them.

Five rounds here; `make torture` has fifty.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import pytest

from domain.ids import VisitId, visit_stream
from eventlog.embedded_postgres import EmbeddedPostgres, embedded
from eventlog.integrity import verify_storage
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.online import verify_database
from eventlog.ledger.postgres import LedgerDatabase, PostgresSource
from eventlog.log import PostgresLog
from eventlog.migrate import add_school, migrate
from eventlog.school_roles import as_school
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from reactors.sealing import Sealing
from tests.checks import check_log
from tests.databases import folder_for_a_server
from tests.eventlog.examples import EVENTS, Knocked
from tests.eventlog.ledger.examples import example_key
from tests.torture.program import command_id_of

ROUNDS: Final = int(os.environ.get("DOORSTEP_TORTURE_ROUNDS", "5"))
SCHOOL: Final = "elm_park"
WRITERS: Final = 4
PATIENCE: Final = 60.0
"""Seconds in which writing must go on after a kill: a busy machine's allowance, not the aim."""

pytestmark = [
    pytest.mark.timeout(60 + 60 * ROUNDS),
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds the database's process through /proc (Linux)"),
]


class Writers:
    """The program, started again after each kill, and all that it ever acknowledged."""

    def __init__(self, urls: DatabaseUrls) -> None:
        """Nothing is started yet."""
        self._urls = urls
        self.streams = [uuid4() for _ in range(WRITERS)]
        self.acknowledged: list[dict[int, int]] = [{} for _ in range(WRITERS)]
        """For each writer: the number of a note, and the index that its first event was said to have."""
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        """Each writer goes on after its last acknowledged note."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.program"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        last = [max(notes, default=0) for notes in self.acknowledged]
        writers = [(str(stream), number) for stream, number in zip(self.streams, last, strict=True)]
        order = {"urls": asdict(self._urls), "school": SCHOOL, "writers": writers}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        self._reader = threading.Thread(target=self._read, args=(self._process,))
        self._reader.start()

    def kill(self) -> None:
        """Kill it where it stands; what it had said before counts."""
        assert self._process is not None
        assert self._reader is not None
        self._process.kill()
        self._reader.join()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if not line.endswith("\n"):
                return  # The kill cut it off: it was not said.
            writer, number, index = map(int, line.split())
            assert number not in self.acknowledged[writer], "acknowledged once already"
            self.acknowledged[writer][number] = index

    def go_on(self) -> None:
        """Wait until every writer has had something acknowledged since now."""
        assert self._process is not None
        before = [len(notes) for notes in self.acknowledged]
        give_up_at = time.monotonic() + PATIENCE
        while any(len(notes) <= then for notes, then in zip(self.acknowledged, before, strict=True)):
            assert self._process.poll() is None, "the program ended by itself"
            assert time.monotonic() < give_up_at, "writing does not go on"
            time.sleep(0.01)


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    """A server of this test's own, with a school."""
    with folder_for_a_server() as folder, embedded(folder, lambda _: None) as found:
        migrate(found.urls, "demonstration")
        add_school(found.urls, SCHOOL, "Elm Park Primary", "norbury")
        yield found


@contextmanager
def sealed(urls: DatabaseUrls, folder: Path) -> Iterator[Sealing]:
    """The sealer, in a thread."""
    sealing = Sealing(urls.sealer, folder, example_key("torture"), lambda: datetime.now(UTC))
    sealing.start()
    try:
        yield sealing
    finally:
        sealing.stop()


def test_whatever_is_killed_nothing_acknowledged_is_lost_no_index_skipped_and_no_command_doubled(
    server: EmbeddedPostgres, tmp_path: Path
) -> None:
    chance = random.Random(ROUNDS)  # noqa: S311 - when, not what
    writers = Writers(server.urls)
    with sealed(server.urls, tmp_path) as sealing:
        writers.start()
        try:
            for number in range(ROUNDS):
                writers.go_on()
                time.sleep(chance.uniform(0, 0.2))
                if number % 2 == 0:
                    os.kill(server.pid, signal.SIGKILL)
                if number % 2 == 1 or number % 4 == 2:
                    # Every fourth time both: the program while the database is down or coming up.
                    writers.kill()
                    writers.start()
            writers.go_on()
        finally:
            writers.kill()
        with Store.open(server.urls, EVENTS) as store:
            log = store.log(SCHOOL)
            what_was_acknowledged_is_there_once(log, writers)
            wait_until_sealed(sealing, log.head())
    the_sealed_log_holds(server.urls, tmp_path)


def what_was_acknowledged_is_there_once(log: PostgresLog, writers: Writers) -> None:
    """Each writer's notes are there from the first to the last, in order, each by one command."""
    recorded = check_log(log)
    assert recorded
    for stream, acknowledged in zip(writers.streams, writers.acknowledged, strict=True):
        for number, index in acknowledged.items():
            stored = log.lookup(command_id_of(stream, number))
            assert stored is not None, "an acknowledged command is lost"
            assert stored.first_index == index
            assert [one.event for one in stored.recorded] == notes_of(number)
        written = [one.event for one in log.read(visit_stream(VisitId(UUID(str(stream)))))]
        last = max(acknowledged)
        expected = [note for number in range(1, last + 2) for note in notes_of(number)]
        # The kill may have cut off the answer to the one after the last acknowledged: it is there whole, or not at all.
        assert written in (expected, expected[: -len(notes_of(last + 1))])


def notes_of(number: int) -> list[Knocked]:
    """The events of a writer's note."""
    return [Knocked(note=f"{number}")] * (1 + number % 3)


def wait_until_sealed(sealing: Sealing, head: int) -> None:
    """The sealer, which was beside all this, has all of it and refused nothing."""
    give_up_at = time.monotonic() + PATIENCE
    while (status := sealing.statuses().get(SCHOOL)) is None or status.size < head:
        assert status is None or status.refused is None, status
        assert time.monotonic() < give_up_at, (status, sealing.ailing())
        time.sleep(0.05)


def the_sealed_log_holds(urls: DatabaseUrls, folder: Path) -> None:
    """Nothing that was ever sealed was taken back by a crash."""
    database = LedgerDatabase(as_school(urls.app, SCHOOL))
    try:
        verify_database(PostgresSource(database, SCHOOL), Ledger.read(folder / SCHOOL / "1"))
    finally:
        database.close()
    verify_storage(urls, SCHOOL)
