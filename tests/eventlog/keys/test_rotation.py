"""Another key-encryption key: whole, interrupted anywhere, and beside a process that goes on making keys."""

from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from eventlog.keys import rotation
from eventlog.keys.errors import KeyFileUnusable, KeyLost
from eventlog.keys.key_file import Kek, read_key_file, replace_key_file
from eventlog.keys.keyring import DataKey, Keyring
from eventlog.keys.keyrings import Keyrings
from eventlog.keys.rotation import rotate
from eventlog.keys.schema import migrate_keys
from eventlog.settings import DatabaseUrls
from tests.eventlog.keys.looking import RULE, copied, opens_the_same, second, stored, without_rules


class StoppedError(Exception):
    """The machine stopped here."""


@pytest.fixture
def urls(own_urls: DatabaseUrls) -> DatabaseUrls:
    """A key database of the test's own: a rotation concerns all schools."""
    migrate_keys(own_urls)
    return own_urls


def in_file(urls: DatabaseUrls) -> list[str]:
    """The ids of the keys in the file."""
    return [kek.id for kek in read_key_file(Path(urls.key_file))]


def wrapping(urls: DatabaseUrls) -> set[str]:
    """What wraps anything in the key database."""
    with psycopg.connect(urls.keys) as connection:
        rows = connection.execute("SELECT kek_id FROM keys.data_key UNION SELECT kek_id FROM keys.school_secret")
        return {row[0] for row in rows}


def check_rotated(urls: DatabaseUrls, school: str, keys: list[DataKey], secret: bytes) -> None:
    """One key in the file, which wraps everything in both places; everything opens as before."""
    (current,) = in_file(urls)
    assert wrapping(urls) == {current}
    held = second(urls, school)
    assert held.secret is not None
    assert {key.kek_id for key in held.keys.values()} | {held.secret[1]} == {current}
    assert copied(urls, school) == stored(urls, school)
    with Keyrings.open(urls) as later:
        assert later.of(school).secret() == secret
        assert all(opens_the_same(key, later.of(school).get(key.id)) for key in keys)
        assert later.disagreements == ()


def test_everything_is_wrapped_by_the_new_key_and_opens_as_before(
    urls: DatabaseUrls, keyrings: Keyrings, keyring: Keyring
) -> None:
    (old,) = in_file(urls)
    keys = [keyring.fresh() for _ in range(100)]
    keyring.destroy([keys.pop().id], RULE, uuid4())
    told: list[tuple[int, int]] = []
    new = rotate(keyrings, lambda done, of: told.append((done, of)), batch=40)
    total = len(stored(urls, keyring.school))
    assert told == [(done, total) for done in (*range(0, total, 40), total)]
    assert in_file(urls) == [new] != [old]
    check_rotated(urls, keyring.school, keys, keyring.secret())


def test_a_retired_key_wraps_nothing_any_more_and_stays_known(urls: DatabaseUrls, keyrings: Keyrings) -> None:
    (old,) = in_file(urls)
    keyrings.of("elm").fresh()
    rotate(keyrings)
    with psycopg.connect(urls.keys) as connection:
        assert connection.execute("SELECT count(*) FROM keys.kek").fetchone() == (2,)
        with pytest.raises(InsufficientPrivilege, match=f"{old} is retired"):
            connection.execute(
                "INSERT INTO keys.data_key (school, key_id, wrapped, kek_id) VALUES ('elm', %s, %s, %s)",
                (uuid4(), bytes(60), old),
            )


def _after_the_file(patched: pytest.MonkeyPatch) -> None:
    patched.setattr(rotation, "_wrap_all_anew", _stop)


def _in_the_middle(patched: pytest.MonkeyPatch) -> None:
    put, calls = rotation._put, iter(range(10))

    def once(*args: object, **named: object) -> None:
        if next(calls) == 1:
            raise StoppedError
        put(*args, **named)  # type: ignore[arg-type]

    patched.setattr(rotation, "_put", once)


def _before_the_second_place(patched: pytest.MonkeyPatch) -> None:
    calls, losses = iter(range(10)), rotation._refuse_losses

    def second_time(keyrings: Keyrings) -> None:
        if next(calls) == 1:
            raise StoppedError
        losses(keyrings)

    patched.setattr(rotation, "_refuse_losses", second_time)


def _before_the_old_key_leaves(patched: pytest.MonkeyPatch) -> None:
    replace, calls = replace_key_file, iter(range(10))

    def first_time(path: Path, keks: list[Kek]) -> None:
        if next(calls) == 1:
            raise StoppedError
        replace(path, keks)

    patched.setattr(rotation, "replace_key_file", first_time)


def _stop(*_: object) -> None:
    raise StoppedError


@pytest.mark.parametrize(
    "interrupt", [_after_the_file, _in_the_middle, _before_the_second_place, _before_the_old_key_leaves]
)
def test_interrupted_anywhere_it_reads_on_and_the_next_run_finishes_it(
    urls: DatabaseUrls, keyrings: Keyrings, keyring: Keyring, monkeypatch: pytest.MonkeyPatch, interrupt: object
) -> None:
    (old,) = in_file(urls)
    keys = [keyring.fresh() for _ in range(70)]
    with monkeypatch.context() as patched:
        assert callable(interrupt)
        interrupt(patched)
        with pytest.raises(StoppedError):
            rotate(keyrings, batch=40)
    new, still = in_file(urls)
    assert still == old
    with Keyrings.open(urls) as between:
        assert all(opens_the_same(key, between.of(keyring.school).get(key.id)) for key in keys)
        keys.append(between.of(keyring.school).fresh())
        assert rotate(between, batch=40) == new, "the same new key, not a third"
    check_rotated(urls, keyring.school, keys, keyring.secret())


def test_a_process_that_knows_only_the_old_key_goes_on(urls: DatabaseUrls, keyring: Keyring) -> None:
    before = keyring.fresh()
    with Keyrings.open(urls) as rotating:
        rotate(rotating)
    keyring.forget([before.id])
    assert opens_the_same(before, keyring.get(before.id)), "an unknown key-encryption key: the file is read again"
    keyring.refill(200)
    check_rotated(urls, keyring.school, [before, keyring.fresh()], keyring.secret())


def test_keys_made_under_the_old_key_meanwhile_are_wrapped_anew_too(urls: DatabaseUrls, keyring: Keyring) -> None:
    keyring.fresh()
    late: list[DataKey] = []

    def meanwhile(done: int, of: int) -> None:
        if done == of and not late:
            keyring.refill(300)
            late.append(keyring.fresh())

    with Keyrings.open(urls) as rotating:
        rotate(rotating, meanwhile)
    assert late
    check_rotated(urls, keyring.school, late, keyring.secret())


def test_an_old_backup_of_the_key_file_is_refused_and_a_rotated_one_is_not(
    urls: DatabaseUrls, keyrings: Keyrings
) -> None:
    keyrings.of("elm").fresh()
    old = read_key_file(Path(urls.key_file))
    new = rotate(keyrings)
    right = read_key_file(Path(urls.key_file))
    replace_key_file(Path(urls.key_file), old)
    with pytest.raises(KeyFileUnusable, match=f"does not hold the key {new}"):
        Keyrings.open(urls)
    replace_key_file(Path(urls.key_file), [*old, *right])
    with Keyrings.open(urls) as keyrings_again:
        assert keyrings_again.of("elm").fresh(), "a retired key in the first line wraps nothing"


def test_keys_that_have_to_be_restored_stop_a_rotation(
    urls: DatabaseUrls, keyrings: Keyrings, keyring: Keyring
) -> None:
    key, (old,) = keyring.fresh(), in_file(urls)
    without_rules(urls, "DELETE FROM keys.data_key WHERE key_id = %s", key.id)
    with pytest.raises(KeyLost, match="doorstep keys restore"):
        rotate(keyrings)
    assert in_file(urls) == [old]
