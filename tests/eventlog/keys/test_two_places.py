"""The key database and the second place: in which order they are written, and what a crash between them leaves."""

import json
import subprocess
import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from eventlog.keys.errors import KeyLost, SecondPlaceUnusable
from eventlog.keys.key_database import Tombstone, WrappedKey
from eventlog.keys.keyring import Keyring
from eventlog.keys.keyrings import Keyrings
from eventlog.keys.restoring import restore_from_copy
from eventlog.keys.schema import migrate_keys
from eventlog.keys.second_place import SecondPlace
from eventlog.settings import DatabaseUrls
from tests.eventlog.keys.looking import RULE, copied, opens_the_same, second, stored, without_rules

ROOT = Path(__file__).parents[3]


class StoppedError(Exception):
    """The machine stopped here."""


def stop(*_: object) -> None:
    """Stop instead of doing it."""
    raise StoppedError


def reopened(urls: DatabaseUrls, school: str) -> tuple[Keyrings, Keyring]:
    """The next start."""
    keyrings = Keyrings.open(urls)
    return keyrings, keyrings.of(school)


def test_a_crash_after_the_commit_and_before_the_copy_leaves_keys_that_nobody_has_used(
    keyring: Keyring, urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(SecondPlace, "add", stop)
        with pytest.raises(StoppedError):
            keyring.fresh()
    assert keyring.low(), "no spare was kept of what is not in both places"
    lonely = stored(urls, keyring.school)
    assert lonely
    assert copied(urls, keyring.school) == set()
    keyrings, _ = reopened(urls, keyring.school)
    with keyrings:
        assert copied(urls, keyring.school) == lonely, "the next start writes them to the second place"
        assert keyrings.disagreements == ()


def test_a_crash_in_the_middle_of_an_erasure_is_finished_by_the_next_start(
    keyring: Keyring, urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = keyring.fresh()
    with monkeypatch.context() as patched:
        patched.setattr(SecondPlace, "erase", stop)
        with pytest.raises(StoppedError):
            keyring.destroy([key.id], RULE, uuid4())
    assert keyring.get(key.id) is None, "nobody is given it any more"
    assert key.id in copied(urls, keyring.school)
    keyrings, again = reopened(urls, keyring.school)
    with keyrings:
        assert key.id not in copied(urls, keyring.school)
        assert again.get(key.id) is None
        assert second(urls, keyring.school).stones[key.id].rule == RULE


def test_a_torn_last_line_is_dropped_and_written_over(keyring: Keyring, urls: DatabaseUrls) -> None:
    key = keyring.fresh()
    file = Path(urls.key_copy, f"{keyring.school}.keys")
    whole = file.read_bytes()
    file.write_bytes(whole + f"key {uuid4()} torn".encode())
    assert key.id in copied(urls, keyring.school)
    keyring.refill(200)
    assert copied(urls, keyring.school) == stored(urls, keyring.school)
    assert file.read_bytes().startswith(whole)


def test_a_lost_folder_is_made_anew_from_the_key_database(keyring: Keyring, urls: DatabaseUrls) -> None:
    key, erased = keyring.fresh(), keyring.fresh()
    keyring.destroy([erased.id], RULE, uuid4())
    before = second(urls, keyring.school)
    Path(urls.key_copy, f"{keyring.school}.keys").unlink()
    keyrings, again = reopened(urls, keyring.school)
    with keyrings:
        assert second(urls, keyring.school) == before
        assert opens_the_same(key, again.get(key.id))
        assert keyrings.disagreements == ()


def test_an_older_folder_does_not_bring_an_erased_key_back(keyring: Keyring, urls: DatabaseUrls) -> None:
    key = keyring.fresh()
    file = Path(urls.key_copy, f"{keyring.school}.keys")
    older = file.read_bytes()
    keyring.destroy([key.id], RULE, uuid4())
    file.write_bytes(older)
    keyrings, again = reopened(urls, keyring.school)
    with keyrings:
        assert again.get(key.id) is None
        assert key.id not in copied(urls, keyring.school)
    restore_from_copy(urls)
    assert key.id not in stored(urls, keyring.school)


def test_an_older_key_database_does_not_bring_an_erased_key_back(keyring: Keyring, urls: DatabaseUrls) -> None:
    key, event_id = keyring.fresh(), uuid4()
    wrapped = second(urls, keyring.school).keys[key.id]
    keyring.destroy([key.id], RULE, event_id)
    without_rules(urls, "DELETE FROM keys.tombstone WHERE key_id = %s", key.id)
    without_rules(
        urls,
        "INSERT INTO keys.data_key (school, key_id, wrapped, kek_id) VALUES (%s, %s, %s, %s)",
        keyring.school,
        *wrapped,
    )
    keyrings, again = reopened(urls, keyring.school)
    with keyrings:
        assert again.get(key.id) is None
        stone = again.tombstone(key.id)
        assert stone is not None
        assert (stone.rule, stone.event_id) == (RULE, event_id)
    assert key.id not in stored(urls, keyring.school)


def test_a_key_that_the_key_database_lost_is_told_and_restored_only_when_asked(
    keyring: Keyring, urls: DatabaseUrls
) -> None:
    key = keyring.fresh()
    without_rules(urls, "DELETE FROM keys.data_key WHERE key_id = %s", key.id)
    keyrings, again = reopened(urls, keyring.school)
    with keyrings:
        (sentence,) = keyrings.disagreements
        assert f"lacks 1 data keys of {keyring.school}" in sentence
        assert "doorstep keys restore" in sentence
        with pytest.raises(KeyLost, match="doorstep keys restore"):
            again.get(key.id)
    done = {one.school: one for one in restore_from_copy(urls)}[keyring.school]
    assert (done.keys, done.erased, done.lost, done.says) == (1, 0, (), ())
    keyrings, again = reopened(urls, keyring.school)
    with keyrings:
        assert opens_the_same(key, again.get(key.id))
        assert keyrings.disagreements == ()


def test_a_lost_key_database_is_brought_up_whole(own_urls: DatabaseUrls, urls: DatabaseUrls) -> None:
    with Keyrings.open(urls) as keyrings:
        lost = keyrings.of(f"oak_{uuid4().hex[:8]}")
        key, erased, secret = lost.fresh(), lost.fresh(), lost.secret()
        lost.destroy([erased.id], RULE, uuid4())
        before = second(urls, lost.school)
    empty = replace(own_urls, key_file=urls.key_file, key_copy=urls.key_copy)
    first = {one.school: one for one in restore_from_copy(empty)}[lost.school]
    assert (first.keys, first.erased, first.lost) == (len(before.keys), 1, ())
    again = {one.school: one for one in restore_from_copy(empty)}[lost.school]
    assert (again.keys, again.erased) == (0, 0), "doing it again changes nothing"
    keyrings, restored = reopened(empty, lost.school)
    with keyrings:
        assert restored.secret() == secret
        assert opens_the_same(key, restored.get(key.id))
        assert restored.get(erased.id) is None
        assert keyrings.disagreements == ()


def test_an_emptied_key_database_is_not_given_a_new_secret(
    own_urls: DatabaseUrls, keyring: Keyring, urls: DatabaseUrls
) -> None:
    empty = replace(own_urls, key_file=urls.key_file, key_copy=urls.key_copy)
    migrate_keys(empty)
    with (
        Keyrings.open(empty) as keyrings,
        pytest.raises(KeyLost, match=rf"secret for keyed hashes of {keyring.school} is lost.*keys restore"),
    ):
        keyrings.of(keyring.school)


@pytest.mark.parametrize("side", ["the key database", "the second place"])
def test_of_two_wrappings_the_one_that_opens_is_kept(keyring: Keyring, urls: DatabaseUrls, side: str) -> None:
    key = keyring.fresh()
    right = second(urls, keyring.school).keys[key.id]
    wrong = bytes(byte ^ 1 for byte in right.wrapped)
    if side == "the key database":
        without_rules(urls, "UPDATE keys.data_key SET wrapped = %s WHERE key_id = %s", wrong, key.id)
    else:
        SecondPlace(Path(urls.key_copy), keyring.school).change(
            lambda held: held._replace(keys=held.keys | {key.id: right._replace(wrapped=wrong)})
        )
    keyrings, _ = reopened(urls, keyring.school)
    with keyrings:
        assert "hold other bytes for 1 data keys" in keyrings.disagreements[0]
    restore_from_copy(urls)
    keyrings, again = reopened(urls, keyring.school)
    with keyrings:
        assert keyrings.disagreements == ()
        assert opens_the_same(key, again.get(key.id))


def test_a_key_that_neither_place_can_open_is_named(keyring: Keyring, urls: DatabaseUrls) -> None:
    key = keyring.fresh()
    wrong = bytes(60)
    without_rules(urls, "UPDATE keys.data_key SET wrapped = %s WHERE key_id = %s", wrong, key.id)
    SecondPlace(Path(urls.key_copy), keyring.school).change(
        lambda held: held._replace(keys=held.keys | {key.id: held.keys[key.id]._replace(wrapped=wrong)})
    )
    done = {one.school: one for one in restore_from_copy(urls)}[keyring.school]
    assert done.lost == (key.id,)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"doorstep-data-keys 1 another\n", "its first line is another"),
        (b"", "its first line is another"),
        (b"doorstep-data-keys 1 {school}\nkey nonsense\n", "Line 2"),
        (b"doorstep-data-keys 1 {school}\n\xff\xfe\n", "Line 2"),
        (b"doorstep-data-keys 1 {school}\nerased not-an-id x y z\n", "Line 2"),
    ],
)
def test_a_file_that_is_not_the_second_place_is_refused_with_its_line(
    keyring: Keyring, urls: DatabaseUrls, content: bytes, sentence: str
) -> None:
    file = Path(urls.key_copy, f"{keyring.school}.keys")
    before = file.read_bytes()
    file.write_bytes(content.replace(b"{school}", keyring.school.encode()))
    with Keyrings.open(urls) as keyrings, pytest.raises(SecondPlaceUnusable, match=sentence):
        keyrings.of(keyring.school)
    file.write_bytes(before)


def test_what_is_written_is_read_back_the_same(tmp_path: Path) -> None:
    place = SecondPlace(tmp_path / "keys", "elm")
    keys = [WrappedKey(uuid4(), bytes(range(60)), "20260101-abcdef") for _ in range(3)]
    place.add(keys[:2], (bytes(60), "20260101-abcdef"))
    place.add(keys[2:])
    stone = Tombstone(keys[0].key_id, datetime.now(UTC), "rule with spaces, and § 4", uuid4())
    place.erase([stone])
    held = place.read()
    assert held.keys == {key.key_id: key for key in keys[1:]}
    assert held.stones == {stone.key_id: stone}
    assert held.secret == (bytes(60), "20260101-abcdef")
    assert place.path.stat().st_mode & 0o077 == 0
    assert place.path.parent.stat().st_mode & 0o077 == 0


def test_processes_that_make_keys_at_once_lose_none(urls: DatabaseUrls) -> None:
    school = f"ash_{uuid4().hex[:8]}"
    order = json.dumps({"urls": asdict(urls), "school": school, "keys": 150})
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.eventlog.keys.minting_program", order],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    made = [process.communicate(timeout=60)[0].split() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert [len(ids) for ids in made] == [150, 150]
    assert not set(made[0]) & set(made[1])
    both = {str(key_id) for key_id in copied(urls, school)}
    assert set(made[0]) | set(made[1]) <= both
    assert both == {str(key_id) for key_id in stored(urls, school)}
