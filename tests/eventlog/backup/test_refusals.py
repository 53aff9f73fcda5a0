"""A backup that is not whole, or not of this log, is refused with the file and the line, and nothing of it is restored."""

import json
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from eventlog.backup.errors import BackupUnusable, KeysMissing, NotEmpty
from eventlog.backup.lines import LineWriter, read_lines
from eventlog.backup.manifest import HASH, MANIFEST, Manifest, hash_line, read_manifest, to_bytes
from eventlog.backup.taking import Backup
from eventlog.settings import DatabaseUrls
from tests.databases import Databases, fresh_database
from tests.eventlog.backup.installation import ELM, OAK, Installation, restored

EVENTS = "school_elm_park/event.rows"


@pytest.fixture(scope="module")
def here(module_database_urls: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation that has been in use."""
    made = Installation(module_database_urls, tmp_path_factory.mktemp("installation"))
    made.prepare()
    made.write(ELM)
    made.write(OAK, visits=1)
    made.seal()
    return made


@pytest.fixture(scope="module")
def whole(here: Installation) -> Backup:
    """Its backup."""
    return here.back_up()


@pytest.fixture(scope="module")
def empty_urls(postgres: Databases) -> Iterator[DatabaseUrls]:
    """Databases that stay empty, because everything here is refused."""
    with fresh_database(postgres) as urls:
        yield urls


@pytest.fixture
def empty(empty_urls: DatabaseUrls, here: Installation) -> Installation:
    """They and the folders of the installation."""
    return Installation(empty_urls, here.folder)


@pytest.fixture
def backup(whole: Backup, tmp_path: Path) -> Backup:
    """A copy to be spoiled."""
    log, keys = tmp_path / "log", tmp_path / "keys"
    shutil.copytree(whole.log, log)
    shutil.copytree(whole.keys, keys)
    return whole._replace(log=log, keys=keys)


def edit(path: Path, line: int, change: Callable[[bytes], bytes | None]) -> None:
    """Change one line of a file (None leaves it out)."""
    lines = path.read_bytes().splitlines(keepends=True)
    changed = change(lines[line - 1])
    assert changed != lines[line - 1]
    path.write_bytes(b"".join([*lines[: line - 1], *([] if changed is None else [changed]), *lines[line:]]))


def forge(part: Path, file: str, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change a file's rows and work out anew every digit and hash that stands for them."""
    manifest = read_manifest(part, "log")
    table = next(table for table in manifest.tables if table.file == file)
    rows = change(list(read_lines(part / file, file, table.written)))
    (part / file).unlink()
    with LineWriter(part / file) as writer:
        for row in rows:
            writer.write(row)
        written = writer.finish()
    forged = msgspec.structs.replace(table, rows=written.rows, size=written.size, sha256=written.sha256)
    tables = tuple(forged if one is table else one for one in manifest.tables)
    put(part, msgspec.structs.replace(manifest, tables=tables))


def put(part: Path, manifest: Manifest) -> None:
    """Write a manifest, and its hash."""
    content = to_bytes(manifest)
    (part / MANIFEST).write_bytes(content)
    (part / HASH).write_bytes(hash_line(content))


def refused(backup: Backup, into: Installation) -> BackupUnusable:
    """What the restore says."""
    with pytest.raises(BackupUnusable) as caught:
        restored(backup, into)
    return caught.value


LINES: dict[str, tuple[str, int, Callable[[bytes], bytes | None], str]] = {
    "an event was edited": (EVENTS, 7, lambda line: line.replace(b"version", b"Version"), "line 7: this line"),
    "an event was cut out": (EVENTS, 7, lambda _line: None, "line 7: this line, or one before it that is gone"),
    "an event was put in twice": (EVENTS, 7, lambda line: line + line, "line 8: this line"),
    "the last event was cut short": (EVENTS, 16, lambda line: line[:-9], "line 16: the line was cut short"),
    "the last event is gone": (EVENTS, 16, lambda _line: None, "line 16: the file ends here"),
    "there is something after the end": (EVENTS, 16, lambda line: line + b"x\n", "line 17: the line was cut short"),
    "a claim was edited": ("school_elm_park/claim.rows", 1, lambda line: line.replace(b"trip", b"tree"), "line 1"),
    "a command is gone": ("school_oak_road/command.rows", 2, lambda _line: None, "line 2"),
    "a school was renamed": ("doorstep/school.rows", 1, lambda line: line.replace(b"Elm", b"Oak"), "line 1"),
    "the checkpoint was edited": ("school_elm_park/checkpoint", 2, lambda _line: b"15\n", "line 1: the file is not as"),
}  # fmt: skip


@pytest.mark.parametrize("case", LINES)
def test_a_backup_that_was_damaged_is_refused_with_the_line(case: str, backup: Backup, empty: Installation) -> None:
    file, line, change, says = LINES[case]
    edit(backup.log / file, line, change)
    said = refused(backup, empty)
    assert said.file == file
    assert says in str(said)


def flip(line: bytes, what: bytes, to: bytes) -> bytes:
    """Another line."""
    assert what in line
    return line.replace(what, to, 1)


def with_row(number: int, change: Callable[[bytes], bytes]) -> Callable[[list[bytes]], list[bytes]]:
    """Change one row."""
    return lambda rows: [*rows[: number - 1], change(rows[number - 1]), *rows[number:]]


def salted_anew(row: bytes) -> bytes:
    """The same event, with another salt."""
    said = json.loads(row)
    return row.replace(said["salt"].encode(), b"AAAAAAAAAAAAAAAAAAAAAA==")


FORGED: dict[str, tuple[str, Callable[[list[bytes]], list[bytes]], int | None, str]] = {
    "two events changed places": (
        EVENTS, lambda rows: [rows[1], rows[0], *rows[2:]], 1, "event 2 comes where 1 must come",
    ),
    "an event was left out": (
        EVENTS, lambda rows: [*rows[:4], *rows[5:]], None, "elm_park has 16 events, and its file has others",
    ),
    "an envelope is not canonical": (
        EVENTS, with_row(3, lambda row: flip(row, rb'\"version\":', rb' \"version\":')), 3, "the envelope is not canonical",
    ),
    "an event has another salt": (
        EVENTS, with_row(3, salted_anew), 3, "the event is not the one that was sealed at this index",
    ),
    "an event is of another school": (
        EVENTS, with_row(3, lambda row: flip(row, b"elm_park", b"elm_bark")), 3, "the event is of school elm_bark",
    ),
    "a command's events are not there": (
        "school_elm_park/command.rows", with_row(1, lambda row: row.replace(b'"1"]', b'"99"]')), None, "beyond the 16",
    ),
    "a claim's hash is too short": (
        "school_elm_park/claim.rows", with_row(1, lambda row: row.replace(b"x", b"x00", 1)), None, "refuses a row",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FORGED)
def test_a_backup_that_was_forged_with_all_its_hashes_is_refused(
    case: str, backup: Backup, empty: Installation
) -> None:
    file, change, line, says = FORGED[case]
    forge(backup.log, file, change)
    said = refused(backup, empty)
    assert (said.file, said.line) == (MANIFEST if line is None and file == EVENTS else file, line)
    assert says in str(said)


def test_what_a_forged_backup_has_changed_after_the_last_seal_is_found_by_the_versions(
    here: Installation, backup: Backup, empty: Installation
) -> None:
    # Nothing signed covers this log: its ledger is elsewhere, and the backup says nothing of it.
    manifest = read_manifest(backup.log, "log")
    put(backup.log, msgspec.structs.replace(manifest, files=()))
    nowhere = Installation(empty.urls, here.folder)
    nowhere.ledger = here.folder / "no-ledger"
    forge(backup.log, EVENTS, with_row(3, lambda row: flip(row, rb"\"version\":2", rb"\"version\":3")))
    assert "goes on with version 3 where 2 must come" in str(refused(backup, nowhere))


def test_a_backup_is_held_against_its_own_checkpoint_where_the_ledger_is_lost(
    here: Installation, backup: Backup, empty: Installation
) -> None:
    nowhere = Installation(empty.urls, here.folder)
    nowhere.ledger = here.folder / "no-ledger"
    forge(backup.log, EVENTS, with_row(3, salted_anew))
    said = refused(backup, nowhere)
    assert "the checkpoint of this backup was signed over 16 events with another root" in str(said)
    assert (said.file, said.line) == (EVENTS, 16)


def test_another_format_is_refused_with_both_names(backup: Backup, empty: Installation) -> None:
    content = (backup.log / MANIFEST).read_bytes().replace(b"doorstep-backup 1", b"doorstep-backup 9")
    (backup.log / MANIFEST).write_bytes(content)
    (backup.log / HASH).write_bytes(hash_line(content))
    assert "'doorstep-backup 9', and this release reads 'doorstep-backup 1'" in str(refused(backup, empty))


def test_a_manifest_that_was_edited_is_refused(backup: Backup, empty: Installation) -> None:
    path = backup.log / MANIFEST
    path.write_bytes(path.read_bytes().replace(b"demonstration", b"live"))
    assert refused(backup, empty).file == MANIFEST


def test_a_manifest_that_names_a_file_elsewhere_is_refused(backup: Backup, empty: Installation) -> None:
    manifest = read_manifest(backup.log, "log")
    outside = msgspec.structs.replace(manifest.tables[0], file="../keys/data_key.rows")
    put(backup.log, msgspec.structs.replace(manifest, tables=(outside, *manifest.tables[1:])))
    assert "which no backup has" in str(refused(backup, empty))


def test_migrations_of_a_newer_release_are_refused(backup: Backup, empty: Installation) -> None:
    manifest = read_manifest(backup.log, "log")
    newer = msgspec.structs.replace(manifest.migrations[0], number=2, file="0002_new.sql", sha256=sha256().hexdigest())
    put(backup.log, msgspec.structs.replace(manifest, migrations=(*manifest.migrations, newer)))
    assert "a newer release made it" in str(refused(backup, empty))


def test_half_a_backup_is_refused(backup: Backup, empty: Installation) -> None:
    (backup.log / MANIFEST).unlink()
    assert "is no finished backup" in str(refused(backup, empty))


def test_the_two_parts_are_not_taken_for_each_other(backup: Backup, empty: Installation) -> None:
    swapped = backup._replace(log=backup.keys)
    assert "is the keys part of a backup, and the log part is wanted" in str(refused(swapped, empty))


def test_the_keys_of_another_installation_are_refused(backup: Backup, empty: Installation) -> None:
    manifest = read_manifest(backup.keys, "keys")
    other = msgspec.structs.replace(manifest.installation, id=manifest.installation.id.__class__(int=1))
    put(backup.keys, msgspec.structs.replace(manifest, installation=other))
    assert "holds the keys of another installation" in str(refused(backup, empty))


def test_a_damaged_keys_part_is_refused_with_the_line(backup: Backup, empty: Installation) -> None:
    edit(backup.keys / "keys" / "data_key.rows", 5, lambda line: line.replace(b"x", b"y", 1))
    said = refused(backup, empty)
    assert (said.file, said.line) == ("keys/data_key.rows", 5)


def test_a_database_that_holds_a_log_is_refused_and_stays_as_it_is(here: Installation, backup: Backup) -> None:
    before = here.tables()
    with pytest.raises(NotEmpty, match="restored into an empty one only"):
        restored(backup, here)
    assert here.tables() == before


def test_a_log_whose_keys_are_nowhere_is_restored_on_purpose_only(
    here: Installation, backup: Backup, postgres: Databases, tmp_path: Path
) -> None:
    with fresh_database(postgres) as urls:
        bare = Installation(urls, tmp_path)
        bare.ledger = here.ledger
        shutil.copy(here.urls.key_file, bare.urls.key_file)
        with pytest.raises(KeysMissing, match=f"of {ELM}"):
            restored(backup, bare, keys=False)
        done = restored(backup, bare, keys=False, without_lost_keys=True)
        assert "read by nobody" in done.says[0]
