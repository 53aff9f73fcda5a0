"""One school's data keys: fresh ones, known ones, erased ones, lost ones."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from eventlog.keys.errors import KeyAltered, KeyLost, KeyUnavailable, SecondPlaceUnusable
from eventlog.keys.keyring import BATCH, LARGEST_BATCH, Keyring
from eventlog.keys.keyrings import Keyrings
from eventlog.keys.remembered import Remembered
from eventlog.keys.second_place import SecondPlace
from eventlog.settings import DatabaseUrls
from tests.eventlog.keys.looking import RULE, copied, opens_the_same, stored


def test_a_fresh_key_is_in_both_places_before_it_is_handed_out(keyring: Keyring, urls: DatabaseUrls) -> None:
    key = keyring.fresh()
    assert key.id in stored(urls, keyring.school)
    assert key.id in copied(urls, keyring.school)


def test_no_key_is_handed_out_twice_however_many_ask_at_once(keyring: Keyring, urls: DatabaseUrls) -> None:
    with ThreadPoolExecutor(8) as threads:
        ids = [key.id for key in threads.map(lambda _: keyring.fresh(), range(300))]
    assert len(set(ids)) == 300
    assert set(ids) <= stored(urls, keyring.school) == copied(urls, keyring.school)


def test_spares_are_made_ahead_of_need(keyring: Keyring, urls: DatabaseUrls) -> None:
    assert keyring.low()
    keyring.refill()
    assert not keyring.low()
    assert len(stored(urls, keyring.school)) == BATCH
    for _ in range(BATCH // 2 + 1):
        assert not keyring.low()
        keyring.fresh()
    assert keyring.low()
    assert keyring.lacks(200)
    keyring.refill(200)
    assert not keyring.lacks(200)
    made = stored(urls, keyring.school)
    assert {keyring.fresh().id for _ in range(200)} <= made == stored(urls, keyring.school)


def test_keys_that_are_used_up_quickly_are_made_more_at_a_time(keyring: Keyring, urls: DatabaseUrls) -> None:
    made = []
    for _ in range(8):
        before = len(stored(urls, keyring.school))
        while not keyring.low():
            keyring.fresh()
        keyring.refill()
        made.append(len(stored(urls, keyring.school)) - before)
    assert made[:3] == [BATCH, 2 * BATCH, 4 * BATCH]
    assert made[-1] == LARGEST_BATCH, "and never more than this"


def test_another_process_opens_what_this_one_encrypted(keyring: Keyring, urls: DatabaseUrls) -> None:
    keys = [keyring.fresh() for _ in range(3)]
    with Keyrings.open(urls) as others:
        other = others.of(keyring.school)
        assert opens_the_same(keys[0], other.get(keys[0].id))
        other.load([key.id for key in keys])
        others.close()
        assert all(opens_the_same(key, other.get(key.id)) for key in keys), "loaded keys need no database"


def test_the_secret_for_hashes_is_one_a_school_and_the_same_everywhere(keyrings: Keyrings, urls: DatabaseUrls) -> None:
    secret = keyrings.of("elm").secret()
    assert len(secret) == 32
    assert secret != keyrings.of("ash").secret()
    with Keyrings.open(urls) as others:
        assert others.of("elm").secret() == secret
    assert SecondPlace(Path(urls.key_copy), "elm").read().secret is not None


def test_processes_that_open_a_new_school_together_agree_on_its_secret(urls: DatabaseUrls) -> None:
    together = threading.Barrier(4)

    def secret(_number: int) -> bytes:
        with Keyrings.open(urls) as opened:
            together.wait()
            return opened.of("oak").secret()

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(secret, range(4)))) == 1


def test_an_erased_key_is_none_everywhere(keyring: Keyring, urls: DatabaseUrls) -> None:
    key, kept, event_id = keyring.fresh(), keyring.fresh(), uuid4()
    with Keyrings.open(urls) as others:
        other = others.of(keyring.school)
        assert other.get(key.id) is not None
        keyring.destroy([key.id], RULE, event_id)
        assert keyring.get(key.id) is None
        assert key.id not in stored(urls, keyring.school)
        assert key.id not in copied(urls, keyring.school)
        assert str(key.id) not in "".join(
            line
            for line in Path(urls.key_copy, f"{keyring.school}.keys").read_text("utf-8").splitlines()
            if line.startswith("key")
        )
        other.forget([key.id])
        assert other.get(key.id) is None
        for ring in (keyring, other):
            stone = ring.tombstone(key.id)
            assert stone is not None
            assert (stone.rule, stone.event_id) == (RULE, event_id)
            assert ring.tombstone(kept.id) is None
            assert opens_the_same(kept, ring.get(kept.id))
    with Keyrings.open(urls) as later:
        later.of(keyring.school).load([key.id, kept.id])
        assert later.of(keyring.school).get(key.id) is None
        assert later.disagreements == ()


def test_erasing_again_changes_nothing_and_keeps_the_first_tombstone(keyring: Keyring, urls: DatabaseUrls) -> None:
    key, first = keyring.fresh(), uuid4()
    keyring.destroy([key.id], RULE, first)
    before = Path(urls.key_copy, f"{keyring.school}.keys").read_bytes()
    keyring.destroy([key.id, key.id], "another rule", uuid4())
    stone = keyring.tombstone(key.id)
    assert stone is not None
    assert (stone.rule, stone.event_id) == (RULE, first)
    assert Path(urls.key_copy, f"{keyring.school}.keys").read_bytes() == before


def test_an_erased_key_is_not_made_again_even_by_sql(keyring: Keyring, urls: DatabaseUrls) -> None:
    key = keyring.fresh()
    with psycopg.connect(urls.keys) as connection:
        row = connection.execute("SELECT * FROM keys.data_key WHERE key_id = %s", (key.id,)).fetchone()
    keyring.destroy([key.id], RULE, uuid4())
    for again in (b"", b" ON CONFLICT DO NOTHING"):
        with (
            psycopg.connect(urls.keys) as connection,
            pytest.raises(InsufficientPrivilege, match="was erased: it is never made again"),
        ):
            connection.execute(b"INSERT INTO keys.data_key VALUES (%s, %s, %s, %s, %s)" + again, row)


def test_a_key_that_is_put_back_while_it_is_erased_does_not_stay(keyring: Keyring, urls: DatabaseUrls) -> None:
    key = keyring.fresh()
    with psycopg.connect(urls.keys) as connection:
        row = connection.execute("SELECT * FROM keys.data_key WHERE key_id = %s", (key.id,)).fetchone()
    keyring.destroy([key.id], RULE, uuid4())
    other = uuid4()
    assert row is not None
    with psycopg.connect(urls.keys) as maker, ThreadPoolExecutor(1) as thread:
        maker.execute("INSERT INTO keys.data_key VALUES (%s, %s, %s, %s, %s)", (row[0], other, *row[2:]))
        erasing = thread.submit(keyring.destroy, [other], RULE, uuid4())
        with pytest.raises(TimeoutError):
            erasing.result(timeout=0.3)
        maker.commit()
        erasing.result(timeout=10)
    assert other not in stored(urls, keyring.school)
    assert keyring.get(other) is None


def test_a_key_that_is_neither_there_nor_erased_is_lost_and_the_message_says_what_to_restore(keyring: Keyring) -> None:
    nobodys = uuid4()
    keyring.load([nobodys])
    with pytest.raises(
        KeyLost, match=rf"data key {nobodys} of {keyring.school} is lost.*Restore the key database"
    ) as lost:
        keyring.get(nobodys)
    assert lost.value.key_id == nobodys


def test_another_schools_key_id_gives_nothing(keyrings: Keyrings) -> None:
    elm, ash = keyrings.of("elm"), keyrings.of("ash")
    key = elm.fresh()
    with pytest.raises(KeyLost):
        ash.get(key.id)
    ash.destroy([key.id], RULE, uuid4())
    elm.forget([key.id])
    assert opens_the_same(key, elm.get(key.id))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE keys.data_key SET wrapped = (SELECT wrapped FROM keys.data_key WHERE key_id = %(other)s)",
        "UPDATE keys.data_key SET wrapped = set_byte(wrapped, 20, (get_byte(wrapped, 20) + 1) %% 256)",
    ],
    ids=["another key's bytes", "a changed byte"],
)
def test_an_altered_key_does_not_open(keyring: Keyring, urls: DatabaseUrls, change: str) -> None:
    key, other = keyring.fresh(), keyring.fresh()
    with psycopg.connect(urls.keys) as connection:
        connection.execute(f"{change} WHERE key_id = %(id)s".encode(), {"id": key.id, "other": other.id})
    keyring.forget([key.id])
    keyring.load([key.id, other.id])
    with pytest.raises(KeyAltered, match=f"data key {key.id} of {keyring.school} was altered"):
        keyring.get(key.id)
    assert opens_the_same(other, keyring.get(other.id))


def test_a_key_moved_to_another_school_does_not_open(keyrings: Keyrings, urls: DatabaseUrls) -> None:
    key = keyrings.of("elm").fresh()
    keyrings.of("ash")
    with psycopg.connect(urls.keys) as connection:
        connection.execute(
            "INSERT INTO keys.data_key SELECT 'ash', key_id, wrapped, kek_id FROM keys.data_key WHERE key_id = %s",
            (key.id,),
        )
    with pytest.raises(KeyAltered):
        keyrings.of("ash").get(key.id)


def test_where_a_key_cannot_be_kept_twice_none_is_handed_out(keyring: Keyring, urls: DatabaseUrls) -> None:
    file = Path(urls.key_copy, f"{keyring.school}.keys")
    file.unlink()
    file.mkdir()
    with pytest.raises(SecondPlaceUnusable, match="cannot be used"):
        keyring.fresh()
    file.rmdir()
    assert keyring.fresh().id in copied(urls, keyring.school)


def test_a_key_database_that_is_away_is_said_to_be_away(
    keyring: Keyring, keyrings: Keyrings, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = keyring.fresh()
    monkeypatch.setattr("eventlog.pools.PATIENCE", 0.1)
    keyrings.close()
    assert keyring.get(key.id) is not None, "what is in memory serves on"
    with pytest.raises(KeyUnavailable, match="key database could not be reached"):
        keyring.get(uuid4())


def test_what_was_asked_before_an_erasure_is_not_remembered_after_it() -> None:
    memory: Remembered[str] = Remembered()
    key_id = uuid4()
    era = memory.era
    memory.drop([key_id])
    memory.put(key_id, "came late", era)
    assert key_id not in memory


def test_the_memory_keeps_what_is_used_and_stays_bounded() -> None:
    memory: Remembered[int] = Remembered(generation=10)
    often = uuid4()
    memory.put(often, -1, memory.era)
    for number in range(100):
        memory.put(uuid4(), number, memory.era)
        assert memory[often] == -1
    assert len(memory._young) + len(memory._old) <= 20
