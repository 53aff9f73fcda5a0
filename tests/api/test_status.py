"""`doorstep status` in the words of a school's technician: each thing that can be wrong, and its twin that is well."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from psycopg.conninfo import conninfo_to_dict

from api import status
from api.health import Health
from api.status import Disk, Line
from domain.ids import SchoolSlug
from eventlog.backup.upkeep import Done
from eventlog.integrity import ClockStep, Sealed
from tests.api.machine import Machine

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WELL = Health(status="well", database=True, schools=1, behind=0, watch=True)


def done(ago: timedelta) -> Done:
    return Done(NOW - ago, "/mnt/backup/doorstep-20261121T031500Z-log", NOW - ago - HOUR)


def sealed(head: int = 10, up_to: int = 10, waiting: timedelta | None = None, refused: str | None = None) -> Sealed:
    return Sealed(SchoolSlug("elm_park"), head, up_to, None if waiting is None else NOW - waiting, refused)


def disk(free: float, total: float) -> Disk:
    return Disk(Path("/mnt"), "the backup", int(free * 1024**3), int(total * 1024**3))


LINES: dict[str, tuple[Line | None, bool, str]] = {
    "there was never a backup": (status.of_backup({}, NOW), False, "never been one. Make one: doorstep backup"),
    "the last backup is old": (status.of_backup({"backup": done(3 * DAY)}, NOW), False, "3 days ago, 19 November 2026, 09:30"),
    "the last backup is of this night": (status.of_backup({"backup": done(6 * HOUR)}, NOW), True, "6 hours ago"),
    "this was restored": (
        status.of_restore({"restore": done(3 * DAY)}, NOW), True,
        "came from a restore 3 days ago, 19 November 2026, 09:30, from the backup of 19 November 2026, 08:30: /mnt/backup/doorstep-20261121T031500Z-log.",
    ),
    "no backup was made since this was restored": (
        status.of_backup({"restore": done(DAY), "backup": done(2 * DAY)}, NOW), False, "none has been made since this log was restored",
    ),
    "a backup was made since this was restored": (
        status.of_backup({"restore": done(2 * DAY), "backup": done(DAY)}, NOW), True, "made 24 hours ago",
    ),
    "no backup was tried out": (status.of_test_restore({"backup": done(DAY)}, NOW), False, "doorstep restore --test --from /mnt/backup/doorstep-20261121T031500Z-log"),
    "a backup was tried out long ago": (status.of_test_restore({"test restore": done(200 * DAY)}, NOW), False, "200 days"),
    "a backup was tried out": (status.of_test_restore({"test restore": done(10 * DAY)}, NOW), True, "10 days ago"),
    "old keys are kept": (
        status.of_kept_keys({"backup": done(DAY)}, ["doorstep-20261031T031500Z-keys", "doorstep-20261121T031500Z-keys"], NOW),
        False, "1 keys folder is older than 14 days",
    ),
    "a disk is nearly full": (status.of_disk(disk(1.5, 20)), False, "1.5 GB of 20.0 GB are free"),
    "a large disk is nearly full": (status.of_disk(disk(30, 1000)), False, "Make room"),
    "a disk has room": (status.of_disk(disk(300, 1000)), True, "300.0 GB of 1,000.0 GB"),
    "keys disagree": (next(iter(status.of_keys(2, ["The key database lacks 3 data keys."]))), False, "lacks 3"),
    "keys are well": (next(iter(status.of_keys(2, []))), True, "opens the keys of all 2 schools"),
    "the sealer refuses": (status.of_sealer(sealed(refused="event 4 was changed"), NOW), False, "event 4 was changed"),
    "the sealer stands": (status.of_sealer(sealed(10, 7, 2 * HOUR), NOW), False, "3 of 10 events wait to be sealed, the first of them for 2 hours"),
    "the sealer is about to": (status.of_sealer(sealed(10, 9, timedelta(seconds=1)), NOW), True, "all but the last 1 of 10"),
    "all is sealed": (status.of_sealer(sealed(), NOW), True, "all of 10 events are sealed"),
    "tables are as made": (status.of_tables("elm_park", ()), True, "as this release made them"),
    "tables were changed": (
        status.of_tables("elm_park", ("missing: one", "too much: two")), False, "NOT as this release made them: missing: one (and 1 more)",
    ),
    "the clock never went back": (status.of_clock("elm_park", (), NOW), True, "never gone back"),
    "the clock went back lately": (
        status.of_clock("elm_park", (ClockStep(9, HOUR, NOW - DAY),), NOW), False, "once, the last time by 1 hour at least before event 9",
    ),
    "the clock went back long ago": (status.of_clock("elm_park", (ClockStep(9, DAY / 48000, NOW - 30 * DAY),), NOW), True, "by 1.8 seconds"),
    "a forged event was dated far back today": (
        status.of_clock("elm_park", (ClockStep(9, 320 * DAY, NOW - 320 * DAY),), NOW), False, "doorstep log verify --school elm_park",
    ),
    "and another after it": (
        status.of_clock("elm_park", (ClockStep(9, 320 * DAY, NOW - 320 * DAY), ClockStep(10, DAY, NOW - 321 * DAY)), NOW), False, "2 times",
    ),
    "the clock is ahead": (status.of_clock("elm_park", (ClockStep(9, 3 * DAY, NOW + 3 * DAY),), NOW), False, "3 days at least"),
    "a log was altered": (
        status.of_server("http://x", Health(status="unwell", database=True, schools=2, behind=0, watch=True, altered=1)), False, "stopped at 1 school:",
    ),
    "the sealer has stopped": (
        status.of_server("http://x", Health(status="unwell", database=True, schools=2, behind=0, watch=True, sealer="stopped")), False, "sealer is stopped",
    ),
    "nobody answers": (status.of_server("http://x", None, "refused"), False, "nobody answers at http://x (refused)"),
    "the watch stands": (
        status.of_server("http://x", Health(status="unwell", database=True, schools=1, behind=0, watch=False)),
        False, "OVERDUE WATCH STANDS STILL",
    ),
    "pages trail": (
        status.of_server("http://x", Health(status="unwell", database=True, schools=1, behind=7, watch=True)), False, "7 events",
    ),
    "the server has no database": (
        status.of_server("http://x", Health(status="unwell", database=False, schools=0, behind=0, watch=False)),
        False, "does not reach the database",
    ),
    "the server is well": (status.of_server("http://x", WELL), True, "looked within the last five seconds"),
}  # fmt: skip


@pytest.mark.parametrize("case", LINES)
def test_each_thing_is_said_with_what_to_do(case: str) -> None:
    line, well, says = LINES[case]
    assert line is not None
    assert (line.well, says in line.says) == (well, True), line


def test_keys_that_are_not_old_are_no_line() -> None:
    assert status.of_kept_keys({"backup": done(DAY)}, ["doorstep-20261121T031500Z-keys", "notes"], NOW) is None


@contextmanager
def answering(health: bytes, code: int) -> Iterator[str]:
    """A server that says how it is."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(code)
            self.end_headers()
            self.wfile.write(health)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def health(**changes: object) -> bytes:
    return json.dumps({"status": "well", "database": True, "schools": 1, "behind": 0, "watch": True} | changes).encode()


@pytest.fixture
def _room(monkeypatch: pytest.MonkeyPatch) -> None:
    """However full this machine's disk is."""
    monkeypatch.setattr("api.status_command.shutil.disk_usage", lambda _folder: _Usage(9 * 1024**3, 0, 9 * 1024**3))


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.usefixtures("_room")
def test_a_backup_that_was_tried_out_and_a_server_that_is_well_end_in_everything_is_well(machine: Machine) -> None:
    files = {path: path.read_bytes() for path in machine.folder.rglob("*") if path.is_file()}
    events = machine.events()
    tried = machine.doorstep("restore", "--test", "--from", str(machine.part("log")))
    assert machine.events() == events
    assert {path: path.read_bytes() for path in machine.folder.rglob("*") if path.is_file()} == files
    assert tried.exit_code == 0, tried.output
    assert "can be restored: 1 school and 2 events" in tried.output
    with answering(health(), 200) as url:
        answer = machine.doorstep("status", "--url", url)
    assert answer.exit_code == 0, answer.output
    assert "Everything is well." in answer.output
    assert answer.output.count("well  ") == len(answer.output.strip().splitlines()) - 2
    with answering(health(status="unwell", watch=False), 503) as url:
        answer = machine.doorstep("status", "--url", url)
    assert answer.exit_code == 1
    assert "LOOK HERE  Server" in answer.output
    assert "1 thing needs attention." in answer.output


def test_a_backup_that_cannot_be_restored_fails_the_test_restore_and_is_not_counted(machine: Machine) -> None:
    path = machine.part("log") / "school_norbury" / "event.rows"
    path.write_bytes(path.read_bytes().replace(b"version", b"Version", 1))
    tried = machine.doorstep("restore", "--test", "--from", str(machine.part("log")))
    assert tried.exit_code == 1
    assert "line 1" in tried.output
    answer = machine.doorstep("status", "--url", "http://127.0.0.1:9")
    assert answer.exit_code == 1
    assert "no backup has ever been tried out" in answer.output
    assert "nobody answers at http://127.0.0.1:9 (connection refused)" in answer.output


def test_a_backup_is_tried_out_on_ones_own_server_in_databases_that_are_emptied_again(
    machine: Machine, again: Machine
) -> None:
    name = conninfo_to_dict(again.urls.app)["dbname"]
    for _ in range(2):
        tried = machine.doorstep("restore", "--test-on", str(name), "--from", str(machine.part("log")))
        assert tried.exit_code == 0, tried.output
        assert "can be restored: 1 school and 2 events" in tried.output


def test_databases_that_hold_something_are_not_tried_on_and_stay_as_they_are(machine: Machine) -> None:
    name = conninfo_to_dict(machine.urls.app)["dbname"]
    tried = machine.doorstep("restore", "--test-on", str(name), "--from", str(machine.part("log")))
    assert tried.exit_code == 1
    assert "is not empty" in tried.output
    assert len(machine.events()) == 2
    assert machine.doorstep("keys", "check").exit_code == 0


def test_a_lost_key_file_is_a_line_and_the_others_are_said_all_the_same(machine: Machine) -> None:
    Path(machine.urls.key_file).unlink()
    answer = machine.doorstep("status", "--url", "http://127.0.0.1:9")
    assert answer.exit_code == 1
    assert "LOOK HERE  Keys: The key file" in answer.output
    assert "well       Database: it answers, and holds 1 school." in answer.output
