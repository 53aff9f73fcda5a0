"""Sealing over PostgreSQL: whatever is committed is sealed soon, by a role that can do nothing else."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from eventlog.ledger.ledger import Ledger
from eventlog.ledger.online import released_evidence, verify_database
from eventlog.ledger.postgres import PostgresReleases, PostgresSource, SealerDatabase
from eventlog.ledger.sealer import Row
from eventlog.ledger.signing import make_key
from eventlog.ledger.verifier import Refused
from eventlog.settings import DatabaseUrls
from reactors.sealing import Sealing
from tests.eventlog.ledger.examples import ORIGIN, SCHOOL, example_key, log_signer, naive_root, rows

HERE = Path(__file__).parent


class Log:
    """A school's log in a database, appended to as one that goes past every check."""

    def __init__(self, urls: DatabaseUrls) -> None:
        """Make the tables."""
        self.urls = urls
        self.connection = psycopg.connect(urls.migrate, autocommit=True)
        for name in ("log_tables.sql", "ledger.sql"):
            self.connection.execute((HERE / name).read_bytes())

    def append(self, log: list[Row], *, durably: bool = True) -> None:
        """Commit rows, and tell."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            if not durably:
                cursor.execute("SET LOCAL synchronous_commit = off")
            for index, recorded_at, salt, envelope, ciphertext in log:
                said = json.loads(envelope)
                cursor.execute(
                    "INSERT INTO event VALUES (%s, %s, %s, %s, %s, %s, %s,"
                    " timestamptz 'epoch' + %s * interval '1 microsecond', %s, %s, %s)",
                    (
                        *(said["stream"], said["kind"], said["version"], said["topic"], ciphertext, index),
                        *(said["event_id"], recorded_at, said["key_id"], salt, envelope),
                    ),
                )
            cursor.execute("UPDATE head SET last_index = %s", (log[-1][0],))
            cursor.execute("SELECT pg_notify('school_elm_park', %s)", (str(log[-1][0]),))

    def released(self) -> list[bytes]:
        """The notes that readers have, by size."""
        found = self.connection.execute("SELECT note FROM checkpoint ORDER BY size").fetchall()
        return [row[0].encode() for row in found]


@pytest.fixture
def log(database_urls: DatabaseUrls) -> Iterator[Log]:
    """An empty log."""
    made = Log(database_urls)
    with made.connection:
        yield made


@pytest.fixture
def database(log: Log) -> Iterator[SealerDatabase]:
    """The sealer's connection."""
    opened = SealerDatabase(log.urls.sealer)
    yield opened
    opened.close()


def size_of(sealing: Sealing) -> int:
    """Up to where the school is sealed."""
    return sealing.statuses()[SCHOOL].size if SCHOOL in sealing.statuses() else 0


def now() -> datetime:
    return datetime.now(UTC)


def soon(what: Callable[[], bool]) -> bool:
    """Whether it comes true within twenty seconds."""
    give_up_at = time.monotonic() + 20
    while not what():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.01)
    return True


def test_rows_are_read_as_they_were_appended(log: Log, database: SealerDatabase) -> None:
    source = PostgresSource(database, SCHOOL)
    assert (source.origin, source.head(), list(source.read(1, 10))) == (ORIGIN, 0, [])
    log.append(rows(30))
    assert list(source.read(1, 100)) == rows(30)
    assert list(source.read(7, 3)) == rows(30)[6:9]
    assert list(source.read(31, 3)) == []
    assert source.head() == 30
    assert source.event(json.loads(rows(30)[4][3])["event_id"]) == rows(30)[4]
    assert source.event(str(UUID(int=5))) is None
    stream = json.loads(rows(30)[4][3])["stream"]
    assert source.streams([("visit", stream)]) == [row for row in rows(30) if stream.encode() in row[3]]
    assert source.streams([("trip", stream)]) == []


def test_more_than_are_fetched_at_a_time_are_read_in_order(log: Log, database: SealerDatabase) -> None:
    log.append(rows(1_203))
    assert [row[0] for row in PostgresSource(database, SCHOOL).read(2, 1_100)] == list(range(2, 1_102))


def test_what_is_visible_before_it_is_on_the_disk_is_waited_for(log: Log, database: SealerDatabase) -> None:
    source = PostgresSource(database, SCHOOL)
    log.append(rows(3), durably=False)
    assert len(list(source.read(1, 10))) == 3
    source.settle()
    flushed = log.connection.execute("SELECT pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn()").fetchone()
    assert flushed == (True,)


def test_a_checkpoint_is_released_once_and_never_another_of_its_size(log: Log, database: SealerDatabase) -> None:
    releases = PostgresReleases(database, SCHOOL, 1)
    assert releases.last() is None
    releases.release(3, b"one")
    releases.release(3, b"one")
    releases.release(12, b"later")
    with pytest.raises(Refused, match="another checkpoint of 3 events"):
        releases.release(3, b"other")
    assert releases.last() == b"later"
    assert log.released() == [b"one", b"later"]


FORBIDDEN = (
    "INSERT INTO {s}.event SELECT * FROM {s}.event",
    "UPDATE {s}.head SET last_index = 0",
    "DELETE FROM {s}.checkpoint",
    "UPDATE {s}.checkpoint SET note = 'x'",
    "TRUNCATE {s}.checkpoint",
    "INSERT INTO {s}.checkpoint (epoch, size, note, released_at) VALUES (1, 1, 'x', now())",
    "INSERT INTO {s}.epoch (epoch, old_checkpoint) VALUES (2, 'x')",
    "DELETE FROM {s}.sealing_incident",
    "CREATE TABLE {s}.mine (a int)",
)


def test_the_sealers_role_adds_checkpoints_and_can_do_nothing_else(log: Log, database: SealerDatabase) -> None:
    PostgresReleases(database, SCHOOL, 1).release(3, b"one")
    for statement in FORBIDDEN:
        text = sql.SQL(statement).format(s=sql.Identifier("school_elm_park"))
        with pytest.raises(InsufficientPrivilege):
            database.connection().execute(text)
    # Nor does anybody change what was released, not even its owner.
    for statement in ("UPDATE checkpoint SET note = 'x'", "DELETE FROM checkpoint", "TRUNCATE checkpoint"):
        with pytest.raises(InsufficientPrivilege):
            log.connection.execute(statement)
    assert log.released() == [b"one"]


def test_a_school_is_sealed_in_a_thread_as_it_is_appended_to(
    log: Log, database: SealerDatabase, tmp_path: Path
) -> None:
    sealing = Sealing(log.urls.sealer, tmp_path / "ledgers", example_key("log"), now)
    log.append(rows(40)[:5])
    sealing.start()
    try:
        for begin in range(5, 40, 7):
            log.append(rows(40)[begin : begin + 7])
            assert soon(lambda size=begin + 7: size_of(sealing) == size)  # type: ignore[misc]
        assert sealing.statuses()[SCHOOL].refused is None
        assert soon(lambda: sealing.statuses()[SCHOOL].rechecked == 40)
        assert sealing.ailing() == {}
    finally:
        sealing.stop()
    ledger = Ledger.read(tmp_path / "ledgers" / SCHOOL / "1")
    assert ledger.checkpoint.root == naive_root(rows(40))
    evidence = released_evidence(log.released(), log_signer().vkey)
    assert len(evidence) >= 5
    verify_database(PostgresSource(database, SCHOOL), ledger, evidence)


def test_a_log_that_was_rewritten_is_refused_and_the_status_says_why(log: Log, tmp_path: Path) -> None:
    sealing = Sealing(log.urls.sealer, tmp_path / "ledgers", example_key("log"), now)
    log.append(rows(20))
    sealing.start()
    try:
        assert soon(lambda: size_of(sealing) == 20)
        log.connection.execute("UPDATE event SET state = 'x' WHERE notification_id = 9")
        assert soon(lambda: sealing.statuses()[SCHOOL].refused is not None)
        log.append(rows(25)[20:])
        refused = sealing.statuses()[SCHOOL].refused
        assert refused is not None
        assert refused.reason == "event 9 was changed after it was sealed"
    finally:
        sealing.stop()
    told = log.connection.execute("SELECT reason, at_index FROM sealing_incident").fetchall()
    assert told == [("event 9 was changed after it was sealed", 9)]
    assert len(Ledger.read(tmp_path / "ledgers" / SCHOOL / "1").incidents()) == 1
    assert max(one.checkpoint.size for one in released_evidence(log.released(), log_signer().vkey)) == 20


def test_a_lost_connection_is_made_again(log: Log, tmp_path: Path) -> None:
    sealing = Sealing(log.urls.sealer, tmp_path / "ledgers", example_key("log"), now)
    log.append(rows(20)[:10])
    sealing.start()
    try:
        assert soon(lambda: size_of(sealing) == 10)
        with psycopg.connect(log.urls.sealer, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name IN ('doorstep sealer', 'doorstep listen') AND datname = current_database()"
            )
        log.append(rows(20)[10:])
        assert soon(lambda: size_of(sealing) == 20)
        assert soon(lambda: sealing.ailing() == {})
    finally:
        sealing.stop()


def test_killed_again_and_again_while_it_seals_the_sealer_goes_on(log: Log, tmp_path: Path) -> None:
    key = tmp_path / "sealer.key"
    made = make_key(key)
    log.append(rows(20))
    size, sizes = 20, []
    for number in range(4):
        arguments = [sys.executable, "-m", "tests.eventlog.ledger.sealing_program", str(tmp_path / "ledgers"), str(key)]
        process = subprocess.Popen(arguments, env={**os.environ, "SEALER": log.urls.sealer}, cwd=HERE.parents[2])
        try:
            before = len(log.released())
            while len(log.released()) < before + 2:
                log.append([rows(size + 1)[-1]])
                size += 1
                assert process.poll() is None
            time.sleep(0.002 * number)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        sizes.append(size)
    sealing = Sealing(log.urls.sealer, tmp_path / "ledgers", made, now)
    sealing.start()
    try:
        assert soon(lambda: size_of(sealing) == size)
    finally:
        sealing.stop()
    ledger = Ledger.read(tmp_path / "ledgers" / SCHOOL / "1")
    assert ledger.checkpoint.root == naive_root(rows(size))
    released_evidence(log.released(), ledger.key)
