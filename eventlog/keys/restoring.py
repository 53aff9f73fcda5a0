"""A lost, older or altered key database, brought up from the second place of the keys.

Tombstones of either side hold: an erased key does not come back with an old backup. Of two wrappings of one key, the
one that opens is kept. What neither side can open is told, key by key.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow

from eventlog.keys.errors import KeyAltered, KeyFileUnusable
from eventlog.keys.key_database import KeyDatabase, WrappedKey
from eventlog.keys.key_file import Kek, read_key_file
from eventlog.keys.schema import known_form, make_tables
from eventlog.keys.second_place import Held, SecondPlace
from eventlog.keys.two_places import bring_together
from eventlog.keys.wrapping import unwrap, wrap
from eventlog.settings import DatabaseUrls


class Restored(NamedTuple):
    """What was done for one school."""

    school: str
    keys: int
    """Data keys that the key database lacked, or could not open, and has again."""
    erased: int
    """Tombstones that the key database lacked and has again."""
    lost: tuple[UUID, ...]
    """Keys that neither place can open with the key file as it is."""
    says: tuple[str, ...]
    """What else a person has to look at."""


def restore_from_copy(urls: DatabaseUrls) -> tuple[Restored, ...]:
    """Bring the key database up from the second place, school by school; an empty one is prepared first.

    Doing it again changes nothing. Run it while Doorstep is stopped. Raises KeyFileUnusable, SecondPlaceUnusable,
    KeyUnavailable.
    """
    try:
        keks = read_key_file(Path(urls.key_file))
    except FileNotFoundError:
        message = (
            f"The key file {urls.key_file} is missing: without it no key can be opened. Put it back from its copy."
        )
        raise KeyFileUnusable(message) from None
    make_tables(urls)
    database = KeyDatabase(urls.keys)
    try:
        database.register(map(known_form, keks))
        folder = Path(urls.key_copy)
        done = tuple(_school(file.stem, folder, database, keks) for file in sorted(folder.glob("*.keys")))
        _retire_unused(database, keks)
        return done
    finally:
        database.close()


class _Opener:
    """Opens and wraps with the keys of the file."""

    def __init__(self, school: str, keks: Iterable[Kek]) -> None:
        self._school = school
        self._keks = {kek.id: kek for kek in keks}
        self._current = next(iter(self._keks.values()))

    def opened(self, key_id: UUID | None, wrapped: bytes, kek_id: str) -> bytes | None:
        """The plain key; None where it does not open."""
        kek = self._keks.get(kek_id)
        if kek is None:
            return None
        try:
            return unwrap(kek, self._school, key_id, wrapped)
        except KeyAltered:
            return None

    def anew(self, key_id: UUID | None, plain: bytes) -> WrappedKey:
        """Wrapped by the current key: an older one may be retired."""
        made = wrap(self._current, self._school, key_id, plain)
        return WrappedKey(key_id or UUID(int=0), made, self._current.id)


def _school(school: str, folder: Path, database: KeyDatabase, keks: Iterable[Kek]) -> Restored:
    second = SecondPlace(folder, school)
    held = second.read()
    if held.removed is not None:
        database.remove(held.removed)
    if school in database.removed():
        # An older key database brings no removed school back, nor does an older copy of this folder.
        return Restored(school, 0, 0, (), bring_together(school, database, second))
    opener = _Opener(school, keks)
    keys, stones = database.everything(school)
    erased = [stone for key_id, stone in held.stones.items() if key_id not in {one.key_id for one in stones}]
    if erased:
        database.destroy(school, erased)
    gone = {stone.key_id for stone in stones} | set(held.stones)
    there = {key.key_id: key for key in keys if key.key_id not in gone}
    fresh, replaced, kept, lost = _compared(opener, held, there, gone)
    if fresh:
        database.add(school, fresh)
    if replaced:
        database.ask(lambda connection: _replace(connection, school, replaced))
    _bring_secret_up(school, database, held, opener)
    # The second place takes over what the database now holds; a key that neither opens is left in both as it is.
    right = {key.key_id: key for key in (*fresh, *replaced, *kept)}
    second.change(lambda found: found._replace(keys=found.keys | right))
    return Restored(school, len(fresh) + len(replaced), len(erased), lost, bring_together(school, database, second))


def _compared(
    opener: _Opener, held: Held, there: dict[UUID, WrappedKey], gone: set[UUID]
) -> tuple[list[WrappedKey], list[WrappedKey], list[WrappedKey], tuple[UUID, ...]]:
    """What to add to the key database, what to replace in it, what is right in it, and what nobody can open."""
    fresh: list[WrappedKey] = []
    replaced: list[WrappedKey] = []
    kept: list[WrappedKey] = []
    lost: list[UUID] = []
    for key_id in sorted((set(held.keys) | set(there)) - gone):
        ours, copy = there.get(key_id), held.keys.get(key_id)
        if ours is not None and opener.opened(key_id, ours.wrapped, ours.kek_id) is not None:
            kept.append(ours)
            continue
        plain = None if copy is None else opener.opened(key_id, copy.wrapped, copy.kek_id)
        if plain is None:
            lost.append(key_id)
        elif ours is None:
            fresh.append(opener.anew(key_id, plain))
        else:
            replaced.append(opener.anew(key_id, plain))
    return fresh, replaced, kept, tuple(lost)


def _bring_secret_up(school: str, database: KeyDatabase, held: Held, opener: _Opener) -> None:
    found = database.secret(school)
    if held.secret is None or (found is not None and opener.opened(None, *found) is not None):
        return
    plain = opener.opened(None, *held.secret)
    if plain is None:
        raise KeyAltered(school, None)
    made = opener.anew(None, plain)
    if found is None:
        database.add_secret(school, made.wrapped, made.kek_id)
        return
    database.ask(
        lambda connection: (
            connection.execute(
                "UPDATE keys.school_secret SET wrapped = %s, kek_id = %s WHERE school = %s",
                (made.wrapped, made.kek_id, school),
            ).rowcount
        )
    )


def _replace(connection: Connection[DictRow], school: str, keys: Iterable[WrappedKey]) -> None:
    for key in keys:
        connection.execute(
            "UPDATE keys.data_key SET wrapped = %s, kek_id = %s WHERE school = %s AND key_id = %s",
            (key.wrapped, key.kek_id, school, key.key_id),
        )


def _retire_unused(database: KeyDatabase, keks: Iterable[Kek]) -> None:
    """Retire what an old backup brought back and nothing is wrapped by now: the file need not hold it."""
    held = {kek.id for kek in keks}
    for known in database.keks():
        if known.retired_at is None and known.kek_id not in held:
            # Where it wraps keys that the second place does not hold, the next start says which file is missing.
            database.retire(known.kek_id)
