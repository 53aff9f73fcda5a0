"""The key file: who may read it, what may stand in it, and what its absence means."""

import os
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from eventlog.errors import NotMigrated
from eventlog.keys.errors import KeyFileUnusable
from eventlog.keys.key_file import make_key_file, new_kek, read_key_file, replace_key_file
from eventlog.keys.keyrings import Keyrings
from eventlog.keys.schema import migrate_keys
from eventlog.settings import DatabaseUrls

SECRET = b64encode(b"k" * 32).decode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A key file with one key."""
    path = tmp_path / "keys" / "key-file"
    make_key_file(path, [new_kek()])
    return path


def test_a_made_file_is_readable_by_the_programs_user_alone_and_reads_back(tmp_path: Path) -> None:
    keks = (new_kek(), new_kek())
    path = tmp_path / "a" / "b" / "key-file"
    make_key_file(path, keks)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    assert read_key_file(path) == keks
    assert [one.name for one in path.parent.iterdir()] == ["key-file"], "no draft is left"


def test_a_file_that_is_there_is_never_made_anew(file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(FileExistsError):
        make_key_file(file, [new_kek()])
    assert file.read_bytes() == before


def test_a_replaced_file_is_whole_and_as_private(file: Path) -> None:
    keks = (new_kek(), *read_key_file(file))
    replace_key_file(file, keks)
    assert read_key_file(file) == keks
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o601, 0o644, 0o666])
def test_a_file_that_others_may_read_or_change_is_refused_and_how_to_close_it_is_said(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(KeyFileUnusable, match=rf"mode {mode:04o}.*chmod 600 .*keys rotate"):
        read_key_file(file)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_closed_file_is_taken(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert len(read_key_file(file)) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_file_of_another_user_is_refused_even_for_root(file: Path) -> None:
    os.chown(file, 12345, 12345)
    with pytest.raises(KeyFileUnusable, match="belongs to user 12345, and Doorstep runs as user 0"):
        read_key_file(file)


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyFileUnusable, match="cannot be read"):
        read_key_file(tmp_path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "holds no key"),
        ("# only words\n\n", "holds no key"),
        (f"one {SECRET}\none {SECRET}\n", "Line 2"),
        (f"# a word\nno/id {SECRET}\n", "Line 2"),
        ("short c2hvcnQ=\n", "Line 1"),
        ("torn " + SECRET[:20] + "\n", "Line 1"),
        ("nothing\n", "Line 1"),
        (f"one {SECRET} more\n", "Line 1"),
        ("\x00\xff", "Line 1"),
    ],
)
def test_a_file_with_an_unusable_line_is_refused_without_repeating_it(file: Path, content: str, sentence: str) -> None:
    file.write_text(content, encoding="utf-8")
    with pytest.raises(KeyFileUnusable, match=sentence) as refused:
        read_key_file(file)
    assert SECRET[:8] not in str(refused.value)


def test_a_key_never_shows_its_secret() -> None:
    kek = new_kek()
    assert kek.secret.hex() not in repr(kek)
    assert repr(kek.secret) not in repr(kek)


def test_a_new_installation_gets_a_key_file_once(own_urls: DatabaseUrls) -> None:
    migrate_keys(own_urls)
    made = Path(own_urls.key_file).read_bytes()
    migrate_keys(own_urls)
    assert Path(own_urls.key_file).read_bytes() == made
    with Keyrings.open(own_urls) as keyrings:
        assert keyrings.of("elm").fresh()


def test_a_crash_before_the_new_file_was_known_is_finished_by_the_next_run(own_urls: DatabaseUrls) -> None:
    make_key_file(Path(own_urls.key_file), [new_kek()])
    made = Path(own_urls.key_file).read_bytes()
    migrate_keys(own_urls)
    assert Path(own_urls.key_file).read_bytes() == made
    Keyrings.open(own_urls).close()


def test_a_missing_file_is_refused_by_every_start_and_never_made_anew(own_urls: DatabaseUrls) -> None:
    migrate_keys(own_urls)
    with Keyrings.open(own_urls) as keyrings:
        keyrings.of("elm")
        keyrings.of("ash")
    Path(own_urls.key_file).unlink()
    for start in (Keyrings.open, migrate_keys):
        with pytest.raises(
            KeyFileUnusable,
            match=r"key-file is missing\. Without it, everything personal in the log of 2 schools \(ash, elm\) cannot be"
            r" read by anybody\. Put the file back from its copy \(it holds \d{8}-[0-9a-f]{6}\)",
        ):
            start(own_urls)
    assert not Path(own_urls.key_file).exists()


def test_another_installations_file_is_refused(own_urls: DatabaseUrls) -> None:
    migrate_keys(own_urls)
    with Keyrings.open(own_urls) as keyrings:
        keyrings.of("elm")
    (right,) = read_key_file(Path(own_urls.key_file))
    replace_key_file(Path(own_urls.key_file), [new_kek()])
    for start in (Keyrings.open, migrate_keys):
        with pytest.raises(KeyFileUnusable, match=rf"does not hold the key {right.id}.*in the log of 1 school \(elm\)"):
            start(own_urls)


def test_another_key_under_the_same_id_is_refused(own_urls: DatabaseUrls) -> None:
    migrate_keys(own_urls)
    (right,) = read_key_file(Path(own_urls.key_file))
    replace_key_file(Path(own_urls.key_file), [replace(new_kek(), id=right.id)])
    with pytest.raises(KeyFileUnusable, match=f"holds another key under the id {right.id}"):
        Keyrings.open(own_urls)


def test_an_empty_key_database_beside_a_written_log_is_a_lost_one(own_urls: DatabaseUrls) -> None:
    with pytest.raises(
        KeyFileUnusable, match=r"key database is empty, but the log of 1 school \(elm\) holds events.*keys restore"
    ):
        migrate_keys(own_urls, ["elm"])
    assert not Path(own_urls.key_file).exists()


def test_a_key_database_that_was_never_prepared_is_said_to_be_so(own_urls: DatabaseUrls) -> None:
    with pytest.raises(NotMigrated, match=r"key database has not been prepared.*doorstep migrate"):
        Keyrings.open(own_urls)


def test_without_a_place_for_the_file_nothing_is_made(own_urls: DatabaseUrls) -> None:
    with pytest.raises(KeyFileUnusable, match="Not set: DOORSTEP_KEY_FILE"):
        migrate_keys(replace(own_urls, key_file=""))
    with psycopg.connect(own_urls.keys) as connection:
        assert connection.execute("SELECT count(*) FROM keys.kek").fetchone() == (0,)
