"""Sealing over PostgreSQL: whatever is committed is sealed soon, by a role that can do nothing else."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from domain.envelope import Acting
from domain.ids import EventId, StaffId, Stream
from domain.roles import Role
from eventlog.ledger.leaving import leave_checkpoint
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.online import released_evidence, verify_database
from eventlog.ledger.postgres import LedgerDatabase, PostgresReleases, PostgresSource, checkpoint_over
from eventlog.ledger.receipts import write_export, write_visit_receipt
from eventlog.ledger.sealer import Row
from eventlog.ledger.signing import make_key
from eventlog.ledger.verifier import Refused, check_export, check_visit, parse_envelope, read_evidence
from eventlog.log import PostgresLog
from eventlog.school_roles import as_school
from eventlog.seam import NewEvent, Write
from eventlog.settings import DatabaseUrls
from reactors.sealing import Sealing
from tests.eventlog.examples import NOON, Knocked, a_command, a_knock, a_trip, a_visit, store
from tests.eventlog.ledger.examples import example_key, naive_root

HERE = Path(__file__).parent


class School:
    """A school's real log, what readers hold of its ledger, and what an attacker can do to it."""

    def __init__(self, urls: DatabaseUrls, slug: str, log: PostgresLog) -> None:
        """Connect as the tables' owner."""
        self.urls = urls
        self.slug = slug
        self.log = log
        self.schema = f"school_{slug}"
        self.owner = psycopg.connect(urls.migrate, autocommit=True)
        self.owner.execute("SET ROLE doorstep_owner")
        self.owner.execute("SELECT set_config('search_path', %s, false)", (self.schema,))
        self.app = LedgerDatabase(as_school(urls.app, slug))
        self.sealer = LedgerDatabase(urls.sealer)

    def append(self, count: int, stream: Stream | None = None) -> None:
        """Commit so many events in one append."""
        store(self.log, Write(stream or a_visit(), None, tuple(a_knock() for _ in range(count))))

    def rows(self) -> list[Row]:
        """The whole log."""
        return list(PostgresSource(self.app, self.slug).read(1, 1_000_000))

    def released(self) -> list[bytes]:
        """The notes that readers have, by size."""
        found = self.owner.execute("SELECT note FROM checkpoint ORDER BY size").fetchall()
        return [row[0].encode() for row in found]

    def rewrite(self, index: int) -> None:
        """Change an event behind the triggers."""
        self.owner.execute("ALTER TABLE event DISABLE TRIGGER USER")
        self.owner.execute(
            "UPDATE event SET salt = '\\x00112233445566778899aabbccddeeff' WHERE notification_id = %s", (index,)
        )

    def close(self) -> None:
        """Let the connections go."""
        self.owner.close()
        self.app.close()
        self.sealer.close()


@pytest.fixture
def school(urls: DatabaseUrls, slug: str, log: PostgresLog) -> Iterator[School]:
    """A school without events."""
    made = School(urls, slug, log)
    yield made
    made.close()


@pytest.fixture
def sealing(school: School, tmp_path: Path) -> Iterator[Sealing]:
    """Seals in a thread until the test ends."""
    made = Sealing(school.urls.sealer, tmp_path / "ledgers", example_key("log"), now, tmp_path / "leaving")
    made.start()
    yield made
    made.stop()


def now() -> datetime:
    return datetime.now(UTC)


def soon(what: Callable[[], bool]) -> bool:
    """Whether it comes true within thirty seconds."""
    give_up_at = time.monotonic() + 30
    while not what():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.01)
    return True


def sealed_to(sealing: Sealing, school: School, size: int) -> bool:
    """Whether the school is sealed up to there, soon."""
    return soon(lambda: school.slug in sealing.statuses() and sealing.statuses()[school.slug].size == size)


def ledger_of(school: School, tmp_path: Path) -> Ledger:
    return Ledger.read(tmp_path / "ledgers" / school.slug / "1")


def test_rows_are_read_in_pieces_and_as_they_lie_in_the_log(school: School) -> None:
    as_sealer, as_app = PostgresSource(school.sealer, school.slug), PostgresSource(school.app, school.slug)
    assert (as_sealer.head(), list(as_sealer.read(1, 10))) == (0, [])
    assert as_sealer.origin.endswith(f"/doorstep/{school.slug}/1")
    stream = a_visit()
    school.append(3)
    school.append(1_203, stream)
    rows = school.rows()
    assert [row[0] for row in rows] == list(range(1, 1_207))
    assert list(as_sealer.read(1, 10_000)) == rows
    assert list(as_sealer.read(7, 3)) == rows[6:9]
    assert list(as_sealer.read(2, 1_100)) == rows[1:1_101]
    assert list(as_sealer.read(1_207, 3)) == []
    assert as_app.streams([(stream.kind, str(stream.id))]) == rows[3:]
    assert as_app.streams([("trip", str(stream.id))]) == []
    assert as_app.event(parse_envelope(rows[4][3])["event_id"]) == rows[4]
    assert as_app.event(str(uuid4())) is None
    [recorded] = school.log.read_log(5, 1)
    assert rows[4][1] == round(recorded.envelope.recorded_at.timestamp() * 1_000_000)


def test_every_field_that_an_envelope_may_have_is_canonical(school: School) -> None:
    event, staff = EventId(uuid4()), StaffId(uuid4())
    acting = Acting(
        actor=staff,
        role=Role.SAFEGUARDING_TEAM,
        said_by=staff,
        deputising_for=staff,
        command_id=a_command(),
        occurred_at=NOON,
        device_at=NOON.replace(microsecond=0),
        correlation_id=event,
        causation_id=event,
    )
    whole = NewEvent(EventId(uuid4()), Knocked(note="all of it"), acting, policy_version=7, corrects=event)
    store(school.log, Write(a_visit(), 0, (whole,)))
    fields = parse_envelope(school.rows()[0][3])
    assert len(fields) == 18
    assert fields["school"] == school.slug
    assert (fields["occurred_at"], fields["device_at"]) == ("2026-03-02T12:00:00.123456Z", "2026-03-02T12:00:00Z")
    assert fields["corrects"] == str(event)


def test_what_is_visible_before_it_is_on_the_disk_is_waited_for(school: School) -> None:
    source = PostgresSource(school.sealer, school.slug)
    with school.owner.transaction():
        school.owner.execute("SET LOCAL synchronous_commit = off")
        school.owner.execute("CREATE TABLE something AS SELECT generate_series(1, 1000)")
    source.settle()
    flushed = school.owner.execute("SELECT pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn()").fetchone()
    assert flushed == (True,)


def test_a_checkpoint_is_released_once_and_never_another_of_its_size(school: School) -> None:
    releases = PostgresReleases(school.sealer, school.slug, 1)
    assert releases.last() is None
    releases.release(3, b"one")
    releases.release(3, b"one")
    releases.release(12, b"later")
    with pytest.raises(Refused, match="another checkpoint of 3 events"):
        releases.release(3, b"other")
    assert releases.last() == b"later"
    over = [checkpoint_over(school.app.connection(), school.slug, index) for index in (1, 3, 4, 12, 13)]
    assert over == [b"one", b"one", b"later", b"later", None]
    assert school.released() == [b"one", b"later"]


FORBIDDEN = (
    "INSERT INTO {s}.event SELECT * FROM {s}.event",
    "UPDATE {s}.head SET last_index = 0",
    "DELETE FROM {s}.checkpoint",
    "UPDATE {s}.checkpoint SET note = 'x'",
    "DELETE FROM {s}.checkpoint_left",
    "TRUNCATE {s}.checkpoint",
    "INSERT INTO {s}.checkpoint (epoch, size, note, released_at) VALUES (1, 1, 'x', now())",
    "INSERT INTO {s}.epoch (epoch, old_checkpoint) VALUES (2, 'x')",
    "DELETE FROM {s}.sealing_incident",
    "CREATE TABLE {s}.mine (a int)",
)


def test_the_sealers_role_adds_checkpoints_and_can_do_nothing_else(school: School) -> None:
    PostgresReleases(school.sealer, school.slug, 1).release(3, b"one")
    for statement in FORBIDDEN:
        text = sql.SQL(statement).format(s=sql.Identifier(school.schema))
        with pytest.raises(InsufficientPrivilege):
            school.sealer.connection().execute(text)
    # Nor does anybody change what was released, not even its owner.
    for statement in ("UPDATE checkpoint SET note = 'x'", "DELETE FROM checkpoint", "TRUNCATE checkpoint CASCADE"):
        with pytest.raises(InsufficientPrivilege):
            school.owner.execute(statement)
    assert school.released() == [b"one"]


def test_a_school_is_sealed_in_a_thread_as_it_is_appended_to(school: School, sealing: Sealing, tmp_path: Path) -> None:
    for number in range(1, 6):
        school.append(7)
        assert sealed_to(sealing, school, 7 * number)
    assert sealing.statuses()[school.slug].refused is None
    assert soon(lambda: sealing.statuses()[school.slug].rechecked == 35)
    assert school.slug not in sealing.ailing()
    sealing.stop()
    ledger = ledger_of(school, tmp_path)
    assert ledger.checkpoint.root == naive_root(school.rows())
    evidence = released_evidence(school.released(), ledger.key)
    assert len(evidence) == 5
    verify_database(PostgresSource(school.app, school.slug), ledger, evidence)


def test_a_log_that_was_rewritten_is_refused_and_the_status_says_why(
    school: School, sealing: Sealing, tmp_path: Path
) -> None:
    school.append(20)
    assert sealed_to(sealing, school, 20)
    school.rewrite(9)
    assert soon(lambda: sealing.statuses()[school.slug].refused is not None)
    school.append(5)
    assert soon(lambda: PostgresSource(school.app, school.slug).head() == 25)
    refused = sealing.statuses()[school.slug].refused
    assert refused is not None
    assert refused.reason == "event 9 was changed after it was sealed"
    sealing.stop()
    told = school.owner.execute("SELECT reason, at_index FROM sealing_incident").fetchall()
    assert told == [("event 9 was changed after it was sealed", 9)]
    ledger = ledger_of(school, tmp_path)
    assert len(ledger.incidents()) == 1
    assert max(one.checkpoint.size for one in released_evidence(school.released(), ledger.key)) == 20
    with pytest.raises(Refused, match="event 9 was changed"):
        verify_database(PostgresSource(school.app, school.slug), ledger)


def test_a_lost_connection_is_made_again(school: School, sealing: Sealing) -> None:
    school.append(10)
    assert sealed_to(sealing, school, 10)
    with psycopg.connect(school.urls.sealer, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = current_user AND pid <> pg_backend_pid() AND datname = current_database()"
        )
    school.append(10)
    assert sealed_to(sealing, school, 20)
    assert soon(lambda: not {"", school.slug} & sealing.ailing().keys())


def test_a_checkpoint_leaves_the_house_once_a_day(school: School, sealing: Sealing, tmp_path: Path) -> None:
    school.append(3)
    assert sealed_to(sealing, school, 3)
    left = tmp_path / "leaving"
    assert soon(lambda: left.exists() and bool(list(left.glob(f"{school.slug}-1-*.checkpoint"))))
    [path] = left.glob(f"{school.slug}-1-*.checkpoint")
    before = path.read_bytes()
    school.append(3)
    assert sealed_to(sealing, school, 6)
    sealing.stop()
    ledger, releases = ledger_of(school, tmp_path), PostgresReleases(school.sealer, school.slug, 1)
    assert leave_checkpoint(left, ledger, now().date(), releases.leaves) is None
    assert path.read_bytes() == before
    evidence = read_evidence(path, [ledger.key])
    verify_database(PostgresSource(school.app, school.slug), ledger, [evidence])
    tomorrow = leave_checkpoint(left, ledger, now().date() + timedelta(days=1), releases.leaves)
    assert tomorrow is not None
    assert read_evidence(tomorrow, [ledger.key]).checkpoint.size == 6


def test_a_visit_with_its_trip_and_the_whole_log_leave_the_house_and_hold(
    school: School, sealing: Sealing, tmp_path: Path
) -> None:
    visit, trip = a_visit(), a_trip()
    for stream in (visit, trip, a_visit(), visit, trip):
        school.append(2, stream)
    assert sealed_to(sealing, school, 10)
    sealing.stop()
    ledger, source = ledger_of(school, tmp_path), PostgresSource(school.app, school.slug)
    wanted = source.streams([(stream.kind, str(stream.id)) for stream in (visit, trip)])
    assert write_visit_receipt(tmp_path / "visit", ledger, wanted) == 8
    assert check_visit(tmp_path / "visit", [ledger.key]).checkpoint.size == 10
    assert write_export(tmp_path / "export", ledger, source) == 10
    assert check_export(tmp_path / "export", [ledger.key]).checkpoint.size == 10
    assert "blue door" not in (tmp_path / "export" / "events.jsonl").read_text(encoding="utf-8")


def test_killed_again_and_again_while_it_seals_the_sealer_goes_on(school: School, tmp_path: Path) -> None:
    key = tmp_path / "sealer.key"
    made = make_key(key)
    size = 0
    for number in range(4):
        arguments = [sys.executable, "-m", "tests.eventlog.ledger.sealing_program", str(tmp_path / "ledgers"), str(key)]
        process = subprocess.Popen(arguments, env={**os.environ, "SEALER": school.urls.sealer}, cwd=HERE.parents[2])
        try:
            before = len(school.released())
            while len(school.released()) < before + 2:
                school.append(3)
                size += 3
                assert process.poll() is None
            time.sleep(0.002 * number)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    sealing = Sealing(school.urls.sealer, tmp_path / "ledgers", made, now)
    sealing.start()
    try:
        assert sealed_to(sealing, school, size)
    finally:
        sealing.stop()
    ledger = ledger_of(school, tmp_path)
    assert ledger.checkpoint.root == naive_root(school.rows())
    verify_database(PostgresSource(school.app, school.slug), ledger, released_evidence(school.released(), ledger.key))
