"""Another key-encryption key: every data key is wrapped anew, and the log is not touched.

In this order, each step durable before the next; interrupted anywhere, the next run goes on from there:
1. The new key is added to the file, first, so that it wraps what is new.
2. Data keys and schools' secrets are wrapped anew, batch after batch; other processes go on meanwhile.
3. The second places are brought up.
4. The old keys are retired: the key database refuses that while they wrap anything, and refuses them from then on.
5. The old keys leave the file.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow

from eventlog.keys.errors import KeyLost
from eventlog.keys.files import alone
from eventlog.keys.keks import Keks
from eventlog.keys.key_database import KeyDatabase, WrappedKey
from eventlog.keys.key_file import Kek, new_kek, read_key_file, replace_key_file
from eventlog.keys.keyrings import Keyrings
from eventlog.keys.schema import known_form
from eventlog.keys.second_place import SecondPlace
from eventlog.keys.two_places import bring_together
from eventlog.keys.wrapping import unwrap, wrap

Progress = Callable[[int, int], None]
"""Told after each batch how many keys are done, of how many."""

BATCH: Final = 500


def rotate(
    keyrings: Keyrings,
    progress: Progress = lambda _done, _of: None,
    batch: int = BATCH,
    *,
    also: Callable[[Keks], None] = lambda _keks: None,
) -> str:
    """Put a new key-encryption key in use, or go on with a rotation that was interrupted; the id of the new key.

    `also` wraps anew what lies outside the key database, before the old keys are retired; it may be called again. One rotation at a time; a second one waits. Raises KeyLost where keys have to be restored first, KeyAltered where
    one does not open, KeyFileUnusable, SecondPlaceUnusable, KeyUnavailable: then the old keys are still in the file.
    """
    path = keyrings.keks.path
    with alone(path.with_name(f".{path.name}.lock")):
        _refuse_losses(keyrings)
        keks = _with_a_new_one(path, keyrings.database)
        keyrings.keks.read_again()
        current = keyrings.keks.current
        database = keyrings.database
        while True:
            _wrap_all_anew(keyrings, current, progress, batch)
            _refuse_losses(keyrings)
            also(keyrings.keks)
            if all(database.retire(kek.id) for kek in keks if kek.id != current.id):
                break
            # A process with the file as it was has made keys under the old one meanwhile: once more.
        # After this line nothing is wrapped by the old keys, and nothing will be.
        replace_key_file(path, [current])
        keyrings.keks.read_again()
        return current.id


def _refuse_losses(keyrings: Keyrings) -> None:
    """Bring the second places up; where they hold keys that the database lacks, stop: the old keys open those."""
    for school in keyrings.database.schools():
        for sentence in bring_together(school, keyrings.database, SecondPlace(keyrings.folder, school)):
            raise KeyLost(school, None, sentence)


def _with_a_new_one(path: Path, database: KeyDatabase) -> Sequence[Kek]:
    """The file's keys, a new one first; more than one in it is a rotation that was interrupted."""
    keks = read_key_file(path)
    if len(keks) > 1:
        return keks
    known = database.keks()
    keks = (new_kek([one.kek_id for one in known]), *keks)
    replace_key_file(path, keks)
    # After this line whatever starts wraps under the new key; a crash leaves a file with both.
    database.register(map(known_form, keks))
    return keks


def _wrap_all_anew(keyrings: Keyrings, current: Kek, progress: Progress, batch: int) -> None:
    database = keyrings.database
    for school in database.schools():
        _secret_anew(keyrings, school, current)
    total = database.ask(lambda connection: _count(connection, current.id))
    done = 0
    progress(done, total)
    while rows := database.ask(lambda connection: _some(connection, current.id, batch)):
        for school in sorted({school for school, _ in rows}):
            old = [key for of, key in rows if of == school]
            fresh = [_anew(keyrings, school, key, current) for key in old]
            database.ask(partial(_put, school=school, keys=fresh))
        done += len(rows)
        progress(done, max(done, total))


def _anew(keyrings: Keyrings, school: str, key: WrappedKey, current: Kek) -> WrappedKey:
    plain = unwrap(keyrings.keks.named(key.kek_id), school, key.key_id, key.wrapped)
    return WrappedKey(key.key_id, wrap(current, school, key.key_id, plain), current.id)


def _secret_anew(keyrings: Keyrings, school: str, current: Kek) -> None:
    found = keyrings.database.secret(school)
    if found is None or found[1] == current.id:
        return
    wrapped = wrap(current, school, None, unwrap(keyrings.keks.named(found[1]), school, None, found[0]))
    keyrings.database.ask(
        lambda connection: (
            connection.execute(
                "UPDATE keys.school_secret SET wrapped = %s, kek_id = %s WHERE school = %s",
                (wrapped, current.id, school),
            ).rowcount
        )
    )


def _count(connection: Connection[DictRow], current: str) -> int:
    row = connection.execute("SELECT count(*) AS n FROM keys.data_key WHERE kek_id <> %s", (current,)).fetchone()
    return 0 if row is None else int(row["n"])


def _some(connection: Connection[DictRow], current: str, batch: int) -> list[tuple[str, WrappedKey]]:
    rows = connection.execute(
        "SELECT school, key_id, wrapped, kek_id FROM keys.data_key WHERE kek_id <> %s LIMIT %s", (current, batch)
    )
    return [(row["school"], WrappedKey(row["key_id"], row["wrapped"], row["kek_id"])) for row in rows]


def _put(connection: Connection[DictRow], school: str, keys: Sequence[WrappedKey]) -> None:
    """Replace the wrapping; a key that was erased meanwhile is not there any more, and stays so."""
    ids: list[UUID] = [key.key_id for key in keys]
    connection.execute(
        "UPDATE keys.data_key AS d SET wrapped = new.wrapped, kek_id = %s"
        " FROM unnest(%s::uuid[], %s::bytea[]) AS new (key_id, wrapped)"
        " WHERE d.school = %s AND d.key_id = new.key_id",
        (keys[0].kek_id, ids, [key.wrapped for key in keys], school),
    )
